//! For tests, ours and anyone's: fakes with behaviour, the store conformance suite, and the scenario driver.
//!
//! Feature `testing`. Nothing here is fit for business.
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "code of tests: a panic is how it reports"
)]

mod chain;
mod clock;
pub mod conformance;
mod interrupt;
mod scenario;

pub use self::chain::{FakeChain, Fault, SOLID_LAG, Verdict};
pub use self::clock::ManualClock;
pub use self::interrupt::{CutChain, CutStore, Cuts, Moment};
pub use self::scenario::{Op, Scenario, Violation, World};
use crate::address::Address;
use crate::id::UserId;

/// A made-up address; equal numbers give equal addresses.
#[must_use]
pub fn address(n: u32) -> Address {
    let mut body = [0xfa; 20];
    body[16..].copy_from_slice(&n.to_be_bytes());
    Address::from_body(body)
}

/// A made-up user; the number is positive.
#[must_use]
pub fn user(n: i64) -> UserId {
    UserId::try_from(n).unwrap()
}
