//! The network's numbers and names of contracts.

use super::Contract;

/// Which system contract a transaction runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ContractType {
    /// 1.
    Transfer,
    /// 4.
    VoteWitness,
    /// 31.
    TriggerSmart,
    /// 46.
    AccountPermissionUpdate,
    /// 54.
    FreezeBalanceV2,
    /// 55.
    UnfreezeBalanceV2,
    /// 56.
    WithdrawExpireUnfreeze,
    /// 57.
    DelegateResource,
    /// 58.
    UnDelegateResource,
    /// 59.
    CancelAllUnfreezeV2,
}

/// What comes before a message's name in `Any.type_url`.
const TYPE_URL_PREFIX: &str = "type.googleapis.com/protocol.";

impl ContractType {
    /// Every contract a [`Contract`] can be.
    pub const ALL: [Self; 10] = [
        Self::Transfer,
        Self::VoteWitness,
        Self::TriggerSmart,
        Self::AccountPermissionUpdate,
        Self::FreezeBalanceV2,
        Self::UnfreezeBalanceV2,
        Self::WithdrawExpireUnfreeze,
        Self::DelegateResource,
        Self::UnDelegateResource,
        Self::CancelAllUnfreezeV2,
    ];

    /// The network's number for it.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::Transfer => 1,
            Self::VoteWitness => 4,
            Self::TriggerSmart => 31,
            Self::AccountPermissionUpdate => 46,
            Self::FreezeBalanceV2 => 54,
            Self::UnfreezeBalanceV2 => 55,
            Self::WithdrawExpireUnfreeze => 56,
            Self::DelegateResource => 57,
            Self::UnDelegateResource => 58,
            Self::CancelAllUnfreezeV2 => 59,
        }
    }

    /// The name of its message, which is also its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transfer => "TransferContract",
            Self::VoteWitness => "VoteWitnessContract",
            Self::TriggerSmart => "TriggerSmartContract",
            Self::AccountPermissionUpdate => "AccountPermissionUpdateContract",
            Self::FreezeBalanceV2 => "FreezeBalanceV2Contract",
            Self::UnfreezeBalanceV2 => "UnfreezeBalanceV2Contract",
            Self::WithdrawExpireUnfreeze => "WithdrawExpireUnfreezeContract",
            Self::DelegateResource => "DelegateResourceContract",
            Self::UnDelegateResource => "UnDelegateResourceContract",
            Self::CancelAllUnfreezeV2 => "CancelAllUnfreezeV2Contract",
        }
    }

    /// The contract of a number, if it is one of these.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// The contract of a name, if it is one of these.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The `type_url` of its message.
    #[must_use]
    pub fn type_url(self) -> String {
        [TYPE_URL_PREFIX, self.name()].concat()
    }

    pub(super) fn is_type_url(self, url: &str) -> bool {
        url.strip_prefix(TYPE_URL_PREFIX) == Some(self.name())
    }
}

impl From<&Contract> for ContractType {
    fn from(contract: &Contract) -> Self {
        contract.kind()
    }
}
