//! Deciding a batch, one commit after another, by the rules of the core. Nothing here asks the database.

mod layered;
mod money;
mod orders;
mod stake;

use flash_core::address::Address;
use flash_core::id::{Incarnation, OrderId, QuoteId, TxId, UserId};
use flash_core::order::Version;
use flash_core::price::Quote;
use flash_core::store::{Change, ChangeSet, Cursor, Key, KeyRecord, KnownTx, Refusal, Sighting};
use flash_core::time::Timestamp;

use self::layered::Layered;
use self::money::Money;
use self::orders::Orders;
use self::stake::Stake;
use crate::facts::Facts;
use crate::rows::{
    CursorPut, CursorRow, EventRow, KeyRow, QuoteRow, SavedRow, SightingRow, WakeRow, uuid, version_number,
};
use crate::writes::Writes;

/// Why a commit is not part of a batch.
#[derive(Debug)]
pub(crate) enum Doubt {
    /// It cannot take effect on these facts.
    Refused(Refusal),
    /// The facts do not tell.
    Unsure,
}

impl From<Refusal> for Doubt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The commits decided so far and what they come to. A commit that is refused leaves nothing.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    facts: Facts<'a>,
    incarnation: &'a Incarnation,
    orders: Orders,
    stake: Stake,
    money: Money,
    wakes: Layered<OrderId, Timestamp>,
    sightings: Layered<TxId, Sighting>,
    cursor: Layered<(), CursorDraft>,
    keys: Layered<Key, KeyRecord>,
    quotes: Layered<QuoteId, Quote>,
    saved: Layered<(UserId, Address), Option<SavedRow>>,
    trust: Layered<(), Incarnation>,
    events: Vec<EventRow>,
}

#[derive(Debug, Clone, Copy)]
struct CursorDraft {
    put: Cursor,
    follows: i64,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(facts: Facts<'a>, incarnation: &'a Incarnation) -> Self {
        Self {
            facts,
            incarnation,
            orders: Orders::default(),
            stake: Stake::default(),
            money: Money::default(),
            wakes: Layered::default(),
            sightings: Layered::default(),
            cursor: Layered::default(),
            keys: Layered::default(),
            quotes: Layered::default(),
            saved: Layered::default(),
            trust: Layered::default(),
            events: Vec::new(),
        }
    }

    /// Adds a commit whole, or leaves no trace of it.
    pub(crate) fn add(&mut self, set: &ChangeSet) -> Result<(), Doubt> {
        let events = self.events.len();
        let decided = set.changes.iter().try_for_each(|change| self.apply(change, set.at));
        match &decided {
            Ok(()) => self.keep(),
            Err(_) => {
                self.drop_last();
                self.events.truncate(events);
            }
        }
        decided
    }

    fn keep(&mut self) {
        self.orders.keep();
        self.stake.keep();
        self.money.keep();
        self.wakes.keep();
        self.sightings.keep();
        self.cursor.keep();
        self.keys.keep();
        self.quotes.keep();
        self.saved.keep();
        self.trust.keep();
    }

    fn drop_last(&mut self) {
        self.orders.drop_last();
        self.stake.drop_last();
        self.money.drop_last();
        self.wakes.drop_last();
        self.sightings.drop_last();
        self.cursor.drop_last();
        self.keys.drop_last();
        self.quotes.drop_last();
        self.saved.drop_last();
        self.trust.drop_last();
    }

    fn apply(&mut self, change: &Change, at: Timestamp) -> Result<(), Doubt> {
        match change {
            Change::Order { order, due } => self.orders.put(&self.facts, order, *due)?,
            Change::Wake { order, at } => {
                let earliest = self.wakes.get(order).map_or(*at, |before| (*before).min(*at));
                self.wakes.put(*order, earliest);
            }
            Change::Wallet(wallet) => self.stake.put_wallet(&self.facts, wallet)?,
            Change::Reserve { wallet, stake } => self.stake.reserve(&self.facts, *wallet, *stake)?,
            Change::Free { wallet, stake } => self.stake.free(&self.facts, *wallet, *stake)?,
            Change::Cursor(cursor) => self.put_cursor(cursor)?,
            Change::Sighting(sighting) => self.sight(sighting)?,
            Change::Transfer(transfer) => self.money.apply(&self.facts, transfer)?,
            Change::Key(record) => self.take_key(record)?,
            Change::Quote(quote) => self.keep_quote(quote)?,
            Change::SaveAddress { user, saved } => {
                self.saved.put((*user, saved.address), Some(SavedRow::new(*user, saved)));
            }
            Change::ForgetAddress { user, address } => self.saved.put((*user, *address), None),
            Change::Trust(incarnation) if incarnation == self.incarnation => {
                self.trust.put((), incarnation.clone());
            }
            Change::Trust(_) => return Err(Refusal::Conflict { what: "incarnation" }.into()),
            Change::Event(event) => {
                let event = serde_json::to_string(event).map_err(|_| impossible("an event that is no JSON"))?;
                self.events.push(EventRow { at_ms: at.as_millis(), event });
            }
        }
        Ok(())
    }

    fn put_cursor(&mut self, cursor: &Cursor) -> Result<(), Doubt> {
        let drafted = self.cursor.get(&()).copied();
        let stored = drafted.map_or_else(|| self.facts.cursor_version(cursor), |draft| Some(draft.put.version));
        follows(stored, cursor.version, "cursor")?;
        let follows = drafted.map_or_else(|| stored.map_or(0, version_number), |draft| draft.follows);
        self.cursor.put((), CursorDraft { put: *cursor, follows });
        Ok(())
    }

    fn sight(&mut self, sighting: &Sighting) -> Result<(), Doubt> {
        let known = self.facts.tx(sighting.tx);
        if self.facts.is_read() && known.is_none() && !self.orders.signed(sighting.tx) {
            return Err(impossible("an unknown transaction").into());
        }
        let before = self.sightings.get(&sighting.tx).copied().or_else(|| known.and_then(|known| known.sighting));
        match before {
            Some(before) if before != *sighting => Err(impossible("a transaction is in two solid blocks").into()),
            _ => {
                self.sightings.put(sighting.tx, *sighting);
                Ok(())
            }
        }
    }

    fn take_key(&mut self, record: &KeyRecord) -> Result<(), Doubt> {
        if let Some(existing) = self.keys.get(&record.key).or_else(|| self.facts.key(&record.key)) {
            return Err(Refusal::Taken { existing: Box::new(existing.clone()) }.into());
        }
        self.keys.put(record.key.clone(), record.clone());
        Ok(())
    }

    fn keep_quote(&mut self, quote: &Quote) -> Result<(), Doubt> {
        match self.quotes.get(&quote.id).or_else(|| self.facts.quote(quote.id)) {
            Some(existing) if existing != quote => Err(Refusal::Conflict { what: "quote" }.into()),
            _ => {
                self.quotes.put(quote.id, *quote);
                Ok(())
            }
        }
    }

    /// What is to be written, in the order in which locks are taken.
    pub(crate) fn into_writes(self) -> Writes {
        let mut writes = Writes::default();
        self.orders.write(&mut writes);
        self.stake.write(&mut writes);
        self.money.write(&mut writes);
        let wake = |(id, at): (OrderId, Timestamp)| WakeRow { order_id: uuid(id.as_bytes()), at_ms: at.as_millis() };
        writes.wakes = self.wakes.into_sorted().into_iter().map(wake).collect();
        writes.sighted = self.sightings.into_sorted().iter().map(|(_, sighting)| SightingRow::from(sighting)).collect();
        let cursor =
            |(_, draft): &((), CursorDraft)| CursorPut { content: CursorRow::from(&draft.put), follows: draft.follows };
        writes.cursors = self.cursor.into_sorted().iter().map(cursor).collect();
        writes.new_keys = self.keys.into_sorted().iter().map(|(_, record)| KeyRow::from(record)).collect();
        writes.new_quotes = self.quotes.into_sorted_by_key(|id| *id.as_bytes()).iter().map(QuoteRow::from).collect();
        for ((user, address), saved) in self.saved.into_sorted() {
            match saved {
                Some(row) => writes.saved.push(row),
                None => writes.forgotten.push(SavedRow::place(user, address)),
            }
        }
        writes.trust = self.trust.into_sorted().pop().map(|((), incarnation)| incarnation.as_str().to_owned());
        writes.new_events = self.events;
        writes
    }
}

fn impossible(what: &'static str) -> Refusal {
    Refusal::Impossible { what }
}

/// Whether a version follows the one that is stored.
fn follows(stored: Option<Version>, put: Version, what: &'static str) -> Result<(), Refusal> {
    let expected = stored.map_or(Version::FIRST, Version::next);
    if put == expected { Ok(()) } else { Err(Refusal::Conflict { what }) }
}

/// Whether what is known of a transaction allows an order to have it.
fn belongs(known: Option<&KnownTx>, order: OrderId) -> Result<(), Refusal> {
    match known {
        Some(known) if known.order != order => Err(impossible("a transaction belongs to another order")),
        _ => Ok(()),
    }
}
