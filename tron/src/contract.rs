//! What a transaction does: one of the system contracts flash knows, typed and checked.

mod codec;
mod kind;
mod permission;

use flash_core::address::Address;
use flash_core::units::Sun;

pub use self::codec::DecodeError;
pub(crate) use self::codec::read;
pub use self::kind::ContractType;
pub use self::permission::{Key, Permission, PermissionId, PermissionKind};

/// The intent of a transaction.
///
/// Amounts are not checked against the network's rules: what it would refuse can be built, read and shown as well.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Contract {
    /// Send TRX.
    Transfer(Transfer),
    /// Vote for block producers.
    VoteWitness(VoteWitness),
    /// Call a smart contract.
    TriggerSmart(TriggerSmart),
    /// Change who may sign for an account.
    AccountPermissionUpdate(AccountPermissionUpdate),
    /// Stake TRX.
    Freeze(Freeze),
    /// Take stake back; it is paid out after a waiting time.
    Unfreeze(Unfreeze),
    /// Have the stake paid out whose waiting time is over.
    WithdrawExpireUnfreeze(WithdrawExpireUnfreeze),
    /// Lend stake.
    Delegate(Delegate),
    /// Take lent stake back.
    Undelegate(Undelegate),
    /// Stake again what still waits to be paid out.
    CancelAllUnfreeze(CancelAllUnfreeze),
}

/// See [`Contract::Transfer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// Who pays.
    pub owner: Address,
    /// Who is paid.
    pub to: Address,
    /// How much.
    pub amount: Sun,
}

/// See [`Contract::VoteWitness`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoteWitness {
    /// Who votes.
    pub owner: Address,
    /// All votes; they replace the earlier ones.
    pub votes: Vec<Vote>,
    /// Not used by the network, but part of the bytes.
    pub support: bool,
}

/// Votes for one producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vote {
    /// The producer.
    pub witness: Address,
    /// How many votes; one whole staked TRX is one vote.
    pub count: i64,
}

/// See [`Contract::TriggerSmart`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerSmart {
    /// Who calls.
    pub owner: Address,
    /// What is called.
    pub contract: Address,
    /// TRX sent along.
    pub call_value: Sun,
    /// Selector and arguments.
    pub data: Vec<u8>,
    /// TRC-10 tokens sent along, in the token's smallest unit.
    pub call_token_value: i64,
    /// Which TRC-10 token; 0 is none.
    pub token_id: i64,
}

/// See [`Contract::AccountPermissionUpdate`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountPermissionUpdate {
    /// The account.
    pub account: Address,
    /// Its owner permission.
    pub owner: Option<Permission>,
    /// Its witness permission, for block producers.
    pub witness: Option<Permission>,
    /// Its active permissions.
    pub actives: Vec<Permission>,
}

/// See [`Contract::Freeze`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freeze {
    /// Who stakes.
    pub owner: Address,
    /// How much.
    pub amount: Sun,
    /// For what.
    pub resource: Resource,
}

/// See [`Contract::Unfreeze`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfreeze {
    /// Whose stake.
    pub owner: Address,
    /// How much.
    pub amount: Sun,
    /// Staked for what.
    pub resource: Resource,
}

/// See [`Contract::WithdrawExpireUnfreeze`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WithdrawExpireUnfreeze {
    /// Whose stake.
    pub owner: Address,
}

/// See [`Contract::CancelAllUnfreeze`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelAllUnfreeze {
    /// Whose stake.
    pub owner: Address,
}

/// See [`Contract::Delegate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delegate {
    /// Who lends.
    pub owner: Address,
    /// Who borrows.
    pub receiver: Address,
    /// How much stake.
    pub stake: Sun,
    /// Staked for what.
    pub resource: Resource,
    /// Whether it is out of reach for a while.
    pub lock: Lock,
}

/// See [`Contract::Undelegate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undelegate {
    /// Who lent.
    pub owner: Address,
    /// Who borrowed.
    pub receiver: Address,
    /// How much stake.
    pub stake: Sun,
    /// Staked for what.
    pub resource: Resource,
}

/// What stake gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resource {
    /// Bandwidth: the right to send bytes.
    Bandwidth,
    /// Energy: the right to run contracts.
    Energy,
    /// Votes only.
    TronPower,
}

/// Whether lent stake can be taken back at any time.
///
/// Both fields are kept as they are on the wire: a period beside an unset lock means nothing to the network, but it
/// is part of the bytes that are signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Lock {
    /// Whether there is a lock.
    pub locked: bool,
    /// Its length in slots of 3 seconds; 0 is the network's default of 86,400 slots (3 days).
    pub slots: i64,
}

impl Lock {
    /// No lock: it can be taken back at any time.
    pub const NONE: Self = Self { locked: false, slots: 0 };

    /// A lock of so many slots of 3 seconds (1,200 are an hour).
    #[must_use]
    pub const fn of_slots(slots: i64) -> Self {
        Self { locked: true, slots }
    }
}

impl Resource {
    /// The network's number for it.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::Bandwidth => 0,
            Self::Energy => 1,
            Self::TronPower => 2,
        }
    }

    /// The network's name for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bandwidth => "BANDWIDTH",
            Self::Energy => "ENERGY",
            Self::TronPower => "TRON_POWER",
        }
    }

    /// The resource of a number.
    #[must_use]
    pub const fn from_number(number: i32) -> Option<Self> {
        match number {
            0 => Some(Self::Bandwidth),
            1 => Some(Self::Energy),
            2 => Some(Self::TronPower),
            _ => None,
        }
    }

    /// The resource of a name, as JSON carries it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Bandwidth, Self::Energy, Self::TronPower].into_iter().find(|resource| resource.name() == name)
    }
}

impl Contract {
    /// Which contract it is.
    #[must_use]
    pub const fn kind(&self) -> ContractType {
        match self {
            Self::Transfer(_) => ContractType::Transfer,
            Self::VoteWitness(_) => ContractType::VoteWitness,
            Self::TriggerSmart(_) => ContractType::TriggerSmart,
            Self::AccountPermissionUpdate(_) => ContractType::AccountPermissionUpdate,
            Self::Freeze(_) => ContractType::FreezeBalanceV2,
            Self::Unfreeze(_) => ContractType::UnfreezeBalanceV2,
            Self::WithdrawExpireUnfreeze(_) => ContractType::WithdrawExpireUnfreeze,
            Self::Delegate(_) => ContractType::DelegateResource,
            Self::Undelegate(_) => ContractType::UnDelegateResource,
            Self::CancelAllUnfreeze(_) => ContractType::CancelAllUnfreezeV2,
        }
    }

    /// Whose account it acts for, and whose permission has to sign it.
    #[must_use]
    pub const fn owner(&self) -> &Address {
        match self {
            Self::Transfer(Transfer { owner, .. })
            | Self::VoteWitness(VoteWitness { owner, .. })
            | Self::TriggerSmart(TriggerSmart { owner, .. })
            | Self::AccountPermissionUpdate(AccountPermissionUpdate { account: owner, .. })
            | Self::Freeze(Freeze { owner, .. })
            | Self::Unfreeze(Unfreeze { owner, .. })
            | Self::WithdrawExpireUnfreeze(WithdrawExpireUnfreeze { owner })
            | Self::Delegate(Delegate { owner, .. })
            | Self::Undelegate(Undelegate { owner, .. })
            | Self::CancelAllUnfreeze(CancelAllUnfreeze { owner }) => owner,
        }
    }
}
