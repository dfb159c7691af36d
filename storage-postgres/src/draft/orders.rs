//! What a batch does to orders: each put is written as what it changes.

use std::collections::HashMap;
use std::sync::Arc;

use flash_core::id::{OrderId, TxId};
use flash_core::order::Order;
use flash_core::store::KnownTx;
use flash_core::time::Timestamp;

use super::layered::Layered;
use super::{Doubt, belongs, follows, impossible};
use crate::facts::{Facts, Prior};
use crate::rows::{AttemptRow, FateWord, LegRow, OrderRow, attempt_rows, leg_rows, version_number};
use crate::writes::Writes;

#[derive(Debug, Default)]
pub(super) struct Orders {
    orders: Layered<OrderId, Moving>,
    txs: Layered<TxId, KnownTx>,
}

/// An order on its way through the batch.
#[derive(Debug, Clone)]
struct Moving {
    /// As it is stored, if it is.
    stored: Option<Arc<Order>>,
    now: Arc<Order>,
    due: Timestamp,
    /// Transactions of it that are known although what is stored does not speak of them.
    known: Vec<TxId>,
    /// Transactions that an earlier put of the batch spoke of.
    passing: Vec<AttemptRow>,
}

impl Orders {
    pub(super) fn put(&mut self, facts: &Facts<'_>, order: &Order, due: Timestamp) -> Result<(), Doubt> {
        let drafted = self.orders.get(&order.id).cloned();
        let (stored, before, mut passing) = match drafted {
            Some(moving) => {
                let passing = attempt_rows(&moving.now).into_iter().chain(moving.passing).collect();
                (moving.stored, Some(moving.now), passing)
            }
            None => match facts.order(order.id, order.version) {
                Prior::Known(stored) => (stored.clone(), stored, Vec::new()),
                Prior::Unknown => return Err(Doubt::Unsure),
            },
        };
        follows(before.as_ref().map(|before| before.version), order.version, "order")?;
        if before.is_some_and(|before| before.legs.len() > order.legs.len()) {
            return Err(impossible("an order never loses a leg").into());
        }
        let mut known = Vec::new();
        for tx in order.tx_ids() {
            belongs(self.txs.get(&tx), order.id)?;
            belongs(facts.tx(tx), order.id)?;
            if facts.tx(tx).is_some() {
                known.push(tx);
            }
            self.txs.put(tx, KnownTx { tx, order: order.id, sighting: None });
        }
        passing.retain(|row: &AttemptRow| order.tx_ids().all(|tx| tx.as_bytes() != &row.tx));
        let now = Arc::new(order.clone());
        self.orders.put(order.id, Moving { stored, now, due, known, passing });
        Ok(())
    }

    /// Whether the batch puts an order with this transaction.
    pub(super) fn signed(&self, tx: TxId) -> bool {
        self.txs.get(&tx).is_some()
    }

    pub(super) fn keep(&mut self) {
        self.orders.keep();
        self.txs.keep();
    }

    pub(super) fn drop_last(&mut self) {
        self.orders.drop_last();
        self.txs.drop_last();
    }

    pub(super) fn write(self, writes: &mut Writes) {
        for moving in self.orders.into_sorted_by_key(|id| *id.as_bytes()) {
            moving.write(writes);
        }
        writes.new_attempts.sort_unstable_by_key(|row| row.tx);
        // The dead before the living, whose place they leave.
        writes.moved_attempts.sort_unstable_by_key(|row| (row.fate != FateWord::Dead, row.tx));
    }
}

impl Moving {
    fn write(self, writes: &mut Writes) {
        let Self { stored, now, due, known, passing } = self;
        let follows = stored.as_ref().map_or(0, |stored| version_number(stored.version));
        let put = OrderRow::put(&now, due, follows);
        if follows == 0 {
            writes.new_orders.push(put)
        } else {
            writes.moved_orders.push(put)
        }

        let stored_legs: Vec<LegRow> = stored.as_deref().into_iter().flat_map(leg_rows).collect();
        for leg in leg_rows(&now) {
            match stored_legs.iter().find(|stored| stored.no == leg.no) {
                None => writes.new_legs.push(leg),
                Some(stored) if *stored != leg => writes.moved_legs.push(leg),
                Some(_) => {}
            }
        }

        let before = stored.as_deref().into_iter().flat_map(attempt_rows).map(|row| (row.tx, row));
        let mut before: HashMap<[u8; 32], AttemptRow> = before.collect();
        for row in attempt_rows(&now) {
            match before.remove(&row.tx) {
                Some(stored) if stored == row => {}
                Some(_) => writes.moved_attempts.push(row),
                None if known.iter().any(|tx| *tx.as_bytes() == row.tx) => writes.moved_attempts.push(row),
                None => writes.new_attempts.push(row),
            }
        }
        for row in passing {
            if !before.contains_key(&row.tx) {
                writes.new_attempts.push(row.forgotten());
            }
        }
        writes.moved_attempts.extend(before.into_values().map(AttemptRow::forgotten));
        writes.puts.push(now);
    }
}
