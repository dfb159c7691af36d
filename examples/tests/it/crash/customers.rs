//! Customers who write down every answer they get, and what they asked for when they got none.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flash_adapter_http::client::{Client, ClientError};
use flash_adapter_http::wire::{MoveMoney, MovementKind, Order, PlaceOrder};
use flash_examples::demo;
use tokio::task::JoinSet;

use super::chance::Chance;
use super::hosts::{Host, Whereabouts};
use super::workplace::Workplace;

/// The first customer; the others count up from it.
const FIRST: i64 = 2_001;
/// What each pays in at the beginning and now and then, in TRX. The last one pays in a hundredth of it.
const DEPOSIT: i64 = 50;
/// Between two wishes of a customer, at most.
const PAUSE: Duration = Duration::from_millis(100);
/// How many requests are under way when many orders are placed at once.
const AT_ONCE: usize = 32;
/// How long a customer waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(4);

/// What became of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// This order, the server said.
    Placed(Box<Order>),
    /// No order, the server said, and why.
    Refused(String),
    /// Nobody knows.
    Unknown,
}

/// A wish and what became of it.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) order: PlaceOrder,
    key: Option<String>,
    pub(crate) answer: Answer,
    /// Whether it was asked again while an earlier time of asking may still have been under way.
    pub(crate) asked_twice: bool,
}

impl Wish {
    /// The customer's own number for it.
    pub(crate) fn number(&self) -> &str {
        self.order.client_order_id.as_deref().unwrap()
    }

    /// Whether there can be no order for it: a refusal is the answer for good under a key, or when it was the only one.
    pub(crate) fn is_refused_for_good(&self) -> bool {
        matches!(self.answer, Answer::Refused(_)) && (self.key.is_some() || !self.asked_twice)
    }

    async fn ask(&mut self, service: &Client) {
        self.answer = match service.place_order(&self.order, self.key.as_deref()).await {
            Ok(placed) => Answer::Placed(Box::new(placed.into_order())),
            Err(ClientError::Refused(problem)) if problem.status < 500 => Answer::Refused(problem.code),
            Err(ClientError::Refused(problem)) if problem.code == "UNAVAILABLE" => Answer::Unknown,
            Err(ClientError::NoAnswer(_)) => Answer::Unknown,
            Err(error) => panic!("{error:?} to {self:?}"),
        };
    }
}

/// Everything that the customers wrote down.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) wishes: Vec<Wish>,
    /// What each customer has paid in, in TRX, a deposit each.
    pub(crate) deposits: Vec<(i64, i64)>,
}

impl Record {
    /// The customers.
    pub(crate) fn users(&self) -> impl Iterator<Item = i64> {
        let users: std::collections::BTreeSet<_> = self.deposits.iter().map(|(user, _)| *user).collect();
        users.into_iter()
    }

    /// Asks again, of each server, for every wish that has no answer.
    pub(crate) async fn ask_again(&mut self, workplace: &Workplace) {
        let http = http();
        for wish in self.wishes.iter_mut().filter(|wish| wish.answer == Answer::Unknown) {
            let mut placed: Option<String> = None;
            for url in workplace.urls() {
                wish.asked_twice = true;
                wish.ask(&Client::with_http(http.clone(), &url, demo::SERVICE_KEY).unwrap()).await;
                assert_ne!(wish.answer, Answer::Unknown, "nothing is in the way any more: {wish:?}");
                let Answer::Placed(order) = &wish.answer else { continue };
                assert_eq!(placed.get_or_insert_with(|| order.id.clone()), &order.id, "one wish, one order");
            }
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let placed = self.wishes.iter().filter(|wish| matches!(wish.answer, Answer::Placed(_))).count();
        let refused = self.wishes.iter().filter(|wish| matches!(wish.answer, Answer::Refused(_))).count();
        let again = self.wishes.iter().filter(|wish| wish.asked_twice).count();
        write!(
            f,
            "{} wishes, {placed} placed, {refused} refused, {again} without an answer at first",
            self.wishes.len()
        )
    }
}

/// Customers at work.
pub(crate) struct Customers {
    leave: Arc<AtomicBool>,
    at_work: JoinSet<Record>,
}

impl Customers {
    /// So many of them begin to order, each for itself, of whichever server answers.
    pub(crate) async fn arrive(workplace: &Workplace, count: usize, chance: &Chance) -> Self {
        let leave = Arc::new(AtomicBool::new(false));
        let mut at_work = JoinSet::new();
        for n in 0..count {
            let customer = Customer {
                user: FIRST + i64::try_from(n).unwrap(),
                deposit: if n + 1 == count { DEPOSIT / 50 } else { DEPOSIT },
                apis: workplace.apis().iter().map(Host::whereabouts).collect(),
                http: http(),
                leave: Arc::clone(&leave),
                chance: chance.fork(),
                record: Record::default(),
            };
            at_work.spawn(customer.work());
        }
        Self { leave, at_work }
    }

    /// They finish what they are at, and hand in what they wrote down.
    pub(crate) async fn leave(self) -> Record {
        self.leave.store(true, Ordering::Relaxed);
        let mut all = Record::default();
        for record in self.at_work.join_all().await {
            all.wishes.extend(record.wishes);
            all.deposits.extend(record.deposits);
        }
        all
    }
}

struct Customer {
    user: i64,
    deposit: i64,
    apis: Vec<Whereabouts>,
    http: reqwest::Client,
    leave: Arc<AtomicBool>,
    chance: Chance,
    record: Record,
}

impl Customer {
    async fn work(mut self) -> Record {
        for n in 0_usize.. {
            if self.leave.load(Ordering::Relaxed) {
                break;
            }
            if n.is_multiple_of(50) {
                self.pay_in(n).await;
            }
            let mut wish = self.wish(n);
            self.try_some_server(&mut wish).await;
            // Half of those without an answer are asked again until there is one, the others never by themselves.
            let insists = self.chance.once_in(2);
            while insists && wish.answer == Answer::Unknown && !self.leave.load(Ordering::Relaxed) {
                tokio::time::sleep(self.chance.moment(PAUSE)).await;
                wish.asked_twice = true;
                self.try_some_server(&mut wish).await;
            }
            if let Answer::Placed(order) = &wish.answer
                && self.chance.once_in(20)
            {
                self.cancel(&order.id).await;
            }
            self.record.wishes.push(wish);
            tokio::time::sleep(self.chance.moment(PAUSE)).await;
        }
        self.record
    }

    /// A wish under a number of its own; every third under a key as well.
    fn wish(&self, n: usize) -> Wish {
        let receivers = demo::receivers();
        let number = format!("{}-{n}", self.user);
        let order = PlaceOrder {
            user_id: self.user,
            receive_address: receivers[self.chance.below(receivers.len())].to_string(),
            energy_amount: i64::try_from(1_000 + self.chance.below(1_000)).unwrap(),
            duration: "10m".to_owned(),
            client_order_id: Some(number.clone()),
            max_price_trx: None,
            quote_id: None,
        };
        Wish {
            order,
            key: n.is_multiple_of(3).then(|| format!("key-{number}")),
            answer: Answer::Unknown,
            asked_twice: false,
        }
    }

    /// Some server that answers, as far as anybody knows.
    fn some_server(&self, key: &str) -> Option<Client> {
        let url = self.apis[self.chance.below(self.apis.len())].url()?;
        Some(Client::with_http(self.http.clone(), &url, key).unwrap())
    }

    async fn try_some_server(&self, wish: &mut Wish) {
        match self.some_server(demo::SERVICE_KEY) {
            Some(service) => wish.ask(&service).await,
            None => tokio::time::sleep(PAUSE).await,
        }
    }

    /// Whatever comes of it: the money tells.
    async fn cancel(&self, id: &str) {
        if let Some(service) = self.some_server(demo::SERVICE_KEY) {
            let _ = service.cancel_order(id).await;
        }
    }

    /// Pays in, and asks again under the same key until it is confirmed.
    async fn pay_in(&mut self, n: usize) {
        let amount = self.deposit.to_string();
        let money = MoveMoney { amount, asset: Default::default(), reason: "paid in".to_owned() };
        let key = format!("deposit-{}-{n}", self.user);
        loop {
            if let Some(operator) = self.some_server(demo::OPERATOR_KEY)
                && operator.move_money(self.user, MovementKind::Deposit, &money, Some(&key)).await.is_ok()
            {
                self.record.deposits.push((self.user, self.deposit));
                return;
            }
            tokio::time::sleep(self.chance.moment(PAUSE)).await;
        }
    }
}

/// The demo customer places so many small orders, a few at a time.
pub(crate) async fn place_at_once(workplace: &Workplace, count: usize) {
    let service = Client::with_http(http(), &workplace.urls()[0], demo::SERVICE_KEY).unwrap();
    let mut placing = JoinSet::new();
    for n in 0..count {
        let order = PlaceOrder {
            user_id: demo::USER,
            receive_address: demo::receivers()[0].to_string(),
            energy_amount: 1_000,
            duration: "10m".to_owned(),
            client_order_id: Some(format!("at-once-{n}")),
            max_price_trx: None,
            quote_id: None,
        };
        let service = service.clone();
        placing.spawn(async move { service.place_order(&order, None).await.unwrap() });
        if placing.len() >= AT_ONCE {
            placing.join_next().await.unwrap().unwrap();
        }
    }
    placing.join_all().await;
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().unwrap()
}
