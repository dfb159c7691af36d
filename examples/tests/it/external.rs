//! A server on a network that was there before it.

use flash_adapter_http::wire::{Finality, OrderStatus};
use flash_devnet::{Config, Devnet, Speed};

use crate::net::Net;
use crate::world::World;

const SPEED: u32 = 20;

/// A devnet on its own, and what a server is told of it.
async fn devnet() -> (Devnet, [String; 5]) {
    let devnet = Devnet::local(&Config { speed: Speed::times(SPEED), ..Config::default() }).await.unwrap();
    let speed = SPEED.to_string();
    let args = ["--node", &devnet.url(), "--demo", "--devnet-speed", &speed].map(str::to_owned);
    (devnet, args)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_on_a_devnet_of_its_own_funds_once_and_follows_the_time_of_the_chain() {
    let (devnet, args) = devnet().await;
    let args = args.each_ref().map(String::as_str);
    let first = World::with(&args).await;
    assert_eq!(first.ready().devnet, devnet.url());
    let net = first.net.clone();
    let wallets = first.ready().supplier_addresses.clone();
    let accounts = [wallets.clone(), first.ready().receivers.clone()].concat();
    let funded = funds(&net, &accounts).await;
    first.stop().await;

    let second = World::with(&args).await;
    assert_eq!(funds(&net, &accounts).await, funded, "the second start gives nobody anything");
    let order = second.place(65_000).await;
    let order = second.once(&order.id, "the delivery", |order| order.status == OrderStatus::Completed).await;
    assert_eq!(net.lent(&wallets).await, order.delegations[0].stake_sun);
    second.later(&order.id, "the delivery to become final", |order| order.finality == Finality::Final).await;
    assert_eq!(second.order(&order.id).await.status, OrderStatus::Completed, "its term has not ended");

    // The server's clock is the machine's; the chain's is ahead of it from here on.
    second.run_out(&order.id).await;
    second.check_at_rest().await;
    let order = second.place(65_000).await;
    second.run_out(&order.id).await;
    second.check_at_rest().await;
    second.stop().await;
    devnet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_placed_right_after_time_was_moved_is_delivered() {
    let (devnet, args) = devnet().await;
    let world = World::with(&args.each_ref().map(String::as_str)).await;
    world.net.advance(3 * 3_600).await;
    let order = world.place(65_000).await;
    world.once(&order.id, "the delivery", |order| order.status == OrderStatus::Completed).await;
    world.stop().await;
    devnet.stop().await;
}

/// Balance and stake of accounts.
async fn funds(net: &Net, accounts: &[String]) -> Vec<String> {
    let mut funds = Vec::new();
    for account in accounts {
        let shown = net.account(account).await;
        funds.push(format!("{account}: {} {}", shown["balance"], shown["frozenV2"]));
    }
    funds
}
