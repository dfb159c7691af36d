//! What goes over the wire, in both directions. Amounts of money are decimal text (`"5.250000"`), fields named `_sun`
//! whole sun, moments RFC 3339 in UTC, addresses base58check.

mod addresses;
mod audit;
mod money;
mod orders;
mod prices;
mod read;
mod wallets;

use serde::{Deserialize, Serialize};

pub use self::addresses::{AddressBook, SaveAddress, SavedAddress};
pub use self::audit::{Event, EventPage, Health, Part, Readiness, Verification};
pub use self::money::{Asset, Balance, EntryKind, LedgerEntry, LedgerPage, MoveMoney, Movement, MovementKind};
pub use self::orders::{Delegation, DelegationStatus, Failure, Finality, Order, OrderPage, OrderStatus, PlaceOrder};
pub use self::prices::{HoldQuote, Price, PriceList, PriceTier, Quote, TermPrices};
pub use self::wallets::{AddWallet, Processed, SupplierWallet, SupplierWallets, Toggle};

/// Why a request was not carried out (RFC 9457). Programs go by `code`; the rest is for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct Problem {
    /// `/problems/` and the code in lower case.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "server", oai(rename = "type"))]
    pub kind: String,
    /// What this code means.
    pub title: String,
    /// The HTTP status.
    pub status: i32,
    /// What happened this time.
    pub detail: String,
    /// A stable word such as `INSUFFICIENT_BALANCE`.
    pub code: String,
    /// The request, as the operator's log names it.
    pub request_id: String,
}
