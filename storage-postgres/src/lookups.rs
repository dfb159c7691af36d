//! Looking up transactions for many askers at once: workers carry orders forward side by side, and each asks about its
//! own.

use std::collections::{HashMap, HashSet, VecDeque};

use flash_core::id::TxId;
use flash_core::store::{KnownTx, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::asking::Asking;
use crate::gather::gather;
use crate::reads;

/// Questions answered together, at most.
const MOST: usize = 256;

/// One asker's transactions.
pub(crate) struct Lookup {
    pub(crate) txs: Vec<TxId>,
    pub(crate) reply: oneshot::Sender<Result<Vec<KnownTx>, StoreError>>,
}

/// Answers until the store is gone.
pub(crate) async fn run(asking: Asking, mut inbox: mpsc::Receiver<Lookup>) {
    let mut waiting = VecDeque::new();
    let mut answered = 0;
    while gather(&mut inbox, &mut waiting, answered, MOST).await {
        answered = waiting.len();
        let txs: HashSet<TxId> = waiting.iter().flat_map(|lookup: &Lookup| &lookup.txs).copied().collect();
        let found = asking.ask(|| reads::known(txs.iter().copied())).await;
        let found = found.and_then(|rows| rows.iter().map(reads::read_known).collect::<Result<Vec<_>, _>>());
        let found = found.map(|known| known.into_iter().map(|known| (known.tx, known)).collect::<HashMap<_, _>>());
        for Lookup { txs, reply } in waiting.drain(..) {
            let own = |found: &HashMap<TxId, KnownTx>| txs.iter().filter_map(|tx| found.get(tx)).copied().collect();
            // Whoever asked may be gone.
            let _ = reply.send(found.as_ref().map(own).map_err(crate::repeated));
        }
    }
}
