//! Accounts, their resources, and what they lend each other.

use flash_core::address::Address;
use flash_core::time::Timestamp;
use flash_core::units::Sun;
use flash_tron::contract::Permission;
use flash_tron::energy::{Usage, Window};
use flash_tron::json::AddressForm;
use serde_json::{Value, json};

use super::Side;
use super::answer::ApiError;
use super::fields::{Fields, nothing, show};
use super::params::Params;
use crate::execute::stake::{MAX_UNFREEZING, running};
use crate::node::Node;
use crate::resource;
use crate::state::account::{Account, Kind, PerResource, Resource, Unfreezing};
use crate::view::View;

/// Bandwidth of a delegation of bandwidth, which the API takes off what can be lent: it has to be paid from it.
const DELEGATION_SIZE: i64 = 281;

/// `getaccount`.
pub(super) fn account(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let view = side.view(node);
    let Some(address) = params.address("address")? else {
        return Ok(nothing());
    };
    Ok(view.state().account(&address).map_or_else(nothing, |account| print(&view, &address, account, params.form())))
}

fn print(view: &View, address: &Address, account: &Account, form: AddressForm) -> Value {
    let PerResource { bandwidth, energy } = &account.stakes;
    let free = &account.free_bandwidth;
    let slot = view.context().slot();
    let kind = match account.kind {
        Kind::Normal => "",
        Kind::Contract => "Contract",
    };
    Fields::new(form)
        .address("address", address)
        .text("type", kind)
        .int("balance", account.balance.get())
        .int("create_time", account.created.as_millis())
        .int("free_net_usage", resource::used(free, slot))
        .int("latest_consume_free_time", last_use(view, free))
        .int("net_usage", resource::used(&bandwidth.usage, slot))
        .int("latest_consume_time", last_use(view, &bandwidth.usage))
        .int("net_window_size", window(&bandwidth.usage))
        .flag("net_window_optimized", true)
        .int("delegated_frozenV2_balance_for_bandwidth", bandwidth.lent.get())
        .int("acquired_delegated_frozenV2_balance_for_bandwidth", bandwidth.acquired.get())
        .value(
            "account_resource",
            Fields::new(form)
                .int("energy_usage", resource::used(&energy.usage, slot))
                .int("latest_consume_time_for_energy", last_use(view, &energy.usage))
                .int("energy_window_size", window(&energy.usage))
                .flag("energy_window_optimized", true)
                .int("delegated_frozenV2_balance_for_energy", energy.lent.get())
                .int("acquired_delegated_frozenV2_balance_for_energy", energy.acquired.get())
                .done(),
        )
        .value(
            "frozenV2",
            json!([
                Fields::new(form).int("amount", bandwidth.own.get()).done(),
                Fields::new(form).value("type", "ENERGY").int("amount", energy.own.get()).done(),
                { "type": "TRON_POWER" },
            ]),
        )
        .list("unfrozenV2", account.unfreezing.iter().map(|entry| unfreezing(form, entry)).collect())
        .value("owner_permission", print_permission(form, &account.permissions.owner(*address)))
        .list(
            "active_permission",
            account.permissions.actives(*address).iter().map(|active| print_permission(form, active)).collect(),
        )
        .done()
}

fn unfreezing(form: AddressForm, entry: &Unfreezing) -> Value {
    let kind = match entry.resource {
        Resource::Bandwidth => "",
        Resource::Energy => "ENERGY",
    };
    Fields::new(form)
        .text("type", kind)
        .int("unfreeze_amount", entry.amount.get())
        .int("unfreeze_expire_time", entry.expires.as_millis())
        .done()
}

pub(super) fn print_permission(form: AddressForm, permission: &Permission) -> Value {
    let kind = if permission.kind.number() == 0 { "" } else { permission.kind.name() };
    let keys = permission
        .keys
        .iter()
        .map(|key| Fields::new(form).address("address", &key.address).int("weight", key.weight).done());
    Fields::new(form)
        .text("type", kind)
        .int("id", permission.id.0.into())
        .text("permission_name", &permission.name)
        .int("threshold", permission.threshold)
        .hex("operations", &permission.operations)
        .list("keys", keys.collect())
        .done()
}

fn last_use(view: &View, usage: &Usage) -> i64 {
    view.last_use(usage.at).as_millis()
}

const fn window(usage: &Usage) -> i64 {
    let Usage { window, .. } = usage;
    Window::thousandths(*window)
}

/// `getaccountresource`.
pub(super) fn resources(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let view = side.view(node);
    let Some(address) = params.address("address")? else {
        return Ok(nothing());
    };
    let Some(account) = view.state().account(&address) else {
        return Ok(nothing());
    };
    let (state, network) = (view.state(), view.params());
    let free = resource::used(&account.free_bandwidth, view.context().slot());
    let stakes = &account.stakes;
    let power = stakes.bandwidth.weight().saturating_add(stakes.energy.weight());
    Ok(Fields::new(params.form())
        .int("freeNetUsed", free)
        .int("freeNetLimit", network.free_bandwidth)
        .int("NetUsed", view.used(&address, Resource::Bandwidth).get())
        .int("NetLimit", view.limit(&address, Resource::Bandwidth).get())
        .int("TotalNetLimit", network.total_bandwidth)
        .int("TotalNetWeight", state.weight(Resource::Bandwidth, network))
        .int("tronPowerLimit", power)
        .int("EnergyUsed", view.used(&address, Resource::Energy).get())
        .int("EnergyLimit", view.limit(&address, Resource::Energy).get())
        .int("TotalEnergyLimit", network.total_energy.get())
        .int("TotalEnergyWeight", state.weight(Resource::Energy, network))
        .done())
}

/// `getdelegatedresourcev2`: the unlocked record, then the locked one, each only when there is one.
pub(super) fn loans(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let view = side.view(node);
    let (Some(from), Some(to)) = (params.address("fromAddress")?, params.address("toAddress")?) else {
        return Ok(nothing());
    };
    let Some(loan) = view.state().loan(&from, &to) else {
        return Ok(nothing());
    };
    let record = || Fields::new(params.form()).address("from", &from).address("to", &to);
    let mut records = Vec::new();
    if loan.has_unlocked() {
        let unlocked = record()
            .int("frozen_balance_for_bandwidth", loan.unlocked.bandwidth.get())
            .int("frozen_balance_for_energy", loan.unlocked.energy.get());
        records.push(unlocked.done());
    }
    if loan.has_locked() {
        let PerResource { bandwidth, energy } = &loan.locked;
        let locked = record()
            .int("frozen_balance_for_bandwidth", bandwidth.amount.get())
            .int("frozen_balance_for_energy", energy.amount.get())
            .int("expire_time_for_bandwidth", bandwidth.expires.as_millis())
            .int("expire_time_for_energy", energy.expires.as_millis());
        records.push(locked.done());
    }
    Ok(Fields::new(params.form()).list("delegatedResource", records).done())
}

/// `getdelegatedresourceaccountindexv2`: who lends to an account and whom it lends to.
pub(super) fn partners(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let view = side.view(node);
    let Some(address) = params.address("value")? else {
        return Ok(nothing());
    };
    let shown = |all: Vec<Address>| all.iter().map(|one| Value::String(show(params.form(), one))).collect();
    Ok(Fields::new(params.form())
        .address("account", &address)
        .list("fromAccounts", shown(view.state().lenders(&address)))
        .list("toAccounts", shown(view.state().receivers(&address)))
        .done())
}

/// `getcandelegatedmaxsize`; less than 1 TRX is nothing.
pub(super) fn lendable(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let view = side.view(node);
    let (kind, extra) = match params.int("type")? {
        0 => (Resource::Bandwidth, DELEGATION_SIZE),
        1 => (Resource::Energy, 0),
        _ => return Ok(nothing()),
    };
    let address = params.address("owner_address")?;
    let Some(account) = address.and_then(|address| view.state().account(&address)) else {
        return Ok(nothing());
    };
    let most = resource::lendable_after(account, kind, extra, view.state(), &view.context());
    let most = if most < Sun::TRX { Sun::ZERO } else { most };
    Ok(Fields::new(params.form()).int("max_size", most.get()).done())
}

/// `getavailableunfreezecount`.
pub(super) fn unfreeze_count(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let view = side.view(node);
    let address = params.address("owner_address")?;
    let count = address
        .and_then(|address| view.state().account(&address))
        .map_or(0, |account| MAX_UNFREEZING.saturating_sub(running(account, view.at().time)));
    Ok(Fields::new(params.form()).int("count", i64::try_from(count).unwrap_or(0)).done())
}

/// `getcanwithdrawunfreezeamount`.
pub(super) fn withdrawable(node: &Node, side: Side, params: &Params) -> Result<Value, ApiError> {
    let view = side.view(node);
    let at = Timestamp::from_millis(params.int("timestamp")?);
    let address = params.address("owner_address")?;
    let entries = address
        .and_then(|address| view.state().account(&address))
        .map_or(&[][..], |account| account.unfreezing.as_slice());
    let due = entries.iter().filter(|entry| entry.expires <= at).map(|entry| entry.amount);
    let amount = Sun::sum(due).map_or(0, Sun::get);
    Ok(Fields::new(params.form()).int("amount", amount).done())
}
