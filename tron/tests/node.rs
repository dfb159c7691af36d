//! The node client against a server that misbehaves in every way seen in the field.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, missing_docs)]

mod loopback;

use std::time::Duration;

use flash_core::address::Address;
use flash_core::chain::{Answer, Height, SignedTx};
use flash_core::id::TxId;
use flash_core::time::Timestamp;
use flash_tron::json::AccountAnswer;
use flash_tron::node::{ApiKey, InvalidNode, NodeError, View};
use flash_tron::{Node, NodeConfig};
use loopback::{Reply, Server};
use serde_json::json;

const SECRET: &str = "11111111-2222-3333-4444-555555555555";

fn node(server: &Server) -> Node {
    let config = NodeConfig {
        timeout: Duration::from_millis(300),
        max_body: 64 << 10,
        api_key: Some(ApiKey::new(SECRET)),
        ..NodeConfig::new(server.url.as_str())
    };
    Node::try_new(&config).unwrap()
}

fn address() -> Address {
    Address::from_body([7; 20])
}

fn tx() -> SignedTx {
    SignedTx { id: TxId::from_bytes([7; 32]), bytes: vec![1, 2, 3], expires_at: Timestamp::from_millis(0) }
}

async fn account(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Result<AccountAnswer, NodeError> {
    let server = Server::start(move |_| reply()).await;
    node(&server).account(View::Head, &address()).await
}

async fn broadcast(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Answer {
    let server = Server::start(move |_| reply()).await;
    node(&server).broadcast(&tx()).await
}

#[tokio::test]
async fn each_view_has_its_folder_and_addresses_are_visible() {
    let server = Server::start(|_| Reply::Json(json!({}))).await;
    let node = node(&server);
    node.account(View::Head, &address()).await.unwrap();
    node.newest_header(View::Solid).await.unwrap();
    node.blocks(View::Head, Height(5), 1_000).await.unwrap();
    node.can_delegate(View::Solid, &address()).await.unwrap();
    let requests = server.requests();
    assert_eq!(
        server.paths(),
        [
            "/wallet/getaccount",
            "/walletsolidity/getblock",
            "/wallet/getblockbylimitnext",
            "/walletsolidity/getcandelegatedmaxsize"
        ]
    );
    assert_eq!(requests[0].body, json!({ "address": address(), "visible": true }));
    assert_eq!(requests[2].body, json!({ "startNum": 5, "endNum": 105 }));
    assert!(requests.iter().all(|request| request.head.starts_with("POST ")));
    assert!(requests[0].head.to_lowercase().contains(&format!("tron-pro-api-key: {SECRET}")));
}

#[tokio::test]
async fn one_connection_serves_many_calls() {
    let server = Server::start(|_| Reply::Json(json!({}))).await;
    let node = node(&server);
    for _ in 0..5 {
        node.clone().chain_parameters().await.unwrap();
    }
    assert_eq!((server.requests().len(), server.connections()), (5, 1));
}

#[tokio::test]
async fn a_path_in_front_of_the_api_is_kept() {
    let server = Server::start(|_| Reply::Json(json!({}))).await;
    for tail in ["/tron/key", "/tron/key/"] {
        let node = Node::try_new(&NodeConfig::new(format!("{}{tail}", server.url))).unwrap();
        node.chain_parameters().await.unwrap();
    }
    assert_eq!(server.paths(), ["/tron/key/wallet/getchainparameters"; 2]);
}

#[tokio::test]
async fn nothing_is_an_answer_and_an_error_is_none() {
    assert_eq!(account(|| Reply::Json(json!({}))).await.unwrap(), AccountAnswer::default());
    let error = account(|| Reply::Json(json!({ "Error": "class java.lang.Exception : no" }))).await;
    assert!(matches!(error, Err(NodeError::Refused { .. })), "{error:?}");
}

#[tokio::test]
async fn half_an_answer_is_no_answer() {
    for body in ["", "{}", "{\"balance\":1"] {
        let error = account(move || Reply::Cut(body.to_owned())).await;
        assert!(matches!(error, Err(NodeError::Unreachable(_))), "{error:?}");
    }
    let error = account(|| Reply::Hangup).await;
    assert!(matches!(error, Err(NodeError::Unreachable(_))), "{error:?}");
}

#[tokio::test]
async fn a_silent_node_is_given_up() {
    let error = account(|| Reply::Silence).await;
    assert!(matches!(error, Err(NodeError::Unreachable(_))), "{error:?}");
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let error = account(|| Reply::Endless).await;
    assert!(matches!(error, Err(NodeError::Malformed { .. })), "{error:?}");
    let error = account(|| Reply::Raw(200, "", format!("{{\"a\":\"{}\"}}", "x".repeat(64 << 10)))).await;
    assert!(matches!(error, Err(NodeError::Malformed { .. })), "{error:?}");
}

#[tokio::test]
async fn html_and_limits_are_told_apart() {
    let error = account(|| Reply::Raw(200, "", "<html>welcome</html>".to_owned())).await;
    assert!(matches!(error, Err(NodeError::Malformed { .. })), "{error:?}");
    for status in [403, 404, 429, 500, 503] {
        let error = account(move || Reply::Raw(status, "", "<html>no</html>".to_owned())).await;
        assert!(matches!(error, Err(NodeError::Status { status: told, .. }) if told == status), "{error:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(|_| Reply::Json(json!({ "result": true }))).await;
    let headers: &'static str = Box::leak(format!("location: {}/wallet/broadcasthex\r\n", elsewhere.url).into());
    for status in [301, 302, 307, 308] {
        let answer = broadcast(move || Reply::Raw(status, headers, String::new())).await;
        assert!(matches!(answer, Answer::Unknown { .. }), "{answer:?}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_broadcast_carries_the_bytes_in_hex() {
    let server = Server::start(|_| Reply::Json(json!({ "result": true, "code": "SUCCESS" }))).await;
    assert_eq!(node(&server).broadcast(&tx()).await, Answer::Accepted);
    let [request] = server.requests().try_into().unwrap();
    assert_eq!((request.path.as_str(), request.body), ("/wallet/broadcasthex", json!({ "transaction": "010203" })));
}

#[tokio::test]
async fn whatever_goes_wrong_with_a_broadcast_proves_nothing() {
    let replies: [fn() -> Reply; 6] = [
        || Reply::Hangup,
        || Reply::Silence,
        || Reply::Endless,
        || Reply::Cut("{\"result\":true}".to_owned()),
        || Reply::Raw(429, "", String::new()),
        || Reply::Json(json!({ "Error": "class java.lang.NullPointerException : null" })),
    ];
    for reply in replies {
        let answer = broadcast(reply).await;
        assert!(matches!(answer, Answer::Unknown { .. }), "{answer:?}");
    }
    let nobody = Node::try_new(&NodeConfig::new("http://127.0.0.1:1")).unwrap();
    assert!(matches!(nobody.broadcast(&tx()).await, Answer::Unknown { .. }));
}

#[tokio::test]
async fn no_secret_is_shown() {
    let secrets = ["user", "pass", "token", SECRET];
    let config =
        NodeConfig { api_key: Some(ApiKey::new(SECRET)), ..NodeConfig::new("http://user:pass@127.0.0.1:1/token") };
    let node = Node::try_new(&config).unwrap();
    let error = node.chain_parameters().await.unwrap_err();
    let source = std::error::Error::source(&error).map(|source| format!("{source} {source:?}"));
    for shown in [format!("{node:?} {config:?} {error} {error:?}"), source.unwrap_or_default()] {
        assert!(secrets.iter().all(|secret| !shown.contains(secret)), "{shown}");
    }
}

#[test]
fn what_is_no_node_is_refused_at_once() {
    for url in ["", "node", "ftp://node", "file:///etc/passwd", "http://"] {
        assert!(matches!(Node::try_new(&NodeConfig::new(url)), Err(InvalidNode::Url)), "{url}");
    }
    let https = Node::try_new(&NodeConfig::new("https://node"));
    assert_eq!(matches!(https, Err(InvalidNode::Tls)), !cfg!(feature = "tls"));
    let key = NodeConfig { api_key: Some(ApiKey::new("a\nb")), ..NodeConfig::new("http://node") };
    assert!(matches!(Node::try_new(&key), Err(InvalidNode::ApiKey)));
}

#[tokio::test]
async fn a_proxy_of_the_environment_is_not_used() {
    let proxy = Server::start(|_| Reply::Json(json!({}))).await;
    let server = Server::start(|_| Reply::Json(json!({ "chainParameter": [{ "key": "a" }] }))).await;
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "asks_the_node_of_the_environment", "--ignored"]).env("NODE_URL", &server.url);
    child.envs(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].map(|name| (name, &proxy.url)));
    let output = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(server.paths(), ["/wallet/getchainparameters"]);
    assert!(proxy.requests().is_empty());
}

#[tokio::test]
#[ignore = "the other half of a_proxy_of_the_environment_is_not_used"]
async fn asks_the_node_of_the_environment() {
    let Ok(url) = std::env::var("NODE_URL") else { return };
    let parameters = Node::try_new(&NodeConfig::new(url)).unwrap().chain_parameters().await.unwrap();
    assert_eq!(parameters.get("a"), Some(0));
}
