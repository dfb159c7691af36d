//! A simulated TRON network that speaks java-tron's HTTP API over a real socket: to TRON what anvil is to Ethereum.
//!
//! It is not a mock. Transactions are decoded, signatures recovered, and java-tron's rules applied in java-tron's order
//! with its codes and texts; reads come in its shapes. Time is virtual: it runs at a chosen speed and can jump ahead.
//!
//! ```
//! use flash_core::time::Span;
//! use flash_core::units::Sun;
//! use flash_devnet::{Config, Devnet, Speed, set_up_wallet};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let devnet = Devnet::local(&Config { speed: Speed::MANUAL, ..Config::default() }).await?;
//! let supplier = devnet.with_network(|network| {
//!     set_up_wallet(network, "supplier", Sun::from_trx(100)?, Sun::from_trx(10_000)?)
//! })?;
//! devnet.advance(Span::from_secs(57));
//! println!("{} lends at {}", supplier.address(), devnet.url());
//! devnet.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! - [`Devnet`] is the network behind a socket, on a clock.
//! - [`Network`] is the same without either, for tests that need no socket.
//! - [`set_up_wallet`] and [`demo_key`] make wallets and their keys.
//! - [`fault`] lists what can go wrong on request.
//!
//! One node sees one chain here: there are no missed slots and no forks, and every transaction in a block succeeded.
//! No contract has code, so TRC-20 tokens, votes and Energy burned for TRX are missing too.
//!
//! # Control routes
//!
//! They stand beside java-tron's and answer 400 with `{"error": "…"}` when called wrongly. Addresses are base58.
//!
//! | route | body | does |
//! |---|---|---|
//! | `POST /devnet/faucet` | `{"address", "amount_sun"}` | gives TRX out of nothing, seen on the solid side at once |
//! | `POST /devnet/stake` | `{"address", "amount_sun"}` | stakes for Energy without a signature |
//! | `POST /devnet/use_energy` | `{"address", "energy"}` | uses Energy as a contract call would |
//! | `POST /devnet/contract` | `{"address"}` | makes it a contract account |
//! | `POST /devnet/advance` | `{"seconds"}` | moves time ahead and produces the blocks in between |
//! | `GET /devnet/clock` | | tells the time, the speed, the head and the solid block |
//! | `POST /devnet/fault` | `{"kind", …}` | see below |
//!
//! Kinds of faults: `refuse` (`code`, `message`), `lose_before`, `lose_after`, `drop`, `delay` (`seconds` before
//! inclusion or `answer_ms` before the answer), `stop`, `resume`, `clear`; each but the last three may be limited by
//! `count` and `contract` (such as `DelegateResourceContract`).

pub mod block;
mod chain;
pub mod clock;
pub mod config;
pub mod control;
pub mod demo;
pub mod execute;
pub mod fault;
mod http;
mod line;
pub mod network;
mod node;
pub mod params;
pub mod permission;
pub mod pool;
mod producer;
pub mod refusal;
mod resource;
mod server;
pub mod slot;
pub mod state;
pub mod transaction;
pub mod view;

pub use crate::clock::DevnetClock;
pub use crate::config::{Config, Genesis, Speed};
pub use crate::demo::{demo_key, set_up_wallet};
pub use crate::network::Network;
pub use crate::server::Devnet;
