//! The storage port: a few coarse reads, one [`Store::commit`], one [`Store::claim`].
//!
//! A [`ChangeSet`] is data. It is made of *versioned puts* (state machines), *guarded moves* (money and stake, which
//! commute) and *unique keys*. It takes effect whole or not at all.

use std::error::Error as StdError;
use std::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::chain::{BlockRef, Holdings};
use crate::event::{Event, Recorded};
use crate::id::{ClientOrderId, IdempotencyKey, Incarnation, OrderId, QuoteId, TransferId, TxId, UserId, WorkerId};
use crate::ledger::{Account, Balance, Entry, LedgerRefusal, Transfer};
use crate::order::{Order, Status, Version};
use crate::price::Quote;
use crate::time::{Span, Timestamp};
use crate::units::{Amount, Energy, Overflow, Sun};

/// Changes that take effect together or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeSet {
    /// When it was decided; events and entries carry it.
    pub at: Timestamp,
    /// The changes, applied in this order.
    pub changes: Vec<Change>,
}

/// One change. Exhaustive on purpose: a store that does not know a change must not compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Puts an order. Its version must be one more than the stored one ([`Version::FIRST`] for a new order). Gives up
    /// any lease on it. The ids of its transactions become known and stay known, one order each.
    Order {
        /// The order.
        order: Box<Order>,
        /// When it is due for the engine; [`Timestamp::MAX`] is never.
        due: Timestamp,
    },
    /// Makes an order due at this moment if it is due later, and stands until the order is claimed: a put by whoever has
    /// it already does not undo it. Not versioned; an unknown order is left alone.
    Wake {
        /// The order.
        order: OrderId,
        /// When.
        at: Timestamp,
    },
    /// Puts the settings of a supplier wallet. Its version must be one more than the stored one. What is lent stays.
    Wallet(Wallet),
    /// Puts how far solid blocks have been read. Its version must be one more than the stored one.
    Cursor(Cursor),
    /// Records that a known transaction is in a solid block. Repeating it changes nothing.
    Sighting(Sighting),
    /// Moves or holds money, by the rules of [`crate::ledger`].
    Transfer(Transfer),
    /// Counts stake of an enabled wallet as lent; refused when more would be lent than its limit.
    Reserve {
        /// The wallet.
        wallet: Address,
        /// How much.
        stake: Sun,
    },
    /// Counts stake of a wallet as no longer lent; refused when more than is lent.
    Free {
        /// The wallet.
        wallet: Address,
        /// How much.
        stake: Sun,
    },
    /// Takes a key for ever.
    Key(KeyRecord),
    /// Keeps a quote. A known id must carry the same quote.
    Quote(Quote),
    /// Keeps an address for a user, or changes its label.
    SaveAddress {
        /// The user.
        user: UserId,
        /// The address.
        saved: SavedAddress,
    },
    /// Forgets an address of a user; one that is not there is left alone.
    ForgetAddress {
        /// The user.
        user: UserId,
        /// The address.
        address: Address,
    },
    /// From now on this incarnation is trusted. Refused with [`Refusal::Conflict`] unless it is the store's current one;
    /// repeating it changes nothing.
    Trust(Incarnation),
    /// Appends to the log.
    Event(Event),
}

impl Change {
    /// The wallet whose stake this brings home, if it does.
    #[must_use]
    pub const fn frees(&self) -> Option<Address> {
        if let Self::Free { wallet, .. } = self { Some(*wallet) } else { None }
    }
}

/// A supplier wallet: what the operator set and what was observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    /// Its address.
    pub address: Address,
    /// Whether orders may use it. Stake that is out comes home either way.
    pub state: WalletState,
    /// Wallets of a higher priority are used first.
    pub priority: Priority,
    /// The most stake that orders may have out or reserved: its own, less what is recovering or lent by others.
    pub limit: Sun,
    /// What the chain showed last.
    pub holdings: Holdings,
    /// When the chain was last asked.
    pub observed_at: Timestamp,
    /// How often it has changed.
    pub version: Version,
}

/// Whether orders may use a wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WalletState {
    /// They may.
    Enabled,
    /// They may not.
    Disabled,
}

/// Which wallets are used first: the higher the sooner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Priority(pub u8);

/// A wallet and what the books say is lent of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PooledWallet {
    /// The wallet.
    pub wallet: Wallet,
    /// The stake of all open legs: reserved, out, or on its way.
    pub lent: Sun,
}

impl PooledWallet {
    /// The stake that a new order can have; nothing of a disabled wallet, never negative.
    ///
    /// # Errors
    /// [`Overflow`] when it does not fit.
    pub fn free(&self) -> Result<Sun, Overflow> {
        match self.wallet.state {
            WalletState::Enabled => Ok(self.wallet.limit.minus(self.lent)?.max(Sun::ZERO)),
            WalletState::Disabled => Ok(Sun::ZERO),
        }
    }

    /// The lent stake once so much more of it is reserved.
    ///
    /// # Errors
    /// [`Refusal::Exhausted`] when that is more than is free, or when the amount is not positive.
    pub fn reserve(&self, stake: Sun) -> Result<Sun, Refusal> {
        let free = self.free().unwrap_or_default();
        let exhausted = Refusal::Exhausted { wallet: self.wallet.address, wanted: stake, free };
        if !stake.is_positive() || stake > free {
            return Err(exhausted);
        }
        self.lent.plus(stake).map_err(|_| exhausted)
    }

    /// The lent stake once so much of it is free again.
    ///
    /// # Errors
    /// [`Refusal::Impossible`] when less is lent, or when the amount is not positive.
    pub fn release(&self, stake: Sun) -> Result<Sun, Refusal> {
        let left = self.lent.minus(stake).ok().filter(|left| stake.is_positive() && !left.is_negative());
        left.ok_or(Refusal::Impossible { what: "more stake freed than is lent" })
    }
}

/// How far solid blocks have been read: every block up to this one, without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The last block read.
    pub solid: BlockRef,
    /// How often it has moved.
    pub version: Version,
}

/// The lives of a store: one ends when its database goes back in time, by a restore or by a fail-over that lost commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incarnations {
    /// The present one.
    pub current: Incarnation,
    /// The one in which the store knows of every attempt for certain; none in a new store.
    pub trusted: Option<Incarnation>,
}

impl Incarnations {
    /// Whether the store knows of every attempt for certain in its present life.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.trusted.as_ref() == Some(&self.current)
    }
}

/// A transaction of ours in a solid block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// The transaction.
    pub tx: TxId,
    /// The block.
    pub block: BlockRef,
    /// Whether the chain carried it out.
    pub succeeded: bool,
}

/// What the store knows of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownTx {
    /// The transaction.
    pub tx: TxId,
    /// The order it was signed for.
    pub order: OrderId,
    /// Where it was seen in a solid block.
    pub sighting: Option<Sighting>,
}

/// What a key is for, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Key {
    /// One request of a user.
    Request(UserId, IdempotencyKey),
    /// A user's own number for an order.
    ClientOrder(UserId, ClientOrderId),
    /// The one order that a quote is good for.
    Quote(QuoteId),
}

/// What a key was taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// The key.
    pub key: Key,
    /// Tells whether a later request under the key is the same.
    pub fingerprint: Fingerprint,
    /// How the request was answered.
    pub outcome: KeyOutcome,
}

/// SHA-256 of what a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub [u8; 32]);

/// How a request was answered. A refusal by state is remembered, so that a retry hears the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyOutcome {
    /// It placed this order.
    Order(OrderId),
    /// The customer's money did not suffice.
    InsufficientFunds {
        /// What was needed.
        needed: Amount,
        /// What there was.
        available: Amount,
    },
    /// The pool's stake did not suffice.
    NoCapacity {
        /// What was wanted.
        wanted: Energy,
    },
}

/// An address in a user's address book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedAddress {
    /// The address.
    pub address: Address,
    /// The user's name for it.
    pub label: Option<crate::ledger::Note>,
    /// When it was saved.
    pub saved_at: Timestamp,
}

/// What became of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Commit {
    /// Every change took effect.
    Done,
    /// No change took effect. The refusal is of the first change that could not.
    Refused(Refusal),
}

/// Why a change could not take effect. A value, not an error: the caller decides by it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// A versioned put does not follow the stored version: read again.
    Conflict {
        /// What was put.
        what: &'static str,
    },
    /// The ledger's rules forbid a transfer.
    Ledger(LedgerRefusal),
    /// A wallet has not so much stake free, is disabled, or is not in the pool.
    Exhausted {
        /// The wallet.
        wallet: Address,
        /// What was wanted.
        wanted: Sun,
        /// What there is.
        free: Sun,
    },
    /// A key is taken.
    Taken {
        /// What it was taken for.
        existing: Box<KeyRecord>,
    },
    /// The change contradicts what is stored; the caller has a bug.
    Impossible {
        /// How.
        what: &'static str,
    },
}

impl From<LedgerRefusal> for Refusal {
    fn from(refusal: LedgerRefusal) -> Self {
        Self::Ledger(refusal)
    }
}

/// A worker's wish for due orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who claims.
    pub worker: WorkerId,
    /// The present moment: orders due at or before it, under no lease beyond it, can be claimed.
    pub now: Timestamp,
    /// How long the lease runs.
    pub lease: Span,
    /// How many orders at most.
    pub limit: usize,
}

/// Which orders to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderQuery {
    /// Whose, or on which wallet and receiver.
    pub of: OrdersOf,
    /// In which state.
    pub which: Which,
    /// Only orders after this one in the list.
    pub after: Option<OrderCursor>,
    /// How many at most.
    pub limit: usize,
}

/// Whose orders to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrdersOf {
    /// Anyone's.
    Anyone,
    /// One user's.
    User(UserId),
    /// Those with a leg between this wallet and this receiver.
    Pair {
        /// The wallet.
        wallet: Address,
        /// The receiver.
        receiver: Address,
    },
}

/// Orders in which state to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// In any.
    Any,
    /// Those that have not ended.
    Open,
    /// Those with this status.
    Status(Status),
}

/// A place in a list of orders, which runs from the newest to the oldest, equal moments by falling id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderCursor {
    /// When the order there was placed.
    pub created_at: Timestamp,
    /// Its id.
    pub id: OrderId,
}

impl OrderCursor {
    /// The place of this order.
    #[must_use]
    pub const fn of(order: &Order) -> Self {
        Self { created_at: order.created_at, id: order.id }
    }
}

/// Why the store could not answer, sorted by what the caller can do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot be reached, and nothing took effect: try again later.
    #[error("the store cannot be reached")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
    /// The answer to a commit was lost: it took effect or not. Commit again with the same ids, or read, to learn which.
    #[error("the outcome of a commit is unknown")]
    Unknown(#[source] Box<dyn StdError + Send + Sync>),
    /// What is stored cannot be: stop and look.
    #[error("the store holds what cannot be: {what}")]
    Corrupt {
        /// What was found.
        what: String,
    },
}

/// A durable home for orders, money and stake, shared by any number of workers.
///
/// # Contract
/// - Every method sees the effect of every commit that was answered before it began.
/// - `commit`: all changes or none; the refusal is that of the first change, in order, that cannot take effect. Commits
///   are serialisable: guarded moves of concurrent commits never overdraw or exhaust together what each alone may take.
///   A refused commit leaves no trace. Durable before it answers. The future may be dropped; the commit then happens or not.
/// - Versioned puts are refused with [`Refusal::Conflict`] unless they follow the stored version by one.
/// - An account's entries count 1, 2, 3… and each carries the balance with it. A transfer id is taken once for ever; a
///   taken one is refused with [`LedgerRefusal::Taken`]. A pending transfer is resolved at most once.
/// - `claim`: gives each due order to one caller at a time until its lease ends or the order is put; raises its
///   version, so that whoever held it before cannot put it any more; earliest due first.
/// - `known`: of these transactions, those that some order was put with, in any order. The sightings committed
///   with or before a cursor are visible to whoever has read that cursor.
/// - `incarnations`: `current` is another one after the database went back in time, and the same for as long as a store
///   object lives: when the database goes back in time under it, it answers [`StoreError::Unavailable`] to every commit
///   until it is opened anew. `trusted` is what was committed last; a new store trusts nothing.
/// - Lists have a fixed order and skip nothing: `entries` and `transfers` oldest first, `accounts` by account, `events`
///   oldest first and only such as no earlier one can still appear before, `orders` newest first.
#[async_trait]
pub trait Store: Debug + Send + Sync + 'static {
    /// Makes changes take effect, all or none.
    async fn commit(&self, set: ChangeSet) -> Result<Commit, StoreError>;

    /// Leases due orders to a worker.
    async fn claim(&self, claim: &Claim) -> Result<Vec<Order>, StoreError>;

    /// When the next order is due that no lease holds back; [`Timestamp::MAX`] when none is.
    async fn next_due(&self) -> Result<Timestamp, StoreError>;

    /// An order.
    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError>;

    /// Orders, newest first.
    async fn orders(&self, query: &OrderQuery) -> Result<Vec<Order>, StoreError>;

    /// What is known of these transactions.
    async fn known(&self, txs: &[TxId]) -> Result<Vec<KnownTx>, StoreError>;

    /// How far solid blocks have been read.
    async fn cursor(&self) -> Result<Option<Cursor>, StoreError>;

    /// Which life of the store this is, and in which one it knows of every attempt for certain.
    async fn incarnations(&self) -> Result<Incarnations, StoreError>;

    /// Every supplier wallet, by address.
    async fn wallets(&self) -> Result<Vec<PooledWallet>, StoreError>;

    /// What a key was taken for.
    async fn key(&self, key: &Key) -> Result<Option<KeyRecord>, StoreError>;

    /// A quote.
    async fn quote(&self, id: QuoteId) -> Result<Option<Quote>, StoreError>;

    /// A user's address book, by address.
    async fn addresses(&self, user: UserId) -> Result<Vec<SavedAddress>, StoreError>;

    /// The balance of an account; one that never moved is zero.
    async fn balance(&self, account: Account) -> Result<Balance, StoreError>;

    /// Accounts that ever moved and their balances, after this one.
    async fn accounts(&self, after: Option<Account>, limit: usize) -> Result<Vec<(Account, Balance)>, StoreError>;

    /// The entries of an account after this number.
    async fn entries(&self, account: Account, after: u64, limit: usize) -> Result<Vec<Entry>, StoreError>;

    /// A transfer.
    async fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, StoreError>;

    /// All transfers in the order they took effect, after so many.
    async fn transfers(&self, after: u64, limit: usize) -> Result<Vec<Transfer>, StoreError>;

    /// The log after this number.
    async fn events(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, StoreError>;
}
