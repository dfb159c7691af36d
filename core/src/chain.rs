//! The chain port: what flash needs of a TRON network, and nothing of how it is asked.

use std::error::Error as StdError;
use std::fmt::{self, Debug};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::id::{BlockId, TxId};
use crate::time::Timestamp;
use crate::units::{Energy, Sun};

/// A block's number; the genesis block is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Height(pub u64);

impl Height {
    /// The height above.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Which block, and when: `time` is the block's own timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BlockRef {
    /// Its number.
    pub height: Height,
    /// Its id, which tells forks apart.
    pub id: BlockId,
    /// Its timestamp.
    pub time: Timestamp,
}

/// What flash asks of the chain: the only two things a supplier wallet ever does for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Action {
    /// Lend stake for Energy (`DelegateResource`, unlocked).
    Delegate(Delegation),
    /// Take it back (`UnDelegateResource`).
    Reclaim(Delegation),
}

impl Action {
    /// The delegation it makes or ends.
    #[must_use]
    pub const fn delegation(&self) -> &Delegation {
        match self {
            Self::Delegate(delegation) | Self::Reclaim(delegation) => delegation,
        }
    }
}

/// Stake for Energy that a wallet lends to a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Delegation {
    /// The supplier wallet.
    pub wallet: Address,
    /// Who gets the Energy.
    pub receiver: Address,
    /// How much stake.
    pub stake: Sun,
}

/// When a transaction can land, and what makes its bytes its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// A solidified block it is bound to: it can land on no branch without that block.
    pub reference: BlockRef,
    /// No block whose parent is at or past this block time can hold it.
    pub expires_at: Timestamp,
    /// The transaction's own timestamp; TRON does not check it, flash uses it to give every attempt other bytes.
    pub stamp: Timestamp,
}

/// A signed transaction, ready to send, its id known.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedTx {
    /// SHA-256 of the raw data.
    pub id: TxId,
    /// The whole signed transaction as it goes over the wire.
    pub bytes: Vec<u8>,
    /// See [`Validity::expires_at`].
    pub expires_at: Timestamp,
}

impl Debug for SignedTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedTx").field("id", &self.id).field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// A transaction seen in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenTx {
    /// Its id.
    pub id: TxId,
    /// What it asks for.
    pub action: Action,
    /// Whether the chain carried it out. A delegation that fails validation is never in a block, so this is
    /// `true` on every honest chain; an implementation must still say what the block says.
    pub succeeded: bool,
}

/// A block as far as flash reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Which block.
    pub at: BlockRef,
    /// The id of the block below.
    pub parent: BlockId,
    /// Its delegations and reclaims of stake for Energy, of anybody, in block order.
    pub delegations: Vec<SeenTx>,
}

/// Where a chain stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tips {
    /// The newest block; it may yet be reorganised away.
    pub head: BlockRef,
    /// The newest block that never will be.
    pub solid: BlockRef,
}

/// The blocks above one that was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Above {
    /// They follow it, each the child of the one before; empty at the head.
    Linked(Vec<Block>),
    /// Another block stands in the named one's place.
    Forked,
}

/// An account, as the head of the chain has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// Never activated: nothing can be delegated to it.
    Missing,
    /// A contract: nothing can be delegated to it.
    Contract,
    /// An ordinary account.
    Normal(Holdings),
}

/// What an ordinary account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Holdings {
    /// Its TRX.
    pub balance: Sun,
    /// The stake for Energy it can lend now: its own, less what stands for Energy used and not yet recovered.
    pub lendable: Sun,
    /// The stake for Energy it has lent, to anybody.
    pub lent: Sun,
    /// The bandwidth left of the larger kind, free or staked: the network pays for a transaction whole from one.
    pub bandwidth: i64,
}

/// What one wallet has lent to one receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lent {
    /// The stake for Energy, locked or not; nothing is zero.
    pub stake: Sun,
    /// The solid block the answer is at least as new as.
    pub as_of: Height,
}

/// What a sun of stake is worth now: all stakers share `total_energy` by their part of `total_weight`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnergyRate {
    /// `TotalEnergyCurrentLimit`: the network's Energy in 24 hours.
    pub total_energy: Energy,
    /// `TotalEnergyWeight`: whole TRX staked for Energy on the network.
    pub total_weight: i64,
}

/// What a node said to a broadcast. It is logged and counted, and is evidence of nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// It took the transaction into its pool.
    Accepted,
    /// It knows the transaction already.
    Known,
    /// It did not take it, for a reason in the transaction or in the account.
    Refused {
        /// The node's code and words.
        reason: String,
    },
    /// It did not take it because of its own state.
    Busy {
        /// The node's code and words.
        reason: String,
    },
    /// No one can tell: no answer, or one that proves nothing.
    Unknown {
        /// What happened.
        reason: String,
    },
}

/// Why the chain could not be asked, sorted by what the caller can do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// No node answered: ask again later.
    #[error("no TRON node answered")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
    /// A node answered what no TRON node may: do not believe it, look at it.
    #[error("a TRON node answered nonsense: {what}")]
    Malformed {
        /// What was wrong with the answer.
        what: String,
    },
    /// The signer holds no key for this wallet, or will not sign this.
    #[error("signing refused: {reason}")]
    SigningRefused {
        /// The signer's reason.
        reason: String,
    },
}

/// A TRON network and the keys of our wallets on it.
///
/// # Contract
/// - `tips`: `solid` is an ancestor of `head`; neither height goes down from one call to the next.
/// - `above`: answers with at most `limit` blocks, ascending, each the child of the one before and the first the
///   child of `block`; never skips a block, and says [`Above::Forked`] when another block stands in the place
///   of `block`. A missing block is a lagging node, which is unavailable: never an empty block, never a fork.
///   Above a block below the solid head that `tips` has shown it answers with solid blocks only.
/// - `fetch`: of solid blocks only; the bytes are those that were signed, whose raw data hashes to the id that was asked for.
/// - `accounts`: one answer an address, in order, of the head state.
/// - `rate`: both totals are of one moment, at most a minute old.
/// - `delegated`: of solid state only, and says which: whoever asks a node reads its solid height first, the stake after.
/// - `signs_for`: whether `sign` has a key for the wallet; without asking the network.
/// - `sign`: builds and signs locally, sends nothing; the id is the SHA-256 of the raw data; equal arguments give the same id.
/// - `broadcast`: sends exactly these bytes; never waits for a block; may be repeated without harm. Whatever goes wrong
///   on the way is an [`Answer`], because nothing that goes wrong proves that the bytes did not arrive.
#[async_trait]
pub trait Chain: Debug + Send + Sync + 'static {
    /// Where the chain stands.
    async fn tips(&self) -> Result<Tips, ChainError>;

    /// The blocks above `block`, towards the head.
    async fn above(&self, block: &BlockRef, limit: usize) -> Result<Above, ChainError>;

    /// A transaction of a solid block; none when there is no such.
    async fn fetch(&self, tx: &TxId) -> Result<Option<SignedTx>, ChainError>;

    /// What these accounts hold.
    async fn accounts(&self, addresses: &[Address]) -> Result<Vec<Account>, ChainError>;

    /// What stake is worth.
    async fn rate(&self) -> Result<EnergyRate, ChainError>;

    /// What one wallet has lent to one receiver for certain.
    async fn delegated(&self, wallet: &Address, receiver: &Address) -> Result<Lent, ChainError>;

    /// Whether there is a key for this wallet.
    fn signs_for(&self, wallet: &Address) -> bool;

    /// Builds and signs a transaction; sends nothing.
    async fn sign(&self, action: &Action, validity: &Validity) -> Result<SignedTx, ChainError>;

    /// Sends a signed transaction. The answer is evidence of nothing.
    async fn broadcast(&self, tx: &SignedTx) -> Answer;
}
