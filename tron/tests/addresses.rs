//! Keys and addresses that other implementations made, and texts that are no addresses.
#![allow(clippy::unwrap_used, missing_docs)]

use flash_core::address::Address;
use flash_tron::address::{hex_address, parse_hex_address};
use flash_tron::key::PrivateKey;
use serde_json::Value;

fn vectors(file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(format!("{}/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let parsed: Value = serde_json::from_str(&text).unwrap();
    parsed["vectors"].as_array().unwrap().clone()
}

#[test]
fn keys_have_the_addresses_that_tronweb_and_tronpy_give_them() {
    for vector in vectors("keys_addresses.json") {
        let key: PrivateKey = vector["private_key"].as_str().unwrap().parse().unwrap();
        assert_eq!(key.address().to_string(), vector["base58"].as_str().unwrap());
        assert_eq!(hex_address(&key.address()), vector["hex"].as_str().unwrap());
        assert_eq!(parse_hex_address(vector["hex"].as_str().unwrap()), Ok(key.address()));
    }
}

#[test]
fn texts_are_addresses_exactly_where_the_rules_say_so() {
    for vector in vectors("invalid_addresses.json") {
        let bytes = hex::decode(vector["input_utf8_hex"].as_str().unwrap()).unwrap();
        let input = std::str::from_utf8(&bytes).unwrap();
        let base58 = vector["expected_valid_base58check"].as_bool().unwrap();
        let hex41 = vector["expected_valid_hex41"].as_bool().unwrap();
        assert_eq!(input.parse::<Address>().is_ok(), base58, "{vector}");
        assert_eq!(parse_hex_address(input).is_ok(), hex41, "{vector}");
    }
}
