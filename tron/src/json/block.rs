//! Blocks, as answers carry them.

use flash_core::id::{BlockId, TxId};
use serde::Deserialize;
use serde_json::Value;

/// `getnowblock`, `getblock`, `getblockbynum`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BlockAnswer {
    /// Its id; none when there is no such block.
    #[serde(rename = "blockID")]
    pub block_id: Option<BlockId>,
    /// Its header.
    pub block_header: BlockHeader,
    /// What is in it, unless only the header was asked for.
    pub transactions: Vec<PlainTransaction>,
}

/// The header and its signature.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BlockHeader {
    /// The hashed part.
    pub raw_data: BlockHeaderRaw,
}

/// The hashed part of a block's header.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BlockHeaderRaw {
    /// Its height; left out of the genesis block.
    pub number: u64,
    /// Milliseconds.
    pub timestamp: i64,
    /// The id of the block below.
    #[serde(rename = "parentHash")]
    pub parent_hash: Option<BlockId>,
}

/// `getblockbylimitnext`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BlockList {
    /// Ascending; shorter than asked beyond the head.
    pub block: Vec<BlockAnswer>,
}

/// A transaction in a block.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PlainTransaction {
    /// Its id.
    #[serde(rename = "txID")]
    pub id: TxId,
    /// What came of it; one entry.
    #[serde(default)]
    pub ret: Vec<ContractOutcome>,
    /// What it does.
    pub raw_data: TransactionRaw,
}

/// What came of a transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ContractOutcome {
    /// `SUCCESS`, or how it failed.
    #[serde(rename = "contractRet")]
    pub contract_ret: String,
    /// `FAILED`, or left out.
    pub ret: String,
}

/// The contracts of a transaction; there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TransactionRaw {
    /// Which.
    pub contract: Vec<PlainContract>,
}

/// What a transaction does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PlainContract {
    /// Its name, see [`ContractType`](crate::contract::ContractType).
    pub r#type: String,
    /// What it is given.
    pub parameter: ContractParameter,
}

/// What a contract is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ContractParameter {
    /// Its fields.
    pub value: DelegationFields,
}

/// The fields of a delegation or reclaim that say who lends what to whom. Other contracts have fields of these names
/// too, in forms of their own, so none is read before it is known whose they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct DelegationFields {
    /// Who lends.
    pub owner_address: Value,
    /// Who gets it.
    pub receiver_address: Value,
    /// How much stake, in sun.
    pub balance: Value,
    /// Stake for what; left out for bandwidth.
    pub resource: Value,
}

/// `gettransactionbyid`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TransactionAnswer {
    /// Its id; none when there is no such transaction.
    #[serde(rename = "txID")]
    pub id: Option<TxId>,
    /// The bytes that were hashed and signed, in hex.
    pub raw_data_hex: String,
    /// The signatures, in hex.
    pub signature: Vec<String>,
}
