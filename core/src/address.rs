//! TRON addresses, checked when they are made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The version byte of every TRON address.
const PREFIX: u8 = 0x41;

/// A TRON address: 21 bytes, the first of them 0x41.
///
/// Reads and shows the base58check form (`T…`, 34 characters). Nothing is trimmed or repaired.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Address([u8; 20]);

/// A text or byte string is not a TRON address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseAddressError {
    /// Not 34 characters of base58 (or not 21 bytes, for bytes).
    #[error("not a TRON address: expected 34 base58 characters that start with T")]
    Malformed,
    /// The checksum does not match: most often a mistyped character.
    #[error("not a TRON address: the checksum does not match, a character is wrong")]
    Checksum,
    /// The address belongs to another network.
    #[error("not a TRON address: it belongs to another network")]
    Prefix,
}

impl Address {
    /// The address with this 20-byte body, as contracts and logs carry it.
    #[must_use]
    pub const fn from_body(body: [u8; 20]) -> Self {
        Self(body)
    }

    /// The 20 bytes without the prefix.
    #[must_use]
    pub const fn body(&self) -> &[u8; 20] {
        &self.0
    }

    /// The 21 bytes as transactions carry them.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 21] {
        let mut bytes = [PREFIX; 21];
        for (to, from) in bytes.iter_mut().skip(1).zip(self.0) {
            *to = from;
        }
        bytes
    }

    /// Reads the 21 bytes that transactions carry.
    ///
    /// # Errors
    /// [`ParseAddressError::Malformed`] when there are not 21, [`ParseAddressError::Prefix`] when the first is not 0x41.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ParseAddressError> {
        match bytes.split_first() {
            Some((&PREFIX, body)) => body.try_into().map(Self).map_err(|_| ParseAddressError::Malformed),
            Some(_) if bytes.len() == 21 => Err(ParseAddressError::Prefix),
            _ => Err(ParseAddressError::Malformed),
        }
    }
}

fn checksum(payload: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(Sha256::digest(payload)));
    [a, b, c, d]
}

impl FromStr for Address {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, ParseAddressError> {
        if text.len() != 34 {
            return Err(ParseAddressError::Malformed);
        }
        let mut bytes = [0; 25];
        match bs58::decode(text).onto(&mut bytes) {
            Ok(25) => {}
            _ => return Err(ParseAddressError::Malformed),
        }
        let (payload, sum) = bytes.split_at(21);
        if checksum(payload) != *sum {
            return Err(ParseAddressError::Checksum);
        }
        Self::from_bytes(payload)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = self.to_bytes();
        let mut bytes = [0; 25];
        for (to, from) in bytes.iter_mut().zip(payload.into_iter().chain(checksum(&payload))) {
            *to = from;
        }
        let mut text = [0; 34];
        let length = bs58::encode(bytes).onto(text.as_mut_slice()).map_err(|_| fmt::Error)?;
        let text = text.get(..length).and_then(|text| str::from_utf8(text).ok());
        f.write_str(text.ok_or(fmt::Error)?)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl TryFrom<String> for Address {
    type Error = ParseAddressError;

    fn try_from(text: String) -> Result<Self, ParseAddressError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_address_reads_and_shows() {
        let usdt: Address = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t".parse().unwrap();
        assert_eq!(usdt.to_string(), "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t");
        assert_eq!(usdt.to_bytes()[..2], [0x41, 0xa6]);
        assert_eq!(Address::from_bytes(&usdt.to_bytes()), Ok(usdt));
    }

    #[test]
    fn each_kind_of_wrong_address_says_why() {
        use ParseAddressError::{Checksum, Malformed, Prefix};
        for (text, why) in [
            ("", Malformed),
            (" TRexKLv3keaVDEbUmzBYAYVrfK8GmFfiYb", Malformed),
            ("TRexKLv3keaVDEbUmzBYAYVrfK8GmFfiY0", Malformed),
            ("TCVqMVF14ZtJ4Hg1VNTwVj8DJ5TVSU43au", Checksum),
            ("1CMxao6Hoon1MAk89UV5NGBzmwAiiTifA7", Prefix),
            ("TkjFzjYv8d9XHpgDJJiiHvpV1byz97DP8A", Prefix),
        ] {
            assert_eq!(text.parse::<Address>(), Err(why), "{text:?}");
        }
    }
}
