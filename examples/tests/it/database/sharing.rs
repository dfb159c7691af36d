//! Several servers on one database, at once and one after the other.

use flash_adapter_http::client::Client;
use flash_adapter_http::wire::{EntryKind, Finality, OrderStatus};
use flash_core::units::Sun;
use reqwest::StatusCode;

use super::{Premises, readiness};
use crate::programs::Dir;
use crate::starting::SECRET;
use crate::world::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_set_one_demo_up() {
    let premises = Premises::new().await;
    let (one, other, third) = tokio::join!(premises.serve("api"), premises.serve("api"), premises.serve("worker"));
    for world in [&one, &other] {
        let wallets = world.operator.wallets().await.unwrap().items;
        let stakes: Vec<_> = wallets.iter().map(|wallet| wallet.limit_sun / Sun::TRX.get()).collect();
        assert_eq!((stakes.len(), stakes.iter().sum::<i64>()), (3, 600_000), "{wallets:?}");
        let ledger = world.ledger(world.ready().user_id).await;
        let moved: Vec<_> = ledger.iter().map(|entry| (entry.kind, entry.amount.as_str())).collect();
        assert_eq!(moved, [(EntryKind::Deposit, "100.000000")]);
    }
    for world in [one, other, third] {
        assert_eq!(readiness(&world).await, (200, Vec::new()));
        world.stop().await;
    }
    premises.devnet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_takes_an_order_and_another_delivers_it() {
    let premises = Premises::new().await;
    let api = premises.serve("api").await;
    let order = api.place(65_000).await;
    // An engine would have signed within moments.
    api.net.advance(60).await;
    assert_eq!(api.order(&order.id).await.status, OrderStatus::Pending, "nobody delivers");
    api.operator.cancel_order(&order.id).await.unwrap();
    let order = api.place(65_000).await;

    let worker = premises.serve("worker").await;
    for path in ["/api/orders", "/api/prices", "/docs"] {
        let answer = reqwest::get(format!("{}{path}", worker.ready().http)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!((worker.ready().operator_key.as_str(), readiness(&worker).await.0), ("", 200));
    api.run_out(&order.id).await;
    api.check_at_rest().await;
    api.stop().await;
    worker.stop().await;
    premises.devnet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_keys_takes_orders_for_the_pool_of_those_who_have_them() {
    let premises = Premises::new().await;
    let worker = premises.serve("worker").await;
    let dir = Dir::new("without-keys");
    let keys = dir.file("keys", &format!("ops operator {SECRET}\n"));
    let node = premises.devnet.url();
    let args = ["--node", &node, "--api-keys", &keys, "--database-url", &premises.database, "--role", "api"];
    let api = World::with(&args).await;
    let operator = Client::new(&api.ready().http, SECRET).unwrap();
    let order = operator.place_order(&worker.wish(65_000), None).await.unwrap().into_order();
    eventually("the delivery", async || {
        let order = operator.order(&order.id).await.unwrap();
        (order.status == OrderStatus::Completed).then_some(())
    })
    .await;
    api.stop().await;
    worker.stop().await;
    premises.devnet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_goes_on_where_it_was() {
    let premises = Premises::new().await;
    let first = premises.serve("all").await;
    let order = first.place(65_000).await;
    let order = first.once(&order.id, "the delivery", |order| order.status == OrderStatus::Completed).await;
    first.stop().await;

    let second = premises.serve("all").await;
    let known = second.later(&order.id, "it to be final", |order| order.finality == Finality::Final).await;
    assert_eq!((&known.delegations[0].tx_id, known.expires_at), (&order.delegations[0].tx_id, order.expires_at));
    second.run_out(&order.id).await;
    second.check_at_rest().await;
    assert_eq!(second.movements().await.len(), 2, "one hold, one capture");
    second.stop().await;
    premises.devnet.stop().await;
}
