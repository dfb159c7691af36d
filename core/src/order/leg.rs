//! A leg of an order: the stake of one wallet, on its way to the receiver and back.

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::chain::{BlockRef, SignedTx};
use crate::id::TxId;
use crate::units::Sun;

/// Which leg of an order, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LegNo(pub u8);

/// The stake of one wallet for an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// The supplier wallet.
    pub wallet: Address,
    /// How much of its stake.
    pub stake: Sun,
    /// Where it is.
    pub state: LegState,
    /// Every attempt that was proven dead, oldest first.
    pub dead: Vec<DeadAttempt>,
}

/// Where a leg's stake is. Exhaustive: a store that cannot keep a state must not compile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LegState {
    /// At home, reserved; no attempt is live.
    Reserved,
    /// A delegation is on record and must be presumed sent.
    Delegating {
        /// The live attempt.
        attempt: Attempt,
        /// Where it was last seen.
        seen: Seen,
    },
    /// With the receiver, for certain.
    Delegated {
        /// The delegation.
        delegation: Landed,
    },
    /// A reclaim is on record and must be presumed sent.
    Reclaiming {
        /// The delegation.
        delegation: Landed,
        /// The live attempt.
        attempt: Attempt,
        /// Where it was last seen.
        seen: Seen,
    },
    /// At home again, for certain, and no longer reserved.
    Returned {
        /// The delegation.
        delegation: Landed,
        /// The reclaim; none when the chain showed the stake at home without one of ours.
        reclaim: Option<Landed>,
    },
    /// It never left home, cannot leave any more, and is no longer reserved.
    Released,
}

/// What an attempt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AttemptKind {
    /// To lend the stake.
    Delegate,
    /// To take it home.
    Reclaim,
}

/// A signed transaction on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its bytes, its id, its expiry.
    pub tx: SignedTx,
    /// The stake it moves.
    pub stake: Sun,
}

/// Where a live attempt was last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Seen {
    /// In no block.
    Nowhere,
    /// In a block that is not solid yet.
    In(BlockRef),
}

/// An attempt that is in a solid block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landed {
    /// The attempt.
    pub attempt: Attempt,
    /// The block.
    pub block: BlockRef,
}

/// An attempt that has no effect and never will.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadAttempt {
    /// What it was for.
    pub kind: AttemptKind,
    /// The attempt.
    pub attempt: Attempt,
    /// The solid block that proves it.
    pub proof: BlockRef,
}

impl Leg {
    /// The attempt that may still land, and what it is for.
    #[must_use]
    pub const fn live(&self) -> Option<(AttemptKind, &Attempt, Seen)> {
        match &self.state {
            LegState::Delegating { attempt, seen } => Some((AttemptKind::Delegate, attempt, *seen)),
            LegState::Reclaiming { attempt, seen, .. } => Some((AttemptKind::Reclaim, attempt, *seen)),
            LegState::Reserved | LegState::Delegated { .. } | LegState::Returned { .. } | LegState::Released => None,
        }
    }

    /// The delegation that landed, if one has.
    #[must_use]
    pub const fn delegation(&self) -> Option<&Landed> {
        match &self.state {
            LegState::Delegated { delegation }
            | LegState::Reclaiming { delegation, .. }
            | LegState::Returned { delegation, .. } => Some(delegation),
            LegState::Reserved | LegState::Delegating { .. } | LegState::Released => None,
        }
    }

    /// The block that delivers the stake: solid, or as last seen.
    #[must_use]
    pub const fn delivered_in(&self) -> Option<BlockRef> {
        match &self.state {
            LegState::Delegating { seen: Seen::In(block), .. } => Some(*block),
            LegState::Delegated { delegation } | LegState::Reclaiming { delegation, .. } => Some(delegation.block),
            LegState::Reserved | LegState::Delegating { .. } | LegState::Returned { .. } | LegState::Released => None,
        }
    }

    /// Whether the stake is reserved or out: it counts as lent in the pool.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !matches!(self.state, LegState::Returned { .. } | LegState::Released)
    }

    /// How many attempts of a kind have died.
    #[must_use]
    pub fn deaths(&self, kind: AttemptKind) -> usize {
        self.dead.iter().filter(|dead| dead.kind == kind).count()
    }

    /// The ids of every transaction ever signed for it.
    pub fn tx_ids(&self) -> impl Iterator<Item = TxId> {
        let reclaim = match &self.state {
            LegState::Returned { reclaim, .. } => reclaim.as_ref(),
            LegState::Reserved
            | LegState::Delegating { .. }
            | LegState::Delegated { .. }
            | LegState::Reclaiming { .. }
            | LegState::Released => None,
        };
        let landed = self.delegation().into_iter().chain(reclaim).map(|landed| landed.attempt.tx.id);
        let live = self.live().map(|(_, attempt, _)| attempt.tx.id);
        self.dead.iter().map(|dead| dead.attempt.tx.id).chain(landed).chain(live)
    }
}
