use std::path::Path;

use serde_json::Value;

fn document() -> Value {
    serde_json::from_str(&flash_adapter_http::openapi()).unwrap()
}

#[test]
fn the_committed_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, flash_adapter_http::openapi()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let committed: Value = serde_json::from_str(&committed).unwrap_or_default();
    assert!(committed == document(), "openapi.json is stale: run the test with UPDATE_OPENAPI=1");
}

#[test]
fn every_operation_names_itself_and_what_can_go_wrong() {
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            assert!(operation["operationId"].is_string() && operation["summary"].is_string(), "{method} {path}");
            if path.starts_with("/api") {
                assert!(operation["security"].is_array(), "{method} {path}");
                assert!(operation["responses"]["401"]["content"]["application/problem+json"].is_object());
            }
        }
    }
}

#[test]
fn request_bodies_are_closed_and_carry_examples_with_real_addresses() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    for name in ["PlaceOrder", "MoveMoney", "SaveAddress", "AddWallet", "HoldQuote", "Toggle"] {
        assert_eq!(schemas[name]["additionalProperties"], false, "{name}");
    }
    for (name, field) in [("PlaceOrder", "receive_address"), ("SaveAddress", "address"), ("AddWallet", "address")] {
        let address = schemas[name]["example"][field].as_str().unwrap();
        assert!(address.parse::<flash_core::address::Address>().is_ok(), "{name}");
    }
    assert!(schemas["AddWallet"]["properties"].get("private_key").is_none());
}

#[test]
fn no_enum_stands_in_an_all_of() {
    assert!(!document()["components"]["schemas"].to_string().contains("allOf"));
}
