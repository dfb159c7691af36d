//! Whether things stay as fast with millions of closed orders present.
//!
//! Two databases of the same business: in one nothing ever happened, the other has a past (`sql/grow.sql`). Both get the
//! same new orders, so that pages are of the same size and only what lies beneath differs.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flash_core::clock::{Clock, SystemClock};
use flash_core::id::{OrderId, WorkerId};
use flash_core::order::Status;
use flash_core::store::{OrderQuery, OrdersOf, Which};
use flash_core::testing::{Fault, ManualClock, user};
use flash_core::time::Span;
use flash_core::{Config, Flash};
use uuid::Uuid;

use super::business::{self, Business, CUSTOMERS, DEPOSIT_TRX, Limit};
use super::{Lab, Measured, say};
use crate::measure::{compare, median};

const LOADER: &str = include_str!("../../sql/grow.sql");
/// Room on the disk that is left to the log of changes and to others, in kilobytes.
const SPARE: u64 = 12 << 20;
/// Orders loaded in one transaction.
const BATCH: u64 = 250_000;
/// Orders placed, and orders worked on, in one measurement.
const PLACED: u64 = 20_000;
const WORKED: usize = 5_120;
/// Orders in one round of work, as the server has it.
const ROUND: usize = 256;
/// Rows of a page, and pages read in one measurement.
const PAGE: usize = 50;
const PAGES: usize = 200;
/// Customers who have some pages of new orders.
const REGULARS: u32 = 20;
/// The worker's clock stands so far ahead: whatever is new is due, and what was put off stays put off.
const DAY: Span = Span::from_mins(24 * 60);

/// A business, and a worker of it.
#[derive(Debug)]
struct Site {
    database: &'static str,
    business: Business,
    worker: Flash,
}

/// The worst of the ratios.
pub(super) fn growth(lab: &Lab, orders: u64) -> Measured {
    let orders = as_many_as_fit(lab, orders);
    say("setting up two businesses, with 100,000 customers each");
    for database in ["empty", "grown"] {
        let url = lab.database(database);
        lab.runtime.block_on(Business::found(&url));
    }
    let load = load(lab, orders);
    say("placing the same new orders in both");
    let [empty, grown] = ["empty", "grown"].map(|database| {
        let site = lab.runtime.block_on(Site::open(lab, database));
        lab.sql(database, "vacuum analyze");
        site
    });

    let mut lines = vec![[load, "with them".to_owned(), "without".to_owned(), String::new()]];
    let mut worst = 0.0;
    let mut measure = |what: &str, micros: &dyn Fn(&Site) -> f64| {
        say(what);
        let [with, without, ratio] = compare(lab.rounds, || micros(&grown), || micros(&empty));
        lines.push([format!("  {what}"), format!("{with:.0}"), format!("{without:.0}"), format!("{ratio:.2}")]);
        worst = f64::max(worst, ratio.median);
    };
    measure("microseconds an order placed, 32 callers", &|site| lab.runtime.block_on(site.placing()));
    measure("an order claimed and worked on", &|site| lab.runtime.block_on(site.working()));
    let regulars: Vec<u32> = (0..PAGES).map(|n| 1 + u32::try_from(n).unwrap() % REGULARS).collect();
    measure("the newest page of a customer", &|site| lab.runtime.block_on(site.pages_of(&regulars)));
    measure("the newest page of open orders", &|site| lab.runtime.block_on(site.pages(OrdersOf::Anyone, Which::Open)));
    let failed = Which::Status(Status::Failed);
    measure("the newest page of failed orders", &|site| lab.runtime.block_on(site.pages(OrdersOf::Anyone, failed)));
    measure("the newest page of events", &|site| {
        let last = lab.sql(site.database, "select events from flash.log").parse().unwrap();
        lab.runtime.block_on(site.events(last))
    });

    // Not compared: without a past there is no such page. It comes from the disk.
    if orders >= u64::from(CUSTOMERS) * PAGE as u64 {
        let strangers: Vec<u32> = (0..PAGES).map(|_| 1 + REGULARS + dice() % (CUSTOMERS - REGULARS)).collect();
        let cold = lab.runtime.block_on(grown.pages_of(&strangers));
        lines.push(["  the newest page of a customer of the past", &format!("{cold:.0}"), "", ""].map(str::to_owned));
    }
    Measured { value: worst, lines }
}

/// So many closed orders, or as many as the disk has room for: with their indexes they take some four kilobytes each.
fn as_many_as_fit(lab: &Lab, orders: u64) -> u64 {
    let df = Command::new("df").args(["--output=avail", "--block-size=1K"]).arg(lab.cluster.dir()).output();
    let free = df.ok().and_then(|df| String::from_utf8(df.stdout).ok()?.lines().nth(1)?.trim().parse::<u64>().ok());
    let most = free.map_or(orders, |free| free.saturating_sub(SPARE) / 4);
    if most < orders {
        say(&format!("the disk has room for {most} closed orders, not for {orders}"));
    }
    most.min(orders)
}

/// Loads closed orders into the grown database. Says what there is then.
fn load(lab: &Lab, orders: u64) -> String {
    let started = Instant::now();
    // Checkpoints as far apart as the load is heavy; as they come by themselves before anything is measured.
    lab.sql("postgres", "alter system set max_wal_size = '4GB'");
    lab.sql("postgres", "select pg_reload_conf()");
    lab.sql("grown", &format!("set search_path = flash; {LOADER}"));
    let (now, deposit) = (SystemClock.now().as_millis(), DEPOSIT_TRX * 1_000_000);
    let scale = format!("insert into load.scale values ({orders}, {now}, {deposit}, 100000, 106000000)");
    lab.sql("grown", &scale);
    // The rows are sound by construction; checking each against the others would take hours.
    let quick = "set search_path = flash, load; set session_replication_role = replica";
    let load = |what| {
        for first in (0..orders).step_by(usize::try_from(BATCH).unwrap()) {
            say(&format!("loading closed orders: {what} of {first} of {orders} after {:.0?}", started.elapsed()));
            let count = BATCH.min(orders - first);
            lab.sql("grown", &format!("{quick}; select load.{what}({first}, {count})"));
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| load("movements"));
        load("deliveries");
    });
    lab.sql("grown", "set search_path = flash, load; select load.balances()");
    say(&format!("vacuuming after {:.0?}", started.elapsed()));
    lab.sql("grown", "vacuum analyze");
    lab.sql("postgres", "alter system reset max_wal_size");
    lab.sql("postgres", "select pg_reload_conf()");
    let size = lab.sql("grown", "select pg_size_pretty(pg_database_size('grown'))");
    format!("{orders} closed orders ({size}, loaded in {:.0?})", started.elapsed())
}

impl Site {
    /// Opens a business that was founded, with the same new orders in each.
    async fn open(lab: &Lab, database: &'static str) -> Self {
        let config = Config { order_timeout: DAY.times(2), clock_drift: None, ..Config::default() };
        let business = Business::open(&lab.cluster.url(database), config.clone()).await;
        let flash = |clock, config| Flash::new(business.store.clone(), business.chain.clone(), clock, config);
        let impatient = flash(Arc::new(SystemClock), Config { order_timeout: Span::ZERO, ..config.clone() });
        let worker = flash(Arc::new(ManualClock::new(SystemClock.now().after(DAY))), config);
        let site = Self { database, business, worker };
        // A page of orders that fail, before there are others to work on.
        for _ in 0..PAGE {
            business::order(&impatient, id(), user(1), dice()).await;
        }
        site.work(PAGE).await;
        for n in 0..REGULARS * 60 {
            business::order(&site.business.flash, id(), user(i64::from(n % REGULARS) + 1), dice()).await;
        }
        site
    }

    /// Microseconds an order.
    async fn placing(&self) -> f64 {
        1e6 / self.business.placed_per_s(CUSTOMERS, Limit { orders: PLACED, length: Duration::MAX }).await
    }

    /// Microseconds an order that was placed before.
    async fn working(&self) -> f64 {
        let started = Instant::now();
        self.work(WORKED).await;
        started.elapsed().as_secs_f64() * 1e6 / WORKED as f64
    }

    /// Carries so many due orders forward, on a chain that forgets what it is sent.
    async fn work(&self, orders: usize) {
        self.business.chain.befall(std::iter::repeat_n(Fault::Drop, orders));
        let worker: WorkerId = "bench".parse().unwrap();
        let mut done = 0;
        while done < orders {
            let worked = self.worker.work(&worker, ROUND.min(orders - done)).await.unwrap();
            assert!(worked.orders > 0, "only {done} of {orders} orders are due");
            done += worked.orders;
        }
    }

    /// Microseconds a page.
    async fn pages_of(&self, customers: &[u32]) -> f64 {
        let mut took = Vec::new();
        for customer in customers {
            took.push(self.page(OrdersOf::User(user((*customer).into())), Which::Any).await);
        }
        median(took)
    }

    async fn pages(&self, of: OrdersOf, which: Which) -> f64 {
        let mut took = Vec::new();
        for _ in 0..PAGES {
            took.push(self.page(of, which).await);
        }
        median(took)
    }

    async fn page(&self, of: OrdersOf, which: Which) -> f64 {
        let started = Instant::now();
        let query = OrderQuery { of, which, after: None, limit: PAGE };
        let page = self.business.flash.orders(&query).await.unwrap();
        assert_eq!(page.len(), PAGE, "a page is not full: {of:?} {which:?}");
        started.elapsed().as_secs_f64() * 1e6
    }

    /// Microseconds a page.
    async fn events(&self, last: u64) -> f64 {
        let mut took = Vec::new();
        for _ in 0..PAGES {
            let started = Instant::now();
            let page = self.business.flash.events(last - PAGE as u64, PAGE).await.unwrap();
            assert_eq!(page.len(), PAGE, "a page of events is not full");
            took.push(started.elapsed().as_secs_f64() * 1e6);
        }
        median(took)
    }
}

fn id() -> OrderId {
    OrderId::from_bytes(Uuid::now_v7().into_bytes())
}

/// A random number.
fn dice() -> u32 {
    let [.., a, b, c, d] = Uuid::now_v7().into_bytes();
    u32::from_be_bytes([a, b, c, d])
}
