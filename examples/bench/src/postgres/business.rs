//! A business over PostgreSQL, on a chain in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use flash_core::address::Address;
use flash_core::clock::{Clock, SystemClock};
use flash_core::flash::{NewOrder, NewWallet, Placed};
use flash_core::id::{OrderId, TransferId, UserId};
use flash_core::ledger::{Account, House, Transfer, TransferKind, Why};
use flash_core::price::Term;
use flash_core::store::{Change, ChangeSet, Commit, Priority, Store};
use flash_core::testing::{FakeChain, address, user};
use flash_core::time::Timestamp;
use flash_core::units::{Asset, Energy, Sun};
use flash_core::{Config, Flash};
use flash_storage_postgres::{Options, PostgresStore};
use uuid::Uuid;

use crate::measure::median;

pub(super) const CUSTOMERS: u32 = 100_000;
/// What each of them has paid in.
pub(super) const DEPOSIT_TRX: i64 = 10_000_000;
/// How many orders are under way at once.
pub(super) const CALLERS: u32 = 32;
const WALLETS: u32 = 64;
pub(super) const RECEIVERS: u32 = 1_000;
/// The newest block's, always the same, so that a database that is opened again is on the same chain.
const CHAIN_TIME: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// Deposits in one commit.
const DEPOSITS: usize = 500;

/// A business with money and stake for any number of orders.
#[derive(Debug)]
pub(super) struct Business {
    pub(super) flash: Flash,
    pub(super) store: Arc<dyn Store>,
    pub(super) chain: Arc<FakeChain>,
}

/// When to stop placing orders, whichever comes first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    pub(super) length: Duration,
    pub(super) orders: u64,
}

impl Limit {
    pub(super) const NONE: Self = Self { length: Duration::MAX, orders: u64::MAX };
}

impl Business {
    /// Founds one in an empty database: wallets with stake, customers with money.
    pub(super) async fn found(url: &str) -> Self {
        let business = Self::open(url, Config::default()).await;
        for n in 0..WALLETS {
            let wallet = NewWallet { address: address(n), priority: Priority(0) };
            business.flash.add_wallet(wallet).await.unwrap();
        }
        deposit(&*business.store, 1..=CUSTOMERS, DEPOSIT_TRX).await;
        business
    }

    /// Opens one that was founded before.
    pub(super) async fn open(url: &str, config: Config) -> Self {
        let store: Arc<dyn Store> = Arc::new(PostgresStore::open(url, &Options::default()).await.unwrap());
        let chain = Arc::new(FakeChain::new(CHAIN_TIME));
        (0..RECEIVERS).for_each(|n| chain.activate(receiver(n)));
        (0..WALLETS).for_each(|n| chain.supply(address(n), Sun::from_trx(1_000_000_000).unwrap()));
        let flash = Flash::new(store.clone(), chain.clone(), Arc::new(SystemClock), config);
        Self { flash, store, chain }
    }

    /// Orders a second, of so many customers, with many callers at once.
    pub(super) async fn placed_per_s(&self, customers: u32, limit: Limit) -> f64 {
        let (start, begun) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let callers = (0..CALLERS).map(|_| {
            let (flash, begun) = (self.flash.clone(), begun.clone());
            tokio::spawn(async move {
                let mut placed = 0_u32;
                while start.elapsed() < limit.length && begun.fetch_add(1, Ordering::Relaxed) < limit.orders {
                    place(&flash, customers).await;
                    placed += 1;
                }
                placed
            })
        });
        let mut placed = 0;
        for caller in callers.collect::<Vec<_>>() {
            placed += caller.await.unwrap();
        }
        f64::from(placed) / start.elapsed().as_secs_f64()
    }

    /// Microseconds that an order takes when one is placed after the other: the median.
    pub(super) async fn lone_us(&self, customers: u32, limit: Limit) -> f64 {
        let (start, mut took) = (Instant::now(), Vec::new());
        while start.elapsed() < limit.length {
            let begun = Instant::now();
            place(&self.flash, customers).await;
            took.push(begun.elapsed().as_secs_f64() * 1e6);
        }
        median(took)
    }
}

/// Places an order of some customer.
async fn place(flash: &Flash, customers: u32) {
    let id = Uuid::now_v7().into_bytes();
    // The end of the id is random.
    let [.., a, b, c, d] = id;
    let dice = u32::from_be_bytes([a, b, c, d]);
    let customer = user(i64::from(dice % customers) + 1);
    order(flash, OrderId::from_bytes(id), customer, dice).await;
}

/// Places an order of this customer.
pub(super) async fn order(flash: &Flash, id: OrderId, customer: UserId, dice: u32) {
    let new = NewOrder::new(id, customer, receiver(dice % RECEIVERS), Energy::new(1_000), Term::OneHour);
    assert!(matches!(flash.place(new).await.unwrap(), Placed::New(_)), "an id came twice");
}

/// Credits these customers with so much each.
pub(super) async fn deposit(store: &dyn Store, customers: std::ops::RangeInclusive<u32>, trx: i64) {
    let amount = Sun::from_trx(trx).unwrap().into();
    let at = SystemClock.now();
    let deposit = |n: u32| {
        Change::Transfer(Transfer {
            id: TransferId::derived(&[b"bench", &n.to_be_bytes()]),
            kind: TransferKind::Single,
            debit: Account::house(House::External, Asset::Trx),
            credit: Account::user(user(n.into()), Asset::Trx),
            amount,
            why: Why::Deposit("bench".parse().unwrap()),
            at,
        })
    };
    let changes: Vec<Change> = customers.map(deposit).collect();
    for some in changes.chunks(DEPOSITS) {
        assert_eq!(store.commit(ChangeSet { at, changes: some.to_vec() }).await.unwrap(), Commit::Done);
    }
}

pub(super) fn receiver(n: u32) -> Address {
    address(1_000_000 + n)
}
