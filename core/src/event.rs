//! What happened: an append-only log, written in the same commit as what it tells of.

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::id::{OrderId, TransferId, TxId, UserId};
use crate::order::{AttemptKind, Contradiction, FailReason, Rental};
use crate::time::Timestamp;
use crate::units::Sun;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// An order was placed: its price is held, its stake reserved.
    OrderPlaced {
        /// The order.
        order: OrderId,
    },
    /// Every leg is in a block.
    OrderCompleted {
        /// The order.
        order: OrderId,
        /// When it runs.
        rental: Rental,
    },
    /// A reorganisation dropped a leg of a completed order.
    OrderReopened {
        /// The order.
        order: OrderId,
    },
    /// Every leg is final; the price is captured.
    OrderFinal {
        /// The order.
        order: OrderId,
    },
    /// The term is over and the stake home.
    OrderExpired {
        /// The order.
        order: OrderId,
    },
    /// The order could not be completed; the price is released.
    OrderFailed {
        /// The order.
        order: OrderId,
        /// Why.
        reason: FailReason,
    },
    /// The order was cancelled; the price is released.
    OrderCancelled {
        /// The order.
        order: OrderId,
    },
    /// **Alarm.** The evidence about an order contradicts itself.
    OrderReviewing {
        /// The order.
        order: OrderId,
        /// What happened.
        why: Contradiction,
    },
    /// An attempt was proven dead.
    AttemptDied {
        /// The order.
        order: OrderId,
        /// The transaction.
        tx: TxId,
        /// What it was for.
        kind: AttemptKind,
    },
    /// **Alarm.** Stake came home without a reclaim of ours: somebody else uses the wallet's key.
    StakeVanished {
        /// The order.
        order: OrderId,
        /// The wallet.
        wallet: Address,
        /// How much.
        stake: Sun,
    },
    /// The store went back in time and may have forgotten attempts: nothing is signed until each is found or cannot land.
    QuarantineBegan,
    /// Every attempt that the store may have forgotten was found or cannot land any more: orders go on.
    QuarantineLifted,
    /// A delegation that the store had forgotten was found in a solid block and is on record again, for this order.
    AttemptAdopted {
        /// The order.
        order: OrderId,
        /// The transaction.
        tx: TxId,
    },
    /// **Alarm.** A wallet lent stake in a transaction that the store has forgotten, and no order explains it: it stays out
    /// until somebody takes it home.
    StakeUnexplained {
        /// The wallet.
        wallet: Address,
        /// Who has it.
        receiver: Address,
        /// How much.
        stake: Sun,
        /// The transaction.
        tx: TxId,
    },
    /// Money of a customer moved otherwise than by an order.
    BalanceMoved {
        /// The customer.
        user: UserId,
        /// The transfer.
        transfer: TransferId,
    },
    /// A supplier wallet joined the pool, or its settings changed.
    WalletChanged {
        /// The wallet.
        wallet: Address,
    },
}

/// An event in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its place in the log, ascending.
    pub seq: u64,
    /// When it was committed.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}
