//! What one account has lent to another: all delegations between a pair, merged into two records.

use flash_core::time::Timestamp;
use flash_core::units::{Overflow, Sun};

use crate::state::account::{PerResource, Resource};

/// Everything an owner has lent to a receiver. The chain cannot tell single delegations apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loan {
    /// What can be taken back at any time.
    pub unlocked: PerResource<Sun>,
    /// What was lent with a lock; an expired lock stays here until the next transaction between the pair.
    pub locked: PerResource<Lock>,
    /// The block time of the latest delegation.
    pub since: Timestamp,
}

/// A locked amount. Topping it up sets the expiry of the whole amount anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lock {
    /// How much.
    pub amount: Sun,
    /// The lock ends after this block time, not at it.
    pub expires: Timestamp,
}

impl Loan {
    /// Moves amounts whose lock ended before `now` to the unlocked record.
    pub(crate) fn unlock_expired(&mut self, now: Timestamp) -> Result<(), Overflow> {
        for resource in Resource::ALL {
            let lock = self.locked.of_mut(resource);
            if lock.expires < now {
                let unlocked = self.unlocked.of_mut(resource);
                *unlocked = unlocked.plus(lock.amount)?;
                *lock = Lock::default();
            }
        }
        Ok(())
    }

    /// Adds a delegation, unlocked or locked until `lock`.
    pub(crate) fn add(&mut self, resource: Resource, amount: Sun, lock: Option<Timestamp>) -> Result<(), Overflow> {
        match lock {
            None => {
                let unlocked = self.unlocked.of_mut(resource);
                *unlocked = unlocked.plus(amount)?;
            }
            Some(expires) => {
                let lock = self.locked.of_mut(resource);
                *lock = Lock { amount: lock.amount.plus(amount)?, expires };
            }
        }
        Ok(())
    }

    /// What can be taken back at `now`: the unlocked amount, and the locked one when its expiry is past.
    pub(crate) fn reclaimable(&self, resource: Resource, now: Timestamp) -> Result<Sun, Overflow> {
        let lock = self.locked.of(resource);
        let freed = if lock.expires < now { lock.amount } else { Sun::ZERO };
        self.unlocked.of(resource).plus(freed)
    }

    /// Whether the unlocked record exists.
    pub(crate) fn has_unlocked(&self) -> bool {
        Resource::ALL.iter().any(|r| self.unlocked.of(*r).is_positive())
    }

    /// Whether the locked record exists.
    pub(crate) fn has_locked(&self) -> bool {
        Resource::ALL.iter().any(|r| self.locked.of(*r).amount.is_positive())
    }

    /// Whether nothing is lent any more.
    pub(crate) fn is_over(&self) -> bool {
        !self.has_unlocked() && !self.has_locked()
    }

    /// What is lent of one resource, locked or not.
    ///
    /// # Errors
    /// [`Overflow`] when the two amounts together do not fit.
    pub fn lent(&self, resource: Resource) -> Result<Sun, Overflow> {
        self.unlocked.of(resource).plus(self.locked.of(resource).amount)
    }
}
