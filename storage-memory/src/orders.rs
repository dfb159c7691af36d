//! Orders, when they are due, who has them, and the transactions signed for them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use flash_core::address::Address;
use flash_core::id::{OrderId, TxId, UserId};
use flash_core::order::Order;
use flash_core::store::{Claim, KnownTx, OrderCursor, OrderQuery, OrdersOf, Refusal, Sighting, Which};
use flash_core::time::Timestamp;

use crate::state::follows;

#[derive(Debug, Clone, Default)]
pub(crate) struct Orders {
    /// Boxed, so that the table moves pointers when it grows.
    records: HashMap<OrderId, Box<Record>>,
    /// Every order that is ever due, by the moment it can next be claimed.
    queue: BTreeSet<(Timestamp, OrderId)>,
    newest: BTreeSet<OrderCursor>,
    by_user: BTreeMap<UserId, BTreeSet<OrderCursor>>,
    by_pair: HashMap<(Address, Address), BTreeSet<OrderCursor>>,
    txs: HashMap<TxId, KnownTx>,
}

#[derive(Debug, Clone)]
struct Record {
    order: Order,
    due: Timestamp,
    leased_until: Timestamp,
    /// The earliest wake since the last claim: whoever has the order may not know of it, so a put does not undo it.
    woken: Timestamp,
}

impl Record {
    /// The moment from which on the order can be claimed.
    fn claimable_at(&self) -> Timestamp {
        self.due.max(self.leased_until)
    }
}

/// How to take a change of an order back.
pub(crate) struct OrderUndo {
    order: OrderId,
    before: Option<Box<Record>>,
    new_txs: Vec<TxId>,
    sighted: Option<TxId>,
}

impl Orders {
    pub(crate) fn get(&self, id: OrderId) -> Option<&Order> {
        self.records.get(&id).map(|record| &record.order)
    }

    pub(crate) fn put(&mut self, order: Order, due: Timestamp) -> Result<OrderUndo, Refusal> {
        let id = order.id;
        follows(self.get(id).map(|stored| stored.version), order.version, "order")?;
        let mut new_txs = Vec::new();
        for tx in order.tx_ids() {
            match self.txs.get(&tx) {
                Some(known) if known.order == id => {}
                Some(_) => return Err(Refusal::Impossible { what: "a transaction belongs to another order" }),
                None => new_txs.push(tx),
            }
        }
        for &tx in &new_txs {
            self.txs.insert(tx, KnownTx { tx, order: id, sighting: None });
        }
        let woken = self.records.get(&id).map_or(Timestamp::MAX, |record| record.woken);
        let record = Record { order, due: due.min(woken), leased_until: Timestamp::from_millis(i64::MIN), woken };
        Ok(OrderUndo { order: id, before: self.replace(id, Some(Box::new(record))), new_txs, sighted: None })
    }

    pub(crate) fn wake(&mut self, id: OrderId, at: Timestamp) -> Option<OrderUndo> {
        let mut record = self.records.get(&id).filter(|record| record.woken > at)?.clone();
        record.woken = at;
        record.due = record.due.min(at);
        let before = self.replace(id, Some(record));
        Some(OrderUndo { order: id, before, new_txs: Vec::new(), sighted: None })
    }

    pub(crate) fn sight(&mut self, sighting: Sighting) -> Result<Option<OrderUndo>, Refusal> {
        let known = self.txs.get_mut(&sighting.tx).ok_or(Refusal::Impossible { what: "an unknown transaction" })?;
        match known.sighting {
            Some(before) if before == sighting => Ok(None),
            Some(_) => Err(Refusal::Impossible { what: "a transaction is in two solid blocks" }),
            None => {
                known.sighting = Some(sighting);
                let (order, sighted) = (known.order, Some(sighting.tx));
                let before = self.records.get(&order).cloned();
                Ok(Some(OrderUndo { order, before, new_txs: Vec::new(), sighted }))
            }
        }
    }

    pub(crate) fn undo(&mut self, undo: OrderUndo) {
        for tx in undo.new_txs {
            self.txs.remove(&tx);
        }
        if let Some(known) = undo.sighted.and_then(|tx| self.txs.get_mut(&tx)) {
            known.sighting = None;
        }
        self.replace(undo.order, undo.before);
    }

    pub(crate) fn claim(&mut self, claim: &Claim) -> Vec<Order> {
        let due = self.queue.range(..=(claim.now, OrderId::from_bytes([u8::MAX; 16])));
        let ids: Vec<OrderId> = due.take(claim.limit).map(|(_, id)| *id).collect();
        let mut claimed = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(mut record) = self.records.get(&id).cloned() else { continue };
            record.order.version = record.order.version.next();
            record.leased_until = claim.now.after(claim.lease);
            record.woken = Timestamp::MAX;
            claimed.push(record.order.clone());
            self.replace(id, Some(record));
        }
        claimed
    }

    pub(crate) fn next_due(&self) -> Timestamp {
        self.queue.first().map_or(Timestamp::MAX, |(at, _)| *at)
    }

    pub(crate) fn list(&self, query: &OrderQuery) -> Vec<Order> {
        let nothing = BTreeSet::new();
        let places = match query.of {
            OrdersOf::Anyone => &self.newest,
            OrdersOf::User(user) => self.by_user.get(&user).unwrap_or(&nothing),
            OrdersOf::Pair { wallet, receiver } => self.by_pair.get(&(wallet, receiver)).unwrap_or(&nothing),
        };
        let before = query.after.map_or(Bound::Unbounded, Bound::Excluded);
        let newest_first = places.range((Bound::Unbounded, before)).rev();
        let orders = newest_first.filter_map(|place| self.get(place.id));
        orders.filter(|order| is_in(order, query.which)).take(query.limit).cloned().collect()
    }

    pub(crate) fn known(&self, txs: &[TxId]) -> Vec<KnownTx> {
        txs.iter().filter_map(|tx| self.txs.get(tx)).copied().collect()
    }

    /// Puts a record and every index entry it implies in the place of the one before, which it gives back.
    fn replace(&mut self, id: OrderId, next: Option<Box<Record>>) -> Option<Box<Record>> {
        let before = self.records.remove(&id);
        if let Some(record) = &before {
            self.queue.remove(&(record.claimable_at(), id));
        }
        if let Some(record) = &next
            && record.due < Timestamp::MAX
        {
            self.queue.insert((record.claimable_at(), id));
        }
        let same_places = match (&before, &next) {
            (Some(before), Some(next)) => pairs(&before.order).eq(pairs(&next.order)),
            _ => false,
        };
        if !same_places {
            if let Some(record) = &before {
                self.unlist(&record.order);
            }
            if let Some(record) = &next {
                self.enlist(&record.order);
            }
        }
        if let Some(record) = next {
            self.records.insert(id, record);
        }
        before
    }

    fn enlist(&mut self, order: &Order) {
        let place = OrderCursor::of(order);
        self.newest.insert(place);
        self.by_user.entry(order.user).or_default().insert(place);
        for pair in pairs(order) {
            self.by_pair.entry(pair).or_default().insert(place);
        }
    }

    fn unlist(&mut self, order: &Order) {
        let place = OrderCursor::of(order);
        self.newest.remove(&place);
        if let Some(places) = self.by_user.get_mut(&order.user) {
            places.remove(&place);
        }
        for pair in pairs(order) {
            if let Some(places) = self.by_pair.get_mut(&pair) {
                places.remove(&place);
            }
        }
    }
}

fn pairs(order: &Order) -> impl Iterator<Item = (Address, Address)> {
    order.legs.iter().map(|leg| (leg.wallet, order.receiver))
}

fn is_in(order: &Order, which: Which) -> bool {
    match which {
        Which::Any => true,
        Which::Open => !order.state.is_closed(),
        Which::Status(status) => order.status() == status,
    }
}
