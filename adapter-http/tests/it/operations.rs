use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flash_adapter_http::{Probe, app_with, health};
use flash_core::testing::Fault;
use poem::http::StatusCode;
use poem::test::TestClient;
use serde_json::json;

use crate::world::{OPERATOR, USER_7, World, keys, wish};

#[tokio::test]
async fn verification_tells_that_the_books_are_clean_and_how_much_was_read() {
    let world = World::new().await;
    world.pay_in(7, "10").await;
    world.post("/api/orders", USER_7, wish()).await;
    world.chain.befall([Fault::LoseAfter]);
    world.run(30).await;
    let report = world.get("/api/verify", OPERATOR).await;
    let expected = json!({ "clean": true, "transfers": 3, "orders": 1, "findings": [] });
    assert_eq!((report.status, report.body), (200, expected));
}

#[tokio::test]
async fn events_are_read_in_pages() {
    let world = World::new().await;
    world.pay_in(7, "10").await;
    world.post("/api/orders", USER_7, wish()).await;
    let first = world.get("/api/events?limit=2", OPERATOR).await.body;
    let kinds: Vec<_> = first["items"].as_array().unwrap().iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(kinds, ["wallet_changed", "balance_moved"]);
    let rest = world.get(&format!("/api/events?after={}", first["last_seq"]), OPERATOR).await.body;
    assert_eq!(rest["items"][0]["kind"], "order_placed");
    assert!(rest["items"][0]["details"]["order"].is_string());
    let end = world.get(&format!("/api/events?after={}", rest["last_seq"]), OPERATOR).await.body;
    assert_eq!(end, json!({ "items": [], "last_seq": rest["last_seq"] }));
}

#[tokio::test]
async fn health_answers_whatever_the_chain_does() {
    let world = World::new().await;
    world.chain.set_down(true);
    assert_eq!(world.get("/health", "").await.body, json!({ "status": "ok" }));
}

#[tokio::test]
async fn readiness_tells_each_part() {
    let world = World::new().await;
    let part = |name, ready: bool| json!({ "name": name, "ready": ready });
    let ready = world.get("/ready", "").await;
    let all = json!({ "ready": true, "parts": [part("store", true), part("chain", true)] });
    assert_eq!((ready.status, ready.body), (200, all));
    world.chain.set_down(true);
    let ready = world.get("/ready", "").await;
    let some = json!({ "ready": false, "parts": [part("store", true), part("chain", false)] });
    assert_eq!((ready.status, ready.body), (503, some));
}

#[tokio::test]
async fn readiness_asks_the_parts_of_the_host_too() {
    let World { flash, .. } = World::new().await;
    let is_well = Arc::new(AtomicBool::new(true));
    let asked = Arc::clone(&is_well);
    let disk = Probe::new("disk", move || asked.load(Ordering::Relaxed));
    let part = |name, ready: bool| json!({ "name": name, "ready": ready });
    let all = TestClient::new(app_with(flash.clone(), keys(), vec![disk.clone()]));
    let alone = TestClient::new(health(flash, vec![disk]));
    for ready in [true, false] {
        is_well.store(ready, Ordering::Relaxed);
        let expected =
            json!({ "ready": ready, "parts": [part("store", true), part("chain", true), part("disk", ready)] });
        for answer in [all.get("/ready").send().await, alone.get("/ready").send().await] {
            assert_eq!(answer.0.status().as_u16(), if ready { 200 } else { 503 });
            answer.assert_json(&expected).await;
        }
    }
}

#[tokio::test]
async fn a_process_that_only_tells_its_health_answers_nothing_else() {
    let World { flash, .. } = World::new().await;
    let alone = TestClient::new(health(flash, Vec::new()));
    alone.get("/health").send().await.assert_status_is_ok();
    for path in ["/api/prices", "/api/orders", "/docs", "/openapi.json", "/"] {
        let answer = alone.get(path).header("Authorization", format!("Bearer {OPERATOR}")).send().await;
        answer.assert_status(StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_docs_page_may_ask_no_other_host_for_anything() {
    let world = World::new().await;
    let page = world.get("/docs", "").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("http"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    let html = page.body.as_str().unwrap();
    assert!(html.contains("placeOrder") && html.contains("\"additionalProperties\":false"));
    assert!(!html.contains("<script src") && !html.contains("<link"));
}
