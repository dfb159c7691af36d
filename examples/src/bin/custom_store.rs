//! A store of your own, and how to know that it is one.
//!
//! [`CountedStore`] stands in front of any other [`Store`] and counts what is asked of it and what became of it. It is
//! written as a stranger to this workspace would write one, with nothing but the trait; the tests at the end run the
//! whole conformance suite on it. The program rents Energy once over it and prints the counts.
#![expect(clippy::print_stdout, reason = "a program that talks to whoever started it")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use flash_core::address::Address;
use flash_core::flash::{NewOrder, NewWallet};
use flash_core::id::{OrderId, QuoteId, TransferId, TxId, UserId};
use flash_core::ledger::{Account, Balance, Entry, Transfer};
use flash_core::order::{Order, Status};
use flash_core::price::{Quote, Term};
use flash_core::store::{
    ChangeSet, Claim, Commit, Cursor, Incarnations, Key, KeyRecord, KnownTx, OrderQuery, PooledWallet, Priority,
    SavedAddress, Store, StoreError,
};
use flash_core::time::{Span, Timestamp};
use flash_core::units::{Asset, Energy, Sun};
use flash_core::{Config, Flash, event::Recorded};
use flash_devnet::{Devnet, Speed, set_up_wallet};
use flash_storage_memory::MemoryStore;
use flash_tron::{LocalSigner, Node, NodeConfig, Policy, TronChain};

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// It was answered; a commit took effect.
    Done,
    /// The commit was refused, and left no trace.
    Refused,
    /// The store could not answer.
    Failed,
}

/// Any store, and how often each of its methods was called with which outcome.
#[derive(Debug)]
struct CountedStore {
    inner: Arc<dyn Store>,
    counts: Mutex<BTreeMap<(&'static str, Outcome), u64>>,
}

impl CountedStore {
    fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, counts: Mutex::default() }
    }

    /// The counts so far.
    fn counts(&self) -> BTreeMap<(&'static str, Outcome), u64> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, method: &'static str, outcome: Outcome) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((method, outcome)).or_default();
        *count = count.saturating_add(1);
    }

    /// Counts a read and passes its answer on.
    fn counted<T>(&self, method: &'static str, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        self.count(method, if answer.is_ok() { Outcome::Done } else { Outcome::Failed });
        answer
    }
}

// A method that a later version of the trait adds must be counted too: without this line a default one would not be.
#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Store for CountedStore {
    async fn commit(&self, set: ChangeSet) -> Result<Commit, StoreError> {
        let answer = self.inner.commit(set).await;
        let outcome = match &answer {
            Ok(Commit::Done) => Outcome::Done,
            Ok(Commit::Refused(_)) => Outcome::Refused,
            Err(_) => Outcome::Failed,
        };
        self.count("commit", outcome);
        answer
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Order>, StoreError> {
        self.counted("claim", self.inner.claim(claim).await)
    }

    async fn next_due(&self) -> Result<Timestamp, StoreError> {
        self.counted("next_due", self.inner.next_due().await)
    }

    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.counted("order", self.inner.order(id).await)
    }

    async fn orders(&self, query: &OrderQuery) -> Result<Vec<Order>, StoreError> {
        self.counted("orders", self.inner.orders(query).await)
    }

    async fn known(&self, txs: &[TxId]) -> Result<Vec<KnownTx>, StoreError> {
        self.counted("known", self.inner.known(txs).await)
    }

    async fn cursor(&self) -> Result<Option<Cursor>, StoreError> {
        self.counted("cursor", self.inner.cursor().await)
    }

    async fn incarnations(&self) -> Result<Incarnations, StoreError> {
        self.counted("incarnations", self.inner.incarnations().await)
    }

    async fn wallets(&self) -> Result<Vec<PooledWallet>, StoreError> {
        self.counted("wallets", self.inner.wallets().await)
    }

    async fn key(&self, key: &Key) -> Result<Option<KeyRecord>, StoreError> {
        self.counted("key", self.inner.key(key).await)
    }

    async fn quote(&self, id: QuoteId) -> Result<Option<Quote>, StoreError> {
        self.counted("quote", self.inner.quote(id).await)
    }

    async fn addresses(&self, user: UserId) -> Result<Vec<SavedAddress>, StoreError> {
        self.counted("addresses", self.inner.addresses(user).await)
    }

    async fn balance(&self, account: Account) -> Result<Balance, StoreError> {
        self.counted("balance", self.inner.balance(account).await)
    }

    async fn accounts(&self, after: Option<Account>, limit: usize) -> Result<Vec<(Account, Balance)>, StoreError> {
        self.counted("accounts", self.inner.accounts(after, limit).await)
    }

    async fn entries(&self, account: Account, after: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.counted("entries", self.inner.entries(account, after, limit).await)
    }

    async fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, StoreError> {
        self.counted("transfer", self.inner.transfer(id).await)
    }

    async fn transfers(&self, after: u64, limit: usize) -> Result<Vec<Transfer>, StoreError> {
        self.counted("transfers", self.inner.transfers(after, limit).await)
    }

    async fn events(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.counted("events", self.inner.events(after, limit).await)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let devnet = Devnet::local(&flash_devnet::Config { speed: Speed::times(20), ..Default::default() }).await?;
    let (trx, stake) = (Sun::from_trx(100)?, Sun::from_trx(10_000)?);
    let key = devnet.with_network(|net| set_up_wallet(net, "wallet", trx, stake))?;
    let receiver: Address = devnet.with_network(|net| set_up_wallet(net, "receiver", trx, Sun::ZERO))?.address();
    let wallet = NewWallet { address: key.address(), priority: Priority(0) };
    let node = Node::try_new(&NodeConfig::new(devnet.url()))?;
    let signer = LocalSigner::new(Policy::rentals_up_to(stake), [key.into()]);
    let chain = TronChain::new(vec![node], Arc::new(signer), flash_tron::chain::Config::default());

    let store = Arc::new(CountedStore::new(Arc::new(MemoryStore::new())));
    let flash = Flash::new(store.clone(), Arc::new(chain), Arc::new(devnet.clock()), Config::default());
    let (id, user) = (OrderId::derived(&[b"first"]), UserId::try_from(7)?);
    flash.add_wallet(wallet).await?;
    flash.credit(TransferId::derived(&[b"tx"]), user, Asset::Trx, "10".parse()?, "paid in".parse()?).await?;
    flash.place(NewOrder::new(id, user, receiver, Energy::new(65_000), Term::TenMinutes)).await?;
    let worker = "worker-1".parse()?;
    while flash.order(id).await?.status() != Status::Expired {
        let _ = flash.work(&worker, 100).await?;
        // Ten minutes need not be waited for here.
        devnet.advance(Span::from_secs(3));
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    println!("{:<12} {:<8} {:>6}", "method", "outcome", "times");
    for ((method, outcome), times) in store.counts() {
        println!("{method:<12} {:<8} {times:>6}", format!("{outcome:?}").to_lowercase());
    }
    devnet.stop().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    flash_core::store_conformance!(async { CountedStore::new(Arc::new(MemoryStore::new())) });

    #[tokio::test]
    async fn each_call_is_counted_once_with_what_became_of_it() {
        let store = CountedStore::new(Arc::new(MemoryStore::new()));
        store.wallets().await.unwrap();
        store.wallets().await.unwrap();
        let empty = ChangeSet { at: Timestamp::from_millis(1), changes: Vec::new() };
        assert_eq!(store.commit(empty).await.unwrap(), Commit::Done);
        let expected = [(("commit", Outcome::Done), 1), (("wallets", Outcome::Done), 2)];
        assert_eq!(store.counts(), BTreeMap::from(expected));
    }
}
