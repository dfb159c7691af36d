//! The devnet against the rules of the network it simulates.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::arithmetic_side_effects)]

mod admission;
mod bandwidth;
mod bench;
mod conservation;
mod faults;
mod http;
mod lifecycle;
mod loans;
mod permissions;
mod robustness;
mod rules;
mod staking;
mod time;
mod usage;
