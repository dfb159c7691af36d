//! What became of a transaction: the only evidence that moves an order, as a pure function of observations.
//!
//! The answer to a broadcast is never evidence. A transaction has landed when a solidified block holds it, and is
//! dead when a solidified block at or past its expiry exists and no block up to and including that one holds it.

use crate::chain::{BlockRef, SignedTx};
use crate::id::BlockId;
use crate::time::Span;

/// Blocks past the expiry that must be solid too before a transaction is called dead; one would do, the second is margin.
pub(crate) const MARGIN: Span = Span::from_secs(6);

/// Where a transaction was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// In a solidified block.
    Solid {
        /// Which.
        block: BlockRef,
        /// Whether the chain carried it out.
        succeeded: bool,
    },
    /// In a block that may yet be reorganised away.
    Head {
        /// Which.
        block: BlockRef,
    },
    /// In no block, of all blocks that there are up to [`Observation::solid`] and of those known above it.
    Nowhere,
}

/// All that is known about one transaction at one moment. "Not found" cannot be said without the block it holds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// The solidified block up to which every block, without a gap, was searched.
    pub solid: BlockRef,
    /// Where the transaction was found.
    pub found: Found,
}

/// What became of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It may land or not.
    Open,
    /// It is in a block that is not solid yet.
    Included(BlockRef),
    /// It is in a solid block for good.
    Landed(BlockRef),
    /// It has no effect and never will; proven by this solid block.
    Dead(BlockRef),
}

/// What became of a transaction, from what was observed of it.
#[must_use]
pub fn fate(tx: &SignedTx, observation: &Observation) -> Fate {
    let Observation { solid, found } = *observation;
    match found {
        Found::Solid { block, succeeded: true } => Fate::Landed(block),
        Found::Solid { block, succeeded: false } => Fate::Dead(block),
        Found::Head { block } => Fate::Included(block),
        Found::Nowhere if solid.time >= tx.expires_at.after(MARGIN) => Fate::Dead(solid),
        Found::Nowhere => Fate::Open,
    }
}

/// Whether a block that once held a transaction is still where it was, given the id now known at its height, if any.
#[must_use]
pub fn still_there(block: &BlockRef, id_at_height: Option<BlockId>) -> bool {
    // A view that does not reach so high contradicts nothing.
    id_at_height.is_none_or(|id| id == block.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Height;
    use crate::id::TxId;
    use crate::time::Timestamp;

    fn block(height: u64, time: i64) -> BlockRef {
        let id = BlockId::from_bytes([u8::try_from(height).unwrap(); 32]);
        BlockRef { height: Height(height), id, time: Timestamp::from_millis(time) }
    }

    fn tx(expires_at: i64) -> SignedTx {
        SignedTx { id: TxId::from_bytes([1; 32]), bytes: vec![], expires_at: Timestamp::from_millis(expires_at) }
    }

    #[test]
    fn a_transaction_is_dead_only_from_a_solid_block_two_slots_past_its_expiry() {
        for (solid_time, expected_dead) in [(59_999, false), (60_000, false), (65_999, false), (66_000, true)] {
            let solid = block(9, solid_time);
            let observation = Observation { solid, found: Found::Nowhere };
            let expected = if expected_dead { Fate::Dead(solid) } else { Fate::Open };
            assert_eq!(fate(&tx(60_000), &observation), expected, "{solid_time}");
        }
    }

    #[test]
    fn a_solid_sighting_outweighs_any_expiry() {
        let found = Found::Solid { block: block(3, 9_000), succeeded: true };
        let observation = Observation { solid: block(200, 600_000), found };
        assert_eq!(fate(&tx(60_000), &observation), Fate::Landed(block(3, 9_000)));
    }

    #[test]
    fn a_transaction_the_chain_refused_inside_a_solid_block_is_dead() {
        let found = Found::Solid { block: block(3, 9_000), succeeded: false };
        let observation = Observation { solid: block(4, 12_000), found };
        assert_eq!(fate(&tx(60_000), &observation), Fate::Dead(block(3, 9_000)));
    }

    #[test]
    fn a_transaction_that_some_block_holds_is_not_dead_whatever_the_time() {
        let found = Found::Head { block: block(201, 603_000) };
        let observation = Observation { solid: block(200, 600_000), found };
        assert_eq!(fate(&tx(60_000), &observation), Fate::Included(block(201, 603_000)));
    }

    #[test]
    fn a_block_is_gone_only_when_another_stands_in_its_place() {
        let seen = block(5, 0);
        assert!(still_there(&seen, None));
        assert!(still_there(&seen, Some(seen.id)));
        assert!(!still_there(&seen, Some(block(6, 0).id)));
    }
}
