//! Transactions and what came of them.

use std::sync::Arc;

use flash_core::chain::{BlockRef, Height};
use flash_core::id::TxId;
use flash_tron::json::{AddressForm, print_transaction};
use flash_tron::key::Signature;
use flash_tron::transaction::SignedTransaction;
use prost::Message;
use serde_json::{Value, json};

use super::Side;
use super::answer::ApiError;
use super::fields::{Fields, nothing};
use super::params::Params;
use crate::block::Included;
use crate::network::Known;
use crate::node::Node;
use crate::state::account::Resource;
use crate::transaction::Transaction;

/// `gettransactionbyid`. On `/wallet` it shows what is only pending just as if it were in a block.
pub(super) fn by_id(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let found = params.txid()?.and_then(|id| find(node, side, &id));
    Ok(found.map_or_else(nothing, |known| print(&known.transaction, params.form())))
}

/// `gettransactionfrompending`.
pub(super) fn pending(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let found = params.txid()?.and_then(|id| find(node, side, &id)).filter(|known| known.inclusion.is_none());
    Ok(found.map_or_else(nothing, |known| print(&known.transaction, params.form())))
}

/// `gettransactioninfobyid`: only of what is in a block.
pub(super) fn info(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let found = params.txid()?.and_then(|id| find(node, side, &id)).and_then(|known| known.inclusion);
    Ok(found.map_or_else(nothing, |(at, included)| print_info(&at, &included, params.form())))
}

/// `gettransactioninfobyblocknum`: a list, empty for an empty block and for one that does not exist.
pub(super) fn infos(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let num = params.int("num")?;
    if num <= 0 {
        return Ok(nothing());
    }
    let print = |(at, all): (BlockRef, Vec<Arc<Included>>)| {
        all.iter().map(|included| print_info(&at, included, params.form())).collect()
    };
    Ok(Value::Array(in_block(node, side, num).map_or_else(Vec::new, print)))
}

/// `gettransactioncountbyblocknum`.
pub(super) fn count(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let count = in_block(node, side, params.int("num")?).map_or(-1, |(_, all)| i64::try_from(all.len()).unwrap_or(-1));
    Ok(json!({ "count": count }))
}

fn in_block(node: &Node, side: Side, num: i64) -> Option<(BlockRef, Vec<Arc<Included>>)> {
    let height = Height(u64::try_from(num).ok()?);
    let network = node.network();
    if height > side.top(&network) {
        return None;
    }
    network.block(height).map(|block| (block.at, block.transactions))
}

fn find(node: &Node, side: Side, id: &TxId) -> Option<Known> {
    let network = node.network();
    let known = network.transaction(id)?;
    match side {
        Side::Head => Some(known),
        Side::Solid => {
            let solid = network.solid().height;
            known.inclusion.as_ref().is_some_and(|(at, _)| at.height <= solid).then_some(known)
        }
    }
}

/// A transaction that was taken, with its result.
pub(super) fn print(transaction: &Transaction, form: AddressForm) -> Value {
    let mut printed = print_signed(transaction, form);
    if let Some(fields) = printed.as_object_mut() {
        fields.remove("visible");
        fields.insert("ret".to_owned(), json!([{ "contractRet": "SUCCESS" }]));
    }
    printed
}

/// A transaction as a client would send it.
pub(super) fn print_signed(transaction: &Transaction, form: AddressForm) -> Value {
    let raw = transaction.raw().encode_to_vec();
    let signature = |bytes: &[u8]| bytes.get(..65).and_then(|bytes| bytes.try_into().ok()).map(Signature::from_bytes);
    let signatures = transaction.signatures().iter().filter_map(|signed| signature(&signed.bytes)).collect();
    let signed = SignedTransaction { raw, signatures };
    // What carries fields that nobody uses is shown by its bytes alone.
    print_transaction(&signed, form)
        .unwrap_or_else(|_| json!({ "txID": transaction.id().to_string(), "raw_data_hex": hex::encode(&signed.raw) }))
}

fn print_info(at: &BlockRef, included: &Included, form: AddressForm) -> Value {
    let receipt = &included.receipt;
    let outcome = &receipt.outcome;
    let restaked = Resource::ALL.into_iter().zip(["BANDWIDTH", "ENERGY"]).filter_map(|(resource, name)| {
        let amounts = outcome.restaked.as_ref()?;
        Some(Fields::new(form).value("key", name).int("value", amounts.of(resource).get()).done())
    });
    Fields::new(form)
        .value("id", included.transaction.id().to_string())
        .int("fee", receipt.fee.get())
        .int("blockNumber", i64::try_from(at.height.0).unwrap_or(i64::MAX))
        .int("blockTimeStamp", at.time.as_millis())
        .value("contractResult", json!([""]))
        .value(
            "receipt",
            Fields::new(form)
                .int("net_usage", receipt.bandwidth_used)
                .int("net_fee", receipt.bandwidth_fee.get())
                .done(),
        )
        .int("unfreeze_amount", outcome.unfrozen.get())
        .int("withdraw_expire_amount", outcome.withdrawn.get())
        .list("cancel_unfreezeV2_amount", restaked.collect())
        .done()
}
