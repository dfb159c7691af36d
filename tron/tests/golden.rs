//! Transactions that other implementations made, byte for byte.
#![allow(clippy::unwrap_used, missing_docs)]

use flash_core::address::Address;
use flash_core::id::BlockId;
use flash_core::time::Timestamp;
use flash_core::units::Sun;
use flash_tron::contract::{
    AccountPermissionUpdate, CancelAllUnfreeze, Contract, ContractType, Delegate, Freeze, Key, Lock, Permission,
    PermissionId, PermissionKind, Resource, Transfer, TriggerSmart, Undelegate, Unfreeze, Vote, VoteWitness,
    WithdrawExpireUnfreeze,
};
use flash_tron::json::{
    AddressForm, parse_contract, parse_raw, parse_transaction, print_contract, print_raw, print_transaction,
};
use flash_tron::key::{PrivateKey, Signature};
use flash_tron::transaction::{RawTransaction, Reference, SignedTransaction, txid};
use serde_json::Value;

fn vectors(file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(format!("{}/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let parsed: Value = serde_json::from_str(&text).unwrap();
    parsed["vectors"].as_array().unwrap().clone()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}

/// Numbers are strings where JSON numbers would not do.
fn int(value: &Value, field: &str) -> i64 {
    let value = &value[field];
    if let Some(digits) = value.as_str() {
        return digits.parse().unwrap();
    }
    if value.is_null() { 0 } else { value.as_i64().unwrap() }
}

fn address(value: &Value, field: &str) -> Address {
    text(value, field).parse().unwrap()
}

fn resource(value: &Value) -> Resource {
    Resource::from_name(text(value, "resource")).unwrap()
}

fn permission(value: &Value) -> Permission {
    Permission {
        kind: PermissionKind::from_name(text(value, "type")).unwrap(),
        id: PermissionId(int(value, "id").try_into().unwrap()),
        name: text(value, "permission_name").to_owned(),
        threshold: int(value, "threshold"),
        parent_id: 0,
        operations: hex::decode(value["operations"].as_str().unwrap_or_default()).unwrap(),
        keys: value["keys"].as_array().unwrap().iter().map(key).collect(),
    }
}

fn key(value: &Value) -> Key {
    Key { address: address(value, "address"), weight: int(value, "weight") }
}

fn contract(kind: &str, params: &Value) -> Contract {
    let owner = address(params, "owner_address");
    let sun = |field| Sun::new(int(params, field));
    match kind {
        "TransferContract" => {
            Contract::Transfer(Transfer { owner, to: address(params, "to_address"), amount: sun("amount") })
        }
        "DelegateResourceContract" => Contract::Delegate(Delegate {
            owner,
            receiver: address(params, "receiver_address"),
            stake: sun("balance"),
            resource: resource(params),
            lock: Lock { locked: params["lock"].as_bool().unwrap(), slots: int(params, "lock_period") },
        }),
        "UnDelegateResourceContract" => Contract::Undelegate(Undelegate {
            owner,
            receiver: address(params, "receiver_address"),
            stake: sun("balance"),
            resource: resource(params),
        }),
        "FreezeBalanceV2Contract" => {
            Contract::Freeze(Freeze { owner, amount: sun("frozen_balance"), resource: resource(params) })
        }
        "UnfreezeBalanceV2Contract" => {
            Contract::Unfreeze(Unfreeze { owner, amount: sun("unfreeze_balance"), resource: resource(params) })
        }
        "WithdrawExpireUnfreezeContract" => Contract::WithdrawExpireUnfreeze(WithdrawExpireUnfreeze { owner }),
        "CancelAllUnfreezeV2Contract" => Contract::CancelAllUnfreeze(CancelAllUnfreeze { owner }),
        "TriggerSmartContract" => Contract::TriggerSmart(TriggerSmart {
            owner,
            contract: address(params, "contract_address"),
            call_value: sun("call_value"),
            data: hex::decode(text(params, "data")).unwrap(),
            call_token_value: int(params, "call_token_value"),
            token_id: int(params, "token_id"),
        }),
        "VoteWitnessContract" => Contract::VoteWitness(VoteWitness {
            owner,
            votes: params["votes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|vote| Vote { witness: address(vote, "vote_address"), count: int(vote, "vote_count") })
                .collect(),
            support: false,
        }),
        "AccountPermissionUpdateContract" => Contract::AccountPermissionUpdate(AccountPermissionUpdate {
            account: owner,
            owner: params.get("owner").map(permission),
            witness: params.get("witness").map(permission),
            actives: params["actives"].as_array().unwrap().iter().map(permission).collect(),
        }),
        other => panic!("no such contract in the vectors: {other}"),
    }
}

fn raw(vector: &Value, params: &str) -> RawTransaction {
    let reference = Reference {
        ref_block_bytes: hex::decode(text(vector, "ref_block_bytes")).unwrap().try_into().unwrap(),
        ref_block_hash: hex::decode(text(vector, "ref_block_hash")).unwrap().try_into().unwrap(),
    };
    RawTransaction {
        contract: contract(text(vector, "type"), &vector[params]),
        permission_id: PermissionId(int(vector, "permission_id").try_into().unwrap()),
        reference,
        expiration: Timestamp::from_millis(int(vector, "expiration")),
        timestamp: Timestamp::from_millis(int(vector, "timestamp")),
        fee_limit: Sun::new(int(vector, "fee_limit")),
        memo: vector["memo_utf8"].as_str().unwrap_or_default().as_bytes().to_vec(),
    }
}

#[test]
fn raw_bytes_and_ids_are_those_of_tronweb_and_protobuf() {
    for vector in vectors("transactions.json") {
        let raw = raw(&vector, "params");
        let bytes = raw.encode();
        assert_eq!(hex::encode(&bytes), text(&vector, "raw_data_hex"), "vector {}", vector["index"]);
        assert_eq!(txid(&bytes).to_string(), text(&vector, "txID"));
        assert_eq!(RawTransaction::decode(&bytes), Ok(raw));
    }
}

#[test]
fn references_come_from_block_ids() {
    for vector in vectors("transactions.json") {
        let id: BlockId = text(&vector, "ref_block_id").parse().unwrap();
        assert_eq!(Reference::from(&id), raw(&vector, "params").reference);
    }
}

#[test]
fn a_key_signs_to_the_bytes_of_the_vectors() {
    for vector in vectors("transactions.json") {
        let key: PrivateKey = text(&vector, "private_key").parse().unwrap();
        let signed = raw(&vector, "params").sign(&key);
        assert_eq!(hex::encode(signed.encode()), text(&vector, "signed_transaction_hex_v27"));
    }
}

#[test]
fn contracts_alone_read_from_json_and_print_back() {
    for vector in vectors("real_chain_samples.json") {
        let kind = ContractType::from_name(text(&vector, "type")).unwrap();
        let contract = parse_contract(kind, &vector["value"], AddressForm::Hex).unwrap();
        assert_eq!(print_contract(&contract, AddressForm::Hex), vector["value"]);
    }
}

#[test]
fn signatures_are_those_of_tronweb_and_recover_in_either_form() {
    for vector in vectors("transactions.json") {
        let key: PrivateKey = text(&vector, "private_key").parse().unwrap();
        let id = text(&vector, "txID").parse().unwrap();
        assert_eq!(key.sign(&id).to_string(), text(&vector, "signature_tronweb"));
        for form in ["signature_tronweb", "signature_tronweb_as_printed", "signature_tronpy"] {
            let signature: Signature = text(&vector, form).parse().unwrap();
            assert_eq!(signature.recover(&id), Ok(key.address()), "{form}");
        }
    }
}

#[test]
fn signed_bytes_and_bandwidth_are_those_of_the_vectors() {
    for vector in vectors("transactions.json") {
        for (signature, bytes) in
            [("signature_tronweb", "signed_transaction_hex_v27"), ("signature_tronpy", "signed_transaction_hex_v0")]
        {
            let signed = SignedTransaction {
                raw: raw(&vector, "params").encode(),
                signatures: vec![text(&vector, signature).parse().unwrap()],
            };
            assert_eq!(hex::encode(signed.encode()), text(&vector, bytes));
            assert_eq!(i64::try_from(signed.encode().len()), Ok(int(&vector, "signed_size")));
            assert_eq!(i64::try_from(signed.bandwidth()), Ok(int(&vector, "bandwidth")));
            assert_eq!(SignedTransaction::decode(&signed.encode()), Ok(signed));
        }
    }
}

#[test]
fn integers_at_the_edges_of_int64_keep_their_bytes() {
    for vector in vectors("transactions_int64_edge.json") {
        let raw = raw(&vector, "value");
        assert_eq!(hex::encode(raw.encode()), text(&vector, "raw_data_hex"), "{}", vector["name"]);
        assert_eq!(raw.txid().to_string(), text(&vector, "txID"));
        assert_eq!(RawTransaction::decode(&raw.encode()), Ok(raw));
    }
}

#[test]
fn transactions_of_real_nodes_read_and_write_back() {
    for vector in vectors("real_chain_samples.json") {
        let bytes = hex::decode(text(&vector, "raw_data_hex")).unwrap();
        let raw = RawTransaction::decode(&bytes).unwrap();
        assert_eq!(txid(&bytes).to_string(), text(&vector, "txID"));
        let printed = print_raw(&raw, AddressForm::Hex);
        assert_eq!(printed["contract"][0]["type"], vector["type"]);
        assert_eq!(printed["contract"][0]["parameter"]["value"], vector["value"]);
        for field in ["ref_block_bytes", "ref_block_hash", "expiration", "timestamp"] {
            assert_eq!(printed[field], vector[field]);
        }
        assert_eq!(parse_raw(&printed, AddressForm::Hex), Ok(raw));
    }
}

#[test]
fn json_of_tronweb_rebuilds_the_signed_bytes() {
    for vector in vectors("transactions.json") {
        let signed = parse_transaction(&vector["http_json"]).unwrap();
        assert_eq!(hex::encode(signed.encode()), text(&vector, "signed_transaction_hex_v27"));
    }
}

#[test]
fn json_is_printed_as_java_tron_does_which_leaves_defaults_out() {
    for vector in vectors("transactions.json") {
        let signed = parse_transaction(&vector["http_json"]).unwrap();
        let mut expected = vector["http_json"].clone();
        leave_defaults_out(&mut expected["raw_data"]);
        assert_eq!(print_transaction(&signed, AddressForm::Hex), Ok(expected));
    }
}

fn leave_defaults_out(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(leave_defaults_out);
            fields.retain(|name, value| {
                let first_of_an_enum = matches!((name.as_str(), value.as_str()), ("resource", Some("BANDWIDTH")))
                    || matches!((name.as_str(), value.as_str()), ("type", Some("Owner")));
                !(first_of_an_enum || *value == 0 || *value == false || *value == "")
            });
        }
        Value::Array(items) => items.iter_mut().for_each(leave_defaults_out),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn visible_json_differs_in_addresses_only_and_reads_back() {
    for vector in vectors("transactions.json") {
        let signed = parse_transaction(&vector["http_json"]).unwrap();
        let visible = print_transaction(&signed, AddressForm::Base58).unwrap();
        assert_eq!(visible["visible"], true);
        let value = &visible["raw_data"]["contract"][0]["parameter"]["value"];
        assert_eq!(value["owner_address"], vector["params"]["owner_address"]);
        assert_eq!(visible["raw_data"]["data"], vector["http_json"]["raw_data"]["data"]);
        assert_eq!(parse_transaction(&visible), Ok(signed));
    }
}
