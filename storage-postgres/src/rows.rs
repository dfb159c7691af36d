//! How nouns of the core stand in columns. One struct a row type of the schema, in the order of its columns.

mod key;
mod ledger;
mod order;
mod pool;
mod words;

use flash_core::address::Address;
use flash_core::chain::{BlockRef, Height};
use flash_core::id::{BlockId, OrderId, TransferId, UserId};
use flash_core::order::Version;
use flash_core::store::StoreError;
use flash_core::time::Timestamp;
use uuid::Uuid;

pub(crate) use self::key::{KeyRow, QuoteRow, SavedRow, key_columns};
pub(crate) use self::ledger::{AccountMove, EntryRow, TransferRow, account, holder_number};
pub(crate) use self::order::{AttemptRow, LegRow, OrderRow, StoredOrder, WakeRow, attempt_rows, leg_rows, order};
pub(crate) use self::pool::{CursorPut, CursorRow, SightingRow, StakeMove, WalletPut, WalletRow, pooled};
pub(crate) use self::words::{AssetWord, FateWord, KeyWord};

/// An event, as JSON.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "event_row")]
pub(crate) struct EventRow {
    pub(crate) at_ms: i64,
    pub(crate) event: String,
}

pub(crate) fn corrupt(what: impl Into<String>) -> StoreError {
    StoreError::Corrupt { what: what.into() }
}

pub(crate) fn uuid(bytes: &[u8; 16]) -> Uuid {
    Uuid::from_bytes(*bytes)
}

pub(crate) fn order_id(id: Uuid) -> OrderId {
    OrderId::from_bytes(id.into_bytes())
}

pub(crate) fn transfer_id(id: Uuid) -> TransferId {
    TransferId::from_bytes(id.into_bytes())
}

pub(crate) fn user_id(id: i64) -> Result<UserId, StoreError> {
    UserId::try_from(id).map_err(|_| corrupt(format!("user {id}")))
}

pub(crate) fn address(body: [u8; 20]) -> Address {
    Address::from_body(body)
}

pub(crate) fn version_number(version: Version) -> i64 {
    signed(version.0)
}

pub(crate) fn version(number: i64) -> Result<Version, StoreError> {
    Ok(Version(unsigned(number)?))
}

/// A count as PostgreSQL has it. None reaches 2⁶³.
pub(crate) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned(n: i64) -> Result<u64, StoreError> {
    u64::try_from(n).map_err(|_| corrupt(format!("a count of {n}")))
}

/// A limit as PostgreSQL has it.
pub(crate) fn limit(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A moment, where never is null.
pub(crate) fn moment(at: Timestamp) -> Option<i64> {
    (at < Timestamp::MAX).then(|| at.as_millis())
}

pub(crate) fn block(height: i64, id: [u8; 32], time_ms: i64) -> Result<BlockRef, StoreError> {
    let height = Height(unsigned(height)?);
    Ok(BlockRef { height, id: BlockId::from_bytes(id), time: Timestamp::from_millis(time_ms) })
}

/// Reads what the schema keeps as a word.
pub(crate) fn parse<T: std::str::FromStr>(word: &str, what: &str) -> Result<T, StoreError> {
    word.parse().map_err(|_| corrupt(format!("{what} {word:?}")))
}
