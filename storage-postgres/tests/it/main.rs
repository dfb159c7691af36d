//! The store against a real PostgreSQL.

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
