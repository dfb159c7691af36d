//! All that is stored, and how a set of changes takes effect: one by one, and back again when one cannot.

use std::collections::{BTreeMap, HashMap};

use flash_core::address::Address;
use flash_core::event::{Event, Recorded};
use flash_core::id::{Incarnation, QuoteId, UserId};
use flash_core::order::Version;
use flash_core::price::Quote;
use flash_core::store::{
    Change, ChangeSet, Commit, Cursor, Incarnations, Key, KeyRecord, PooledWallet, Refusal, SavedAddress, Wallet,
};
use flash_core::time::Timestamp;
use flash_core::units::Sun;

use crate::ledger::{Ledger, TransferUndo};
use crate::orders::{OrderUndo, Orders};

#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) lives: Incarnations,
    pub(crate) orders: Orders,
    pub(crate) ledger: Ledger,
    pub(crate) wallets: BTreeMap<Address, PooledWallet>,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) keys: HashMap<Key, KeyRecord>,
    pub(crate) quotes: HashMap<QuoteId, Quote>,
    pub(crate) addresses: HashMap<UserId, BTreeMap<Address, SavedAddress>>,
    pub(crate) events: Vec<Recorded>,
}

/// How to take one change back.
enum Undo {
    Order(Box<OrderUndo>),
    Transfer(TransferUndo),
    Wallet(Address, Option<PooledWallet>),
    Lent(Address, Sun),
    Cursor(Option<Cursor>),
    Key(Key),
    Quote(QuoteId),
    Address(UserId, Address, Option<SavedAddress>),
    Trust(Option<Incarnation>),
    Event,
    Nothing,
}

impl State {
    pub(crate) fn new(incarnation: Incarnation) -> Self {
        Self {
            lives: Incarnations { current: incarnation, trusted: None },
            orders: Orders::default(),
            ledger: Ledger::default(),
            wallets: BTreeMap::new(),
            cursor: None,
            keys: HashMap::new(),
            quotes: HashMap::new(),
            addresses: HashMap::new(),
            events: Vec::new(),
        }
    }

    pub(crate) fn commit(&mut self, set: ChangeSet) -> Commit {
        let mut undos = Vec::with_capacity(set.changes.len());
        for change in set.changes {
            match self.apply(change, set.at) {
                Ok(undo) => undos.push(undo),
                Err(refusal) => {
                    undos.into_iter().rev().for_each(|undo| self.undo(undo));
                    return Commit::Refused(refusal);
                }
            }
        }
        Commit::Done
    }

    fn apply(&mut self, change: Change, at: Timestamp) -> Result<Undo, Refusal> {
        Ok(match change {
            Change::Order { order, due } => Undo::Order(Box::new(self.orders.put(*order, due)?)),
            Change::Wake { order, at } => {
                self.orders.wake(order, at).map_or(Undo::Nothing, |undo| Undo::Order(Box::new(undo)))
            }
            Change::Sighting(sighting) => {
                self.orders.sight(sighting)?.map_or(Undo::Nothing, |undo| Undo::Order(Box::new(undo)))
            }
            Change::Wallet(wallet) => self.put_wallet(wallet)?,
            Change::Cursor(cursor) => self.put_cursor(cursor)?,
            Change::Transfer(transfer) => Undo::Transfer(self.ledger.apply(transfer)?),
            Change::Reserve { wallet, stake } => self.lend(wallet, |pooled| pooled.reserve(stake), stake)?,
            Change::Free { wallet, stake } => self.lend(wallet, |pooled| pooled.release(stake), stake)?,
            Change::Key(record) => self.take_key(record)?,
            Change::Quote(quote) => self.keep_quote(quote)?,
            Change::SaveAddress { user, saved } => {
                let address = saved.address;
                let before = self.addresses.entry(user).or_default().insert(address, saved);
                Undo::Address(user, address, before)
            }
            Change::ForgetAddress { user, address } => {
                let before = self.addresses.get_mut(&user).and_then(|book| book.remove(&address));
                Undo::Address(user, address, before)
            }
            Change::Trust(incarnation) => self.trust(incarnation)?,
            Change::Event(event) => self.record(event, at),
        })
    }

    fn undo(&mut self, undo: Undo) {
        match undo {
            Undo::Order(undo) => self.orders.undo(*undo),
            Undo::Transfer(undo) => self.ledger.undo(undo),
            Undo::Wallet(address, Some(before)) => {
                self.wallets.insert(address, before);
            }
            Undo::Wallet(address, None) => {
                self.wallets.remove(&address);
            }
            Undo::Lent(address, before) => {
                if let Some(pooled) = self.wallets.get_mut(&address) {
                    pooled.lent = before;
                }
            }
            Undo::Cursor(before) => self.cursor = before,
            Undo::Key(key) => {
                self.keys.remove(&key);
            }
            Undo::Quote(id) => {
                self.quotes.remove(&id);
            }
            Undo::Address(user, address, before) => {
                let book = self.addresses.entry(user).or_default();
                match before {
                    Some(before) => book.insert(address, before),
                    None => book.remove(&address),
                };
            }
            Undo::Trust(before) => self.lives.trusted = before,
            Undo::Event => {
                self.events.pop();
            }
            Undo::Nothing => {}
        }
    }

    fn put_wallet(&mut self, wallet: Wallet) -> Result<Undo, Refusal> {
        let address = wallet.address;
        let before = self.wallets.get(&address);
        follows(before.map(|pooled| pooled.wallet.version), wallet.version, "wallet")?;
        let lent = before.map_or(Sun::ZERO, |pooled| pooled.lent);
        Ok(Undo::Wallet(address, self.wallets.insert(address, PooledWallet { wallet, lent })))
    }

    fn lend(
        &mut self,
        wallet: Address,
        rule: impl FnOnce(&PooledWallet) -> Result<Sun, Refusal>,
        stake: Sun,
    ) -> Result<Undo, Refusal> {
        let unknown = Refusal::Exhausted { wallet, wanted: stake, free: Sun::ZERO };
        let pooled = self.wallets.get_mut(&wallet).ok_or(unknown)?;
        let lent = rule(pooled)?;
        Ok(Undo::Lent(wallet, std::mem::replace(&mut pooled.lent, lent)))
    }

    fn put_cursor(&mut self, cursor: Cursor) -> Result<Undo, Refusal> {
        follows(self.cursor.map(|cursor| cursor.version), cursor.version, "cursor")?;
        Ok(Undo::Cursor(self.cursor.replace(cursor)))
    }

    fn take_key(&mut self, record: KeyRecord) -> Result<Undo, Refusal> {
        if let Some(existing) = self.keys.get(&record.key) {
            return Err(Refusal::Taken { existing: Box::new(existing.clone()) });
        }
        let key = record.key.clone();
        self.keys.insert(key.clone(), record);
        Ok(Undo::Key(key))
    }

    fn keep_quote(&mut self, quote: Quote) -> Result<Undo, Refusal> {
        match self.quotes.get(&quote.id) {
            Some(existing) if *existing == quote => Ok(Undo::Nothing),
            Some(_) => Err(Refusal::Conflict { what: "quote" }),
            None => {
                self.quotes.insert(quote.id, quote);
                Ok(Undo::Quote(quote.id))
            }
        }
    }

    fn trust(&mut self, incarnation: Incarnation) -> Result<Undo, Refusal> {
        if incarnation != self.lives.current {
            return Err(Refusal::Conflict { what: "incarnation" });
        }
        Ok(Undo::Trust(self.lives.trusted.replace(incarnation)))
    }

    fn record(&mut self, event: Event, at: Timestamp) -> Undo {
        let seq = u64::try_from(self.events.len()).unwrap_or(u64::MAX).saturating_add(1);
        self.events.push(Recorded { seq, at, event });
        Undo::Event
    }
}

/// Whether a version follows the one that is stored.
pub(crate) fn follows(stored: Option<Version>, put: Version, what: &'static str) -> Result<(), Refusal> {
    let expected = stored.map_or(Version::FIRST, Version::next);
    if put == expected { Ok(()) } else { Err(Refusal::Conflict { what }) }
}
