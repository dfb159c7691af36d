//! Keys and signatures on secp256k1.

use std::fmt;
use std::str::FromStr;

use flash_core::address::Address;
use flash_core::id::TxId;
use k256::ecdsa::{self, RecoveryId, SigningKey, VerifyingKey};
use k256::elliptic_curve::zeroize::Zeroizing;
use sha3::{Digest, Keccak256};

/// A private key with its address. Overwritten in memory when dropped; never shown.
#[derive(Clone)]
pub struct PrivateKey {
    key: SigningKey,
    address: Address,
}

/// 32 bytes are not a private key: zero, or not below the order of the curve, or not 64 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a private key")]
pub struct InvalidKey;

/// A signature of 65 bytes: r, s and v.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; 65]);

/// A signature belongs to no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a signature of anybody")]
pub struct InvalidSignature;

impl PrivateKey {
    /// Reads the 32 bytes, big-endian.
    ///
    /// # Errors
    /// [`InvalidKey`] for zero and for numbers not below the order of the curve.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, InvalidKey> {
        let key = SigningKey::from_slice(bytes).map_err(|_| InvalidKey)?;
        let address = address_of(key.verifying_key());
        Ok(Self { key, address })
    }

    /// The address of its own account.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.address
    }

    #[cfg(feature = "sealed")]
    pub(crate) fn secret(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.key.to_bytes().into())
    }

    /// Signs a transaction id: deterministic (RFC 6979), low s, v 27 or 28.
    #[must_use]
    pub fn sign(&self, id: &TxId) -> Signature {
        let (signature, recovery) = self.key.sign_prehash_recoverable(id.as_bytes());
        let mut bytes = [0; 65];
        for (to, from) in bytes.iter_mut().zip(signature.to_bytes()) {
            *to = from;
        }
        let [.., v] = &mut bytes;
        *v = recovery.to_byte().saturating_add(27);
        Signature(bytes)
    }
}

impl FromStr for PrivateKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text, bytes.as_mut_slice()).map_err(|_| InvalidKey)?;
        Self::from_bytes(&bytes)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The last 20 bytes of the hash of the public key.
fn address_of(key: &VerifyingKey) -> Address {
    let point = key.to_sec1_point(false);
    let public = point.as_bytes().split_first().map_or(&[][..], |(_, xy)| xy);
    let hash: [u8; 32] = Keccak256::digest(public).into();
    let mut body = [0; 20];
    for (to, from) in body.iter_mut().zip(hash.into_iter().skip(12)) {
        *to = from;
    }
    Address::from_body(body)
}

impl Signature {
    /// Wraps r, s and v; anything can be wrapped, [`Signature::recover`] tells whose it is.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 65]) -> Self {
        Self(bytes)
    }

    /// r, s and v.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 65] {
        self.0
    }

    /// The address of the key that made it, by java-tron's rules: high s is fine, v below 27 gets 27 added, and 31 to
    /// 34 mean what 27 to 30 do.
    ///
    /// # Errors
    /// [`InvalidSignature`] when there is no such key.
    pub fn recover(&self, id: &TxId) -> Result<Address, InvalidSignature> {
        let [rs @ .., v] = &self.0;
        let recovery = match v {
            0..=7 => v & 3,
            27..=34 => v.wrapping_sub(27) & 3,
            _ => return Err(InvalidSignature),
        };
        let invalid = |_| InvalidSignature;
        let recovery = RecoveryId::try_from(recovery).map_err(invalid)?;
        let signature = ecdsa::Signature::from_slice(rs).map_err(invalid)?;
        let key = VerifyingKey::recover_from_prehash(id.as_bytes(), &signature, recovery).map_err(invalid)?;
        Ok(address_of(&key))
    }
}

impl FromStr for Signature {
    type Err = InvalidSignature;

    /// Reads 130 hex digits.
    fn from_str(text: &str) -> Result<Self, InvalidSignature> {
        let mut bytes = [0; 65];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidSignature)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "2f26214ef1288caaaa694ec8b9fa66fe15874aec4dffb21ef92c15863ddac9d4";

    #[test]
    fn debug_shows_the_address_and_nothing_of_the_key() {
        let shown = format!("{:?} {:#?}", SECRET.parse::<PrivateKey>().unwrap(), SECRET.parse::<PrivateKey>().unwrap());
        assert!(shown.contains("TE5VpcN93MKiRtjJZ9o77KBvVkuYkfThys"));
        for part in [&SECRET[..8], &SECRET[28..36], &SECRET[56..], "47, 38, 33"] {
            assert!(!shown.to_lowercase().contains(part), "{shown}");
        }
    }

    #[test]
    fn numbers_outside_the_curve_are_no_keys() {
        const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
        for bad in ["", "00", &"0".repeat(64), ORDER, &"f".repeat(64), &SECRET[1..], &format!("0x{}", &SECRET[2..])] {
            assert_eq!(bad.parse::<PrivateKey>().err(), Some(InvalidKey), "{bad}");
        }
    }

    #[test]
    fn every_v_that_java_tron_takes_recovers_the_signer() {
        let key: PrivateKey = SECRET.parse().unwrap();
        let id = TxId::from_bytes([7; 32]);
        let [rs @ .., v] = key.sign(&id).to_bytes();
        let parity = v - 27;
        let with = |v: u8| {
            let mut bytes = [0; 65];
            bytes[..64].copy_from_slice(&rs);
            bytes[64] = v;
            Signature::from_bytes(bytes).recover(&id)
        };
        for base in [0, 4, 27, 31] {
            assert_eq!(with(base + parity), Ok(key.address()));
            assert_ne!(with(base + 1 - parity), Ok(key.address()));
        }
        for bad in [8, 26, 35, 255] {
            assert_eq!(with(bad), Err(InvalidSignature));
        }
    }

    #[test]
    fn zero_is_nobodys_signature() {
        assert_eq!(Signature::from_bytes([0; 65]).recover(&TxId::from_bytes([7; 32])), Err(InvalidSignature));
    }
}
