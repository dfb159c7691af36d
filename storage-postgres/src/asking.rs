//! Asking the database: with patience for one answer, and again when a connection breaks.

use std::time::Duration;

use flash_core::store::StoreError;
use sqlx::postgres::{PgPool, PgRow};

use crate::fault::Fault;
use crate::reads::Question;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug, Clone)]
pub(crate) struct Asking {
    pub(crate) pool: PgPool,
    /// How long an answer may take; a database that is gone without a word would else be waited for for ever.
    pub(crate) within: Duration,
    /// How often to ask: a database that restarts closes every connection of the pool, and each shows only when used.
    pub(crate) tries: u32,
}

impl Asking {
    /// Asks, again when the connection breaks: for what may be repeated without harm.
    pub(crate) async fn ask(&self, question: impl Fn() -> Question + Send + Sync) -> Result<Vec<PgRow>, StoreError> {
        let mut tries = 1;
        loop {
            match self.once(question()).await {
                Ok(rows) => return Ok(rows),
                Err(Fault::Gone(_)) if tries < self.tries => {
                    tokio::time::sleep(PAUSE).await;
                    tries = tries.saturating_add(1);
                }
                Err(fault) => return Err(fault.of_read()),
            }
        }
    }

    /// Asks once.
    pub(crate) async fn once(&self, question: Question) -> Result<Vec<PgRow>, Fault> {
        let mut db = self.pool.acquire().await?;
        match tokio::time::timeout(self.within, question.fetch_all(&mut *db)).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => {
                let fault = Fault::from(error);
                if matches!(fault, Fault::Gone(_)) {
                    db.close_on_drop();
                }
                Err(fault)
            }
            Err(_) => {
                db.close_on_drop();
                Err(Fault::silence().before_asking())
            }
        }
    }
}
