//! What a database must be, and what is said of one that is not.

use flash_core::id::BlockId;
use flash_core::store::Store;
use flash_storage_postgres::{OpenError, Options, PostgresStore};
use futures_util::future::join_all;
use sqlx::{AssertSqlSafe, Executor};

use super::database::{Schema, options, url};

async fn refused(url: &str, options: &Options) -> OpenError {
    let error = PostgresStore::open(url, options).await.unwrap_err();
    let line = error.to_string();
    assert!(!line.contains('\n') && line.len() > 20, "{line}");
    error
}

#[tokio::test]
async fn what_is_no_database_is_refused_in_one_line() {
    for bad in ["", "flash", "mysql://root@localhost/x", "postgres://", "postgres://[::1"] {
        let error = refused(bad, &options()).await;
        assert!(matches!(error, OpenError::Url(_) | OpenError::Unreachable(_)), "{bad}: {error:?}");
    }
    let error = refused("postgres://flash@127.0.0.1:1/flash", &options()).await;
    assert!(matches!(error, OpenError::Unreachable(_)), "{error:?}");
    let (server, _) = url().rsplit_once('/').map(|(server, rest)| (server.to_owned(), rest.to_owned())).unwrap();
    let error = refused(&format!("{server}/there_is_none"), &options()).await;
    assert!(matches!(error, OpenError::Unreachable(_)), "{error:?}");
    let bad = Options { schema: "Robert'); DROP TABLE orders; --".to_owned(), ..options() };
    assert!(matches!(refused(&url(), &bad).await, OpenError::Schema(_)));
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let schema = Schema::new();
    drop(schema.open().await);
    let mut db = schema.connect().await;
    let newer = "INSERT INTO _sqlx_migrations SELECT 99, 'from the future', now(), true, 'x', 0";
    db.execute(newer).await.unwrap();
    let error = refused(&url(), &schema.options).await;
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error:?}");
}

#[tokio::test]
async fn a_read_only_database_is_refused() {
    let join = if url().contains('?') { '&' } else { '?' };
    let read_only = format!("{}{join}options=-c%20default_transaction_read_only%3Don", url());
    assert!(matches!(refused(&read_only, &options()).await, OpenError::ReadOnly));
}

#[tokio::test]
async fn a_role_that_may_not_is_told_what_it_lacks() {
    let schema = Schema::new();
    let mut db = schema_owner(&schema).await;
    let role = format!("r_{}", schema.options.schema);
    db.execute(AssertSqlSafe(format!("CREATE ROLE {role} LOGIN"))).await.unwrap();
    let at = url().find('@').unwrap();
    let as_role = format!("postgres://{role}{}", &url()[at..]);
    // It may not make the schema.
    let error = refused(&as_role, &schema.options).await;
    assert!(matches!(error, OpenError::Privilege { .. }), "{error:?}");
    let there = "SELECT count(*) FROM pg_namespace WHERE nspname = $1";
    let count: i64 = sqlx::query_scalar(there).bind(&schema.options.schema).fetch_one(&mut db).await.unwrap();
    assert_eq!(count, 0);
    // It may not write into one that is there.
    drop(schema.open().await);
    db.execute(AssertSqlSafe(format!("GRANT USAGE ON SCHEMA {} TO {role}", schema.options.schema))).await.unwrap();
    let tables = format!("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {role}", schema.options.schema);
    db.execute(AssertSqlSafe(tables)).await.unwrap();
    let error = refused(&as_role, &schema.options).await;
    assert!(matches!(error, OpenError::Privilege { .. }), "{error:?}");
    // It needs to own nothing to work.
    let all =
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO {role}", schema.options.schema);
    db.execute(AssertSqlSafe(all)).await.unwrap();
    drop(PostgresStore::open(&as_role, &schema.options).await.unwrap());
    db.execute(AssertSqlSafe(format!("DROP OWNED BY {role}; DROP ROLE {role}"))).await.unwrap();
}

async fn schema_owner(schema: &Schema) -> sqlx::PgConnection {
    schema.connect().await
}

#[tokio::test]
async fn servers_that_start_at_once_migrate_once() {
    let schema = Schema::new();
    let stores = join_all((0..6).map(|_| schema.open())).await;
    let mut lives = Vec::new();
    for store in &stores {
        lives.push(store.incarnations().await.unwrap().current);
    }
    lives.dedup();
    assert_eq!(lives.len(), 1);
}

#[tokio::test]
async fn a_database_remembers_its_chain() {
    let (ours, theirs) = (BlockId::from_bytes([1; 32]), BlockId::from_bytes([2; 32]));
    let schema = Schema::new();
    schema.open().await.belongs_to(ours).await.unwrap();
    let store = schema.open().await;
    store.belongs_to(ours).await.unwrap();
    let error = store.belongs_to(theirs).await.unwrap_err();
    assert!(matches!(error, OpenError::OtherChain { .. }), "{error:?}");
    let line = error.to_string();
    assert!(line.contains(&ours.to_string()) && line.contains(&theirs.to_string()), "{line}");
}

/// As after a dump is loaded into the place of what was there.
#[tokio::test]
async fn books_that_were_loaded_anew_are_in_another_life() {
    let schema = Schema::new();
    let before = schema.open().await.incarnations().await.unwrap().current;
    assert_eq!(schema.open().await.incarnations().await.unwrap().current, before);
    schema.remove().await;
    assert_ne!(schema.open().await.incarnations().await.unwrap().current, before);
}
