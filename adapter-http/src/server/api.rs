//! The operations, a file each for what they are about. Each parses, makes its call, and shows the answer.

mod addresses;
mod audit;
pub(super) mod health;
mod orders;
mod prices;
mod users;
mod wallets;

use flash_core::Flash;
use poem_openapi::Tags;

use self::addresses::Addresses;
use self::audit::Audit;
use self::health::{Health, Probe};
use self::orders::Orders;
use self::prices::Prices;
use self::users::Users;
use self::wallets::Wallets;

/// Every operation.
pub(super) type All = (Orders, Users, Addresses, Prices, Wallets, Audit, Health);

/// Every operation of a flash.
pub(super) fn all(flash: &Flash, probes: Vec<Probe>) -> All {
    (
        Orders(flash.clone()),
        Users(flash.clone()),
        Addresses(flash.clone()),
        Prices(flash.clone()),
        Wallets(flash.clone()),
        Audit(flash.clone()),
        Health { flash: flash.clone(), probes },
    )
}

#[derive(Tags)]
enum Tag {
    /// Placing, watching and cancelling orders.
    Orders,
    /// Customers' money.
    Users,
    /// Users' address books.
    Wallets,
    /// What rentals cost.
    Prices,
    /// The pool. Takes an operator's key.
    SupplierWallets,
    /// The books. Takes an operator's key.
    Audit,
    /// Whether the server is well. Open.
    Health,
}
