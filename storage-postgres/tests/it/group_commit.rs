//! Commits that share a batch keep their own outcomes, and a lost answer is told as one.

use std::sync::Arc;

use flash_core::chain::Holdings;
use flash_core::event::Event;
use flash_core::id::{OrderId, TransferId};
use flash_core::ledger::{Account, House, LedgerRefusal, Transfer, TransferKind, Why};
use flash_core::order::Version;
use flash_core::store::{Change, ChangeSet, Commit, Priority, Refusal, Store, StoreError, Wallet, WalletState};
use flash_core::testing::user;
use flash_core::time::Timestamp;
use flash_core::units::{Amount, Asset, Sun};
use flash_storage_postgres::PostgresStore;
use futures_util::future::join_all;

use super::database::{Schema, options, url};
use super::wire::{Cut, Wire};

const AT: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn transfer(n: u32, kind: TransferKind, debit: Account, credit: Account, amount: i64) -> Change {
    let id = TransferId::derived(&[&n.to_be_bytes()]);
    let why = Why::Rental(OrderId::derived(&[&n.to_be_bytes()]));
    Change::Transfer(Transfer { id, kind, debit, credit, amount: Amount::new(amount), why, at: AT })
}

fn mine(who: i64) -> Account {
    Account::user(user(who), Asset::Trx)
}

fn deposit(n: u32, who: i64, amount: i64) -> ChangeSet {
    let external = Account::house(House::External, Asset::Trx);
    ChangeSet { at: AT, changes: vec![transfer(n, TransferKind::Single, external, mine(who), amount)] }
}

fn hold(n: u32, who: i64, amount: i64) -> ChangeSet {
    let revenue = Account::house(House::Revenue, Asset::Trx);
    ChangeSet { at: AT, changes: vec![transfer(n, TransferKind::Pending, mine(who), revenue, amount)] }
}

#[tokio::test]
async fn a_refused_commit_fails_no_neighbour() {
    let store = Schema::new().open().await;
    assert_eq!(store.commit(deposit(0, 1, 100)).await.unwrap(), Commit::Done);
    let commits = (1..=40).map(|n| if n % 4 == 0 { hold(n, 2, 1) } else { hold(n, 1, 3) });
    let outcomes = join_all(commits.map(|set| store.commit(set))).await;
    for (n, outcome) in (1..=40).zip(outcomes) {
        let outcome = outcome.unwrap();
        match n % 4 {
            0 => assert!(matches!(outcome, Commit::Refused(Refusal::Ledger(LedgerRefusal::Overdrawn { .. })))),
            _ => assert_eq!(outcome, Commit::Done, "{n}"),
        }
    }
    assert_eq!(store.balance(mine(1)).await.unwrap().held, Amount::new(90));
}

/// First come, first served: of holds that do not all fit, the first do.
#[tokio::test]
async fn commits_of_a_batch_take_effect_in_the_order_they_came() {
    let store = Schema::new().open().await;
    let _ = store.commit(deposit(0, 1, 100)).await.unwrap();
    let outcomes = join_all((1..=30).map(|n| store.commit(hold(n, 1, 10)))).await;
    let done: Vec<bool> = outcomes.into_iter().map(|outcome| outcome.unwrap() == Commit::Done).collect();
    assert_eq!(done, (1..=30).map(|n| n <= 10).collect::<Vec<_>>());
    let entries = store.entries(mine(1), 0, 100).await.unwrap();
    let ids: Vec<TransferId> = entries[1..].iter().map(|entry| entry.transfer.id).collect();
    assert_eq!(ids, (1..=10_u32).map(|n| TransferId::derived(&[&n.to_be_bytes()])).collect::<Vec<_>>());
}

/// More than an account can hold, which the assumption that all is well does not notice.
fn poison(n: u32) -> ChangeSet {
    let Change::Transfer(mut transfer) = deposit(n, 1, 1).changes.remove(0) else { unreachable!() };
    transfer.amount = Amount::new(1);
    let order = Event::OrderPlaced { order: OrderId::derived(&[b"poison"]) };
    let mut changes = vec![Change::Transfer(transfer), Change::Event(order)];
    changes.push(deposit(n + 1, 9, i64::MAX).changes.remove(0));
    changes.push(deposit(n + 2, 9, i64::MAX).changes.remove(0));
    ChangeSet { at: AT, changes }
}

#[tokio::test]
async fn a_commit_that_cannot_be_written_fails_alone() {
    let store = Schema::new().open().await;
    let sets = (0..20).map(|n| if n == 7 { poison(1_000) } else { deposit(n, 1, 10) });
    let outcomes = join_all(sets.map(|set| store.commit(set))).await;
    for (n, outcome) in outcomes.into_iter().enumerate() {
        if n == 7 {
            let refused = outcome.unwrap();
            assert_eq!(refused, Commit::Refused(Refusal::Ledger(LedgerRefusal::Overflow)));
        } else {
            assert_eq!(outcome.unwrap(), Commit::Done, "{n}");
        }
    }
    assert_eq!(store.balance(mine(1)).await.unwrap().posted, Amount::new(190));
}

/// What is assumed of a hold or of a wallet must not come true by what a later commit of the batch brings.
#[tokio::test]
async fn a_commit_rests_on_nothing_that_comes_after_it() {
    let store = Schema::new().open().await;
    let _ = store.commit(deposit(0, 1, 100)).await.unwrap();
    let pending = hold(1, 1, 10);
    let Change::Transfer(hold) = pending.changes[0].clone() else { unreachable!() };
    let post = Transfer { id: TransferId::derived(&[b"post"]), kind: TransferKind::Post { of: hold.id }, ..hold };
    let post = ChangeSet { at: AT, changes: vec![Change::Transfer(post)] };
    let address = flash_core::testing::address(1);
    let reserve = Change::Reserve { wallet: address, stake: Sun::from_trx(5).unwrap() };
    let wallet = Wallet {
        address,
        state: WalletState::Disabled,
        priority: Priority(0),
        limit: Sun::from_trx(1).unwrap(),
        holdings: Holdings::default(),
        observed_at: AT,
        version: Version::FIRST,
    };
    let set = |change| ChangeSet { at: AT, changes: vec![change] };
    let sets = [post.clone(), pending, set(reserve), set(Change::Wallet(wallet))];
    let outcomes: Vec<Commit> =
        join_all(sets.map(|set| store.commit(set))).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(outcomes[1], Commit::Done);
    assert!(matches!(outcomes[2], Commit::Refused(Refusal::Exhausted { .. })), "{outcomes:?}");
    assert_eq!(outcomes[3], Commit::Done);
    // Decided again behind its hold, the capture is right; in any case the log has the hold first.
    if outcomes[0] != Commit::Done {
        assert_eq!(store.commit(post).await.unwrap(), Commit::Done);
    }
    let log: Vec<TransferKind> = store.transfers(1, 9).await.unwrap().into_iter().map(|t| t.kind).collect();
    assert!(matches!(log[..], [TransferKind::Pending, TransferKind::Post { .. }]), "{log:?}");
    assert_eq!(store.wallets().await.unwrap()[0].lent, Sun::ZERO);
}

#[tokio::test]
async fn many_at_once_equal_one_after_another() {
    let size = |n: u32| i64::from(n * 7 % 13) + 1;
    let sets = || std::iter::once(deposit(0, 1, 200)).chain((1..60).map(|n| hold(n, 1, size(n))));
    let (at_once, in_turn) = (Schema::new().open().await, Schema::new().open().await);
    let together = join_all(sets().map(|set| at_once.commit(set))).await;
    for (set, outcome) in sets().zip(together) {
        let done = in_turn.commit(set).await.unwrap() == Commit::Done;
        assert_eq!(done, outcome.unwrap() == Commit::Done);
    }
    let entries = |store: PostgresStore| async move { store.entries(mine(1), 0, 100).await.unwrap() };
    assert_eq!(entries(at_once).await, entries(in_turn).await);
}

/// Nobody can tell whether it took effect, so the caller asks again with the same ids.
#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_unknown_and_asking_again_tells() {
    for (cut, took_effect) in [(Cut::Question, false), (Cut::Answer, true)] {
        let wire = Wire::to(&url()).await;
        let store = PostgresStore::open(wire.url(), &options()).await.unwrap();
        let _ = store.commit(deposit(0, 1, 100)).await.unwrap();
        wire.cut(cut);
        let lost = store.commit(hold(1, 1, 10)).await;
        assert!(matches!(lost, Err(StoreError::Unknown(_))), "{lost:?}");
        let again = store.commit(hold(1, 1, 10)).await.unwrap();
        let taken = matches!(again, Commit::Refused(Refusal::Ledger(LedgerRefusal::Taken { .. })));
        assert_eq!(taken, took_effect, "{cut:?}: {again:?}");
        assert_eq!(store.balance(mine(1)).await.unwrap().held, Amount::new(10));
    }
}

/// A read that breaks is simply asked again.
#[tokio::test]
async fn a_question_whose_answer_is_lost_is_asked_again() {
    let wire = Wire::to(&url()).await;
    let store = PostgresStore::open(wire.url(), &options()).await.unwrap();
    let _ = store.commit(deposit(0, 1, 100)).await.unwrap();
    for cut in [Cut::Question, Cut::Answer] {
        wire.cut(cut);
        assert_eq!(store.balance(mine(1)).await.unwrap().posted, Amount::new(100));
    }
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_nothing_half_done() {
    let store = Arc::new(Schema::new().open().await);
    let _ = store.commit(deposit(0, 1, 1_000)).await.unwrap();
    for n in 1..=50 {
        let store = Arc::clone(&store);
        let caller = tokio::spawn(async move { store.commit(hold(n, 1, 1)).await });
        tokio::task::yield_now().await;
        caller.abort();
    }
    // Commits are taken up in the order they came: behind this one nothing is left.
    let _ = store.commit(deposit(100, 1, 1)).await.unwrap();
    let held = store.balance(mine(1)).await.unwrap().held;
    let entries = store.entries(mine(1), 0, 100).await.unwrap();
    assert_eq!(usize::try_from(held.get()).unwrap(), entries.len() - 2);
}
