//! The order: one state machine, changed only by [`Order::apply`], which also says what must be committed with it.

mod adopt;
mod apply;
mod leg;
mod next;

use serde::{Deserialize, Serialize};

pub use self::apply::{IllegalMove, Moved, OrderEvent};
pub use self::leg::{Attempt, AttemptKind, DeadAttempt, Landed, Leg, LegNo, LegState, Seen};
pub use self::next::{Evidence, Limits, Step};
use crate::address::Address;
use crate::chain::BlockRef;
use crate::id::{ClientOrderId, OrderId, TransferId, TxId, UserId};
use crate::ledger::{Account, House, Transfer, TransferKind, Why};
use crate::price::Term;
use crate::time::Timestamp;
use crate::units::{Asset, Energy, Sun};

/// How often a record has changed; the next put must carry the next number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    /// The first version of a record.
    pub const FIRST: Self = Self(1);

    /// The version after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// An order of Energy for an address, from the hold of its price to the return of its stake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The caller's id.
    pub id: OrderId,
    /// Who pays.
    pub user: UserId,
    /// The caller's own number for it.
    pub client_order_id: Option<ClientOrderId>,
    /// Who gets the Energy.
    pub receiver: Address,
    /// How much.
    pub energy: Energy,
    /// For how long.
    pub term: Term,
    /// What it costs; fixed when it was placed.
    pub price: Sun,
    /// When it was placed.
    pub created_at: Timestamp,
    /// From when on, by our clock, no new delegation is signed for it.
    pub give_up_at: Timestamp,
    /// Where it stands.
    pub state: OrderState,
    /// The stake behind it, one leg a wallet.
    pub legs: Vec<Leg>,
    /// How often it has changed.
    pub version: Version,
}

/// Where an order stands. Exhaustive: a store that cannot keep a state must not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderState {
    /// Money held, stake reserved, nothing signed. The only state in which it can be cancelled.
    Pending,
    /// At least one delegation is on record and must be presumed sent.
    Processing,
    /// Every leg is in a block. The Energy is there.
    Completed {
        /// When it runs.
        rental: Rental,
        /// Whether the blocks are solid; the money is captured exactly when they are.
        finality: Finality,
    },
    /// The term is over and the stake on its way home.
    Reclaiming {
        /// When it ran.
        rental: Rental,
    },
    /// The term is over and all stake is home.
    Expired {
        /// When it ran.
        rental: Rental,
        /// When the last stake was home for certain.
        ended_at: Timestamp,
    },
    /// It cannot be completed; what landed of it is taken home before the money is released.
    Undoing {
        /// Why.
        reason: FailReason,
    },
    /// It could not be completed; the money is released and nothing of it is on chain.
    Failed {
        /// Why.
        reason: FailReason,
        /// When the money was released.
        at: Timestamp,
    },
    /// Cancelled before anything was signed; the money is released.
    Cancelled {
        /// When.
        at: Timestamp,
    },
    /// The evidence contradicts itself. Money and stake stay as they are until a human decides.
    Reviewing {
        /// What happened.
        why: Contradiction,
        /// Since when.
        since: Timestamp,
    },
}

/// When a rental runs, in block time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rental {
    /// The time of the block that delivered the last leg.
    pub started_at: Timestamp,
    /// The end of the term.
    pub ends_at: Timestamp,
}

/// How certain a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finality {
    /// In a block that a reorganisation may still drop.
    Included,
    /// In a solid block, for good.
    Final,
}

/// Why an order could not be completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailReason {
    /// It was not delivered in time.
    TimedOut,
    /// Every attempt at a leg died.
    AttemptsExhausted,
}

/// Evidence that contradicts what was proven before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Contradiction {
    /// A transaction that was proven dead is in a solid block after all: finality failed, or a node lied. Or one that the
    /// store had forgotten is there, and its stake was given to another order.
    DeadLanded {
        /// The transaction.
        tx: TxId,
        /// The block.
        block: BlockRef,
    },
}

/// The words the outside sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Paid for, not yet begun.
    Pending,
    /// Under way.
    Processing,
    /// Delivered and running.
    Completed,
    /// Over.
    Expired,
    /// Not delivered; refunded.
    Failed,
    /// Cancelled; refunded.
    Cancelled,
    /// Waiting for a human.
    Reviewing,
}

impl Status {
    /// Every status, in the order of an order's life.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Processing,
        Self::Completed,
        Self::Expired,
        Self::Failed,
        Self::Cancelled,
        Self::Reviewing,
    ];

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Reviewing => "reviewing",
        }
    }
}

impl OrderState {
    /// The word for it outside.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Pending => Status::Pending,
            Self::Processing | Self::Undoing { .. } => Status::Processing,
            Self::Completed { .. } | Self::Reclaiming { .. } => Status::Completed,
            Self::Expired { .. } => Status::Expired,
            Self::Failed { .. } => Status::Failed,
            Self::Cancelled { .. } => Status::Cancelled,
            Self::Reviewing { .. } => Status::Reviewing,
        }
    }

    /// Whether the order has ended: nothing will happen to it unless the chain contradicts itself.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Expired { .. } | Self::Failed { .. } | Self::Cancelled { .. })
    }
}

impl Order {
    /// The word for its state outside.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.state.status()
    }

    /// Whether it asks for the same as another order, so that one repeats the other.
    #[must_use]
    pub fn repeats(&self, other: &Self) -> bool {
        (self.id, self.user, &self.client_order_id, self.receiver, self.energy, self.term)
            == (other.id, other.user, &other.client_order_id, other.receiver, other.energy, other.term)
    }

    /// The hold of its price.
    #[must_use]
    pub fn hold(&self) -> Transfer {
        self.transfer(self.hold_id(), TransferKind::Pending, self.created_at)
    }

    /// The capture of its price, due when every leg is final.
    #[must_use]
    pub fn capture(&self, at: Timestamp) -> Transfer {
        let id = TransferId::derived(&[b"capture", self.id.as_bytes()]);
        self.transfer(id, TransferKind::Post { of: self.hold_id() }, at)
    }

    /// The release of its price, due when nothing of it is on chain or can still get there.
    #[must_use]
    pub fn release(&self, at: Timestamp) -> Transfer {
        let id = TransferId::derived(&[b"release", self.id.as_bytes()]);
        self.transfer(id, TransferKind::Void { of: self.hold_id() }, at)
    }

    fn hold_id(&self) -> TransferId {
        TransferId::derived(&[b"hold", self.id.as_bytes()])
    }

    fn transfer(&self, id: TransferId, kind: TransferKind, at: Timestamp) -> Transfer {
        Transfer {
            id,
            kind,
            debit: Account::user(self.user, Asset::Trx),
            credit: Account::house(House::Revenue, Asset::Trx),
            amount: self.price.into(),
            why: Why::Rental(self.id),
            at,
        }
    }

    /// A leg by its number.
    #[must_use]
    pub fn leg(&self, no: LegNo) -> Option<&Leg> {
        self.legs.get(usize::from(no.0))
    }

    /// The legs and their numbers.
    pub fn numbered_legs(&self) -> impl Iterator<Item = (LegNo, &Leg)> {
        (0..=u8::MAX).map(LegNo).zip(&self.legs)
    }

    /// The ids of every transaction ever signed for it, dead ones too.
    pub fn tx_ids(&self) -> impl Iterator<Item = TxId> {
        self.legs.iter().flat_map(Leg::tx_ids)
    }
}
