//! UnDelegateResource: takes lent stake back, and with it the receiver's usage that it stands for.

use flash_core::units::Sun;
use flash_tron::proto::UnDelegateResourceContract;

use crate::execute::{Context, INVALID_ADDRESS, Outcome, address, existing, resource};
use crate::refusal::Refusal;
use crate::resource;
use crate::state::account::Resource;
use crate::state::{State, add, take};

pub(super) fn validate(
    contract: &UnDelegateResourceContract,
    state: &State,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let owner = address(&contract.owner_address, INVALID_ADDRESS)?;
    existing(state, &owner, "does not exist")?;
    let receiver = address(&contract.receiver_address, "Invalid receiverAddress")?;
    if receiver == owner {
        return Err(Refusal::invalid("receiverAddress must not be the same as ownerAddress"));
    }
    let Some(loan) = state.loan(&owner, &receiver) else {
        return Err(Refusal::invalid("delegated Resource does not exist"));
    };
    let amount = contract.balance;
    if amount <= 0 {
        return Err(Refusal::invalid("unDelegateBalance must be more than 0 TRX"));
    }
    let (kind, name) = match resource(contract.resource) {
        Some(Resource::Bandwidth) => (Resource::Bandwidth, "delegatedFrozenBalance(BANDWIDTH)"),
        Some(Resource::Energy) => (Resource::Energy, "delegateFrozenBalance(Energy)"),
        None => return Err(Refusal::invalid("ResourceCode error.valid ResourceCode[BANDWIDTH、Energy]")),
    };
    let free = loan.reclaimable(kind, context.now)?.get();
    if free < amount {
        return Err(Refusal::invalid(format!("insufficient {name}, request={amount}, unlock_balance={free}")));
    }
    Ok(())
}

pub(super) fn execute(
    contract: &UnDelegateResourceContract,
    state: &mut State,
    context: &Context<'_>,
) -> Result<Outcome, Refusal> {
    let owner = address(&contract.owner_address, INVALID_ADDRESS)?;
    let receiver = address(&contract.receiver_address, "Invalid receiverAddress")?;
    let kind = resource(contract.resource).ok_or_else(|| Refusal::invalid("Resource Code Error."))?;
    let amount = Sun::new(contract.balance);

    resource::return_usage(state, context, kind, (owner, receiver), amount)?;

    let mut loan = state.loan(&owner, &receiver).copied().unwrap_or_default();
    loan.unlock_expired(context.now)?;
    take(loan.unlocked.of_mut(kind), amount)?;
    state.put_loan(owner, receiver, loan);

    let back = state.edit(&owner, |account| {
        let stake = account.stakes.of_mut(kind);
        take(&mut stake.lent, amount)?;
        add(&mut stake.own, amount)
    });
    back.unwrap_or(Ok(()))?;
    Ok(Outcome::default())
}
