//! Every question that the store asks. Each is one statement, so one snapshot, and walks an index.

use std::collections::HashMap;
use std::sync::Arc;

use flash_core::event::{Event, Recorded};
use flash_core::id::{OrderId, TransferId, TxId};
use flash_core::ledger::{Account, Balance, Delta, Entry, Transfer};
use flash_core::order::{Order, Status};
use flash_core::store::{Claim, KnownTx, OrderQuery, OrdersOf, PooledWallet, StoreError, Which};
use flash_core::time::Timestamp;
use flash_core::units::Amount;
use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::{FromRow, PgConnection, Row};
use uuid::Uuid;

use crate::facts::{Needs, Stored};
use crate::fault::Fault;
use crate::rows::{
    AssetWord, CursorRow, KeyRow, KeyWord, QuoteRow, SightingRow, StoredOrder, TransferRow, WalletRow, account,
    corrupt, holder_number, key_columns, limit, order, order_id, pooled, signed, transfer_id, unsigned, uuid,
};

pub(crate) type Question = Query<'static, Postgres, PgArguments>;

/// A column of a row.
pub(crate) fn column<'r, T>(row: &'r PgRow, name: &str) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
{
    row.try_get(name).map_err(|error| corrupt(error.to_string()))
}

/// A whole row.
pub(crate) fn whole<T: for<'r> FromRow<'r, PgRow>>(row: &PgRow) -> Result<T, StoreError> {
    T::from_row(row).map_err(|error| corrupt(error.to_string()))
}

// --- orders ----------------------------------------------------------------------------------------------------------

pub(crate) fn orders_by_id(ids: impl IntoIterator<Item = OrderId>) -> Question {
    let ids: Vec<Uuid> = ids.into_iter().map(|id| uuid(id.as_bytes())).collect();
    sqlx::query("SELECT content, legs, attempts FROM stored_orders WHERE id = ANY ($1)").bind(ids)
}

pub(crate) fn read_order(row: &PgRow) -> Result<Order, StoreError> {
    order(&whole::<StoredOrder>(row)?)
}

/// A page of orders: the newest of each status, and of these the newest.
pub(crate) fn orders(query: &OrderQuery) -> Question {
    let statuses: Vec<String> = statuses(query.which).map(|status| status.as_str().to_owned()).collect();
    let (before_ms, before_id) =
        query.after.map_or((i64::MAX, Uuid::max()), |after| (after.created_at.as_millis(), uuid(after.id.as_bytes())));
    let page = |sql| sqlx::query(sql).bind(statuses).bind(before_ms).bind(before_id).bind(limit(query.limit));
    match query.of {
        OrdersOf::Anyone => page(ORDERS_OF_ANYONE),
        OrdersOf::User(user) => page(ORDERS_OF_USER).bind(user.get()),
        OrdersOf::Pair { wallet, receiver } => {
            let open: &[bool] = if query.which == Which::Open { &[true] } else { &[true, false] };
            page(ORDERS_OF_PAIR).bind(*wallet.body()).bind(*receiver.body()).bind(open)
        }
    }
}

fn statuses(which: Which) -> impl Iterator<Item = Status> {
    Status::ALL.into_iter().filter(move |status| match which {
        Which::Any => true,
        Which::Open => !matches!(status, Status::Expired | Status::Failed | Status::Cancelled),
        Which::Status(wanted) => *status == wanted,
    })
}

const ORDERS_OF_ANYONE: &str = "
    SELECT s.content, s.legs, s.attempts FROM (
        SELECT o.id, o.created_ms FROM unnest($1::text[]::order_status[]) w (status) CROSS JOIN LATERAL (
            SELECT o.id, o.created_ms FROM orders o
            WHERE o.status = w.status AND (o.created_ms, o.id) < ($2, $3)
            ORDER BY o.created_ms DESC, o.id DESC LIMIT $4) o
        ORDER BY o.created_ms DESC, o.id DESC LIMIT $4) page
    JOIN stored_orders s USING (id) ORDER BY page.created_ms DESC, page.id DESC";

const ORDERS_OF_USER: &str = "
    SELECT s.content, s.legs, s.attempts FROM (
        SELECT o.id, o.created_ms FROM unnest($1::text[]::order_status[]) w (status) CROSS JOIN LATERAL (
            SELECT o.id, o.created_ms FROM orders o
            WHERE o.user_id = $5 AND o.status = w.status AND (o.created_ms, o.id) < ($2, $3)
            ORDER BY o.created_ms DESC, o.id DESC LIMIT $4) o
        ORDER BY o.created_ms DESC, o.id DESC LIMIT $4) page
    JOIN stored_orders s USING (id) ORDER BY page.created_ms DESC, page.id DESC";

const ORDERS_OF_PAIR: &str = "
    SELECT s.content, s.legs, s.attempts FROM (
        SELECT DISTINCT o.id, o.created_ms FROM legs l JOIN orders o ON o.id = l.order_id
        WHERE l.wallet = $5 AND l.receiver = $6 AND l.order_open = ANY ($7)
          AND o.status = ANY ($1::text[]::order_status[]) AND (o.created_ms, o.id) < ($2, $3)
        ORDER BY o.created_ms DESC, o.id DESC LIMIT $4) page
    JOIN stored_orders s USING (id) ORDER BY page.created_ms DESC, page.id DESC";

const CLAIM: &str = "
    WITH due AS (
        SELECT o.id, o.claimable_ms FROM orders o WHERE o.due_ms IS NOT NULL AND o.claimable_ms <= $2
        ORDER BY o.claimable_ms, o.id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE orders o SET version = o.version + 1, leased_until_ms = $3, leased_by = $1, woken_ms = NULL
        FROM due WHERE o.id = due.id RETURNING o.id, o.version, due.claimable_ms AS was_due_ms";

/// Leases due orders. Read them afterwards, in a snapshot newer than the locks: a row that another let go of meanwhile is
/// newer than the snapshot that found it, and its legs in that snapshot would not be.
pub(crate) fn claim(claim: &Claim) -> Question {
    sqlx::query(CLAIM)
        .bind(claim.worker.as_str().to_owned())
        .bind(claim.now.as_millis())
        .bind(claim.now.after(claim.lease).as_millis())
        .bind(limit(claim.limit))
}

pub(crate) fn next_due() -> Question {
    sqlx::query("SELECT claimable_ms FROM orders WHERE due_ms IS NOT NULL ORDER BY claimable_ms, id LIMIT 1")
}

pub(crate) fn known(txs: impl IntoIterator<Item = TxId>) -> Question {
    let txs: Vec<[u8; 32]> = txs.into_iter().map(|tx| *tx.as_bytes()).collect();
    sqlx::query(
        "SELECT a.tx, a.order_id, CASE WHEN s.tx IS NULL THEN NULL \
         ELSE ROW (s.tx, s.height, s.block, s.time_ms, s.succeeded)::sighting_row END AS sighting \
         FROM attempts a LEFT JOIN sightings s USING (tx) WHERE a.tx = ANY ($1)",
    )
    .bind(txs)
}

pub(crate) fn read_known(row: &PgRow) -> Result<KnownTx, StoreError> {
    let sighting = column::<Option<SightingRow>>(row, "sighting")?;
    Ok(KnownTx {
        tx: TxId::from_bytes(column(row, "tx")?),
        order: order_id(column(row, "order_id")?),
        sighting: sighting.map(|row| row.sighting()).transpose()?,
    })
}

// --- the pool and the chain ------------------------------------------------------------------------------------------

pub(crate) fn cursor() -> Question {
    sqlx::query("SELECT ROW (height, block, time_ms, version)::cursor_row AS cursor FROM solid_cursor")
}

pub(crate) fn read_cursor(row: &PgRow) -> Result<flash_core::store::Cursor, StoreError> {
    column::<CursorRow>(row, "cursor")?.cursor()
}

pub(crate) fn wallets() -> Question {
    sqlx::query("SELECT wallet, lent FROM stored_wallets ORDER BY address")
}

fn wallets_by_address(of: Vec<[u8; 20]>) -> Question {
    sqlx::query("SELECT wallet, lent FROM stored_wallets WHERE address = ANY ($1)").bind(of)
}

pub(crate) fn read_wallet(row: &PgRow) -> Result<PooledWallet, StoreError> {
    pooled(&column::<WalletRow>(row, "wallet")?, column(row, "lent")?)
}

// --- money -----------------------------------------------------------------------------------------------------------

pub(crate) fn balances(accounts: impl IntoIterator<Item = Account>) -> Question {
    let accounts = accounts.into_iter().map(|a| (holder_number(a.holder), AssetWord::from(a.asset)));
    let (holders, assets): (Vec<i64>, Vec<AssetWord>) = accounts.unzip();
    sqlx::query(
        "SELECT a.holder, a.asset, a.posted, a.held, a.seq FROM unnest($1, $2) w (holder, asset) \
         CROSS JOIN LATERAL (SELECT * FROM accounts a WHERE a.holder = w.holder AND a.asset = w.asset LIMIT 1) a",
    )
    .bind(holders)
    .bind(assets)
}

/// Accounts after one, customers before the house, as the core orders them.
pub(crate) fn accounts(after: Option<Account>, how_many: usize) -> Question {
    let (is_house, holder) = match after.map(|account| holder_number(account.holder)) {
        None => (false, 0),
        Some(house) if house < 0 => (true, house.saturating_neg()),
        Some(user) => (false, user),
    };
    let asset = after.map_or(AssetWord::Trx, |account| account.asset.into());
    sqlx::query(
        "SELECT * FROM ( \
             (SELECT false AS house, holder, asset, posted, held, seq FROM accounts \
              WHERE NOT $1 AND holder > 0 AND (holder, asset) > ($2, $3) ORDER BY holder, asset LIMIT $4) \
             UNION ALL \
             (SELECT true, holder, asset, posted, held, seq FROM accounts \
              WHERE holder < 0 AND (NOT $1 OR (-holder, asset) > ($2, $3)))) a \
         ORDER BY house, abs(holder), asset LIMIT $4",
    )
    .bind(is_house)
    .bind(holder)
    .bind(asset)
    .bind(limit(how_many))
}

pub(crate) fn read_balance(row: &PgRow) -> Result<(Account, Balance), StoreError> {
    let account = account(column(row, "holder")?, column(row, "asset")?)?;
    let (posted, held) = (Amount::new(column(row, "posted")?), Amount::new(column(row, "held")?));
    Ok((account, Balance { posted, held, seq: unsigned(column(row, "seq")?)? }))
}

pub(crate) fn entries(account: Account, after: u64, how_many: usize) -> Question {
    sqlx::query(
        "SELECT e.seq, e.posted, e.held, e.posted_after, e.held_after, t.* \
         FROM entries e JOIN (SELECT seq AS place, id, kind, debit, credit, asset, amount, resolves, why, order_id, \
                              note, at_ms FROM transfers) t ON t.place = e.transfer \
         WHERE e.holder = $1 AND e.asset = $2 AND e.seq > $3 ORDER BY e.seq LIMIT $4",
    )
    .bind(holder_number(account.holder))
    .bind(AssetWord::from(account.asset))
    .bind(signed(after))
    .bind(limit(how_many))
}

pub(crate) fn read_entry(account: Account, row: &PgRow) -> Result<Entry, StoreError> {
    let amount = |name| Ok::<_, StoreError>(Amount::new(column(row, name)?));
    let delta = Delta { posted: amount("posted")?, held: amount("held")? };
    let seq = unsigned(column(row, "seq")?)?;
    let after = Balance { posted: amount("posted_after")?, held: amount("held_after")?, seq };
    Ok(Entry { account, transfer: read_transfer(row)?, delta, after })
}

pub(crate) fn transfer(id: TransferId) -> Question {
    transfers_by_id([id])
}

fn transfers_by_id(ids: impl IntoIterator<Item = TransferId>) -> Question {
    let ids: Vec<Uuid> = ids.into_iter().map(|id| uuid(id.as_bytes())).collect();
    sqlx::query(
        "SELECT t.*, EXISTS (SELECT FROM transfers r WHERE r.resolves = t.id) AS resolved \
         FROM transfers t WHERE t.id = ANY ($1)",
    )
    .bind(ids)
}

pub(crate) fn transfers(after: u64, how_many: usize) -> Question {
    sqlx::query("SELECT * FROM transfers WHERE seq > $1 ORDER BY seq LIMIT $2")
        .bind(signed(after))
        .bind(limit(how_many))
}

pub(crate) fn read_transfer(row: &PgRow) -> Result<Transfer, StoreError> {
    whole::<TransferRow>(row)?.transfer()
}

// --- keys, quotes, address books, events -----------------------------------------------------------------------------

pub(crate) fn keys<'a>(keys: impl IntoIterator<Item = &'a flash_core::store::Key>) -> Question {
    let (mut kinds, mut users, mut names) = (Vec::<KeyWord>::new(), Vec::new(), Vec::new());
    for (kind, user, name) in keys.into_iter().map(key_columns) {
        kinds.push(kind);
        users.push(user);
        names.push(name);
    }
    sqlx::query(
        "SELECT k.* FROM unnest($1, $2, $3) w (kind, user_id, name) CROSS JOIN LATERAL ( \
             SELECT * FROM keys k WHERE k.user_id = w.user_id AND k.name = w.name AND k.kind = w.kind LIMIT 1) k",
    )
    .bind(kinds)
    .bind(users)
    .bind(names)
}

pub(crate) fn read_key(row: &PgRow) -> Result<flash_core::store::KeyRecord, StoreError> {
    whole::<KeyRow>(row)?.record()
}

pub(crate) fn quotes(ids: impl IntoIterator<Item = flash_core::id::QuoteId>) -> Question {
    let ids: Vec<Uuid> = ids.into_iter().map(|id| uuid(id.as_bytes())).collect();
    sqlx::query("SELECT * FROM quotes WHERE id = ANY ($1)").bind(ids)
}

pub(crate) fn read_quote(row: &PgRow) -> Result<flash_core::price::Quote, StoreError> {
    whole::<QuoteRow>(row)?.quote()
}

pub(crate) fn addresses(user: flash_core::id::UserId) -> Question {
    sqlx::query("SELECT * FROM saved_addresses WHERE user_id = $1 ORDER BY address").bind(user.get())
}

pub(crate) fn events(after: u64, how_many: usize) -> Question {
    sqlx::query("SELECT seq, at_ms, event::text AS event FROM events WHERE seq > $1 ORDER BY seq LIMIT $2")
        .bind(signed(after))
        .bind(limit(how_many))
}

pub(crate) fn read_event(row: &PgRow) -> Result<Recorded, StoreError> {
    let text: &str = column(row, "event")?;
    let event: Event = serde_json::from_str(text).map_err(|error| corrupt(format!("event {text}: {error}")))?;
    let at = Timestamp::from_millis(column(row, "at_ms")?);
    Ok(Recorded { seq: unsigned(column(row, "seq")?)?, at, event })
}

// --- what commits are decided on -------------------------------------------------------------------------------------

/// Reads in one snapshot what is needed to decide commits for certain.
pub(crate) async fn facts(db: &mut PgConnection, needs: &Needs) -> Result<Stored, FactsError> {
    use sqlx::Connection;
    let mut snapshot = db.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let stored = read_facts(&mut snapshot, needs).await?;
    snapshot.rollback().await?;
    Ok(stored)
}

/// Facts could not be read.
pub(crate) enum FactsError {
    Fault(Fault),
    Store(StoreError),
}

impl From<sqlx::Error> for FactsError {
    fn from(error: sqlx::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<StoreError> for FactsError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn read_facts(db: &mut PgConnection, needs: &Needs) -> Result<Stored, FactsError> {
    let mut stored = Stored::default();
    if !needs.orders.is_empty() {
        for row in orders_by_id(needs.orders.iter().copied()).fetch_all(&mut *db).await? {
            let order = read_order(&row)?;
            stored.orders.insert(order.id, Arc::new(order));
        }
    }
    if !needs.txs.is_empty() {
        for row in known(needs.txs.iter().copied()).fetch_all(&mut *db).await? {
            let known = read_known(&row)?;
            stored.txs.insert(known.tx, known);
        }
    }
    if !needs.wallets.is_empty() {
        let of = needs.wallets.iter().map(|wallet| *wallet.body()).collect();
        for row in wallets_by_address(of).fetch_all(&mut *db).await? {
            let wallet = read_wallet(&row)?;
            stored.wallets.insert(wallet.wallet.address, wallet);
        }
    }
    if needs.cursor {
        stored.cursor = cursor().fetch_optional(&mut *db).await?.as_ref().map(read_cursor).transpose()?;
    }
    if !needs.accounts.is_empty() {
        let rows = balances(needs.accounts.iter().copied()).fetch_all(&mut *db).await?;
        stored.balances = rows.iter().map(read_balance).collect::<Result<HashMap<_, _>, _>>()?;
    }
    if !needs.transfers.is_empty() {
        for row in transfers_by_id(needs.transfers.iter().copied()).fetch_all(&mut *db).await? {
            let transfer = read_transfer(&row)?;
            if column(&row, "resolved")? {
                stored.resolved.insert(transfer_id(column(&row, "id")?));
            }
            stored.transfers.insert(transfer.id, transfer);
        }
    }
    if !needs.keys.is_empty() {
        for row in keys(&needs.keys).fetch_all(&mut *db).await? {
            let record = read_key(&row)?;
            stored.keys.insert(record.key.clone(), record);
        }
    }
    if !needs.quotes.is_empty() {
        for row in quotes(needs.quotes.iter().copied()).fetch_all(&mut *db).await? {
            let quote = read_quote(&row)?;
            stored.quotes.insert(quote.id, quote);
        }
    }
    Ok(stored)
}
