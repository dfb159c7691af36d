//! TRC-20 calldata and logs that other implementations made, and logs that only look like transfers.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, missing_docs)]

use flash_core::address::Address;
use flash_tron::abi::{TransferCall, TransferLog, Uint256};
use flash_tron::json::TransactionLog;
use serde_json::Value;

fn vectors(list: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/abi_trc20.json")).unwrap();
    let parsed: Value = serde_json::from_str(&text).unwrap();
    parsed[list].as_array().unwrap().clone()
}

fn address(value: &Value) -> Address {
    value.as_str().unwrap().parse().unwrap()
}

fn amount(value: &Value) -> Uint256 {
    let mut bytes = [0_u8; 32];
    for digit in value.as_str().unwrap().bytes() {
        let mut carry = u32::from(digit - b'0');
        for byte in bytes.iter_mut().rev() {
            let sum = u32::from(*byte) * 10 + carry;
            *byte = u8::try_from(sum & 0xff).unwrap();
            carry = sum >> 8;
        }
        assert_eq!(carry, 0);
    }
    Uint256::from_be_bytes(bytes)
}

fn log(value: &Value) -> TransactionLog {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn calldata_is_that_of_tronweb_and_eth_abi() {
    for vector in vectors("calldata") {
        let call = TransferCall { to: address(&vector["to"]), amount: amount(&vector["amount"]) };
        assert_eq!(hex::encode(call.encode()), vector["data"].as_str().unwrap());
        assert_eq!(TransferCall::decode(&call.encode()), Some(call));
    }
}

#[test]
fn calldata_is_shown_whatever_stands_in_front_of_the_address() {
    let call = TransferCall { to: Address::from_body([7; 20]), amount: 5_u128.into() };
    let mut data = call.encode();
    data[15] = 0x41;
    assert_eq!(TransferCall::decode(&data), Some(call));
    assert_eq!(TransferCall::decode(&data[..67]), None);
    assert_eq!(TransferCall::decode(&data[1..]), None);
    assert_eq!(TransferCall::decode(&[]), None);
}

#[test]
fn logs_read_as_tronweb_and_eth_abi_read_them() {
    for vector in vectors("logs") {
        let expected = TransferLog {
            from: address(&vector["from"]),
            to: address(&vector["to"]),
            amount: amount(&vector["amount"]),
        };
        assert_eq!(TransferLog::parse(&log(&vector["log"]), &address(&vector["contract"])), Some(expected));
    }
}

#[test]
fn logs_that_only_look_like_a_transfer_are_none() {
    let usdt: Address = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t".parse().unwrap();
    for trap in vectors("log_traps") {
        assert_eq!(TransferLog::parse(&log(&trap["log"]), &usdt), None, "{}", trap["why"]);
    }
    assert_eq!(TransferLog::parse(&TransactionLog::default(), &usdt), None);
}

#[test]
fn amounts_leave_256_bits_only_where_they_fit() {
    assert_eq!(i64::try_from(Uint256::from(5)), Ok(5));
    assert_eq!(u128::try_from(Uint256::from(u128::MAX)), Ok(u128::MAX));
    assert!(i64::try_from(Uint256::from(1 << 63)).is_err());
    assert!(u128::try_from(Uint256::from_be_bytes([1; 32])).is_err());
}
