//! Customers' money.

use serde::{Deserialize, Serialize};

use super::read;

/// What a balance is held in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[cfg_attr(feature = "server", derive(poem_openapi::Enum), oai(rename_all = "UPPERCASE"))]
pub enum Asset {
    /// TRON's own coin.
    #[default]
    Trx,
    /// Tether USD on TRON.
    Usdt,
}

/// What a customer has: available is what can be spent, held is what orders under way will cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct Balance {
    /// The customer.
    pub user_id: i64,
    /// TRX that can be spent.
    pub available_trx: String,
    /// TRX held by orders under way.
    pub held_trx: String,
    /// USDT that can be spent.
    pub available_usdt: String,
    /// USDT held by orders under way.
    pub held_usdt: String,
}

/// A movement of a customer's money by the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object), oai(example))]
pub struct MoveMoney {
    /// How much, as a decimal string with at most six decimals; more than zero.
    #[serde(deserialize_with = "read::amount")]
    #[cfg_attr(feature = "server", oai(validator(pattern = r"^[0-9]{1,13}(\.[0-9]{1,6})?$")))]
    pub amount: String,
    /// Of what; TRX when it is left out.
    #[serde(default)]
    #[cfg_attr(feature = "server", oai(default))]
    pub asset: Asset,
    /// Why; 1 to 500 characters.
    #[cfg_attr(feature = "server", oai(validator(min_length = 1, max_length = 500)))]
    pub reason: String,
}

/// A movement that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct Movement {
    /// The transfer in the ledger. The same `Idempotency-Key` always gives the same.
    pub transfer_id: String,
    /// Whose money.
    pub user_id: i64,
    /// Which way it moved.
    pub kind: MovementKind,
    /// Of what.
    pub asset: Asset,
    /// How much.
    pub amount: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: String,
}

/// Which way the operator moves money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(poem_openapi::Enum), oai(rename_all = "snake_case"))]
pub enum MovementKind {
    /// The customer paid in.
    Deposit,
    /// Taken from the customer.
    Deduct,
    /// Given to the customer.
    Refund,
}

/// One line of a customer's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct LedgerEntry {
    /// Its number in the account: 1, 2, 3… without gaps.
    pub seq: i64,
    /// When.
    pub at: String,
    /// What happened.
    pub kind: EntryKind,
    /// Of what.
    pub asset: Asset,
    /// How much was held, captured, released or moved.
    pub amount: String,
    /// What could be spent after it.
    pub available_after: String,
    /// What was held after it.
    pub held_after: String,
    /// The order it belongs to, if any.
    #[cfg_attr(feature = "server", oai(nullable))]
    pub order_id: Option<String>,
    /// The operator's reason, if any.
    #[cfg_attr(feature = "server", oai(nullable))]
    pub reason: Option<String>,
    /// The transfer in the ledger.
    pub transfer_id: String,
}

/// What happened to a customer's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(poem_openapi::Enum), oai(rename_all = "snake_case"))]
pub enum EntryKind {
    /// An order holds its price.
    Hold,
    /// The price of an order is taken.
    Capture,
    /// The price of an order is given back.
    Release,
    /// The customer paid in.
    Deposit,
    /// Taken by the operator.
    Deduct,
    /// Given by the operator.
    Refund,
}

/// Lines of an account, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct LedgerPage {
    /// The lines.
    pub items: Vec<LedgerEntry>,
    /// Ask with this cursor for those that follow; null at the end.
    #[cfg_attr(feature = "server", oai(nullable))]
    pub next_cursor: Option<String>,
}

#[cfg(feature = "server")]
impl poem_openapi::types::Example for MoveMoney {
    fn example() -> Self {
        Self { amount: "5.250000".to_owned(), asset: Asset::Trx, reason: "paid in at the counter".to_owned() }
    }
}
