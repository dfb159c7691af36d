//! What a batch comes to, as the parameters of the one call that writes it.

use std::sync::Arc;

use flash_core::order::Order;
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::Query;

use crate::rows::{
    AccountMove, AttemptRow, CursorPut, EntryRow, EventRow, KeyRow, LegRow, OrderRow, QuoteRow, SavedRow, SightingRow,
    StakeMove, TransferRow, WakeRow, WalletPut,
};

const COMMIT_BATCH: &str = "SELECT commit_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
                            $17, $18, $19, $20)";

#[derive(Debug, Default)]
pub(crate) struct Writes {
    pub(crate) new_orders: Vec<OrderRow>,
    pub(crate) moved_orders: Vec<OrderRow>,
    pub(crate) new_legs: Vec<LegRow>,
    pub(crate) moved_legs: Vec<LegRow>,
    pub(crate) new_attempts: Vec<AttemptRow>,
    pub(crate) moved_attempts: Vec<AttemptRow>,
    pub(crate) wakes: Vec<WakeRow>,
    pub(crate) sighted: Vec<SightingRow>,
    pub(crate) cursors: Vec<CursorPut>,
    pub(crate) wallet_puts: Vec<WalletPut>,
    pub(crate) stakes: Vec<StakeMove>,
    pub(crate) new_keys: Vec<KeyRow>,
    pub(crate) new_quotes: Vec<QuoteRow>,
    pub(crate) saved: Vec<SavedRow>,
    pub(crate) forgotten: Vec<SavedRow>,
    pub(crate) trust: Option<String>,
    pub(crate) moves: Vec<AccountMove>,
    pub(crate) new_transfers: Vec<TransferRow>,
    pub(crate) new_entries: Vec<EntryRow>,
    pub(crate) new_events: Vec<EventRow>,
    /// The orders as they will stand, to be remembered once they do.
    pub(crate) puts: Vec<Arc<Order>>,
}

impl Writes {
    /// The call, and the orders that stand once it has succeeded.
    pub(crate) fn into_call(self) -> (Query<'static, Postgres, PgArguments>, Vec<Arc<Order>>) {
        let call = sqlx::query(COMMIT_BATCH)
            .bind(some(self.new_orders))
            .bind(some(self.moved_orders))
            .bind(some(self.new_legs))
            .bind(some(self.moved_legs))
            .bind(some(self.new_attempts))
            .bind(some(self.moved_attempts))
            .bind(some(self.wakes))
            .bind(some(self.sighted))
            .bind(some(self.cursors))
            .bind(some(self.wallet_puts))
            .bind(some(self.stakes))
            .bind(some(self.new_keys))
            .bind(some(self.new_quotes))
            .bind(some(self.saved))
            .bind(some(self.forgotten))
            .bind(self.trust)
            .bind(some(self.moves))
            .bind(some(self.new_transfers))
            .bind(some(self.new_entries))
            .bind(some(self.new_events));
        (call, self.puts)
    }
}

/// What there is nothing of is null.
fn some<T>(rows: Vec<T>) -> Option<Vec<T>> {
    (!rows.is_empty()).then_some(rows)
}
