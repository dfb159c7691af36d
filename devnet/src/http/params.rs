//! What a client asks with: a JSON body, or the query of a GET.

use std::collections::HashMap;

use flash_core::address::Address;
use flash_core::id::TxId;
use flash_tron::contract::Resource as ResourceCode;
use flash_tron::json::AddressForm;
use serde_json::{Map, Value};

use super::answer::ApiError;

/// The parameters of a call. A missing one has its default value, as in protobuf.
#[derive(Debug)]
pub(super) struct Params {
    fields: Map<String, Value>,
    form: AddressForm,
    posted: bool,
}

impl Params {
    /// Reads the body of a POST; an empty one has no parameters.
    pub(super) fn posted(body: &[u8]) -> Result<Self, ApiError> {
        if body.trim_ascii().is_empty() {
            return Ok(Self::new(Map::new(), true));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self::new(fields, true)),
            Ok(_) => Err(ApiError::new(ApiError::JSON, "can not cast to JSONObject.")),
            Err(error) => Err(ApiError::new(ApiError::JSON, error.to_string())),
        }
    }

    /// Takes the query of a GET.
    pub(super) fn asked(query: HashMap<String, String>) -> Self {
        Self::new(query.into_iter().map(|(name, value)| (name, Value::String(value))).collect(), false)
    }

    fn new(fields: Map<String, Value>, posted: bool) -> Self {
        let mut params = Self { fields, form: AddressForm::Hex, posted };
        if params.flag("visible") {
            params.form = AddressForm::Base58;
        }
        params
    }

    /// How addresses come in and go out.
    pub(super) const fn form(&self) -> AddressForm {
        self.form
    }

    pub(super) fn is_visible(&self) -> bool {
        self.form == AddressForm::Base58
    }

    /// The whole body.
    pub(super) fn value(&self) -> Value {
        Value::Object(self.fields.clone())
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        match self.fields.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => false,
        }
    }

    pub(super) fn int(&self, name: &str) -> Result<i64, ApiError> {
        let text = match self.fields.get(name) {
            None | Some(Value::Null) => return Ok(0),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        };
        let wrong = |_| ApiError::new(ApiError::NUMBER, format!("For input string: \"{text}\""));
        if text.is_empty() { Ok(0) } else { text.parse().map_err(wrong) }
    }

    pub(super) fn text(&self, name: &str) -> String {
        match self.fields.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        }
    }

    /// The bytes that stand for an address; they need not be one.
    pub(super) fn address_bytes(&self, name: &str) -> Result<Vec<u8>, ApiError> {
        let text = self.text(name);
        if text.is_empty() {
            return Ok(Vec::new());
        }
        match self.form {
            AddressForm::Hex => hex_bytes(&text),
            AddressForm::Base58 => match text.parse::<Address>() {
                Ok(address) => Ok(address.to_bytes().to_vec()),
                // A GET quietly asks for nobody then; a POST stumbles.
                Err(_) if self.posted => Err(ApiError::null()),
                Err(_) => Ok(Vec::new()),
            },
        }
    }

    /// An address; nothing where the bytes are none, for which there is no account.
    pub(super) fn address(&self, name: &str) -> Result<Option<Address>, ApiError> {
        Ok(Address::from_bytes(&self.address_bytes(name)?).ok())
    }

    /// The id of a transaction, under `value`; nothing where it has not 32 bytes.
    pub(super) fn txid(&self) -> Result<Option<TxId>, ApiError> {
        let bytes = hex_bytes(&self.text("value"))?;
        Ok(<[u8; 32]>::try_from(bytes).ok().map(TxId::from_bytes))
    }

    /// The number of the resource named by `resource`, which is bandwidth when left out.
    pub(super) fn resource(&self) -> Result<i32, ApiError> {
        let name = self.text("resource");
        if name.is_empty() {
            return Ok(ResourceCode::Bandwidth.number());
        }
        let unknown = || {
            let text = format!("INVALID enum value for type protocol.ResourceCode: {name}");
            ApiError::new(ApiError::PARSE, text)
        };
        let by_number = || name.parse().ok().and_then(ResourceCode::from_number);
        ResourceCode::from_name(&name).or_else(by_number).map(ResourceCode::number).ok_or_else(unknown)
    }
}

/// Hex as java-tron reads it: of either case, with or without 0x, an odd number of digits padded in front.
pub(super) fn hex_bytes(text: &str) -> Result<Vec<u8>, ApiError> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let padded = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits.to_owned() };
    let wrong = "exception decoding Hex string: invalid characters encountered in Hex string";
    hex::decode(padded).map_err(|_| ApiError::new(ApiError::HEX, wrong))
}
