//! Decorators that cut any call to a store or chain, before its effect or after it with the answer lost.
//!
//! With them crash points are not written down one by one but counted: run a story once to learn how many calls it
//! makes, then once more for each call and moment, and for each pair.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::address::Address;
use crate::chain::{
    Above, Account as ChainAccount, Action, Answer, BlockRef, Chain, ChainError, EnergyRate, Lent, SignedTx, Tips,
    Validity,
};
use crate::event::Recorded;
use crate::id::{OrderId, QuoteId, TransferId, TxId, UserId};
use crate::ledger::{Account, Balance, Entry, Transfer};
use crate::order::Order;
use crate::price::Quote;
use crate::store::{
    ChangeSet, Claim, Commit, Cursor, Incarnations, Key, KeyRecord, KnownTx, OrderQuery, PooledWallet, SavedAddress,
    Store, StoreError,
};
use crate::time::Timestamp;

/// When a call is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before it has any effect.
    Before,
    /// After its effect, with the answer lost.
    After,
    /// Before, and every call after it too: the process has died.
    DeadBefore,
    /// After its effect, and every call after it too: the process has died.
    DeadAfter,
}

impl Moment {
    /// Every moment.
    pub const ALL: [Self; 4] = [Self::Before, Self::After, Self::DeadBefore, Self::DeadAfter];
}

/// Which calls of one process are cut: store and chain calls count together, from 0.
#[derive(Debug, Default)]
pub struct Cuts {
    at: Mutex<BTreeMap<usize, Moment>>,
    calls: AtomicUsize,
    dead: AtomicBool,
}

impl Cuts {
    /// Cuts at these calls.
    #[must_use]
    pub fn at(cuts: impl IntoIterator<Item = (usize, Moment)>) -> Arc<Self> {
        Arc::new(Self { at: Mutex::new(cuts.into_iter().collect()), ..Self::default() })
    }

    /// How many calls were made.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Whether the process has died.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Cuts nothing any more.
    pub fn heal(&self) {
        self.at.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Cuts the call that is so many calls ahead.
    pub fn cut_in(&self, calls: usize, moment: Moment) {
        let at = self.calls().saturating_add(calls);
        self.at.lock().unwrap_or_else(PoisonError::into_inner).insert(at, moment);
    }

    fn next(&self) -> Option<Moment> {
        if self.is_dead() {
            return Some(Moment::DeadBefore);
        }
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let moment = self.at.lock().unwrap_or_else(PoisonError::into_inner).get(&call).copied();
        if matches!(moment, Some(Moment::DeadBefore | Moment::DeadAfter)) {
            self.dead.store(true, Ordering::SeqCst);
        }
        moment
    }
}

/// A store whose calls can be cut.
#[derive(Debug)]
pub struct CutStore {
    inner: Arc<dyn Store>,
    cuts: Arc<Cuts>,
}

impl CutStore {
    /// Cuts calls to a store.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, cuts: Arc<Cuts>) -> Self {
        Self { inner, cuts }
    }
}

/// A chain whose calls can be cut.
#[derive(Debug)]
pub struct CutChain {
    inner: Arc<dyn Chain>,
    cuts: Arc<Cuts>,
}

impl CutChain {
    /// Cuts calls to a chain.
    #[must_use]
    pub fn new(inner: Arc<dyn Chain>, cuts: Arc<Cuts>) -> Self {
        Self { inner, cuts }
    }
}

/// A call through [`Cuts`]: cut before, done, or done and cut after.
macro_rules! cut {
    ($self:ident, $call:expr, $before:expr, $after:expr) => {
        match $self.cuts.next() {
            None => $call.await,
            Some(Moment::Before | Moment::DeadBefore) => $before,
            Some(Moment::After | Moment::DeadAfter) => {
                let _ = $call.await;
                $after
            }
        }
    };
}

macro_rules! cut_read {
    ($self:ident, $call:expr) => {
        cut!($self, $call, Err(unavailable()), Err(unavailable()))
    };
}

fn unavailable() -> StoreError {
    StoreError::Unavailable("cut".into())
}

fn unreachable_chain() -> ChainError {
    ChainError::Unavailable("cut".into())
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Store for CutStore {
    async fn commit(&self, set: ChangeSet) -> Result<Commit, StoreError> {
        cut!(self, self.inner.commit(set), Err(unavailable()), Err(StoreError::Unknown("cut".into())))
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Order>, StoreError> {
        cut_read!(self, self.inner.claim(claim))
    }

    async fn next_due(&self) -> Result<Timestamp, StoreError> {
        cut_read!(self, self.inner.next_due())
    }

    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        cut_read!(self, self.inner.order(id))
    }

    async fn orders(&self, query: &OrderQuery) -> Result<Vec<Order>, StoreError> {
        cut_read!(self, self.inner.orders(query))
    }

    async fn known(&self, txs: &[TxId]) -> Result<Vec<KnownTx>, StoreError> {
        cut_read!(self, self.inner.known(txs))
    }

    async fn cursor(&self) -> Result<Option<Cursor>, StoreError> {
        cut_read!(self, self.inner.cursor())
    }

    async fn incarnations(&self) -> Result<Incarnations, StoreError> {
        cut_read!(self, self.inner.incarnations())
    }

    async fn wallets(&self) -> Result<Vec<PooledWallet>, StoreError> {
        cut_read!(self, self.inner.wallets())
    }

    async fn key(&self, key: &Key) -> Result<Option<KeyRecord>, StoreError> {
        cut_read!(self, self.inner.key(key))
    }

    async fn quote(&self, id: QuoteId) -> Result<Option<Quote>, StoreError> {
        cut_read!(self, self.inner.quote(id))
    }

    async fn addresses(&self, user: UserId) -> Result<Vec<SavedAddress>, StoreError> {
        cut_read!(self, self.inner.addresses(user))
    }

    async fn balance(&self, account: Account) -> Result<Balance, StoreError> {
        cut_read!(self, self.inner.balance(account))
    }

    async fn accounts(&self, after: Option<Account>, limit: usize) -> Result<Vec<(Account, Balance)>, StoreError> {
        cut_read!(self, self.inner.accounts(after, limit))
    }

    async fn entries(&self, account: Account, after: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        cut_read!(self, self.inner.entries(account, after, limit))
    }

    async fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, StoreError> {
        cut_read!(self, self.inner.transfer(id))
    }

    async fn transfers(&self, after: u64, limit: usize) -> Result<Vec<Transfer>, StoreError> {
        cut_read!(self, self.inner.transfers(after, limit))
    }

    async fn events(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        cut_read!(self, self.inner.events(after, limit))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Chain for CutChain {
    async fn tips(&self) -> Result<Tips, ChainError> {
        cut!(self, self.inner.tips(), Err(unreachable_chain()), Err(unreachable_chain()))
    }

    async fn above(&self, block: &BlockRef, limit: usize) -> Result<Above, ChainError> {
        cut!(self, self.inner.above(block, limit), Err(unreachable_chain()), Err(unreachable_chain()))
    }

    async fn fetch(&self, tx: &TxId) -> Result<Option<SignedTx>, ChainError> {
        cut!(self, self.inner.fetch(tx), Err(unreachable_chain()), Err(unreachable_chain()))
    }

    async fn accounts(&self, addresses: &[Address]) -> Result<Vec<ChainAccount>, ChainError> {
        cut!(self, self.inner.accounts(addresses), Err(unreachable_chain()), Err(unreachable_chain()))
    }

    async fn rate(&self) -> Result<EnergyRate, ChainError> {
        cut!(self, self.inner.rate(), Err(unreachable_chain()), Err(unreachable_chain()))
    }

    async fn delegated(&self, wallet: &Address, receiver: &Address) -> Result<Lent, ChainError> {
        cut!(self, self.inner.delegated(wallet, receiver), Err(unreachable_chain()), Err(unreachable_chain()))
    }

    fn signs_for(&self, wallet: &Address) -> bool {
        self.inner.signs_for(wallet)
    }

    async fn sign(&self, action: &Action, validity: &Validity) -> Result<SignedTx, ChainError> {
        cut!(self, self.inner.sign(action, validity), Err(unreachable_chain()), Err(unreachable_chain()))
    }

    async fn broadcast(&self, tx: &SignedTx) -> Answer {
        let unknown = || Answer::Unknown { reason: "cut".into() };
        cut!(self, self.inner.broadcast(tx), unknown(), unknown())
    }
}
