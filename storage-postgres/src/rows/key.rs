//! Keys, quotes, and address books.

use flash_core::id::{QuoteId, UserId};
use flash_core::price::Quote;
use flash_core::store::{Fingerprint, Key, KeyOutcome, KeyRecord, SavedAddress, StoreError};
use flash_core::time::Timestamp;
use flash_core::units::{Amount, Energy, Sun};
use uuid::Uuid;

use super::words::{KeyWord, OutcomeWord, TermWord};
use super::{address, corrupt, order_id, parse, user_id, uuid};

#[derive(Debug, Clone, sqlx::Type, sqlx::FromRow)]
#[sqlx(type_name = "key_row")]
pub(crate) struct KeyRow {
    kind: KeyWord,
    user_id: i64,
    name: String,
    fingerprint: [u8; 32],
    outcome: OutcomeWord,
    order_id: Option<Uuid>,
    needed: Option<i64>,
    available: Option<i64>,
    wanted: Option<i64>,
}

#[derive(Debug, Clone, sqlx::Type, sqlx::FromRow)]
#[sqlx(type_name = "quote_row")]
pub(crate) struct QuoteRow {
    pub(crate) id: Uuid,
    user_id: i64,
    energy: i64,
    term: TermWord,
    price: i64,
    expires_ms: i64,
}

#[derive(Debug, Clone, sqlx::Type, sqlx::FromRow)]
#[sqlx(type_name = "saved_row")]
pub(crate) struct SavedRow {
    pub(crate) user_id: i64,
    pub(crate) address: [u8; 20],
    label: Option<String>,
    saved_ms: i64,
}

/// A key as the schema has it: kind, user, name.
pub(crate) fn key_columns(key: &Key) -> (KeyWord, i64, String) {
    match key {
        Key::Request(user, key) => (KeyWord::Request, user.get(), key.as_str().to_owned()),
        Key::ClientOrder(user, id) => (KeyWord::ClientOrder, user.get(), id.as_str().to_owned()),
        Key::Quote(id) => (KeyWord::Quote, 0, id.to_string()),
    }
}

impl From<&KeyRecord> for KeyRow {
    fn from(record: &KeyRecord) -> Self {
        let (kind, user_id, name) = key_columns(&record.key);
        let mut row = Self {
            kind,
            user_id,
            name,
            fingerprint: record.fingerprint.0,
            outcome: OutcomeWord::Order,
            order_id: None,
            needed: None,
            available: None,
            wanted: None,
        };
        row.outcome = match record.outcome {
            KeyOutcome::Order(id) => {
                row.order_id = Some(uuid(id.as_bytes()));
                OutcomeWord::Order
            }
            KeyOutcome::InsufficientFunds { needed, available } => {
                (row.needed, row.available) = (Some(needed.get()), Some(available.get()));
                OutcomeWord::InsufficientFunds
            }
            KeyOutcome::NoCapacity { wanted } => {
                row.wanted = Some(wanted.get());
                OutcomeWord::NoCapacity
            }
        };
        row
    }
}

impl KeyRow {
    pub(crate) fn record(&self) -> Result<KeyRecord, StoreError> {
        let key = match self.kind {
            KeyWord::Request => Key::Request(user_id(self.user_id)?, parse(&self.name, "key")?),
            KeyWord::ClientOrder => Key::ClientOrder(user_id(self.user_id)?, parse(&self.name, "key")?),
            KeyWord::Quote => Key::Quote(parse(&self.name, "key")?),
        };
        let outcome = match (self.order_id, self.needed, self.available, self.wanted) {
            (Some(id), None, None, None) => KeyOutcome::Order(order_id(id)),
            (None, Some(needed), Some(available), None) => {
                KeyOutcome::InsufficientFunds { needed: Amount::new(needed), available: Amount::new(available) }
            }
            (None, None, None, Some(wanted)) => KeyOutcome::NoCapacity { wanted: Energy::new(wanted) },
            _ => return Err(corrupt(format!("key {:?} of user {}", self.name, self.user_id))),
        };
        Ok(KeyRecord { key, fingerprint: Fingerprint(self.fingerprint), outcome })
    }
}

impl From<&Quote> for QuoteRow {
    fn from(quote: &Quote) -> Self {
        Self {
            id: uuid(quote.id.as_bytes()),
            user_id: quote.user.get(),
            energy: quote.energy.get(),
            term: quote.term.into(),
            price: quote.price.get(),
            expires_ms: quote.expires_at.as_millis(),
        }
    }
}

impl QuoteRow {
    pub(crate) fn quote(&self) -> Result<Quote, StoreError> {
        Ok(Quote {
            id: QuoteId::from_bytes(self.id.into_bytes()),
            user: user_id(self.user_id)?,
            energy: Energy::new(self.energy),
            term: self.term.into(),
            price: Sun::new(self.price),
            expires_at: Timestamp::from_millis(self.expires_ms),
        })
    }
}

impl SavedRow {
    pub(crate) fn new(user: UserId, saved: &SavedAddress) -> Self {
        Self {
            user_id: user.get(),
            address: *saved.address.body(),
            label: saved.label.as_ref().map(ToString::to_string),
            saved_ms: saved.saved_at.as_millis(),
        }
    }

    /// The place of an address in a user's book, whatever stands there.
    pub(crate) const fn place(user: UserId, address: flash_core::address::Address) -> Self {
        Self { user_id: user.get(), address: *address.body(), label: None, saved_ms: 0 }
    }

    pub(crate) fn saved(&self) -> Result<SavedAddress, StoreError> {
        let label = self.label.as_deref().map(|label| parse(label, "label")).transpose()?;
        Ok(SavedAddress { address: address(self.address), label, saved_at: Timestamp::from_millis(self.saved_ms) })
    }
}
