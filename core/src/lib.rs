//! The rules of a TRON Energy rental: orders, ledger, pool and prices, and the ports they need.

pub mod address;
pub mod chain;
pub mod clock;
pub mod error;
pub mod event;
pub mod fate;
pub mod flash;
pub mod id;
mod lane;
pub mod ledger;
pub mod order;
pub mod pool;
pub mod price;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
pub mod units;

pub use crate::error::{Error, ErrorKind};
pub use crate::flash::{Config, Flash};
