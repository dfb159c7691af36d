//! The HTTP face as its callers see it, over a store and a chain in memory.

#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "code of tests: a panic is how it reports")]

mod addresses;
mod client;
mod document;
mod keys;
mod money;
mod no_input_gives_a_5xx;
mod operations;
mod orders;
mod prices;
mod problems;
mod socket;
mod wallets;
mod world;
