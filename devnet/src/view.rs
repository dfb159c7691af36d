//! The ledger at one moment, with what is needed to read it.

use flash_core::address::Address;
use flash_core::chain::BlockRef;
use flash_core::time::Timestamp;
use flash_core::units::{Energy, Sun};

use crate::execute::Context;
use crate::params::Params;
use crate::resource;
use crate::slot::slot_start;
use crate::state::State;
use crate::state::account::Resource;

/// A state and the block after which it holds. It does not change when the network goes on.
#[derive(Debug, Clone)]
pub struct View {
    at: BlockRef,
    genesis: Timestamp,
    params: Params,
    state: State,
}

impl View {
    pub(crate) const fn new(at: BlockRef, genesis: Timestamp, params: Params, state: State) -> Self {
        Self { at, genesis, params, state }
    }

    /// The block after which it holds.
    #[must_use]
    pub const fn at(&self) -> BlockRef {
        self.at
    }

    /// The accounts and loans.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// What the committee voted.
    #[must_use]
    pub const fn params(&self) -> &Params {
        &self.params
    }

    pub(crate) const fn context(&self) -> Context<'_> {
        Context { params: &self.params, genesis: self.genesis, now: self.at.time }
    }

    /// When an account last used a resource.
    pub(crate) fn last_use(&self, slot: flash_tron::energy::Slot) -> Timestamp {
        slot_start(slot, self.genesis)
    }

    /// The balance; nothing for an address without an account.
    #[must_use]
    pub fn balance(&self, address: &Address) -> Sun {
        self.state.account(address).map_or(Sun::ZERO, |account| account.balance)
    }

    /// What an account has of a resource in 24 hours by stake.
    #[must_use]
    pub fn limit(&self, address: &Address, resource: Resource) -> Energy {
        Energy::new(resource::limit(address, resource, &self.state, &self.context()))
    }

    /// What an account has used of a resource and not recovered.
    #[must_use]
    pub fn used(&self, address: &Address, resource: Resource) -> Energy {
        let account = self.state.account(address);
        let used = account.map(|account| account.stakes.of(resource).usage.as_of(self.context().slot()).amount);
        used.unwrap_or_default()
    }

    /// The stake that an account can lend.
    #[must_use]
    pub fn lendable(&self, address: &Address, resource: Resource) -> Sun {
        let account = self.state.account(address);
        account.map_or(Sun::ZERO, |account| resource::lendable(account, resource, &self.state, &self.context()))
    }
}
