//! DelegateResource: lends stake.

use flash_core::units::Sun;
use flash_tron::proto::DelegateResourceContract;

use crate::execute::{Context, INVALID_ADDRESS, Outcome, address, existing, resource};
use crate::refusal::Refusal;
use crate::resource;
use crate::slot::{SLOT, slots_after};
use crate::state::account::{Kind, Resource};
use crate::state::{State, add, take};

/// The lock of a delegation that asks for a lock and names no period: 3 days, in slots.
const DEFAULT_LOCK: i64 = 86_400;

pub(super) fn validate(
    contract: &DelegateResourceContract,
    state: &State,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let owner = address(&contract.owner_address, INVALID_ADDRESS)?;
    let account = existing(state, &owner, "not exists")?;
    let amount = contract.balance;
    if amount < Sun::TRX.get() {
        return Err(Refusal::invalid("delegateBalance must be greater than or equal to 1 TRX"));
    }
    let Some(kind) = resource(contract.resource) else {
        return Err(Refusal::invalid("ResourceCode error, valid ResourceCode[BANDWIDTH、ENERGY]"));
    };
    if resource::lendable(account, kind, state, context).get() < amount {
        let name = match kind {
            Resource::Bandwidth => "FreezeBandwidthV2",
            Resource::Energy => "FreezeEnergyV2",
        };
        let why = format!("delegateBalance must be less than or equal to available {name} balance");
        return Err(Refusal::invalid(why));
    }
    let receiver = address(&contract.receiver_address, "Invalid receiverAddress")?;
    if receiver == owner {
        return Err(Refusal::invalid("receiverAddress must not be the same as ownerAddress"));
    }
    let borrower = existing(state, &receiver, "not exists")?;
    if contract.lock {
        validate_lock(contract, kind, state, context)?;
    }
    match borrower.kind {
        Kind::Normal => Ok(()),
        Kind::Contract => Err(Refusal::invalid("Do not allow delegate resources to contract addresses")),
    }
}

fn validate_lock(
    contract: &DelegateResourceContract,
    kind: Resource,
    state: &State,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let period = lock_period(contract);
    let longest = context.params.max_lock_period;
    if !(0..=longest).contains(&period) {
        return Err(Refusal::invalid(format!(
            "The lock period of delegate resource cannot be less than 0 and cannot exceed {longest}!"
        )));
    }
    let owner = address(&contract.owner_address, INVALID_ADDRESS)?;
    let receiver = address(&contract.receiver_address, "Invalid receiverAddress")?;
    let Some(loan) = state.loan(&owner, &receiver).filter(|loan| loan.has_locked()) else {
        return Ok(());
    };
    let remaining = loan.locked.of(kind).expires.as_millis().saturating_sub(context.now.as_millis());
    if period.saturating_mul(i64::from(SLOT.as_millis())) < remaining {
        let name = match kind {
            Resource::Bandwidth => "BANDWIDTH",
            Resource::Energy => "ENERGY",
        };
        return Err(Refusal::invalid(format!(
            "The lock period for {name} this time cannot be less than the remaining time[{remaining}ms] of the last \
             lock period for {name}!"
        )));
    }
    Ok(())
}

pub(super) fn execute(
    contract: &DelegateResourceContract,
    state: &mut State,
    context: &Context<'_>,
) -> Result<Outcome, Refusal> {
    let owner = address(&contract.owner_address, INVALID_ADDRESS)?;
    let receiver = address(&contract.receiver_address, "Invalid receiverAddress")?;
    let kind = resource(contract.resource).ok_or_else(|| Refusal::invalid("Resource Code Error."))?;
    let amount = Sun::new(contract.balance);

    let mut loan = state.loan(&owner, &receiver).copied().unwrap_or_default();
    loan.unlock_expired(context.now)?;
    let lock = contract.lock.then(|| slots_after(context.now, lock_period(contract)));
    loan.add(kind, amount, lock)?;
    loan.since = context.now;
    state.put_loan(owner, receiver, loan);

    let lent = state.edit(&owner, |account| {
        let stake = account.stakes.of_mut(kind);
        take(&mut stake.own, amount)?;
        add(&mut stake.lent, amount)
    });
    lent.unwrap_or(Ok(()))?;
    state.edit(&receiver, |account| add(&mut account.stakes.of_mut(kind).acquired, amount)).unwrap_or(Ok(()))?;
    Ok(Outcome::default())
}

const fn lock_period(contract: &DelegateResourceContract) -> i64 {
    if contract.lock_period == 0 { DEFAULT_LOCK } else { contract.lock_period }
}
