//! What a signer of rentals agrees to.

use flash_core::address::Address;
use flash_core::time::Span;
use flash_core::units::Sun;

use crate::contract::{Contract, ContractType, DecodeError, Delegate, Lock, PermissionId, Resource, Undelegate};
use crate::transaction::RawTransaction;

/// What a policy forbids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The bytes are not understood completely.
    #[error("the transaction is not understood")]
    NotUnderstood(#[from] DecodeError),
    /// Something else than lending and taking back.
    #[error("{} is not for this signer", .0.name())]
    Contract(ContractType),
    /// Another resource than Energy.
    #[error("{} is not for rent", .0.name())]
    Resource(Resource),
    /// A lock would keep the stake out of reach.
    #[error("a locked delegation cannot be taken back")]
    Locked,
    /// A memo costs money, and a fee limit means that something can.
    #[error("a rental has no memo and no fee limit")]
    Extras,
    /// No stake, or more than the policy's largest.
    #[error("a stake of {0} TRX is out of bounds")]
    Stake(Sun),
    /// Valid for longer than the policy's longest, or for no time at all.
    #[error("it would be valid for {millis} ms")]
    Lifetime {
        /// From its timestamp to its expiration.
        millis: i64,
    },
    /// It names another permission than the key's.
    #[error("permission {} is not the key's", .0.0)]
    Permission(PermissionId),
}

/// What a signer of rentals agrees to: lending Energy without a lock, and taking it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The largest stake in one delegation. Taking back is not bounded: it brings stake home.
    pub max_stake: Sun,
    /// The longest time from a transaction's timestamp to its expiration. A signer has no clock to compare with.
    pub max_lifetime: Span,
}

impl Policy {
    /// Rentals up to this stake, dated at most half an hour before they expire: flash dates its attempts back at random
    /// by up to a quarter of an hour, to give each other bytes.
    #[must_use]
    pub const fn rentals_up_to(max_stake: Sun) -> Self {
        Self { max_stake, max_lifetime: Span::from_mins(30) }
    }

    /// Whether the transaction is one of those, and of which wallet.
    ///
    /// # Errors
    /// [`Refusal`], the first that applies.
    pub fn check<'a>(&self, transaction: &'a RawTransaction) -> Result<&'a Address, Refusal> {
        let (owner, resource, stake) = match &transaction.contract {
            Contract::Delegate(Delegate { lock, .. }) if *lock != Lock::NONE => return Err(Refusal::Locked),
            Contract::Delegate(Delegate { stake, .. }) if *stake > self.max_stake => {
                return Err(Refusal::Stake(*stake));
            }
            Contract::Delegate(Delegate { owner, resource, stake, .. })
            | Contract::Undelegate(Undelegate { owner, resource, stake, .. }) => (owner, resource, stake),
            Contract::Transfer(_)
            | Contract::VoteWitness(_)
            | Contract::TriggerSmart(_)
            | Contract::AccountPermissionUpdate(_)
            | Contract::Freeze(_)
            | Contract::Unfreeze(_)
            | Contract::WithdrawExpireUnfreeze(_)
            | Contract::CancelAllUnfreeze(_) => return Err(Refusal::Contract(transaction.contract.kind())),
        };
        if *resource != Resource::Energy {
            return Err(Refusal::Resource(*resource));
        }
        if !stake.is_positive() {
            return Err(Refusal::Stake(*stake));
        }
        if !transaction.memo.is_empty() || transaction.fee_limit != Sun::ZERO {
            return Err(Refusal::Extras);
        }
        let millis = transaction.expiration.as_millis().saturating_sub(transaction.timestamp.as_millis());
        if !(1..=i64::from(self.max_lifetime.as_millis())).contains(&millis) {
            return Err(Refusal::Lifetime { millis });
        }
        Ok(owner)
    }
}
