//! Transactions in JSON, as java-tron prints them and as its `broadcasttransaction` takes them.

use flash_core::address::Address;
use flash_core::time::Timestamp;
use flash_core::units::Sun;
use serde_json::{Value, json};

use super::value::{self, Reader, Writer};
use crate::address::{hex_address, parse_hex_address};
use crate::contract::{Contract, ContractType, DecodeError, PermissionId};
use crate::key::Signature;
use crate::transaction::{RawTransaction, Reference, SignedTransaction};

/// How JSON shows addresses: what java-tron calls `visible`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AddressForm {
    /// 42 hex digits (`visible` false, java-tron's default).
    #[default]
    Hex,
    /// 34 characters of base58 (`visible` true).
    Base58,
}

/// JSON is not a transaction that flash understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} is missing or malformed")]
pub struct ParseJsonError {
    /// The field at fault.
    pub field: &'static str,
}

impl AddressForm {
    pub(super) fn show(self, address: &Address) -> String {
        match self {
            Self::Hex => hex_address(address),
            Self::Base58 => address.to_string(),
        }
    }

    pub(super) fn read(self, text: &str) -> Option<Address> {
        match self {
            Self::Hex => parse_hex_address(text).ok(),
            Self::Base58 => text.parse().ok(),
        }
    }

    const fn is_visible(self) -> bool {
        match self {
            Self::Hex => false,
            Self::Base58 => true,
        }
    }
}

/// Prints a signed (or, with no signatures, an unsigned) transaction as java-tron does.
///
/// # Errors
/// [`DecodeError`] when its raw bytes are not completely understood.
pub fn print_transaction(transaction: &SignedTransaction, form: AddressForm) -> Result<Value, DecodeError> {
    let raw = RawTransaction::decode(&transaction.raw)?;
    let mut printed = json!({
        "visible": form.is_visible(),
        "txID": transaction.txid().to_string(),
        "raw_data": print_raw(&raw, form),
        "raw_data_hex": hex::encode(&transaction.raw),
    });
    if let (Some(fields), false) = (printed.as_object_mut(), transaction.signatures.is_empty()) {
        let signatures: Vec<_> = transaction.signatures.iter().map(Signature::to_string).collect();
        fields.insert("signature".to_owned(), signatures.into());
    }
    Ok(printed)
}

/// Prints the `raw_data` object.
#[must_use]
pub fn print_raw(raw: &RawTransaction, form: AddressForm) -> Value {
    let kind = raw.contract.kind();
    let contract = Writer::new(form)
        .value("parameter", json!({ "value": value::write(form, &raw.contract), "type_url": kind.type_url() }))
        .value("type", kind.name())
        .int("Permission_id", raw.permission_id.0.into());
    Writer::new(form)
        .hex("data", &raw.memo)
        .value("contract", vec![contract.done()])
        .hex("ref_block_bytes", &raw.reference.ref_block_bytes)
        .hex("ref_block_hash", &raw.reference.ref_block_hash)
        .int("expiration", raw.expiration.as_millis())
        .int("fee_limit", raw.fee_limit.get())
        .int("timestamp", raw.timestamp.as_millis())
        .done()
}

/// Prints the `parameter.value` object of a contract.
#[must_use]
pub fn print_contract(contract: &Contract, form: AddressForm) -> Value {
    value::write(form, contract)
}

/// Reads a transaction from what a client gives to `broadcasttransaction`.
///
/// The bytes are rebuilt from `raw_data`, in the form that `visible` says; `raw_data_hex` and `txID` are not looked at,
/// as in java-tron, so a field that is not carried exactly gives another id.
///
/// # Errors
/// [`ParseJsonError`] that names the field at fault.
pub fn parse_transaction(transaction: &Value) -> Result<SignedTransaction, ParseJsonError> {
    let visible = transaction.get("visible").and_then(Value::as_bool).unwrap_or_default();
    let form = if visible { AddressForm::Base58 } else { AddressForm::Hex };
    let raw = parse_raw(transaction.get("raw_data").unwrap_or(&Value::Null), form)?;
    let signatures = Reader::new(form, "transaction", transaction)?.items("signature")?.iter().map(|signature| {
        let signature = signature.as_str().and_then(|text| text.parse::<Signature>().ok());
        signature.ok_or(ParseJsonError { field: "signature" })
    });
    Ok(SignedTransaction { raw: raw.encode(), signatures: signatures.collect::<Result<_, _>>()? })
}

/// Reads the `raw_data` object.
///
/// # Errors
/// [`ParseJsonError`] that names the field at fault.
pub fn parse_raw(raw_data: &Value, form: AddressForm) -> Result<RawTransaction, ParseJsonError> {
    let raw = Reader::new(form, "raw_data", raw_data)?;
    let [contract] = raw.items("contract")? else {
        return Err(ParseJsonError { field: "contract" });
    };
    let contract = Reader::new(form, "contract", contract)?;
    let kind = ContractType::from_name(contract.text("type")?).ok_or(ParseJsonError { field: "type" })?;
    let parameter = contract.inner("parameter")?;
    Ok(RawTransaction {
        contract: value::read(kind, &parameter.inner("value")?)?,
        permission_id: PermissionId(contract.int32("Permission_id")?),
        reference: Reference {
            ref_block_bytes: fixed(&raw, "ref_block_bytes")?,
            ref_block_hash: fixed(&raw, "ref_block_hash")?,
        },
        expiration: Timestamp::from_millis(raw.int("expiration")?),
        timestamp: Timestamp::from_millis(raw.int("timestamp")?),
        fee_limit: Sun::new(raw.int("fee_limit")?),
        memo: raw.hex("data")?,
    })
}

/// Reads the `parameter.value` object of a contract.
///
/// # Errors
/// [`ParseJsonError`] that names the field at fault.
pub fn parse_contract(kind: ContractType, value: &Value, form: AddressForm) -> Result<Contract, ParseJsonError> {
    value::read(kind, &Reader::new(form, "value", value)?)
}

fn fixed<const N: usize>(raw: &Reader<'_>, field: &'static str) -> Result<[u8; N], ParseJsonError> {
    raw.hex(field)?.try_into().map_err(|_| ParseJsonError { field })
}
