//! A schema of its own for each test, in the database that `FLASH_TEST_DATABASE_URL` names.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use flash_storage_postgres::{Options, PostgresStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Where the tests' database is.
pub(crate) fn url() -> String {
    std::env::var("FLASH_TEST_DATABASE_URL")
        .expect("set FLASH_TEST_DATABASE_URL to an empty database, or run the tests with `.ci/run pg`")
}

/// Options with a schema that nobody else uses.
pub(crate) fn options() -> Options {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let schema = format!("t_{}_{nanos}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    Options { schema, ..Options::default() }
}

/// A store in a new schema.
pub(crate) async fn store() -> PostgresStore {
    Schema::new().open().await
}

/// A schema that any number of stores may share.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) options: Options,
}

impl Schema {
    pub(crate) fn new() -> Self {
        Self { options: options() }
    }

    pub(crate) async fn open(&self) -> PostgresStore {
        self.open_by(&url()).await
    }

    pub(crate) async fn open_by(&self, url: &str) -> PostgresStore {
        PostgresStore::open(url, &self.options).await.unwrap()
    }

    /// A connection of one's own to it.
    pub(crate) async fn connect(&self) -> PgConnection {
        let mut db = PgConnection::connect(&url()).await.unwrap();
        let path = format!("SET search_path = {}", self.options.schema);
        sqlx::query(AssertSqlSafe(path)).execute(&mut db).await.unwrap();
        db
    }

    pub(crate) async fn remove(&self) {
        let mut db = self.connect().await;
        let drop = format!("DROP SCHEMA {} CASCADE", self.options.schema);
        sqlx::query(AssertSqlSafe(drop)).execute(&mut db).await.unwrap();
    }
}
