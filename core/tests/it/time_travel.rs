//! The database goes back in time: at any commit of an order's life, by any stretch of it, while the chain goes on.
//!
//! Every story is told once up to a moment; then the store is as it was after one of the commits before, in a new life,
//! and new processes must end the order right over the same chain.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use flash_core::address::Address;
use flash_core::chain::Action;
use flash_core::event::{Event, Recorded};
use flash_core::flash::NewWallet;
use flash_core::id::{Incarnation, OrderId, QuoteId, TransferId, TxId, UserId};
use flash_core::ledger::{Account, Balance, Entry, Transfer};
use flash_core::order::{Finality, Limits, Order, OrderState, Status};
use flash_core::price::Quote;
use flash_core::store::{
    ChangeSet, Claim, Commit, Cursor, Incarnations, Key, KeyRecord, KnownTx, OrderQuery, PooledWallet, Priority,
    SavedAddress, Store, StoreError,
};
use flash_core::testing::{CutChain, CutStore, Cuts, FakeChain, Fault, ManualClock, Moment};
use flash_core::time::{Span, Timestamp};
use flash_core::units::Sun;
use flash_core::{Config, Error, Flash};
use flash_storage_memory::MemoryStore;

use crate::story::{NOW, Story, deposit, new_order, receiver, wallet};

const PRICE: i64 = 1_950_000;
const MONEY: i64 = 100_000_000;

/// A store that keeps a copy of itself after every commit that changed the order.
#[derive(Debug)]
struct Photographed {
    inner: MemoryStore,
    photos: Mutex<Vec<(MemoryStore, Option<Order>)>>,
}

impl Photographed {
    fn photos(&self) -> usize {
        self.photos.lock().unwrap().len()
    }

    /// The store as it was after a commit, in a new life.
    fn back_to(&self, photo: usize, life: &str) -> Arc<MemoryStore> {
        Arc::new(self.photos.lock().unwrap()[photo].0.restored(life.parse().unwrap()))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Store for Photographed {
    async fn commit(&self, set: ChangeSet) -> Result<Commit, StoreError> {
        let commit = self.inner.commit(set).await;
        let order = self.inner.order(new_order(1).id).await?;
        let mut photos = self.photos.lock().unwrap();
        let seen = |order: &Option<Order>| order.as_ref().map(|order| (order.state, order.legs.clone()));
        if photos.last().is_none_or(|(_, last)| order.is_none() || seen(last) != seen(&order)) {
            photos.push((self.inner.restored(Incarnation::in_memory()), order));
        }
        commit
    }
    async fn claim(&self, claim: &Claim) -> Result<Vec<Order>, StoreError> {
        self.inner.claim(claim).await
    }
    async fn next_due(&self) -> Result<Timestamp, StoreError> {
        self.inner.next_due().await
    }
    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.inner.order(id).await
    }
    async fn orders(&self, query: &OrderQuery) -> Result<Vec<Order>, StoreError> {
        self.inner.orders(query).await
    }
    async fn known(&self, txs: &[TxId]) -> Result<Vec<KnownTx>, StoreError> {
        self.inner.known(txs).await
    }
    async fn cursor(&self) -> Result<Option<Cursor>, StoreError> {
        self.inner.cursor().await
    }
    async fn incarnations(&self) -> Result<Incarnations, StoreError> {
        self.inner.incarnations().await
    }
    async fn wallets(&self) -> Result<Vec<PooledWallet>, StoreError> {
        self.inner.wallets().await
    }
    async fn key(&self, key: &Key) -> Result<Option<KeyRecord>, StoreError> {
        self.inner.key(key).await
    }
    async fn quote(&self, id: QuoteId) -> Result<Option<Quote>, StoreError> {
        self.inner.quote(id).await
    }
    async fn addresses(&self, user: UserId) -> Result<Vec<SavedAddress>, StoreError> {
        self.inner.addresses(user).await
    }
    async fn balance(&self, account: Account) -> Result<Balance, StoreError> {
        self.inner.balance(account).await
    }
    async fn accounts(&self, after: Option<Account>, limit: usize) -> Result<Vec<(Account, Balance)>, StoreError> {
        self.inner.accounts(after, limit).await
    }
    async fn entries(&self, account: Account, after: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.inner.entries(account, after, limit).await
    }
    async fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, StoreError> {
        self.inner.transfer(id).await
    }
    async fn transfers(&self, after: u64, limit: usize) -> Result<Vec<Transfer>, StoreError> {
        self.inner.transfers(after, limit).await
    }
    async fn events(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.inner.events(after, limit).await
    }
}

/// What happens to the one order in the life that will be forgotten.
#[derive(Debug, Clone, Copy, Default)]
struct Plot {
    /// The wallets' stakes in sun.
    stakes: &'static [i64],
    /// The first transaction that is sent lands some blocks late.
    first_is_late: bool,
    /// Each leg is tried once, and nobody hurries.
    patient: bool,
    /// Nodes refuse every broadcast before this round.
    refused_until: usize,
    /// The customer cancels at once.
    cancels: bool,
    /// The stake of the second wallet is gone until the store goes back in time.
    second_wallet_empty: bool,
}

/// A life that will be forgotten: its world, and what it put on record last.
struct Lost {
    chain: Arc<FakeChain>,
    clock: Arc<ManualClock>,
    store: Arc<Photographed>,
    /// The commit that placed the order.
    placed_at: usize,
}

impl Plot {
    fn config(&self) -> Config {
        let config = Config::default();
        if !self.patient {
            return config;
        }
        let limits = Limits { attempts_per_leg: 1, ..config.limits };
        Config { limits, order_timeout: Span::from_mins(60), ..config }
    }

    fn supply(&self, chain: &FakeChain) {
        for (n, stake) in (1..).zip(self.stakes) {
            chain.supply(wallet(n), Sun::new(*stake));
        }
    }
}

impl Lost {
    fn tick(&self) {
        self.chain.tick();
        self.clock.set(self.chain.head().time);
    }

    async fn order(&self) -> Order {
        self.store.order(new_order(1).id).await.unwrap().unwrap()
    }

    /// The delegations that are on the chain.
    fn delegations(&self) -> usize {
        let landed = |verdict: &&flash_core::testing::Verdict| {
            verdict.block.is_some() && matches!(verdict.action, Action::Delegate(_))
        };
        self.chain.received().values().filter(landed).count()
    }

    fn out(&self) -> Sun {
        Sun::sum(self.chain.all_lent().into_values()).unwrap()
    }
}

/// Lives until a change of the order and so many rounds beyond it. `None` when its life has fewer changes.
async fn live(plot: Plot, photo: usize, more: usize) -> Option<Lost> {
    let chain = Arc::new(FakeChain::new(NOW));
    let clock = Arc::new(ManualClock::new(NOW));
    let store = Arc::new(Photographed { inner: MemoryStore::new(), photos: Mutex::default() });
    let mut lost = Lost { chain, clock, store, placed_at: 0 };
    let flash = Flash::new(lost.store.clone(), lost.chain.clone(), lost.clock.clone(), plot.config());
    lost.chain.activate(receiver());
    plot.supply(&lost.chain);
    for (n, _) in (1..).zip(plot.stakes) {
        flash.add_wallet(NewWallet { address: wallet(n), priority: Priority(0) }).await.unwrap();
    }
    flash.adjust(deposit(0, 100)).await.unwrap();
    flash.place(new_order(1)).await.unwrap();
    lost.placed_at = lost.store.photos() - 1;
    if plot.cancels {
        flash.cancel(new_order(1).id).await.unwrap();
    }
    if plot.second_wallet_empty {
        lost.chain.supply(lost.order().await.legs[1].wallet, Sun::ZERO);
    }
    let photo = lost.placed_at + photo;
    if plot.first_is_late {
        lost.chain.befall([Fault::Delay(4)]);
    }
    lost.chain.befall(vec![Fault::Refuse; if plot.refused_until > 0 { 10_000 } else { 0 }]);
    let mut rounds_beyond = None;
    for round in 0..700 {
        if round > 0 && round == plot.refused_until {
            lost.chain.heal();
        }
        let _ = flash.work(&"w".parse().unwrap(), 10).await.unwrap();
        if rounds_beyond.is_none() && lost.store.photos() > photo {
            rounds_beyond = Some(0);
        }
        if let Some(beyond) = &mut rounds_beyond {
            if *beyond == more {
                lost.chain.heal();
                return Some(lost);
            }
            *beyond += 1;
        }
        if rounds_beyond.is_none() && lost.order().await.state.is_closed() {
            return None;
        }
        skip_the_term(&lost.chain, &lost.order().await);
        lost.tick();
    }
    None
}

/// When nothing but the end of the term is waited for, it comes at once.
fn skip_the_term(chain: &FakeChain, order: &Order) {
    let OrderState::Completed { rental, finality: Finality::Final } = order.state else { return };
    let now = chain.head().time;
    if rental.ends_at > now {
        chain.skip(rental.ends_at.distance(now).as_millis() / 3_000);
    }
}

/// Goes back to a change of the order, so many rounds after it, and lives on. `false` when there is no such change.
async fn goes_back(plot: Plot, photo: usize, more: usize) -> bool {
    goes_back_cut(plot, photo, more, Cuts::at([])).await
}

/// The same, with the calls of the first process cut; when it has died it is started anew.
async fn goes_back_cut(plot: Plot, photo: usize, more: usize, cuts: Arc<Cuts>) -> bool {
    let Some(lost) = live(plot, photo, more).await else { return false };
    let when = format!("{plot:?}, {photo} changes after placing, {more} rounds later, {cuts:?}");
    let store = lost.store.back_to(lost.placed_at + photo, "second");
    let (delivered, forgotten) = (lost.delegations(), lost.order().await);
    let forgotten: BTreeSet<TxId> = forgotten.tx_ids().collect();
    plot.supply(&lost.chain);
    let process = || Flash::new(store.clone(), lost.chain.clone(), lost.clock.clone(), plot.config());
    let cut_store = Arc::new(CutStore::new(store.clone(), cuts.clone()));
    let cut_chain = Arc::new(CutChain::new(lost.chain.clone(), cuts.clone()));
    let cut = Flash::new(cut_store, cut_chain, lost.clock.clone(), plot.config());
    let mut processes = [cut, process()];
    let story = Story { chain: lost.chain.clone(), clock: lost.clock.clone(), store: store.clone(), flash: process() };
    let begins = story.order(1).await;
    let most = Sun::sum(begins.legs.iter().map(|leg| leg.stake)).unwrap();
    let mut rounds = 0;
    while !(story.order(1).await.state.is_closed() && store.incarnations().await.unwrap().is_trusted()) {
        assert!(rounds < 500, "{when}: never ends: {:?}", story.order(1).await);
        rounds += 1;
        for flash in &processes {
            let worked = flash.work(&"w".parse().unwrap(), 10).await;
            assert!(worked.is_ok() || cuts.calls() > 0, "{when}: {worked:?}");
            let order = story.order(1).await;
            if !store.incarnations().await.unwrap().is_trusted() {
                let signed = order.tx_ids().find(|tx| !forgotten.contains(tx));
                assert_eq!(signed, None, "{when}: signed in quarantine");
                let cancelled = story.flash.cancel(order.id).await.map(|order| order.status());
                let refused = matches!(cancelled, Err(Error::InQuarantine | Error::IllegalMove(_)));
                assert!(refused || begins.status() == Status::Cancelled, "{when}: {cancelled:?}");
            }
            let signed_anew = order.tx_ids().any(|tx| !forgotten.contains(&tx));
            if signed_anew && matches!(order.state, OrderState::Completed { .. }) {
                assert_eq!(lost.out(), most, "{when}: completed with a part of it: {order:?}");
            }
            assert!(lost.out() <= most, "{when}: {} TRX are out for {order:?}", lost.out());
            let (available, held) = story.money().await;
            assert!(held == PRICE || held == 0, "{when}: {held} held");
            assert!(available >= MONEY - PRICE, "{when}: {available} available");
        }
        if cuts.is_dead() {
            processes[0] = process();
        }
        if rounds % 8 == 1 {
            assert_eq!(story.flash.verify().await.unwrap().findings, [], "{when}");
        }
        skip_the_term(&lost.chain, &story.order(1).await);
        lost.tick();
    }
    let order = story.order(1).await;
    assert!(lost.delegations() <= order.legs.len(), "{when}: delivered {} times: {order:?}", lost.delegations());
    let expired = order.status() == Status::Expired;
    assert_eq!(story.money().await, (if expired { MONEY - PRICE } else { MONEY }, 0), "{when}: {order:?}");
    assert!(!expired || lost.delegations() == order.legs.len(), "{when}: paid for, not delivered: {order:?}");
    assert!(expired || delivered < order.legs.len(), "{when}: delivered, not paid for: {order:?}");
    assert_eq!(lost.out(), Sun::ZERO, "{when}: {order:?}");
    story.assert_clean().await;
    true
}

/// Back to every change of the order, by these many rounds.
async fn goes_back_to_any_change(plot: Plot, stretches: impl IntoIterator<Item = usize>) {
    for more in stretches {
        let mut photo = 0;
        while goes_back(plot, photo, more).await {
            photo += 1;
        }
        assert!(photo > 0 || more > 0, "{plot:?} changes nothing");
    }
}

/// 10,000 TRX.
const ONE: [i64; 1] = [10_000_000_000];
/// 5,000 and 4,000 TRX: neither suffices.
const SPLIT: [i64; 2] = [5_000_000_000, 4_000_000_000];
/// 7,000 and 8,000 TRX: either suffices.
const EITHER: [i64; 2] = [7_000_000_000, 8_000_000_000];
/// Exactly half of what the order takes, each.
const HALVES: [i64; 2] = [3_433_986_112; 2];
const STRETCHES: [usize; 9] = [0, 1, 2, 5, 12, 21, 30, 45, 64];

#[tokio::test]
async fn an_order_of_one_wallet_is_delivered_and_charged_once() {
    goes_back_to_any_change(Plot { stakes: &ONE, ..Plot::default() }, STRETCHES).await;
}

#[tokio::test]
async fn an_order_of_two_wallets_is_delivered_and_charged_once() {
    goes_back_to_any_change(Plot { stakes: &SPLIT, ..Plot::default() }, STRETCHES).await;
}

#[tokio::test]
async fn a_second_attempt_from_the_same_wallet_is_found() {
    goes_back_to_any_change(Plot { stakes: &ONE, refused_until: 42, ..Plot::default() }, STRETCHES).await;
}

#[tokio::test]
async fn a_second_attempt_from_another_wallet_is_found() {
    goes_back_to_any_change(Plot { stakes: &EITHER, refused_until: 42, ..Plot::default() }, STRETCHES).await;
}

#[tokio::test]
async fn an_order_is_not_given_up_while_its_last_attempt_may_be_forgotten() {
    let plot = Plot { stakes: &ONE, refused_until: 88, ..Plot::default() };
    goes_back_to_any_change(plot, [0, 3, 10, 40, 80, 90, 95, 98, 100, 102, 105, 110]).await;
}

#[tokio::test]
async fn a_split_that_was_undone_is_not_charged() {
    let plot = Plot { stakes: &SPLIT, second_wallet_empty: true, ..Plot::default() };
    goes_back_to_any_change(plot, [0, 5, 25, 60, 100, 140, 160, 200]).await;
    // With time left to try the second half again.
    goes_back_to_any_change(Plot { patient: true, ..plot }, [0, 5, 25, 60, 100, 140, 160, 200]).await;
}

#[tokio::test]
async fn halves_of_equal_size_are_told_apart_by_their_wallets() {
    let plot = Plot { stakes: &HALVES, first_is_late: true, ..Plot::default() };
    goes_back_to_any_change(plot, STRETCHES).await;
}

#[tokio::test]
async fn a_cancel_that_was_forgotten_leaves_an_order_that_ends() {
    for more in [0, 5, 50] {
        for photo in [0, 1] {
            assert!(goes_back(Plot { stakes: &ONE, cancels: true, ..Plot::default() }, photo, more).await);
        }
    }
}

#[tokio::test]
async fn cut_at_any_call_in_quarantine_the_order_still_ends_right() {
    for (stakes, more) in [(&ONE[..], 30), (&SPLIT[..], 8)] {
        for call in 0..70 {
            for moment in Moment::ALL {
                let cuts = Cuts::at([(call, moment)]);
                assert!(goes_back_cut(Plot { stakes, ..Plot::default() }, 0, more, cuts).await);
            }
        }
    }
}

async fn events(store: &dyn Store) -> Vec<Event> {
    store.events(0, 1_000).await.unwrap().into_iter().map(|recorded| recorded.event).collect()
}

#[tokio::test]
async fn a_delegation_for_an_order_that_was_forgotten_is_told() {
    let lost = live(Plot { stakes: &ONE, ..Plot::default() }, 0, 3).await.unwrap();
    let store = lost.store.back_to(lost.placed_at - 1, "second");
    let flash = Flash::new(store.clone(), lost.chain.clone(), lost.clock.clone(), Config::default());
    for _ in 0..80 {
        let _ = flash.work(&"w".parse().unwrap(), 10).await.unwrap();
        lost.tick();
    }
    let (tx, verdict) = lost.chain.received().pop_first().unwrap();
    let (wallet, stake): (Address, Sun) = (wallet(1), verdict.action.delegation().stake);
    let alarm = Event::StakeUnexplained { wallet, receiver: receiver(), stake, tx };
    let told = events(&*store).await;
    let quarantine: Vec<_> = told.iter().rev().take(3).rev().cloned().collect();
    assert_eq!(quarantine, [Event::QuarantineBegan, alarm, Event::QuarantineLifted]);
    assert!(store.incarnations().await.unwrap().is_trusted());
}

#[tokio::test]
async fn what_is_found_is_told_and_money_moves_once() {
    let lost = live(Plot { stakes: &ONE, ..Plot::default() }, 0, 30).await.unwrap();
    let store = lost.store.back_to(lost.placed_at, "second");
    let flash = Flash::new(store.clone(), lost.chain.clone(), lost.clock.clone(), Config::default());
    let _ = flash.work(&"w".parse().unwrap(), 10).await.unwrap();
    let order = flash.order(new_order(1).id).await.unwrap();
    let OrderState::Completed { finality: Finality::Final, .. } = order.state else { panic!("{order:?}") };
    assert_eq!(order.tx_ids().collect::<Vec<_>>(), lost.order().await.tx_ids().take(1).collect::<Vec<_>>());
    let told = events(&*store).await;
    let adopted = Event::AttemptAdopted { order: order.id, tx: order.tx_ids().next().unwrap() };
    assert_eq!(told.iter().filter(|event| **event == adopted).count(), 1, "{told:?}");
    assert!(!store.incarnations().await.unwrap().is_trusted(), "what else was forgotten may still land");
}

#[tokio::test]
async fn a_store_that_never_followed_a_chain_is_trusted_at_once_and_from_then_on() {
    let story = Story::with_wallets(&[10_000]).await;
    assert!(story.store.incarnations().await.unwrap().is_trusted());
    story.place(1).await.unwrap();
    story.work().await;
    assert_eq!(story.order(1).await.status(), Status::Processing);
    let quarantine = |event: &Event| matches!(event, Event::QuarantineBegan | Event::QuarantineLifted);
    assert!(!events(&*story.store).await.iter().any(quarantine));
}

#[tokio::test]
async fn an_order_placed_in_quarantine_is_delivered_after_it_and_can_then_be_cancelled() {
    let lost = live(Plot { stakes: &ONE, cancels: true, ..Plot::default() }, 1, 1).await.unwrap();
    let store = lost.store.back_to(lost.placed_at + 1, "second");
    let flash = Flash::new(store.clone(), lost.chain.clone(), lost.clock.clone(), Config::default());
    let [kept, dropped] =
        [2, 3].map(|n| flash_core::flash::NewOrder { energy: flash_core::units::Energy::new(20_000), ..new_order(n) });
    flash.place(kept.clone()).await.unwrap();
    flash.place(dropped.clone()).await.unwrap();
    let mut rounds = 0;
    while !store.incarnations().await.unwrap().is_trusted() {
        assert!(matches!(flash.cancel(dropped.id).await, Err(Error::InQuarantine)));
        lost.tick();
        let _ = flash.work(&"w".parse().unwrap(), 0).await.unwrap();
        rounds += 1;
    }
    // Half a minute of drift, a minute of validity and jitter, two slots, and the solid head's lag behind all of it.
    assert!((45..=60).contains(&rounds), "{rounds} rounds");
    assert_eq!(flash.cancel(dropped.id).await.unwrap().status(), Status::Cancelled);
    let _ = flash.work(&"w".parse().unwrap(), 10).await.unwrap();
    assert_eq!(flash.order(kept.id).await.unwrap().status(), Status::Processing);
}
