//! Blocks.

use flash_core::chain::Height;
use flash_core::id::BlockId;
use flash_tron::json::AddressForm;
use serde_json::{Value, json};

use super::answer::ApiError;
use super::fields::{Fields, nothing, show};
use super::params::{Params, hex_bytes};
use super::{Side, transaction};
use crate::block::Block;
use crate::network::Network;
use crate::node::Node;

/// The most blocks in one answer.
const MOST: u64 = 100;

/// `getnowblock`.
pub(super) fn now(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let block = {
        let network = node.network();
        network.block(side.top(&network))
    };
    Ok(block.map_or_else(nothing, |block| print(&block, params.form())))
}

/// `getblockbynum`; without a number it is block 0.
pub(super) fn by_num(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let num = params.int("num")?;
    Ok(at(node, side, num).map_or_else(nothing, |block| print(&block, params.form())))
}

/// `getblockbyid`.
pub(super) fn by_id(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let bytes = hex_bytes(&params.text("value"))?;
    let id = <[u8; 32]>::try_from(bytes).ok().map(BlockId::from_bytes);
    Ok(id.and_then(|id| with_id(node, side, &id)).map_or_else(nothing, |block| print(&block, params.form())))
}

/// `getblock`: by number or id, the header alone unless asked for more.
pub(super) fn block(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let which = params.text("id_or_num");
    let found = if which.is_empty() {
        let network = node.network();
        network.block(side.top(&network))
    } else if which.len() == 64 {
        let id = which.parse().map_err(|_| ApiError::new(ApiError::ARGUMENT, "id must be legal block hash."))?;
        with_id(node, side, &id)
    } else {
        let wrong = |_| ApiError::new(ApiError::ARGUMENT, "id must be legal block hash.");
        let num: i64 = which.parse().map_err(wrong)?;
        if num < 0 {
            return Err(ApiError::new(ApiError::ARGUMENT, "num must be non-positive number."));
        }
        at(node, side, num)
    };
    let Some(mut block) = found else {
        return Ok(nothing());
    };
    if !params.flag("detail") {
        block.transactions.clear();
    }
    Ok(print(&block, params.form()))
}

/// `getblockbylimitnext`: from a number up to, not including, another.
pub(super) fn range(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let bounds = (u64::try_from(params.int("startNum")?), u64::try_from(params.int("endNum")?));
    let (Ok(start), Ok(end)) = bounds else {
        return Ok(nothing());
    };
    if end.checked_sub(start).is_none_or(|count| count == 0 || count > MOST) {
        return Ok(nothing());
    }
    Ok(list(node, side, start, end, params))
}

/// `getblockbylatestnum`: the newest so many, ascending.
pub(super) fn latest(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let count = u64::try_from(params.int("num")?).unwrap_or(0);
    if count == 0 || count >= MOST {
        return Ok(nothing());
    }
    let end = side.top(&node.network()).next().0;
    Ok(list(node, side, end.saturating_sub(count), end, params))
}

fn list(node: &Node, side: Side, start: u64, end: u64, params: &Params) -> Value {
    let blocks: Vec<Block> = {
        let network = node.network();
        let top = side.top(&network).next().0;
        (start..end.min(top)).filter_map(|height| network.block(Height(height))).collect()
    };
    let blocks: Vec<Value> = blocks.iter().map(|block| print(block, params.form())).collect();
    json!({ "block": blocks })
}

fn at(node: &Node, side: Side, num: i64) -> Option<Block> {
    let height = Height(u64::try_from(num).ok()?);
    let network = node.network();
    if height > side.top(&network) { None } else { network.block(height) }
}

fn with_id(node: &Node, side: Side, id: &BlockId) -> Option<Block> {
    let network = node.network();
    let height = network.height_of(id).filter(|height| *height <= side.top(&network))?;
    network.block(height)
}

impl Side {
    /// The newest block this side shows.
    pub(super) fn top(self, network: &Network) -> Height {
        match self {
            Self::Head => network.head().height,
            Self::Solid => network.solid().height,
        }
    }
}

fn print(block: &Block, form: AddressForm) -> Value {
    let header = &block.header;
    let producer = flash_core::address::Address::from_bytes(&header.witness_address);
    let raw = Fields::new(form)
        .int("number", header.number)
        .hex("txTrieRoot", &header.tx_trie_root)
        .text("witness_address", &producer.map_or_else(|_| String::new(), |producer| show(form, &producer)))
        .hex("parentHash", &header.parent_hash)
        .int("version", header.version.into())
        .int("timestamp", header.timestamp);
    let transactions = block.transactions.iter().map(|included| transaction::print(&included.transaction, form));
    Fields::new(form)
        .value("blockID", block.at.id.to_string())
        .value(
            "block_header",
            Fields::new(form).value("raw_data", raw.done()).hex("witness_signature", &block.signature()).done(),
        )
        .list("transactions", transactions.collect())
        .done()
}
