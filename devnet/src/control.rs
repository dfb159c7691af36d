//! What only a devnet can do: TRX out of nothing, stake without a signature, Energy used without a contract.

use flash_core::address::Address;
use flash_core::units::{Energy, Overflow, Sun};

use crate::execute::Context;
use crate::network::Network;
use crate::permission::Permissions;
use crate::resource;
use crate::state::account::{Kind, Resource};
use crate::state::{State, add};

/// A devnet was asked for something that its accounts do not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// The address has no account.
    #[error("{0} has no account yet; give it TRX first")]
    NoAccount(Address),
    /// An amount must be more than nothing.
    #[error("the amount must be positive")]
    NotPositive,
    /// The account has not that much TRX.
    #[error("the balance is {balance} TRX; give the account more TRX first")]
    Balance {
        /// What it has.
        balance: Sun,
    },
    /// The account has not that much Energy.
    #[error("only {available} Energy is available; stake or delegate more first")]
    NotEnoughEnergy {
        /// What it has.
        available: Energy,
    },
    /// The numbers leave the range of 64 bits.
    #[error("the amount is out of range; ask for less")]
    Overflow,
}

impl From<Overflow> for ControlError {
    fn from(_: Overflow) -> Self {
        Self::Overflow
    }
}

impl Network {
    /// Gives an address TRX out of nothing and activates it, seen at once, on `/walletsolidity` too. Answers the
    /// balance.
    ///
    /// # Errors
    /// [`ControlError`] when the amount is not positive or leaves the range.
    pub fn fund(&mut self, address: Address, amount: Sun) -> Result<Sun, ControlError> {
        positive(amount)?;
        self.amend(|state, context| {
            state.mint(address, amount, context.now)?;
            Ok(state.account(&address).map_or(Sun::ZERO, |account| account.balance))
        })
    }

    /// Stakes from the balance without a signature, at once. Answers the stake that is not lent.
    ///
    /// # Errors
    /// [`ControlError`] when there is no such account or balance.
    pub fn stake(&mut self, address: Address, amount: Sun, kind: Resource) -> Result<Sun, ControlError> {
        positive(amount)?;
        self.amend(|state, _| {
            let staked = state.edit(&address, |account| {
                let balance = account.balance;
                account.pay(amount).ok_or(ControlError::Balance { balance })?;
                let own = &mut account.stakes.of_mut(kind).own;
                add(own, amount)?;
                Ok(*own)
            });
            staked.ok_or(ControlError::NoAccount(address))?
        })
    }

    /// Uses Energy of an account, as a contract call of its holder would. Answers what is left.
    ///
    /// # Errors
    /// [`ControlError`] when there is no such account or not that much Energy.
    pub fn use_energy(&mut self, address: Address, energy: Energy) -> Result<Energy, ControlError> {
        if !energy.is_positive() {
            return Err(ControlError::NotPositive);
        }
        self.amend(|state, context| {
            let available = available(&address, state, context)?;
            if available < energy {
                return Err(ControlError::NotEnoughEnergy { available });
            }
            state.edit(&address, |account| {
                let usage = &mut account.stakes.energy.usage;
                *usage = usage.plus(energy, context.slot());
            });
            Ok(available.minus(energy)?)
        })
    }

    /// Makes an address a contract account, activating it if need be: nothing can be delegated to it any more.
    pub fn mark_contract(&mut self, address: Address) {
        let marked = self.amend(|state, context| {
            state.activate(address, context.now);
            state.edit(&address, |account| account.kind = Kind::Contract);
            Ok::<_, std::convert::Infallible>(())
        });
        match marked {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }

    /// Sets who may sign for an account, without a signature and without the fee.
    ///
    /// # Errors
    /// [`ControlError::NoAccount`] when there is no such account.
    pub fn set_permissions(&mut self, address: Address, permissions: &Permissions) -> Result<(), ControlError> {
        self.amend(|state, _| {
            let set = state.edit(&address, |account| account.permissions = permissions.clone());
            set.ok_or(ControlError::NoAccount(address))
        })
    }
}

/// The Energy an account could use now.
fn available(address: &Address, state: &State, context: &Context<'_>) -> Result<Energy, ControlError> {
    let account = state.account(address).ok_or(ControlError::NoAccount(*address))?;
    let used = resource::used(&account.stakes.energy.usage, context.slot());
    let limit = resource::limit(address, Resource::Energy, state, context);
    Ok(Energy::new(limit.saturating_sub(used).max(0)))
}

const fn positive(amount: Sun) -> Result<(), ControlError> {
    if amount.is_positive() { Ok(()) } else { Err(ControlError::NotPositive) }
}
