//! Addresses in all their forms: whatever reads shows as what was read, and nothing is repaired on the way.
#![no_main]

use flash_core::address::Address;
use flash_tron::address::{hex_address, parse_hex_address};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        base58(text);
        hex(text);
    }
    if let Ok(address) = Address::from_bytes(bytes) {
        assert_eq!(address.to_bytes(), bytes);
    }
    // Chance alone finds no checksum, so that each input also stands for an address.
    if let Some((body, rest)) = bytes.split_first_chunk::<20>() {
        let address = Address::from_body(*body);
        every_form(&address);
        mistyped(&address, rest);
    }
});

fn base58(text: &str) {
    if let Ok(address) = text.parse::<Address>() {
        assert_eq!(address.to_string(), text);
        every_form(&address);
    }
    let json = serde_json::to_string(text).unwrap();
    assert_eq!(serde_json::from_str::<Address>(&json).ok(), text.parse().ok());
}

fn hex(text: &str) {
    if let Ok(address) = parse_hex_address(text) {
        assert_eq!(hex_address(&address), text.to_ascii_lowercase());
        every_form(&address);
    }
}

fn every_form(address: &Address) {
    let text = address.to_string();
    assert!(text.len() == 34 && text.starts_with('T'), "{text:?}");
    assert_eq!(text.parse(), Ok(*address));
    assert_eq!(parse_hex_address(&hex_address(address)), Ok(*address));
    assert_eq!(Address::from_bytes(&address.to_bytes()), Ok(*address));
    assert_eq!(Address::from_body(*address.body()), *address);
    assert_eq!(serde_json::to_string(address).unwrap(), format!("{text:?}"));
}

/// A character is replaced, or the text is cut: what still reads must be the text that was read.
fn mistyped(address: &Address, how: &[u8]) {
    let &[at, with, ..] = how else { return };
    let text = address.to_string();
    let at = usize::from(at) % text.len();
    let replaced = format!("{}{}{}", &text[..at], char::from(with), &text[at + 1..]);
    base58(&replaced);
    base58(&text[..at]);
    let text = hex_address(address);
    hex(&format!("{}{}{}", &text[..at], char::from(with), &text[at + 1..]));
    hex(&text[..at]);
}
