//! How the store uses its database.

use std::time::Duration;

/// How the store uses its database. [`Options::default`] is fit for a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// The schema that holds the tables; made if it is not there. Lower-case letters, digits and underscores.
    pub schema: String,
    /// Connections for reads and claims, at most; one more is for commits. More than two to four a core of the database
    /// make it slower, not faster.
    pub connections: u32,
    /// How long to wait for a connection before the store counts as unavailable.
    pub connect_timeout: Duration,
    /// How long the database works on one statement before it gives up, with nothing done. All of ours take
    /// milliseconds.
    pub statement_timeout: Duration,
    /// How long a statement waits for a lock. Locks are held for one statement and its flush to disk.
    pub lock_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            schema: "flash".to_owned(),
            connections: 8,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            lock_timeout: Duration::from_secs(5),
        }
    }
}
