//! Transactions that a node has taken and no block holds yet.

use std::collections::HashSet;
use std::sync::Arc;

use flash_core::id::TxId;
use flash_core::time::{Span, Timestamp};

use crate::transaction::Transaction;

/// How long a transaction waits at most, in block time.
const TIMEOUT: Span = Span::from_secs(60);

/// What happens to a transaction after a node has taken it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fate {
    /// The next block holds it, if it is still valid then.
    #[default]
    Include,
    /// It vanishes before the next block.
    Vanish,
    /// No block before this time holds it.
    Hold(Timestamp),
}

/// A transaction that waits.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) transaction: Arc<Transaction>,
    pub(crate) arrived: Timestamp,
    pub(crate) fate: Fate,
}

/// The transactions that wait, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    waiting: Vec<Waiting>,
    ids: HashSet<TxId>,
}

impl Waiting {
    /// Whether the next block, with this time, may hold it.
    pub(crate) fn is_due(&self, block: Timestamp) -> bool {
        match self.fate {
            Fate::Include => true,
            Fate::Vanish => false,
            Fate::Hold(until) => until <= block,
        }
    }

    /// Whether it is gone once the block with this time is there and does not hold it.
    pub(crate) fn is_gone(&self, block: Timestamp) -> bool {
        match self.fate {
            Fate::Include => self.arrived.after(TIMEOUT) < block,
            Fate::Vanish => true,
            Fate::Hold(_) => false,
        }
    }
}

impl Pool {
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn contains(&self, id: &TxId) -> bool {
        self.ids.contains(id)
    }

    pub(crate) fn get(&self, id: &TxId) -> Option<Arc<Transaction>> {
        if !self.contains(id) {
            return None;
        }
        let mut all = self.waiting.iter().map(|waiting| &waiting.transaction);
        all.find(|transaction| transaction.id() == *id).map(Arc::clone)
    }

    pub(crate) fn push(&mut self, waiting: Waiting) {
        self.ids.insert(waiting.transaction.id());
        self.waiting.push(waiting);
    }

    /// Takes all out.
    pub(crate) fn drain(&mut self) -> Vec<Waiting> {
        self.ids.clear();
        std::mem::take(&mut self.waiting)
    }
}
