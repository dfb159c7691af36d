//! The whole way of an order, placed, signed, on record, sent, delivered, captured, by one worker on a devnet.
//!
//! The devnet's time stands still while flash is at work and is moved on, a block at a time, in between; only the time
//! inside [`Flash::place`] and [`Flash::work`] counts. What the devnet takes to answer over HTTP is in it.

use std::sync::Arc;
use std::time::Instant;

use flash_core::event::Event;
use flash_core::flash::NewWallet;
use flash_core::id::{OrderId, WorkerId};
use flash_core::store::{Priority, Store};
use flash_core::testing::user;
use flash_core::time::Span;
use flash_core::units::Sun;
use flash_core::{Config, Flash};
use flash_devnet::{Devnet, Speed, demo_key, set_up_wallet};
use flash_storage_postgres::{Options, PostgresStore};
use flash_tron::signer::WalletKey;
use flash_tron::{LocalSigner, Node, NodeConfig, Policy, TronChain};
use uuid::Uuid;

use super::business::{self, CALLERS, RECEIVERS};
use super::{Lab, Measured, say};
use crate::measure::Spread;

const ORDERS: u32 = 4_000;
const CUSTOMERS: u32 = 1_000;
const WALLETS: u32 = 16;
/// Orders in one round of work, as the server has it.
const ROUND: usize = 256;
const SLOT: Span = Span::from_secs(3);
/// Blocks after which everything must have settled.
const PATIENCE: usize = 60;

/// Where the time of one run went, in seconds.
#[derive(Debug, Clone, Copy, Default)]
struct Times {
    /// Placing.
    placing: f64,
    /// Up to the first block: claimed, signed, on record, sent.
    sending: f64,
    /// Until the deliveries were solid: seen in a block.
    delivering: f64,
    /// From then on: seen to be solid, captured.
    capturing: f64,
}

impl Times {
    fn all(&self) -> f64 {
        self.placing + self.sending + self.delivering + self.capturing
    }
}

/// Orders that one worker process brings from placed to captured in a second.
pub(super) fn settled_per_s(lab: &Lab) -> Measured {
    say("orders brought from placed to captured");
    let run = |round| {
        let url = lab.database(&format!("settling_{round}"));
        lab.checkpoint();
        let times = lab.runtime.block_on(settle(&url));
        say(&format!("  {:.0} a second: {times:.2?}", f64::from(ORDERS) / times.all()));
        times
    };
    let runs: Vec<Times> = (0..=lab.rounds).map(run).skip(1).collect();
    let of = |figure: fn(&Times) -> f64| Spread::of(runs.iter().map(figure).collect());
    let per_s = of(|times| f64::from(ORDERS) / times.all());
    let line = |what: &str, spread: String| [what.to_owned(), spread, String::new(), String::new()];
    let step = |what: &str, figure: fn(&Times) -> f64| line(what, format!("{:.2}", of(figure)));
    let lines = vec![
        line("orders a second from placed to captured, one worker", per_s.to_string()),
        step("  seconds of 4,000 orders: placing", |times| times.placing),
        step("  signing, putting on record, sending", |times| times.sending),
        step("  seeing them in a block", |times| times.delivering),
        step("  seeing them solid, capturing", |times| times.capturing),
    ];
    Measured { value: per_s.median, lines }
}

async fn settle(url: &str) -> Times {
    let devnet = flash_devnet::Config { speed: Speed::MANUAL, pool_limit: 100_000, ..flash_devnet::Config::default() };
    let devnet = Devnet::local(&devnet).await.unwrap();
    let flash = open(url, &devnet).await;
    let worker: WorkerId = "bench".parse().unwrap();
    let mut times = Times { placing: place_all(&flash).await, ..Times::default() };
    let (mut seen, mut delivered, mut captured) = (0, 0, 0);
    for block in 0..PATIENCE {
        let took = work(&flash, &worker).await;
        match block {
            0 => times.sending += took,
            _ if delivered < ORDERS => times.delivering += took,
            _ => times.capturing += took,
        }
        for recorded in flash.events(seen, 100_000).await.unwrap() {
            seen = recorded.seq;
            delivered += u32::from(matches!(recorded.event, Event::OrderCompleted { .. }));
            captured += u32::from(matches!(recorded.event, Event::OrderFinal { .. }));
        }
        if captured == ORDERS {
            devnet.stop().await;
            return times;
        }
        devnet.advance(SLOT);
    }
    panic!("{captured} of {ORDERS} orders are captured after {PATIENCE} blocks");
}

/// A business with stake and customers on this devnet.
async fn open(url: &str, devnet: &Devnet) -> Flash {
    let keys: Vec<_> = (0..WALLETS).map(|n| demo_key(&format!("supplier-{n}"))).collect();
    let trx = |trx| Sun::from_trx(trx).unwrap();
    devnet.with_network(|network| {
        for n in 0..WALLETS {
            set_up_wallet(network, &format!("supplier-{n}"), trx(100_000), trx(10_000_000)).unwrap();
        }
        for n in 0..RECEIVERS {
            network.fund(business::receiver(n), trx(1)).unwrap();
        }
    });
    let wallets: Vec<_> = keys.iter().map(flash_tron::PrivateKey::address).collect();
    let signer = LocalSigner::new(Policy::rentals_up_to(trx(1_000_000)), keys.into_iter().map(WalletKey::from));
    let node = Node::try_new(&NodeConfig::new(devnet.url())).unwrap();
    let chain = TronChain::new(vec![node], Arc::new(signer), flash_tron::chain::Config::default());
    let store: Arc<dyn Store> = Arc::new(PostgresStore::open(url, &Options::default()).await.unwrap());
    business::deposit(&*store, 1..=CUSTOMERS, 1_000).await;
    let config = Config { clock_drift: None, ..Config::default() };
    let flash = Flash::new(store, Arc::new(chain), Arc::new(devnet.clock()), config);
    for address in wallets {
        flash.add_wallet(NewWallet { address, priority: Priority(0) }).await.unwrap();
    }
    flash
}

/// Places all orders, with many callers at once. Answers how long it took.
async fn place_all(flash: &Flash) -> f64 {
    let start = Instant::now();
    let callers = (0..CALLERS).map(|caller| {
        let flash = flash.clone();
        tokio::spawn(async move {
            for n in (caller..ORDERS).step_by(usize::try_from(CALLERS).unwrap()) {
                let id = OrderId::from_bytes(Uuid::now_v7().into_bytes());
                business::order(&flash, id, user(i64::from(n % CUSTOMERS) + 1), n).await;
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    start.elapsed().as_secs_f64()
}

/// Works until there is nothing left to do at this moment of the chain. Answers how long it took.
async fn work(flash: &Flash, worker: &WorkerId) -> f64 {
    let start = Instant::now();
    while flash.work(worker, ROUND).await.unwrap().more {}
    start.elapsed().as_secs_f64()
}
