//! A server with everything in it, and short words to call it.

use std::time::{Duration, Instant};

use clap::Parser;
use flash_adapter_http::client::{Client, LedgerFilter};
use flash_adapter_http::wire::{
    Balance, EntryKind, Finality, LedgerEntry, MoveMoney, MovementKind, Order, OrderStatus, PlaceOrder,
};
use flash_examples::args::ServerArgs;
use flash_examples::ready::Ready;
use flash_examples::server::{self, Running};

use crate::net::Net;

/// How long anything may take on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(10);
/// Between two moves of time: with six seconds each, 120 chain seconds in a second at most.
const NUDGE: Duration = Duration::from_millis(40);
/// Past the time a block takes to become solid.
const SOLID: u32 = 63;
/// The shortest term sold.
const TERM: &str = "10m";
const TERM_SECONDS: u32 = 600;

/// What comes, once it has come; panics with what was expected when it does not.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether nothing can happen to an order any more.
const fn is_over(status: OrderStatus) -> bool {
    match status {
        OrderStatus::Expired | OrderStatus::Failed | OrderStatus::Cancelled | OrderStatus::Reviewing => true,
        OrderStatus::Pending | OrderStatus::Processing | OrderStatus::Completed => false,
    }
}

/// A running server, its network, and a client for each key.
pub(crate) struct World {
    running: Running,
    pub(crate) net: Net,
    pub(crate) operator: Client,
    pub(crate) customer: Client,
}

impl World {
    /// A world of its own, with so many chain seconds in a second.
    pub(crate) async fn at_speed(speed: u32) -> Self {
        let devnet = ["--devnet-listen", "127.0.0.1:0", "--devnet-speed"];
        Self::with(&[devnet.as_slice(), &[&speed.to_string()]].concat()).await
    }

    /// A world started with these arguments, on any port.
    pub(crate) async fn with(args: &[&str]) -> Self {
        let all = [["server", "--listen", "127.0.0.1:0"].as_slice(), args].concat();
        let running = server::start(&ServerArgs::parse_from(all)).await.unwrap();
        let Ready { http, devnet, operator_key, user_key, .. } = &running.ready;
        let client = |key: &str| Client::new(http, key).unwrap();
        Self { net: Net::new(devnet), operator: client(operator_key), customer: client(user_key), running }
    }

    pub(crate) fn ready(&self) -> &Ready {
        &self.running.ready
    }

    /// A wish of the demo customer for the shortest term.
    pub(crate) fn wish(&self, energy_amount: i64) -> PlaceOrder {
        PlaceOrder {
            user_id: self.ready().user_id,
            receive_address: self.ready().receivers[0].clone(),
            energy_amount,
            duration: TERM.to_owned(),
            client_order_id: None,
            max_price_trx: None,
            quote_id: None,
        }
    }

    pub(crate) async fn place(&self, energy: i64) -> Order {
        self.customer.place_order(&self.wish(energy), None).await.unwrap().into_order()
    }

    pub(crate) async fn order(&self, id: &str) -> Order {
        self.operator.order(id).await.unwrap()
    }

    /// The order, once it is as wished.
    pub(crate) async fn once(&self, id: &str, what: &str, is_so: impl Fn(&Order) -> bool) -> Order {
        eventually(what, async || self.order_if(id, what, &is_so).await).await
    }

    /// Like [`World::once`], while time on the chain is moved ahead.
    pub(crate) async fn later(&self, id: &str, what: &str, is_so: impl Fn(&Order) -> bool) -> Order {
        eventually(what, async || {
            let order = self.order_if(id, what, &is_so).await;
            if order.is_none() {
                self.nudge().await;
            }
            order
        })
        .await
    }

    async fn order_if(&self, id: &str, what: &str, is_so: &impl Fn(&Order) -> bool) -> Option<Order> {
        let order = self.order(id).await;
        let wished = is_so(&order);
        assert!(wished || !is_over(order.status), "it is over before {what}: {order:?}");
        wished.then_some(order)
    }

    /// Moves time ahead a little, so slowly that no transaction dies on its way.
    pub(crate) async fn nudge(&self) {
        self.net.advance(6).await;
        tokio::time::sleep(NUDGE).await;
    }

    pub(crate) async fn balance(&self, user: i64) -> Balance {
        self.operator.balance(user).await.unwrap()
    }

    /// Every line of a customer's account, oldest first.
    pub(crate) async fn ledger(&self, user: i64) -> Vec<LedgerEntry> {
        let (mut entries, mut cursor) = (Vec::new(), None);
        loop {
            let filter = LedgerFilter { cursor, ..LedgerFilter::default() };
            let page = self.operator.ledger(user, &filter).await.unwrap();
            entries.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                let numbers: Vec<_> = entries.iter().map(|entry| entry.seq).collect();
                assert!(numbers.iter().copied().eq((1..).take(entries.len())), "gaps in {numbers:?}");
                return entries;
            }
        }
    }

    /// What happened to the demo customer's money since the first deposit.
    pub(crate) async fn movements(&self) -> Vec<(EntryKind, String)> {
        let entries = self.ledger(self.ready().user_id).await;
        entries.into_iter().skip(1).map(|entry| (entry.kind, entry.amount)).collect()
    }

    pub(crate) async fn move_money(&self, user: i64, kind: MovementKind, amount: &str) {
        let money = MoveMoney { amount: amount.to_owned(), asset: Default::default(), reason: "test".to_owned() };
        self.operator.move_money(user, kind, &money, None).await.unwrap();
    }

    /// All stake that the chain shows lent by the supplier wallets.
    pub(crate) async fn lent(&self) -> i64 {
        self.net.lent(&self.ready().supplier_addresses).await
    }

    /// All stake that the books say is lent.
    pub(crate) async fn lent_in_the_books(&self) -> i64 {
        self.operator.wallets().await.unwrap().items.iter().map(|wallet| wallet.lent_sun).sum()
    }

    /// Waits until an order is paid for, moves time past the end of its term, and waits until it has ended.
    pub(crate) async fn run_out(&self, id: &str) -> Order {
        self.later(id, "the delivery to become final", |order| order.finality == Finality::Final).await;
        self.net.advance(TERM_SECONDS).await;
        self.later(id, "the order to expire", |order| order.status == OrderStatus::Expired).await
    }

    /// Moves time past the end of a term that has begun.
    pub(crate) async fn end_terms(&self) {
        self.net.advance(TERM_SECONDS).await;
    }

    /// Moves time until everything that is in a block now is there for good.
    pub(crate) async fn make_solid(&self) {
        self.net.advance(SOLID).await;
    }

    /// The books agree with themselves and with the chain.
    pub(crate) async fn check(&self) {
        let found = self.operator.verify().await.unwrap();
        assert!(found.clean && found.findings.is_empty(), "{found:?}");
    }

    /// Nothing is lent, neither in the books nor on the chain, and they agree.
    pub(crate) async fn check_at_rest(&self) {
        assert_eq!(self.lent().await, 0, "stake is still out");
        assert_eq!(self.lent_in_the_books().await, 0, "the books lend stake that is home");
        self.check().await;
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await.unwrap();
    }
}
