//! A rental from beginning to end over HTTP, on a clock that runs by itself.

use flash_core::clock::Clock;
use flash_core::time::Span;
use flash_devnet::{Config, Devnet, Speed};
use flash_tron::address::hex_address;
use serde_json::json;

use crate::bench::{freeze, lend, reclaim};
use crate::http::Site;

#[tokio::test]
async fn a_rental_is_pending_then_included_then_solid_and_then_gone() {
    let site = Site::start().await;
    let faucet = |address| json!({ "address": address, "amount_sun": 10_000_000_000_i64 });
    let (owner, receiver) = (flash_devnet::demo_key("owner"), flash_devnet::demo_key("receiver").address());
    site.ask("/devnet/faucet", faucet(owner.address())).await;
    site.ask("/devnet/faucet", faucet(receiver)).await;

    let stake = freeze(&owner, 7_000_000_000, flash_tron::contract::Resource::Energy);
    let (id, hex) = site.sign(&owner, stake);
    let answer = site.broadcast(&hex).await.unwrap();
    assert_eq!((&answer["result"], &answer["code"], &answer["txid"]), (&json!(true), &json!("SUCCESS"), &json!(id)));
    site.block();

    let (id, hex) = site.sign(&owner, lend(&owner, receiver, 6_862));
    let answer = site.broadcast(&hex).await.unwrap();
    assert_eq!(answer["result"], true, "{answer}");
    assert!(answer["transaction"].as_str().unwrap().contains("DelegateResourceContract"));
    let by_id = json!({ "value": id });
    let pair = json!({ "fromAddress": hex_address(&owner.address()), "toAddress": hex_address(&receiver) });
    let lent = json!({ "delegatedResource": [{
        "from": hex_address(&owner.address()), "to": hex_address(&receiver), "frozen_balance_for_energy": 6_862_000_000_i64,
    }]});

    // In the pool: `/wallet` shows the effect and the transaction as if they were final, but no receipt.
    assert_eq!(site.ask("/wallet/getdelegatedresourcev2", pair.clone()).await, lent);
    let pending = site.ask("/wallet/gettransactionbyid", by_id.clone()).await;
    assert_eq!(pending["ret"], json!([{ "contractRet": "SUCCESS" }]));
    assert_eq!(pending["txID"], json!(id));
    assert_eq!(site.ask("/wallet/gettransactioninfobyid", by_id.clone()).await, json!({}));
    assert_eq!(site.ask("/walletsolidity/getdelegatedresourcev2", pair.clone()).await, json!({}));

    // In a block: there is a receipt, and the solid side still knows nothing.
    site.block();
    let info = site.ask("/wallet/gettransactioninfobyid", by_id.clone()).await;
    assert_eq!(info["blockNumber"], 42);
    assert_eq!(info.get("result"), None);
    assert!(info["receipt"]["net_usage"].as_i64().unwrap() > 270);
    let in_block = site.ask("/wallet/getblockbynum", json!({ "num": 42 })).await;
    assert_eq!(in_block["transactions"], json!([pending]));
    assert_eq!(site.ask("/wallet/gettransactioninfobyblocknum", json!({ "num": 42 })).await, json!([info]));
    assert_eq!(site.ask("/walletsolidity/gettransactioninfobyid", by_id.clone()).await, json!({}));
    assert_eq!(site.ask("/walletsolidity/gettransactionbyid", by_id.clone()).await, json!({}));
    let index = site.ask("/wallet/getdelegatedresourceaccountindexv2", json!({ "value": hex_address(&receiver) }));
    assert_eq!(index.await["fromAccounts"], json!([hex_address(&owner.address())]));

    // 18 blocks later it is solid.
    site.devnet.advance(Span::from_secs(54));
    assert_eq!(site.ask("/walletsolidity/gettransactioninfobyid", by_id).await, info);
    assert_eq!(site.ask("/walletsolidity/getdelegatedresourcev2", pair.clone()).await, lent);

    // And it goes the same way back.
    let (_, hex) = site.sign(&owner, reclaim(&owner, receiver, 6_862));
    assert_eq!(site.broadcast(&hex).await.unwrap()["result"], true);
    assert_eq!(site.ask("/wallet/getdelegatedresourcev2", pair.clone()).await, json!({}));
    site.devnet.advance(Span::from_secs(54));
    assert_eq!(site.ask("/walletsolidity/getdelegatedresourcev2", pair.clone()).await, lent);
    site.devnet.advance(Span::from_secs(3));
    assert_eq!(site.ask("/walletsolidity/getdelegatedresourcev2", pair).await, json!({}));
    site.devnet.stop().await;
}

#[tokio::test]
async fn two_weeks_pass_over_http_and_the_stake_can_be_withdrawn() {
    let site = Site::start().await;
    let owner = site.wallet("owner", 10, 100);
    let (_, hex) =
        site.sign(&owner, crate::bench::unfreeze(&owner, 100_000_000, flash_tron::contract::Resource::Energy));
    assert_eq!(site.broadcast(&hex).await.unwrap()["result"], true);
    let moved = site.ask("/devnet/advance", json!({ "seconds": 14 * 86_400 })).await;
    assert_eq!(moved["head"]["number"], 40 + 403_200);
    let who = json!({ "owner_address": hex_address(&owner.address()) });
    let mut built = site.ask("/wallet/withdrawexpireunfreeze", who).await;
    let id = built["txID"].as_str().unwrap().parse().unwrap();
    built["signature"] = json!([owner.sign(&id).to_string()]);
    assert_eq!(site.ask("/wallet/broadcasttransaction", built).await["result"], true);
    site.block();
    let info = site.ask("/wallet/gettransactioninfobyid", json!({ "value": id })).await;
    assert_eq!(info["withdraw_expire_amount"], 100_000_000);
}

#[tokio::test]
async fn a_running_clock_produces_blocks_and_can_be_shared() {
    let devnet = Devnet::local(&Config { speed: Speed::times(600), ..Config::default() }).await.unwrap();
    let clock = devnet.clock();
    let (before, head) = (clock.now(), devnet.with_network(|network| network.head()));
    assert!(before.distance(flash_core::clock::SystemClock.now()) < Span::from_secs(60));
    // 600 chain seconds a second: 20 blocks take a tenth of one.
    let mut waited = 0;
    while devnet.with_network(|network| network.head().height.0) < head.height.0 + 20 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        waited += 1;
        assert!(waited < 500, "no blocks");
    }
    let latest = devnet.with_network(|network| network.head().time);
    assert!(clock.now().distance(latest) < Span::from_secs(30));
    assert!(clock.now() > before);
    devnet.stop().await;
}
