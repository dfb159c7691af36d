//! What every store must do: one check a promise of [`Store`]'s contract.
//!
//! [`store_conformance!`](crate::store_conformance) makes a test of each. The checks write to the store they are given
//! and expect it empty; they are not part of the stable API.

use std::sync::Arc;

use futures_util::future::join_all;

use super::{address, user};
use crate::chain::{BlockRef, Height, Holdings, SignedTx};
use crate::event::Event;
use crate::id::{BlockId, Incarnation, OrderId, QuoteId, TransferId, TxId, UserId, WorkerId};
use crate::ledger::{Account, Balance, House, LedgerRefusal, Transfer, TransferKind, Why};
use crate::order::{
    Attempt, AttemptKind, DeadAttempt, Landed, Leg, LegNo, LegState, Order, OrderEvent, OrderState, Seen, Status,
    Version,
};
use crate::price::{Quote, Term};
use crate::store::{
    Change, ChangeSet, Claim, Commit, Cursor, Fingerprint, Incarnations, Key, KeyOutcome, KeyRecord, OrderCursor,
    OrderQuery, OrdersOf, Priority, Refusal, SavedAddress, Sighting, Store, Wallet, WalletState, Which,
};
use crate::time::{Span, Timestamp};
use crate::units::{Amount, Asset, Energy, Sun};

/// Makes a `#[tokio::test]` of every check of the [conformance suite](crate::testing::conformance).
///
/// Takes an expression for a future of a new, empty store; it is evaluated once a test. The crate that uses it needs
/// `tokio` with `macros` and `rt`.
#[macro_export]
macro_rules! store_conformance {
    ($make:expr) => {
        $crate::store_conformance! { @tests $make =>
            what_was_put_is_read_back
            a_put_that_does_not_follow_the_stored_version_is_refused
            a_refused_commit_leaves_no_trace
            the_refusal_is_of_the_first_change_that_cannot_take_effect
            of_concurrent_puts_of_one_version_one_wins
            a_transfer_moves_money_once
            a_floored_account_is_never_overdrawn
            house_accounts_are_not_floored
            concurrent_holds_never_overdraw_together
            a_pending_transfer_is_resolved_at_most_once
            concurrent_capture_and_release_resolve_a_hold_once
            transfers_in_one_commit_see_each_other
            entries_count_without_gaps_and_carry_the_balance
            accounts_and_transfers_are_listed_whole
            lent_stake_never_passes_the_limit
            concurrent_reserves_never_pass_the_limit_together
            a_disabled_wallet_lends_nothing_and_takes_back
            putting_a_wallet_keeps_what_is_lent
            a_key_is_taken_once_for_ever
            of_concurrent_takers_of_a_key_one_wins_and_the_others_see_it
            a_quote_is_kept_and_not_changed
            the_cursor_moves_by_versions
            a_new_store_trusts_nothing
            the_current_incarnation_is_trusted_from_then_on
            an_incarnation_that_is_not_the_current_one_is_not_trusted
            a_known_transaction_tells_its_order_and_sighting
            a_dead_transaction_stays_known
            a_transaction_belongs_to_one_order
            a_sighting_of_an_unknown_transaction_or_a_second_block_is_refused
            due_orders_are_claimed_earliest_first_and_once
            a_lease_that_runs_out_is_anybodys
            a_claim_fences_off_whoever_read_before
            a_put_gives_the_lease_up_and_says_when_the_order_is_due
            of_concurrent_claims_each_order_goes_to_one
            waking_makes_an_order_due_and_never_later
            a_wake_stands_until_the_next_claim
            an_order_that_rests_is_claimed_only_once_woken
            the_next_due_moment_respects_leases
            orders_are_listed_newest_first_in_pages
            orders_are_found_by_status_and_by_pair
            an_address_book_keeps_relabels_and_forgets
            events_are_numbered_in_order_and_read_in_pages
            an_empty_commit_is_done
        }
    };
    (@tests $make:expr => $($check:ident)*) => {
        $(
            #[tokio::test]
            async fn $check() {
                let store = ::std::sync::Arc::new($make.await);
                $crate::testing::conformance::$check(store).await;
            }
        )*
    };
}

type Sut = Arc<dyn Store>;

const T0: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn at(secs: u32) -> Timestamp {
    T0.after(Span::from_secs(secs))
}

fn trx(n: i64) -> Sun {
    Sun::from_trx(n).unwrap()
}

fn set(changes: impl IntoIterator<Item = Change>) -> ChangeSet {
    ChangeSet { at: T0, changes: changes.into_iter().collect() }
}

async fn done(store: &Sut, changes: impl IntoIterator<Item = Change>) {
    assert_eq!(store.commit(set(changes)).await.unwrap(), Commit::Done);
}

async fn refused(store: &Sut, changes: impl IntoIterator<Item = Change>) -> Refusal {
    match store.commit(set(changes)).await.unwrap() {
        Commit::Done => panic!("a commit that must be refused took effect"),
        Commit::Refused(refusal) => refusal,
    }
}

fn order(n: u8) -> Order {
    let id = OrderId::derived(&[&[n]]);
    let leg = |n: u32| Leg { wallet: address(n), stake: trx(10), state: LegState::Reserved, dead: Vec::new() };
    Order {
        id,
        user: user(i64::from(n % 2) + 1),
        client_order_id: n.is_multiple_of(2).then(|| format!("c{n}").parse().unwrap()),
        receiver: address(100 + u32::from(n % 3)),
        energy: Energy::new(65_000),
        term: Term::OneHour,
        price: Sun::new(1_950_001),
        created_at: at(u32::from(n)),
        give_up_at: at(u32::from(n) + 300),
        state: OrderState::Pending,
        legs: vec![leg(1), leg(2)],
        version: Version::FIRST,
    }
}

fn put(order: Order, due: Timestamp) -> Change {
    Change::Order { order: Box::new(order), due }
}

/// The order one version on, in this state.
fn then(order: &Order, state: OrderState) -> Order {
    Order { state, version: order.version.next(), ..order.clone() }
}

fn tx(n: u8) -> SignedTx {
    SignedTx { id: TxId::from_bytes([n; 32]), bytes: vec![n, 0, 255], expires_at: at(60) }
}

fn block(n: u8) -> BlockRef {
    BlockRef { height: Height(n.into()), id: BlockId::from_bytes([n; 32]), time: at(u32::from(n) * 3) }
}

fn signed(order: Order, n: u8) -> Order {
    let attempt = Attempt { tx: tx(n), stake: trx(10) };
    order.apply(OrderEvent::Signed(vec![(LegNo(0), attempt)]), at(1)).unwrap().order
}

fn mine(who: i64) -> Account {
    Account::user(user(who), Asset::Trx)
}

fn house(house: House) -> Account {
    Account::house(house, Asset::Trx)
}

fn transfer(n: u8, kind: TransferKind, debit: Account, credit: Account, amount: i64) -> Transfer {
    let id = TransferId::derived(&[&[n]]);
    Transfer { id, kind, debit, credit, amount: Amount::new(amount), why: Why::Rental(order(n).id), at: T0 }
}

fn deposit(n: u8, who: i64, amount: i64) -> Change {
    Change::Transfer(transfer(n, TransferKind::Single, house(House::External), mine(who), amount))
}

fn hold(n: u8, who: i64, amount: i64) -> Transfer {
    transfer(n, TransferKind::Pending, mine(who), house(House::Revenue), amount)
}

fn resolve(n: u8, hold: &Transfer, post: bool) -> Change {
    let of = hold.id;
    let kind = if post { TransferKind::Post { of } } else { TransferKind::Void { of } };
    Change::Transfer(Transfer { id: TransferId::derived(&[&[n]]), kind, ..hold.clone() })
}

async fn balance(store: &Sut, account: Account) -> (i64, i64, u64) {
    let Balance { posted, held, seq } = store.balance(account).await.unwrap();
    (posted.get(), held.get(), seq)
}

fn wallet(n: u32, limit: Sun, version: u64) -> Wallet {
    Wallet {
        address: address(n),
        state: WalletState::Enabled,
        priority: Priority(3),
        limit,
        holdings: Holdings { balance: trx(5), lendable: limit, lent: Sun::ZERO, bandwidth: 600 },
        observed_at: T0,
        version: Version(version),
    }
}

fn reserve(n: u32, stake: Sun) -> Change {
    Change::Reserve { wallet: address(n), stake }
}

fn free(n: u32, stake: Sun) -> Change {
    Change::Free { wallet: address(n), stake }
}

async fn lent(store: &Sut, n: u32) -> Sun {
    store.wallets().await.unwrap().iter().find(|pooled| pooled.wallet.address == address(n)).unwrap().lent
}

fn key(n: u8, outcome: KeyOutcome) -> KeyRecord {
    let key = Key::Request(user(1), format!("key{n}").parse().unwrap());
    KeyRecord { key, fingerprint: Fingerprint([n; 32]), outcome }
}

fn claim(name: &str, now: Timestamp, limit: usize) -> Claim {
    let worker: WorkerId = name.parse().unwrap();
    Claim { worker, now, lease: Span::from_secs(30), limit }
}

async fn claimed(store: &Sut, now: Timestamp, limit: usize) -> Vec<OrderId> {
    store.claim(&claim("w", now, limit)).await.unwrap().iter().map(|order| order.id).collect()
}

fn query(of: OrdersOf, which: Which) -> OrderQuery {
    OrderQuery { of, which, after: None, limit: 100 }
}

async fn listed(store: &Sut, query: OrderQuery) -> Vec<OrderId> {
    store.orders(&query).await.unwrap().iter().map(|order| order.id).collect()
}

/// Every kind of state and leg survives the store unchanged.
pub async fn what_was_put_is_read_back(store: Sut) {
    assert_eq!(store.order(order(1).id).await.unwrap(), None);
    let mut rich = order(2);
    let landed = |n| Landed { attempt: Attempt { tx: tx(n), stake: trx(10) }, block: block(n) };
    let attempt = |n| Attempt { tx: tx(n), stake: trx(9) };
    let leg = |n: u32, state| Leg { wallet: address(n), stake: trx(10), state, dead: Vec::new() };
    rich.legs = vec![
        leg(1, LegState::Delegating { attempt: attempt(1), seen: Seen::In(block(9)) }),
        leg(2, LegState::Delegated { delegation: landed(2) }),
        leg(3, LegState::Reclaiming { delegation: landed(3), attempt: attempt(4), seen: Seen::Nowhere }),
        leg(4, LegState::Returned { delegation: landed(5), reclaim: Some(landed(6)) }),
        leg(5, LegState::Returned { delegation: landed(7), reclaim: None }),
        leg(6, LegState::Released),
    ];
    let dead = |kind, n| DeadAttempt { kind, attempt: attempt(n), proof: block(n) };
    rich.legs[0].dead = vec![dead(AttemptKind::Delegate, 20), dead(AttemptKind::Reclaim, 21)];
    let rental = crate::order::Rental { started_at: at(3), ends_at: at(3_603) };
    let why = crate::order::Contradiction::DeadLanded { tx: tx(20).id, block: block(4) };
    let states = [
        OrderState::Pending,
        OrderState::Processing,
        OrderState::Completed { rental, finality: crate::order::Finality::Included },
        OrderState::Completed { rental, finality: crate::order::Finality::Final },
        OrderState::Reclaiming { rental },
        OrderState::Expired { rental, ended_at: at(4_000) },
        OrderState::Undoing { reason: crate::order::FailReason::TimedOut },
        OrderState::Failed { reason: crate::order::FailReason::AttemptsExhausted, at: at(9) },
        OrderState::Cancelled { at: at(9) },
        OrderState::Reviewing { why, since: at(9) },
    ];
    done(&store, [put(rich.clone(), at(0))]).await;
    for state in states {
        rich = then(&rich, state);
        done(&store, [put(rich.clone(), at(0))]).await;
        assert_eq!(store.order(rich.id).await.unwrap(), Some(rich.clone()));
    }
}

/// Versions of orders and wallets start at one and go up by one.
pub async fn a_put_that_does_not_follow_the_stored_version_is_refused(store: Sut) {
    let first = order(1);
    let second = then(&first, OrderState::Processing);
    assert!(matches!(refused(&store, [put(second.clone(), at(0))]).await, Refusal::Conflict { .. }));
    done(&store, [put(first.clone(), at(0))]).await;
    assert!(matches!(refused(&store, [put(first.clone(), at(0))]).await, Refusal::Conflict { .. }));
    done(&store, [put(second.clone(), at(0))]).await;
    assert!(matches!(refused(&store, [put(second.clone(), at(0))]).await, Refusal::Conflict { .. }));
    assert_eq!(store.order(first.id).await.unwrap(), Some(second));
    assert!(matches!(refused(&store, [Change::Wallet(wallet(1, trx(1), 2))]).await, Refusal::Conflict { .. }));
    done(&store, [Change::Wallet(wallet(1, trx(1), 1))]).await;
    assert!(matches!(refused(&store, [Change::Wallet(wallet(1, trx(1), 1))]).await, Refusal::Conflict { .. }));
}

/// One change that cannot take effect takes all others of its commit with it.
pub async fn a_refused_commit_leaves_no_trace(store: Sut) {
    done(&store, [Change::Wallet(wallet(1, trx(100), 1)), deposit(1, 1, 5)]).await;
    done(&store, [put(order(9), at(5)), reserve(1, trx(1))]).await;
    let mut known = signed(order(9), 7);
    known.version = Version(2);
    let quote = Quote {
        id: QuoteId::derived(&[b"q"]),
        user: user(1),
        energy: Energy::new(1),
        term: Term::OneDay,
        price: Sun::new(1),
        expires_at: at(60),
    };
    let cursor = Cursor { solid: block(1), version: Version::FIRST };
    let saved = SavedAddress { address: address(5), label: None, saved_at: T0 };
    let outcome = KeyOutcome::Order(order(1).id);
    let refusal = refused(
        &store,
        [
            put(known, at(1)),
            put(order(1), at(0)),
            Change::Wake { order: order(9).id, at: at(0) },
            Change::Sighting(Sighting { tx: tx(7).id, block: block(1), succeeded: true }),
            Change::Wallet(wallet(2, trx(1), 1)),
            Change::Cursor(cursor),
            deposit(2, 1, 5),
            Change::Transfer(hold(3, 1, 10)),
            reserve(1, trx(50)),
            free(1, trx(1)),
            Change::Key(key(1, outcome)),
            Change::Quote(quote),
            Change::SaveAddress { user: user(1), saved },
            Change::Event(Event::OrderPlaced { order: order(1).id }),
            Change::Transfer(hold(4, 1, 1)),
        ],
    )
    .await;
    assert!(matches!(refusal, Refusal::Ledger(LedgerRefusal::Overdrawn { .. })), "{refusal:?}");
    assert_eq!(store.order(order(1).id).await.unwrap(), None);
    assert_eq!(store.order(order(9).id).await.unwrap(), Some(order(9)));
    assert_eq!(store.known(&[tx(7).id]).await.unwrap(), []);
    assert_eq!(store.next_due().await.unwrap(), at(5));
    assert_eq!((store.wallets().await.unwrap().len(), lent(&store, 1).await), (1, trx(1)));
    assert_eq!(store.cursor().await.unwrap(), None);
    assert_eq!(balance(&store, mine(1)).await, (5, 0, 1));
    assert_eq!(balance(&store, house(House::External)).await.0, -5);
    assert_eq!(store.entries(mine(1), 0, 10).await.unwrap().len(), 1);
    assert_eq!(store.transfers(0, 10).await.unwrap().len(), 1);
    assert_eq!(store.key(&key(1, outcome).key).await.unwrap(), None);
    assert_eq!(store.quote(quote.id).await.unwrap(), None);
    assert_eq!(store.addresses(user(1)).await.unwrap(), []);
    assert_eq!(store.events(0, 10).await.unwrap(), []);
    assert_eq!(listed(&store, query(OrdersOf::Anyone, Which::Any)).await, [order(9).id]);
    // And nothing of it stands in the way of doing it right.
    done(&store, [deposit(2, 1, 5), Change::Transfer(hold(3, 1, 10)), Change::Key(key(1, outcome))]).await;
}

/// So that callers can rely on which refusal they see.
pub async fn the_refusal_is_of_the_first_change_that_cannot_take_effect(store: Sut) {
    let overdraw = || Change::Transfer(hold(1, 1, 1));
    assert!(matches!(refused(&store, [overdraw(), reserve(1, trx(1))]).await, Refusal::Ledger(_)));
    assert!(matches!(refused(&store, [reserve(1, trx(1)), overdraw()]).await, Refusal::Exhausted { .. }));
}

/// The versioned put is what makes two workers safe on one order.
pub async fn of_concurrent_puts_of_one_version_one_wins(store: Sut) {
    done(&store, [put(order(1), at(0))]).await;
    let next = then(&order(1), OrderState::Processing);
    let puts = (0..16).map(|_| store.commit(set([put(next.clone(), at(0))])));
    let commits: Vec<Commit> = join_all(puts).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(commits.iter().filter(|commit| **commit == Commit::Done).count(), 1);
    assert_eq!(store.order(next.id).await.unwrap(), Some(next));
}

/// A taken id is refused and shows what took it.
pub async fn a_transfer_moves_money_once(store: Sut) {
    let Change::Transfer(first) = deposit(1, 1, 100) else { unreachable!() };
    done(&store, [Change::Transfer(first.clone())]).await;
    for amount in [100, 7] {
        let refusal = refused(&store, [deposit(1, 1, amount)]).await;
        assert_eq!(refusal, Refusal::Ledger(LedgerRefusal::Taken { existing: Box::new(first.clone()) }));
    }
    assert_eq!(balance(&store, mine(1)).await, (100, 0, 1));
    assert_eq!(balance(&store, house(House::External)).await.0, -100);
    assert_eq!(store.transfer(first.id).await.unwrap(), Some(first));
    assert_eq!(store.transfer(TransferId::derived(&[b"no"])).await.unwrap(), None);
}

/// What is held cannot be spent again.
pub async fn a_floored_account_is_never_overdrawn(store: Sut) {
    done(&store, [deposit(1, 1, 100), Change::Transfer(hold(2, 1, 70))]).await;
    let (account, available) = (mine(1), Amount::new(30));
    let expected = |needed| LedgerRefusal::Overdrawn { account, needed: Amount::new(needed), available };
    assert_eq!(refused(&store, [Change::Transfer(hold(3, 1, 31))]).await, expected(31).into());
    let spend = transfer(4, TransferKind::Single, mine(1), house(House::Adjustment), 40);
    assert_eq!(refused(&store, [Change::Transfer(spend)]).await, expected(40).into());
    done(&store, [Change::Transfer(hold(3, 1, 30))]).await;
    assert_eq!(balance(&store, mine(1)).await, (100, 100, 3));
}

/// The house can owe.
pub async fn house_accounts_are_not_floored(store: Sut) {
    let gift = transfer(1, TransferKind::Single, house(House::Adjustment), mine(1), 9);
    done(&store, [Change::Transfer(gift)]).await;
    assert_eq!(balance(&store, house(House::Adjustment)).await.0, -9);
}

/// Many at once take no more than there is, and no less.
pub async fn concurrent_holds_never_overdraw_together(store: Sut) {
    done(&store, [deposit(0, 1, 100)]).await;
    let holds = (1..=40).map(|n| store.commit(set([Change::Transfer(hold(n, 1, 10))])));
    let commits: Vec<Commit> = join_all(holds).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(commits.iter().filter(|commit| **commit == Commit::Done).count(), 10);
    assert_eq!(balance(&store, mine(1)).await, (100, 100, 11));
}

/// A double capture, a double refund, or one after the other, is impossible in the store.
pub async fn a_pending_transfer_is_resolved_at_most_once(store: Sut) {
    let (captured, released) = (hold(2, 1, 60), hold(3, 1, 40));
    done(&store, [deposit(1, 1, 100), Change::Transfer(captured.clone()), Change::Transfer(released.clone())]).await;
    let mut other = captured.clone();
    other.amount = Amount::new(59);
    let not_pending = |of| Refusal::Ledger(LedgerRefusal::NotPending { of });
    assert_eq!(refused(&store, [resolve(4, &other, true)]).await, not_pending(captured.id));
    done(&store, [resolve(4, &captured, true), resolve(5, &released, false)]).await;
    assert_eq!(balance(&store, mine(1)).await, (40, 0, 5));
    assert_eq!(balance(&store, house(House::Revenue)).await.0, 60);
    for (n, hold) in [(6, &captured), (7, &released)] {
        for post in [true, false] {
            let refusal = refused(&store, [resolve(n, hold, post)]).await;
            assert_eq!(refusal, Refusal::Ledger(LedgerRefusal::Resolved { of: hold.id }));
        }
    }
    let unknown = hold(8, 1, 1);
    assert_eq!(refused(&store, [resolve(9, &unknown, true)]).await, not_pending(unknown.id));
}

/// Whoever comes first decides.
pub async fn concurrent_capture_and_release_resolve_a_hold_once(store: Sut) {
    let pending = hold(2, 1, 100);
    done(&store, [deposit(1, 1, 100), Change::Transfer(pending.clone())]).await;
    let tries = (10..30).map(|n| store.commit(set([resolve(n, &pending, n % 2 == 0)])));
    let commits: Vec<Commit> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(commits.iter().filter(|commit| **commit == Commit::Done).count(), 1);
    let (posted, held, _) = balance(&store, mine(1)).await;
    assert_eq!(held, 0);
    assert_eq!(posted + balance(&store, house(House::Revenue)).await.0, 100);
}

/// A deposit pays for the hold after it, and a hold can be resolved in its own commit.
pub async fn transfers_in_one_commit_see_each_other(store: Sut) {
    let pending = hold(2, 1, 10);
    let overdraw = [deposit(1, 1, 10), Change::Transfer(pending.clone()), Change::Transfer(hold(3, 1, 1))];
    assert!(matches!(refused(&store, overdraw).await, Refusal::Ledger(LedgerRefusal::Overdrawn { .. })));
    done(&store, [deposit(1, 1, 10), Change::Transfer(pending.clone()), resolve(3, &pending, true)]).await;
    assert_eq!(balance(&store, mine(1)).await, (0, 0, 3));
    let twice = [deposit(4, 1, 1), deposit(4, 1, 1)];
    assert!(matches!(refused(&store, twice).await, Refusal::Ledger(LedgerRefusal::Taken { .. })));
}

/// A lost or doubled movement would be visible by structure.
pub async fn entries_count_without_gaps_and_carry_the_balance(store: Sut) {
    let pending = hold(2, 1, 30);
    done(&store, [deposit(1, 1, 100), deposit(9, 2, 1)]).await;
    done(&store, [Change::Transfer(pending.clone())]).await;
    done(&store, [resolve(3, &pending, true)]).await;
    let entries = store.entries(mine(1), 0, 10).await.unwrap();
    let shown: Vec<_> = entries.iter().map(|e| (e.after.seq, e.after.posted.get(), e.after.held.get())).collect();
    assert_eq!(shown, [(1, 100, 0), (2, 100, 30), (3, 70, 0)]);
    let deltas: Vec<_> = entries.iter().map(|e| (e.delta.posted.get(), e.delta.held.get())).collect();
    assert_eq!(deltas, [(100, 0), (0, 30), (-30, -30)]);
    assert_eq!(entries[1].transfer, pending);
    assert!(entries.iter().all(|entry| entry.account == mine(1)));
    assert_eq!(store.entries(mine(1), 1, 1).await.unwrap(), [entries[1].clone()]);
    assert_eq!(store.entries(mine(1), 3, 10).await.unwrap(), []);
    assert_eq!(store.balance(mine(1)).await.unwrap(), entries[2].after);
    assert_eq!(store.balance(mine(3)).await.unwrap(), Balance::default());
}

/// In pages, and in the order in which they took effect.
pub async fn accounts_and_transfers_are_listed_whole(store: Sut) {
    for n in 1..=9 {
        done(&store, [deposit(n, n.into(), 10)]).await;
    }
    let mut accounts = Vec::new();
    loop {
        let after = accounts.last().map(|(account, _)| *account);
        let page = store.accounts(after, 4).await.unwrap();
        if page.is_empty() {
            break;
        }
        accounts.extend(page);
    }
    assert_eq!(accounts.len(), 10);
    assert!(accounts.is_sorted_by(|a, b| a.0 < b.0));
    assert_eq!(accounts.iter().map(|(_, balance)| balance.posted.get()).sum::<i64>(), 0);
    let transfers = store.transfers(0, 100).await.unwrap();
    let ids: Vec<_> = transfers.iter().map(|transfer| transfer.id).collect();
    assert_eq!(ids, (1..=9).map(|n| TransferId::derived(&[&[n]])).collect::<Vec<_>>());
    assert_eq!(store.transfers(7, 1).await.unwrap(), [transfers[7].clone()]);
}

/// The guard is inside the commit.
pub async fn lent_stake_never_passes_the_limit(store: Sut) {
    let exhausted = |wanted, free| Refusal::Exhausted { wallet: address(1), wanted, free };
    assert_eq!(refused(&store, [reserve(1, trx(1))]).await, exhausted(trx(1), Sun::ZERO));
    done(&store, [Change::Wallet(wallet(1, trx(100), 1)), reserve(1, trx(60))]).await;
    assert_eq!(refused(&store, [reserve(1, trx(41))]).await, exhausted(trx(41), trx(40)));
    assert_eq!(refused(&store, [reserve(1, trx(30)), reserve(1, trx(11))]).await, exhausted(trx(11), trx(10)));
    done(&store, [free(1, trx(10)), reserve(1, trx(50))]).await;
    assert_eq!(lent(&store, 1).await, trx(100));
    for bad in [free(1, trx(101)), free(1, Sun::ZERO), free(1, trx(-1)), reserve(1, trx(-1)), reserve(1, Sun::ZERO)] {
        refused(&store, [bad]).await;
    }
    assert_eq!(lent(&store, 1).await, trx(100));
}

/// Many at once reserve no more than there is, and no less.
pub async fn concurrent_reserves_never_pass_the_limit_together(store: Sut) {
    done(&store, [Change::Wallet(wallet(1, trx(100), 1))]).await;
    let commits = join_all((0..30).map(|_| store.commit(set([reserve(1, trx(10))])))).await;
    let taken = commits.into_iter().filter(|commit| *commit.as_ref().unwrap() == Commit::Done).count();
    assert_eq!((taken, lent(&store, 1).await), (10, trx(100)));
}

/// Stake that is out comes home whatever became of the wallet.
pub async fn a_disabled_wallet_lends_nothing_and_takes_back(store: Sut) {
    done(&store, [Change::Wallet(wallet(1, trx(100), 1)), reserve(1, trx(60))]).await;
    let off = Wallet { state: WalletState::Disabled, ..wallet(1, trx(100), 2) };
    done(&store, [Change::Wallet(off.clone())]).await;
    assert!(matches!(refused(&store, [reserve(1, trx(1))]).await, Refusal::Exhausted { .. }));
    done(&store, [free(1, trx(60))]).await;
    assert_eq!(lent(&store, 1).await, Sun::ZERO);
    assert_eq!(store.wallets().await.unwrap()[0].wallet, off);
}

/// A new limit, even one below what is lent, does not touch the books.
pub async fn putting_a_wallet_keeps_what_is_lent(store: Sut) {
    done(&store, [Change::Wallet(wallet(1, trx(100), 1)), reserve(1, trx(60))]).await;
    done(&store, [Change::Wallet(wallet(1, trx(50), 2)), Change::Wallet(wallet(2, trx(5), 1))]).await;
    assert_eq!((lent(&store, 1).await, lent(&store, 2).await), (trx(60), Sun::ZERO));
    assert!(matches!(refused(&store, [reserve(1, trx(1))]).await, Refusal::Exhausted { .. }));
    done(&store, [free(1, trx(20)), reserve(1, trx(10))]).await;
}

/// A retry hears what the first heard.
pub async fn a_key_is_taken_once_for_ever(store: Sut) {
    let funds = KeyOutcome::InsufficientFunds { needed: Amount::new(5), available: Amount::new(4) };
    let capacity = KeyOutcome::NoCapacity { wanted: Energy::new(65_000) };
    let mut records = vec![key(1, KeyOutcome::Order(order(1).id)), key(2, funds), key(3, capacity)];
    records.push(KeyRecord { key: Key::Request(user(2), "key1".parse().unwrap()), ..records[0].clone() });
    records.push(KeyRecord { key: Key::ClientOrder(user(1), "key1".parse().unwrap()), ..records[0].clone() });
    records.push(KeyRecord { key: Key::Quote(QuoteId::derived(&[b"q"])), ..records[0].clone() });
    for record in &records {
        assert_eq!(store.key(&record.key).await.unwrap(), None);
        done(&store, [Change::Key(record.clone())]).await;
    }
    for record in records {
        assert_eq!(store.key(&record.key).await.unwrap(), Some(record.clone()));
        let again = KeyRecord { fingerprint: Fingerprint([9; 32]), ..record.clone() };
        let existing = Box::new(record);
        assert_eq!(refused(&store, [Change::Key(again)]).await, Refusal::Taken { existing });
    }
}

/// Two requests under one key become one.
pub async fn of_concurrent_takers_of_a_key_one_wins_and_the_others_see_it(store: Sut) {
    let records: Vec<_> = (0..16).map(|n| key(1, KeyOutcome::Order(order(n).id))).collect();
    let commits = join_all(records.iter().map(|record| store.commit(set([Change::Key(record.clone())])))).await;
    let winner = store.key(&records[0].key).await.unwrap().unwrap();
    let mut wins = 0;
    for (record, commit) in records.iter().zip(commits) {
        match commit.unwrap() {
            Commit::Done => {
                wins += 1;
                assert_eq!(*record, winner);
            }
            refusal => assert_eq!(refusal, Commit::Refused(Refusal::Taken { existing: Box::new(winner.clone()) })),
        }
    }
    assert_eq!(wins, 1);
}

/// A price that was promised stays.
pub async fn a_quote_is_kept_and_not_changed(store: Sut) {
    let quote = Quote {
        id: QuoteId::derived(&[b"q"]),
        user: user(1),
        energy: Energy::new(65_000),
        term: Term::SevenDays,
        price: Sun::new(77),
        expires_at: at(60),
    };
    assert_eq!(store.quote(quote.id).await.unwrap(), None);
    done(&store, [Change::Quote(quote)]).await;
    done(&store, [Change::Quote(quote)]).await;
    assert!(matches!(
        refused(&store, [Change::Quote(Quote { price: Sun::new(76), ..quote })]).await,
        Refusal::Conflict { .. }
    ));
    assert_eq!(store.quote(quote.id).await.unwrap(), Some(quote));
}

/// So that of two followers one moves it.
pub async fn the_cursor_moves_by_versions(store: Sut) {
    let cursor = |n: u8, version| Cursor { solid: block(n), version: Version(version) };
    assert_eq!(store.cursor().await.unwrap(), None);
    done(&store, [Change::Cursor(cursor(1, 1))]).await;
    for bad in [cursor(2, 1), cursor(2, 3)] {
        assert!(matches!(refused(&store, [Change::Cursor(bad)]).await, Refusal::Conflict { .. }));
    }
    done(&store, [Change::Cursor(cursor(2, 2))]).await;
    assert_eq!(store.cursor().await.unwrap(), Some(cursor(2, 2)));
}

/// And says which life this is, the same one each time.
pub async fn a_new_store_trusts_nothing(store: Sut) {
    let lives = store.incarnations().await.unwrap();
    assert_eq!((lives.trusted.clone(), lives.is_trusted()), (None, false));
    done(&store, [put(order(1), at(0))]).await;
    assert_eq!(store.incarnations().await.unwrap(), lives);
}

/// Once or often.
pub async fn the_current_incarnation_is_trusted_from_then_on(store: Sut) {
    let current = store.incarnations().await.unwrap().current;
    for _ in 0..2 {
        done(&store, [Change::Trust(current.clone()), Change::Event(Event::QuarantineLifted)]).await;
        let expected = Incarnations { current: current.clone(), trusted: Some(current.clone()) };
        assert_eq!(store.incarnations().await.unwrap(), expected);
    }
    assert!(store.incarnations().await.unwrap().is_trusted());
}

/// Whoever still thinks of another life decides nothing in this one.
pub async fn an_incarnation_that_is_not_the_current_one_is_not_trusted(store: Sut) {
    let other: Incarnation = "another-life".parse().unwrap();
    let lives = store.incarnations().await.unwrap();
    let trust = || [Change::Trust(lives.current.clone()), deposit(1, 1, 5), Change::Trust(other.clone())];
    assert_eq!(refused(&store, trust()).await, Refusal::Conflict { what: "incarnation" });
    assert_eq!((store.incarnations().await.unwrap(), balance(&store, mine(1)).await.0), (lives.clone(), 0));
    done(&store, [Change::Trust(lives.current.clone())]).await;
    assert_eq!(refused(&store, [Change::Trust(other)]).await, Refusal::Conflict { what: "incarnation" });
    assert_eq!(store.incarnations().await.unwrap().trusted, Some(lives.current));
}

/// From the commit on that signs it.
pub async fn a_known_transaction_tells_its_order_and_sighting(store: Sut) {
    done(&store, [put(order(1), at(0))]).await;
    assert_eq!(store.known(&[tx(1).id]).await.unwrap(), []);
    done(&store, [put(signed(order(1), 1), at(0))]).await;
    let known = store.known(&[tx(9).id, tx(1).id]).await.unwrap();
    assert_eq!(known.iter().map(|k| (k.tx, k.order, k.sighting)).collect::<Vec<_>>(), [(tx(1).id, order(1).id, None)]);
    let sighting = Sighting { tx: tx(1).id, block: block(4), succeeded: false };
    done(&store, [Change::Sighting(sighting)]).await;
    done(&store, [Change::Sighting(sighting)]).await;
    assert_eq!(store.known(&[tx(1).id]).await.unwrap()[0].sighting, Some(sighting));
}

/// One that appears after all must find its order.
pub async fn a_dead_transaction_stays_known(store: Sut) {
    done(&store, [put(order(1), at(0))]).await;
    let live = signed(order(1), 1);
    done(&store, [put(live.clone(), at(0))]).await;
    let died = OrderEvent::Died { leg: LegNo(0), proof: block(9), next_wallet: address(1) };
    let dead = live.apply(died, at(200)).unwrap().order;
    done(&store, [put(dead.clone(), at(0))]).await;
    let again = signed(dead, 2);
    done(&store, [put(again, at(0))]).await;
    assert_eq!(store.known(&[tx(1).id, tx(2).id]).await.unwrap().len(), 2);
    done(&store, [Change::Sighting(Sighting { tx: tx(1).id, block: block(4), succeeded: true })]).await;
}

/// Equal bytes for two orders would be one transaction on chain.
pub async fn a_transaction_belongs_to_one_order(store: Sut) {
    done(&store, [put(order(1), at(0)), put(order(2), at(0))]).await;
    done(&store, [put(signed(order(1), 1), at(0))]).await;
    assert!(matches!(refused(&store, [put(signed(order(2), 1), at(0))]).await, Refusal::Impossible { .. }));
}

/// Either would mean that the follower is wrong.
pub async fn a_sighting_of_an_unknown_transaction_or_a_second_block_is_refused(store: Sut) {
    let sighting = |n| Change::Sighting(Sighting { tx: tx(1).id, block: block(n), succeeded: true });
    assert!(matches!(refused(&store, [sighting(4)]).await, Refusal::Impossible { .. }));
    done(&store, [put(order(1), at(0))]).await;
    done(&store, [put(signed(order(1), 1), at(0)), sighting(4)]).await;
    assert!(matches!(refused(&store, [sighting(5)]).await, Refusal::Impossible { .. }));
}

/// The queue is the orders themselves.
pub async fn due_orders_are_claimed_earliest_first_and_once(store: Sut) {
    for (n, due) in [(1, 30), (2, 10), (3, 20), (4, 99)] {
        done(&store, [put(order(n), at(due))]).await;
    }
    assert_eq!(claimed(&store, at(9), 9).await, []);
    assert_eq!(claimed(&store, at(30), 2).await, [order(2).id, order(3).id]);
    assert_eq!(claimed(&store, at(30), 9).await, [order(1).id]);
    assert_eq!(claimed(&store, at(30), 9).await, []);
}

/// A worker that died holds nothing up.
pub async fn a_lease_that_runs_out_is_anybodys(store: Sut) {
    done(&store, [put(order(1), at(0))]).await;
    assert_eq!(claimed(&store, at(10), 1).await.len(), 1);
    assert_eq!(claimed(&store, at(39), 1).await.len(), 0);
    assert_eq!(claimed(&store, at(40), 1).await.len(), 1);
}

/// A worker that slept through its lease cannot write any more.
pub async fn a_claim_fences_off_whoever_read_before(store: Sut) {
    done(&store, [put(order(1), at(0))]).await;
    let slow = store.claim(&claim("slow", at(0), 1)).await.unwrap().remove(0);
    let quick = store.claim(&claim("quick", at(60), 1)).await.unwrap().remove(0);
    assert_eq!((slow.version, quick.version), (Version(2), Version(3)));
    let stale = put(then(&slow, OrderState::Processing), at(0));
    assert!(matches!(refused(&store, [stale]).await, Refusal::Conflict { .. }));
    done(&store, [put(then(&quick, OrderState::Processing), at(0))]).await;
    assert_eq!(store.order(order(1).id).await.unwrap().unwrap().version, Version(4));
}

/// A worker that is done with an order need not wait for its lease to end.
pub async fn a_put_gives_the_lease_up_and_says_when_the_order_is_due(store: Sut) {
    done(&store, [put(order(1), at(0))]).await;
    let mine = store.claim(&claim("w", at(0), 1)).await.unwrap().remove(0);
    done(&store, [put(then(&mine, OrderState::Processing), at(5))]).await;
    assert_eq!(claimed(&store, at(4), 1).await.len(), 0);
    assert_eq!(claimed(&store, at(5), 1).await.len(), 1);
}

/// Many workers share one store without doing the same thing.
pub async fn of_concurrent_claims_each_order_goes_to_one(store: Sut) {
    for n in 0..20 {
        done(&store, [put(order(n), at(0))]).await;
    }
    let claims: Vec<Claim> = (0..8).map(|n| claim(&format!("w{n}"), at(0), 3)).collect();
    let got = join_all(claims.iter().map(|claim| store.claim(claim))).await;
    let mut ids: Vec<OrderId> = got.into_iter().flat_map(Result::unwrap).map(|order| order.id).collect();
    assert_eq!(ids.len(), 20);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 20);
}

/// And an unknown order is left alone.
pub async fn waking_makes_an_order_due_and_never_later(store: Sut) {
    let wake = |secs| Change::Wake { order: order(1).id, at: at(secs) };
    done(&store, [wake(1)]).await;
    done(&store, [put(order(1), at(50))]).await;
    done(&store, [wake(20)]).await;
    done(&store, [wake(30)]).await;
    assert_eq!(store.next_due().await.unwrap(), at(20));
    let awake = store.claim(&claim("w", at(20), 1)).await.unwrap();
    assert_eq!(awake[0].version, Version(2));
}

/// Whoever had the order when it was woken may not have seen why.
pub async fn a_wake_stands_until_the_next_claim(store: Sut) {
    done(&store, [put(order(1), at(0))]).await;
    let had = store.claim(&claim("w", at(0), 1)).await.unwrap().remove(0);
    done(&store, [Change::Wake { order: had.id, at: at(1) }]).await;
    done(&store, [put(then(&had, OrderState::Processing), Timestamp::MAX)]).await;
    let again = store.claim(&claim("w", at(1), 1)).await.unwrap().remove(0);
    done(&store, [put(then(&again, OrderState::Processing), Timestamp::MAX)]).await;
    assert_eq!(store.next_due().await.unwrap(), Timestamp::MAX);
}

/// Even one that has ended.
pub async fn an_order_that_rests_is_claimed_only_once_woken(store: Sut) {
    let ended = Order { state: OrderState::Cancelled { at: T0 }, ..order(1) };
    done(&store, [put(ended, Timestamp::MAX)]).await;
    assert_eq!(store.next_due().await.unwrap(), Timestamp::MAX);
    assert_eq!(claimed(&store, at(1_000_000), 9).await, []);
    done(&store, [Change::Wake { order: order(1).id, at: at(7) }]).await;
    assert_eq!(claimed(&store, at(7), 9).await, [order(1).id]);
}

/// So that a host knows when to come back.
pub async fn the_next_due_moment_respects_leases(store: Sut) {
    assert_eq!(store.next_due().await.unwrap(), Timestamp::MAX);
    done(&store, [put(order(1), at(0)), put(order(2), at(50))]).await;
    assert_eq!(store.next_due().await.unwrap(), at(0));
    assert_eq!(claimed(&store, at(0), 1).await.len(), 1);
    assert_eq!(store.next_due().await.unwrap(), at(30));
}

/// Nothing is skipped and nothing comes twice, equal moments included.
pub async fn orders_are_listed_newest_first_in_pages(store: Sut) {
    let orders: Vec<Order> = (0..9).map(|n| Order { created_at: at(u32::from(n / 3)), ..order(n) }).collect();
    for order in &orders {
        done(&store, [put(order.clone(), at(0))]).await;
    }
    let mut expected = orders.clone();
    expected.sort_by_key(OrderCursor::of);
    expected.reverse();
    let mut found: Vec<Order> = Vec::new();
    loop {
        let after = found.last().map(OrderCursor::of);
        let page = OrderQuery { after, limit: 2, ..query(OrdersOf::Anyone, Which::Any) };
        let page = store.orders(&page).await.unwrap();
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    assert_eq!(found, expected);
    let whose: Vec<UserId> = store
        .orders(&query(OrdersOf::User(user(2)), Which::Any))
        .await
        .unwrap()
        .iter()
        .map(|order| order.user)
        .collect();
    assert_eq!(whose, [user(2); 4]);
    assert_eq!(listed(&store, query(OrdersOf::User(user(9)), Which::Any)).await, []);
}

/// Also after an order has changed its state or a leg its wallet.
pub async fn orders_are_found_by_status_and_by_pair(store: Sut) {
    done(&store, [put(order(1), at(0)), put(order(4), at(0)), put(order(2), at(0))]).await;
    let pair = |wallet, receiver| OrdersOf::Pair { wallet: address(wallet), receiver: address(receiver) };
    assert_eq!(listed(&store, query(pair(1, 101), Which::Open)).await, [order(4).id, order(1).id]);
    assert_eq!(listed(&store, query(pair(2, 102), Which::Open)).await, [order(2).id]);
    assert_eq!(listed(&store, query(pair(3, 101), Which::Any)).await, []);
    let mut moved = then(&order(1), OrderState::Processing);
    moved.legs[0].wallet = address(3);
    let ended = then(&order(4), OrderState::Cancelled { at: T0 });
    done(&store, [put(moved, at(0)), put(ended, Timestamp::MAX)]).await;
    assert_eq!(listed(&store, query(pair(3, 101), Which::Any)).await, [order(1).id]);
    assert_eq!(listed(&store, query(pair(1, 101), Which::Any)).await, [order(4).id]);
    assert_eq!(listed(&store, query(pair(1, 101), Which::Open)).await, []);
    assert_eq!(listed(&store, query(pair(2, 101), Which::Open)).await, [order(1).id]);
    for (status, expected) in [
        (Status::Pending, vec![order(2).id]),
        (Status::Processing, vec![order(1).id]),
        (Status::Cancelled, vec![order(4).id]),
        (Status::Expired, vec![]),
    ] {
        assert_eq!(listed(&store, query(OrdersOf::Anyone, Which::Status(status))).await, expected);
    }
}

/// Each user has one.
pub async fn an_address_book_keeps_relabels_and_forgets(store: Sut) {
    let saved = |n, label: Option<&str>| {
        let label = label.map(|label| label.parse().unwrap());
        SavedAddress { address: address(n), label, saved_at: at(n) }
    };
    let save = |who, saved: &SavedAddress| Change::SaveAddress { user: user(who), saved: saved.clone() };
    let (a, b) = (saved(1, None), saved(2, Some("exchange, 交易所")));
    done(&store, [save(1, &b), save(1, &a), save(2, &b)]).await;
    assert_eq!(store.addresses(user(1)).await.unwrap(), [a.clone(), b.clone()]);
    let relabelled = saved(1, Some("home"));
    done(&store, [save(1, &relabelled)]).await;
    assert_eq!(store.addresses(user(1)).await.unwrap(), [relabelled, b.clone()]);
    for _ in 0..2 {
        done(&store, [Change::ForgetAddress { user: user(1), address: address(1) }]).await;
    }
    assert_eq!(store.addresses(user(1)).await.unwrap(), std::slice::from_ref(&b));
    assert_eq!(store.addresses(user(2)).await.unwrap(), [b]);
}

/// The log of what happened.
pub async fn events_are_numbered_in_order_and_read_in_pages(store: Sut) {
    let event = |n| Event::OrderPlaced { order: order(n).id };
    done(&store, [Change::Event(event(1)), Change::Event(event(2))]).await;
    done(&store, [Change::Event(event(3))]).await;
    let all = store.events(0, 10).await.unwrap();
    assert_eq!(all.iter().map(|recorded| recorded.event.clone()).collect::<Vec<_>>(), [event(1), event(2), event(3)]);
    assert!(all.is_sorted_by(|a, b| a.seq < b.seq));
    assert!(all.iter().all(|recorded| recorded.at == T0));
    assert_eq!(store.events(all[0].seq, 1).await.unwrap(), [all[1].clone()]);
    assert_eq!(store.events(all[2].seq, 1).await.unwrap(), []);
}

/// Nothing to do is no error.
pub async fn an_empty_commit_is_done(store: Sut) {
    done(&store, []).await;
}
