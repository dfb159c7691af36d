//! `getsignweight`: how far the signatures of a transaction reach.

use flash_tron::contract::Permission;
use flash_tron::json::{AddressForm, parse_transaction};
use serde_json::{Value, json};

use super::Side;
use super::account::print_permission;
use super::answer::ApiError;
use super::fields::{Fields, show};
use super::params::Params;
use super::transaction::print_signed;
use crate::execute::signature::{permission_id, suits, weigh};
use crate::node::Node;
use crate::transaction::Transaction;
use crate::view::View;

/// `getsignweight`. Libraries call it before they sign, to learn the permission.
pub(super) fn weight(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let signed =
        parse_transaction(&params.value()).map_err(|error| ApiError::new(ApiError::PARSE, error.to_string()))?;
    let decoded = Transaction::decode(&signed.encode());
    let transaction = decoded.map_err(|error| ApiError::new(ApiError::PROTOBUF, error.to_string()))?;
    let form = params.form();
    let fields = Fields::new(form).value(
        "transaction",
        json!({
            "result": { "result": true },
            "txid": transaction.id(),
            "transaction": print_signed(&transaction, form),
        }),
    );
    let permission = match permission(&transaction, &side.view(node)) {
        Ok(permission) => permission,
        Err(why) => return Ok(fields.value("result", wrong(&why)).done()),
    };
    let fields = fields.value("permission", print_permission(form, &permission));
    Ok(match weigh(&permission, &transaction) {
        Ok(signers) => {
            let total = signers.iter().fold(0_i64, |total, (_, weight)| total.saturating_add(*weight));
            let enough = total >= permission.threshold;
            let result = if enough { json!({}) } else { json!({ "code": "NOT_ENOUGH_PERMISSION" }) };
            let approved = signers.iter().map(|(signer, _)| Value::String(show(form, signer))).collect();
            fields.list("approved_list", approved).int("current_weight", total).value("result", result).done()
        }
        Err(why) => fields.value("result", wrong(&why)).done(),
    })
}

fn permission(transaction: &Transaction, view: &View) -> Result<Permission, String> {
    let owner = transaction.owner().and_then(|owner| Some((owner, view.state().account(&owner)?)));
    let (owner, account) = owner.ok_or_else(|| "Account does not exist!".to_owned())?;
    let permission = account.permissions.find(owner, permission_id(transaction));
    let permission = permission.ok_or_else(|| "Permission for this, does not exist!".to_owned())?;
    suits(&permission, transaction)?;
    Ok(permission)
}

fn wrong(why: &str) -> Value {
    Fields::new(AddressForm::Hex).value("code", "PERMISSION_ERROR").text("message", why).done()
}
