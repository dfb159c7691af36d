//! Where a server keeps everything: in memory, or in a database that others share.

use std::sync::Arc;

use flash_adapter_http::Probe;
use flash_core::store::Store;
use flash_storage_memory::MemoryStore;
use flash_storage_postgres::{Options, PostgresStore};

use crate::StartError;
use crate::args::ServerArgs;
use crate::network::Network;

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

    /// What else must be well for the store to be ready.
    pub(crate) fn probes(&self) -> Vec<Probe> {
        match self {
            Self::Memory(_) => Vec::new(),
            Self::Database(_) => Vec::new(),
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
