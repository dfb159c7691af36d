//! Placing, quoting and cancelling orders.

use crate::address::Address;
use crate::chain::Account;
use crate::error::{Error, ReceiverFault, Reused};
use crate::event::Event;
use crate::flash::{Flash, RETRIES};
use crate::id::{ClientOrderId, IdempotencyKey, OrderId, QuoteId, UserId, digest};
use crate::ledger::LedgerRefusal;
use crate::order::{Leg, LegState, Order, OrderEvent, OrderState, Version};
use crate::pool::Share;
use crate::price::{Price, Quote, Term, stake_for};
use crate::store::{Change, ChangeSet, Commit, Fingerprint, Key, KeyOutcome, KeyRecord, Refusal, StoreError};
use crate::time::Timestamp;
use crate::units::{Energy, Sun};

/// A wish for Energy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// The caller's id for it. Placing the same id again is the same order.
    pub id: OrderId,
    /// Who pays.
    pub user: UserId,
    /// Who gets the Energy.
    pub receiver: Address,
    /// How much.
    pub energy: Energy,
    /// For how long.
    pub term: Term,
    /// The caller's own number for it, if any; one order of the user each.
    pub client_order_id: Option<ClientOrderId>,
    /// The key of this request, if any; the same key and wish is the same request, whatever the id.
    pub key: Option<IdempotencyKey>,
    /// Up to what price to place it, if the price matters.
    pub max_price: Option<Sun>,
    /// A quote whose price to use.
    pub quote: Option<QuoteId>,
}

/// A wish for a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewQuote {
    /// The caller's id for it.
    pub id: QuoteId,
    /// For whom.
    pub user: UserId,
    /// How much Energy.
    pub energy: Energy,
    /// For how long.
    pub term: Term,
}

/// A placed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// It is new: its price is held, its stake reserved.
    New(Order),
    /// It was placed before, by the same request; as it stands now.
    Replayed(Order),
}

impl Placed {
    /// The order.
    #[must_use]
    pub fn into_order(self) -> Order {
        match self {
            Self::New(order) | Self::Replayed(order) => order,
        }
    }
}

impl NewOrder {
    /// A wish with nothing beyond what it takes.
    #[must_use]
    pub const fn new(id: OrderId, user: UserId, receiver: Address, energy: Energy, term: Term) -> Self {
        let (client_order_id, key, max_price, quote) = (None, None, None, None);
        Self { id, user, receiver, energy, term, client_order_id, key, max_price, quote }
    }

    fn fingerprint(&self) -> Fingerprint {
        let id = self.client_order_id.as_ref().map_or("", ClientOrderId::as_str);
        let number = |n: Option<Sun>| n.map_or(i64::MIN, Sun::get).to_be_bytes();
        Fingerprint(digest(
            "order",
            &[
                &self.user.get().to_be_bytes(),
                self.receiver.body(),
                &self.energy.get().to_be_bytes(),
                self.term.as_str().as_bytes(),
                id.as_bytes(),
                &number(self.max_price),
                self.quote.as_ref().map_or(&[], |quote| quote.as_bytes().as_slice()),
            ],
        ))
    }

    /// The keys that the order takes, and what a repeat under each is called.
    fn keys(&self) -> impl Iterator<Item = (Key, Reused)> {
        let request = self.key.clone().map(|key| (Key::Request(self.user, key), Reused::IdempotencyKey));
        let client = self.client_order_id.clone();
        let client = client.map(|id| (Key::ClientOrder(self.user, id), Reused::ClientOrderId));
        let quote = self.quote.map(|quote| (Key::Quote(quote), Reused::Quote));
        request.into_iter().chain(client).chain(quote)
    }
}

impl Flash {
    /// Places an order: holds its price, reserves its stake. Repeating the same wish under the same id, key or client
    /// order id gives the same order and holds nothing twice.
    ///
    /// # Errors
    /// Any [`Error`] of the wish itself ([`ErrorKind::Invalid`](crate::error::ErrorKind)), [`Error::IdReused`],
    /// [`Error::InsufficientFunds`], [`Error::NoCapacity`], [`Error::PriceMoved`], [`Error::QuoteExpired`]. After
    /// [`StoreError::Unknown`] the order may exist: place it again with the same id.
    pub async fn place(&self, new: NewOrder) -> Result<Placed, Error> {
        let (price, stake) = match self.check(&new).await {
            Ok(checked) => checked,
            Err(error) => return self.replay_or(&new, error).await,
        };
        for _ in 0..RETRIES {
            let Some(shares) = self.pick(stake).await? else {
                let outcome = KeyOutcome::NoCapacity { wanted: new.energy };
                return match self.answered_before(&new).await? {
                    Some(answer) => answer.map(Placed::Replayed),
                    None => self.refuse(&new, outcome).await.map(Placed::Replayed),
                };
            };
            let order = self.draft(&new, price, &shares);
            match self.store().commit(self.placement(&new, &order)).await {
                Ok(Commit::Done) => {
                    self.ring();
                    return Ok(Placed::New(order));
                }
                Ok(Commit::Refused(refusal)) => {
                    self.give_back(&shares);
                    // Keys and order come first in the commit: what is refused for its money or stake is no repeat.
                    match refusal {
                        // Another host lent the stake that our view of the pool still shows.
                        Refusal::Exhausted { .. } => {
                            self.reload_pool().await?;
                        }
                        Refusal::Ledger(LedgerRefusal::Overdrawn { needed, available, .. }) => {
                            let outcome = KeyOutcome::InsufficientFunds { needed, available };
                            return self.refuse(&new, outcome).await.map(Placed::Replayed);
                        }
                        Refusal::Ledger(LedgerRefusal::Overflow) => {
                            return Err(Error::Overflow(crate::units::Overflow));
                        }
                        Refusal::Taken { .. } | Refusal::Conflict { .. } | Refusal::Ledger(_) => {
                            return self.replay_or(&new, Error::Contended).await;
                        }
                        Refusal::Impossible { what } => return Err(StoreError::Corrupt { what: what.into() }.into()),
                    }
                }
                Err(error) => {
                    self.give_back(&shares);
                    return Err(error.into());
                }
            }
        }
        Err(Error::Contended)
    }

    /// What the wish costs and how much stake it takes.
    async fn check(&self, new: &NewOrder) -> Result<(Sun, Sun), Error> {
        self.check_amount(new.energy)?;
        self.check_receiver(new.receiver).await?;
        let price = self.price_for(new).await?;
        let rate = self.chain().rate().await?;
        Ok((price, stake_for(new.energy, &rate, self.config().stake_margin_bps)?))
    }

    /// A repeat hears the first answer, also when it would be refused as things stand now. Only what was not asked
    /// before hears the error; so a new order costs no look for an old one.
    async fn replay_or(&self, new: &NewOrder, error: Error) -> Result<Placed, Error> {
        match self.answered_before(new).await? {
            Some(answer) => answer.map(Placed::Replayed),
            None => Err(error),
        }
    }

    /// How the same request was answered before, if it was.
    async fn answered_before(&self, new: &NewOrder) -> Result<Option<Result<Order, Error>>, Error> {
        for (key, what) in new.keys() {
            let Some(record) = self.store().key(&key).await? else { continue };
            if record.fingerprint != new.fingerprint() {
                return Ok(Some(Err(Error::IdReused { what })));
            }
            return Ok(Some(match record.outcome {
                KeyOutcome::Order(id) => self.order(id).await,
                KeyOutcome::InsufficientFunds { needed, available } => {
                    Err(Error::InsufficientFunds { needed, available })
                }
                KeyOutcome::NoCapacity { wanted } => Err(Error::NoCapacity { wanted }),
            }));
        }
        let Some(order) = self.store().order(new.id).await? else { return Ok(None) };
        let same = order.repeats(&self.draft(new, order.price, &[]));
        Ok(Some(if same { Ok(order) } else { Err(Error::IdReused { what: Reused::OrderId }) }))
    }

    /// Remembers a refusal by state under the request's key, so that a retry hears the same. The caller's own number
    /// and the quote stay free: they name orders, and there is none. An order only when the same request has placed one
    /// in the meantime.
    async fn refuse(&self, new: &NewOrder, outcome: KeyOutcome) -> Result<Order, Error> {
        if let Some(key) = &new.key {
            let key = Key::Request(new.user, key.clone());
            let record = KeyRecord { key, fingerprint: new.fingerprint(), outcome };
            let set = ChangeSet { at: self.now(), changes: vec![Change::Key(record)] };
            if let Commit::Refused(_) = self.store().commit(set).await? {
                // The same request was answered in the meantime; that answer stands.
                return self.answered_before(new).await?.unwrap_or(Err(Error::Contended));
            }
        }
        Err(match outcome {
            KeyOutcome::NoCapacity { wanted } => Error::NoCapacity { wanted },
            KeyOutcome::InsufficientFunds { needed, available } => Error::InsufficientFunds { needed, available },
            KeyOutcome::Order(id) => Error::UnknownOrder(id),
        })
    }

    fn check_amount(&self, energy: Energy) -> Result<(), Error> {
        let (smallest, largest) = (self.config().smallest_order, self.config().largest_order);
        if (smallest..=largest).contains(&energy) { Ok(()) } else { Err(Error::EnergyOutOfRange { smallest, largest }) }
    }

    async fn check_receiver(&self, receiver: Address) -> Result<(), Error> {
        let fault = if self.is_supplier(&receiver).await? {
            ReceiverFault::Supplier
        } else {
            match self.account(receiver).await? {
                Account::Normal(_) => return Ok(()),
                Account::Missing => ReceiverFault::NotActivated,
                Account::Contract => ReceiverFault::Contract,
            }
        };
        Err(Error::Receiver { receiver, fault })
    }

    async fn price_for(&self, new: &NewOrder) -> Result<Sun, Error> {
        let price = match new.quote {
            Some(id) => {
                let quote = self.store().quote(id).await?.filter(|quote| quote.user == new.user);
                let quote = quote.ok_or(Error::UnknownQuote(id))?;
                if (quote.energy, quote.term) != (new.energy, new.term) {
                    return Err(Error::QuoteMismatch { energy: quote.energy, term: quote.term });
                }
                if self.now() >= quote.expires_at {
                    return Err(Error::QuoteExpired);
                }
                quote.price
            }
            None => self.price(new.energy, new.term)?.total,
        };
        match new.max_price {
            Some(most) if price > most => Err(Error::PriceMoved { price }),
            _ => Ok(price),
        }
    }

    fn draft(&self, new: &NewOrder, price: Sun, shares: &[Share]) -> Order {
        let now = self.now();
        let leg = |share: &Share| Leg {
            wallet: share.wallet,
            stake: share.stake,
            state: LegState::Reserved,
            dead: Vec::new(),
        };
        Order {
            id: new.id,
            user: new.user,
            client_order_id: new.client_order_id.clone(),
            receiver: new.receiver,
            energy: new.energy,
            term: new.term,
            price,
            created_at: now,
            give_up_at: self.shared.clock.now().after(self.config().order_timeout),
            state: OrderState::Pending,
            legs: shares.iter().map(leg).collect(),
            version: Version::FIRST,
        }
    }

    /// All that placing an order changes, in one commit.
    fn placement(&self, new: &NewOrder, order: &Order) -> ChangeSet {
        let mut changes = Vec::with_capacity(order.legs.len().saturating_add(5));
        for (key, _) in new.keys() {
            let outcome = KeyOutcome::Order(order.id);
            changes.push(Change::Key(KeyRecord { key, fingerprint: new.fingerprint(), outcome }));
        }
        changes.push(Change::Order { order: Box::new(order.clone()), due: order.created_at });
        changes.push(Change::Transfer(order.hold()));
        changes.extend(order.legs.iter().map(|leg| Change::Reserve { wallet: leg.wallet, stake: leg.stake }));
        changes.push(Change::Event(Event::OrderPlaced { order: order.id }));
        ChangeSet { at: order.created_at, changes }
    }

    /// What an order would cost now. Holds nothing.
    ///
    /// # Errors
    /// [`Error::EnergyOutOfRange`], [`Error::NoPrice`].
    pub fn price(&self, energy: Energy, term: Term) -> Result<Price, Error> {
        self.check_amount(energy)?;
        let prices = self.prices();
        Ok(Price { rate: prices.rate(energy, term)?, total: prices.price(energy, term)? })
    }

    /// Holds a price open for a customer. Repeating the id gives the same quote.
    ///
    /// # Errors
    /// [`Error::EnergyOutOfRange`], [`Error::NoPrice`], [`Error::IdReused`] when the id is of another quote, [`Error::Store`].
    pub async fn quote(&self, new: NewQuote) -> Result<Quote, Error> {
        let NewQuote { id, user, energy, term } = new;
        let price = self.price(energy, term)?.total;
        let expires_at = self.now().after(self.config().quote_validity);
        let quote = Quote { id, user, energy, term, price, expires_at };
        let existing = match self.store().quote(id).await? {
            Some(existing) => existing,
            None => match self.store().commit(ChangeSet { at: self.now(), changes: vec![Change::Quote(quote)] }).await?
            {
                Commit::Done => return Ok(quote),
                Commit::Refused(_) => self.store().quote(id).await?.ok_or(Error::Contended)?,
            },
        };
        let same = (existing.user, existing.energy, existing.term) == (user, energy, term);
        if same { Ok(existing) } else { Err(Error::IdReused { what: Reused::Quote }) }
    }

    /// Cancels an order nothing has been signed for, and releases its price. Cancelling it again is no error.
    ///
    /// # Errors
    /// [`Error::UnknownOrder`], [`Error::IllegalMove`] when it is under way or has ended otherwise, [`Error::InQuarantine`]
    /// when the store may have forgotten what was signed for it, [`Error::Store`].
    pub async fn cancel(&self, id: OrderId) -> Result<Order, Error> {
        for _ in 0..RETRIES {
            let order = self.order(id).await?;
            if matches!(order.state, OrderState::Cancelled { .. }) {
                return Ok(order);
            }
            if order.state == OrderState::Pending && !self.remembers_all().await? {
                return Err(Error::InQuarantine);
            }
            let shares: Vec<Share> =
                order.legs.iter().map(|leg| Share { wallet: leg.wallet, stake: leg.stake }).collect();
            let at = self.now();
            let moved = order.apply(OrderEvent::Cancelled, at)?;
            let mut changes = vec![Change::Order { order: Box::new(moved.order.clone()), due: Timestamp::MAX }];
            changes.extend(moved.changes);
            if self.store().commit(ChangeSet { at, changes }).await? == Commit::Done {
                self.give_back(&shares);
                return Ok(moved.order);
            }
        }
        Err(Error::Contended)
    }
}
