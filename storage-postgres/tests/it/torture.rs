//! Many tasks, several stores, few accounts: whatever order they came in, there is one order that explains everything.

use std::collections::BTreeMap;
use std::sync::Arc;

use flash_core::address::Address;
use flash_core::event::Event;
use flash_core::id::{OrderId, TransferId};
use flash_core::ledger::{Account, House, LedgerRefusal, Transfer, TransferKind, Why};
use flash_core::order::{Leg, LegState, Order, OrderEvent, OrderState, Version};
use flash_core::price::Term;
use flash_core::store::{
    Change, ChangeSet, Claim, Commit, Fingerprint, Key, KeyOutcome, KeyRecord, OrderQuery, OrdersOf, Priority, Refusal,
    Store, Wallet, WalletState, Which,
};
use flash_core::testing::{address, user};
use flash_core::time::{Span, Timestamp};
use flash_core::units::{Amount, Asset, Energy, Sun};
use flash_storage_memory::MemoryStore;
use flash_storage_postgres::PostgresStore;

use super::database::{Schema, url};

const AT: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const STORES: u64 = 3;
const TASKS: u64 = 6;
const STEPS: u64 = 40;
const CUSTOMERS: u64 = 3;
const WALLETS: u64 = 3;

/// Numbers that look random and are the same in every run.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn mine(who: u64) -> Account {
    Account::user(user(i64::try_from(who).unwrap() + 1), Asset::Trx)
}

fn wallet(n: u64) -> Address {
    address(u32::try_from(n).unwrap() + 1)
}

fn deposit(id: &[u8], who: u64, amount: i64) -> ChangeSet {
    let transfer = Transfer {
        id: TransferId::derived(&[b"deposit", id]),
        kind: TransferKind::Single,
        debit: Account::house(House::External, Asset::Trx),
        credit: mine(who),
        amount: Amount::new(amount),
        why: Why::Deposit("torture".parse().unwrap()),
        at: AT,
    };
    ChangeSet { at: AT, changes: vec![Change::Transfer(transfer)] }
}

/// An order as `Flash` places it: keys, order, hold, stake of one or two wallets, and an event.
fn placement(id: &[u8], dice: &mut Dice) -> ChangeSet {
    let id = OrderId::derived(&[id]);
    let who = dice.roll(CUSTOMERS);
    let first = dice.roll(WALLETS);
    let mut wallets = vec![wallet(first)];
    if dice.roll(3) == 0 {
        wallets.push(wallet((first + 1) % WALLETS));
    }
    let stake = Sun::from_trx(i64::try_from(dice.roll(9)).unwrap() + 1).unwrap();
    let leg = |wallet: &Address| Leg { wallet: *wallet, stake, state: LegState::Reserved, dead: Vec::new() };
    let order = Order {
        id,
        user: user(i64::try_from(who).unwrap() + 1),
        client_order_id: None,
        receiver: address(50),
        energy: Energy::new(65_000),
        term: Term::OneHour,
        price: Sun::new(i64::try_from(dice.roll(90)).unwrap() + 1),
        created_at: AT,
        give_up_at: AT,
        state: OrderState::Pending,
        legs: wallets.iter().map(leg).collect(),
        version: Version::FIRST,
    };
    // Few names, so that many ask for the same.
    let name = format!("k{}", dice.roll(60)).parse().unwrap();
    let key = Key::Request(order.user, name);
    let record = KeyRecord { key, fingerprint: Fingerprint([7; 32]), outcome: KeyOutcome::Order(id) };
    let mut changes = vec![Change::Key(record)];
    changes.push(Change::Order { order: Box::new(order.clone()), due: AT });
    changes.push(Change::Transfer(order.hold()));
    changes.extend(order.legs.iter().map(|leg| Change::Reserve { wallet: leg.wallet, stake: leg.stake }));
    changes.push(Change::Event(Event::OrderPlaced { order: id }));
    ChangeSet { at: AT, changes }
}

fn cancellation(order: Order) -> Option<ChangeSet> {
    let moved = order.apply(OrderEvent::Cancelled, AT).ok()?;
    let mut changes = vec![Change::Order { order: Box::new(moved.order), due: Timestamp::MAX }];
    changes.extend(moved.changes);
    Some(ChangeSet { at: AT, changes })
}

/// What one task does: places, repeats, pays in, claims, cancels, and wakes, as it comes.
async fn task(store: Arc<PostgresStore>, number: u64) {
    let mut dice = Dice(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut last = None;
    for step in 0..STEPS {
        let id = [number.to_be_bytes(), step.to_be_bytes()].concat();
        match dice.roll(8) {
            0 => assert_eq!(store.commit(deposit(&id, dice.roll(CUSTOMERS), 40)).await.unwrap(), Commit::Done),
            1..=3 => {
                let set = placement(&id, &mut dice);
                expect_fair(&store.commit(set.clone()).await.unwrap());
                last = Some(set);
            }
            4 => {
                // The same again takes effect never more than once.
                if let Some(set) = &last {
                    let again = store.commit(set.clone()).await.unwrap();
                    expect_fair(&again);
                }
            }
            5 | 6 => {
                let worker = format!("w{number}").parse().unwrap();
                let now = AT.after(Span::from_secs(u32::try_from(step).unwrap()));
                let claim = Claim { worker, now, lease: Span::from_secs(2), limit: 3 };
                for order in store.claim(&claim).await.unwrap() {
                    let Some(set) = cancellation(order) else { continue };
                    expect_fair(&store.commit(set).await.unwrap());
                }
            }
            _ => {
                let of = OrdersOf::User(user(i64::try_from(dice.roll(CUSTOMERS)).unwrap() + 1));
                let query = OrderQuery { of, which: Which::Open, after: None, limit: 2 };
                for order in store.orders(&query).await.unwrap() {
                    let wake = Change::Wake { order: order.id, at: AT };
                    assert_eq!(store.commit(ChangeSet { at: AT, changes: vec![wake] }).await.unwrap(), Commit::Done);
                    if let Some(set) = cancellation(order) {
                        expect_fair(&store.commit(set).await.unwrap());
                    }
                }
            }
        }
    }
}

/// Nothing but what a caller may run into.
fn expect_fair(commit: &Commit) {
    match commit {
        Commit::Done
        | Commit::Refused(
            Refusal::Conflict { .. }
            | Refusal::Exhausted { .. }
            | Refusal::Taken { .. }
            | Refusal::Ledger(LedgerRefusal::Overdrawn { .. }),
        ) => {}
        other => panic!("{other:?}"),
    }
}

async fn torture(url: &str) {
    let schema = Schema::new();
    let mut stores = Vec::new();
    for _ in 0..STORES {
        stores.push(Arc::new(schema.open_by(url).await));
    }
    for n in 0..WALLETS {
        let limit = Sun::from_trx(150).unwrap();
        let holdings = flash_core::chain::Holdings { lendable: limit, ..Default::default() };
        let wallet = Wallet {
            address: wallet(n),
            state: WalletState::Enabled,
            priority: Priority(0),
            limit,
            holdings,
            observed_at: AT,
            version: Version::FIRST,
        };
        let put = ChangeSet { at: AT, changes: vec![Change::Wallet(wallet)] };
        assert_eq!(stores[0].commit(put).await.unwrap(), Commit::Done);
    }
    let tasks = (0..STORES * TASKS).map(|n| {
        let store = &stores[usize::try_from(n % STORES).unwrap()];
        tokio::spawn(task(Arc::clone(store), n + 1))
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    explained_by_one_order(&*stores[0]).await;
    schema.remove().await;
}

/// Replays the transfers, as they are numbered, through the reference store: each must be allowed where it stands, and
/// every entry and balance must come out the same.
async fn explained_by_one_order(store: &dyn Store) {
    let model = MemoryStore::new();
    let transfers = store.transfers(0, usize::MAX).await.unwrap();
    assert!(transfers.len() > 50, "{} transfers", transfers.len());
    for transfer in &transfers {
        let set = ChangeSet { at: AT, changes: vec![Change::Transfer(transfer.clone())] };
        assert_eq!(model.commit(set).await.unwrap(), Commit::Done, "{transfer:?}");
    }
    let accounts = store.accounts(None, 100).await.unwrap();
    assert_eq!(accounts, model.accounts(None, 100).await.unwrap());
    for (account, _) in &accounts {
        let entries = store.entries(*account, 0, usize::MAX).await.unwrap();
        assert_eq!(entries, model.entries(*account, 0, usize::MAX).await.unwrap());
    }
    let query = OrderQuery { of: OrdersOf::Anyone, which: Which::Any, after: None, limit: 100_000 };
    let orders = store.orders(&query).await.unwrap();
    let mut lent: BTreeMap<Address, Sun> = BTreeMap::new();
    for leg in orders.iter().flat_map(|order| &order.legs).filter(|leg| leg.is_open()) {
        let of = lent.entry(leg.wallet).or_default();
        *of = of.plus(leg.stake).unwrap();
    }
    for pooled in store.wallets().await.unwrap() {
        assert_eq!(pooled.lent, lent.get(&pooled.wallet.address).copied().unwrap_or_default());
        assert!(pooled.lent <= pooled.wallet.limit);
    }
    let events = store.events(0, usize::MAX).await.unwrap();
    assert!(events.iter().zip(1..).all(|(event, n)| event.seq == n), "events are numbered without gaps");
    let placed = events.iter().filter(|event| matches!(event.event, Event::OrderPlaced { .. })).count();
    assert_eq!(placed, orders.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_commits_of_several_stores_have_an_order_that_explains_them() {
    torture(&url()).await;
}

/// Whatever plan the database picks, locks are taken completely and in one order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_plan_of_the_database_makes_no_difference() {
    for off in ["-c enable_hashjoin=off -c enable_mergejoin=off", "-c enable_nestloop=off", "-c enable_indexscan=off"] {
        let options = off.replace(' ', "%20").replace('=', "%3D");
        let join = if url().contains('?') { '&' } else { '?' };
        torture(&format!("{}{join}options={options}", url())).await;
    }
}
