//! The use cases. Each has one shape: read, decide with the pure rules, commit all or nothing, and only then send.

mod addresses;
mod delivering;
mod following;
mod money;
mod placing;
mod quarantine;
mod verifying;
mod wallets;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use event_listener::{Event as Bell, EventListener};

pub use self::following::Worked;
pub use self::money::{Adjustment, AdjustmentKind, UserBalance};
pub use self::placing::{NewOrder, NewQuote, Placed};
use self::quarantine::Memory;
pub use self::verifying::{Finding, Findings, Report};
pub use self::wallets::{NewWallet, WalletChange};
use crate::address::Address;
use crate::chain::{BlockRef, Chain, Tips};
use crate::clock::Clock;
use crate::error::Error;
use crate::event::Recorded;
use crate::id::OrderId;
use crate::lane::Lane;
use crate::order::{Limits, Order};
use crate::pool::Pool;
use crate::price::PriceBook;
use crate::store::{OrderQuery, Store};
use crate::time::{Span, Timestamp};
use crate::units::Energy;

/// A commit that meets a conflict is decided again this often before it is called contended.
const RETRIES: usize = 16;

/// How the business runs. [`Config::default`] is fit for mainnet.
#[derive(Debug, Clone)]
pub struct Config {
    /// What rentals cost.
    pub prices: PriceBook,
    /// The smallest order.
    pub smallest_order: Energy,
    /// The largest order.
    pub largest_order: Energy,
    /// How long a quote holds.
    pub quote_validity: Span,
    /// Stake on top of what the Energy needs, in hundredths of a percent, against drift of the network's totals.
    pub stake_margin_bps: u32,
    /// The most wallets behind one order.
    pub most_legs: usize,
    /// How long after placing new delegations are still signed.
    pub order_timeout: Span,
    /// How long a signed transaction can land, in block time. Short, because a dead one is only known dead after it.
    pub tx_validity: Span,
    /// How long the engine tries.
    pub limits: Limits,
    /// How long a worker has an order to itself.
    pub lease: Span,
    /// How many orders a worker carries forward at once.
    pub concurrency: usize,
    /// Nothing is signed while the newest block is further than this from our clock. `None` switches the guard off, for
    /// networks with a clock of their own.
    pub clock_drift: Option<Span>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            prices: PriceBook::default(),
            smallest_order: Energy::new(1_000),
            largest_order: Energy::new(10_000_000),
            quote_validity: Span::from_secs(60),
            stake_margin_bps: 10,
            most_legs: 5,
            order_timeout: Span::from_mins(5),
            tx_validity: Span::from_secs(50),
            limits: Limits { attempts_per_leg: 3, reclaim_pause: Span::from_mins(5) },
            lease: Span::from_secs(30),
            concurrency: 32,
            clock_drift: Some(Span::from_secs(30)),
        }
    }
}

/// The business: the rules over a store, a chain and a clock. Cheap to clone; every clone is the same business.
#[derive(Debug, Clone)]
pub struct Flash {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Arc<dyn Store>,
    chain: Arc<dyn Chain>,
    clock: Arc<dyn Clock>,
    config: Config,
    prices: RwLock<Arc<PriceBook>>,
    pool: Mutex<Option<PoolView>>,
    lane: Mutex<Option<Lane>>,
    following: AtomicBool,
    memory: Mutex<Memory>,
    /// Wallets whose stake moved and that the chain should be asked about.
    stale_wallets: Mutex<BTreeSet<Address>>,
    /// The newest block time seen, in milliseconds.
    head_time: AtomicI64,
    bell: Bell,
}

#[derive(Debug)]
struct PoolView {
    pool: Pool,
    as_of: Timestamp,
}

/// Locks what no panic can leave half changed: every section under these locks is a plain assignment or a pure call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Flash {
    /// The business over these parts. Asks nothing of them yet.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, chain: Arc<dyn Chain>, clock: Arc<dyn Clock>, config: Config) -> Self {
        let prices = RwLock::new(Arc::new(config.prices.clone()));
        let shared = Shared {
            store,
            chain,
            clock,
            config,
            prices,
            pool: Mutex::new(None),
            lane: Mutex::new(None),
            following: AtomicBool::new(false),
            memory: Mutex::default(),
            stale_wallets: Mutex::default(),
            head_time: AtomicI64::new(i64::MIN),
            bell: Bell::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// How the business runs.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// What rentals cost now.
    #[must_use]
    pub fn prices(&self) -> Arc<PriceBook> {
        Arc::clone(&self.shared.prices.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what new orders cost, in this process. Orders and quotes keep the price they were given.
    pub fn set_prices(&self, prices: PriceBook) {
        *self.shared.prices.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(prices);
    }

    /// An order.
    ///
    /// # Errors
    /// [`Error::UnknownOrder`], or [`Error::Store`].
    pub async fn order(&self, id: OrderId) -> Result<Order, Error> {
        self.store().order(id).await?.ok_or(Error::UnknownOrder(id))
    }

    /// Orders, newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn orders(&self, query: &OrderQuery) -> Result<Vec<Order>, Error> {
        Ok(self.store().orders(query).await?)
    }

    /// The log of what happened, after this number.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn events(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, Error> {
        Ok(self.store().events(after, limit).await?)
    }

    /// Where the chain stands, as a node says now.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub async fn tips(&self) -> Result<Tips, Error> {
        Ok(self.chain().tips().await?)
    }

    /// Whether a chain that stands there is close enough to our clock to sign by. A node whose head is off could
    /// otherwise be used to have transactions signed that live for long.
    #[must_use]
    pub fn trusts(&self, head: &BlockRef) -> bool {
        self.config().clock_drift.is_none_or(|drift| head.time.distance(self.shared.clock.now()) <= drift)
    }

    /// Resolves when this process has new work for the engine. Listen first, then work, then wait.
    #[must_use]
    pub fn listen(&self) -> EventListener {
        self.shared.bell.listen()
    }

    fn store(&self) -> &dyn Store {
        &*self.shared.store
    }

    fn chain(&self) -> &dyn Chain {
        &*self.shared.chain
    }

    /// The present moment: our clock, or the newest block where that is ahead of it, so that terms end when the chain
    /// says so even on a network whose time runs faster.
    fn now(&self) -> Timestamp {
        let head_time = Timestamp::from_millis(self.shared.head_time.load(Ordering::Relaxed));
        self.shared.clock.now().max(head_time)
    }

    fn ring(&self) {
        self.shared.bell.notify(usize::MAX);
    }
}
