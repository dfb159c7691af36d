//! Where a server keeps everything: in memory, or in a database that others share.

use std::sync::Arc;
use std::time::Duration;

use flash_adapter_http::Probe;
use flash_core::Flash;
use flash_core::store::Store;
use flash_storage_memory::MemoryStore;
use flash_storage_postgres::{Options, PostgresStore};
use tokio::sync::watch;

use crate::StartError;
use crate::args::ServerArgs;
use crate::network::Network;

/// How often it is tried whether the database takes writes again.
const KNOCK: Duration = Duration::from_secs(1);

/// The store of a server.
#[derive(Debug, Clone)]
pub(crate) enum Keeping {
    /// What is not finished when the process ends is forgotten.
    Memory(Arc<MemoryStore>),
    /// Nothing is forgotten.
    Database(Arc<PostgresStore>),
}

impl Keeping {
    /// Opens the store that is asked for. A database is made ready, and stays with the chain it was first used on.
    pub(crate) async fn open(args: &ServerArgs, network: &Network) -> Result<Self, StartError> {
        let Some(url) = args.database_url() else { return Ok(Self::Memory(Arc::new(MemoryStore::new()))) };
        let genesis = network.genesis().await?;
        let failed = |error| StartError::new("cannot use the database", error);
        let store = PostgresStore::open(url, &Options::default()).await.map_err(failed)?;
        store.belongs_to(genesis).await.map_err(failed)?;
        Ok(Self::Database(Arc::new(store)))
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Memory(store) => Arc::<MemoryStore>::clone(store),
            Self::Database(store) => Arc::<PostgresStore>::clone(store),
        }
    }

    /// Whether what was committed last could be written; a full database can be read and is of no use.
    pub(crate) fn takes_writes(&self) -> bool {
        match self {
            Self::Memory(_) => true,
            Self::Database(store) => store.takes_writes(),
        }
    }

    /// What else must be well for the store to be ready.
    pub(crate) fn probes(&self) -> Vec<Probe> {
        let keeping = self.clone();
        match self {
            Self::Memory(_) => Vec::new(),
            Self::Database(_) => vec![Probe::new("writes", move || keeping.takes_writes())],
        }
    }

    /// Tries again while nothing can be written, until told to stop: a server that delivers nothing and is asked for
    /// nothing would not notice the end of it.
    pub(crate) async fn knock(self, flash: Flash, mut stop: watch::Receiver<bool>) {
        let mut moments = tokio::time::interval(KNOCK);
        while !*stop.borrow() {
            tokio::select! {
                _ = moments.tick() => {
                    if !self.takes_writes() && let Err(error) = flash.refresh_wallets().await {
                        tracing::warn!(%error, "nothing can be written yet");
                    }
                }
                _ = stop.changed() => {}
            }
        }
    }

    /// Lets what is under way finish.
    pub(crate) async fn close(&self) {
        match self {
            Self::Memory(_) => {}
            Self::Database(store) => store.close().await,
        }
    }
}
