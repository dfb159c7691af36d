use flash_core::units::Sun;
use poem::http::Method;
use serde_json::json;

use crate::world::{OPERATOR, SERVICE, USER_7, World, address, supplier, wish};

#[tokio::test]
async fn a_wallet_with_a_key_joins_the_pool_with_its_stake() {
    let world = World::new().await;
    world.chain.supply(address(101), Sun::from_trx(500).unwrap());
    let body = json!({ "address": address(101).to_string(), "priority": 9 });
    let added = world.post("/api/supplier-wallets/add", OPERATOR, body.clone()).await;
    assert_eq!(added.status, 200, "{}", added.body);
    let wallet = &added.body;
    assert_eq!(
        (&wallet["enabled"], &wallet["priority"], &wallet["limit_sun"]),
        (&json!(true), &json!(9), &json!(500_000_000))
    );
    assert_eq!(world.post("/api/supplier-wallets/add", OPERATOR, body).await.body, *wallet);
    for path in ["/api/supplier-wallets", "/api/supplier-wallets/"] {
        assert_eq!(world.get(path, OPERATOR).await.body["items"].as_array().unwrap().len(), 2, "{path}");
    }
}

#[tokio::test]
async fn wallets_that_cannot_lend_are_refused() {
    let world = World::new().await;
    world.chain.supply(address(102), Sun::TRX);
    world.chain.make_contract(address(102));
    let wallet = |n: u8| json!({ "address": address(n).to_string() });
    let add = |body| world.post("/api/supplier-wallets/add", OPERATOR, body);
    assert_eq!(add(wallet(1)).await.refusal(), (422, "WALLET_HAS_NO_KEY"));
    assert_eq!(add(wallet(102)).await.refusal(), (422, "WALLET_IS_CONTRACT"));
    assert_eq!(add(json!({ "address": "x" })).await.refusal(), (400, "INVALID_ADDRESS"));
    for priority in [-1, 256] {
        let body = json!({ "address": address(1).to_string(), "priority": priority });
        assert_eq!(add(body).await.refusal(), (400, "INVALID_ARGUMENT"));
    }
}

#[tokio::test]
async fn a_private_key_is_refused_and_not_sent_back() {
    let world = World::new().await;
    let secret = "ab".repeat(32);
    let body = json!({ "address": address(101).to_string(), "private_key": secret });
    let answer = world.post("/api/supplier-wallets/add", OPERATOR, body).await;
    assert_eq!(answer.refusal(), (400, "INVALID_ARGUMENT"));
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.contains("never sent over HTTP") && !detail.contains(&secret), "{detail}");
}

#[tokio::test]
async fn a_wallet_is_switched_over_or_to_what_is_asked() {
    let world = World::new().await;
    let path = format!("/api/supplier-wallets/{}/toggle", supplier());
    for (body, enabled) in [
        (None, false),
        (None, true),
        (Some(json!({ "enabled": false })), false),
        (Some(json!({ "enabled": false })), false),
    ] {
        let answer = world.call(Method::PUT, &path, OPERATOR, body).await;
        assert_eq!((answer.status, &answer.body["enabled"]), (200, &json!(enabled)), "{}", answer.body);
    }
    world.pay_in(7, "10").await;
    assert_eq!(world.post("/api/orders", USER_7, wish()).await.refusal(), (409, "NO_CAPACITY"));
    let unknown = format!("/api/supplier-wallets/{}/toggle", address(9));
    assert_eq!(world.call(Method::PUT, &unknown, OPERATOR, None).await.refusal(), (404, "WALLET_NOT_FOUND"));
    let bad = Some(json!({ "enabled": "yes" }));
    assert_eq!(world.call(Method::PUT, &path, OPERATOR, bad).await.refusal(), (400, "INVALID_ARGUMENT"));
    let not_one = "/api/supplier-wallets/7/toggle";
    assert_eq!(world.call(Method::PUT, not_one, OPERATOR, None).await.refusal(), (400, "INVALID_ADDRESS"));
}

#[tokio::test]
async fn balances_are_updated_from_the_chain() {
    let world = World::with_stake(500).await;
    world.chain.supply(supplier(), Sun::from_trx(600).unwrap());
    let updated = world.call(Method::POST, "/api/supplier-wallets/update-balances", OPERATOR, None).await;
    assert_eq!(updated.body["items"][0]["limit_sun"], 600_000_000);
    world.chain.set_down(true);
    let down = world.call(Method::POST, "/api/supplier-wallets/update-balances", OPERATOR, None).await;
    assert_eq!(down.refusal(), (503, "UNAVAILABLE"));
    assert!(down.header("retry-after").is_some());
    assert!(!down.body.to_string().contains("fake chain"));
}

#[tokio::test]
async fn a_round_of_the_engine_carries_orders_forward() {
    let world = World::new().await;
    world.pay_in(7, "10").await;
    world.post("/api/orders", SERVICE, wish()).await;
    let worked = world.call(Method::POST, "/api/supplier-wallets/process-orders", OPERATOR, None).await;
    assert_eq!((worked.status, &worked.body["orders"]), (200, &json!(1)), "{}", worked.body);
    let orders = world.get("/api/orders?user_id=7", SERVICE).await.body;
    assert_eq!(orders["items"][0]["status"], "processing");
}
