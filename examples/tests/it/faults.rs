//! A node on a bad day. Whatever it does, a customer is charged once or paid back once, and no stake is out twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use flash_adapter_http::wire::{EntryKind, Finality, Order, OrderStatus};
use serde_json::{Value, json};
use tokio::task::{JoinHandle, JoinSet};

use crate::net::Net;
use crate::world::World;

const SPEED: u32 = 20;

/// Looks at the chain all the time and keeps the most stake that was ever out.
struct Watch {
    most: Arc<AtomicI64>,
    over: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Watch {
    fn start(net: Net, wallets: Vec<String>) -> Self {
        let (most, over) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicBool::new(false)));
        let (seen, stop) = (Arc::clone(&most), Arc::clone(&over));
        let task = tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                // A silent node shows nothing.
                if let Some(lent) = net.try_lent(&wallets).await {
                    seen.fetch_max(lent, Ordering::Relaxed);
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        Self { most, over, task }
    }

    /// The most that was seen.
    async fn most(self) -> i64 {
        self.over.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
        self.most.load(Ordering::Relaxed)
    }
}

fn stake(order: &Order) -> i64 {
    order.delegations.iter().map(|delegation| delegation.stake_sun).sum()
}

/// Everything is at rest, and the order's money is where its status says.
async fn check_settled(world: &World, order: &Order) {
    assert!(matches!(order.status, OrderStatus::Expired | OrderStatus::Failed), "{order:?}");
    let end = if order.status == OrderStatus::Expired { EntryKind::Capture } else { EntryKind::Release };
    let price = order.cost_trx.clone();
    assert_eq!(world.movements().await, [(EntryKind::Hold, price.clone()), (end, price)]);
    world.check_at_rest().await;
}

/// Walks one order through a fault that strikes its delegation, and again the way home.
async fn one_order_survives(fault: Value) {
    let world = World::at_speed(SPEED).await;
    let watch = Watch::start(world.net.clone(), world.ready().supplier_addresses.clone());
    let on = |contract: &str| {
        let mut fault = fault.clone();
        fault["contract"] = contract.into();
        fault
    };
    world.net.fault(on("DelegateResourceContract")).await;
    let order = world.place(65_000).await;
    world.once(&order.id, "the delivery", |order| order.status == OrderStatus::Completed).await;
    world.later(&order.id, "the delivery to become final", |order| order.finality == Finality::Final).await;
    world.net.fault(on("UnDelegateResourceContract")).await;
    let order = world.run_out(&order.id).await;
    check_settled(&world, &order).await;
    assert_eq!(watch.most().await, stake(&order), "once, and no more: {order:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broadcast_that_never_arrived_is_sent_again() {
    one_order_survives(json!({ "kind": "lose_before", "count": 1 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broadcast_whose_answer_was_lost_counts_once() {
    one_order_survives(json!({ "kind": "lose_after", "count": 1 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_was_taken_and_dropped_is_sent_again() {
    one_order_survives(json!({ "kind": "drop", "count": 1 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_was_refused_once_is_sent_again() {
    one_order_survives(json!({ "kind": "refuse", "code": "SERVER_BUSY", "count": 1 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_sounds_final_is_no_evidence() {
    one_order_survives(json!({ "kind": "refuse", "code": "CONTRACT_VALIDATE_ERROR", "count": 1 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_late_changes_nothing() {
    one_order_survives(json!({ "kind": "delay", "answer_ms": 500, "count": 1 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_waits_for_its_block_is_not_replaced() {
    one_order_survives(json!({ "kind": "delay", "seconds": 30, "count": 1 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delegation_dropped_until_it_expired_is_signed_anew_and_lands_once() {
    let world = World::at_speed(SPEED).await;
    let watch = Watch::start(world.net.clone(), world.ready().supplier_addresses.clone());
    world.net.fault(json!({ "kind": "drop" })).await;
    let order = world.place(65_000).await;
    let signed = |order: &Order| order.delegations.first().and_then(|delegation| delegation.tx_id.clone());
    let first = world.once(&order.id, "a delegation", |order| signed(order).is_some()).await;
    world.later(&order.id, "another attempt", |order| signed(order) != signed(&first) && signed(order).is_some()).await;
    world.net.fault(json!({ "kind": "clear" })).await;
    let order = world.run_out(&order.id).await;
    check_settled(&world, &order).await;
    let happened = world.operator.events(0, 100).await.unwrap().items;
    assert!(happened.iter().any(|event| event.kind == "attempt_died"), "{happened:?}");
    // What a node drops it shows first, so the stake may be seen early, but never twice.
    assert_eq!(watch.most().await, stake(&order), "once, and no more: {order:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_never_lands_fails_and_is_paid_back_once() {
    let world = World::at_speed(SPEED).await;
    world.net.fault(json!({ "kind": "refuse", "contract": "DelegateResourceContract" })).await;
    let order = world.place(65_000).await;
    let order = world.later(&order.id, "the order to fail", |order| order.status == OrderStatus::Failed).await;
    check_settled(&world, &order).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_silent_for_a_while_delays_an_order_and_no_more() {
    let world = World::at_speed(SPEED).await;
    let watch = Watch::start(world.net.clone(), world.ready().supplier_addresses.clone());
    let silent = async |seconds| {
        world.net.fault(json!({ "kind": "stop" })).await;
        world.net.advance(seconds).await;
        assert_eq!(world.operator.update_wallets().await.unwrap_err().code(), Some("UNAVAILABLE"));
    };
    let order = world.place(65_000).await;
    silent(100).await;
    let refused = world.customer.place_order(&world.wish(65_000), None).await.unwrap_err();
    assert_eq!(refused.code(), Some("UNAVAILABLE"), "{refused:?}");
    world.net.fault(json!({ "kind": "resume" })).await;
    world.later(&order.id, "the delivery to become final", |order| order.finality == Finality::Final).await;
    // The term ends while nobody answers.
    silent(700).await;
    assert_eq!(world.order(&order.id).await.status, OrderStatus::Completed);
    world.net.fault(json!({ "kind": "resume" })).await;
    let order = world.later(&order.id, "the order to expire", |order| order.status == OrderStatus::Expired).await;
    check_settled(&world, &order).await;
    assert_eq!(watch.most().await, stake(&order), "once, and no more: {order:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_orders_in_a_bad_hour_with_two_workers_all_end_well() {
    const ORDERS: usize = 24;
    let world = World::at_speed(10).await;
    let watch = Watch::start(world.net.clone(), world.ready().supplier_addresses.clone());
    for fault in [
        json!({ "kind": "drop", "count": 6 }),
        json!({ "kind": "lose_after", "count": 8 }),
        json!({ "kind": "lose_before", "count": 8 }),
        json!({ "kind": "refuse", "count": 6 }),
        json!({ "kind": "delay", "seconds": 20, "count": 6 }),
        json!({ "kind": "delay", "answer_ms": 100, "count": 6 }),
    ] {
        world.net.fault(fault).await;
    }
    let mut placing = JoinSet::new();
    for n in 0..ORDERS {
        let mut wish = world.wish(65_000);
        wish.receive_address.clone_from(&world.ready().receivers[n % 2]);
        let customer = world.customer.clone();
        placing.spawn(async move { customer.place_order(&wish, None).await.unwrap().into_order() });
    }
    let orders = placing.join_all().await;
    let all_stake = orders.iter().map(stake).sum();

    // A second worker, which also comes when the first is at it.
    let (operator, over) = (world.operator.clone(), Arc::new(AtomicBool::new(false)));
    let stop = Arc::clone(&over);
    let second = tokio::spawn(async move {
        while !stop.load(Ordering::Relaxed) {
            operator.process_orders().await.unwrap();
        }
    });
    let settled = |order: &Order| order.finality == Finality::Final || order.status == OrderStatus::Failed;
    for order in &orders {
        world.later(&order.id, "all orders to be settled", settled).await;
    }
    for fault in ["lose_after", "drop", "refuse"] {
        world.net.fault(json!({ "kind": fault, "count": 5 })).await;
    }
    world.end_terms().await;
    let ended = |order: &Order| matches!(order.status, OrderStatus::Expired | OrderStatus::Failed);
    let mut expired = 0;
    for order in &orders {
        let order = world.later(&order.id, "all orders to end", ended).await;
        expired += usize::from(order.status == OrderStatus::Expired);
    }
    over.store(true, Ordering::Relaxed);
    second.await.unwrap();
    let moved = world.movements().await;
    let count = |kind| moved.iter().filter(|(moved, _)| *moved == kind).count();
    let counts = (count(EntryKind::Hold), count(EntryKind::Capture), count(EntryKind::Release));
    assert_eq!(counts, (ORDERS, expired, ORDERS - expired));
    world.check_at_rest().await;
    let most = watch.most().await;
    assert!(most > 0 && most <= all_stake, "{most} was out of {all_stake}");
    world.stop().await;
}
