//! Signatures against permissions.

use flash_core::address::Address;
use flash_tron::contract::{Permission, PermissionId, PermissionKind};

use crate::execute::Context;
use crate::permission::{Permissions, allows, weight};
use crate::state::State;
use crate::transaction::Transaction;

/// Says what is wrong, in java-tron's words.
pub(super) fn check(tx: &Transaction, state: &State, context: &Context<'_>) -> Result<(), String> {
    if tx.raw().contract.is_empty() || tx.signatures().is_empty() {
        return Err("miss sig or contract".to_owned());
    }
    if tx.signatures().len() > context.params.max_signatures {
        return Err("too many signatures".to_owned());
    }
    let default = Permissions::default();
    let permission = tx.owner().and_then(|owner| {
        // An address without an account has the permissions it would be activated with.
        let permissions = state.account(&owner).map_or(&default, |account| &account.permissions);
        permissions.find(owner, permission_id(tx))
    });
    let Some(permission) = permission else {
        return Err("permission isn't exit".to_owned());
    };
    suits(&permission, tx)?;
    let signers = weigh(&permission, tx)?;
    let total = signers.iter().fold(0_i64, |total, (_, weight)| total.saturating_add(*weight));
    if total < permission.threshold { Err("sig error".to_owned()) } else { Ok(()) }
}

/// Which permission a transaction names.
pub(crate) fn permission_id(tx: &Transaction) -> PermissionId {
    PermissionId(tx.raw().contract.first().map_or(0, |contract| contract.permission_id))
}

/// Whether a permission other than the owner's may sign this contract.
pub(crate) fn suits(permission: &Permission, tx: &Transaction) -> Result<(), String> {
    if permission_id(tx) == PermissionId::OWNER {
        return Ok(());
    }
    if permission.kind != PermissionKind::Active {
        return Err("Permission type is error".to_owned());
    }
    if allows(permission, tx.contract_type()) { Ok(()) } else { Err("Permission denied".to_owned()) }
}

/// Who signed, and the weight of each.
pub(crate) fn weigh(permission: &Permission, tx: &Transaction) -> Result<Vec<(Address, i64)>, String> {
    let (signed, keys) = (tx.signatures().len(), permission.keys.len());
    if signed > keys {
        return Err(format!("Signature count is {signed} more than key counts of permission : {keys}"));
    }
    let mut signers: Vec<(Address, i64)> = Vec::new();
    for signature in tx.signatures() {
        if signature.bytes.len() < 65 {
            return Err(format!("Signature size is {}", signature.bytes.len()));
        }
        let Some(by) = signature.by else {
            return Err("Could not recover public key from signature".to_owned());
        };
        let weight = weight(permission, &by);
        if weight == 0 {
            let bytes = hex::encode(&signature.bytes);
            return Err(format!("{bytes} is signed by {by} but it is not contained of permission."));
        }
        if signers.iter().any(|(signer, _)| *signer == by) {
            return Err(format!("{by} has signed twice!"));
        }
        signers.push((by, weight));
    }
    Ok(signers)
}
