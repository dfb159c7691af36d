//! The assembled programs as their users meet them: over real sockets, on a devnet whose time runs fast.
//!
//! Every test has a server and a network of its own. Nothing waits for a fixed time: [`world::eventually`] looks until
//! what is expected has come, and time on the chain is moved ahead where a test would wait for it.
#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "code of tests: a panic is how it reports")]

mod capacity;
mod crash;
mod crowd;
mod database;
mod external;
mod faults;
mod life;
mod net;
mod programs;
mod starting;
mod stopping;
mod world;
