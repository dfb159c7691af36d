use poem::http::Method;
use serde_json::json;

use crate::world::{USER_7, World, address};

#[tokio::test]
async fn an_address_is_saved_relabelled_and_forgotten() {
    let world = World::new().await;
    let book = "/api/wallets/users/7";
    let first = address(5).to_string();
    let saved = world.post(book, USER_7, json!({ "address": first, "label": "cold" })).await;
    assert_eq!((saved.status, &saved.body["label"]), (200, &json!("cold")));
    world.post(book, USER_7, json!({ "address": first, "label": null })).await;
    let listed = world.get(book, USER_7).await.body;
    assert_eq!((&listed["items"][0]["address"], &listed["items"][0]["label"]), (&json!(first), &json!(null)));
    let path = format!("{book}/{first}");
    assert_eq!(world.call(Method::DELETE, &path, USER_7, None).await.status, 204);
    assert_eq!(world.call(Method::DELETE, &path, USER_7, None).await.refusal(), (404, "ADDRESS_NOT_FOUND"));
    assert_eq!(world.get(book, USER_7).await.body, json!({ "items": [] }));
}

#[tokio::test]
async fn addresses_and_labels_that_cannot_be_used_are_refused() {
    let world = World::new().await;
    let book = "/api/wallets/users/7";
    let good = address(5).to_string();
    for (body, code) in [
        (json!({ "address": "T123" }), "INVALID_ADDRESS"),
        (json!({ "address": good, "label": "" }), "INVALID_ARGUMENT"),
        (json!({ "address": good, "label": "x".repeat(501) }), "INVALID_ARGUMENT"),
        (json!({ "address": good, "note": "x" }), "INVALID_ARGUMENT"),
        (json!({}), "INVALID_ARGUMENT"),
    ] {
        assert_eq!(world.post(book, USER_7, body.clone()).await.refusal(), (400, code), "{body}");
    }
    let bad = format!("{book}/T123");
    assert_eq!(world.call(Method::DELETE, &bad, USER_7, None).await.refusal(), (400, "INVALID_ADDRESS"));
}

#[tokio::test]
async fn an_address_book_holds_100_addresses() {
    let world = World::new().await;
    for n in 0..100 {
        let body = json!({ "address": address(n).to_string() });
        assert_eq!(world.post("/api/wallets/users/7", USER_7, body).await.status, 200);
    }
    let body = json!({ "address": address(200).to_string() });
    assert_eq!(world.post("/api/wallets/users/7", USER_7, body).await.refusal(), (409, "ADDRESS_BOOK_FULL"));
}
