//! Histories: a list of operations played on the whole business, with the invariants checked after each.
//!
//! First anything may go wrong (safety), then nothing does any more and every order must end (liveness).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{CutChain, CutStore, Cuts, FakeChain, Fault, ManualClock, Moment, address, user};
use crate::address::Address;
use crate::chain::Action;
use crate::error::Error;
use crate::flash::{Adjustment, AdjustmentKind, Config, Flash, NewOrder, NewWallet, WalletChange};
use crate::id::{OrderId, TransferId, TxId};
use crate::order::{AttemptKind, Finality, Order, OrderState, Status};
use crate::price::{PriceBook, Term, Tier};
use crate::store::{OrderQuery, OrdersOf, Priority, Store, WalletState, Which};
use crate::time::Timestamp;
use crate::units::{Amount, Asset, Energy, Sun};

/// How many processes run the business on one store.
const PROCESSES: usize = 3;
const WALLETS: u32 = 4;
const RECEIVERS: u32 = 3;
const USERS: u32 = 3;
/// Rounds of the phase without faults. The longest wait in it is that for a transaction to be proven dead.
const ROUNDS_TO_END: usize = 3_000;

/// One thing that happens. Numbers are taken modulo what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// A user pays in so many TRX.
    Deposit(u8, u8),
    /// The operator takes so many TRX from a user.
    Deduct(u8, u8),
    /// A user orders for a receiver: so many thousand Energy times 16, for a term.
    Place(u8, u8, u8),
    /// The request of an order is sent again, to another process.
    PlaceAgain(u8),
    /// A user cancels an order.
    Cancel(u8),
    /// A process does a round of work.
    Work(u8),
    /// A call of a process will be cut: so many calls ahead, at one of the moments.
    Cut(u8, u8, u8),
    /// A process is killed, if it has not died yet, and started anew.
    Restart(u8),
    /// So many blocks are produced.
    Tick(u8),
    /// So many slots are missed.
    Skip(u8),
    /// So many minutes pass without a block.
    Jump(u8),
    /// The newest blocks are replaced.
    Reorganise(u8, bool),
    /// Something will befall a broadcast.
    Befall(u8),
    /// The nodes go down, or come back.
    Down(bool),
    /// Rentals cost so many sun per Energy from now on.
    Reprice(u8),
    /// A wallet is switched on or off.
    Switch(u8, bool),
    /// Wallets are observed.
    Refresh(u8),
}

impl Op {
    /// The operation that four bytes stand for. Every operation has bytes that stand for it.
    #[must_use]
    pub const fn from_bytes([kind, a, b, c]: [u8; 4]) -> Self {
        match kind % 32 {
            0 => Self::Deposit(a, b),
            1 => Self::Deduct(a, b),
            2..=6 => Self::Place(a, b, c),
            7 => Self::PlaceAgain(a),
            8 => Self::Cancel(a),
            9..=15 => Self::Work(a),
            16 | 17 => Self::Cut(a, b, c),
            18 => Self::Restart(a),
            19..=22 => Self::Tick(a),
            23 => Self::Skip(a),
            24 => Self::Jump(a),
            25 => Self::Reorganise(a, b % 2 == 0),
            26 | 27 => Self::Befall(a),
            28 => Self::Down(a % 2 == 0),
            29 => Self::Reprice(a),
            30 => Self::Switch(a, b % 2 == 0),
            _ => Self::Refresh(a),
        }
    }
}

/// A history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scenario {
    /// What happens, in order.
    pub ops: Vec<Op>,
}

/// An invariant that did not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("after {after:?}: {what}")]
pub struct Violation {
    /// The operation after which it did not; none for the phase without faults.
    pub after: Option<(usize, Op)>,
    /// What did not hold.
    pub what: String,
}

impl Scenario {
    /// The history that bytes stand for, four an operation; a rest is left out.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self { ops: bytes.as_chunks::<4>().0.iter().copied().map(Op::from_bytes).collect() }
    }

    /// Plays it on an empty store.
    ///
    /// # Errors
    /// The first [`Violation`].
    pub async fn play(&self, store: Arc<dyn Store>) -> Result<(), Violation> {
        let mut world = World::new(store).await;
        for (i, op) in self.ops.iter().enumerate() {
            world.run(*op).await;
            world.check().await.map_err(|what| Violation { after: Some((i, *op)), what })?;
        }
        world.end().await.map_err(|what| Violation { after: None, what })
    }
}

/// The business, three processes of it, and the network under it.
#[derive(Debug)]
pub struct World {
    /// The network, and the truth about it.
    pub chain: Arc<FakeChain>,
    /// The clock of every process.
    pub clock: Arc<ManualClock>,
    /// The store, reached without cuts.
    pub store: Arc<dyn Store>,
    /// The business, reached without cuts; it never works.
    pub auditor: Flash,
    processes: Vec<Process>,
    placed: Vec<NewOrder>,
    adjustments: u64,
}

#[derive(Debug)]
struct Process {
    flash: Flash,
    cuts: Arc<Cuts>,
}

impl World {
    /// A world with four wallets of 10,000 to 25,000 TRX and three receivers, on an empty store.
    ///
    /// # Panics
    /// When the store refuses to start.
    pub async fn new(store: Arc<dyn Store>) -> Self {
        let start = Timestamp::from_millis(1_800_000_000_000);
        let chain = Arc::new(FakeChain::new(start));
        let clock = Arc::new(ManualClock::new(start));
        let auditor = Flash::new(Arc::clone(&store), chain.clone(), clock.clone(), Config::default());
        let mut world =
            Self { chain, clock, store, auditor, processes: Vec::new(), placed: Vec::new(), adjustments: 0 };
        world.processes = (0..PROCESSES).map(|_| world.process()).collect();
        (0..RECEIVERS).for_each(|n| world.chain.activate(receiver(n)));
        for n in 0..WALLETS {
            world.chain.supply(wallet(n), Sun::from_trx(10_000 + 5_000 * i64::from(n)).unwrap());
            let priority = Priority(u8::from(n == 0));
            world.auditor.add_wallet(NewWallet { address: wallet(n), priority }).await.unwrap();
        }
        world
    }

    fn process(&self) -> Process {
        let cuts = Cuts::at([]);
        let store = Arc::new(CutStore::new(Arc::clone(&self.store), cuts.clone()));
        let chain = Arc::new(CutChain::new(self.chain.clone(), cuts.clone()));
        Process { flash: Flash::new(store, chain, self.clock.clone(), Config::default()), cuts }
    }

    /// Lets one thing happen.
    pub async fn run(&mut self, op: Op) {
        match op {
            Op::Deposit(who, trx) => self.adjust(who, trx, AdjustmentKind::Deposit).await,
            Op::Deduct(who, trx) => self.adjust(who, trx, AdjustmentKind::Deduct).await,
            Op::Place(who, for_whom, size) => self.place(who, for_whom, size).await,
            Op::PlaceAgain(which) => {
                if let Some(new) = pick(&self.placed, which).cloned() {
                    // Refused or not is up to the business; the invariants tell whether it was right.
                    let _ = self.flash(which.wrapping_add(1)).place(new).await;
                }
            }
            Op::Cancel(which) => {
                if let Some(id) = pick(&self.placed, which).map(|new| new.id) {
                    let _ = self.flash(which).cancel(id).await;
                }
            }
            Op::Work(n) => self.work(n).await,
            Op::Cut(n, ahead, moment) => {
                let moment = Moment::ALL[usize::from(moment) % Moment::ALL.len()];
                self.processes[index(n, PROCESSES)].cuts.cut_in(usize::from(ahead % 64), moment);
            }
            Op::Restart(n) => self.processes[index(n, PROCESSES)] = self.process(),
            Op::Tick(n) => (0..n % 32).for_each(|_| self.tick()),
            Op::Skip(n) => self.chain.skip((n % 16).into()),
            Op::Jump(mins) => {
                self.chain.skip(u32::from(mins) * 20);
                self.tick();
            }
            Op::Reorganise(depth, lose) => {
                self.chain.reorganise(usize::from(depth % 19), lose);
                self.clock.set(self.chain.head().time);
            }
            Op::Befall(which) => {
                let faults = [
                    Fault::Refuse,
                    Fault::LoseBefore,
                    Fault::LoseAfter,
                    Fault::Drop,
                    Fault::Delay(which / 8),
                    Fault::FalselyKnown,
                ];
                self.chain.befall([faults[index(which, faults.len())]]);
            }
            Op::Down(down) => self.chain.set_down(down),
            Op::Reprice(sun) => {
                let tier = || vec![Tier { from: Energy::new(1_000), rate: i64::from(sun % 100 + 1).into() }];
                let book = PriceBook::try_new(Term::ALL.into_iter().map(|term| (term, tier())).collect()).unwrap();
                self.processes.iter().for_each(|process| process.flash.set_prices(book.clone()));
            }
            Op::Switch(n, on) => {
                let state = if on { WalletState::Enabled } else { WalletState::Disabled };
                let change = WalletChange::State(state);
                let _ = self.flash(n).change_wallet(wallet(u32::from(n) % WALLETS), change).await;
            }
            Op::Refresh(n) => {
                let _ = self.flash(n).refresh_wallets().await;
            }
        }
    }

    fn flash(&self, n: u8) -> Flash {
        self.processes[index(n, PROCESSES)].flash.clone()
    }

    fn tick(&self) {
        self.chain.tick();
        self.clock.set(self.chain.head().time);
    }

    async fn adjust(&mut self, who: u8, trx: u8, kind: AdjustmentKind) {
        self.adjustments += 1;
        let adjustment = Adjustment {
            id: TransferId::derived(&[b"scenario", &self.adjustments.to_be_bytes()]),
            user: someone(who),
            asset: Asset::Trx,
            amount: Amount::from(Sun::from_trx(trx.into()).unwrap()),
            kind,
            reason: "scenario".parse().unwrap(),
        };
        let flash = self.flash(who);
        for _ in 0..2 {
            // Twice: whatever became of the first, money moves at most once.
            let _ = flash.adjust(adjustment.clone()).await;
        }
    }

    async fn place(&mut self, who: u8, for_whom: u8, size: u8) {
        let number = u32::try_from(self.placed.len()).unwrap();
        let energy = Energy::new(16_000 * (1 + i64::from(size % 32)));
        let new = NewOrder {
            id: OrderId::derived(&[b"scenario", &number.to_be_bytes()]),
            user: someone(who),
            receiver: receiver(u32::from(for_whom) % RECEIVERS),
            energy,
            term: Term::ALL[index(size / 32, Term::ALL.len())],
            client_order_id: for_whom.is_multiple_of(5).then(|| format!("c{number}").parse().unwrap()),
            key: for_whom.is_multiple_of(3).then(|| format!("k{number}").parse().unwrap()),
            max_price: None,
            quote: None,
        };
        self.placed.push(new.clone());
        let _ = self.flash(for_whom).place(new).await;
    }

    async fn work(&mut self, n: u8) {
        let n = index(n, PROCESSES);
        let worker = format!("w{n}").parse().unwrap();
        // Trouble is expected; what it leaves behind is checked.
        let _ = self.processes[n].flash.work(&worker, 8).await;
        if self.processes[n].cuts.is_dead() {
            self.processes[n] = self.process();
        }
    }

    /// Every order there is.
    ///
    /// # Errors
    /// The store's.
    pub async fn orders(&self) -> Result<Vec<Order>, Error> {
        self.auditor
            .orders(&OrderQuery { of: OrdersOf::Anyone, which: Which::Any, after: None, limit: usize::MAX })
            .await
    }

    /// Checks every invariant against the books and the true state of the network.
    ///
    /// # Errors
    /// What does not hold.
    pub async fn check(&self) -> Result<(), String> {
        let report = self.auditor.verify().await.map_err(|error| error.to_string())?;
        hold(report.findings.is_empty(), || format!("books: {:?}", report.findings))?;
        let orders = self.orders().await.map_err(|error| error.to_string())?;
        self.check_lending_limits().await?;
        self.check_chain_against(&orders)
    }

    async fn check_lending_limits(&self) -> Result<(), String> {
        for pooled in self.store.wallets().await.map_err(|error| error.to_string())? {
            let limit = pooled.wallet.limit;
            hold(pooled.lent <= limit, || format!("{pooled:?} lends more than its limit"))?;
        }
        Ok(())
    }

    fn check_chain_against(&self, orders: &[Order]) -> Result<(), String> {
        let received = self.chain.received();
        let mut on_record: HashMap<TxId, OrderId> = HashMap::new();
        let mut most_out: BTreeMap<(Address, Address), Sun> = BTreeMap::new();
        for order in orders {
            on_record.extend(order.tx_ids().map(|tx| (tx, order.id)));
            for leg in &order.legs {
                let landed = |delegates: bool| {
                    let ids = leg.tx_ids().filter_map(|tx| received.get(&tx));
                    ids.filter(|verdict| verdict.block.is_some())
                        .filter(|verdict| matches!(verdict.action, Action::Delegate(_)) == delegates)
                        .count()
                };
                hold(landed(true) <= 1, || format!("a leg was delivered {} times: {order:?}", landed(true)))?;
                hold(landed(false) <= 1, || format!("a leg was reclaimed {} times: {order:?}", landed(false)))?;
                let limit = Config::default().limits.attempts_per_leg;
                let tries = leg.deaths(AttemptKind::Delegate);
                hold(tries <= limit, || format!("{tries} attempts died for one leg: {order:?}"))?;
                if leg.is_open() {
                    let most = most_out.entry((leg.wallet, order.receiver)).or_default();
                    *most = most.plus(leg.stake).map_err(|error| error.to_string())?;
                }
            }
        }
        for tx in received.keys() {
            hold(on_record.contains_key(tx), || format!("{tx} was sent and is not on record"))?;
        }
        for (pair, lent) in self.chain.all_lent() {
            let most = most_out.get(&pair).copied().unwrap_or_default();
            hold(lent <= most, || format!("{pair:?}: {lent} TRX out, the books explain {most}"))?;
        }
        Ok(())
    }

    /// Lets nothing go wrong any more until every order has ended, and checks how.
    ///
    /// # Errors
    /// What does not hold.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn end(&mut self) -> Result<(), String> {
        self.chain.heal();
        self.processes = (0..PROCESSES).map(|_| self.process()).collect();
        for _ in 0..ROUNDS_TO_END {
            let orders = self.orders().await.map_err(|error| error.to_string())?;
            let open: Vec<&Order> = orders.iter().filter(|order| !order.state.is_closed()).collect();
            if open.is_empty() {
                return self.check_end(&orders).await;
            }
            self.skip_to_the_next_term(&open);
            self.tick();
            for n in 0..PROCESSES {
                let worker = format!("w{n}").parse().unwrap();
                self.processes[n].flash.work(&worker, 64).await.map(|_| ()).map_err(|error| error.to_string())?;
            }
            self.check().await?;
        }
        let orders = self.orders().await.map_err(|error| error.to_string())?;
        let stuck: Vec<_> = orders.iter().filter(|order| !order.state.is_closed()).collect();
        Err(format!("{} orders never end: {stuck:?}", stuck.len()))
    }

    /// When nothing but terms is waited for, the time to the first end passes without a block.
    fn skip_to_the_next_term(&self, open: &[&Order]) {
        let end = |order: &&Order| {
            let OrderState::Completed { rental, finality: Finality::Final } = order.state else { return None };
            Some(rental.ends_at)
        };
        let ends: Option<Vec<Timestamp>> = open.iter().map(end).collect();
        let Some(first) = ends.and_then(|ends| ends.into_iter().min()) else { return };
        let now = self.chain.head().time;
        if first > now {
            self.chain.skip(first.distance(now).as_millis() / 3_000);
        }
    }

    async fn check_end(&self, orders: &[Order]) -> Result<(), String> {
        self.check().await?;
        let report = self.auditor.verify_chain().await.map_err(|error| error.to_string())?;
        hold(report.findings.is_empty(), || format!("chain: {:?}", report.findings))?;
        let out: Vec<_> = self.chain.all_lent().into_iter().filter(|(_, sun)| *sun != Sun::ZERO).collect();
        hold(out.is_empty(), || format!("every order has ended, and {out:?} is still out"))?;
        let received = self.chain.received();
        for order in orders {
            let landed = order.tx_ids().filter(|tx| received.get(tx).is_some_and(|verdict| verdict.block.is_some()));
            let landed = landed.count();
            let fits = match order.status() {
                Status::Expired => landed == 2 * order.legs.len(),
                Status::Cancelled => landed == 0,
                Status::Failed => landed.is_multiple_of(2) && landed < 2 * order.legs.len(),
                Status::Pending | Status::Processing | Status::Completed | Status::Reviewing => false,
            };
            hold(fits, || format!("{landed} transactions landed for {order:?}"))?;
        }
        for process in &self.processes {
            let balances = process.flash.balances(user(1)).await.map_err(|error| error.to_string())?;
            let held = balances.iter().any(|balance| balance.held != Amount::ZERO);
            hold(!held, || "money is still held and no order is open".into())?;
        }
        Ok(())
    }
}

fn hold(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

fn wallet(n: u32) -> Address {
    address(1_000 + n)
}

fn receiver(n: u32) -> Address {
    address(2_000 + n)
}

fn someone(n: u8) -> crate::id::UserId {
    user(1 + i64::from(n) % i64::from(USERS))
}

fn index(n: u8, len: usize) -> usize {
    usize::from(n) % len
}

fn pick<T>(list: &[T], n: u8) -> Option<&T> {
    if list.is_empty() { None } else { list.get(index(n, list.len())) }
}
