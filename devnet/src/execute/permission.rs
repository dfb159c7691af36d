//! AccountPermissionUpdate: changes who may sign.

use flash_core::address::Address;
use flash_core::units::Sun;
use flash_tron::contract::{Contract, ContractType, Permission, PermissionKind};
use flash_tron::proto::{AccountPermissionUpdateContract, Any};
use prost::Message;

use crate::execute::{Context, Outcome, address, existing};
use crate::permission::Permissions;
use crate::refusal::Refusal;
use crate::state::{State, take};

/// What changing permissions burns.
const FEE: Sun = Sun::new(100_000_000);
/// The most active permissions of an account.
const MAX_ACTIVES: usize = 8;

pub(super) fn validate(
    contract: &AccountPermissionUpdateContract,
    state: &State,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let owner = address(&contract.owner_address, "invalidate ownerAddress")?;
    if state.account(&owner).is_none() {
        return Err(Refusal::invalid("ownerAddress account does not exist"));
    }
    if contract.owner.is_none() {
        return Err(Refusal::invalid("owner permission is missed"));
    }
    if contract.witness.is_some() {
        return Err(Refusal::invalid("account isn't witness can't set witness permission"));
    }
    if contract.actives.is_empty() {
        return Err(Refusal::invalid("active permission is missed"));
    }
    if contract.actives.len() > MAX_ACTIVES {
        return Err(Refusal::invalid("active permission is too many"));
    }
    let (owner, actives) = read(contract)?;
    if owner.kind != PermissionKind::Owner {
        return Err(Refusal::invalid("owner permission type is error"));
    }
    check(&owner, context)?;
    for active in &actives {
        if active.kind != PermissionKind::Active {
            return Err(Refusal::invalid("active permission type is error"));
        }
        check(active, context)?;
        if active.operations.len() != 32 {
            return Err(Refusal::invalid("operations size must 32"));
        }
    }
    Ok(())
}

fn check(permission: &Permission, context: &Context<'_>) -> Result<(), Refusal> {
    let keys = permission.keys.len();
    if keys > context.params.max_signatures {
        let most = context.params.max_signatures;
        return Err(Refusal::invalid(format!("number of keys in permission should not be greater than {most}")));
    }
    if keys == 0 {
        return Err(Refusal::invalid("key's count should be greater than 0"));
    }
    if permission.threshold <= 0 {
        return Err(Refusal::invalid("permission's threshold should be greater than 0"));
    }
    if permission.name.len() > 32 {
        return Err(Refusal::invalid("permission's name is too long"));
    }
    if permission.parent_id != 0 {
        return Err(Refusal::invalid("permission's parent should be owner"));
    }
    let mut seen: Vec<Address> = Vec::new();
    let mut total: i64 = 0;
    for key in &permission.keys {
        if seen.contains(&key.address) {
            return Err(Refusal::invalid(format!(
                "address should be distinct in permission {}",
                permission.kind.name()
            )));
        }
        if key.weight <= 0 {
            return Err(Refusal::invalid("key's weight should be greater than 0"));
        }
        seen.push(key.address);
        total = total.saturating_add(key.weight);
    }
    if total < permission.threshold {
        let kind = permission.kind.name();
        let why = format!("sum of all key's weight should not be less than threshold in permission {kind}");
        return Err(Refusal::invalid(why));
    }
    Ok(())
}

pub(super) fn execute(contract: &AccountPermissionUpdateContract, state: &mut State) -> Result<Outcome, Refusal> {
    let owner = address(&contract.owner_address, "invalidate ownerAddress")?;
    if existing(state, &owner, "not exists")?.balance < FEE {
        return Err(Refusal::Execute("Balance is not sufficient.".to_owned()));
    }
    let (owner_permission, actives) = read(contract)?;
    let changed = state.edit(&owner, |account| {
        account.permissions = Permissions::custom(owner_permission, actives);
        take(&mut account.balance, FEE)
    });
    changed.unwrap_or(Ok(()))?;
    state.burn(FEE)?;
    Ok(Outcome { fee: FEE, ..Outcome::default() })
}

/// The permissions as flash-tron reads them, checked to hold addresses.
fn read(contract: &AccountPermissionUpdateContract) -> Result<(Permission, Vec<Permission>), Refusal> {
    let kind = ContractType::AccountPermissionUpdate;
    let any = Any { type_url: kind.type_url(), value: contract.encode_to_vec() };
    match Contract::decode(kind.number(), &any) {
        Ok(Contract::AccountPermissionUpdate(it)) => match it.owner {
            Some(owner) => Ok((owner, it.actives)),
            None => Err(Refusal::invalid("owner permission is missed")),
        },
        Ok(_) | Err(_) => Err(Refusal::invalid("key is not a validate address")),
    }
}
