use poem::http::Method;
use serde_json::{Value, json};

use crate::world::{OPERATOR, SERVICE, SHOP, USER_7, World, supplier, wish};

/// Every operation of the document that is not open: method and a path that fits it.
fn guarded() -> Vec<(Method, String)> {
    let document: Value = serde_json::from_str(&flash_adapter_http::openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            if !["/health", "/ready"].contains(&path.as_str()) {
                let path = path.replace("{id}", "7").replace("{address}", &supplier().to_string());
                operations.push((method.to_ascii_uppercase().parse().unwrap(), path));
            }
        }
    }
    operations
}

#[tokio::test]
async fn no_operation_but_health_and_readiness_is_open() {
    let world = World::new().await;
    let guarded = guarded();
    assert!(guarded.len() >= 20);
    for (method, path) in guarded {
        for key in ["", "wrong-secret-0123456789", "operator"] {
            let answer = world.call(method.clone(), &path, key, Some(json!({}))).await;
            assert_eq!(answer.refusal(), (401, "UNAUTHORIZED"), "{method} {path}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
        for authorization in ["Basic dXNlcjpwYXNz", "Bearer", "bearer", OPERATOR, "Bearer  "] {
            let headers = [("Authorization", authorization)];
            let answer = world.call_with(method.clone(), &path, "", &headers, None).await;
            assert_eq!(answer.refusal(), (401, "UNAUTHORIZED"), "{method} {path} {authorization}");
        }
    }
}

#[tokio::test]
async fn health_readiness_and_the_document_are_open() {
    let world = World::new().await;
    for path in ["/health", "/ready", "/docs", "/openapi.json"] {
        assert_eq!(world.get(path, "").await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn each_scope_reaches_what_it_is_for_and_no_more() {
    let world = World::new().await;
    let money = json!({ "amount": "1", "reason": "x" });
    let order_of_8 = {
        let mut order = wish();
        order["user_id"] = json!(8);
        order
    };
    let order_of_9 = {
        let mut order = wish();
        order["user_id"] = json!(9);
        order
    };
    let toggle = format!("/api/supplier-wallets/{}/toggle", supplier());
    let (get, post, put) = (Method::GET, Method::POST, Method::PUT);
    // Statuses for the keys of: the operator, a service, a service of 7 and 8, user 7. 402 is past the gate.
    for (method, path, body, statuses) in [
        (&post, "/api/orders", Some(wish()), [402, 402, 402, 402]),
        (&post, "/api/orders", Some(order_of_8), [402, 402, 402, 403]),
        (&post, "/api/orders", Some(order_of_9), [402, 402, 403, 403]),
        (&get, "/api/orders", None, [200, 200, 400, 200]),
        (&get, "/api/orders?user_id=8", None, [200, 200, 200, 403]),
        (&get, "/api/orders?user_id=9", None, [200, 200, 403, 403]),
        (&get, "/api/users/7/balance", None, [200, 200, 200, 200]),
        (&get, "/api/users/9/balance", None, [200, 200, 403, 403]),
        (&get, "/api/users/9/ledger", None, [200, 200, 403, 403]),
        (&get, "/api/wallets/users/9", None, [200, 200, 403, 403]),
        (&post, "/api/wallets/users/9", Some(json!({ "address": supplier().to_string() })), [200, 200, 403, 403]),
        (&get, "/api/prices", None, [200; 4]),
        (&get, "/api/prices/quote?energy_amount=65000&duration=1h", None, [200; 4]),
        (&post, "/api/users/7/deposit", Some(money.clone()), [200, 403, 403, 403]),
        (&post, "/api/users/7/deduct", Some(money.clone()), [200, 403, 403, 403]),
        (&post, "/api/users/7/refund", Some(money), [200, 403, 403, 403]),
        (&get, "/api/supplier-wallets", None, [200, 403, 403, 403]),
        (&post, "/api/supplier-wallets/add", Some(json!({ "address": supplier().to_string() })), [200, 403, 403, 403]),
        (&post, "/api/supplier-wallets/update-balances", None, [200, 403, 403, 403]),
        (&post, "/api/supplier-wallets/process-orders", None, [200, 403, 403, 403]),
        (&put, &toggle, None, [200, 403, 403, 403]),
        (&get, "/api/verify", None, [200, 403, 403, 403]),
        (&get, "/api/events", None, [200, 403, 403, 403]),
    ] {
        for (key, status) in [OPERATOR, SERVICE, SHOP, USER_7].into_iter().zip(statuses) {
            let answer = world.call(method.clone(), path, key, body.clone()).await;
            assert_eq!(answer.status, status, "{method} {path} with {key}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn an_order_of_another_user_is_not_to_be_found() {
    let world = World::new().await;
    world.pay_in(9, "10").await;
    let mut order = wish();
    order["user_id"] = json!(9);
    let id = world.post("/api/orders", SERVICE, order).await.body["id"].as_str().unwrap().to_owned();
    for key in [SHOP, USER_7] {
        assert_eq!(world.get(&format!("/api/orders/{id}"), key).await.refusal(), (404, "ORDER_NOT_FOUND"));
        let cancel = world.call(Method::POST, &format!("/api/orders/{id}/cancel"), key, None).await;
        assert_eq!(cancel.refusal(), (404, "ORDER_NOT_FOUND"));
    }
    assert_eq!(world.get(&format!("/api/orders/{id}"), SERVICE).await.body["status"], "pending");
}

#[tokio::test]
async fn a_users_key_lists_that_users_orders_only() {
    let world = World::new().await;
    for user in [7, 9] {
        world.pay_in(user, "10").await;
        let mut order = wish();
        order["user_id"] = json!(user);
        world.post("/api/orders", SERVICE, order).await;
    }
    let listed = world.get("/api/orders", USER_7).await.body;
    let users: Vec<_> = listed["items"].as_array().unwrap().iter().map(|order| order["user_id"].clone()).collect();
    assert_eq!(users, [7]);
}
