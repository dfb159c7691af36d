//! Opening a database: what it must be, and bringing its schema up to date.

use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

use flash_core::id::{BlockId, Incarnation};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, SqlSafeStr};

use crate::options::Options;

/// The oldest PostgreSQL that will do.
const OLDEST: i32 = 140_000;
/// Every migration, oldest first. One that has been released is never changed.
const MIGRATIONS: [(i64, &str, &str); 2] = [
    (1, "books", include_str!("../migrations/0001_books.sql")),
    (2, "commit", include_str!("../migrations/0002_commit.sql")),
];

/// Why a database cannot be used. Each says in one line what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL does not read.
    #[error("not a PostgreSQL URL ({0}): expected postgres://user:password@host:5432/database")]
    Url(String),
    /// The schema's name does not read.
    #[error("not a schema name: {0:?}; use lower-case letters, digits and underscores")]
    Schema(String),
    /// Nothing answers, or it does not let us in.
    #[error("cannot connect to the database: {0}")]
    Unreachable(String),
    /// The server is too old.
    #[error("PostgreSQL {found} is too old: use 14 or newer")]
    TooOld {
        /// Its version.
        found: String,
    },
    /// It takes no writes.
    #[error("the database is read-only (a standby, or default_transaction_read_only): connect to the primary")]
    ReadOnly,
    /// The role may not do what is needed.
    #[error("the database role lacks a privilege ({what}): grant it, or let the owner of the database run this once")]
    Privilege {
        /// What it may not do.
        what: String,
    },
    /// A newer flash has been here.
    #[error("the database has schema version {found}, this program knows {known}: upgrade the program")]
    Newer {
        /// The version there.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// The books belong to another chain.
    #[error(
        "the database belongs to the chain with genesis block {remembered}, the nodes are on the one with {given}: \
         use the nodes of that chain, or another database"
    )]
    OtherChain {
        /// The genesis block on record.
        remembered: BlockId,
        /// The genesis block of the nodes.
        given: BlockId,
    },
    /// The schema could not be brought up to date; it is as it was.
    #[error("the schema cannot be brought up to date: {0}")]
    Migration(String),
    /// A question about the database went wrong.
    #[error("the database cannot be used: {0}")]
    Unusable(String),
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        let line = one_line(&error);
        match error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>()) {
            Some(error) if error.code() == "42501" => Self::Privilege { what: error.message().to_owned() },
            // A schema that one may not look into is as good as none.
            Some(error) if error.code() == "3F000" => {
                Self::Privilege { what: "USAGE and CREATE on the schema".to_owned() }
            }
            Some(error) if error.code() == "25006" => Self::ReadOnly,
            Some(error) if error.code().starts_with("28") || error.code() == "3D000" => {
                Self::Unreachable(error.message().to_owned())
            }
            Some(error) => Self::Unusable(error.message().to_owned()),
            None => Self::Unreachable(line),
        }
    }
}

impl From<MigrateError> for OpenError {
    fn from(error: MigrateError) -> Self {
        let (MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) = error else {
            return Self::Migration(one_line(&error));
        };
        let sorted = Self::from(error);
        if let Self::Unusable(why) = sorted { Self::Migration(why) } else { sorted }
    }
}

fn one_line(error: &impl std::fmt::Display) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How connections are made.
pub(crate) fn connect_options(url: &str, options: &Options) -> Result<PgConnectOptions, OpenError> {
    let Options { schema, statement_timeout, lock_timeout, .. } = options;
    let first = schema.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    if !first || !schema.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        return Err(OpenError::Schema(schema.clone()));
    }
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(OpenError::Url("it does not start with postgres://".to_owned()));
    }
    let parsed = PgConnectOptions::from_str(url).map_err(|error| OpenError::Url(one_line(&error)))?;
    let millis = |span: &Duration| span.as_millis().to_string();
    let settings = [
        ("search_path", schema.clone()),
        ("statement_timeout", millis(statement_timeout)),
        ("lock_timeout", millis(lock_timeout)),
        // No transaction of ours is ever idle for long: whoever froze in one must not hold its locks.
        ("idle_in_transaction_session_timeout", millis(lock_timeout)),
        // Every statement walks an index. Plans made while the tables were small must not outlive that.
        ("enable_seqscan", "off".to_owned()),
        ("enable_hashjoin", "off".to_owned()),
        ("enable_mergejoin", "off".to_owned()),
        ("max_parallel_workers_per_gather", "0".to_owned()),
        // One plan each, made once: they are all alike whatever the parameters.
        ("plan_cache_mode", "force_generic_plan".to_owned()),
        ("jit", "off".to_owned()),
        // What `commit_batch` reads after it has waited for a lock must be newer than the lock.
        ("default_transaction_isolation", "read committed".to_owned()),
    ];
    let named = parsed.get_application_name().is_none().then_some("flash");
    let parsed = named.into_iter().fold(parsed, PgConnectOptions::application_name);
    Ok(parsed.options(settings))
}

/// Brings the schema up to date, one server at a time, and says which life of the database this is and how to connect so
/// that what is committed is durable.
pub(crate) async fn prepare(
    connect: PgConnectOptions,
    options: &Options,
) -> Result<(Incarnation, PgConnectOptions), OpenError> {
    let opened = tokio::time::timeout(options.connect_timeout, connect.connect()).await;
    let mut db = opened.map_err(|_| OpenError::Unreachable("no answer in time".to_owned()))??;
    let about = "SELECT current_setting('server_version_num')::int, current_setting('server_version'), \
                 pg_is_in_recovery() OR current_setting('transaction_read_only')::bool, \
                 current_setting('synchronous_commit') = 'off', current_setting('fsync')::bool";
    let about = sqlx::query(about).fetch_one(&mut db).await?;
    if about.try_get::<i32, _>(0)? < OLDEST {
        return Err(OpenError::TooOld { found: about.try_get(1)? });
    }
    if about.try_get::<bool, _>(2)? {
        return Err(OpenError::ReadOnly);
    }
    // Whoever set it off thought of other data. A stronger setting stays as it is.
    let connect = if about.try_get(3)? { connect.options([("synchronous_commit", "on")]) } else { connect };
    if !about.try_get::<bool, _>(4)? {
        tracing::warn!("fsync is off: what is committed does not survive a crash of the database's machine");
    }
    // Migrations may take long on large tables, and so may the server that is at it before us.
    sqlx::query("SET statement_timeout = 0").execute(&mut db).await?;
    sqlx::query("SET lock_timeout = 0").execute(&mut db).await?;
    let lock = "SELECT pg_advisory_lock(hashtextextended('flash schema ' || $1, 0))";
    sqlx::query(lock).bind(&options.schema).execute(&mut db).await?;
    migrate(&mut db, &options.schema).await?;
    check_privileges(&mut db).await?;
    let incarnation = incarnation(&mut db).await?;
    db.close().await?;
    Ok((incarnation, connect))
}

async fn migrate(db: &mut PgConnection, schema: &str) -> Result<(), OpenError> {
    let known = MIGRATIONS.last().map_or(0, |(version, ..)| *version);
    let found = version(db).await?;
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    if found == known {
        return Ok(());
    }
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)")
        .bind(schema)
        .fetch_one(&mut *db)
        .await?;
    if !there {
        sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&mut *db).await?;
    }
    let migration = |(version, name, sql): (i64, &'static str, &'static str)| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
    };
    let mut migrator = Migrator::with_migrations(MIGRATIONS.map(migration).to_vec());
    // Ours is held, by schema rather than by database.
    migrator.set_locking(false);
    Ok(migrator.run(db).await?)
}

/// The version of the schema; 0 when there is none.
async fn version(db: &mut PgConnection) -> Result<i64, OpenError> {
    let migrated: bool =
        sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL").fetch_one(&mut *db).await?;
    if !migrated {
        return Ok(0);
    }
    let version = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations WHERE success");
    Ok(version.fetch_one(db).await?)
}

/// What is needed of each table and view, and of the function that writes.
const PRIVILEGES: &str = "
    SELECT p || ' on ' || t FROM (VALUES
        ('SELECT', '{realm,log,orders,legs,attempts,sightings,solid_cursor,wallets,accounts,transfers,entries,keys,quotes,
                     saved_addresses,events,stored_orders,stored_wallets}'::text[]),
        ('INSERT', '{orders,legs,attempts,sightings,solid_cursor,wallets,accounts,transfers,entries,keys,quotes,
                     saved_addresses,events}'),
        ('UPDATE', '{realm,log,orders,legs,attempts,solid_cursor,wallets,accounts,saved_addresses}'),
        ('DELETE', '{saved_addresses}')) needed (p, tables), unnest(tables) t
    WHERE NOT has_table_privilege(t::regclass, p)
    UNION ALL
    SELECT 'EXECUTE on ' || f.proname FROM pg_proc f
    WHERE f.pronamespace = current_schema()::regnamespace AND NOT has_function_privilege(f.oid, 'EXECUTE')
    ORDER BY 1 LIMIT 1";

async fn check_privileges(db: &mut PgConnection) -> Result<(), OpenError> {
    match sqlx::query_scalar::<_, String>(PRIVILEGES).fetch_optional(db).await? {
        Some(what) => Err(OpenError::Privilege { what }),
        None => Ok(()),
    }
}

/// Which life of the database this is: another after a restore to a point in time or a fail-over (the timeline), on a
/// copy of the cluster (its identifier), and after a dump was loaded (the identities of database and table). Files that
/// were put back as they were, by a snapshot of the disk, show none of this: whoever does that says so with
/// `UPDATE realm SET trusted = NULL` before the first server starts.
pub(crate) async fn incarnation(db: &mut PgConnection) -> Result<Incarnation, OpenError> {
    let text = "SELECT (SELECT system_identifier FROM pg_control_system())::text \
                || '-' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) \
                || '-' || (SELECT oid FROM pg_database WHERE datname = current_database())::text \
                || '-' || 'realm'::regclass::oid::text";
    let text: String = sqlx::query_scalar(text).fetch_one(db).await?;
    text.parse().map_err(|_| OpenError::Unusable(format!("incarnation {text:?}")))
}
