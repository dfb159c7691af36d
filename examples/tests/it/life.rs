//! One order from its placing to its end.

use flash_adapter_http::client::Placed;
use flash_adapter_http::wire::{DelegationStatus, EntryKind, Finality, OrderStatus};
use serde_json::json;

use crate::world::World;

/// Slow enough to look at every state, however busy the machine is; the test moves time itself.
const SPEED: u32 = 5;
/// What 65,000 Energy cost for ten minutes.
const PRICE: &str = "1.300000";

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_delivered_charged_once_and_ends_with_its_term() {
    let world = World::at_speed(SPEED).await;
    let user = world.ready().user_id;
    let receiver = world.ready().receivers[0].clone();
    let free =
        || async { world.operator.wallets().await.unwrap().items.iter().map(|wallet| wallet.free_sun).sum::<i64>() };
    let free_before = free().await;

    // The network takes its time, so that the order can be seen under way.
    world.net.fault(json!({ "kind": "delay", "seconds": 30, "count": 1 })).await;
    let placed = world.customer.place_order(&world.wish(65_000), Some("the-only-one")).await.unwrap();
    let Placed::New(placed) = placed else { panic!("{placed:?}") };
    assert_eq!((placed.cost_trx.as_str(), placed.finality), (PRICE, Finality::None));
    let id = placed.id.as_str();

    let order = world.once(id, "a signed delegation", |order| order.status == OrderStatus::Processing).await;
    assert_eq!((order.delegations.len(), order.expires_at), (1, None));
    assert_eq!(order.delegations[0].status, DelegationStatus::Delegating);
    let balance = world.balance(user).await;
    assert_eq!((balance.available_trx.as_str(), balance.held_trx.as_str()), ("98.700000", PRICE));

    world.net.advance(33).await;
    let order = world.once(id, "the delivery", |order| order.status == OrderStatus::Completed).await;
    assert_eq!(order.finality, Finality::Included);
    assert!(order.expires_at.is_some());
    let delegation = &order.delegations[0];
    assert_eq!(world.net.loan(&delegation.wallet, &receiver).await, delegation.stake_sun);
    assert_eq!(world.lent().await, delegation.stake_sun, "between these two alone");
    assert_eq!(world.balance(user).await.held_trx, PRICE, "not charged before it is final");
    assert_eq!(free().await, free_before - delegation.stake_sun);
    world.check().await;

    world.make_solid().await;
    let order = world.once(id, "the delivery to become final", |order| order.finality == Finality::Final).await;
    assert_eq!((order.status, order.delegations[0].status), (OrderStatus::Completed, DelegationStatus::Delegated));
    let balance = world.balance(user).await;
    assert_eq!((balance.available_trx.as_str(), balance.held_trx.as_str()), ("98.700000", "0.000000"));
    assert_eq!(world.net.loan(&delegation.wallet, &receiver).await, delegation.stake_sun);
    world.check().await;

    world.end_terms().await;
    let order = world.later(id, "the order to expire", |order| order.status == OrderStatus::Expired).await;
    assert_eq!(order.delegations[0].status, DelegationStatus::Returned);
    assert!(order.delegations[0].reclaim_tx_id.is_some());
    assert_eq!(world.net.loan(&delegation.wallet, &receiver).await, 0);
    let paid = [(EntryKind::Hold, PRICE.to_owned()), (EntryKind::Capture, PRICE.to_owned())];
    assert_eq!(world.movements().await, paid);
    world.check_at_rest().await;
    assert_eq!(free().await, free_before, "the wallet can lend all of it again");

    let happened = world.operator.events(0, 100).await.unwrap().items;
    let of_orders: Vec<_> =
        happened.iter().map(|event| event.kind.as_str()).filter(|kind| kind.starts_with("order_")).collect();
    assert_eq!(of_orders, ["order_placed", "order_completed", "order_final", "order_expired"]);

    let replayed = world.customer.place_order(&world.wish(65_000), Some("the-only-one")).await.unwrap();
    assert!(matches!(&replayed, Placed::Replayed(order) if order.id == id), "{replayed:?}");
    let again = world.place(65_000).await;
    assert_eq!(world.run_out(&again.id).await.status, OrderStatus::Expired);
    world.check_at_rest().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_between_the_same_two_share_a_delegation_and_each_ends_with_its_own_term() {
    let world = World::at_speed(20).await;
    let first = world.place(65_000).await;
    world.later(&first.id, "the first to be final", |order| order.finality == Finality::Final).await;
    world.net.advance(300).await;
    let second = world.place(130_000).await;
    let second = world.later(&second.id, "the second to be final", |order| order.finality == Finality::Final).await;
    let (wallet, receiver) = (&second.delegations[0].wallet, &second.receive_address);
    let first = world.order(&first.id).await;
    assert_eq!(&first.delegations[0].wallet, wallet, "the best fit is the same");
    let both = first.delegations[0].stake_sun + second.delegations[0].stake_sun;
    assert_eq!(world.net.loan(wallet, receiver).await, both, "the chain merges them");

    world.net.advance(210).await;
    world.later(&first.id, "the first to expire", |order| order.status == OrderStatus::Expired).await;
    assert_eq!(world.order(&second.id).await.status, OrderStatus::Completed);
    assert_eq!(world.net.loan(wallet, receiver).await, second.delegations[0].stake_sun, "what is left is the second's");
    world.check().await;

    world.run_out(&second.id).await;
    world.check_at_rest().await;
    world.stop().await;
}
