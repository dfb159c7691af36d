//! Many orders at once.

use std::collections::{BTreeMap, BTreeSet};

use flash_adapter_http::client::{Client, ClientError, OrderFilter, Placed};
use flash_adapter_http::wire::{EntryKind, Finality, MovementKind, OrderStatus, PlaceOrder};
use tokio::task::JoinSet;

use crate::world::{World, eventually};

const WISHES: usize = 200;
const PAID_FOR: usize = 50;
/// A customer that nobody has heard of.
const NEWCOMER: i64 = 777;

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_orders_at_once_the_balance_pays_for_fifty() {
    // Slow, so that a busy machine signs and sends fifty delegations long before the first expires.
    let world = World::at_speed(4).await;
    // 50 orders of 1.30 TRX, and a bit that pays for none.
    world.move_money(NEWCOMER, MovementKind::Deposit, "70").await;
    world.move_money(NEWCOMER, MovementKind::Deduct, "4.5").await;

    let service = Client::new(&world.ready().http, world.ready().service_key.as_str()).unwrap();
    let mut wishes = JoinSet::new();
    for n in 0..WISHES {
        let receivers = &world.ready().receivers;
        let receive_address = receivers[n % receivers.len()].clone();
        let wish = PlaceOrder { user_id: NEWCOMER, receive_address, ..world.wish(65_000) };
        let service = service.clone();
        wishes.spawn(async move { service.place_order(&wish, Some(&format!("wish-{n}"))).await });
    }
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    while let Some(answer) = wishes.join_next().await {
        let word = match answer.unwrap() {
            Ok(Placed::New(_)) => "new".to_owned(),
            Ok(Placed::Replayed(order)) => panic!("nobody placed {order:?} before"),
            Err(ClientError::Refused(problem)) => format!("{} {}", problem.status, problem.code),
            Err(error) => panic!("{error:?}"),
        };
        *answers.entry(word).or_default() += 1;
    }
    let refused = WISHES - PAID_FOR;
    let expected = [("402 INSUFFICIENT_BALANCE".to_owned(), refused), ("new".to_owned(), PAID_FOR)];
    assert_eq!(answers, BTreeMap::from(expected));
    let entries = world.ledger(NEWCOMER).await;
    assert!(entries.iter().all(|entry| !entry.available_after.starts_with('-')), "{entries:?}");
    assert_eq!(world.balance(NEWCOMER).await.available_trx, "0.500000");
    world.check().await;

    let all = |what, is_so: fn(OrderStatus, Finality) -> bool| {
        let world = &world;
        async move {
            eventually(what, async || {
                let filter = OrderFilter { user_id: Some(NEWCOMER), limit: Some(100), ..OrderFilter::default() };
                let page = world.operator.orders(&filter).await.unwrap();
                assert_eq!(page.items.len(), PAID_FOR);
                if page.items.iter().all(|order| is_so(order.status, order.finality)) {
                    return Some(page.items);
                }
                world.nudge().await;
                None
            })
            .await
        }
    };
    let orders = all("all to be delivered for good", |_, finality| finality == Finality::Final).await;
    let ordered: i64 = orders.iter().flat_map(|order| &order.delegations).map(|delegation| delegation.stake_sun).sum();
    assert_eq!(world.lent().await, ordered);
    let balance = world.balance(NEWCOMER).await;
    assert_eq!((balance.available_trx.as_str(), balance.held_trx.as_str()), ("0.500000", "0.000000"));
    world.check().await;

    world.end_terms().await;
    all("all to expire", |status, _| status == OrderStatus::Expired).await;
    let entries = world.ledger(NEWCOMER).await;
    for kind in [EntryKind::Hold, EntryKind::Capture] {
        assert_eq!(entries.iter().filter(|entry| entry.kind == kind).count(), PAID_FOR, "{kind:?}");
    }
    world.check_at_rest().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_many_times_at_once_is_one_order() {
    let world = World::at_speed(4).await;
    let mut requests = JoinSet::new();
    for _ in 0..20 {
        let (customer, wish) = (world.customer.clone(), world.wish(65_000));
        requests.spawn(async move { customer.place_order(&wish, Some("again-and-again")).await.unwrap() });
    }
    let placed = requests.join_all().await;
    assert_eq!(placed.iter().filter(|placed| matches!(placed, Placed::New(_))).count(), 1);
    let ids: BTreeSet<_> = placed.into_iter().map(|placed| placed.into_order().id).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    world.run_out(ids.first().unwrap()).await;
    assert_eq!(world.movements().await.len(), 2, "one hold, one capture");
    world.check_at_rest().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_cancelled_at_once_is_cancelled_or_delivered_but_never_both() {
    let world = World::at_speed(4).await;
    let mut races = JoinSet::new();
    for n in 0..30 {
        let (customer, operator, wish) = (world.customer.clone(), world.operator.clone(), world.wish(65_000));
        races.spawn(async move {
            let order = customer.place_order(&wish, Some(&format!("race-{n}"))).await.unwrap().into_order();
            // Some races go on against a second worker beside the server's own.
            if n % 3 == 0 {
                operator.process_orders().await.unwrap();
            }
            match customer.cancel_order(&order.id).await {
                Ok(cancelled) => assert_eq!(cancelled.status, OrderStatus::Cancelled),
                Err(error) => assert_eq!(error.code(), Some("NOT_CANCELLABLE"), "{error:?}"),
            }
            order.id
        });
    }
    let ids = races.join_all().await;
    let mut captures = 0;
    for id in &ids {
        let ended = eventually("every order to be final or cancelled", async || {
            let order = world.order(id).await;
            let is_settled = order.status == OrderStatus::Cancelled || order.finality == Finality::Final;
            if !is_settled {
                world.nudge().await;
            }
            is_settled.then_some(order)
        })
        .await;
        captures += usize::from(ended.status != OrderStatus::Cancelled);
    }
    let moved = world.movements().await;
    let count = |kind| moved.iter().filter(|(moved, _)| *moved == kind).count();
    let expected = (ids.len(), captures, ids.len() - captures);
    assert_eq!((count(EntryKind::Hold), count(EntryKind::Capture), count(EntryKind::Release)), expected);
    world.check().await;
    world.end_terms().await;
    eventually("all stake to be home", async || {
        world.nudge().await;
        (world.lent_in_the_books().await == 0).then_some(())
    })
    .await;
    world.check_at_rest().await;
    world.stop().await;
}
