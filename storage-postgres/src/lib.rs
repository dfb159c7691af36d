//! The durable store of flash, on PostgreSQL 14 or newer, for many workers on many hosts.
//!
//! ```no_run
//! # async fn open() -> Result<(), flash_storage_postgres::OpenError> {
//! use flash_storage_postgres::{Options, PostgresStore};
//!
//! let store = PostgresStore::open("postgres://flash@127.0.0.1/flash", &Options::default()).await?;
//! # let _ = store;
//! # Ok(())
//! # }
//! ```
//!
//! Commits of one process are gathered and written in one call each; any number of processes may share a database.
//!
//! # Group commit
//!
//! A batch is decided in memory by the rules of `flash-core`, on the assumption that every commit takes effect. The
//! function `commit_batch` of the schema checks what was assumed and writes everything, in one round trip and one
//! transaction; no lock is held while anybody thinks. Where an assumption is wrong, nothing is written, the facts are read
//! in one snapshot, and the batch is decided again.

mod asking;
mod committer;
mod draft;
mod facts;
mod fault;
mod gather;
mod lookups;
mod open;
mod options;
mod reads;
mod recent;
mod rows;
#[cfg(feature = "testing")]
pub mod testing;
mod writes;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use flash_core::event::Recorded;
use flash_core::id::{BlockId, Incarnation, OrderId, QuoteId, TransferId, TxId, UserId};
use flash_core::ledger::{Account, Balance, Entry, Transfer};
use flash_core::order::Order;
use flash_core::price::Quote;
use flash_core::store::{
    ChangeSet, Claim, Commit, Cursor, Incarnations, Key, KeyRecord, KnownTx, OrderQuery, PooledWallet, SavedAddress,
    Store, StoreError,
};
use flash_core::time::Timestamp;
use sqlx::postgres::{PgPoolOptions, PgRow};
use tokio::sync::{mpsc, oneshot};

pub use self::open::OpenError;
pub use self::options::Options;
use crate::asking::Asking;
use crate::committer::{Committer, Request, WAITING};
use crate::lookups::Lookup;
use crate::reads::{Question, column, whole};
use crate::recent::Recent;
use crate::rows::{SavedRow, corrupt, order_id, version};

/// How long after the database gave up a statement its silence is taken for a broken connection.
const SILENCE: Duration = Duration::from_secs(5);
/// Tries beyond one for each connection of the pool.
const SPARE_TRIES: u32 = 4;

/// A store in a PostgreSQL database.
pub struct PostgresStore {
    asking: Asking,
    commits: mpsc::Sender<Request>,
    lookups: mpsc::Sender<Lookup>,
    recent: Arc<Recent>,
    takes_writes: Arc<AtomicBool>,
    incarnation: Incarnation,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("incarnation", &self.incarnation).finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Connects, brings the schema up to date, and learns which life of the database this is. Servers that do so at once
    /// take turns. Spawns tasks, so it needs a tokio runtime.
    ///
    /// # Errors
    /// [`OpenError`], which says in one line what to do. The schema is then as it was.
    pub async fn open(url: &str, options: &Options) -> Result<Self, OpenError> {
        let connect = open::connect_options(url, options)?;
        let (incarnation, connect) = open::prepare(connect, options).await?;
        let pool = PgPoolOptions::new()
            .max_connections(options.connections.max(1))
            .acquire_timeout(options.connect_timeout)
            // A round trip for each question; a broken connection shows by itself, and the question is asked again.
            .test_before_acquire(false)
            .connect_lazy_with(connect.clone());
        let within = options.statement_timeout.saturating_add(SILENCE);
        let tries = options.connections.saturating_add(SPARE_TRIES);
        let asking = Asking { pool, within, tries };
        let recent = Arc::<Recent>::default();
        let takes_writes = Arc::new(AtomicBool::new(true));
        let (commits, inbox) = mpsc::channel(WAITING);
        let committer = Committer {
            connect,
            connect_timeout: options.connect_timeout,
            within,
            incarnation: incarnation.clone(),
            recent: Arc::clone(&recent),
            takes_writes: Arc::clone(&takes_writes),
            db: None,
        };
        tokio::spawn(committer.run(inbox));
        let (lookups, inbox) = mpsc::channel(WAITING);
        tokio::spawn(lookups::run(asking.clone(), inbox));
        Ok(Self { asking, commits, lookups, recent, takes_writes, incarnation })
    }

    /// Whether the last commit that was tried could be written. A database that is full or has become read-only can be
    /// read and is of no use.
    #[must_use]
    pub fn takes_writes(&self) -> bool {
        self.takes_writes.load(Ordering::Relaxed)
    }

    /// Remembers which chain the books belong to, by the id of its genesis block; the first one counts.
    ///
    /// # Errors
    /// [`OpenError::OtherChain`] when they belong to another.
    pub async fn belongs_to(&self, genesis: BlockId) -> Result<(), OpenError> {
        let remember = "UPDATE realm SET genesis = $1 WHERE genesis IS NULL";
        sqlx::query(remember).bind(*genesis.as_bytes()).execute(&self.asking.pool).await?;
        let remembered: [u8; 32] = sqlx::query_scalar("SELECT genesis FROM realm").fetch_one(&self.asking.pool).await?;
        let remembered = BlockId::from_bytes(remembered);
        if remembered == genesis { Ok(()) } else { Err(OpenError::OtherChain { remembered, given: genesis }) }
    }

    /// Closes the connections once what is under way is done.
    pub async fn close(&self) {
        self.asking.pool.close().await;
    }

    async fn ask_one<T>(
        &self,
        question: impl Fn() -> Question + Send + Sync,
        read: impl Fn(&PgRow) -> Result<T, StoreError> + Send + Sync,
    ) -> Result<Option<T>, StoreError> {
        self.asking.ask(question).await?.first().map(read).transpose()
    }

    async fn ask_all<T>(
        &self,
        question: impl Fn() -> Question + Send + Sync,
        read: impl Fn(&PgRow) -> Result<T, StoreError> + Send + Sync,
    ) -> Result<Vec<T>, StoreError> {
        self.asking.ask(question).await?.iter().map(read).collect()
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".into())
}

/// The same error for another caller.
fn repeated(error: &StoreError) -> StoreError {
    match error {
        StoreError::Unknown(cause) => StoreError::Unknown(cause.to_string().into()),
        StoreError::Unavailable(cause) => StoreError::Unavailable(cause.to_string().into()),
        StoreError::Corrupt { what } => StoreError::Corrupt { what: what.clone() },
        other => StoreError::Unavailable(other.to_string().into()),
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn commit(&self, set: ChangeSet) -> Result<Commit, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.commits.send(Request { set, reply }).await.map_err(|_| closed())?;
        answer.await.map_err(|gone| StoreError::Unknown(Box::new(gone)))?
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Order>, StoreError> {
        // Not asked again when the answer is lost: what it leased comes back when the lease ends.
        let rows = self.asking.once(reads::claim(claim)).await.map_err(|fault| fault.of_read())?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let mut claimed = HashMap::with_capacity(rows.len());
        for row in &rows {
            let due: i64 = column(row, "was_due_ms")?;
            claimed.insert(order_id(column(row, "id")?), (due, version(column(row, "version")?)?));
        }
        let mut orders = self.ask_all(|| reads::orders_by_id(claimed.keys().copied()), reads::read_order).await?;
        // One that somebody else has already taken over is theirs.
        orders.retain(|order| claimed.get(&order.id).is_some_and(|(_, version)| *version == order.version));
        orders.sort_unstable_by_key(|order| (claimed.get(&order.id).map(|(due, _)| *due), order.id));
        orders.iter().for_each(|order| self.recent.saw(Arc::new(order.clone())));
        Ok(orders)
    }

    async fn next_due(&self) -> Result<Timestamp, StoreError> {
        let due = |row: &PgRow| column(row, "claimable_ms").map(Timestamp::from_millis);
        Ok(self.ask_one(reads::next_due, due).await?.unwrap_or(Timestamp::MAX))
    }

    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        let order = self.ask_one(|| reads::orders_by_id([id]), reads::read_order).await?;
        order.iter().for_each(|order| self.recent.saw(Arc::new(order.clone())));
        Ok(order)
    }

    async fn orders(&self, query: &OrderQuery) -> Result<Vec<Order>, StoreError> {
        self.ask_all(|| reads::orders(query), reads::read_order).await
    }

    async fn known(&self, txs: &[TxId]) -> Result<Vec<KnownTx>, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.lookups.send(Lookup { txs: txs.to_vec(), reply }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    async fn cursor(&self) -> Result<Option<Cursor>, StoreError> {
        self.ask_one(reads::cursor, reads::read_cursor).await
    }

    async fn wallets(&self) -> Result<Vec<PooledWallet>, StoreError> {
        self.ask_all(reads::wallets, reads::read_wallet).await
    }

    async fn key(&self, key: &Key) -> Result<Option<KeyRecord>, StoreError> {
        self.ask_one(|| reads::keys([key]), reads::read_key).await
    }

    async fn quote(&self, id: QuoteId) -> Result<Option<Quote>, StoreError> {
        self.ask_one(|| reads::quotes([id]), reads::read_quote).await
    }

    async fn addresses(&self, user: UserId) -> Result<Vec<SavedAddress>, StoreError> {
        self.ask_all(|| reads::addresses(user), |row| whole::<SavedRow>(row)?.saved()).await
    }

    async fn balance(&self, account: Account) -> Result<Balance, StoreError> {
        let balance = self.ask_one(|| reads::balances([account]), reads::read_balance).await?;
        Ok(balance.map(|(_, balance)| balance).unwrap_or_default())
    }

    async fn accounts(&self, after: Option<Account>, limit: usize) -> Result<Vec<(Account, Balance)>, StoreError> {
        self.ask_all(|| reads::accounts(after, limit), reads::read_balance).await
    }

    async fn entries(&self, account: Account, after: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.ask_all(|| reads::entries(account, after, limit), |row| reads::read_entry(account, row)).await
    }

    async fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, StoreError> {
        self.ask_one(|| reads::transfer(id), reads::read_transfer).await
    }

    async fn transfers(&self, after: u64, limit: usize) -> Result<Vec<Transfer>, StoreError> {
        self.ask_all(|| reads::transfers(after, limit), reads::read_transfer).await
    }

    async fn events(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.ask_all(|| reads::events(after, limit), reads::read_event).await
    }

    async fn incarnations(&self) -> Result<Incarnations, StoreError> {
        let question = || sqlx::query("SELECT trusted FROM realm");
        let trusted = self.ask_one(question, |row| column::<Option<String>>(row, "trusted")).await?.flatten();
        let parse = |text: String| text.parse().map_err(|_| corrupt(format!("incarnation {text:?}")));
        Ok(Incarnations { current: self.incarnation.clone(), trusted: trusted.map(parse).transpose()? })
    }
}
