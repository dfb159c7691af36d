//! The reference store of flash, in memory: the whole [`Store`] contract in the plainest code that keeps it.
//!
//! Nothing survives the process. One lock orders all commits, and a refused commit is taken back change by change.
//!
//! ```
//! use flash_core::store::Store;
//! use flash_storage_memory::MemoryStore;
//!
//! let store: std::sync::Arc<dyn Store> = std::sync::Arc::new(MemoryStore::new());
//! # let _ = store;
//! ```

mod ledger;
mod orders;
mod state;

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use flash_core::event::Recorded;
use flash_core::id::{Incarnation, OrderId, QuoteId, TransferId, TxId, UserId};
use flash_core::ledger::{Account, Balance, Entry, Transfer};
use flash_core::order::Order;
use flash_core::price::Quote;
use flash_core::store::{
    ChangeSet, Claim, Commit, Cursor, Incarnations, Key, KeyRecord, KnownTx, OrderQuery, PooledWallet, SavedAddress,
    Store, StoreError,
};
use flash_core::time::Timestamp;

use crate::state::State;

/// A store in memory.
#[derive(Debug)]
pub struct MemoryStore {
    state: Mutex<State>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self { state: Mutex::new(State::new(Incarnation::in_memory())) }
    }

    /// A copy of what is stored now, in a life of its own: as if a backup made now were restored.
    #[must_use]
    pub fn restored(&self, incarnation: Incarnation) -> Self {
        let state = self.state().clone();
        let lives = Incarnations { current: incarnation, ..state.lives };
        Self { state: Mutex::new(State { lives, ..state }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, set: ChangeSet) -> Result<Commit, StoreError> {
        Ok(self.state().commit(set))
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Order>, StoreError> {
        Ok(self.state().orders.claim(claim))
    }

    async fn next_due(&self) -> Result<Timestamp, StoreError> {
        Ok(self.state().orders.next_due())
    }

    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        Ok(self.state().orders.get(id).cloned())
    }

    async fn orders(&self, query: &OrderQuery) -> Result<Vec<Order>, StoreError> {
        Ok(self.state().orders.list(query))
    }

    async fn known(&self, txs: &[TxId]) -> Result<Vec<KnownTx>, StoreError> {
        Ok(self.state().orders.known(txs))
    }

    async fn cursor(&self) -> Result<Option<Cursor>, StoreError> {
        Ok(self.state().cursor)
    }

    async fn incarnations(&self) -> Result<Incarnations, StoreError> {
        Ok(self.state().lives.clone())
    }

    async fn wallets(&self) -> Result<Vec<PooledWallet>, StoreError> {
        Ok(self.state().wallets.values().cloned().collect())
    }

    async fn key(&self, key: &Key) -> Result<Option<KeyRecord>, StoreError> {
        Ok(self.state().keys.get(key).cloned())
    }

    async fn quote(&self, id: QuoteId) -> Result<Option<Quote>, StoreError> {
        Ok(self.state().quotes.get(&id).copied())
    }

    async fn addresses(&self, user: UserId) -> Result<Vec<SavedAddress>, StoreError> {
        Ok(self.state().addresses.get(&user).map(|book| book.values().cloned().collect()).unwrap_or_default())
    }

    async fn balance(&self, account: Account) -> Result<Balance, StoreError> {
        Ok(self.state().ledger.balance(account))
    }

    async fn accounts(&self, after: Option<Account>, limit: usize) -> Result<Vec<(Account, Balance)>, StoreError> {
        Ok(self.state().ledger.accounts(after, limit))
    }

    async fn entries(&self, account: Account, after: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        Ok(self.state().ledger.entries(account, after, limit))
    }

    async fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, StoreError> {
        Ok(self.state().ledger.transfer(id).cloned())
    }

    async fn transfers(&self, after: u64, limit: usize) -> Result<Vec<Transfer>, StoreError> {
        Ok(self.state().ledger.transfers(after, limit))
    }

    async fn events(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        let state = self.state();
        let skip = usize::try_from(after).unwrap_or(usize::MAX);
        Ok(state.events.iter().skip(skip).take(limit).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    flash_core::store_conformance!(async { super::MemoryStore::new() });
}
