use poem::http::Method;
use serde_json::{Value, json};

use crate::world::{OPERATOR, USER_7, World, wish};

fn money(amount: &str) -> Value {
    json!({ "amount": amount, "reason": "counter" })
}

#[tokio::test]
async fn a_user_who_was_never_seen_has_nothing() {
    let world = World::new().await;
    let zero = "0.000000";
    let nothing =
        json!({ "user_id": 7, "available_trx": zero, "held_trx": zero, "available_usdt": zero, "held_usdt": zero });
    assert_eq!(world.get("/api/users/7/balance", USER_7).await.body, nothing);
}

#[tokio::test]
async fn the_operator_pays_in_takes_back_and_gives() {
    let world = World::new().await;
    let usdt = json!({ "amount": "3", "asset": "USDT", "reason": "counter" });
    for (verb, body) in
        [("deposit", money("10")), ("deduct", money("4.5")), ("refund", money("0.000001")), ("deposit", usdt)]
    {
        let answer = world.post(&format!("/api/users/7/{verb}"), OPERATOR, body).await;
        assert_eq!((answer.status, &answer.body["kind"]), (200, &json!(verb)), "{}", answer.body);
    }
    let balance = world.get("/api/users/7/balance", USER_7).await.body;
    assert_eq!((&balance["available_trx"], &balance["available_usdt"]), (&json!("5.500001"), &json!("3.000000")));
    assert!(world.is_clean().await);
}

#[tokio::test]
async fn a_movement_under_a_key_moves_money_once() {
    let world = World::new().await;
    let key = [("Idempotency-Key", "d-1")];
    let send = async |verb: &str, body: Value| {
        world.call_with(Method::POST, &format!("/api/users/7/{verb}"), OPERATOR, &key, Some(body)).await
    };
    let first = send("deposit", money("10")).await;
    let again = send("deposit", money("10")).await;
    assert_eq!(first.body, again.body);
    assert_eq!(send("deposit", money("11")).await.refusal(), (409, "IDEMPOTENCY_CONFLICT"));
    assert_eq!(send("refund", money("10")).await.refusal(), (409, "IDEMPOTENCY_CONFLICT"));
    assert_eq!(world.get("/api/users/7/balance", OPERATOR).await.body["available_trx"], "10.000000");
}

#[tokio::test]
async fn amounts_that_are_no_money_are_refused() {
    let world = World::new().await;
    for (amount, code) in [
        (json!("0"), "INVALID_AMOUNT"),
        (json!("-1"), "INVALID_AMOUNT"),
        (json!("1e3"), "INVALID_AMOUNT"),
        (json!("0.0000001"), "INVALID_AMOUNT"),
        (json!("99999999999999999999"), "INVALID_AMOUNT"),
        (json!("NaN"), "INVALID_AMOUNT"),
        (json!(""), "INVALID_AMOUNT"),
        (json!(5), "INVALID_ARGUMENT"),
        (json!(5.25), "INVALID_ARGUMENT"),
        (Value::Null, "INVALID_ARGUMENT"),
    ] {
        let body = json!({ "amount": amount, "reason": "counter" });
        let answer = world.post("/api/users/7/deposit", OPERATOR, body).await;
        assert_eq!(answer.refusal(), (400, code), "{amount}");
    }
    let number = world.post("/api/users/7/deposit", OPERATOR, json!({ "amount": 5, "reason": "x" })).await;
    assert!(number.body["detail"].as_str().unwrap().contains("`amount` to be a decimal string"), "{}", number.body);
    for reason in ["", "  ", "a\nb"] {
        let answer = world.post("/api/users/7/deposit", OPERATOR, json!({ "amount": "1", "reason": reason })).await;
        assert_eq!(answer.refusal(), (400, "INVALID_ARGUMENT"), "{reason:?}");
    }
}

#[tokio::test]
async fn a_balance_can_neither_go_below_zero_nor_out_of_range() {
    let world = World::new().await;
    assert_eq!(world.post("/api/users/7/deduct", OPERATOR, money("1")).await.refusal(), (402, "INSUFFICIENT_BALANCE"));
    world.pay_in(7, "9223372036854.775807").await;
    assert_eq!(world.post("/api/users/7/deposit", OPERATOR, money("1")).await.refusal(), (400, "INVALID_AMOUNT"));
}

#[tokio::test]
async fn the_ledger_tells_every_movement_with_the_balance_after_it() {
    let world = World::new().await;
    world.pay_in(7, "10").await;
    let id = world.post("/api/orders", USER_7, wish()).await.body["id"].clone();
    let page = world.get("/api/users/7/ledger?asset=TRX&limit=1", USER_7).await.body;
    assert_eq!(page["items"][0]["kind"], "deposit");
    assert_eq!(page["items"][0]["reason"], "test");
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = world.get(&format!("/api/users/7/ledger?cursor={cursor}"), USER_7).await.body;
    let hold = &rest["items"][0];
    assert_eq!(
        (&hold["seq"], &hold["kind"], &hold["amount"], &hold["order_id"]),
        (&json!(2), &json!("hold"), &json!("1.950000"), &id)
    );
    assert_eq!((&hold["available_after"], &hold["held_after"]), (&json!("8.050000"), &json!("1.950000")));
    assert_eq!(rest["next_cursor"], Value::Null);
    assert_eq!(world.get("/api/users/7/ledger?asset=USDT", USER_7).await.body["items"], json!([]));
    for (query, code) in
        [("asset=BTC", "INVALID_ARGUMENT"), ("cursor=x", "INVALID_CURSOR"), ("cursor=-1", "INVALID_CURSOR")]
    {
        assert_eq!(world.get(&format!("/api/users/7/ledger?{query}"), USER_7).await.refusal(), (400, code), "{query}");
    }
}
