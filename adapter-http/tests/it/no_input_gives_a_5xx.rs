use flash_core::flash::Adjustment;
use poem::Endpoint;
use poem::http::HeaderValue;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::world::{OPERATOR, SERVICE, SHOP, USER_7, World, address, receiver, supplier, wish};

/// Parts that lead to the corners of paths.
fn part() -> impl Strategy<Value = String> {
    let known = [
        "api",
        "orders",
        "users",
        "wallets",
        "supplier-wallets",
        "prices",
        "quote",
        "quotes",
        "verify",
        "events",
        "balance",
        "ledger",
        "deposit",
        "deduct",
        "refund",
        "cancel",
        "toggle",
        "add",
        "update-balances",
        "process-orders",
        "7",
        "0",
        "-1",
        "9007199254740993",
        "0192f0c1-2b3c-7d4e-8f50-61728394a5b6",
        "%00",
        "%ff",
        "%",
        "..",
        "",
        "*",
        "{id}",
        ":id",
        "health",
        "ready",
        "docs",
        "openapi.json",
    ];
    let known = prop::sample::select(known.to_vec()).prop_map(str::to_owned);
    let addresses = prop::sample::select(vec![receiver().to_string(), supplier().to_string()]);
    prop_oneof![6 => known, 1 => addresses, 1 => "[!-~]{0,12}".prop_map(|text| text.replace(['?', '#'], "_"))]
}

fn path() -> impl Strategy<Value = String> {
    let free = prop::collection::vec(part(), 0..6).prop_map(|parts| format!("/{}", parts.join("/")));
    let api = prop::collection::vec(part(), 1..5).prop_map(|parts| format!("/api/{}", parts.join("/")));
    let real = prop::sample::select(vec![
        "/api/orders",
        "/api/quotes",
        "/api/users/7/deposit",
        "/api/users/7/deduct",
        "/api/users/7/refund",
        "/api/wallets/users/7",
        "/api/supplier-wallets/add",
        "/api/supplier-wallets/7/toggle",
    ]);
    prop_oneof![1 => free, 2 => api, 3 => real.prop_map(str::to_owned)]
}

fn query() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "user_id",
        "status",
        "limit",
        "cursor",
        "asset",
        "after",
        "energy_amount",
        "duration",
        "%ff",
        "x",
    ]);
    let value = prop_oneof![
        Just("1h".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        "[0-9a-f]{48}",
        "[!-~]{0,20}".prop_map(|text| text.replace('#', "_")),
    ];
    let pairs = prop::collection::vec((name, value).prop_map(|(name, value)| format!("{name}={value}")), 0..4);
    pairs.prop_map(|pairs| if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) })
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0_i64..100_000_000).prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        r"-?[0-9]{1,20}(\.[0-9]{0,8})?".prop_map(Value::from),
        prop::sample::select(vec!["1h", "14d", "TRX", "USDT"]).prop_map(Value::from),
        any::<u8>().prop_map(|n| Value::from(address(n).to_string())),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z_]{1,12}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// A body that an operation takes, with some fields turned into something else.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let field = prop::sample::select(vec![
        "user_id",
        "receive_address",
        "energy_amount",
        "duration",
        "client_order_id",
        "max_price_trx",
        "quote_id",
        "amount",
        "asset",
        "reason",
        "address",
        "label",
        "priority",
        "enabled",
        "private_key",
        "x",
    ]);
    prop::collection::vec((field, json()), 0..4).prop_map(|changes| {
        let mut body = wish();
        for (field, value) in changes {
            body[field] = value;
        }
        body.to_string().into_bytes()
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        mutated(),
        json().prop_map(|value| value.to_string().into_bytes()),
        prop::collection::vec(any::<u8>(), 0..200),
        (mutated(), any::<prop::sample::Index>()).prop_map(|(mut bytes, cut)| {
            bytes.truncate(cut.index(bytes.len() + 1));
            bytes
        }),
    ]
}

fn header_value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"application/json".to_vec()),
        prop::collection::vec(prop_oneof![0x20_u8..=0x7e, 0x80_u8..=0xff], 0..40),
    ]
}

/// A request of anything.
fn request() -> impl Strategy<Value = Input> {
    let methods = ["GET", "POST", "POST", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "X"];
    let keys = [OPERATOR, OPERATOR, SERVICE, SHOP, USER_7, "x"].map(|key| format!("Bearer {key}").into_bytes());
    let json = Just(b"application/json".to_vec());
    let headers = (
        prop::sample::select(keys.to_vec()),
        prop_oneof![3 => json, 1 => header_value()],
        prop::option::of(header_value()),
        prop::option::of(header_value()),
    );
    let parts = (prop::sample::select(methods.to_vec()), path(), query(), headers, body());
    parts.prop_map(|(method, path, query, (authorization, content_type, idempotency, id), body)| {
        let headers = [
            ("authorization", Some(authorization)),
            ("content-type", Some(content_type)),
            ("idempotency-key", idempotency),
            ("x-request-id", id),
        ];
        let headers = headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        Input { method, uri: format!("{path}{query}"), headers, body }
    })
}

#[derive(Debug)]
struct Input {
    method: &'static str,
    uri: String,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

impl Input {
    /// The request, if HTTP can carry it.
    fn into_request(self) -> Option<poem::Request> {
        let (method, uri) = (self.method.parse().ok()?, self.uri.parse().ok()?);
        let mut request = poem::Request::builder().method(method).uri(uri).body(self.body);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                request.headers_mut().insert(name, value);
            }
        }
        Some(request)
    }
}

#[test]
fn no_input_gives_a_5xx() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let world = runtime.block_on(World::new());
    runtime.block_on(rich(&world));
    let config = Config { cases: 3_000, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&request(), |input| {
        let Some(request) = input.into_request() else { return Ok(()) };
        let response = runtime.block_on(world.endpoint.get_response(request));
        let status = response.status();
        let problem = response.header("content-type") == Some("application/problem+json");
        prop_assert!(!status.is_server_error(), "{status}");
        prop_assert!(status.is_success() || problem, "{status} is no problem document");
        Ok(())
    });
    outcome.unwrap();
    assert!(runtime.block_on(world.is_clean()));
}

/// User 7 can pay for anything.
async fn rich(world: &World) {
    let adjustment = Adjustment {
        id: flash_core::id::TransferId::derived(&[]),
        user: crate::world::user(7),
        asset: flash_core::units::Asset::Trx,
        amount: flash_core::units::Amount::new(1_000_000_000_000),
        kind: flash_core::flash::AdjustmentKind::Deposit,
        reason: "test".parse().unwrap(),
    };
    world.flash.adjust(adjustment).await.unwrap();
}
