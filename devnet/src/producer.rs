//! The block producers: 27 keys that take turns, made from the seed.

use flash_core::address::Address;
use flash_core::id::TxId;
use flash_tron::energy::Slot;
use flash_tron::key::{PrivateKey, Signature};
use sha2::{Digest, Sha256};

/// How many producers take turns, as on mainnet.
const PRODUCERS: u8 = 27;

/// The producers in the order of their turns.
#[derive(Debug, Clone)]
pub(crate) struct Producers(Vec<PrivateKey>);

impl Producers {
    pub(crate) fn new(seed: u64) -> Self {
        let key = |index: u8| derived_key(&[b"producer", &seed.to_be_bytes(), &[index]]);
        Self((0..PRODUCERS).filter_map(key).collect())
    }

    /// Whose turn a slot is.
    pub(crate) fn of(&self, slot: Slot) -> Address {
        self.key(slot).map_or(Address::from_body([0; 20]), PrivateKey::address)
    }

    /// Signs a block's hash.
    pub(crate) fn sign(&self, slot: Slot, hash: [u8; 32]) -> Option<Signature> {
        Some(self.key(slot)?.sign(&TxId::from_bytes(hash)))
    }

    fn key(&self, slot: Slot) -> Option<&PrivateKey> {
        let turn = usize::try_from(slot.0).ok()?.checked_rem(self.0.len())?;
        self.0.get(turn)
    }
}

/// A key that the same parts always give. Anybody can compute it: it is worth nothing outside a devnet.
///
/// `None` for the one hash in 2¹²⁸ that is no key.
pub(crate) fn derived_key(parts: &[&[u8]]) -> Option<PrivateKey> {
    let mut hash = Sha256::new_with_prefix(b"flash devnet key");
    for part in parts {
        hash.update([0]);
        hash.update(part);
    }
    PrivateKey::from_bytes(&hash.finalize().into()).ok()
}
