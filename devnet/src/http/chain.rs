//! What a node says about the network and about itself.

use flash_core::address::Address;
use flash_core::chain::BlockRef;
use serde_json::{Value, json};

use super::Side;
use super::answer::ApiError;
use super::fields::Fields;
use super::params::{Params, hex_bytes};
use crate::node::Node;

/// `getchainparameters`.
pub(super) fn parameters(node: &Node, _: Side, params: &Params) -> Result<Value, ApiError> {
    let named = node.network().params().named();
    let all =
        named.iter().map(|(key, value)| Fields::new(params.form()).value("key", *key).int("value", *value).done());
    Ok(json!({ "chainParameter": all.collect::<Vec<_>>() }))
}

/// `getenergyprices`: one price since the beginning.
pub(super) fn energy_prices(node: &Node, _: Side, _: &Params) -> Result<Value, ApiError> {
    Ok(json!({ "prices": format!("0:{}", node.network().params().energy_fee.get()) }))
}

/// `validateaddress`: the length alone says which form is meant.
pub(super) fn validate_address(_: &Node, _: Side, params: &Params) -> Result<Value, ApiError> {
    let text = params.text("address");
    let (result, message) = match text.len() {
        42 => {
            let valid = hex_bytes(&text).is_ok_and(|bytes| Address::from_bytes(&bytes).is_ok());
            (valid, if valid { "Hex string format" } else { "Invalid address" })
        }
        34 => {
            let valid = text.parse::<Address>().is_ok();
            (valid, if valid { "Base58check format" } else { "Invalid address" })
        }
        _ => (false, "Length error"),
    };
    Ok(json!({ "result": result, "message": message }))
}

/// `getnodeinfo`: what is true of this node.
pub(super) fn node_info(node: &Node, _: Side, _: &Params) -> Result<Value, ApiError> {
    let (head, solid) = {
        let network = node.network();
        (network.head(), network.solid())
    };
    let named = |block: &BlockRef| format!("Num:{},ID:{}", block.height.0, block.id);
    Ok(json!({
        "block": named(&head),
        "solidityBlock": named(&solid),
        "beginSyncNum": solid.height.0,
        "currentConnectCount": 0,
        "activeConnectCount": 0,
        "passiveConnectCount": 0,
        "totalFlow": 0,
        "peerList": [],
        "configNodeInfo": { "codeVersion": concat!("flash-devnet ", env!("CARGO_PKG_VERSION")) },
    }))
}
