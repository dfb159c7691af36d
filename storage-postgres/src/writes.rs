//! What a batch comes to, as the parameters of the one call that writes it.

use std::sync::Arc;

use flash_core::order::Order;
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::Query;

use crate::rows::{
    AccountMove, AttemptRow, CursorPut, EntryRow, EventRow, KeyRow, LegRow, OrderPut, QuoteRow, SavedRow, SightingRow,
    StakeMove, TransferRow, WakeRow, WalletPut,
};

const COMMIT_BATCH: &str = "SELECT commit_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
                            $17, $18, $19, $20)";

#[derive(Debug, Default)]
pub(crate) struct Writes {
    pub(crate) new_orders: Vec<OrderPut>,
    pub(crate) moved_orders: Vec<OrderPut>,
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
            .bind(self.new_orders)
            .bind(self.moved_orders)
            .bind(self.new_legs)
            .bind(self.moved_legs)
            .bind(self.new_attempts)
            .bind(self.moved_attempts)
            .bind(self.wakes)
            .bind(self.sighted)
            .bind(self.cursors)
            .bind(self.wallet_puts)
            .bind(self.stakes)
            .bind(self.new_keys)
            .bind(self.new_quotes)
            .bind(self.saved)
            .bind(self.forgotten)
            .bind(self.trust)
            .bind(self.moves)
            .bind(self.new_transfers)
            .bind(self.new_entries)
            .bind(self.new_events);
        (call, self.puts)
    }
}
