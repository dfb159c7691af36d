//! Broadcasts, and the faults that may strike them.

use std::time::Duration;

use flash_core::id::TxId;
use flash_tron::json::parse_transaction;
use serde_json::{Value, json};

use super::answer::{Answer, ApiError};
use super::fields::Fields;
use super::params::{Params, hex_bytes};
use super::transaction::print_signed;
use crate::fault::Fault;
use crate::node::Node;
use crate::pool::Fate;
use crate::refusal::{Code, Refusal};
use crate::transaction::Transaction;

/// `broadcasthex` and `broadcasttransaction`.
pub(super) async fn answer(node: &Node, name: &str, params: &Params) -> Result<Answer, ApiError> {
    let in_hex = name == "broadcasthex";
    let transaction = if in_hex { read_hex(params)? } else { read_json(params)? };
    let id = transaction.id();
    let shown = if in_hex { print_signed(&transaction, params.form()) } else { Value::Null };
    let Some(result) = take(node, transaction).await else {
        return Ok(Answer::Cut);
    };
    Ok(Answer::Json(if in_hex { print_hex(&id, &result, &shown) } else { print(&id, &result, params) }))
}

/// Hands a transaction to the network; `None` when the connection is to be cut.
async fn take(node: &Node, transaction: Transaction) -> Option<Result<TxId, Refusal>> {
    let fault = node.faults().strike(transaction.contract_type());
    let submit = |transaction, fate| node.network().submit(transaction, fate);
    match fault {
        None => Some(submit(transaction, Fate::Include)),
        Some(Fault::Refuse { code, message }) => Some(Err(Refusal::Scripted { code, message })),
        Some(Fault::LoseBefore) => None,
        Some(Fault::LoseAfter) => {
            let lost = submit(transaction, Fate::Include);
            tracing::debug!(?lost, "the answer to a broadcast is lost on purpose");
            None
        }
        Some(Fault::Drop) => Some(submit(transaction, Fate::Vanish)),
        Some(Fault::Hold(span)) => {
            let mut network = node.network();
            let until = network.head().time.after(span);
            Some(network.submit(transaction, Fate::Hold(until)))
        }
        Some(Fault::SlowAnswer(delay)) => {
            let result = submit(transaction, Fate::Include);
            wait(delay).await;
            Some(result)
        }
    }
}

async fn wait(delay: Duration) {
    tokio::time::sleep(delay).await;
}

fn read_hex(params: &Params) -> Result<Transaction, ApiError> {
    let bytes = hex_bytes(&params.text("transaction"))?;
    Transaction::decode(&bytes).map_err(|error| ApiError::new(ApiError::PROTOBUF, error.to_string()))
}

/// The bytes are made from `raw_data`; what `raw_data_hex` and `txID` say counts for nothing.
fn read_json(params: &Params) -> Result<Transaction, ApiError> {
    let signed =
        parse_transaction(&params.value()).map_err(|error| ApiError::new(ApiError::PARSE, error.to_string()))?;
    Transaction::decode(&signed.encode()).map_err(|error| ApiError::new(ApiError::PROTOBUF, error.to_string()))
}

fn print_hex(id: &TxId, result: &Result<TxId, Refusal>, transaction: &Value) -> Value {
    let (code, message) = match result {
        Ok(_) => (Code::Success, String::new()),
        Err(refusal) => (refusal.code(), refusal.to_string()),
    };
    json!({
        "result": result.is_ok(),
        "code": code.name(),
        "message": message,
        "transaction": transaction.to_string(),
        "txid": id.to_string(),
    })
}

/// A failure has no `result`, and its text is hex unless the client asked for visible texts.
fn print(id: &TxId, result: &Result<TxId, Refusal>, params: &Params) -> Value {
    let fields = Fields::new(params.form()).value("txid", id.to_string());
    match result {
        Ok(_) => fields.value("result", true).done(),
        Err(refusal) => {
            let text = refusal.to_string();
            let message = if params.is_visible() { text } else { hex::encode(text) };
            fields.value("code", refusal.code().name()).value("message", message).done()
        }
    }
}
