//! What accounts hold, lend and borrow, as answers tell it.

use flash_core::address::Address;
use serde::Deserialize;

/// `getaccount`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AccountAnswer {
    /// Its address; none when it was never activated.
    pub address: Option<Address>,
    /// What it is.
    pub r#type: AccountKind,
    /// Sun.
    pub balance: i64,
    /// Its stake that is not lent.
    #[serde(rename = "frozenV2")]
    pub frozen_v2: Vec<FrozenV2>,
    /// What it has of Energy.
    pub account_resource: EnergyHoldings,
}

/// What an account is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub enum AccountKind {
    /// Somebody's.
    #[default]
    Normal,
    /// A token issuer's, otherwise as any other.
    AssetIssue,
    /// A smart contract.
    Contract,
}

/// Stake for one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct FrozenV2 {
    /// Which, by name; left out for bandwidth.
    pub r#type: String,
    /// Sun.
    pub amount: i64,
}

/// Stake of the first kind, before 2023.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct FrozenV1 {
    /// Sun.
    pub frozen_balance: i64,
}

/// What an account has staked, lent, borrowed and used of Energy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EnergyHoldings {
    /// Energy used and not yet recovered, decayed to now.
    pub energy_usage: i64,
    /// Its stake of the first kind.
    pub frozen_balance_for_energy: FrozenV1,
    /// Sun of the first kind that others have lent to it.
    pub acquired_delegated_frozen_balance_for_energy: i64,
    /// Sun it has lent.
    #[serde(rename = "delegated_frozenV2_balance_for_energy")]
    pub delegated_frozen_v2_balance_for_energy: i64,
    /// Sun that others have lent to it.
    #[serde(rename = "acquired_delegated_frozenV2_balance_for_energy")]
    pub acquired_delegated_frozen_v2_balance_for_energy: i64,
}

/// `getaccountresource`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AccountResource {
    /// Bytes of free bandwidth used.
    #[serde(rename = "freeNetUsed")]
    pub free_net_used: i64,
    /// Bytes of free bandwidth in 24 hours.
    #[serde(rename = "freeNetLimit")]
    pub free_net_limit: i64,
    /// Bytes of staked bandwidth used.
    #[serde(rename = "NetUsed")]
    pub net_used: i64,
    /// Bytes of staked bandwidth in 24 hours.
    #[serde(rename = "NetLimit")]
    pub net_limit: i64,
    /// Energy used.
    #[serde(rename = "EnergyUsed")]
    pub energy_used: i64,
    /// Energy in 24 hours.
    #[serde(rename = "EnergyLimit")]
    pub energy_limit: i64,
    /// The network's totals.
    #[serde(flatten)]
    pub totals: ResourceTotals,
}

/// The network's totals, which every `getaccountresource` of an active account carries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ResourceTotals {
    /// The network's Energy in 24 hours.
    #[serde(rename = "TotalEnergyLimit")]
    pub energy_limit: i64,
    /// Whole TRX staked for Energy.
    #[serde(rename = "TotalEnergyWeight")]
    pub energy_weight: i64,
}

/// `getdelegatedresourcev2`: at most an unlocked and a locked record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct DelegatedResources {
    /// The records.
    #[serde(rename = "delegatedResource")]
    pub delegated_resource: Vec<DelegatedResource>,
}

/// What one account has lent to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct DelegatedResource {
    /// Who lends.
    pub from: Option<Address>,
    /// Who borrows.
    pub to: Option<Address>,
    /// Sun.
    pub frozen_balance_for_energy: i64,
    /// Milliseconds; 0 where nothing is locked.
    pub expire_time_for_energy: i64,
}

/// `getcandelegatedmaxsize`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CanDelegate {
    /// Sun; nothing below 1 TRX.
    pub max_size: i64,
}
