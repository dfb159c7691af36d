use flash_adapter_http::{Keys, Scope, app};
use poem::Route;
use poem::http::Method;
use poem::test::TestClient;
use serde_json::{Value, json};

use crate::world::{OPERATOR, USER_7, World, keys, wish};

#[tokio::test]
async fn a_problem_is_told_as_rfc_9457_wants() {
    let world = World::new().await;
    let headers = [("X-Request-Id", "my-request-1")];
    let answer = world.call_with(Method::POST, "/api/orders", USER_7, &headers, Some(wish())).await;
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer.header("x-request-id"), Some("my-request-1"));
    let expected = json!({
        "type": "/problems/insufficient-balance",
        "title": "The balance does not suffice",
        "status": 402,
        "detail": "1.950000 needed, 0.000000 available",
        "code": "INSUFFICIENT_BALANCE",
        "request_id": "my-request-1",
    });
    assert_eq!(answer.body, expected);
}

#[tokio::test]
async fn a_request_without_a_usable_id_gets_one() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for given in ["", "a b", &"x".repeat(129)] {
        let answer = world.call_with(Method::GET, "/nowhere", "", &[("X-Request-Id", given)], None).await;
        let id = answer.header("x-request-id").unwrap().to_owned();
        assert_eq!(answer.body["request_id"], *id);
        assert!(id.len() >= 18 && id != given && !ids.contains(&id), "{id}");
        ids.push(id);
    }
}

#[tokio::test]
async fn bodies_that_are_not_what_they_should_be_are_refused() {
    let world = World::new().await;
    let json_type = "application/json";
    let good = wish().to_string();
    let twice = good.replacen('{', "{\"user_id\":8,", 1);
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let in_field = good.replacen("65000", &deep, 1);
    for (content_type, body, refusal) in [
        (json_type, b"".to_vec(), (400, "INVALID_JSON")),
        (json_type, b"{".to_vec(), (400, "INVALID_JSON")),
        (json_type, b"null".to_vec(), (400, "INVALID_ARGUMENT")),
        (json_type, b"[]".to_vec(), (400, "INVALID_ARGUMENT")),
        (json_type, format!("{good} x").into_bytes(), (400, "INVALID_JSON")),
        (json_type, format!("{good}{good}").into_bytes(), (400, "INVALID_JSON")),
        (json_type, twice.into_bytes(), (400, "INVALID_ARGUMENT")),
        (json_type, b"{\"user_id\":\"\xff\xfe\"}".to_vec(), (400, "INVALID_JSON")),
        (json_type, deep.into_bytes(), (400, "INVALID_ARGUMENT")),
        (json_type, in_field.into_bytes(), (400, "INVALID_ARGUMENT")),
        (json_type, vec![b' '; 64 * 1024 + 1], (413, "REQUEST_TOO_LARGE")),
        ("text/plain", good.clone().into_bytes(), (415, "UNSUPPORTED_MEDIA_TYPE")),
        ("application/x-www-form-urlencoded", b"user_id=7".to_vec(), (415, "UNSUPPORTED_MEDIA_TYPE")),
        ("application/JSON; charset=utf-8", good.into_bytes(), (402, "INSUFFICIENT_BALANCE")),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let answer = world.post_raw("/api/orders", USER_7, content_type, body).await;
        assert_eq!(answer.refusal(), refusal, "{content_type} {shown}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_complaint_does_not_echo_a_whole_body() {
    let world = World::new().await;
    let body = json!({ "x".repeat(10_000): 1 });
    let detail = world.post("/api/orders", USER_7, body).await.body["detail"].as_str().unwrap().len();
    assert!(detail <= 300, "{detail}");
}

#[tokio::test]
async fn headers_that_cannot_be_used_are_refused() {
    let world = World::new().await;
    let long = "x".repeat(256);
    for key in ["", " ", "a b", "\"\"", &long] {
        let headers = [("Idempotency-Key", key)];
        let answer = world.call_with(Method::POST, "/api/orders", USER_7, &headers, Some(wish())).await;
        assert_eq!(answer.refusal(), (400, "INVALID_ARGUMENT"), "{key:?}");
    }
    let twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")];
    let answer = world.call_with(Method::POST, "/api/orders", USER_7, &twice, Some(wish())).await;
    assert_eq!(answer.refusal(), (400, "INVALID_ARGUMENT"));
}

#[tokio::test]
async fn an_unknown_path_is_not_found_and_another_method_tells_which_are_allowed() {
    let world = World::new().await;
    for path in ["/", "/api", "/api/nothing", "/api/orders/1/2/3", "//", "/%2e%2e"] {
        assert_eq!(world.get(path, OPERATOR).await.refusal(), (404, "NOT_FOUND"), "{path}");
    }
    for (method, path, allow) in [
        (Method::DELETE, "/api/orders", "GET, POST"),
        (Method::PATCH, "/api/orders/7/cancel", "POST"),
        (Method::GET, "/api/users/7/deposit", "POST"),
        (Method::POST, "/api/wallets/users/7/T1", "DELETE"),
        (Method::OPTIONS, "/api/prices/", "GET"),
        (Method::POST, "/docs", "GET"),
    ] {
        let answer = world.call(method.clone(), path, OPERATOR, None).await;
        assert_eq!(answer.refusal(), (405, "METHOD_NOT_ALLOWED"), "{method} {path}");
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
    }
}

#[tokio::test]
async fn the_chain_being_away_is_told_without_saying_what_it_said() {
    let world = World::new().await;
    world.pay_in(7, "10").await;
    world.chain.set_down(true);
    let answer = world.post("/api/orders", USER_7, wish()).await;
    assert_eq!(answer.refusal(), (503, "UNAVAILABLE"));
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert!(!answer.body.to_string().contains("fake chain"), "{}", answer.body);
}

#[tokio::test]
async fn the_face_can_be_mounted_under_a_path_of_another() {
    let world = World::new().await;
    let host = Route::new().nest("/rental", app(world.flash.clone(), keys()));
    let http = TestClient::new(host);
    let key = format!("Bearer {OPERATOR}");
    let response = http.get("/rental/api/supplier-wallets/").header("Authorization", key).send().await;
    response.assert_status_is_ok();
    let response = http.delete("/rental/api/orders").send().await.0;
    assert_eq!((response.status().as_u16(), response.header("allow")), (405, Some("GET, POST")));
    let body: Value =
        serde_json::from_str(&http.get("/rental/x").send().await.0.into_body().into_string().await.unwrap()).unwrap();
    assert_eq!(body["code"], "NOT_FOUND");
}

#[tokio::test]
async fn without_keys_nobody_gets_in() {
    let world = World::new().await;
    let none = Keys::new(Vec::<(String, String, Scope)>::new()).unwrap();
    let http = TestClient::new(app(world.flash.clone(), none));
    let response = http.get("/api/prices").header("Authorization", format!("Bearer {OPERATOR}")).send().await;
    response.assert_status(poem::http::StatusCode::UNAUTHORIZED);
}
