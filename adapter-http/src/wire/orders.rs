//! Orders of Energy.

use serde::{Deserialize, Serialize};

use super::read;

/// A wish for Energy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object), oai(example))]
pub struct PlaceOrder {
    /// Who pays: a Telegram id, or the merchant's number of a customer.
    #[serde(deserialize_with = "read::user_id")]
    #[cfg_attr(feature = "server", oai(validator(minimum(value = "1"), maximum(value = "9007199254740992"))))]
    pub user_id: i64,
    /// Who gets the Energy.
    #[cfg_attr(feature = "server", oai(validator(pattern = "^T[1-9A-HJ-NP-Za-km-z]{33}$")))]
    pub receive_address: String,
    /// How much Energy.
    #[serde(deserialize_with = "read::energy_amount")]
    #[cfg_attr(feature = "server", oai(validator(minimum(value = "1"))))]
    pub energy_amount: i64,
    /// For how long: `10m`, `1h`, `1d`, `3d`, `7d` or `14d`.
    #[cfg_attr(feature = "server", oai(validator(pattern = "^(10m|1h|1d|3d|7d|14d)$")))]
    pub duration: String,
    /// Your own number for the order, unique for the user for ever; the same wish again is the same order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "server", oai(nullable, validator(pattern = "^[!-~]{1,255}$")))]
    pub client_order_id: Option<String>,
    /// Refuse the order if it costs more, in TRX.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "read::max_price_trx")]
    #[cfg_attr(feature = "server", oai(nullable, validator(pattern = r"^[0-9]{1,13}(\.[0-9]{1,6})?$")))]
    pub max_price_trx: Option<String>,
    /// A quote whose price to use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "server", oai(nullable))]
    pub quote_id: Option<String>,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct Order {
    /// Its id, a UUID.
    pub id: String,
    /// Who pays.
    pub user_id: i64,
    /// Where it stands.
    pub status: OrderStatus,
    /// What it costs, in TRX; fixed when it was placed.
    pub cost_trx: String,
    /// How much Energy.
    pub energy_amount: i64,
    /// For how long.
    pub duration: String,
    /// Who gets the Energy.
    pub receive_address: String,
    /// When it was placed.
    pub created_at: String,
    /// When the rental ends; null until it is delivered.
    #[cfg_attr(feature = "server", oai(nullable))]
    pub expires_at: Option<String>,
    /// How certain the delivery is.
    pub finality: Finality,
    /// The caller's own number for it.
    #[cfg_attr(feature = "server", oai(nullable))]
    pub client_order_id: Option<String>,
    /// Why it was not delivered, or waits for a human.
    #[cfg_attr(feature = "server", oai(nullable))]
    pub failure: Option<Failure>,
    /// The stake behind it, one a supplier wallet.
    pub delegations: Vec<Delegation>,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(poem_openapi::Enum), oai(rename_all = "snake_case"))]
pub enum OrderStatus {
    /// Paid for, not yet begun; the only status in which it can be cancelled.
    Pending,
    /// Under way.
    Processing,
    /// Delivered and running.
    Completed,
    /// Over.
    Expired,
    /// Not delivered; refunded.
    Failed,
    /// Cancelled; refunded.
    Cancelled,
    /// Waiting for a human; the money stays held.
    Reviewing,
}

/// How certain a delivery is: `none` until every delegation is in a block, `final` once no reorganisation can drop one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(poem_openapi::Enum), oai(rename_all = "snake_case"))]
pub enum Finality {
    /// Not delivered.
    None,
    /// In a block: the Energy can be used.
    Included,
    /// For good.
    Final,
}

/// Why an order was not delivered, or waits for a human.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(poem_openapi::Enum), oai(rename_all = "snake_case"))]
pub enum Failure {
    /// It was not delivered in time.
    TimedOut,
    /// Every attempt at a delegation died.
    AttemptsExhausted,
    /// The evidence contradicts itself.
    Contradiction,
}

/// Stake of one supplier wallet for an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct Delegation {
    /// The supplier wallet.
    pub wallet: String,
    /// The transaction that delegates; null until one is signed.
    #[cfg_attr(feature = "server", oai(nullable))]
    pub tx_id: Option<String>,
    /// How much stake, in sun.
    pub stake_sun: i64,
    /// Where the stake is.
    pub status: DelegationStatus,
    /// The transaction that takes it home; null until one is signed.
    #[cfg_attr(feature = "server", oai(nullable))]
    pub reclaim_tx_id: Option<String>,
}

/// Where the stake of a delegation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(poem_openapi::Enum), oai(rename_all = "snake_case"))]
pub enum DelegationStatus {
    /// At home, set aside.
    Reserved,
    /// On its way to the receiver.
    Delegating,
    /// With the receiver; the order's `finality` tells how certain that is.
    Delegated,
    /// On its way home.
    Reclaiming,
    /// Home again, for certain.
    Returned,
    /// Home; it never left.
    Released,
}

/// Orders, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct OrderPage {
    /// The orders.
    pub items: Vec<Order>,
    /// Ask with this cursor for those that follow; null at the end.
    #[cfg_attr(feature = "server", oai(nullable))]
    pub next_cursor: Option<String>,
}

#[cfg(feature = "server")]
impl poem_openapi::types::Example for PlaceOrder {
    fn example() -> Self {
        Self {
            user_id: 42,
            receive_address: "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t".to_owned(),
            energy_amount: 65_000,
            duration: "1h".to_owned(),
            client_order_id: Some("invoice-1001".to_owned()),
            max_price_trx: Some("3.000000".to_owned()),
            quote_id: None,
        }
    }
}
