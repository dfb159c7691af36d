//! TRON for flash: build, sign and send transactions, and read what came of them, over java-tron's HTTP API.
//!
//! Everything up to [`SignedTransaction`] works offline. The bytes are built here, hashed here and signed here; no node
//! is asked what to sign.
//!
//! ```
//! use flash_core::chain::{BlockRef, Height};
//! use flash_core::time::{Span, Timestamp};
//! use flash_core::units::Sun;
//! use flash_tron::contract::{Contract, Delegate, Lock, Resource};
//! use flash_tron::{PrivateKey, RawTransaction, Reference, SignedTransaction, txid};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key: PrivateKey = "2f26214ef1288caaaa694ec8b9fa66fe15874aec4dffb21ef92c15863ddac9d4".parse()?;
//! assert_eq!(key.address().to_string(), "TE5VpcN93MKiRtjJZ9o77KBvVkuYkfThys");
//!
//! // A solidified block, as `Chain::tips` gives it.
//! let solid = BlockRef {
//!     height: Height(65_536_000),
//!     id: "0000000003e8000085804895cd23da8784fe27f2674e448fde4c6dca87131e0c".parse()?,
//!     time: Timestamp::from_millis(1_772_773_530_000),
//! };
//! let delegate = Delegate {
//!     owner: key.address(),
//!     receiver: "TTbw8hraVa66DZHNiTBXgHbEdaShJsXWo9".parse()?,
//!     stake: Sun::from_trx(6_862)?,
//!     resource: Resource::Energy,
//!     lock: Lock::NONE,
//! };
//! let expiration = solid.time.after(Span::from_mins(2));
//! let raw = RawTransaction::new(Contract::Delegate(delegate), Reference::from(&solid), expiration, solid.time);
//!
//! let signed = raw.sign(&key);
//! let id = signed.txid(); // known before anything is sent
//! assert_eq!(id, txid(&raw.encode()));
//! assert_eq!(signed.signatures[0].recover(&id)?, key.address());
//! assert_eq!(signed.bandwidth(), 279);
//!
//! let wire = signed.encode(); // what `broadcasthex` takes, in hex
//! assert_eq!(SignedTransaction::decode(&wire)?, signed);
//! assert_eq!(RawTransaction::decode(&signed.raw)?, raw);
//! # Ok(())
//! # }
//! ```
//!
//! | module | is |
//! |---|---|
//! | [`contract`], [`transaction`], [`key`] | what is signed, and with what |
//! | [`signer`] | who signs: a port with a policy, and keys in memory |
//! | [`node`] | one java-tron node over HTTP; sorts everything it says |
//! | [`chain`] | flash's chain port over several nodes |
//! | [`energy`] | the network's Energy arithmetic |
//! | [`abi`] | TRC-20 transfers |
//! | [`address`], [`json`], [`proto`] | the forms in which java-tron prints and packs things |
//!
//! Features: `tls` for nodes behind HTTPS, `sealed` for private keys encrypted at rest (module `sealed`).
//!
//! The addresses, amounts and ids themselves are `flash-core`'s.

pub mod abi;
pub mod address;
pub mod chain;
pub mod contract;
pub mod energy;
pub mod json;
pub mod key;
pub mod node;
pub mod proto;
#[cfg(feature = "sealed")]
pub mod sealed;
pub mod signer;
pub mod transaction;

pub use flash_core::fate;

pub use self::chain::TronChain;
pub use self::contract::Contract;
pub use self::key::{PrivateKey, Signature};
pub use self::node::{Node, NodeConfig};
pub use self::signer::{LocalSigner, Policy, Signer};
pub use self::transaction::{RawTransaction, Reference, SignedTransaction, txid};
