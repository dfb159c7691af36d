//! The pool's stake: more than there is, more than one wallet has, and less than the books say.

use flash_adapter_http::wire::{DelegationStatus, EntryKind, Failure, MovementKind, OrderStatus};
use flash_devnet::demo_key;
use flash_tron::PrivateKey;
use serde_json::json;

use crate::world::{World, eventually};

const SPEED: u32 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_beyond_the_pools_stake_is_refused_and_costs_nothing() {
    let world = World::at_speed(SPEED).await;
    let user = world.ready().user_id;
    world.move_money(user, MovementKind::Deposit, "900").await;
    for key in [None, Some("too-much"), Some("too-much")] {
        let refused = world.customer.place_order(&world.wish(6_000_000), key).await.unwrap_err();
        assert_eq!(refused.code(), Some("NO_CAPACITY"), "{refused:?}");
    }
    let balance = world.balance(user).await;
    assert_eq!((balance.available_trx.as_str(), balance.held_trx.as_str()), ("1000.000000", "0.000000"));
    assert_eq!(world.movements().await, [(EntryKind::Deposit, "900.000000".to_owned())]);
    world.check_at_rest().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_too_large_for_one_wallet_is_split_and_all_of_it_comes_home() {
    let world = World::at_speed(SPEED).await;
    let order = world.place(3_000_000).await;
    let order = world.once(&order.id, "the delivery", |order| order.status == OrderStatus::Completed).await;
    assert!(order.delegations.len() > 1, "{order:?}");
    for delegation in &order.delegations {
        assert_eq!(world.net.loan(&delegation.wallet, &order.receive_address).await, delegation.stake_sun);
    }
    let order = world.run_out(&order.id).await;
    assert!(order.delegations.iter().all(|delegation| delegation.status == DelegationStatus::Returned), "{order:?}");
    let price = order.cost_trx;
    assert_eq!(world.movements().await, [(EntryKind::Hold, price.clone()), (EntryKind::Capture, price)]);
    world.check_at_rest().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_order_of_which_one_part_cannot_land_is_undone_and_paid_back_once() {
    // Slow, so that the attempts live until the trap is set.
    let world = World::at_speed(5).await;
    world.net.fault(json!({ "kind": "refuse", "contract": "DelegateResourceContract" })).await;
    // All three wallets, nearly empty: no other could step in.
    let order = world.place(5_500_000).await;
    let order = world.once(&order.id, "signed delegations", |order| order.status == OrderStatus::Processing).await;
    assert_eq!(order.delegations.len(), 3);

    // Behind our back a supplier takes the stake home that our books have promised.
    let short = supplier(&order.delegations[0].wallet);
    world.net.unstake(&short, order.delegations[0].stake_sun - 1_000_000_000).await;
    let short = short.address().to_string();
    eventually("the stake to be gone", async || {
        let account = world.net.account(&short).await;
        account["unfrozenV2"].as_array().is_some_and(|unfrozen| !unfrozen.is_empty()).then_some(())
    })
    .await;
    world.net.fault(json!({ "kind": "clear" })).await;

    let others: i64 = order.delegations[1..].iter().map(|delegation| delegation.stake_sun).sum();
    eventually("the other parts to land", async || (world.lent().await == others).then_some(())).await;
    assert_eq!(world.balance(order.user_id).await.held_trx, order.cost_trx, "held while anything is out");

    let order = world.later(&order.id, "the order to fail", |order| order.status == OrderStatus::Failed).await;
    assert!(matches!(order.failure, Some(Failure::AttemptsExhausted | Failure::TimedOut)), "{order:?}");
    let states: Vec<_> = order.delegations.iter().map(|delegation| delegation.status).collect();
    assert_eq!(states, [DelegationStatus::Released, DelegationStatus::Returned, DelegationStatus::Returned]);
    let balance = world.balance(order.user_id).await;
    assert_eq!((balance.available_trx.as_str(), balance.held_trx.as_str()), ("100.000000", "0.000000"));
    let price = order.cost_trx;
    assert_eq!(world.movements().await, [(EntryKind::Hold, price.clone()), (EntryKind::Release, price)]);
    world.check_at_rest().await;
    world.stop().await;
}

/// The key of a demo wallet.
fn supplier(address: &str) -> PrivateKey {
    let keys = (0..3).map(|n| demo_key(&format!("supplier-{n}")));
    keys.into_iter().find(|key| key.address().to_string() == address).unwrap()
}
