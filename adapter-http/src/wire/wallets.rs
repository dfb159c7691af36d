//! The pool of supplier wallets.

use serde::{Deserialize, Serialize};

use super::read::NeverSent;

/// A wallet to join the pool. Its key is with the signer and never goes over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object), oai(example))]
pub struct AddWallet {
    /// Its address.
    #[cfg_attr(feature = "server", oai(validator(pattern = "^T[1-9A-HJ-NP-Za-km-z]{33}$")))]
    pub address: String,
    /// Wallets of a higher priority are used first; 0 to 255, 0 when it is left out.
    #[serde(default)]
    #[cfg_attr(feature = "server", oai(default, validator(minimum(value = "0"), maximum(value = "255"))))]
    pub priority: i32,
    #[serde(default, skip_serializing)]
    #[cfg_attr(feature = "server", oai(skip))]
    private_key: NeverSent,
}

impl AddWallet {
    /// A wallet to join the pool.
    #[must_use]
    pub fn new(address: impl Into<String>, priority: u8) -> Self {
        Self { address: address.into(), priority: priority.into(), private_key: NeverSent }
    }
}

/// A supplier wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct SupplierWallet {
    /// Its address.
    pub address: String,
    /// Whether orders may use it.
    pub enabled: bool,
    /// Wallets of a higher priority are used first.
    pub priority: i32,
    /// Its TRX, when the chain was last asked.
    pub balance_trx: String,
    /// The most stake that orders may have of it.
    pub limit_sun: i64,
    /// The stake that orders have of it.
    pub lent_sun: i64,
    /// The stake that a new order could have of it.
    pub free_sun: i64,
    /// Its bandwidth, when the chain was last asked.
    pub bandwidth: i64,
    /// When the chain was last asked.
    pub observed_at: String,
}

/// The pool, by address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct SupplierWallets {
    /// The wallets.
    pub items: Vec<SupplierWallet>,
}

/// Whether orders may use a wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct Toggle {
    /// Whether they may.
    pub enabled: bool,
}

/// What one round of the engine did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct Processed {
    /// How many orders were carried forward.
    pub orders: i64,
    /// When the next one is due; null when none is.
    #[cfg_attr(feature = "server", oai(nullable))]
    pub next_due: Option<String>,
}

#[cfg(feature = "server")]
impl poem_openapi::types::Example for AddWallet {
    fn example() -> Self {
        Self::new("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", 10)
    }
}
