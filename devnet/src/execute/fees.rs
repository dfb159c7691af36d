//! What any transaction costs: bandwidth, a fee for several signatures, a fee for a memo.

use flash_core::address::Address;
use flash_core::units::{Energy, Overflow, Sun};
use flash_tron::energy::{Usage, Window};

use crate::execute::Context;
use crate::refusal::Refusal;
use crate::resource;
use crate::state::State;
use crate::state::account::Resource;
use crate::transaction::{Operation, Transaction};

/// Bytes that a result takes in the block; charged in advance for each contract.
const RESULT_SIZE: i64 = 64;

/// What was charged.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Charged {
    /// Bandwidth used, free or staked.
    pub(super) bandwidth_used: i64,
    /// Burned for bandwidth.
    pub(super) bandwidth_fee: Sun,
    /// Burned in all.
    pub(super) burned: Sun,
}

/// Charges the owner. Bandwidth is paid from one source for the whole size: stake, else the free allowance, else TRX.
pub(super) fn charge(tx: &Transaction, state: &mut State, context: &Context<'_>) -> Result<Charged, Refusal> {
    if matches!(tx.operation(), Operation::Missing | Operation::Unsupported { .. }) {
        return Ok(Charged::default());
    }
    let missing = || {
        let owner = tx.owner().map_or_else(String::new, |owner| owner.to_string());
        Refusal::invalid(format!("account [{owner}] does not exist"))
    };
    let owner = tx.owner().filter(|owner| state.account(owner).is_some()).ok_or_else(missing)?;
    let size = i64::try_from(tx.size()).unwrap_or(i64::MAX).saturating_add(RESULT_SIZE);

    let (bandwidth_used, bandwidth_fee) = bandwidth(tx, &owner, size, state, context)?;
    let mut burned = bandwidth_fee;
    burn(state, &owner, bandwidth_fee)?;
    for (applies, fee) in [
        (tx.signatures().len() > 1, context.params.multi_sign_fee),
        (!tx.raw().data.is_empty(), context.params.memo_fee),
    ] {
        if applies {
            burn(state, &owner, fee)?;
            burned = burned.plus(fee)?;
        }
    }
    Ok(Charged { bandwidth_used, bandwidth_fee, burned })
}

/// Uses bandwidth and says what is to be burned for it.
fn bandwidth(
    tx: &Transaction,
    owner: &Address,
    size: i64,
    state: &mut State,
    context: &Context<'_>,
) -> Result<(i64, Sun), Refusal> {
    let limit = resource::limit(owner, Resource::Bandwidth, state, context);
    let slot = context.slot();
    let activates = activates(tx, state);
    let used = state.edit(owner, |account| {
        let staked = &mut account.stakes.bandwidth.usage;
        if size <= limit.saturating_sub(resource::used(staked, slot)) {
            *staked = staked.plus(Energy::new(size), slot);
            return true;
        }
        // The free allowance never pays for an activation.
        let free = &mut account.free_bandwidth;
        if !activates && size <= context.params.free_bandwidth.saturating_sub(resource::used(free, slot)) {
            *free = Usage { window: Window::DAY, ..free.plus(Energy::new(size), slot) };
            return true;
        }
        false
    });
    if used.unwrap_or(false) {
        return Ok((size, Sun::ZERO));
    }
    if activates {
        return Ok((0, context.params.create_account_fee));
    }
    let fee = context.params.fee_per_byte.get().checked_mul(size).ok_or(Overflow)?;
    Ok((0, Sun::new(fee)))
}

fn activates(tx: &Transaction, state: &State) -> bool {
    match tx.operation() {
        Operation::Transfer(contract) => {
            Address::from_bytes(&contract.to_address).is_ok_and(|to| state.account(&to).is_none())
        }
        Operation::Freeze(_)
        | Operation::Unfreeze(_)
        | Operation::Withdraw(_)
        | Operation::CancelUnfreeze(_)
        | Operation::Delegate(_)
        | Operation::Reclaim(_)
        | Operation::UpdatePermission(_)
        | Operation::Trigger(_)
        | Operation::Unsupported { .. }
        | Operation::Missing => false,
    }
}

fn burn(state: &mut State, owner: &Address, amount: Sun) -> Result<(), Refusal> {
    state.edit(owner, |account| account.pay(amount)).flatten().ok_or(Refusal::Bandwidth)?;
    Ok(state.burn(amount)?)
}
