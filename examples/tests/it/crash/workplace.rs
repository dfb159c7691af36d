//! A business on several hosts: a database, a network, servers that answer and servers that deliver.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flash_adapter_http::client::{Client, OrderFilter};
use flash_adapter_http::wire::{Finality, Order, OrderStatus};
use flash_examples::demo;
use flash_storage_postgres::testing::{Cluster, Settings};
use flash_tron::{Node, NodeConfig};
use serde_json::{Value, json};

use super::hosts::Host;
use crate::net::Net;
use crate::programs::{Program, ready};

/// Chain seconds in a second: a term of ten minutes takes thirty seconds, a lease one and a half.
const SPEED: u32 = 20;
/// Past a worker's lease, in chain time, and a moment more.
const LEASE: Duration = Duration::from_secs(45);
/// TRX that a supplier wallet has to pay for its transactions.
const FUEL: i64 = 1_000_000_000_000;
/// How long anything may take that has to come, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(240);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// All of it.
pub(crate) struct Workplace {
    hosts: Vec<Host>,
    apis: usize,
    pub(crate) cluster: Cluster,
    pub(crate) net: Net,
    pub(crate) node: Node,
    devnet: Program,
    dir: PathBuf,
}

impl Workplace {
    /// Opens with so many servers that answer, and so many that deliver.
    pub(crate) async fn open(apis: usize, workers: usize) -> Self {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("workplace-{}-{workers}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let cluster = Cluster::start(&Settings::durable()).unwrap();
        cluster.create_database("shop").unwrap();
        let (database, speed) = (cluster.url("shop"), SPEED.to_string());

        let told = dir.join("devnet.json");
        let args = ["--listen", "127.0.0.1:0", "--speed", &speed, "--ready-file", told.to_str().unwrap()];
        let log = std::fs::File::create(dir.join("devnet.log")).unwrap();
        let devnet = Program::logging(env!("CARGO_BIN_EXE_devnet"), &args.map(str::to_owned), &log);
        let url = ready(told.to_str().unwrap()).await["devnet"].as_str().unwrap().to_owned();
        let node = Node::try_new(&NodeConfig::new(&url)).unwrap();
        let net = Net::new(&url);

        let roles = [("api", apis), ("worker", workers)];
        let names = roles.iter().flat_map(|(role, count)| (1..=*count).map(move |n| (*role, format!("{role}-{n}"))));
        let args = ["--node", &url, "--demo", "--devnet-speed", &speed, "--database-url", &database, "--role"];
        let start = |(role, name): (&str, String)| Host::start(&name, &dir, &[args.as_slice(), &[role]].concat());
        let hosts = names.map(start).collect();
        let workplace = Self { hosts, apis, cluster, net, node, devnet, dir };
        workplace.all_are_up().await;
        for wallet in workplace.wallets() {
            let gift = json!({ "address": wallet, "amount_sun": FUEL });
            workplace.net.ask("devnet/faucet", gift).await;
        }
        workplace
    }

    /// The supplier wallets.
    pub(crate) fn wallets(&self) -> Vec<String> {
        demo::suppliers().iter().map(ToString::to_string).collect()
    }

    /// Servers that answer.
    pub(crate) fn apis(&self) -> &[Host] {
        &self.hosts[..self.apis]
    }

    /// Servers that deliver.
    pub(crate) fn workers(&self) -> &[Host] {
        &self.hosts[self.apis..]
    }

    /// Where the API is, at those who answer now.
    pub(crate) fn urls(&self) -> Vec<String> {
        self.apis().iter().filter_map(Host::url).collect()
    }

    /// The operator at some server that answers.
    pub(crate) fn operator(&self) -> Client {
        Client::new(&self.urls()[0], demo::OPERATOR_KEY).unwrap()
    }

    /// Waits until every server answers and has all that it needs.
    pub(crate) async fn all_are_up(&self) {
        let http = reqwest::Client::new();
        for host in &self.hosts {
            eventually("every server to be ready", async || {
                let answer = http.get(format!("{}/ready", host.url()?)).send().await.ok()?;
                answer.status().is_success().then_some(())
            })
            .await;
        }
    }

    /// The time of the chain, in milliseconds.
    async fn chain_time(&self) -> i64 {
        let head: Value = self.net.ask("wallet/getnowblock", json!({})).await;
        head["block_header"]["raw_data"]["timestamp"].as_i64().unwrap()
    }

    /// Stops a server while it holds orders. Answers how many.
    pub(crate) async fn stop_in_the_middle(&self, host: &Host) -> usize {
        let held = format!("select count(*) from flash.orders where leased_by like 'server-%-{}-%'", host.pid());
        eventually("a worker to be at work", async || {
            host.signal("-STOP");
            let held = self.cluster.sql("shop", &held).unwrap().parse().unwrap();
            if held == 0 {
                host.signal("-CONT");
            }
            (held > 0).then_some(held)
        })
        .await
    }

    /// Waits, as long as it takes by itself, until every lease that was held at this moment has ended.
    pub(crate) async fn leases_end(&self) {
        let until = self.chain_time().await + i64::try_from(LEASE.as_millis()).unwrap();
        eventually("leases to end", async || (self.chain_time().await > until).then_some(())).await;
    }

    /// Waits until every order that is there by now is delivered or has ended.
    pub(crate) async fn what_was_placed_is_delivered(&self) {
        let open = |order: &Order| matches!(order.status, OrderStatus::Pending | OrderStatus::Processing);
        let mut waiting: Vec<_> = self.orders().await.into_iter().filter(open).map(|order| order.id).collect();
        let operator = self.operator();
        eventually("what was placed to be delivered", async || {
            while let Some(oldest) = waiting.last() {
                if open(&operator.order(oldest).await.unwrap()) {
                    return None;
                }
                waiting.pop();
            }
            Some(())
        })
        .await;
    }

    /// Moves time until no order can change any more.
    pub(crate) async fn let_everything_end(&self) {
        let settled = |order: &Order| match order.status {
            OrderStatus::Pending | OrderStatus::Processing => false,
            OrderStatus::Completed => order.finality == Finality::Final,
            OrderStatus::Expired | OrderStatus::Failed | OrderStatus::Cancelled | OrderStatus::Reviewing => true,
        };
        eventually("every order to be settled", async || self.orders().await.iter().all(settled).then_some(())).await;
        self.net.advance(600).await;
        let over = |order: &Order| settled(order) && order.status != OrderStatus::Completed;
        eventually("every order to end", async || self.orders().await.iter().all(over).then_some(())).await;
    }

    /// Every order, newest first.
    pub(crate) async fn orders(&self) -> Vec<Order> {
        let operator = self.operator();
        let (mut orders, mut cursor) = (Vec::new(), None);
        loop {
            let filter = OrderFilter { cursor, limit: Some(100), ..OrderFilter::default() };
            let page = operator.orders(&filter).await.unwrap();
            orders.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return orders;
            }
        }
    }

    /// Ends every server well, and looks through what they have said.
    pub(crate) async fn close(self) {
        for host in self.hosts {
            host.stop().await;
        }
        drop(self.devnet);
        for entry in std::fs::read_dir(&self.dir).unwrap() {
            let path = entry.unwrap().path();
            let said = std::fs::read_to_string(&path).unwrap();
            assert!(!said.contains("panicked"), "{}: {said}", path.display());
        }
        std::fs::remove_dir_all(&self.dir).unwrap();
    }
}

/// What comes, once it has come.
async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}
