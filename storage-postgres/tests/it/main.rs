//! The store against a real PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "code of tests: a panic is how it reports"
)]

mod business;
mod conformance;
mod constraints;
mod database;
mod group_commit;
mod opening;
mod round_trips;
mod soak;
mod torture;
mod wire;
