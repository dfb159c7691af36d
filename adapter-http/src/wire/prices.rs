//! What rentals cost.

use serde::{Deserialize, Serialize};

use super::read;

/// The price list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct PriceList {
    /// The smallest order, in Energy.
    pub smallest_order: i64,
    /// The largest order, in Energy.
    pub largest_order: i64,
    /// The durations sold, shortest first.
    pub terms: Vec<TermPrices>,
}

/// What one duration costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct TermPrices {
    /// The duration.
    pub duration: String,
    /// The rates, smallest amounts first. The rate of the whole amount prices the whole amount.
    pub tiers: Vec<PriceTier>,
}

/// The rate from some amount on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct PriceTier {
    /// The smallest order the rate is for, in Energy.
    pub from_energy: i64,
    /// Sun per Energy, as a decimal string.
    pub sun_per_energy: String,
}

/// What an order would cost now. Nothing is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct Price {
    /// How much Energy.
    pub energy_amount: i64,
    /// For how long.
    pub duration: String,
    /// Sun per Energy, as a decimal string.
    pub sun_per_energy: String,
    /// The price in TRX.
    pub price_trx: String,
}

/// A wish for a price that holds for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object), oai(example))]
pub struct HoldQuote {
    /// For whom.
    #[serde(deserialize_with = "read::user_id")]
    #[cfg_attr(feature = "server", oai(validator(minimum(value = "1"), maximum(value = "9007199254740992"))))]
    pub user_id: i64,
    /// How much Energy.
    #[serde(deserialize_with = "read::energy_amount")]
    #[cfg_attr(feature = "server", oai(validator(minimum(value = "1"))))]
    pub energy_amount: i64,
    /// For how long: `10m`, `1h`, `1d`, `3d`, `7d` or `14d`.
    #[cfg_attr(feature = "server", oai(validator(pattern = "^(10m|1h|1d|3d|7d|14d)$")))]
    pub duration: String,
}

/// A price that holds until it expires; good for one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct Quote {
    /// Its id, a UUID.
    pub id: String,
    /// For whom.
    pub user_id: i64,
    /// How much Energy.
    pub energy_amount: i64,
    /// For how long.
    pub duration: String,
    /// The price in TRX.
    pub price_trx: String,
    /// Until when it holds.
    pub expires_at: String,
}

#[cfg(feature = "server")]
impl poem_openapi::types::Example for HoldQuote {
    fn example() -> Self {
        Self { user_id: 42, energy_amount: 65_000, duration: "1h".to_owned() }
    }
}
