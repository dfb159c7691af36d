//! Staking and unstaking: FreezeBalanceV2, UnfreezeBalanceV2, WithdrawExpireUnfreeze, CancelAllUnfreezeV2.

use flash_core::time::Timestamp;
use flash_core::units::{Overflow, Sun};
use flash_tron::proto::{
    CancelAllUnfreezeV2Contract, FreezeBalanceV2Contract, UnfreezeBalanceV2Contract, WithdrawExpireUnfreezeContract,
};

use crate::execute::{Context, INVALID_ADDRESS, Outcome, address, existing, resource};
use crate::refusal::Refusal;
use crate::slot::{SLOTS_PER_DAY, slots_after};
use crate::state::account::{Account, PerResource, Resource, Unfreezing};
use crate::state::{State, add, take};

/// How many withdrawals of an account may be waiting at once.
pub(crate) const MAX_UNFREEZING: usize = 32;

const RESOURCE_ERROR: &str = "ResourceCode error, valid ResourceCode[BANDWIDTH、ENERGY]";

pub(super) fn validate_freeze(contract: &FreezeBalanceV2Contract, state: &State) -> Result<(), Refusal> {
    let owner = address(&contract.owner_address, INVALID_ADDRESS)?;
    let account = existing(state, &owner, "not exists")?;
    if contract.frozen_balance <= 0 {
        return Err(Refusal::invalid("frozenBalance must be positive"));
    }
    if contract.frozen_balance < Sun::TRX.get() {
        return Err(Refusal::invalid("frozenBalance must be greater than or equal to 1 TRX"));
    }
    if contract.frozen_balance > account.balance.get() {
        return Err(Refusal::invalid("frozenBalance must be less than or equal to accountBalance"));
    }
    resource(contract.resource).map(|_| ()).ok_or_else(|| Refusal::invalid(RESOURCE_ERROR))
}

pub(super) fn freeze(contract: &FreezeBalanceV2Contract, state: &mut State) -> Result<Outcome, Refusal> {
    let owner = address(&contract.owner_address, INVALID_ADDRESS)?;
    let resource = resource(contract.resource).ok_or_else(|| Refusal::invalid(RESOURCE_ERROR))?;
    let amount = Sun::new(contract.frozen_balance);
    let staked = state.edit(&owner, |account| {
        take(&mut account.balance, amount)?;
        add(&mut account.stakes.of_mut(resource).own, amount)
    });
    staked.unwrap_or(Ok(()))?;
    Ok(Outcome::default())
}

pub(super) fn validate_unfreeze(
    contract: &UnfreezeBalanceV2Contract,
    state: &State,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let owner = address(&contract.owner_address, INVALID_ADDRESS)?;
    let account = existing(state, &owner, "does not exist")?;
    let (own, name) = match resource(contract.resource) {
        Some(Resource::Bandwidth) => (account.stakes.bandwidth.own, "BANDWIDTH"),
        Some(Resource::Energy) => (account.stakes.energy.own, "Energy"),
        // TRON power is never staked for here, so an account has none of it.
        None if contract.resource == 2 => (Sun::ZERO, "TronPower"),
        None => return Err(Refusal::invalid("ResourceCode error.valid ResourceCode[BANDWIDTH、Energy]")),
    };
    if !own.is_positive() {
        return Err(Refusal::invalid(format!("no frozenBalance({name})")));
    }
    let amount = contract.unfreeze_balance;
    if amount <= 0 || amount > own.get() {
        return Err(Refusal::invalid(format!("Invalid unfreeze_balance, [{amount}] is error")));
    }
    if running(account, context.now) >= MAX_UNFREEZING {
        return Err(Refusal::invalid("Invalid unfreeze operation, unfreezing times is over limit"));
    }
    Ok(())
}

pub(super) fn unfreeze(
    contract: &UnfreezeBalanceV2Contract,
    state: &mut State,
    context: &Context<'_>,
) -> Result<Outcome, Refusal> {
    let owner = address(&contract.owner_address, INVALID_ADDRESS)?;
    let resource = resource(contract.resource).ok_or_else(|| Refusal::invalid(RESOURCE_ERROR))?;
    let amount = Sun::new(contract.unfreeze_balance);
    let days = i64::from(context.params.unfreeze_delay_days);
    let expires = slots_after(context.now, days.saturating_mul(SLOTS_PER_DAY));
    let paid = state.edit(&owner, |account| {
        let paid = pay_out(account, context.now)?;
        take(&mut account.stakes.of_mut(resource).own, amount)?;
        account.unfreezing.push(Unfreezing { resource, amount, expires });
        Ok::<_, Overflow>(paid)
    });
    let withdrawn = paid.unwrap_or(Ok(Sun::ZERO))?;
    Ok(Outcome { unfrozen: amount, withdrawn, ..Outcome::default() })
}

pub(super) fn validate_withdraw(
    contract: &WithdrawExpireUnfreezeContract,
    state: &State,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let owner = address(&contract.owner_address, INVALID_ADDRESS)?;
    let account = existing(state, &owner, "not exists")?;
    if account.unfreezing.iter().any(|entry| entry.expires <= context.now) {
        return Ok(());
    }
    Err(Refusal::invalid("no unFreeze balance to withdraw "))
}

pub(super) fn withdraw(
    contract: &WithdrawExpireUnfreezeContract,
    state: &mut State,
    context: &Context<'_>,
) -> Result<Outcome, Refusal> {
    let owner = address(&contract.owner_address, INVALID_ADDRESS)?;
    let paid = state.edit(&owner, |account| pay_out(account, context.now));
    Ok(Outcome { withdrawn: paid.unwrap_or(Ok(Sun::ZERO))?, ..Outcome::default() })
}

pub(super) fn validate_cancel(contract: &CancelAllUnfreezeV2Contract, state: &State) -> Result<(), Refusal> {
    let owner = address(&contract.owner_address, INVALID_ADDRESS)?;
    if existing(state, &owner, "not exists")?.unfreezing.is_empty() {
        return Err(Refusal::invalid("No unfreezeV2 list to cancel"));
    }
    Ok(())
}

pub(super) fn cancel(
    contract: &CancelAllUnfreezeV2Contract,
    state: &mut State,
    context: &Context<'_>,
) -> Result<Outcome, Refusal> {
    let owner = address(&contract.owner_address, INVALID_ADDRESS)?;
    let done = state.edit(&owner, |account| {
        let withdrawn = pay_out(account, context.now)?;
        let mut restaked = PerResource::<Sun>::default();
        for entry in std::mem::take(&mut account.unfreezing) {
            add(&mut account.stakes.of_mut(entry.resource).own, entry.amount)?;
            add(restaked.of_mut(entry.resource), entry.amount)?;
        }
        Ok::<_, Overflow>((withdrawn, restaked))
    });
    let (withdrawn, restaked) = done.unwrap_or(Ok((Sun::ZERO, PerResource::default())))?;
    Ok(Outcome { withdrawn, restaked: Some(restaked), ..Outcome::default() })
}

/// How many withdrawals are still waiting.
pub(crate) fn running(account: &Account, now: Timestamp) -> usize {
    account.unfreezing.iter().filter(|entry| entry.expires > now).count()
}

/// Pays what has waited long enough into the balance.
fn pay_out(account: &mut Account, now: Timestamp) -> Result<Sun, Overflow> {
    let due = account.unfreezing.iter().filter(|entry| entry.expires <= now).map(|entry| entry.amount);
    let paid = Sun::sum(due)?;
    add(&mut account.balance, paid)?;
    account.unfreezing.retain(|entry| entry.expires > now);
    Ok(paid)
}
