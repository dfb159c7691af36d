//! What came of transactions, as answers tell it.

use flash_core::id::TxId;
use serde::{Deserialize, Deserializer};

/// `broadcasthex` and `broadcasttransaction`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BroadcastAnswer {
    /// Whether it is in the node's pool; left out by `broadcasttransaction` where it is not.
    pub result: bool,
    /// The node's code; some nodes print it as a number.
    #[serde(deserialize_with = "text_or_number")]
    pub code: String,
    /// The node's words: plain from `broadcasthex`, hex from `broadcasttransaction`.
    pub message: String,
    /// The transaction's id.
    pub txid: Option<TxId>,
}

/// `gettransactioninfobyid`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TransactionInfo {
    /// Its id; none when it is in no block of this node.
    pub id: Option<TxId>,
    /// Sun burned.
    pub fee: i64,
    /// The height of its block.
    #[serde(rename = "blockNumber")]
    pub block_number: u64,
    /// The time of its block, in milliseconds.
    #[serde(rename = "blockTimeStamp")]
    pub block_timestamp: i64,
    /// `FAILED`, or left out.
    pub result: String,
    /// What it cost and, for contract calls, what came of it.
    pub receipt: InfoReceipt,
    /// The events of a contract call. A failed call can carry some as well.
    pub log: Vec<TransactionLog>,
}

/// The receipt in a [`TransactionInfo`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct InfoReceipt {
    /// `SUCCESS` or how it failed, for contract calls only.
    pub result: String,
    /// Bytes of bandwidth spent.
    pub net_usage: i64,
    /// Sun burned for bandwidth.
    pub net_fee: i64,
    /// The caller's Energy spent.
    pub energy_usage: i64,
    /// Sun burned for Energy.
    pub energy_fee: i64,
}

/// An event of a contract call, in hex without prefixes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TransactionLog {
    /// 20 bytes: the contract's address without its 0x41.
    pub address: String,
    /// Words of 32 bytes, the event's signature first.
    pub topics: Vec<String>,
    /// The arguments that are no topics.
    pub data: String,
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Code {
        Text(String),
        Number(i64),
    }
    Ok(match Code::deserialize(deserializer)? {
        Code::Text(text) => text,
        Code::Number(number) => number.to_string(),
    })
}
