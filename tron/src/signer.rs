//! The signer port: who holds the keys, and what they are used for.

mod local;
mod policy;

use std::error::Error as StdError;
use std::fmt::Debug;

use async_trait::async_trait;
use flash_core::address::Address;

pub use self::local::{LocalSigner, WalletKey};
pub use self::policy::{Policy, Refusal};
use crate::contract::PermissionId;
use crate::key::Signature;

/// Whoever holds the keys: this process, a sealed box, or a machine far away.
///
/// # Contract
/// - `permission`: which permission of the wallet its key belongs to, and none when there is no key; without asking
///   anybody.
/// - `wallets`: every wallet that `permission` says yes to.
/// - `sign`: reads the raw bytes and hashes them by itself, trusting nobody's summary; refuses what it does not
///   understand completely and what its policy forbids; equal bytes give an equal signature.
#[async_trait]
pub trait Signer: Debug + Send + Sync + 'static {
    /// The permission to name in the wallet's transactions.
    fn permission(&self, wallet: &Address) -> Option<PermissionId>;

    /// The wallets there are keys for.
    fn wallets(&self) -> Vec<Address>;

    /// Signs the raw bytes of a transaction.
    async fn sign(&self, raw: &[u8]) -> Result<Signature, SignError>;
}

/// Why there is no signature.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// There is no key for the wallet.
    #[error("no key for {wallet}")]
    NoKey {
        /// The wallet.
        wallet: Address,
    },
    /// The policy forbids it.
    #[error("refused by policy")]
    Refused {
        /// What it forbids.
        #[source]
        reason: Refusal,
    },
    /// The signer cannot be reached, or cannot work now.
    #[error("the signer is unavailable")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
}

impl From<Refusal> for SignError {
    fn from(reason: Refusal) -> Self {
        Self::Refused { reason }
    }
}
