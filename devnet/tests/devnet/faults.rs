//! Faults, one by one, over a real socket.

use flash_core::time::Span;
use flash_devnet::fault::{Fault, Rule};
use flash_devnet::refusal::Code;
use flash_tron::contract::ContractType;
use serde_json::{Value, json};

use crate::bench::{lend, reclaim};
use crate::http::Site;

async fn is_included(site: &Site, id: &flash_core::id::TxId) -> bool {
    site.ask("/wallet/gettransactioninfobyid", json!({ "value": id })).await != json!({})
}

async fn is_known(site: &Site, id: &flash_core::id::TxId) -> bool {
    site.ask("/wallet/gettransactionbyid", json!({ "value": id })).await != json!({})
}

#[tokio::test]
async fn a_refusal_is_answered_and_nothing_is_taken() {
    let site = Site::start().await;
    let (owner, receiver) = (site.wallet("owner", 100, 100), site.wallet("receiver", 1, 0).address());
    site.ask("/devnet/fault", json!({ "kind": "refuse", "code": "TAPOS_ERROR", "message": "hm", "count": 1 })).await;
    let (id, hex) = site.sign(&owner, lend(&owner, receiver, 1));
    let answer = site.broadcast(&hex).await.unwrap();
    let expected = (&json!(false), &json!("TAPOS_ERROR"), &json!("hm"));
    assert_eq!((&answer["result"], &answer["code"], &answer["message"]), expected);
    assert!(!is_known(&site, &id).await);
    assert_eq!(site.broadcast(&hex).await.unwrap()["result"], true, "once means once");
}

#[tokio::test]
async fn a_broadcast_lost_before_leaves_nothing_behind() {
    let site = Site::start().await;
    let (owner, receiver) = (site.wallet("owner", 100, 100), site.wallet("receiver", 1, 0).address());
    site.devnet.fault(Rule::once(Fault::LoseBefore));
    let (id, hex) = site.sign(&owner, lend(&owner, receiver, 1));
    let error = site.broadcast(&hex).await.unwrap_err();
    assert!(error.is_request() && error.status().is_none(), "no head, nothing: {error:?}");
    assert!(!is_known(&site, &id).await);
}

#[tokio::test]
async fn a_broadcast_lost_after_lands_all_the_same() {
    let site = Site::start().await;
    let (owner, receiver) = (site.wallet("owner", 100, 100), site.wallet("receiver", 1, 0).address());
    site.ask("/devnet/fault", json!({ "kind": "lose_after", "count": 1 })).await;
    let (id, hex) = site.sign(&owner, lend(&owner, receiver, 1));
    assert!(site.broadcast(&hex).await.is_err());
    assert!(is_known(&site, &id).await);
    assert_eq!(site.broadcast(&hex).await.unwrap()["code"], "DUP_TRANSACTION_ERROR");
    site.block();
    assert!(is_included(&site, &id).await);
}

#[tokio::test]
async fn a_dropped_transaction_is_taken_and_never_seen_again() {
    let site = Site::start().await;
    let (owner, receiver) = (site.wallet("owner", 100, 100), site.wallet("receiver", 1, 0).address());
    site.ask("/devnet/fault", json!({ "kind": "drop", "count": 1 })).await;
    let (id, hex) = site.sign(&owner, lend(&owner, receiver, 1));
    assert_eq!(site.broadcast(&hex).await.unwrap()["code"], "SUCCESS");
    assert!(is_known(&site, &id).await);
    site.block();
    assert!(!is_known(&site, &id).await);
    assert_eq!(site.broadcast(&hex).await.unwrap()["code"], "SUCCESS", "the same bytes may be sent again");
    site.block();
    assert!(is_included(&site, &id).await);
}

#[tokio::test]
async fn a_delayed_transaction_is_held_back_from_blocks() {
    let site = Site::start().await;
    let (owner, receiver) = (site.wallet("owner", 100, 100), site.wallet("receiver", 1, 0).address());
    site.ask("/devnet/fault", json!({ "kind": "delay", "seconds": 9, "count": 1 })).await;
    let (id, hex) = site.sign(&owner, lend(&owner, receiver, 1));
    assert_eq!(site.broadcast(&hex).await.unwrap()["code"], "SUCCESS");
    for _ in 0..2 {
        site.block();
        assert!(is_known(&site, &id).await && !is_included(&site, &id).await);
    }
    site.block();
    assert!(is_included(&site, &id).await);
}

#[tokio::test]
async fn a_transaction_held_past_its_expiry_is_dropped() {
    let site = Site::start().await;
    let (owner, receiver) = (site.wallet("owner", 100, 100), site.wallet("receiver", 1, 0).address());
    site.ask("/devnet/fault", json!({ "kind": "delay", "seconds": 300, "count": 1 })).await;
    let (id, hex) = site.sign(&owner, lend(&owner, receiver, 1));
    assert_eq!(site.broadcast(&hex).await.unwrap()["code"], "SUCCESS");
    site.devnet.advance(Span::from_secs(57));
    assert!(is_known(&site, &id).await);
    site.devnet.advance(Span::from_secs(6));
    assert!(!is_known(&site, &id).await);
    assert_eq!(site.broadcast(&hex).await.unwrap()["code"], "TRANSACTION_EXPIRATION_ERROR");
}

#[tokio::test]
async fn a_slow_answer_outlasts_a_clients_patience() {
    let site = Site::start().await;
    let (owner, receiver) = (site.wallet("owner", 100, 100), site.wallet("receiver", 1, 0).address());
    site.ask("/devnet/fault", json!({ "kind": "delay", "answer_ms": 60_000, "count": 1 })).await;
    let (id, hex) = site.sign(&owner, lend(&owner, receiver, 1));
    let request = site.client.post(format!("{}/wallet/broadcasthex", site.devnet.url()));
    let body = json!({ "transaction": hex });
    let impatient = request.json(&body).timeout(std::time::Duration::from_millis(200)).send().await;
    assert!(impatient.unwrap_err().is_timeout());
    assert!(is_known(&site, &id).await);
}

#[tokio::test]
async fn a_stopped_node_answers_nothing_but_its_control_routes() {
    let site = Site::start().await;
    site.ask("/devnet/fault", json!({ "kind": "stop" })).await;
    for path in ["/wallet/getnowblock", "/walletsolidity/getnowblock", "/wallet/broadcasthex", "/nothing"] {
        assert!(site.post(path, json!({})).await.is_err(), "{path}");
    }
    site.ask("/devnet/fault", json!({ "kind": "resume" })).await;
    assert!(site.ask("/wallet/getnowblock", json!({})).await["blockID"].is_string());
    site.devnet.silence(true);
    assert!(site.post("/wallet/getnowblock", json!({})).await.is_err());
    site.ask("/devnet/fault", json!({ "kind": "clear" })).await;
    assert!(site.post("/wallet/getnowblock", json!({})).await.is_ok());
}

#[tokio::test]
async fn a_fault_may_strike_one_contract_alone() {
    let site = Site::start().await;
    let (owner, receiver) = (site.wallet("owner", 100, 100), site.wallet("receiver", 1, 0).address());
    let refuse = Fault::Refuse { code: Code::ServerBusy, message: "Server busy.".to_owned() };
    site.devnet.fault(Rule { fault: refuse, only: Some(ContractType::UnDelegateResource), count: None });
    let (_, hex) = site.sign(&owner, lend(&owner, receiver, 1));
    assert_eq!(site.broadcast(&hex).await.unwrap()["code"], "SUCCESS");
    site.block();
    for _ in 0..2 {
        let (_, hex) = site.sign(&owner, reclaim(&owner, receiver, 1));
        let answer: Value = site.broadcast(&hex).await.unwrap();
        assert_eq!((&answer["code"], &answer["message"]), (&json!("SERVER_BUSY"), &json!("Server busy.")));
    }
    site.devnet.clear_faults();
    let (_, hex) = site.sign(&owner, reclaim(&owner, receiver, 1));
    assert_eq!(site.broadcast(&hex).await.unwrap()["code"], "SUCCESS");
}
