//! The blocks above the last solid one that was read: a hash-linked lane towards the head, kept in memory.

use std::collections::{HashMap, VecDeque};

use crate::chain::{Block, BlockRef};
use crate::id::{BlockId, TxId};

/// Blocks from a base, which is solid and on record, to the newest one known.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    base: BlockRef,
    blocks: VecDeque<Block>,
    found: HashMap<TxId, BlockRef>,
}

/// A block does not follow the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unlinked;

impl Lane {
    pub(crate) fn new(base: BlockRef) -> Self {
        Self { base, blocks: VecDeque::new(), found: HashMap::new() }
    }

    pub(crate) const fn base(&self) -> BlockRef {
        self.base
    }

    pub(crate) fn tip(&self) -> BlockRef {
        self.blocks.back().map_or(self.base, |block| block.at)
    }

    pub(crate) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Adds the child of the tip.
    pub(crate) fn push(&mut self, block: Block) -> Result<(), Unlinked> {
        let tip = self.tip();
        if block.parent != tip.id || block.at.height != tip.height.next() {
            return Err(Unlinked);
        }
        self.found.extend(block.delegations.iter().map(|seen| (seen.id, block.at)));
        self.blocks.push_back(block);
        Ok(())
    }

    /// Takes the tip off: it is no longer on the chain. The base cannot be taken off.
    pub(crate) fn pop(&mut self) -> Option<Block> {
        let block = self.blocks.pop_back()?;
        for seen in &block.delegations {
            self.found.remove(&seen.id);
        }
        Some(block)
    }

    /// The blocks from the base up to this one, if the lane holds it; oldest first.
    pub(crate) fn up_to(&self, solid: &BlockRef) -> Option<impl Iterator<Item = &Block>> {
        let count = solid.height.0.checked_sub(self.base.height.0)?;
        let index = usize::try_from(count).ok()?.checked_sub(1)?;
        let there = self.blocks.get(index).is_some_and(|block| block.at.id == solid.id);
        there.then(|| self.blocks.iter().take(index.saturating_add(1)))
    }

    /// Makes a block the new base. One that the lane does not hold starts the lane anew.
    pub(crate) fn rebase(&mut self, base: BlockRef) {
        if base == self.base {
            return;
        }
        match self.up_to(&base).map(Iterator::count) {
            Some(count) => {
                for block in self.blocks.drain(..count) {
                    for seen in &block.delegations {
                        self.found.remove(&seen.id);
                    }
                }
                self.base = base;
            }
            None => *self = Self::new(base),
        }
    }

    pub(crate) fn find(&self, tx: &TxId) -> Option<BlockRef> {
        self.found.get(tx).copied()
    }

    /// The id of the block at the height of this one. Nothing when the lane does not reach it; blocks at or below
    /// the base are no longer told apart.
    pub(crate) fn id_at_height_of(&self, block: &BlockRef) -> Option<BlockId> {
        let above_base = block.height.0.checked_sub(self.base.height.0)?;
        let index = usize::try_from(above_base).ok()?.checked_sub(1)?;
        self.blocks.get(index).map(|block| block.at.id)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "tests")]
mod tests {
    use super::*;
    use crate::address::Address;
    use crate::chain::{Action, Delegation, Height, SeenTx};
    use crate::time::Timestamp;
    use crate::units::Sun;

    fn at(height: u64, fork: u8) -> BlockRef {
        let mut id = [fork; 32];
        id[..8].copy_from_slice(&height.to_be_bytes());
        let time = Timestamp::from_millis(i64::try_from(height).unwrap() * 3_000);
        BlockRef { height: Height(height), id: BlockId::from_bytes(id), time }
    }

    fn tx(n: u8) -> TxId {
        TxId::from_bytes([n; 32])
    }

    fn block(height: u64, fork: u8, parent_fork: u8) -> Block {
        let address = Address::from_body([1; 20]);
        let action = Action::Delegate(Delegation { wallet: address, receiver: address, stake: Sun::TRX });
        let delegations = vec![SeenTx { id: tx(u8::try_from(height).unwrap()), action, succeeded: true }];
        Block { at: at(height, fork), parent: at(height - 1, parent_fork).id, delegations }
    }

    fn lane() -> Lane {
        let mut lane = Lane::new(at(10, 0));
        for height in 11..=14 {
            lane.push(block(height, 0, 0)).unwrap();
        }
        lane
    }

    #[test]
    fn only_the_child_of_the_tip_is_added() {
        let mut lane = lane();
        assert_eq!(lane.push(block(16, 0, 0)), Err(Unlinked));
        assert_eq!(lane.push(block(15, 0, 1)), Err(Unlinked));
        assert_eq!(lane.push(block(15, 1, 0)), Ok(()));
        assert_eq!(lane.tip(), at(15, 1));
    }

    #[test]
    fn a_block_taken_off_takes_its_transactions_along() {
        let mut lane = lane();
        assert_eq!(lane.find(&tx(14)), Some(at(14, 0)));
        lane.pop();
        lane.push(block(14, 1, 0)).unwrap();
        assert_eq!(lane.id_at_height_of(&at(14, 0)), Some(at(14, 1).id));
        assert_eq!(lane.find(&tx(14)), Some(at(14, 1)));
    }

    #[test]
    fn a_new_base_on_the_lane_keeps_what_is_above_it() {
        let mut lane = lane();
        lane.rebase(at(12, 0));
        assert_eq!((lane.base(), lane.tip()), (at(12, 0), at(14, 0)));
        assert_eq!((lane.find(&tx(12)), lane.find(&tx(13))), (None, Some(at(13, 0))));
        assert_eq!(lane.id_at_height_of(&at(12, 9)), None);
    }

    #[test]
    fn a_base_that_is_not_on_the_lane_starts_it_anew() {
        for base in [at(12, 1), at(20, 0), at(9, 0)] {
            let mut lane = lane();
            lane.rebase(base);
            assert_eq!((lane.base(), lane.tip(), lane.len()), (base, base, 0));
        }
    }
}
