use flash_core::time::Span;
use serde_json::json;

use crate::world::{USER_7, World, wish};

#[tokio::test]
async fn the_price_list_tells_what_is_sold() {
    let world = World::new().await;
    let list = world.get("/api/prices", USER_7).await.body;
    assert_eq!((&list["smallest_order"], &list["largest_order"]), (&json!(1_000), &json!(10_000_000)));
    let durations: Vec<_> = list["terms"].as_array().unwrap().iter().map(|term| term["duration"].clone()).collect();
    assert_eq!(durations, ["10m", "1h", "1d", "3d", "7d", "14d"]);
    assert_eq!(list["terms"][1]["tiers"][1], json!({ "from_energy": 50_000, "sun_per_energy": "30" }));
}

#[tokio::test]
async fn a_price_is_calculated_and_nothing_held() {
    let world = World::new().await;
    let price = world.get("/api/prices/quote?energy_amount=65000&duration=1h", USER_7).await.body;
    let expected =
        json!({ "energy_amount": 65_000, "duration": "1h", "sun_per_energy": "30", "price_trx": "1.950000" });
    assert_eq!(price, expected);
    for (query, code) in [
        ("energy_amount=65000", "INVALID_DURATION"),
        ("duration=1h", "INVALID_ENERGY_AMOUNT"),
        ("energy_amount=65000&duration=5h", "INVALID_DURATION"),
        ("energy_amount=x&duration=1h", "INVALID_ENERGY_AMOUNT"),
        ("energy_amount=-1&duration=1h", "INVALID_ENERGY_AMOUNT"),
        ("energy_amount=10000001&duration=1h", "INVALID_ENERGY_AMOUNT"),
        ("energy_amount=9223372036854775808&duration=1h", "INVALID_ENERGY_AMOUNT"),
    ] {
        assert_eq!(world.get(&format!("/api/prices/quote?{query}"), USER_7).await.refusal(), (400, code), "{query}");
    }
}

#[tokio::test]
async fn a_quote_holds_its_price_for_one_order_until_it_expires() {
    let world = World::new().await;
    world.pay_in(7, "10").await;
    let wanted = json!({ "user_id": 7, "energy_amount": 65_000, "duration": "1h" });
    let quote = world.post("/api/quotes", USER_7, wanted.clone()).await;
    assert_eq!((quote.status, &quote.body["price_trx"]), (201, &json!("1.950000")));
    assert_eq!(quote.body["expires_at"], "2026-11-22T12:32:27.004Z");
    let mut order = wish();
    order["quote_id"] = quote.body["id"].clone();
    let mut other = order.clone();
    other["energy_amount"] = json!(66_000);
    assert_eq!(world.post("/api/orders", USER_7, other).await.refusal(), (400, "QUOTE_MISMATCH"));
    assert_eq!(world.post("/api/orders", USER_7, order.clone()).await.status, 201);
    order["client_order_id"] = json!("another");
    assert_eq!(world.post("/api/orders", USER_7, order).await.refusal(), (409, "QUOTE_USED"));
    let mut late = wish();
    late["quote_id"] = world.post("/api/quotes", USER_7, wanted).await.body["id"].clone();
    world.clock.advance(Span::from_secs(61));
    assert_eq!(world.post("/api/orders", USER_7, late).await.refusal(), (409, "QUOTE_EXPIRED"));
}

#[tokio::test]
async fn quotes_that_cannot_be_given_are_refused() {
    let world = World::new().await;
    for (body, refusal) in [
        (json!({ "user_id": 7, "energy_amount": 1, "duration": "1h" }), (400, "INVALID_ENERGY_AMOUNT")),
        (json!({ "user_id": 7, "energy_amount": 65_000, "duration": "1y" }), (400, "INVALID_DURATION")),
        (json!({ "user_id": 8, "energy_amount": 65_000, "duration": "1h" }), (403, "FORBIDDEN")),
        (json!({ "user_id": 7 }), (400, "INVALID_ARGUMENT")),
    ] {
        assert_eq!(world.post("/api/quotes", USER_7, body.clone()).await.refusal(), refusal, "{body}");
    }
}
