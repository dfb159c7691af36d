//! What a transaction does to the state: java-tron's checks, in its order, and their effects.

mod delegate;
mod fees;
mod permission;
mod reclaim;
pub(crate) mod signature;
pub(crate) mod stake;
mod transfer;

use flash_core::address::Address;
use flash_core::time::Timestamp;
use flash_core::units::Sun;
use flash_tron::energy::Slot;

use crate::params::Params;
use crate::refusal::Refusal;
use crate::slot::slot_at;
use crate::state::State;
use crate::state::account::{Account, PerResource, Resource};
use crate::transaction::{Operation, Transaction};

const INVALID_ADDRESS: &str = "Invalid address";

/// What the rules know besides the state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) params: &'a Params,
    pub(crate) genesis: Timestamp,
    /// The time of the latest block already applied: never the wall clock, never the new block's own time.
    pub(crate) now: Timestamp,
}

/// What came of a transaction that was carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Receipt {
    /// All that was burned.
    pub fee: Sun,
    /// Bandwidth used, free or staked.
    pub bandwidth_used: i64,
    /// Burned for bandwidth.
    pub bandwidth_fee: Sun,
    /// What the contract itself brought about.
    pub outcome: Outcome,
}

/// What a contract brought about, as its result in the block says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Burned by the contract.
    pub fee: Sun,
    /// Unstaked; it can be withdrawn later.
    pub unfrozen: Sun,
    /// Paid into the balance, because its waiting time was over.
    pub withdrawn: Sun,
    /// Staked again by a cancellation.
    pub restaked: Option<PerResource<Sun>>,
}

impl Context<'_> {
    /// The slot in which usage is dated.
    pub(crate) fn slot(&self) -> Slot {
        slot_at(self.now, self.genesis)
    }
}

/// Whether the signatures carry the permission the transaction names.
pub(crate) fn check_signatures(tx: &Transaction, state: &State, context: &Context<'_>) -> Result<(), Refusal> {
    signature::check(tx, state, context).map_err(Refusal::Signature)
}

/// Carries a transaction out. After a refusal the state may be half changed: call it on a clone.
pub(crate) fn apply(tx: &Transaction, state: &mut State, context: &Context<'_>) -> Result<Receipt, Refusal> {
    let charged = fees::charge(tx, state, context)?;
    validate(tx.operation(), state, context)?;
    let outcome = execute(tx.operation(), state, context)?;
    let fee = charged.burned.plus(outcome.fee)?;
    Ok(Receipt { fee, bandwidth_used: charged.bandwidth_used, bandwidth_fee: charged.bandwidth_fee, outcome })
}

/// Whether a contract is valid in this state.
pub(crate) fn validate(operation: &Operation, state: &State, context: &Context<'_>) -> Result<(), Refusal> {
    match operation {
        Operation::Transfer(contract) => transfer::validate(contract, state, context),
        Operation::Freeze(contract) => stake::validate_freeze(contract, state),
        Operation::Unfreeze(contract) => stake::validate_unfreeze(contract, state, context),
        Operation::Withdraw(contract) => stake::validate_withdraw(contract, state, context),
        Operation::CancelUnfreeze(contract) => stake::validate_cancel(contract, state),
        Operation::Delegate(contract) => delegate::validate(contract, state, context),
        Operation::Reclaim(contract) => reclaim::validate(contract, state, context),
        Operation::UpdatePermission(contract) => permission::validate(contract, state, context),
        // No contract has code here, so every call meets the answer of an address without code.
        Operation::Trigger(_) => Err(Refusal::invalid("No contract or not a smart contract")),
        Operation::Unsupported { number } => {
            Err(Refusal::invalid(format!("this devnet does not carry out contracts of type {number}")))
        }
        Operation::Missing => Err(Refusal::invalid("No contract!")),
    }
}

fn execute(operation: &Operation, state: &mut State, context: &Context<'_>) -> Result<Outcome, Refusal> {
    match operation {
        Operation::Transfer(contract) => transfer::execute(contract, state, context),
        Operation::Freeze(contract) => stake::freeze(contract, state),
        Operation::Unfreeze(contract) => stake::unfreeze(contract, state, context),
        Operation::Withdraw(contract) => stake::withdraw(contract, state, context),
        Operation::CancelUnfreeze(contract) => stake::cancel(contract, state, context),
        Operation::Delegate(contract) => delegate::execute(contract, state, context),
        Operation::Reclaim(contract) => reclaim::execute(contract, state, context),
        Operation::UpdatePermission(contract) => permission::execute(contract, state),
        Operation::Trigger(_) | Operation::Unsupported { .. } | Operation::Missing => Ok(Outcome::default()),
    }
}

fn address(bytes: &[u8], otherwise: &str) -> Result<Address, Refusal> {
    Address::from_bytes(bytes).map_err(|_| Refusal::invalid(otherwise))
}

/// The account, or the refusal that names it in hex, the way java-tron's contracts do.
fn existing<'s>(state: &'s State, address: &Address, otherwise: &str) -> Result<&'s Account, Refusal> {
    let missing = || Refusal::invalid(format!("Account[{}] {otherwise}", hex::encode(address.to_bytes())));
    state.account(address).ok_or_else(missing)
}

const fn resource(number: i32) -> Option<Resource> {
    match number {
        0 => Some(Resource::Bandwidth),
        1 => Some(Resource::Energy),
        _ => None,
    }
}
