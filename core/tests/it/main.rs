//! The use cases over the memory store and the fake chain.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "tests: a panic is how they report"
)]

mod crashes;
mod histories;
mod lifecycle;
mod order_of_calls;
mod placing;
mod story;
mod time_travel;
