//! What the chain keeps about an address.

use flash_core::time::Timestamp;
use flash_core::units::{Energy, Overflow, Sun};
use flash_tron::energy::{Slot, Usage, Window};

use crate::permission::Permissions;

/// What stake gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// Pays for the bytes of a transaction.
    Bandwidth,
    /// Pays for contract calls.
    Energy,
}

impl Resource {
    /// Both, in the order java-tron lists them.
    pub const ALL: [Self; 2] = [Self::Bandwidth, Self::Energy];
}

/// One value for each resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PerResource<T> {
    /// The value for bandwidth.
    pub bandwidth: T,
    /// The value for Energy.
    pub energy: T,
}

impl<T> PerResource<T> {
    /// The value for one resource.
    pub const fn of(&self, resource: Resource) -> &T {
        match resource {
            Resource::Bandwidth => &self.bandwidth,
            Resource::Energy => &self.energy,
        }
    }

    pub(crate) const fn of_mut(&mut self, resource: Resource) -> &mut T {
        match resource {
            Resource::Bandwidth => &mut self.bandwidth,
            Resource::Energy => &mut self.energy,
        }
    }
}

/// Whether somebody holds the key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// An ordinary account.
    #[default]
    Normal,
    /// A contract: nothing can be delegated to it.
    Contract,
}

/// An activated account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Whether it is a contract.
    pub kind: Kind,
    /// The block time of its activation.
    pub created: Timestamp,
    /// Its TRX.
    pub balance: Sun,
    /// What it has staked, lent, borrowed and used, for each resource.
    pub stakes: PerResource<Stake>,
    /// What it has used of the free bandwidth, which recovers as Energy does.
    pub free_bandwidth: Usage,
    /// Stake on its way back into the balance, oldest first.
    pub unfreezing: Vec<Unfreezing>,
    /// Who may sign for it.
    pub permissions: Permissions,
}

/// The stake behind one resource of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stake {
    /// Own stake that is not lent (java-tron's `frozenV2`).
    pub own: Sun,
    /// Own stake that is lent to others.
    pub lent: Sun,
    /// Stake of others that is lent to this account.
    pub acquired: Sun,
    /// What has been used and has not recovered yet.
    pub usage: Usage,
}

/// Stake that was unstaked and waits for its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfreezing {
    /// What it was staked for.
    pub resource: Resource,
    /// How much.
    pub amount: Sun,
    /// The block time from which it can be withdrawn.
    pub expires: Timestamp,
}

/// The usage of whoever never used anything.
const UNUSED: Usage = Usage { amount: Energy::ZERO, at: Slot(0), window: Window::DAY };

impl Default for Stake {
    fn default() -> Self {
        Self { own: Sun::ZERO, lent: Sun::ZERO, acquired: Sun::ZERO, usage: UNUSED }
    }
}

impl Stake {
    /// What gives the account its resource: own and acquired.
    pub(crate) fn backing(&self) -> Result<Sun, Overflow> {
        self.own.plus(self.acquired)
    }

    /// Whole TRX that count towards the network's weight: own and lent together, rounded down once.
    pub(crate) fn weight(&self) -> i64 {
        let total = self.own.get().saturating_add(self.lent.get());
        total.checked_div(Sun::TRX.get()).unwrap_or_default()
    }
}

impl Account {
    /// A fresh account of nothing.
    pub(crate) fn new(created: Timestamp) -> Self {
        Self {
            kind: Kind::Normal,
            created,
            balance: Sun::ZERO,
            stakes: PerResource::default(),
            free_bandwidth: UNUSED,
            unfreezing: Vec::new(),
            permissions: Permissions::default(),
        }
    }

    /// Takes from the balance; `None` when there is not enough, and then nothing changes.
    pub(crate) fn pay(&mut self, amount: Sun) -> Option<()> {
        let left = self.balance.minus(amount).ok().filter(|left| !left.is_negative())?;
        self.balance = left;
        Some(())
    }
}
