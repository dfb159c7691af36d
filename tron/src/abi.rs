//! TRC-20 transfers: calldata to send and to show, and Transfer logs to credit.

use flash_core::address::Address;

use crate::json::TransactionLog;

/// The first four bytes of the hash of `transfer(address,uint256)`.
const TRANSFER_SELECTOR: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];
/// The hash of `Transfer(address,address,uint256)`, as topics carry it.
const TRANSFER_TOPIC: &str = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

/// An unsigned number of 256 bits, big-endian: an amount in a token's smallest unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uint256([u8; 32]);

/// What a call of `transfer` asks for. Never a reason to credit anybody: see [`TransferLog`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferCall {
    /// Who would be paid.
    pub to: Address,
    /// How much.
    pub amount: Uint256,
}

/// A transfer that a token contract says has happened.
///
/// It has, if the transaction succeeded: look at the receipt first, since a failed one can carry logs as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferLog {
    /// Who paid.
    pub from: Address,
    /// Who was paid.
    pub to: Address,
    /// How much arrived. Zero is possible, and a common way to litter histories.
    pub amount: Uint256,
}

impl Uint256 {
    /// Wraps 32 big-endian bytes.
    #[must_use]
    pub const fn from_be_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// 32 big-endian bytes.
    #[must_use]
    pub const fn to_be_bytes(self) -> [u8; 32] {
        self.0
    }
}

impl From<u128> for Uint256 {
    fn from(number: u128) -> Self {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().rev().zip(number.to_be_bytes().into_iter().rev()) {
            *to = from;
        }
        Self(bytes)
    }
}

/// A number that is too big for the type wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("number out of range")]
pub struct OutOfRange;

impl TryFrom<Uint256> for u128 {
    type Error = OutOfRange;

    fn try_from(number: Uint256) -> Result<Self, OutOfRange> {
        match number.0.as_chunks() {
            ([high, low], []) if *high == [0; 16] => Ok(Self::from_be_bytes(*low)),
            _ => Err(OutOfRange),
        }
    }
}

impl TryFrom<Uint256> for i64 {
    type Error = OutOfRange;

    fn try_from(number: Uint256) -> Result<Self, OutOfRange> {
        Self::try_from(u128::try_from(number)?).map_err(|_| OutOfRange)
    }
}

impl TransferCall {
    /// The `data` of a [`TriggerSmart`](crate::contract::TriggerSmart) call.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [TRANSFER_SELECTOR.as_slice(), &[0; 12], self.to.body(), &self.amount.0].concat()
    }

    /// Reads calldata for people to look at. Like the contract, it ignores the bytes in front of the address (some
    /// senders put 0x41 there) and those behind the arguments.
    #[must_use]
    pub fn decode(data: &[u8]) -> Option<Self> {
        let (words, _) = data.strip_prefix(&TRANSFER_SELECTOR)?.as_chunks::<32>();
        let [to, amount, ..] = words else { return None };
        Some(Self { to: masked(to)?, amount: Uint256(*amount) })
    }
}

impl TransferLog {
    /// Reads the Transfer of one token; nothing else, and nothing that is not exactly in the form the token writes.
    #[must_use]
    pub fn parse(log: &TransactionLog, token: &Address) -> Option<Self> {
        let [event, from, to] = log.topics.as_slice() else { return None };
        if !event.eq_ignore_ascii_case(TRANSFER_TOPIC) || fixed::<20>(&log.address)? != *token.body() {
            return None;
        }
        Some(Self { from: exact(from)?, to: exact(to)?, amount: Uint256(fixed(&log.data)?) })
    }
}

fn masked(word: &[u8; 32]) -> Option<Address> {
    word.last_chunk().copied().map(Address::from_body)
}

/// The address in a topic, whose other bytes a contract always leaves zero.
fn exact(topic: &str) -> Option<Address> {
    let word: [u8; 32] = fixed(topic)?;
    if word.iter().take(12).all(|&byte| byte == 0) { masked(&word) } else { None }
}

fn fixed<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok().map(|()| bytes)
}
