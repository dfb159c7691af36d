//! Shapes over a real socket: what is left out, what errors look like, what is not there.

use flash_core::address::Address;
use flash_core::id::TxId;
use flash_core::time::{Span, Timestamp};
use flash_core::units::Sun;
use flash_devnet::{Devnet, demo_key, set_up_wallet};
use flash_tron::address::hex_address;
use flash_tron::contract::{Contract, TriggerSmart};
use flash_tron::key::PrivateKey;
use flash_tron::transaction::{RawTransaction, Reference};
use serde_json::{Value, json};

use crate::bench::{bytes, fixed, lend, lend_locked, trx};

/// A devnet whose time moves only when told to, and a client of it.
pub(crate) struct Site {
    pub(crate) devnet: Devnet,
    pub(crate) client: reqwest::Client,
}

impl Site {
    pub(crate) async fn start() -> Self {
        // Built together with crates that speak HTTPS, reqwest asks for a provider even to speak HTTP.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { devnet: Devnet::local(&fixed()).await.unwrap(), client: reqwest::Client::new() }
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Result<Value, reqwest::Error> {
        let response = self.client.post(format!("{}{path}", self.devnet.url())).json(&body).send().await?;
        response.json().await
    }

    pub(crate) async fn ask(&self, path: &str, body: Value) -> Value {
        self.post(path, body).await.unwrap()
    }

    pub(crate) async fn status(&self, path: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
        let response = self.client.post(format!("{}{path}", self.devnet.url())).body(body).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// A wallet with a balance and stake for Energy, in whole TRX.
    pub(crate) fn wallet(&self, name: &str, balance: i64, stake: i64) -> PrivateKey {
        self.devnet.with_network(|network| set_up_wallet(network, name, trx(balance), trx(stake))).unwrap()
    }

    /// A transaction valid for a minute, and its bytes in hex.
    pub(crate) fn sign(&self, key: &PrivateKey, contract: Contract) -> (TxId, String) {
        let (head, solid) = self.devnet.with_network(|network| (network.head(), network.solid()));
        let expiration = Timestamp::from_millis(head.time.as_millis() + 60_000);
        let raw = RawTransaction::new(contract, Reference::from(&solid), expiration, head.time);
        (raw.txid(), hex::encode(bytes(&[key], &raw)))
    }

    pub(crate) async fn broadcast(&self, hex: &str) -> Result<Value, reqwest::Error> {
        self.post("/wallet/broadcasthex", json!({ "transaction": hex })).await
    }

    pub(crate) fn block(&self) {
        self.devnet.advance(Span::from_secs(3));
    }
}

fn base58(address: &Address) -> String {
    address.to_string()
}

#[tokio::test]
async fn what_is_not_there_is_an_empty_object() {
    let site = Site::start().await;
    let ghost = base58(&demo_key("ghost").address());
    for (path, body) in [
        ("getaccount", json!({ "address": ghost, "visible": true })),
        ("getaccountresource", json!({ "address": ghost, "visible": true })),
        ("getdelegatedresourcev2", json!({ "fromAddress": ghost, "toAddress": ghost, "visible": true })),
        ("getcandelegatedmaxsize", json!({ "owner_address": ghost, "type": 1, "visible": true })),
        ("getavailableunfreezecount", json!({ "owner_address": ghost, "visible": true })),
        ("gettransactionbyid", json!({ "value": "00".repeat(32) })),
        ("gettransactioninfobyid", json!({ "value": "00".repeat(32) })),
        ("getblockbynum", json!({ "num": 1_000_000 })),
        ("getblockbyid", json!({ "value": "00".repeat(32) })),
        ("getblock", json!({ "id_or_num": "1000000" })),
        ("getblockbylimitnext", json!({ "startNum": 5, "endNum": 5 })),
        ("getblockbylimitnext", json!({ "startNum": 5, "endNum": 106 })),
        ("gettransactioninfobyblocknum", json!({ "num": 0 })),
        ("getaccount", json!({})),
    ] {
        assert_eq!(site.ask(&format!("/wallet/{path}"), body.clone()).await, json!({}), "{path} {body}");
    }
    assert_eq!(site.ask("/wallet/gettransactioninfobyblocknum", json!({ "num": 1 })).await, json!([]));
    assert_eq!(site.ask("/wallet/gettransactioninfobyblocknum", json!({ "num": 1_000_000 })).await, json!([]));
    let beyond = json!({ "startNum": 1_000_000, "endNum": 1_000_001 });
    assert_eq!(site.ask("/wallet/getblockbylimitnext", beyond).await, json!({ "block": [] }));
    site.devnet.stop().await;
}

#[tokio::test]
async fn errors_come_with_status_200_and_a_java_class() {
    let site = Site::start().await;
    let owner = site.wallet("owner", 100, 100);
    let body = json!({
        "owner_address": base58(&owner.address()), "receiver_address": base58(&owner.address()),
        "balance": 1_000_000, "resource": "ENERGY", "visible": true,
    });
    let class = "class org.tron.core.exception.ContractValidateException";
    let same = format!("{class} : receiverAddress must not be the same as ownerAddress");
    assert_eq!(site.ask("/wallet/delegateresource", body).await, json!({ "Error": same }));
    let gone = format!("{class} : Account[{}] does not exist", hex_address(&demo_key("ghost").address()));
    let body = json!({ "owner_address": hex_address(&demo_key("ghost").address()) });
    assert_eq!(site.ask("/wallet/undelegateresource", body).await, json!({ "Error": gone }));
    let empty = site.ask("/wallet/delegateresource", json!({})).await;
    assert_eq!(empty, json!({ "Error": format!("{class} : Invalid address") }));

    for body in ["{", "[]", "nonsense", "{\"num\":\"x\"}", "\u{0}"] {
        let (status, text) = site.status("/wallet/getblockbynum", body).await;
        assert_eq!(status, 200, "{body}");
        assert!(text.starts_with("{\"Error\":\"class "), "{body}: {text}");
    }
    for transaction in ["zz", "0a", "ffff", ""] {
        let answer = site.ask("/wallet/broadcasthex", json!({ "transaction": transaction })).await;
        assert!(answer["Error"].is_string() || answer["result"] == false, "{transaction}: {answer}");
    }
    let checksum = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u";
    let posted = site.ask("/wallet/getaccount", json!({ "address": checksum, "visible": true })).await;
    assert_eq!(posted, json!({ "Error": "class java.lang.NullPointerException : null" }));
    let url = format!("{}/wallet/getaccount?address={checksum}&visible=true", site.devnet.url());
    let asked: Value = site.client.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(asked, json!({}), "a GET with a wrong checksum quietly finds nobody");
}

#[tokio::test]
async fn routes_that_a_node_has_not_are_404_and_long_bodies_413() {
    let site = Site::start().await;
    for path in [
        "/",
        "/wallet",
        "/wallet/nothing",
        "/walletsolidity/getaccountresource",
        "/walletsolidity/getchainparameters",
        "/walletsolidity/broadcasthex",
        "/walletsolidity/delegateresource",
        "/devnet/nothing",
    ] {
        assert_eq!(site.status(path, "{}").await.0, 404, "{path}");
    }
    let long = format!("{{\"transaction\":\"{}\"}}", "0".repeat(4 << 20));
    assert_eq!(site.status("/wallet/broadcasthex", long).await.0, 413);
}

#[tokio::test]
async fn gets_and_posts_and_both_forms_of_addresses_say_the_same() {
    let site = Site::start().await;
    let owner = site.wallet("owner", 5, 100).address();
    let posted = site.ask("/wallet/getaccount", json!({ "address": hex_address(&owner) })).await;
    assert_eq!(posted["address"], hex_address(&owner));
    assert_eq!(posted["balance"], 5_000_000);
    let frozen = json!([{}, { "type": "ENERGY", "amount": 100_000_000 }, { "type": "TRON_POWER" }]);
    assert_eq!(posted["frozenV2"], frozen);
    assert_eq!(posted["owner_permission"]["threshold"], 1);
    assert_eq!(posted["active_permission"][0]["id"], 2);
    assert_eq!(posted.get("type"), None);
    let url = format!("{}/walletsolidity/getaccount?address={owner}&visible=true", site.devnet.url());
    let asked: Value = site.client.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(asked["address"], base58(&owner));
    assert_eq!(asked["frozenV2"], frozen, "the faucet is seen on the solid side at once");
    let prefixed = format!("0x{}", hex_address(&owner).to_uppercase());
    assert_eq!(site.ask("/wallet/getaccount", json!({ "address": prefixed })).await, posted);
}

#[tokio::test]
async fn the_network_tells_its_parameters_and_totals() {
    let site = Site::start().await;
    let owner = site.wallet("owner", 5, 1_000).address();
    let resources = site.ask("/wallet/getaccountresource", json!({ "address": hex_address(&owner) })).await;
    assert_eq!(resources["TotalEnergyLimit"], 180_000_000_000_i64);
    assert_eq!(resources["TotalEnergyWeight"], 19_000_001_000_i64);
    assert_eq!(resources["EnergyLimit"], 9_473);
    assert_eq!(resources["freeNetLimit"], 600);
    assert_eq!(resources.get("EnergyUsed"), None);
    let parameters = site.ask("/wallet/getchainparameters", json!({})).await;
    let all = parameters["chainParameter"].as_array().unwrap();
    let value = |key: &str| all.iter().find(|parameter| parameter["key"] == key).unwrap()["value"].as_i64();
    assert_eq!(value("getEnergyFee"), Some(100));
    assert_eq!(value("getUnfreezeDelayDays"), Some(14));
    assert_eq!(value("getAllowUpdateAccountName"), None);
    assert_eq!(site.ask("/wallet/getenergyprices", json!({})).await, json!({ "prices": "0:100" }));
    let max = site.ask("/wallet/getcandelegatedmaxsize", json!({ "owner_address": hex_address(&owner), "type": 1 }));
    assert_eq!(max.await, json!({ "max_size": 1_000_000_000 }));
    let count = site.ask("/wallet/getavailableunfreezecount", json!({ "owner_address": hex_address(&owner) }));
    assert_eq!(count.await, json!({ "count": 32 }));
    for (address, result, message) in [
        (base58(&owner), true, "Base58check format"),
        (hex_address(&owner), true, "Hex string format"),
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u".to_owned(), false, "Invalid address"),
        ("T".to_owned(), false, "Length error"),
    ] {
        let answer = site.ask("/wallet/validateaddress", json!({ "address": address })).await;
        assert_eq!(answer, json!({ "result": result, "message": message }));
    }
    assert!(site.ask("/wallet/getnodeinfo", json!({})).await["block"].is_string());
}

#[tokio::test]
async fn blocks_hang_together() {
    let site = Site::start().await;
    let now = site.ask("/wallet/getnowblock", json!({})).await;
    assert_eq!(now["block_header"]["raw_data"]["number"], 40);
    assert_eq!(now["block_header"]["witness_signature"].as_str().unwrap().len(), 130);
    assert_eq!(now.get("transactions"), None);
    let solid = site.ask("/walletsolidity/getnowblock", json!({})).await;
    assert_eq!(solid["block_header"]["raw_data"]["number"], 22);
    assert_eq!(site.ask("/walletsolidity/getblockbynum", json!({ "num": 23 })).await, json!({}));
    let first = site.ask("/wallet/getblockbynum", json!({})).await;
    assert_eq!(first["block_header"]["raw_data"].get("number"), None, "block 0 leaves its number out");
    let list = site.ask("/wallet/getblockbylimitnext", json!({ "startNum": 0, "endNum": 100 })).await;
    let list = list["block"].as_array().unwrap();
    assert_eq!(list.len(), 41);
    for pair in list.windows(2) {
        assert_eq!(pair[1]["block_header"]["raw_data"]["parentHash"], pair[0]["blockID"]);
    }
    assert_eq!(list[40], now);
    assert_eq!(site.ask("/wallet/getblockbyid", json!({ "value": now["blockID"] })).await, now);
    assert_eq!(site.ask("/wallet/getblock", json!({ "id_or_num": now["blockID"] })).await, now);
    assert_eq!(site.ask("/wallet/getblock", json!({})).await, now);
    let latest = site.ask("/wallet/getblockbylatestnum", json!({ "num": 2 })).await;
    assert_eq!(latest["block"], json!([list[39], list[40]]));
    let negative = site.ask("/wallet/getblock", json!({ "id_or_num": "-1" })).await;
    assert!(negative["Error"].as_str().unwrap().ends_with("num must be non-positive number."));
}

#[tokio::test]
async fn a_built_transaction_is_broadcast_as_json_once_it_is_signed() {
    let site = Site::start().await;
    let owner = site.wallet("owner", 100, 100);
    let receiver = site.wallet("receiver", 1, 0).address();
    for visible in [false, true] {
        let show = |address: &Address| if visible { base58(address) } else { hex_address(address) };
        let body = json!({
            "owner_address": show(&owner.address()), "receiver_address": show(&receiver),
            "balance": 2_000_000, "resource": "ENERGY", "visible": visible,
        });
        let mut built = site.ask("/wallet/delegateresource", body).await;
        let id: TxId = built["txID"].as_str().unwrap().parse().unwrap();
        let raw = RawTransaction::decode(&hex::decode(built["raw_data_hex"].as_str().unwrap()).unwrap()).unwrap();
        assert_eq!(raw.contract, lend(&owner, receiver, 2));
        assert_eq!(built.get("signature"), None);
        built["signature"] = json!([owner.sign(&id).to_string()]);
        let taken = site.ask("/wallet/broadcasttransaction", built.clone()).await;
        assert_eq!(taken, json!({ "result": true, "txid": id }));
        let again = site.ask("/wallet/broadcasttransaction", built).await;
        let text = "Dup transaction.";
        let message = if visible { text.to_owned() } else { hex::encode(text) };
        assert_eq!(again, json!({ "code": "DUP_TRANSACTION_ERROR", "txid": id, "message": message }));
        site.block();
    }
}

#[tokio::test]
async fn an_unlocked_record_comes_before_the_locked_one_and_has_no_expiry() {
    let site = Site::start().await;
    let owner = site.wallet("owner", 100, 100);
    let receiver = site.wallet("receiver", 1, 0).address();
    let parent = site.devnet.with_network(|network| network.head().time.as_millis());
    for contract in [lend_locked(&owner, receiver, 3, 1_000), lend(&owner, receiver, 2)] {
        let (_, hex) = site.sign(&owner, contract);
        assert_eq!(site.broadcast(&hex).await.unwrap()["result"], true);
    }
    let pair = json!({ "fromAddress": owner.address(), "toAddress": receiver, "visible": true });
    let answer = site.ask("/wallet/getdelegatedresourcev2", pair).await;
    let record = |amount: i64| json!({ "from": owner.address(), "to": receiver, "frozen_balance_for_energy": amount });
    let (unlocked, mut locked) = (record(2_000_000), record(3_000_000));
    locked["expire_time_for_energy"] = json!(parent + 3_000_000);
    assert_eq!(answer, json!({ "delegatedResource": [unlocked, locked] }));
}

#[tokio::test]
async fn a_library_learns_the_permission_before_it_signs() {
    let site = Site::start().await;
    let owner = site.wallet("owner", 100, 100);
    let body =
        json!({ "owner_address": hex_address(&owner.address()), "frozen_balance": 1_000_000, "resource": "ENERGY" });
    let mut built = site.ask("/wallet/freezebalancev2", body).await;
    let before = site.ask("/wallet/getsignweight", built.clone()).await;
    assert_eq!(before["result"], json!({ "code": "NOT_ENOUGH_PERMISSION" }));
    assert_eq!(before["permission"]["permission_name"], "owner");
    assert_eq!(before["transaction"]["transaction"]["txID"], built["txID"]);
    let id: TxId = built["txID"].as_str().unwrap().parse().unwrap();
    built["signature"] = json!([owner.sign(&id).to_string()]);
    let after = site.ask("/wallet/getsignweight", built.clone()).await;
    assert_eq!((&after["result"], &after["current_weight"]), (&json!({}), &json!(1)));
    built["signature"] = json!([demo_key("stranger").sign(&id).to_string()]);
    let wrong = site.ask("/wallet/getsignweight", built).await;
    assert_eq!(wrong["result"]["code"], "PERMISSION_ERROR");
}

#[tokio::test]
async fn a_call_of_a_contract_meets_an_address_without_code() {
    let site = Site::start().await;
    let owner = site.wallet("owner", 100, 0);
    let call = TriggerSmart {
        owner: owner.address(),
        contract: "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t".parse().unwrap(),
        call_value: Sun::ZERO,
        data: vec![0xa9, 0x05, 0x9c, 0xbb],
        call_token_value: 0,
        token_id: 0,
    };
    let (_, hex) = site.sign(&owner, Contract::TriggerSmart(call));
    let answer = site.broadcast(&hex).await.unwrap();
    assert_eq!(answer["code"], "CONTRACT_VALIDATE_ERROR");
    assert_eq!(answer["message"], "Contract validate error : No contract or not a smart contract");
    let built = site.ask("/wallet/triggerconstantcontract", json!({ "visible": true })).await;
    assert_eq!(built["result"]["code"], "CONTRACT_VALIDATE_ERROR");
}

#[tokio::test]
async fn control_routes_say_what_to_do() {
    let site = Site::start().await;
    let owner = demo_key("owner").address();
    for (path, body, words) in [
        ("faucet", json!({}), "send a JSON body such as"),
        ("faucet", json!({ "address": "T", "amount_sun": 1 }), "not a TRON address"),
        ("faucet", json!({ "address": owner, "amount_sun": 0 }), "positive"),
        ("faucet", json!({ "address": owner, "amount_sun": 1, "memo": "" }), "unknown field"),
        ("stake", json!({ "address": owner, "amount_sun": 1 }), "give it TRX first"),
        ("use_energy", json!({ "address": owner, "energy": 1 }), "give it TRX first"),
        ("advance", json!({ "seconds": u32::MAX }), "49 days"),
        ("clock", json!({}), "use GET"),
        ("fault", json!({ "kind": "nonsense" }), "unknown variant"),
        ("fault", json!({ "kind": "delay" }), "either seconds"),
        ("fault", json!({ "kind": "refuse", "code": "NOPE" }), "one of SIGERROR"),
        ("fault", json!({ "kind": "drop", "contract": "NOPE" }), "one of TransferContract"),
    ] {
        let (status, text) = site.status(&format!("/devnet/{path}"), body.to_string()).await;
        assert_eq!(status, 400, "{path} {body}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert!(answer["error"].as_str().unwrap().contains(words), "{path} {body}: {text}");
    }
    let given = site.ask("/devnet/faucet", json!({ "address": owner, "amount_sun": 7_000_000 })).await;
    assert_eq!(given["balance_sun"], 7_000_000);
    let staked = site.ask("/devnet/stake", json!({ "address": owner, "amount_sun": 6_000_000 })).await;
    assert_eq!((&staked["staked_sun"], &staked["energy_limit"]), (&json!(6_000_000), &json!(56)));
    let left = site.ask("/devnet/use_energy", json!({ "address": owner, "energy": 50 })).await;
    assert_eq!(left["energy_left"], 6);
    site.ask("/devnet/contract", json!({ "address": owner })).await;
    let account = site.ask("/wallet/getaccount", json!({ "address": owner, "visible": true })).await;
    assert_eq!((&account["type"], &account["balance"]), (&json!("Contract"), &json!(1_000_000)));
    let moved = site.ask("/devnet/advance", json!({ "seconds": 30 })).await;
    assert_eq!((&moved["head"]["number"], &moved["solid"]["number"]), (&json!(50), &json!(32)));
    let url = format!("{}/devnet/clock", site.devnet.url());
    let clock: Value = site.client.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(clock, moved);
    assert_eq!(clock["speed"], 0);
    let solid = site.devnet.with_network(|network| network.solid_view().balance(&owner));
    assert_eq!(solid, Sun::TRX);
}
