//! What stake is worth at a moment, by flash-tron's arithmetic, for bandwidth and Energy alike.

use flash_core::address::Address;
use flash_core::chain::EnergyRate;
use flash_core::units::{Energy, Sun};
use flash_tron::energy::{self, Slot, Usage};

use crate::execute::Context;
use crate::refusal::Refusal;
use crate::state::State;
use crate::state::account::{Account, Resource};

/// How much there is of a resource and how much stake shares it. The arithmetic is the same for both resources.
pub(crate) fn rate(resource: Resource, state: &State, context: &Context<'_>) -> EnergyRate {
    let total_energy = match resource {
        Resource::Bandwidth => Energy::new(context.params.total_bandwidth),
        Resource::Energy => context.params.total_energy,
    };
    EnergyRate { total_energy, total_weight: state.weight(resource, context.params) }
}

/// How much of a resource an account has in 24 hours by stake, its own and what is lent to it.
pub(crate) fn limit(address: &Address, resource: Resource, state: &State, context: &Context<'_>) -> i64 {
    let stake = state.account(address).map(|account| account.stakes.of(resource).backing());
    let backing = stake.and_then(Result::ok).unwrap_or_default();
    energy::limit(backing, &rate(resource, state, context)).get()
}

/// What is used and has not recovered at a slot.
pub(crate) fn used(usage: &Usage, now: Slot) -> i64 {
    usage.as_of(now).amount.get()
}

/// The own stake that can be lent now: what stands for used and unrecovered resource cannot.
pub(crate) fn lendable(account: &Account, resource: Resource, state: &State, context: &Context<'_>) -> Sun {
    lendable_after(account, resource, 0, state, context)
}

/// The same, after so much more has been used.
pub(crate) fn lendable_after(
    account: &Account,
    resource: Resource,
    extra: i64,
    state: &State,
    context: &Context<'_>,
) -> Sun {
    let stake = account.stakes.of(resource);
    let used = Energy::new(used(&stake.usage, context.slot()).saturating_add(extra));
    let stake = energy::Stake { own: stake.own, own_v1: Sun::ZERO, borrowed: stake.acquired, used };
    stake.lendable(&rate(resource, state, context))
}

/// Ends a loan of `amount` on the receiver's side, and moves the usage it stands for from receiver to owner.
///
/// The usage keeps the receiver's remaining window: what a customer used recovers 24 hours after it was used.
pub(crate) fn return_usage(
    state: &mut State,
    context: &Context<'_>,
    resource: Resource,
    (owner, receiver): (Address, Address),
    amount: Sun,
) -> Result<(), Refusal> {
    let (slot, rate) = (context.slot(), rate(resource, state, context));
    let returned = state.edit(&receiver, |account| {
        let stake = account.stakes.of_mut(resource);
        let usage = stake.usage.as_of(slot);
        let returned = if stake.acquired < amount {
            stake.acquired = Sun::ZERO;
            Energy::ZERO
        } else {
            let all = stake.backing()?;
            stake.acquired = stake.acquired.minus(amount)?;
            energy::returned_usage(usage.amount, amount, all, &rate)
        };
        stake.usage = Usage { amount: usage.amount.minus(returned)?, ..usage };
        Ok::<_, Refusal>((returned, usage.window))
    });
    let Some((returned, window)) = returned.transpose()? else {
        return Ok(());
    };
    if returned.is_positive() {
        state.edit(&owner, |account| {
            let usage = &mut account.stakes.of_mut(resource).usage;
            *usage = usage.with_returned(returned, window, slot);
        });
    }
    Ok(())
}
