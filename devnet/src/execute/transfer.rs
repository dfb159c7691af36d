//! TransferContract: sends TRX, and activates an address that has none yet.

use flash_core::units::Sun;
use flash_tron::proto::TransferContract;

use crate::execute::{Context, Outcome, address};
use crate::refusal::Refusal;
use crate::state::account::Kind;
use crate::state::{State, add, take};

pub(super) fn validate(contract: &TransferContract, state: &State, context: &Context<'_>) -> Result<(), Refusal> {
    let owner = address(&contract.owner_address, "Invalid ownerAddress!")?;
    let to = address(&contract.to_address, "Invalid toAddress!")?;
    if to == owner {
        return Err(Refusal::invalid("Cannot transfer TRX to yourself."));
    }
    let Some(payer) = state.account(&owner) else {
        return Err(Refusal::invalid("Validate TransferContract error, no OwnerAccount."));
    };
    if contract.amount <= 0 {
        return Err(Refusal::invalid("Amount must be greater than 0."));
    }
    let payee = state.account(&to);
    if payee.is_some_and(|payee| payee.kind == Kind::Contract) {
        return Err(Refusal::invalid("Cannot transfer TRX to a smartContract."));
    }
    let overflow = |_| Refusal::invalid("long overflow");
    let amount = Sun::new(contract.amount);
    let needed = amount.plus(fee(payee.is_none(), context)).map_err(overflow)?;
    if payer.balance < needed {
        return Err(Refusal::invalid("Validate TransferContract error, balance is not sufficient."));
    }
    payee.map_or(Ok(Sun::ZERO), |payee| payee.balance.plus(amount)).map_err(overflow)?;
    Ok(())
}

pub(super) fn execute(
    contract: &TransferContract,
    state: &mut State,
    context: &Context<'_>,
) -> Result<Outcome, Refusal> {
    let owner = address(&contract.owner_address, "Invalid ownerAddress!")?;
    let to = address(&contract.to_address, "Invalid toAddress!")?;
    let amount = Sun::new(contract.amount);
    let fee = fee(state.account(&to).is_none(), context);
    let debit = amount.plus(fee)?;
    state.edit(&owner, |payer| take(&mut payer.balance, debit)).unwrap_or(Ok(()))?;
    state.burn(fee)?;
    state.activate(to, context.now);
    state.edit(&to, |payee| add(&mut payee.balance, amount)).unwrap_or(Ok(()))?;
    Ok(Outcome { fee, ..Outcome::default() })
}

/// What activating the receiver costs on top of bandwidth.
const fn fee(activates: bool, context: &Context<'_>) -> Sun {
    if activates { context.params.new_account_fee } else { Sun::ZERO }
}
