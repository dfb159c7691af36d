//! JSON objects the way java-tron prints protobuf: a field with its default value is left out.

use flash_core::address::Address;
use flash_tron::address::hex_address;
use flash_tron::json::AddressForm;
use serde_json::{Map, Value};

/// An object in the making.
#[derive(Debug)]
pub(super) struct Fields {
    form: AddressForm,
    map: Map<String, Value>,
}

impl Fields {
    pub(super) fn new(form: AddressForm) -> Self {
        Self { form, map: Map::new() }
    }

    /// Any value, default or not.
    pub(super) fn value(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.map.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn int(self, name: &str, number: i64) -> Self {
        if number == 0 { self } else { self.value(name, number) }
    }

    pub(super) fn flag(self, name: &str, flag: bool) -> Self {
        if flag { self.value(name, flag) } else { self }
    }

    pub(super) fn text(self, name: &str, text: &str) -> Self {
        if text.is_empty() { self } else { self.value(name, text) }
    }

    pub(super) fn hex(self, name: &str, bytes: &[u8]) -> Self {
        self.text(name, &hex::encode(bytes))
    }

    pub(super) fn list(self, name: &str, items: Vec<Value>) -> Self {
        if items.is_empty() { self } else { self.value(name, items) }
    }

    pub(super) fn address(self, name: &str, address: &Address) -> Self {
        let text = show(self.form, address);
        self.value(name, text)
    }

    pub(super) fn done(self) -> Value {
        Value::Object(self.map)
    }
}

/// An address in the form the client asked for.
pub(super) fn show(form: AddressForm, address: &Address) -> String {
    match form {
        AddressForm::Hex => hex_address(address),
        AddressForm::Base58 => address.to_string(),
    }
}

/// What java-tron prints for a message of nothing but defaults, and for what it does not find.
pub(super) fn nothing() -> Value {
    Value::Object(Map::new())
}
