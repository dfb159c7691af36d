//! A throw-away PostgreSQL cluster for tests and benchmarks.

mod cluster;
mod process;
mod programs;
mod recovery;
mod watchdog;

pub use self::cluster::{Cluster, Settings};
pub use self::recovery::{Backup, RecoveryTarget};

/// What could not be done with a cluster, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {why}")]
pub struct ClusterError {
    what: String,
    why: String,
}

impl ClusterError {
    fn new(what: impl Into<String>, why: impl std::fmt::Display) -> Self {
        let why = why.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { what: what.into(), why }
    }
}
