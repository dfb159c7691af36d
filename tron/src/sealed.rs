//! Private keys encrypted at rest (feature `sealed`).
//!
//! A key is sealed with XChaCha20-Poly1305 under a master key, and bound to its scheme, master key, network and address:
//! a sealed key that was moved to another row or another network does not open.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use flash_core::address::Address;
use k256::elliptic_curve::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};

use crate::key::{InvalidKey, PrivateKey};

/// How keys are sealed; the only way so far.
const SCHEME: &str = "flash-1-xchacha20poly1305";

/// A key that seals keys. Overwritten in memory when dropped; never shown.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// What a master key is called. It is stored beside what it sealed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MasterId(pub String);

/// Which network a key is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network(pub String);

/// The master keys: one to seal with, and older ones to open what they sealed.
#[derive(Debug, Clone)]
pub struct KeyRing {
    current: MasterId,
    masters: BTreeMap<MasterId, MasterKey>,
}

/// A private key that takes its master key to use. It can be stored, logged and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedKey {
    scheme: String,
    master: MasterId,
    address: Address,
    nonce: String,
    sealed: String,
}

/// A key cannot be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The system gave no random bytes.
    #[error("no random bytes")]
    Randomness,
    /// The cipher failed, or the ring has lost its current key.
    #[error("the key cannot be sealed")]
    Cipher,
}

/// A sealed key does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It was sealed in a way this version does not know.
    #[error("unknown scheme {0}")]
    Scheme(String),
    /// The ring does not have its master key.
    #[error("no master key {}", .0.0)]
    NoMaster(MasterId),
    /// It was changed, or belongs to another network, address or master key.
    #[error("the sealed key is not authentic")]
    NotAuthentic,
    /// What was sealed is not the key of its address.
    #[error("the sealed key is not the key of {0}")]
    WrongAddress(Address),
}

impl MasterKey {
    /// Wraps 32 random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl FromStr for MasterKey {
    type Err = InvalidKey;

    /// Reads 64 hex digits.
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text, bytes.as_mut_slice()).map_err(|_| InvalidKey)?;
        Ok(Self(bytes))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

impl KeyRing {
    /// A ring that seals and opens with one key.
    #[must_use]
    pub fn new(current: MasterId, key: MasterKey) -> Self {
        Self { masters: BTreeMap::from([(current.clone(), key)]), current }
    }

    /// The same ring with an older key, to open with only.
    #[must_use]
    pub fn with_older(mut self, id: MasterId, key: MasterKey) -> Self {
        self.masters.entry(id).or_insert(key);
        self
    }

    /// Seals a key with the current master key.
    ///
    /// # Errors
    /// [`SealError`] when the system fails; never because of the key.
    pub fn seal(&self, key: &PrivateKey, network: &Network) -> Result<SealedKey, SealError> {
        let master = self.masters.get(&self.current).ok_or(SealError::Cipher)?;
        let nonce = XNonce::try_generate().map_err(|_| SealError::Randomness)?;
        let mut sealed = SealedKey {
            scheme: SCHEME.to_owned(),
            master: self.current.clone(),
            address: key.address(),
            nonce: hex::encode(nonce),
            sealed: String::new(),
        };
        let secret = key.secret();
        let payload = Payload { msg: secret.as_slice(), aad: &sealed.bound_to(network) };
        let ciphertext = master.cipher().encrypt(&nonce, payload).map_err(|_| SealError::Cipher)?;
        sealed.sealed = hex::encode(ciphertext);
        Ok(sealed)
    }

    /// Opens a sealed key, and makes sure that it is the key of its address.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(&self, sealed: &SealedKey, network: &Network) -> Result<PrivateKey, OpenError> {
        if sealed.scheme != SCHEME {
            return Err(OpenError::Scheme(sealed.scheme.clone()));
        }
        let master = self.masters.get(&sealed.master).ok_or_else(|| OpenError::NoMaster(sealed.master.clone()))?;
        let mut nonce = [0; 24];
        hex::decode_to_slice(&sealed.nonce, &mut nonce).map_err(|_| OpenError::NotAuthentic)?;
        let ciphertext = hex::decode(&sealed.sealed).map_err(|_| OpenError::NotAuthentic)?;
        let payload = Payload { msg: &ciphertext, aad: &sealed.bound_to(network) };
        let opened = master.cipher().decrypt(&nonce.into(), payload).map_err(|_| OpenError::NotAuthentic)?;
        let opened = Zeroizing::new(opened);
        let key = opened.as_slice().try_into().ok().and_then(|bytes| PrivateKey::from_bytes(bytes).ok());
        key.filter(|key| key.address() == sealed.address).ok_or(OpenError::WrongAddress(sealed.address))
    }

    /// Opens a sealed key and seals it with the current master key, to retire an older one.
    ///
    /// # Errors
    /// [`ResealError`].
    pub fn reseal(&self, sealed: &SealedKey, network: &Network) -> Result<SealedKey, ResealError> {
        Ok(self.seal(&self.open(sealed, network)?, network)?)
    }
}

/// A sealed key cannot be sealed anew.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResealError {
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl SealedKey {
    /// The address of the key inside.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.address
    }

    /// The master key that opens it.
    #[must_use]
    pub const fn master(&self) -> &MasterId {
        &self.master
    }

    /// What is authenticated with the key, each part behind its length so that no two read alike.
    fn bound_to(&self, network: &Network) -> Vec<u8> {
        let address = self.address.to_bytes();
        let parts = [self.scheme.as_bytes(), self.master.0.as_bytes(), network.0.as_bytes(), &address];
        let mut bound = Vec::new();
        for part in parts {
            bound.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            bound.extend(part);
        }
        bound
    }
}

impl MasterKey {
    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(<&Key>::from(&*self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> PrivateKey {
        PrivateKey::from_bytes(&[1; 32]).unwrap()
    }

    fn network() -> Network {
        Network("mainnet".to_owned())
    }

    fn id(name: &str) -> MasterId {
        MasterId(name.to_owned())
    }

    fn ring() -> KeyRing {
        KeyRing::new(id("2026"), MasterKey::from_bytes([5; 32]))
    }

    #[test]
    fn a_sealed_key_opens_again_after_a_trip_through_text() {
        let sealed = ring().seal(&key(), &network()).unwrap();
        let text = serde_json::to_string(&sealed).unwrap();
        assert!(!text.contains(&"01".repeat(4)), "{text}");
        let opened = ring().open(&serde_json::from_str(&text).unwrap(), &network()).unwrap();
        assert_eq!(opened.address(), key().address());
        assert_ne!(ring().seal(&key(), &network()).unwrap(), sealed, "a nonce is used once");
    }

    #[test]
    fn whatever_it_is_bound_to_keeps_it_shut() {
        let sealed = ring().seal(&key(), &network()).unwrap();
        let nile = Network("nile".to_owned());
        assert_eq!(ring().open(&sealed, &nile).err(), Some(OpenError::NotAuthentic));
        let elsewhere = SealedKey { address: Address::from_body([7; 20]), ..sealed.clone() };
        let cut = SealedKey { sealed: sealed.sealed[2..].to_owned(), ..sealed.clone() };
        let nonce = SealedKey { nonce: "00".repeat(24), ..sealed.clone() };
        for changed in [elsewhere, cut, nonce] {
            assert_eq!(ring().open(&changed, &network()).err(), Some(OpenError::NotAuthentic));
        }
        let other = KeyRing::new(id("2026"), MasterKey::from_bytes([6; 32]));
        assert_eq!(other.open(&sealed, &network()).err(), Some(OpenError::NotAuthentic));
        let renamed = KeyRing::new(id("2027"), MasterKey::from_bytes([5; 32]));
        assert_eq!(renamed.open(&sealed, &network()).err(), Some(OpenError::NoMaster(id("2026"))));
        let scheme = SealedKey { scheme: "rot13".to_owned(), ..sealed };
        assert_eq!(ring().open(&scheme, &network()).err(), Some(OpenError::Scheme("rot13".to_owned())));
    }

    #[test]
    fn master_keys_rotate() {
        let sealed = ring().seal(&key(), &network()).unwrap();
        let next = MasterKey::from_bytes([6; 32]);
        let both = KeyRing::new(id("2027"), next.clone()).with_older(id("2026"), MasterKey::from_bytes([5; 32]));
        let resealed = both.reseal(&sealed, &network()).unwrap();
        assert_eq!(resealed.master(), &id("2027"));
        let opened = KeyRing::new(id("2027"), next).open(&resealed, &network()).unwrap();
        assert_eq!(opened.address(), key().address());
    }

    #[test]
    fn a_master_key_is_not_shown() {
        let shown = format!("{:?} {:?}", ring(), MasterKey::from_bytes([5; 32]));
        assert!(!shown.contains("5, 5") && !shown.contains("0505"), "{shown}");
    }
}
