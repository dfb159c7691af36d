//! The chain port over nodes whose answers the tests choose.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, missing_docs)]

mod loopback;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use flash_core::address::Address;
use flash_core::chain::{
    Above, Account, Action, Answer, BlockRef, Chain, ChainError, Delegation, EnergyRate, Height, Holdings, SeenTx,
    SignedTx, Validity,
};
use flash_core::id::{BlockId, TxId};
use flash_core::time::{Span, Timestamp};
use flash_core::units::{Energy, Sun};
use flash_tron::address::hex_address;
use flash_tron::chain::Config;
use flash_tron::contract::{Contract, Delegate, Lock, PermissionId, Resource};
use flash_tron::json::{AddressForm, print_transaction};
use flash_tron::signer::WalletKey;
use flash_tron::{LocalSigner, Node, NodeConfig, Policy, PrivateKey, RawTransaction, SignedTransaction, TronChain};
use loopback::{Reply, Server};
use serde_json::{Value, json};

fn key() -> PrivateKey {
    PrivateKey::from_bytes(&[1; 32]).unwrap()
}

fn receiver() -> Address {
    Address::from_body([9; 20])
}

fn chain(servers: &[&Server]) -> TronChain {
    let nodes = servers.iter().map(|server| Node::try_new(&NodeConfig::new(server.url.as_str())).unwrap()).collect();
    let signer = LocalSigner::new(Policy::rentals_up_to(Sun::from_trx(1_000).unwrap()), [key().into()]);
    TronChain::new(nodes, Arc::new(signer), Config::default())
}

/// A block on a branch, one each three seconds.
fn block(height: u64, branch: u8) -> BlockRef {
    let mut id = [branch; 32];
    id[..8].copy_from_slice(&height.to_be_bytes());
    let time = Timestamp::from_millis(i64::try_from(height).unwrap() * 3_000);
    BlockRef { height: Height(height), id: BlockId::from_bytes(id), time }
}

fn answer(block: &BlockRef, parent: &BlockRef, transactions: Value) -> Value {
    json!({
        "blockID": block.id,
        "block_header": { "raw_data": {
            "number": block.height.0, "timestamp": block.time.as_millis(), "parentHash": parent.id,
        } },
        "transactions": transactions,
    })
}

fn header(height: u64) -> Value {
    answer(&block(height, 1), &block(height - 1, 1), json!([]))
}

/// A node with these heights, solid and head.
async fn at(heights: Arc<Mutex<(u64, u64)>>) -> Server {
    Server::start(move |request| {
        let (solid, head) = *heights.lock().unwrap();
        Reply::Json(header(if request.path.starts_with("/walletsolidity") { solid } else { head }))
    })
    .await
}

async fn silent() -> Server {
    Server::start(|_| Reply::Hangup).await
}

/// A node that gives these blocks, whatever it is asked.
async fn with_blocks(blocks: Vec<Value>) -> Server {
    Server::start(move |_| Reply::Json(json!({ "block": blocks }))).await
}

#[tokio::test]
async fn tips_are_the_headers_of_both_views() {
    let server = at(Arc::new(Mutex::new((82, 100)))).await;
    let tips = chain(&[&server]).tips().await.unwrap();
    assert_eq!((tips.solid, tips.head), (block(82, 1), block(100, 1)));
    assert_eq!(server.paths(), ["/walletsolidity/getblock", "/wallet/getblock"]);
}

#[tokio::test]
async fn below_the_solid_head_only_solid_blocks_are_read() {
    let server = at(Arc::new(Mutex::new((82, 100)))).await;
    let chain = chain(&[&server]);
    chain.tips().await.unwrap();
    for height in [50, 81, 82, 99] {
        // What this node says of blocks is beside the point; where it is asked is not.
        let _ = chain.above(&block(height, 1), 5).await;
    }
    let asked: Vec<_> = server.paths().into_iter().filter(|path| path.ends_with("limitnext")).collect();
    let (solid, head) = ("/walletsolidity/getblockbylimitnext", "/wallet/getblockbylimitnext");
    assert_eq!(asked, [solid, solid, head, head]);
}

#[tokio::test]
async fn a_node_that_falls_back_is_not_believed() {
    let heights = Arc::new(Mutex::new((82, 100)));
    let server = at(heights.clone()).await;
    let chain = chain(&[&server]);
    let first = chain.tips().await.unwrap();
    for behind in [(82, 99), (81, 101), (50, 60)] {
        *heights.lock().unwrap() = behind;
        assert_eq!(chain.tips().await.unwrap(), first);
    }
    *heights.lock().unwrap() = (83, 101);
    assert_eq!(chain.tips().await.unwrap().head, block(101, 1));
}

#[tokio::test]
async fn a_node_that_is_further_is_asked_when_the_first_lags() {
    let heights = Arc::new(Mutex::new((82, 100)));
    let (first, second) = (at(heights.clone()).await, at(Arc::new(Mutex::new((90, 110)))).await);
    let chain = chain(&[&first, &second]);
    assert_eq!(chain.tips().await.unwrap().head.height, Height(100));
    *heights.lock().unwrap() = (82, 99);
    assert_eq!(chain.tips().await.unwrap().head.height, Height(110));
}

#[tokio::test]
async fn the_next_node_answers_for_one_that_does_not() {
    let (dead, html) = (silent().await, Server::start(|_| Reply::Raw(200, "", "<html>".to_owned())).await);
    let alive = at(Arc::new(Mutex::new((82, 100)))).await;
    assert!(chain(&[&dead, &html, &alive]).tips().await.is_ok());
    assert!(matches!(chain(&[&dead]).tips().await, Err(ChainError::Unavailable(_))));
    assert!(matches!(chain(&[&html]).tips().await, Err(ChainError::Malformed { .. })));
    assert!(matches!(chain(&[]).tips().await, Err(ChainError::Unavailable(_))));
}

#[tokio::test]
async fn headers_that_contradict_each_other_are_nonsense() {
    let above = at(Arc::new(Mutex::new((101, 100)))).await;
    assert!(matches!(chain(&[&above]).tips().await, Err(ChainError::Malformed { .. })));
    let wrong_id = Server::start(|_| {
        let mut header = header(100);
        header["block_header"]["raw_data"]["number"] = json!(101);
        Reply::Json(header)
    })
    .await;
    assert!(matches!(chain(&[&wrong_id]).tips().await, Err(ChainError::Malformed { .. })));
}

/// A transaction of a block as java-tron prints it.
fn printed(kind: &str, id: u8, outcome: &Value, resource: Option<&str>) -> Value {
    let mut value = json!({
        "owner_address": hex_address(&key().address()), "receiver_address": hex_address(&receiver()), "balance": 5,
    });
    if let Some(resource) = resource {
        value["resource"] = json!(resource);
    }
    let contract = json!({ "type": kind, "parameter": { "value": value, "type_url": "" } });
    json!({ "txID": TxId::from_bytes([id; 32]), "ret": outcome, "raw_data": { "contract": [contract] } })
}

#[tokio::test]
async fn blocks_come_with_their_delegations_of_energy_only() {
    let (energy, success) = (Some("ENERGY"), json!([{ "contractRet": "SUCCESS" }]));
    // A contract of another kind may have fields of the same names in any form.
    let mut odd = printed("TriggerSmartContract", 7, &success, energy);
    odd["raw_data"]["contract"][0]["parameter"]["value"]["balance"] = json!({ "no": ["number"] });
    let transactions = json!([
        printed("TransferContract", 1, &success, energy),
        printed("DelegateResourceContract", 2, &success, energy),
        printed("UnDelegateResourceContract", 3, &success, energy),
        printed("DelegateResourceContract", 4, &json!([{ "contractRet": "OUT_OF_TIME" }]), energy),
        printed("DelegateResourceContract", 5, &success, None),
        printed("UnDelegateResourceContract", 6, &success, Some("BANDWIDTH")),
        odd,
    ]);
    let (below, next) = (block(7, 1), block(8, 1));
    let mut empty = answer(&block(9, 1), &next, json!(null));
    empty.as_object_mut().unwrap().remove("transactions");
    let server = with_blocks(vec![header(7), answer(&next, &below, transactions), empty]).await;
    let Above::Linked(blocks) = chain(&[&server]).above(&below, 10).await.unwrap() else { panic!() };
    let delegation = Delegation { wallet: key().address(), receiver: receiver(), stake: Sun::new(5) };
    let seen = |id, action: fn(Delegation) -> Action, succeeded| SeenTx {
        id: TxId::from_bytes([id; 32]),
        action: action(delegation),
        succeeded,
    };
    let expected = [seen(2, Action::Delegate, true), seen(3, Action::Reclaim, true), seen(4, Action::Delegate, false)];
    assert_eq!(blocks[0].delegations, expected);
    assert_eq!((blocks[1].at, blocks[1].parent, blocks[1].delegations.len()), (block(9, 1), next.id, 0));
    assert_eq!(server.requests()[0].body, json!({ "startNum": 7, "endNum": 18 }));
}

#[tokio::test]
async fn a_delegation_without_a_result_is_nonsense_and_not_a_failure() {
    for outcome in [json!(null), json!([]), json!([{}])] {
        let mut delegation = printed("DelegateResourceContract", 5, &outcome, Some("ENERGY"));
        if outcome.is_null() {
            delegation.as_object_mut().unwrap().remove("ret");
        }
        let (below, next) = (block(7, 1), block(8, 1));
        let server = with_blocks(vec![header(7), answer(&next, &below, json!([delegation]))]).await;
        assert!(matches!(chain(&[&server]).above(&below, 10).await, Err(ChainError::Malformed { .. })));
    }
}

#[tokio::test]
async fn a_delegation_that_cannot_be_read_is_nonsense_and_not_left_out() {
    for (field, wrong) in [("owner_address", json!("41")), ("balance", json!("5")), ("resource", json!("GOLD"))] {
        let success = json!([{ "contractRet": "SUCCESS" }]);
        let mut delegation = printed("DelegateResourceContract", 5, &success, Some("ENERGY"));
        delegation["raw_data"]["contract"][0]["parameter"]["value"][field] = wrong;
        let (below, next) = (block(7, 1), block(8, 1));
        let server = with_blocks(vec![header(7), answer(&next, &below, json!([delegation]))]).await;
        let error = chain(&[&server]).above(&below, 10).await;
        assert!(matches!(error, Err(ChainError::Malformed { .. })), "{field}: {error:?}");
    }
}

#[tokio::test]
async fn a_transaction_is_fetched_as_it_was_signed() {
    let signed = chain(&[]).sign(&Action::Delegate(rental()), &validity()).await.unwrap();
    let whole = SignedTransaction::decode(&signed.bytes).unwrap();
    let good = print_transaction(&whole, AddressForm::Hex).unwrap();
    let node = |answer: Value| Server::start(move |_| Reply::Json(answer.clone()));
    let (lagging, knowing) = (node(json!({})).await, node(good.clone()).await);
    let fetched = chain(&[&lagging, &knowing]).fetch(&signed.id).await.unwrap();
    assert_eq!((fetched.as_ref(), fetched.as_ref().map(|tx| &tx.bytes)), (Some(&signed), Some(&signed.bytes)));
    assert_eq!(knowing.paths(), ["/walletsolidity/gettransactionbyid"]);
    assert_eq!(knowing.requests()[0].body, json!({ "value": signed.id }));
    assert_eq!(chain(&[&lagging]).fetch(&signed.id).await.unwrap(), None);
    let other = TxId::from_bytes([9; 32]);
    assert!(matches!(chain(&[&knowing]).fetch(&other).await, Err(ChainError::Malformed { .. })));
    for (field, wrong) in [("raw_data_hex", json!("0a02")), ("raw_data_hex", json!("x")), ("signature", json!(["00"]))]
    {
        let mut bad = good.clone();
        bad[field] = wrong;
        let error = chain(&[&node(bad).await]).fetch(&signed.id).await;
        assert!(matches!(error, Err(ChainError::Malformed { .. })), "{field}: {error:?}");
    }
}

#[tokio::test]
async fn at_most_the_blocks_asked_for_come() {
    let server = with_blocks((7..=30).map(header).collect()).await;
    let chain = chain(&[&server]);
    for (limit, expected) in [(0, 0), (1, 1), (5, 5), (500, 20)] {
        let Above::Linked(blocks) = chain.above(&block(7, 1), limit).await.unwrap() else { panic!() };
        assert_eq!(blocks.len(), expected);
    }
}

#[tokio::test]
async fn a_block_on_another_branch_is_forked_and_one_not_there_yet_is_not() {
    let server = with_blocks(vec![header(7), header(8)]).await;
    assert_eq!(chain(&[&server]).above(&block(7, 2), 10).await.unwrap(), Above::Forked);
    assert_eq!(
        chain(&[&with_blocks(vec![header(7)]).await]).above(&block(7, 1), 10).await.unwrap(),
        Above::Linked(vec![])
    );
    let behind = with_blocks(vec![]).await;
    assert!(matches!(chain(&[&behind]).above(&block(7, 1), 10).await, Err(ChainError::Unavailable(_))));
    assert!(matches!(chain(&[&behind, &server]).above(&block(7, 1), 10).await, Ok(Above::Linked(_))));
}

#[tokio::test]
async fn blocks_that_do_not_follow_each_other_are_nonsense() {
    let orphan = answer(&block(8, 1), &block(7, 2), json!([]));
    for blocks in [vec![header(8)], vec![header(7), header(9)], vec![header(7), orphan]] {
        let server = with_blocks(blocks).await;
        let error = chain(&[&server]).above(&block(7, 1), 10).await;
        assert!(matches!(error, Err(ChainError::Malformed { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn accounts_are_told_apart_and_come_in_order() {
    let wallet = key().address();
    let server = Server::start(move |request| {
        let resource = json!({
            "freeNetUsed": 279, "freeNetLimit": 600, "NetUsed": 1_000, "NetLimit": 900,
            "TotalEnergyLimit": 180_000_000_000_i64, "TotalEnergyWeight": 18_000_000_000_i64,
        });
        Reply::Json(match (request.path.as_str(), request.body["address"].as_str()) {
            ("/wallet/getaccountresource", _) => resource,
            (_, Some(address)) if address == wallet.to_string() => json!({
                "address": address, "balance": 5_000_000,
                "frozenV2": [{}, { "type": "ENERGY", "amount": 900_000_000 }, { "type": "TRON_POWER" }],
                "account_resource": { "energy_usage": 1_000, "delegated_frozenV2_balance_for_energy": 300_000_000 },
            }),
            (_, Some(address)) if address == receiver().to_string() => {
                json!({ "address": address, "type": "Contract" })
            }
            _ => json!({}),
        })
    })
    .await;
    let asked = [receiver(), Address::from_body([3; 20]), wallet];
    let holdings = Holdings {
        balance: Sun::new(5_000_000),
        // A thousand Energy at ten a TRX is a hundred TRX.
        lendable: Sun::new(800_000_000),
        lent: Sun::new(300_000_000),
        bandwidth: 321,
    };
    let accounts = chain(&[&server]).accounts(&asked).await.unwrap();
    assert_eq!(accounts, [Account::Contract, Account::Missing, Account::Normal(holdings)]);
}

#[tokio::test]
async fn the_rate_is_read_with_a_wallet_and_believed_for_a_while() {
    let server = Server::start(|_| Reply::Json(json!({ "TotalEnergyLimit": 180, "TotalEnergyWeight": 19 }))).await;
    let chain = chain(&[&server]);
    let expected = EnergyRate { total_energy: Energy::new(180), total_weight: 19 };
    assert_eq!(chain.rate().await.unwrap(), expected);
    assert_eq!(chain.rate().await.unwrap(), expected);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(server.requests()[0].body["address"], json!(key().address()));
}

#[tokio::test]
async fn wallets_that_are_not_activated_give_no_rate() {
    let server = Server::start(|_| Reply::Json(json!({}))).await;
    let error = chain(&[&server]).rate().await;
    assert!(matches!(error, Err(ChainError::Unavailable(_))), "{error:?}");
    let negative = Server::start(|_| Reply::Json(json!({ "TotalEnergyLimit": -1, "TotalEnergyWeight": 1 }))).await;
    assert!(matches!(chain(&[&negative]).rate().await, Err(ChainError::Malformed { .. })));
}

#[tokio::test]
async fn what_is_lent_counts_both_records_as_of_a_height_read_before() {
    let (wallet, to) = (key().address(), receiver());
    let records = Arc::new(Mutex::new(json!({})));
    let answers = records.clone();
    let server = Server::start(move |request| {
        Reply::Json(if request.path.ends_with("getblock") { header(82) } else { answers.lock().unwrap().clone() })
    })
    .await;
    let chain = chain(&[&server]);
    assert_eq!(chain.delegated(&wallet, &to).await.unwrap().stake, Sun::ZERO);
    assert_eq!(server.paths(), ["/walletsolidity/getblock", "/walletsolidity/getdelegatedresourcev2"]);
    *records.lock().unwrap() = json!({ "delegatedResource": [
        { "from": wallet, "to": to, "frozen_balance_for_energy": 5 },
        { "from": wallet, "to": to, "frozen_balance_for_energy": 7, "expire_time_for_energy": 9 },
    ] });
    let lent = chain.delegated(&wallet, &to).await.unwrap();
    assert_eq!((lent.stake, lent.as_of), (Sun::new(12), Height(82)));
    *records.lock().unwrap() = json!({ "delegatedResource": [{ "from": to, "to": wallet }] });
    assert!(matches!(chain.delegated(&wallet, &to).await, Err(ChainError::Malformed { .. })));
}

fn rental() -> Delegation {
    Delegation { wallet: key().address(), receiver: receiver(), stake: Sun::from_trx(100).unwrap() }
}

fn validity() -> Validity {
    let reference = block(82, 1);
    Validity { reference, expires_at: reference.time.after(Span::from_mins(2)), stamp: reference.time }
}

#[tokio::test]
async fn signing_is_local_and_repeatable() {
    let chain = chain(&[]);
    let signed = chain.sign(&Action::Delegate(rental()), &validity()).await.unwrap();
    assert_eq!(chain.sign(&Action::Delegate(rental()), &validity()).await.unwrap(), signed);
    let transaction = SignedTransaction::decode(&signed.bytes).unwrap();
    assert_eq!(transaction.txid(), signed.id);
    assert_eq!(transaction.signatures[0].recover(&signed.id), Ok(key().address()));
    let raw = RawTransaction::decode(&transaction.raw).unwrap();
    let Delegation { wallet: owner, receiver, stake } = rental();
    let expected = Delegate { owner, receiver, stake, resource: Resource::Energy, lock: Lock::NONE };
    assert_eq!(raw.contract, Contract::Delegate(expected));
    assert_eq!((raw.expiration, raw.timestamp), (validity().expires_at, validity().stamp));
    let reclaim = chain.sign(&Action::Reclaim(rental()), &validity()).await.unwrap();
    assert_ne!(reclaim.id, signed.id);
}

#[tokio::test]
async fn a_key_of_an_active_permission_signs_for_another_account() {
    let wallet = WalletKey { wallet: receiver(), permission: PermissionId(2), key: key() };
    let signer = LocalSigner::new(Policy::rentals_up_to(Sun::from_trx(1_000).unwrap()), [wallet]);
    let chain = TronChain::new(vec![], Arc::new(signer), Config::default());
    assert!(chain.signs_for(&receiver()) && !chain.signs_for(&key().address()));
    let action = Action::Delegate(Delegation { wallet: receiver(), receiver: key().address(), ..rental() });
    let signed = chain.sign(&action, &validity()).await.unwrap();
    let transaction = SignedTransaction::decode(&signed.bytes).unwrap();
    assert_eq!(transaction.signatures[0].recover(&signed.id), Ok(key().address()));
    assert_eq!(RawTransaction::decode(&transaction.raw).unwrap().permission_id, PermissionId(2));
}

#[tokio::test]
async fn what_the_policy_forbids_is_not_signed() {
    let chain = chain(&[]);
    let too_much = Delegation { stake: Sun::from_trx(1_001).unwrap(), ..rental() };
    let stranger = Delegation { wallet: receiver(), ..rental() };
    let expired = Validity { expires_at: validity().reference.time, ..validity() };
    for (delegation, validity) in [(too_much, validity()), (stranger, validity()), (rental(), expired)] {
        let refused = chain.sign(&Action::Delegate(delegation), &validity).await;
        assert!(matches!(refused, Err(ChainError::SigningRefused { .. })), "{refused:?}");
    }
}

fn tx() -> SignedTx {
    SignedTx { id: TxId::from_bytes([7; 32]), bytes: vec![1], expires_at: Timestamp::from_millis(0) }
}

async fn saying(code: &'static str) -> Server {
    Server::start(move |_| Reply::Json(json!({ "result": code == "SUCCESS", "code": code, "message": "" }))).await
}

#[tokio::test]
async fn a_transaction_goes_to_one_node_first_and_to_all_when_sent_again() {
    let (first, second) = (saying("SUCCESS").await, saying("SUCCESS").await);
    let chain = chain(&[&first, &second]);
    assert_eq!(chain.broadcast(&tx()).await, Answer::Accepted);
    assert_eq!((first.requests().len(), second.requests().len()), (1, 0));
    assert_eq!(chain.broadcast(&tx()).await, Answer::Accepted);
    assert_eq!((first.requests().len(), second.requests().len()), (2, 1));
}

#[tokio::test]
async fn a_node_that_is_busy_or_says_nothing_is_helped_by_the_next() {
    for (first, helped) in [("SERVER_BUSY", true), ("OTHER_ERROR", true), ("SIGERROR", false)] {
        let (first, second) = (saying(first).await, saying("SUCCESS").await);
        let answer = chain(&[&first, &second]).broadcast(&tx()).await;
        assert_eq!(answer == Answer::Accepted, helped, "{answer:?}");
        assert_eq!(second.requests().len(), usize::from(helped));
    }
}

#[tokio::test]
async fn an_account_is_read_from_one_node_as_a_whole() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let first = Server::start(move |request| match request.path.as_str() {
        "/wallet/getaccount" => Reply::Json(json!({ "address": request.body["address"] })),
        _ => {
            counted.fetch_add(1, Ordering::Relaxed);
            Reply::Hangup
        }
    })
    .await;
    let second = Server::start(|request| {
        Reply::Json(match request.path.as_str() {
            "/wallet/getaccount" => json!({ "address": request.body["address"], "balance": 5 }),
            _ => json!({ "TotalEnergyLimit": 180, "TotalEnergyWeight": 19 }),
        })
    })
    .await;
    let accounts = chain(&[&first, &second]).accounts(&[receiver()]).await.unwrap();
    assert!(matches!(accounts[0], Account::Normal(Holdings { balance, .. }) if balance == Sun::new(5)));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}
