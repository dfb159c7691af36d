//! Placing orders: what is accepted, what is refused, and what a repeat hears.

use std::sync::Arc;

use flash_core::error::{ReceiverFault, Reused};
use flash_core::flash::{Adjustment, AdjustmentKind, NewOrder, NewQuote, NewWallet, Placed, WalletChange};
use flash_core::id::{OrderId, QuoteId};
use flash_core::price::{PriceBook, Term, Tier};
use flash_core::store::{Priority, WalletState};
use flash_core::testing::{CutStore, Cuts, address, user};
use flash_core::time::Span;
use flash_core::units::{Amount, Asset, Energy, Sun};
use flash_core::{Config, Error, ErrorKind, Flash};
use futures_util::future::join_all;

use crate::story::{NOW, Story, customer, deposit, new_order, receiver, trx, wallet};

const PRICE: i64 = 1_950_000;
const MONEY: i64 = 100_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_200_orders_at_once_for_a_balance_that_pays_for_50_exactly_50_are_accepted() {
    let story = Arc::new(Story::with_wallets(&[2_000_000]).await);
    let spent = Adjustment { amount: Amount::new(MONEY - 50 * PRICE), kind: AdjustmentKind::Deduct, ..deposit(1, 1) };
    story.flash.adjust(spent).await.unwrap();
    let tasks = (0..200).map(|n| {
        let story = story.clone();
        tokio::spawn(async move { story.place(n).await })
    });
    let results = join_all(tasks).await.into_iter().map(Result::unwrap);
    let (accepted, refused): (Vec<_>, Vec<_>) = results.partition(Result::is_ok);
    assert_eq!((accepted.len(), refused.len()), (50, 150));
    let funds = |result: &Result<_, Error>| matches!(result, Err(Error::InsufficientFunds { .. }));
    assert!(refused.iter().all(funds));
    assert_eq!(story.money().await, (0, 50 * PRICE));
    story.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn orders_beyond_the_stake_of_the_pool_get_no_capacity_and_cost_nothing() {
    let story = Arc::new(Story::with_wallets(&[7_000, 7_000, 7_000]).await);
    let tasks = (0..20).map(|n| {
        let story = story.clone();
        tokio::spawn(async move { story.place(n).await })
    });
    let results: Vec<_> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3);
    let no_capacity = |result: &&Result<_, Error>| matches!(result, Err(Error::NoCapacity { .. }));
    assert_eq!(results.iter().filter(no_capacity).count(), 17);
    assert_eq!(story.money().await, (MONEY - 3 * PRICE, 3 * PRICE));
    story.assert_clean().await;
}

#[tokio::test]
async fn the_same_request_is_the_same_order() {
    let story = Story::with_wallets(&[100_000]).await;
    let new = NewOrder {
        key: Some("key".parse().unwrap()),
        client_order_id: Some("mine-1".parse().unwrap()),
        ..new_order(1)
    };
    let Placed::New(order) = story.flash.place(new.clone()).await.unwrap() else { panic!("not new") };
    let other_id = OrderId::derived(&[b"other"]);
    let repeats = [
        new.clone(),
        NewOrder { id: other_id, ..new.clone() },
        NewOrder { id: other_id, key: None, ..new.clone() },
        NewOrder { id: other_id, key: Some("key2".parse().unwrap()), ..new.clone() },
    ];
    for repeat in repeats {
        assert_eq!(story.flash.place(repeat).await.unwrap(), Placed::Replayed(order.clone()));
    }
    assert_eq!(story.money().await, (MONEY - PRICE, PRICE));
}

#[tokio::test]
async fn an_id_or_key_that_stands_for_something_else_is_refused() {
    let story = Story::with_wallets(&[100_000]).await;
    let new = NewOrder {
        key: Some("key".parse().unwrap()),
        client_order_id: Some("mine-1".parse().unwrap()),
        ..new_order(1)
    };
    story.flash.place(new.clone()).await.unwrap();
    let other = NewOrder { energy: Energy::new(70_000), ..new.clone() };
    let fresh = OrderId::derived(&[b"fresh"]);
    for (repeat, reused) in [
        (other.clone(), Reused::IdempotencyKey),
        (NewOrder { id: fresh, key: None, ..other.clone() }, Reused::ClientOrderId),
        (NewOrder { key: None, client_order_id: None, ..other }, Reused::OrderId),
    ] {
        let error = story.flash.place(repeat).await.unwrap_err();
        assert!(matches!(error, Error::IdReused { what } if what == reused), "{error:?}");
    }
    // Keys are each user's own.
    let stranger = NewOrder { user: user(8), id: fresh, ..new };
    assert!(matches!(story.flash.place(stranger).await, Err(Error::InsufficientFunds { .. })));
}

#[tokio::test]
async fn placing_a_new_order_takes_one_call_to_the_store() {
    let story = Story::with_wallets(&[100_000]).await;
    let cuts = Cuts::at([]);
    let store = Arc::new(CutStore::new(story.store.clone(), cuts.clone()));
    let flash = Flash::new(store, story.chain.clone(), story.clock.clone(), Config::default());
    flash.place(new_order(1)).await.unwrap();
    let before = cuts.calls();
    let keyed = NewOrder {
        key: Some("key".parse().unwrap()),
        client_order_id: Some("mine-1".parse().unwrap()),
        max_price: Some(Sun::new(PRICE)),
        ..new_order(2)
    };
    assert!(matches!(flash.place(keyed).await.unwrap(), Placed::New(_)));
    assert_eq!(cuts.calls() - before, 1);
}

/// Everything that makes the same wish impossible today.
async fn spoil(story: &Story) {
    let all = Adjustment { amount: story.flash.balances(customer()).await.unwrap()[0].available, ..deposit_out(9) };
    story.flash.adjust(all).await.unwrap();
    story.chain.make_contract(receiver());
    story.chain.supply(wallet(1), Sun::ZERO);
    story.flash.change_wallet(wallet(1), WalletChange::State(WalletState::Disabled)).await.unwrap();
    let tier = Tier { from: Energy::new(1), rate: 99.into() };
    story.flash.set_prices(PriceBook::try_new([(Term::OneHour, vec![tier])].into()).unwrap());
    story.clock.set(NOW.after(Span::from_mins(60)));
    story.chain.set_down(true);
}

#[tokio::test]
async fn a_repeat_hears_the_first_answer_though_today_it_would_be_refused() {
    let story = Story::with_wallets(&[7_000]).await;
    let quote = QuoteId::derived(&[b"q"]);
    let ask = NewQuote { id: quote, user: customer(), energy: Energy::new(65_000), term: Term::OneHour };
    story.flash.quote(ask).await.unwrap();
    let new = NewOrder {
        key: Some("key".parse().unwrap()),
        client_order_id: Some("mine-1".parse().unwrap()),
        max_price: Some(Sun::new(PRICE)),
        quote: Some(quote),
        ..new_order(1)
    };
    let order = story.flash.place(new.clone()).await.unwrap().into_order();
    let (id, none) = (OrderId::derived(&[b"other"]), None);
    let repeats = || {
        let other = NewOrder { id, key: Some("key2".parse().unwrap()), ..new.clone() };
        [new.clone(), NewOrder { id, ..new.clone() }, NewOrder { id, key: none.clone(), ..new.clone() }, other]
    };
    // No stake is left; then nothing is left.
    for spoiled in [false, true] {
        if spoiled {
            spoil(&story).await;
        }
        for repeat in repeats() {
            assert_eq!(story.flash.place(repeat).await.unwrap(), Placed::Replayed(order.clone()));
        }
        let not_sold = NewOrder { energy: Energy::new(1), ..new.clone() };
        let by_client = NewOrder { id, key: none.clone(), ..not_sold.clone() };
        let by_id = NewOrder { key: none.clone(), client_order_id: None, quote: None, ..not_sold.clone() };
        for (repeat, reused) in
            [(not_sold, Reused::IdempotencyKey), (by_client, Reused::ClientOrderId), (by_id, Reused::OrderId)]
        {
            let error = story.flash.place(repeat).await.unwrap_err();
            assert!(matches!(error, Error::IdReused { what } if what == reused), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_repeat_under_a_new_key_is_not_remembered_as_a_refusal() {
    let story = Story::with_wallets(&[7_000]).await;
    let new = NewOrder { client_order_id: Some("mine-1".parse().unwrap()), ..new_order(1) };
    let order = story.flash.place(new.clone()).await.unwrap().into_order();
    for _ in 0..2 {
        let keyed = NewOrder { key: Some("key".parse().unwrap()), ..new.clone() };
        assert_eq!(story.flash.place(keyed).await.unwrap(), Placed::Replayed(order.clone()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_at_once_from_many_holds_money_once() {
    let story = Arc::new(Story::with_wallets(&[100_000]).await);
    let tasks = (0..32).map(|n| {
        let story = story.clone();
        let new = NewOrder { key: Some("key".parse().unwrap()), ..new_order(n) };
        tokio::spawn(async move { story.flash.place(new).await.map(Placed::into_order) })
    });
    let orders: Vec<_> = join_all(tasks).await.into_iter().map(|order| order.unwrap().unwrap().id).collect();
    assert!(orders.iter().all(|id| *id == orders[0]));
    assert_eq!(story.money().await, (MONEY - PRICE, PRICE));
    story.assert_clean().await;
}

#[tokio::test]
async fn a_refusal_by_state_is_remembered_under_its_key() {
    let story = Story::with_wallets(&[7_000]).await;
    let keyed = |n, key: &str| NewOrder { key: Some(key.parse().unwrap()), ..new_order(n) };
    let rich = NewOrder { energy: Energy::new(10_000_000), ..keyed(1, "a") };
    let poor = NewOrder { user: user(99), ..keyed(2, "b") };
    for _ in 0..2 {
        assert!(matches!(story.flash.place(rich.clone()).await, Err(Error::NoCapacity { .. })));
        assert!(matches!(story.flash.place(poor.clone()).await, Err(Error::InsufficientFunds { .. })));
        // What would change the answer now.
        story.chain.supply(wallet(9), trx(2_000_000));
        story.flash.add_wallet(NewWallet { address: wallet(9), priority: Priority(0) }).await.unwrap();
        story.flash.adjust(Adjustment { user: user(99), ..deposit(5, 50) }).await.unwrap();
    }
    assert!(story.flash.place(NewOrder { key: None, ..poor }).await.is_ok());
}

#[tokio::test]
async fn receivers_that_cannot_receive_are_refused_before_any_money_is_held() {
    let story = Story::with_wallets(&[10_000]).await;
    let contract = address(600);
    story.chain.make_contract(contract);
    for (to, expected) in [
        (address(601), ReceiverFault::NotActivated),
        (contract, ReceiverFault::Contract),
        (wallet(1), ReceiverFault::Supplier),
    ] {
        let error = story.flash.place(NewOrder { receiver: to, ..new_order(1) }).await.unwrap_err();
        assert!(matches!(error, Error::Receiver { fault, .. } if fault == expected), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    assert_eq!((story.money().await, story.lent(1).await), ((MONEY, 0), Sun::ZERO));
}

#[tokio::test]
async fn amounts_outside_the_range_are_refused() {
    let story = Story::with_wallets(&[2_000_000]).await;
    for energy in [i64::MIN, -1, 0, 999, 10_000_001, i64::MAX] {
        let error = story.flash.place(NewOrder { energy: Energy::new(energy), ..new_order(1) }).await.unwrap_err();
        assert!(matches!(error, Error::EnergyOutOfRange { .. }), "{energy}");
    }
    for energy in [1_000, 65_000] {
        let id = OrderId::derived(&[b"ok", &i64::to_be_bytes(energy)]);
        story.flash.place(NewOrder { id, energy: Energy::new(energy), ..new_order(1) }).await.unwrap();
    }
}

#[tokio::test]
async fn a_price_that_moved_beyond_the_maximum_is_refused() {
    let story = Story::with_wallets(&[100_000]).await;
    let at_most = |n, sun| NewOrder { max_price: Some(Sun::new(sun)), ..new_order(n) };
    story.flash.place(at_most(1, PRICE)).await.unwrap();
    let error = story.flash.place(at_most(2, PRICE - 1)).await.unwrap_err();
    assert!(matches!(error, Error::PriceMoved { price } if price == Sun::new(PRICE)), "{error:?}");
}

#[tokio::test]
async fn a_quote_holds_its_price_for_one_order_until_it_expires() {
    let story = Story::with_wallets(&[100_000]).await;
    let id = |n: u8| QuoteId::derived(&[&[n]]);
    let ask = |n| NewQuote { id: id(n), user: customer(), energy: Energy::new(65_000), term: Term::OneHour };
    let quote = story.flash.quote(ask(1)).await.unwrap();
    assert_eq!((quote.price, story.flash.quote(ask(1)).await.unwrap()), (Sun::new(PRICE), quote));
    story.flash.quote(ask(2)).await.unwrap();
    let tier = Tier { from: Energy::new(1), rate: 99.into() };
    story.flash.set_prices(PriceBook::try_new([(Term::OneHour, vec![tier])].into()).unwrap());

    let under = |n, quote: u8| NewOrder { quote: Some(id(quote)), ..new_order(n) };
    let order = story.flash.place(under(1, 1)).await.unwrap().into_order();
    assert_eq!(order.price, Sun::new(PRICE));
    let again = story.flash.place(under(2, 1)).await.unwrap();
    assert_eq!(again, Placed::Replayed(order), "a quote is good for one order");
    let error = story.flash.place(NewOrder { term: Term::OneDay, ..under(3, 2) }).await.unwrap_err();
    assert!(matches!(error, Error::QuoteMismatch { .. }), "{error:?}");
    let error = story.flash.place(NewOrder { user: user(8), ..under(3, 2) }).await.unwrap_err();
    assert!(matches!(error, Error::UnknownQuote(_)), "{error:?}");
    story.clock.set(NOW.after(Span::from_secs(60)));
    let error = story.flash.place(under(3, 2)).await.unwrap_err();
    assert!(matches!(error, Error::QuoteExpired), "{error:?}");
}

#[tokio::test]
async fn a_wallet_without_key_or_account_does_not_join_the_pool() {
    let story = Story::with_wallets(&[10_000]).await;
    let add = |n: u32| story.flash.add_wallet(NewWallet { address: address(n), priority: Priority(0) });
    for (n, text) in [(700, "no key"), (500, "no key")] {
        let error = add(n).await.unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    }
    let before = story.flash.wallets().await.unwrap();
    assert_eq!(add(1).await.unwrap(), before[0], "adding it again changes nothing");
}

#[tokio::test]
async fn the_operator_moves_money_once_an_id() {
    let story = Story::with_wallets(&[]).await;
    let take = Adjustment { kind: AdjustmentKind::Deduct, ..deposit(1, 40) };
    for _ in 0..3 {
        story.flash.adjust(take.clone()).await.unwrap();
    }
    assert_eq!(story.money().await, (60_000_000, 0));
    let error = story.flash.adjust(Adjustment { amount: Amount::new(1), ..take.clone() }).await.unwrap_err();
    assert!(matches!(error, Error::IdReused { .. }), "{error:?}");
    let error = story.flash.adjust(Adjustment { amount: Amount::new(60_000_001), ..deposit_out(2) }).await.unwrap_err();
    assert!(matches!(error, Error::InsufficientFunds { .. }), "{error:?}");
    for amount in [0, -1, i64::MIN] {
        let error = story.flash.adjust(Adjustment { amount: Amount::new(amount), ..deposit_out(3) }).await.unwrap_err();
        assert!(matches!(error, Error::AmountNotPositive), "{error:?}");
    }
    let error = story.flash.adjust(Adjustment { amount: Amount::new(i64::MAX), ..deposit(4, 1) }).await.unwrap_err();
    assert!(matches!(error, Error::Overflow(_)), "{error:?}");
    let refund = Adjustment { kind: AdjustmentKind::Refund, asset: Asset::Usdt, ..deposit(5, 3) };
    story.flash.adjust(refund).await.unwrap();
    let usdt = story.flash.balances(customer()).await.unwrap()[1];
    assert_eq!((usdt.asset, usdt.available), (Asset::Usdt, Amount::new(3_000_000)));
    story.assert_clean().await;
}

fn deposit_out(n: u8) -> Adjustment {
    Adjustment { kind: AdjustmentKind::Deduct, ..deposit(n, 1) }
}

#[tokio::test]
async fn an_address_book_is_each_users_own_and_bounded() {
    let story = Story::with_wallets(&[]).await;
    for n in 0..100 {
        story.flash.save_address(customer(), address(n), None).await.unwrap();
    }
    story.flash.save_address(customer(), address(5), Some("home".parse().unwrap())).await.unwrap();
    let error = story.flash.save_address(customer(), receiver(), None).await.unwrap_err();
    assert!(matches!(error, Error::AddressBookFull { most: 100 }), "{error:?}");
    story.flash.forget_address(customer(), address(5)).await.unwrap();
    let error = story.flash.forget_address(customer(), address(5)).await.unwrap_err();
    assert!(matches!(error, Error::UnknownAddress(_)), "{error:?}");
    assert_eq!(story.flash.addresses(customer()).await.unwrap().len(), 99);
    assert_eq!(story.flash.addresses(user(8)).await.unwrap(), []);
}
