//! Names of things. Ids come in from the caller, so that a repeated call is the same call.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A text is not an id of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct ParseIdError {
    expected: &'static str,
}

/// A customer, by Telegram id or by the number a merchant gives; always positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct UserId(i64);

impl UserId {
    /// The number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for UserId {
    type Error = ParseIdError;

    fn try_from(id: i64) -> Result<Self, ParseIdError> {
        if id > 0 { Ok(Self(id)) } else { Err(ParseIdError { expected: "a positive user id" }) }
    }
}

impl From<UserId> for i64 {
    fn from(id: UserId) -> Self {
        id.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A 128-bit id that shows as a UUID.
macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// Wraps 128 bits of the caller's choice.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 128 bits.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// The id that the same parts always give, for whoever must name a thing the same way twice.
            #[must_use]
            pub fn derived(parts: &[&[u8]]) -> Self {
                Self(derive_bytes(stringify!($name), parts))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt_uuid(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt_uuid(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse_uuid(text).map(Self).ok_or(ParseIdError { expected: "a UUID" })
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseIdError;

            fn try_from(text: String) -> Result<Self, ParseIdError> {
                text.parse()
            }
        }
    };
}

uuid_id! {
    /// An order.
    OrderId
}
uuid_id! {
    /// A transfer in the ledger; taken once for ever.
    TransferId
}
uuid_id! {
    /// A price held open for a customer.
    QuoteId
}

/// The id of a transaction: SHA-256 of its raw data.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TxId([u8; 32]);

/// The id of a block: SHA-256 of its header with the height in the first eight bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct BlockId([u8; 32]);

macro_rules! hash_id {
    ($name:ident) => {
        impl $name {
            /// Wraps the 32 bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The 32 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt_hex(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt_hex(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse_hex(text).map(Self).ok_or(ParseIdError { expected: "64 hex digits" })
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseIdError;

            fn try_from(text: String) -> Result<Self, ParseIdError> {
                text.parse()
            }
        }
    };
}

hash_id!(TxId);
hash_id!(BlockId);

/// A name of at most 255 visible ASCII characters.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let visible = text.bytes().all(|b| b.is_ascii_graphic());
                if (1..=255).contains(&text.len()) && visible {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(ParseIdError { expected: $expected })
                }
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseIdError;

            fn try_from(text: String) -> Result<Self, ParseIdError> {
                text.parse()
            }
        }
    };
}

name! {
    /// The caller's key of one request: the same key and body is the same request.
    IdempotencyKey, "an idempotency key of 1 to 255 visible ASCII characters"
}
name! {
    /// The caller's own number of an order, unique for its user for ever.
    ClientOrderId, "a client order id of 1 to 255 visible ASCII characters"
}
name! {
    /// One engine worker among many; leases are held in its name.
    WorkerId, "a worker id of 1 to 255 visible ASCII characters"
}
name! {
    /// One life of a store; another begins when its database goes back in time.
    Incarnation, "an incarnation of 1 to 255 visible ASCII characters"
}

impl Incarnation {
    /// The only life of a store that ends with its process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self("memory".to_owned())
    }
}

/// SHA-256 over length-prefixed parts, so that no two lists of parts read alike.
pub(crate) fn digest(domain: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in std::iter::once(domain.as_bytes()).chain(parts.iter().copied()) {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn derive_bytes(domain: &str, parts: &[&[u8]]) -> [u8; 16] {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(digest(domain, parts)) {
        *to = from;
    }
    bytes
}

/// The two hex digits of a byte.
fn hex_digits(byte: u8) -> [u8; 2] {
    let digit = |nibble: u8| {
        if nibble < 10 { b'0'.saturating_add(nibble) } else { b'a'.saturating_add(nibble.saturating_sub(10)) }
    };
    [digit(byte >> 4), digit(byte & 0xf)]
}

fn fmt_hex(bytes: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = [0; 64];
    for (to, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *to = hex_digits(*byte);
    }
    f.write_str(str::from_utf8(&text).unwrap_or_default())
}

fn fmt_uuid(bytes: &[u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = [b'-'; 36];
    let groups = (0..36).filter(|place| !matches!(place, 8 | 13 | 18 | 23));
    for (place, digit) in groups.zip(bytes.iter().flat_map(|byte| hex_digits(*byte))) {
        if let Some(to) = text.get_mut(place) {
            *to = digit;
        }
    }
    f.write_str(str::from_utf8(&text).unwrap_or_default())
}

fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let dashed = text.len() == 36 && [8, 13, 18, 23].iter().all(|&i| text.as_bytes().get(i) == Some(&b'-'));
    let digits: String = text.chars().filter(|&c| c != '-').collect();
    if dashed { parse_hex(&digits) } else { None }
}

fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != N {
        return None;
    }
    let nibble = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let mut bytes = [0; N];
    for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = nibble(high)? << 4 | nibble(low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_reads_back_and_nothing_else_does() {
        let id = OrderId::derived(&[b"a"]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "0192", "0192f0c1-2b3c-7d4e-8f50-61728394a5b", "0192f0c1x2b3c-7d4e-8f50-61728394a5b6"] {
            assert!(bad.parse::<OrderId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn derived_ids_tell_parts_apart() {
        assert_ne!(TransferId::derived(&[b"ab", b"c"]), TransferId::derived(&[b"a", b"bc"]));
        assert_ne!(TransferId::derived(&[b"a"]).as_bytes(), OrderId::derived(&[b"a"]).as_bytes());
    }

    #[test]
    fn names_are_short_visible_ascii() {
        assert!("tg:42:7".parse::<IdempotencyKey>().is_ok());
        for bad in [String::new(), "a b".into(), "é".into(), "x".repeat(256)] {
            assert!(bad.parse::<IdempotencyKey>().is_err(), "{bad}");
        }
    }
}
