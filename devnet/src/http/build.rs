//! Builders: validate, and answer an unsigned transaction.

use flash_core::time::Span;
use flash_tron::contract::ContractType;
use flash_tron::proto;
use flash_tron::transaction::Reference;
use prost::Message;
use serde_json::{Value, json};

use super::Side;
use super::answer::ApiError;
use super::params::Params;
use super::transaction::print_signed;
use crate::execute;
use crate::node::Node;
use crate::transaction::{Operation, Transaction};
use flash_core::clock::Clock;

/// How long a built transaction is valid, from the head's time.
const VALIDITY: Span = Span::from_secs(60);

/// `createtransaction`.
pub(super) fn transfer(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let contract = proto::TransferContract {
        owner_address: params.address_bytes("owner_address")?,
        to_address: params.address_bytes("to_address")?,
        amount: params.int("amount")?,
    };
    let value = contract.encode_to_vec();
    build(node, side, params, ContractType::Transfer, value, &Operation::Transfer(contract))
}

/// `freezebalancev2`.
pub(super) fn freeze(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let contract = proto::FreezeBalanceV2Contract {
        owner_address: params.address_bytes("owner_address")?,
        frozen_balance: params.int("frozen_balance")?,
        resource: params.resource()?,
    };
    let value = contract.encode_to_vec();
    build(node, side, params, ContractType::FreezeBalanceV2, value, &Operation::Freeze(contract))
}

/// `unfreezebalancev2`.
pub(super) fn unfreeze(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let contract = proto::UnfreezeBalanceV2Contract {
        owner_address: params.address_bytes("owner_address")?,
        unfreeze_balance: params.int("unfreeze_balance")?,
        resource: params.resource()?,
    };
    let value = contract.encode_to_vec();
    build(node, side, params, ContractType::UnfreezeBalanceV2, value, &Operation::Unfreeze(contract))
}

/// `withdrawexpireunfreeze`.
pub(super) fn withdraw(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let contract = proto::WithdrawExpireUnfreezeContract { owner_address: params.address_bytes("owner_address")? };
    let value = contract.encode_to_vec();
    build(node, side, params, ContractType::WithdrawExpireUnfreeze, value, &Operation::Withdraw(contract))
}

/// `cancelallunfreezev2`.
pub(super) fn cancel(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let contract = proto::CancelAllUnfreezeV2Contract { owner_address: params.address_bytes("owner_address")? };
    let value = contract.encode_to_vec();
    build(node, side, params, ContractType::CancelAllUnfreezeV2, value, &Operation::CancelUnfreeze(contract))
}

/// `delegateresource`.
pub(super) fn delegate(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let contract = proto::DelegateResourceContract {
        owner_address: params.address_bytes("owner_address")?,
        resource: params.resource()?,
        balance: params.int("balance")?,
        receiver_address: params.address_bytes("receiver_address")?,
        lock: params.flag("lock"),
        lock_period: params.int("lock_period")?,
    };
    let value = contract.encode_to_vec();
    build(node, side, params, ContractType::DelegateResource, value, &Operation::Delegate(contract))
}

/// `undelegateresource`.
pub(super) fn reclaim(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let contract = proto::UnDelegateResourceContract {
        owner_address: params.address_bytes("owner_address")?,
        resource: params.resource()?,
        balance: params.int("balance")?,
        receiver_address: params.address_bytes("receiver_address")?,
    };
    let value = contract.encode_to_vec();
    build(node, side, params, ContractType::UnDelegateResource, value, &Operation::Reclaim(contract))
}

/// `triggersmartcontract` and its kin: there is no contract with code on this network.
pub(super) fn no_contract(_: &Node, _: Side, params: &Params) -> Result<Value, ApiError> {
    let why = "Smart contract is not exist.";
    let message = if params.is_visible() { why.to_owned() } else { hex::encode(why) };
    Ok(json!({ "result": { "code": "CONTRACT_VALIDATE_ERROR", "message": message } }))
}

fn build(
    node: &Node,
    side: Side,
    params: &Params,
    kind: ContractType,
    value: Vec<u8>,
    operation: &Operation,
) -> Result<Value, ApiError> {
    let view = side.view(node);
    execute::validate(operation, view.state(), &view.context())?;
    let Reference { ref_block_bytes, ref_block_hash } = Reference::from(&node.network().solid());
    let contract = proto::Contract {
        r#type: kind.number(),
        parameter: Some(proto::Any { type_url: kind.type_url(), value }),
        permission_id: i32::try_from(params.int("Permission_id")?).unwrap_or(-1),
        ..proto::Contract::default()
    };
    let raw = proto::Raw {
        ref_block_bytes: ref_block_bytes.to_vec(),
        ref_block_hash: ref_block_hash.to_vec(),
        expiration: view.at().time.after(VALIDITY).as_millis(),
        contract: vec![contract],
        timestamp: node.clock().now().as_millis(),
        ..proto::Raw::default()
    };
    let message = proto::Transaction { raw_data: Some(raw), ..proto::Transaction::default() };
    let built = Transaction::new(message).map_err(|error| ApiError::new(ApiError::PROTOBUF, error.to_string()))?;
    Ok(print_signed(&built, params.form()))
}
