//! The state of the ledger after some block: accounts, loans, totals. A clone is cheap and stays as it is.

pub mod account;
pub mod loan;

use std::sync::Arc;

use flash_core::address::Address;
use flash_core::time::Timestamp;
use flash_core::units::{Overflow, Sun};
use imbl::{HashMap, OrdMap, OrdSet};

use crate::params::Params;
use crate::state::account::{Account, PerResource, Resource};
use crate::state::loan::Loan;

/// Everything the chain knows at one moment.
#[derive(Debug, Clone, Default)]
pub struct State {
    accounts: HashMap<Address, Arc<Account>>,
    /// By (owner, receiver).
    loans: OrdMap<(Address, Address), Loan>,
    /// (receiver, owner) of every loan.
    lenders: OrdSet<(Address, Address)>,
    /// Whole TRX staked by the accounts of this state.
    weight: PerResource<i64>,
    minted: Sun,
    burned: Sun,
}

/// Where all TRX are. Whatever happens, `minted` is the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Supply {
    /// Given out by the faucet.
    pub minted: Sun,
    /// In balances.
    pub balances: Sun,
    /// Staked, lent or not.
    pub staked: Sun,
    /// On the way back from stake.
    pub unfreezing: Sun,
    /// Burned as fees.
    pub burned: Sun,
    /// Stake lent, by the owners' accounts.
    pub lent: PerResource<Sun>,
    /// Stake lent, by the receivers' accounts.
    pub acquired: PerResource<Sun>,
    /// Stake lent, by the records between pairs.
    pub loans: PerResource<Sun>,
}

impl State {
    /// The account, when it is activated.
    #[must_use]
    pub fn account(&self, address: &Address) -> Option<&Account> {
        self.accounts.get(address).map(Arc::as_ref)
    }

    /// What `owner` has lent to `receiver`.
    #[must_use]
    pub fn loan(&self, owner: &Address, receiver: &Address) -> Option<&Loan> {
        self.loans.get(&(*owner, *receiver))
    }

    /// Who lends to this account, in the order of the latest delegation.
    #[must_use]
    pub fn lenders(&self, receiver: &Address) -> Vec<Address> {
        let pairs = self.lenders.range((*receiver, FIRST)..=(*receiver, LAST));
        self.by_time(pairs.map(|(receiver, owner)| (*owner, *receiver)).collect(), |(owner, _)| owner)
    }

    /// Whom this account lends to, in the order of the latest delegation.
    #[must_use]
    pub fn receivers(&self, owner: &Address) -> Vec<Address> {
        let pairs = self.loans.range((*owner, FIRST)..=(*owner, LAST));
        self.by_time(pairs.map(|(pair, _)| *pair).collect(), |(_, receiver)| receiver)
    }

    fn by_time(&self, mut pairs: Vec<(Address, Address)>, side: fn((Address, Address)) -> Address) -> Vec<Address> {
        pairs.sort_by_key(|pair| self.loans.get(pair).map(|loan| loan.since));
        pairs.into_iter().map(side).collect()
    }

    /// Whole TRX staked on the whole network (`TotalEnergyWeight`, `TotalNetWeight`).
    #[must_use]
    pub fn weight(&self, resource: Resource, params: &Params) -> i64 {
        let others = match resource {
            Resource::Bandwidth => params.others_bandwidth_weight,
            Resource::Energy => params.others_energy_weight,
        };
        others.saturating_add(*self.weight.of(resource))
    }

    /// Adds up where all TRX are.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn supply(&self) -> Result<Supply, Overflow> {
        let mut supply = Supply { minted: self.minted, burned: self.burned, ..Supply::default() };
        for account in self.accounts.values() {
            supply.balances = supply.balances.plus(account.balance)?;
            for unfreezing in &account.unfreezing {
                supply.unfreezing = supply.unfreezing.plus(unfreezing.amount)?;
            }
            for resource in Resource::ALL {
                let stake = account.stakes.of(resource);
                supply.staked = supply.staked.plus(stake.own)?.plus(stake.lent)?;
                add(supply.lent.of_mut(resource), stake.lent)?;
                add(supply.acquired.of_mut(resource), stake.acquired)?;
            }
        }
        for loan in self.loans.values() {
            for resource in Resource::ALL {
                add(supply.loans.of_mut(resource), loan.lent(resource)?)?;
            }
        }
        Ok(supply)
    }

    /// Whether nothing was changed since one was cloned from the other. Every change touches an account.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.accounts.ptr_eq(&other.accounts)
    }

    /// Changes an account and keeps the network's weight in step; `None` when it is not activated.
    pub(crate) fn edit<T>(&mut self, address: &Address, change: impl FnOnce(&mut Account) -> T) -> Option<T> {
        let account = Arc::make_mut(self.accounts.get_mut(address)?);
        let before = Resource::ALL.map(|resource| account.stakes.of(resource).weight());
        let result = change(account);
        for (resource, before) in Resource::ALL.into_iter().zip(before) {
            let change = account.stakes.of(resource).weight().saturating_sub(before);
            let weight = self.weight.of_mut(resource);
            *weight = weight.saturating_add(change);
        }
        Some(result)
    }

    /// Activates an address, if it is not yet.
    pub(crate) fn activate(&mut self, address: Address, now: Timestamp) {
        self.accounts.entry(address).or_insert_with(|| Arc::new(Account::new(now)));
    }

    /// Writes a loan, or removes it when nothing is left of it.
    pub(crate) fn put_loan(&mut self, owner: Address, receiver: Address, loan: Loan) {
        if loan.is_over() {
            self.loans.remove(&(owner, receiver));
            self.lenders.remove(&(receiver, owner));
        } else {
            self.loans.insert((owner, receiver), loan);
            self.lenders.insert((receiver, owner));
        }
    }

    /// Counts TRX that are no more; the payer's balance is the caller's to lower.
    pub(crate) fn burn(&mut self, amount: Sun) -> Result<(), Overflow> {
        add(&mut self.burned, amount)
    }

    /// Gives an address TRX out of nothing and activates it.
    pub(crate) fn mint(&mut self, address: Address, amount: Sun, now: Timestamp) -> Result<(), Overflow> {
        let minted = self.minted.plus(amount)?;
        self.activate(address, now);
        self.edit(&address, |account| add(&mut account.balance, amount)).unwrap_or(Err(Overflow))?;
        self.minted = minted;
        Ok(())
    }
}

/// The lowest address, where a range of pairs starts.
const FIRST: Address = Address::from_body([0; 20]);
/// The highest address, where a range of pairs ends.
const LAST: Address = Address::from_body([0xff; 20]);

/// Adds to an amount in place.
pub(crate) fn add(to: &mut Sun, amount: Sun) -> Result<(), Overflow> {
    *to = to.plus(amount)?;
    Ok(())
}

/// Takes from an amount in place.
pub(crate) fn take(from: &mut Sun, amount: Sun) -> Result<(), Overflow> {
    *from = from.minus(amount)?;
    Ok(())
}
