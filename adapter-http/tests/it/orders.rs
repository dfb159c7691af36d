use poem::http::Method;
use serde_json::{Value, json};

use crate::world::{OPERATOR, SERVICE, USER_7, World, address, receiver, supplier, wish};

fn with(field: &str, value: Value) -> Value {
    let mut body = wish();
    body[field] = value;
    body
}

#[tokio::test]
async fn a_placed_order_holds_its_price_and_is_shown_in_full() {
    let world = World::new().await;
    world.pay_in(7, "10").await;
    let placed = world.post("/api/orders", USER_7, with("client_order_id", json!("a-1"))).await;
    assert_eq!(placed.status, 201, "{}", placed.body);
    let order = &placed.body;
    let expected = json!({
        "id": order["id"],
        "user_id": 7,
        "status": "pending",
        "cost_trx": "1.950000",
        "energy_amount": 65_000,
        "duration": "1h",
        "receive_address": receiver().to_string(),
        "created_at": "2026-11-22T12:31:27.004Z",
        "expires_at": null,
        "finality": "none",
        "client_order_id": "a-1",
        "failure": null,
        "delegations": [{
            "wallet": supplier().to_string(),
            "tx_id": null,
            "stake_sun": 6_867_972_224_i64,
            "status": "reserved",
            "reclaim_tx_id": null,
        }],
    });
    assert_eq!(*order, expected);
    let balance = world.get("/api/users/7/balance", USER_7).await.body;
    assert_eq!((&balance["available_trx"], &balance["held_trx"]), (&json!("8.050000"), &json!("1.950000")));
}

#[tokio::test]
async fn an_order_is_delivered_early_final_later_and_reclaimed_at_the_end() {
    let world = World::new().await;
    world.pay_in(7, "10").await;
    let id = world.post("/api/orders", USER_7, wish()).await.body["id"].as_str().unwrap().to_owned();
    let path = format!("/api/orders/{id}");
    world.run(3).await;
    let early = world.get(&path, USER_7).await.body;
    assert_eq!((&early["status"], &early["finality"]), (&json!("completed"), &json!("included")));
    assert!(early["expires_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(early["delegations"][0]["tx_id"].as_str().unwrap().len(), 64);
    world.run(25).await;
    let late = world.get(&path, USER_7).await.body;
    assert_eq!((&late["status"], &late["finality"]), (&json!("completed"), &json!("final")));
    world.run(1_300).await;
    let over = world.get(&path, USER_7).await.body;
    assert_eq!((&over["status"], &over["delegations"][0]["status"]), (&json!("expired"), &json!("returned")));
    assert_eq!(over["delegations"][0]["reclaim_tx_id"].as_str().unwrap().len(), 64);
    assert!(world.is_clean().await);
}

#[tokio::test]
async fn the_same_key_and_body_is_the_same_order() {
    let world = World::new().await;
    world.pay_in(7, "10").await;
    let send = async |key: &str| {
        world.call_with(Method::POST, "/api/orders/", USER_7, &[("Idempotency-Key", key)], Some(wish())).await
    };
    let first = send("k-1").await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, None));
    for key in ["k-1", "\"k-1\""] {
        let again = send(key).await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (200, Some("true")));
        assert_eq!(again.body, first.body);
    }
    assert_eq!(world.get("/api/users/7/balance", USER_7).await.body["held_trx"], "1.950000");
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused() {
    let world = World::new().await;
    world.pay_in(7, "10").await;
    let key = [("Idempotency-Key", "k-1")];
    let send = |body| world.call_with(Method::POST, "/api/orders", USER_7, &key, Some(body));
    assert_eq!(send(wish()).await.status, 201);
    assert_eq!(send(with("energy_amount", json!(70_000))).await.refusal(), (409, "IDEMPOTENCY_CONFLICT"));
}

#[tokio::test]
async fn a_client_order_id_names_one_order_of_its_user() {
    let world = World::new().await;
    world.pay_in(7, "10").await;
    world.pay_in(8, "10").await;
    let mine = with("client_order_id", json!("a-1"));
    assert_eq!(world.post("/api/orders", SERVICE, mine.clone()).await.status, 201);
    assert_eq!(world.post("/api/orders", SERVICE, mine.clone()).await.status, 200);
    let mut other = mine.clone();
    other["duration"] = json!("1d");
    assert_eq!(world.post("/api/orders", SERVICE, other).await.refusal(), (409, "CLIENT_ORDER_ID_CONFLICT"));
    let mut theirs = mine;
    theirs["user_id"] = json!(8);
    assert_eq!(world.post("/api/orders", SERVICE, theirs).await.status, 201);
}

#[tokio::test]
async fn a_refusal_for_lack_of_money_is_heard_again_under_its_key_even_after_paying_in() {
    let world = World::new().await;
    let key = [("Idempotency-Key", "k-1")];
    let send = || world.call_with(Method::POST, "/api/orders", USER_7, &key, Some(wish()));
    assert_eq!(send().await.refusal(), (402, "INSUFFICIENT_BALANCE"));
    world.pay_in(7, "10").await;
    assert_eq!(send().await.refusal(), (402, "INSUFFICIENT_BALANCE"));
    assert_eq!(world.post("/api/orders", USER_7, wish()).await.status, 201);
}

#[tokio::test]
async fn wishes_that_cannot_be_met_are_refused_with_their_own_code() {
    let world = World::with_stake(8_000).await;
    world.chain.make_contract(address(2));
    world.pay_in(7, "1000").await;
    let to = |n| json!(address(n).to_string());
    for (field, value, refusal) in [
        ("user_id", json!(0), (400, "INVALID_ARGUMENT")),
        ("user_id", json!(-7), (400, "INVALID_ARGUMENT")),
        ("user_id", json!(9_007_199_254_740_993_i64), (400, "INVALID_ARGUMENT")),
        ("user_id", json!(u64::MAX), (400, "INVALID_ARGUMENT")),
        ("user_id", json!("7"), (400, "INVALID_ARGUMENT")),
        ("user_id", json!(7.0), (400, "INVALID_ARGUMENT")),
        ("user_id", Value::Null, (400, "INVALID_ARGUMENT")),
        ("energy_amount", json!(0), (400, "INVALID_ENERGY_AMOUNT")),
        ("energy_amount", json!(-65_000), (400, "INVALID_ENERGY_AMOUNT")),
        ("energy_amount", json!(999), (400, "INVALID_ENERGY_AMOUNT")),
        ("energy_amount", json!(10_000_001), (400, "INVALID_ENERGY_AMOUNT")),
        ("energy_amount", json!(i64::MAX), (400, "INVALID_ENERGY_AMOUNT")),
        ("energy_amount", json!(65_000.5), (400, "INVALID_ARGUMENT")),
        ("energy_amount", json!("65000"), (400, "INVALID_ARGUMENT")),
        ("energy_amount", json!([65_000]), (400, "INVALID_ARGUMENT")),
        ("duration", json!("2h"), (400, "INVALID_DURATION")),
        ("duration", json!(""), (400, "INVALID_DURATION")),
        ("duration", json!(3600), (400, "INVALID_ARGUMENT")),
        ("receive_address", json!("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6T"), (400, "INVALID_RECEIVER_ADDRESS")),
        ("receive_address", json!(""), (400, "INVALID_RECEIVER_ADDRESS")),
        ("receive_address", json!(" TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"), (400, "INVALID_RECEIVER_ADDRESS")),
        ("receive_address", to(3), (422, "RECEIVER_NOT_ACTIVATED")),
        ("receive_address", to(2), (422, "RECEIVER_IS_CONTRACT")),
        ("receive_address", to(100), (422, "RECEIVER_IS_SUPPLIER")),
        ("client_order_id", json!(""), (400, "INVALID_ARGUMENT")),
        ("client_order_id", json!("a b"), (400, "INVALID_ARGUMENT")),
        ("client_order_id", json!("x".repeat(256)), (400, "INVALID_ARGUMENT")),
        ("max_price_trx", json!("1.94"), (409, "PRICE_CHANGED")),
        ("max_price_trx", json!("abc"), (400, "INVALID_AMOUNT")),
        ("max_price_trx", json!(5), (400, "INVALID_ARGUMENT")),
        ("quote_id", json!("abc"), (400, "INVALID_ARGUMENT")),
        ("quote_id", json!("0192f0c1-2b3c-7d4e-8f50-61728394a5b6"), (404, "QUOTE_NOT_FOUND")),
        ("unknown_field", json!(1), (400, "INVALID_ARGUMENT")),
        ("energy_amount", json!(130_000), (409, "NO_CAPACITY")),
    ] {
        let answer = world.post("/api/orders", SERVICE, with(field, value.clone())).await;
        assert_eq!(answer.refusal(), refusal, "{field} = {value}: {}", answer.body);
    }
    let full = world.post("/api/orders", SERVICE, with("energy_amount", json!(130_000))).await;
    assert_eq!(full.header("retry-after"), Some("60"));
    assert_eq!(world.post("/api/orders", SERVICE, with("max_price_trx", json!("1.95"))).await.status, 201);
}

#[tokio::test]
async fn a_pending_order_can_be_cancelled_and_cancelled_again_and_a_delivered_one_cannot() {
    let world = World::new().await;
    world.pay_in(7, "10").await;
    let place = || async { world.post("/api/orders", USER_7, wish()).await.body["id"].as_str().unwrap().to_owned() };
    let cancel = |id: String| world.call_owned(Method::POST, format!("/api/orders/{id}/cancel"), USER_7);
    let id = place().await;
    for _ in 0..2 {
        let cancelled = cancel(id.clone()).await;
        assert_eq!((cancelled.status, &cancelled.body["status"]), (200, &json!("cancelled")));
    }
    assert_eq!(world.get("/api/users/7/balance", USER_7).await.body["available_trx"], "10.000000");
    let id = place().await;
    world.run(3).await;
    assert_eq!(cancel(id).await.refusal(), (409, "NOT_CANCELLABLE"));
    assert!(world.is_clean().await);
}

#[tokio::test]
async fn an_order_that_is_not_there_is_not_found_and_an_id_that_is_none_is_refused() {
    let world = World::new().await;
    let unknown = "/api/orders/0192f0c1-2b3c-7d4e-8f50-61728394a5b6";
    assert_eq!(world.get(unknown, OPERATOR).await.refusal(), (404, "ORDER_NOT_FOUND"));
    assert_eq!(world.post(&format!("{unknown}/cancel"), OPERATOR, json!({})).await.refusal(), (404, "ORDER_NOT_FOUND"));
    for bad in ["1", "abc", "%00", "%ff", "..%2f"] {
        assert_eq!(world.get(&format!("/api/orders/{bad}"), OPERATOR).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn orders_are_listed_newest_first_in_pages_without_gap_or_repeat() {
    let world = World::new().await;
    world.pay_in(7, "100").await;
    world.pay_in(8, "100").await;
    let mut placed = Vec::new();
    for user in [7, 8, 7, 7, 8, 7] {
        let answer = world.post("/api/orders", SERVICE, with("user_id", json!(user))).await;
        if user == 7 {
            placed.push(answer.body["id"].clone());
        }
        world.clock.advance(flash_core::time::Span::from_secs(1));
    }
    placed.reverse();
    let mut listed = Vec::new();
    let mut path = "/api/orders?user_id=7&limit=3".to_owned();
    loop {
        let page = world.get(&path, SERVICE).await.body;
        listed.extend(page["items"].as_array().unwrap().iter().map(|order| order["id"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/orders?user_id=7&limit=3&cursor={cursor}");
    }
    assert_eq!(listed, placed);
    let all = world.get("/api/orders?status=pending", OPERATOR).await.body;
    assert_eq!(all["items"].as_array().unwrap().len(), 6);
    assert_eq!(world.get("/api/orders?status=failed", OPERATOR).await.body["items"], json!([]));
}

#[tokio::test]
async fn list_arguments_that_cannot_be_used_are_refused() {
    let world = World::new().await;
    for (query, refusal) in [
        ("limit=0", "INVALID_ARGUMENT"),
        ("limit=101", "INVALID_ARGUMENT"),
        ("limit=abc", "INVALID_ARGUMENT"),
        ("status=done", "INVALID_ARGUMENT"),
        ("user_id=0", "INVALID_ARGUMENT"),
        ("user_id=7.5", "INVALID_ARGUMENT"),
        ("cursor=abc", "INVALID_CURSOR"),
        ("limit=1&limit=2", "INVALID_ARGUMENT"),
    ] {
        let answer = world.get(&format!("/api/orders?{query}"), OPERATOR).await;
        assert_eq!(answer.refusal(), (400, refusal), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_concurrent_orders_with_money_for_50_exactly_50_are_accepted() {
    let world = std::sync::Arc::new(World::new().await);
    world.pay_in(7, "97.5").await;
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move {
                let answer = world.post("/api/orders", USER_7, wish()).await;
                (answer.status, answer.code().to_owned())
            })
        })
        .collect();
    let (mut accepted, mut refused) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            (201, _) => accepted += 1,
            (402, code) if code == "INSUFFICIENT_BALANCE" => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((accepted, refused), (50, 150));
    let balance = world.get("/api/users/7/balance", USER_7).await.body;
    assert_eq!((&balance["available_trx"], &balance["held_trx"]), (&json!("0.000000"), &json!("97.500000")));
    assert!(world.is_clean().await);
}
