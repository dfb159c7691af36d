//! The engine's loop: follow the chain, claim what is due, carry it forward.

use std::sync::atomic::Ordering;

use futures_util::StreamExt;
use futures_util::stream;

use crate::chain::{Above, Block, BlockRef, ChainError, SeenTx, Tips};
use crate::error::Error;
use crate::flash::{Flash, lock};
use crate::id::{TxId, WorkerId};
use crate::lane::Lane;
use crate::order::Version;
use crate::store::{Change, ChangeSet, Claim, Commit, Cursor, Refusal, Sighting, StoreError};
use crate::time::Timestamp;

/// Blocks asked of a node in one call.
const BLOCKS_PER_CALL: usize = 100;
/// Calls for blocks in one round of work; a worker far behind comes back for more.
const CALLS_PER_ROUND: usize = 20;
/// Unsolid blocks kept in memory. A chain whose solid head stands still that long has stopped.
const LONGEST_LANE: usize = 20_000;

/// What a round of work did, and when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Worked {
    /// How many orders were carried forward.
    pub orders: usize,
    /// Whether there was more than one round could do: come back at once.
    pub more: bool,
    /// When the next order is due.
    pub next_due: Timestamp,
}

impl Flash {
    /// One round of the engine: reads new blocks, claims up to `limit` due orders, carries each as far as it goes now.
    /// Never waits for anything but the store and the chain. Any number of workers may run it at once.
    ///
    /// The host calls it in a loop: at once while there is [`Worked::more`], when [`Flash::listen`] rings, and at each
    /// new block.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Store`] when the round could not be done; nothing is lost, come back later.
    /// Trouble with a single order is logged, and the order looked at again when its lease has run out.
    pub async fn work(&self, worker: &WorkerId, limit: usize) -> Result<Worked, Error> {
        let caught_up = self.follow().await?;
        if !caught_up {
            return Ok(Worked { orders: 0, more: true, next_due: self.now() });
        }
        let claim = Claim { worker: worker.clone(), now: self.now(), lease: self.config().lease, limit };
        let orders = self.store().claim(&claim).await?;
        let count = orders.len();
        stream::iter(orders)
            .for_each_concurrent(self.config().concurrency, |order| async move {
                let id = order.id;
                if let Err(error) = self.advance(order).await {
                    tracing::warn!(order = %id, %error, source = ?std::error::Error::source(&error), "order held up");
                }
            })
            .await;
        self.observe_stale_wallets().await;
        Ok(Worked { orders: count, more: count == limit, next_due: self.store().next_due().await? })
    }

    /// Brings the lane to the head and puts on record what became solid. Whether the head was reached.
    async fn follow(&self) -> Result<bool, Error> {
        if self.shared.following.swap(true, Ordering::Acquire) {
            // Another worker of this process is at it; its view serves us too, once there is one.
            return Ok(lock(&self.shared.lane).is_some());
        }
        let _done = Following(self);
        let tips = self.chain().tips().await?;
        let mut lane = self.lane_from_record(&tips).await?;
        self.begin_quarantine_if_needed(&tips.head).await?;
        let mut news = News::default();
        let mut reached = false;
        for _ in 0..CALLS_PER_ROUND {
            reached = self.extend(&mut lane, &tips, &mut news).await?;
            self.settle(&mut lane, &tips, reached).await?;
            if reached {
                break;
            }
            if lane.len() >= LONGEST_LANE {
                return Err(malformed("the solid head stands still").into());
            }
        }
        self.shared.head_time.fetch_max(lane.tip().time.as_millis(), Ordering::Relaxed);
        self.lift_quarantine_if_over(&lane.base()).await?;
        *lock(&self.shared.lane) = Some(lane);
        self.wake(&news.txs).await?;
        Ok(reached)
    }

    /// Our lane, standing on the block that is on record; a new store starts at the solid head.
    async fn lane_from_record(&self, tips: &Tips) -> Result<Lane, Error> {
        let base = match self.store().cursor().await? {
            Some(cursor) => cursor.solid,
            None => self.start_following(&tips.solid).await?,
        };
        let mut lane = lock(&self.shared.lane).clone().unwrap_or_else(|| Lane::new(base));
        lane.rebase(base);
        Ok(lane)
    }

    /// Puts the first solid block on record, unless another host has. Whoever has followed no block has signed nothing that
    /// could be forgotten, so with it the store is trusted.
    pub(super) async fn start_following(&self, solid: &BlockRef) -> Result<BlockRef, Error> {
        let current = self.store().incarnations().await?.current;
        let cursor = Cursor { solid: *solid, version: Version::FIRST };
        let changes = vec![Change::Cursor(cursor), Change::Trust(current)];
        match self.store().commit(ChangeSet { at: self.now(), changes }).await? {
            Commit::Done => Ok(*solid),
            Commit::Refused(_) => Ok(self.store().cursor().await?.ok_or(Error::Contended)?.solid),
        }
    }

    /// Reads the next blocks, walking back over a reorganisation first. Whether the head is reached.
    async fn extend(&self, lane: &mut Lane, tips: &Tips, news: &mut News) -> Result<bool, Error> {
        loop {
            if lane.tip().id == tips.head.id {
                return Ok(true);
            }
            match self.chain().above(&lane.tip(), BLOCKS_PER_CALL).await? {
                Above::Forked => {
                    let gone = lane.pop().ok_or_else(|| malformed("a solid block is not on the chain any more"))?;
                    news.add(&gone);
                }
                Above::Linked(blocks) => {
                    let reached = blocks.is_empty() || blocks.iter().any(|block| block.at.id == tips.head.id);
                    for block in blocks {
                        news.add(&block);
                        lane.push(block).map_err(|_| malformed("blocks that do not follow each other"))?;
                    }
                    return Ok(reached);
                }
            }
        }
    }

    /// Puts on record, in one commit, that the lane has been read up to the solid head and which of our transactions
    /// were there. From then on the absence of a transaction up to that block is a fact.
    async fn settle(&self, lane: &mut Lane, tips: &Tips, reached: bool) -> Result<(), Error> {
        let solid = match lane.tip() {
            tip if tips.solid.height <= tip.height => tips.solid,
            // More than a call behind, the lane ends in blocks that were read as solid ones.
            tip if !reached => tip,
            _ => return Ok(()),
        };
        let Some(blocks) = lane.up_to(&solid) else { return Ok(()) };
        let mut seen: Vec<(BlockRef, SeenTx)> = Vec::new();
        for block in blocks {
            seen.extend(block.delegations.iter().map(|seen| (block.at, *seen)));
        }
        let txs: Vec<TxId> = seen.iter().map(|(_, seen)| seen.id).collect();
        let ours = if txs.is_empty() { Vec::new() } else { self.store().known(&txs).await? };
        let Some(cursor) = self.store().cursor().await?.filter(|cursor| cursor.solid == lane.base()) else {
            // Another host has moved the record on; its commit told what we were about to tell.
            return Ok(());
        };
        let at = self.now();
        let mut changes = vec![Change::Cursor(Cursor { solid, version: cursor.version.next() })];
        for known in &ours {
            if let Some((block, SeenTx { id, succeeded, .. })) = seen.iter().find(|(_, seen)| seen.id == known.tx) {
                changes.push(Change::Sighting(Sighting { tx: *id, block: *block, succeeded: *succeeded }));
                changes.push(Change::Wake { order: known.order, at });
            }
        }
        if self.in_quarantine() {
            let ours = ours.iter().map(|known| known.tx).collect();
            changes.extend(self.take_in(&seen, &ours).await?);
        }
        match self.store().commit(ChangeSet { at, changes }).await? {
            Commit::Done => lane.rebase(solid),
            // Another host was quicker.
            Commit::Refused(Refusal::Conflict { .. }) => {}
            Commit::Refused(refusal) => {
                return Err(
                    StoreError::Corrupt { what: format!("solid blocks cannot be recorded: {refusal:?}") }.into()
                );
            }
        }
        Ok(())
    }

    /// Makes the orders of these transactions due: they were seen in a block, or in one that is gone.
    async fn wake(&self, txs: &[TxId]) -> Result<(), Error> {
        if txs.is_empty() {
            return Ok(());
        }
        let at = self.now();
        let wake = |known: crate::store::KnownTx| Change::Wake { order: known.order, at };
        let changes: Vec<Change> = self.store().known(txs).await?.into_iter().map(wake).collect();
        if !changes.is_empty() {
            // Wakes are never refused.
            let _ = self.store().commit(ChangeSet { at, changes }).await?;
        }
        Ok(())
    }

    /// Trouble with it holds nothing up; the wallets are asked about again in the next round.
    async fn observe_stale_wallets(&self) {
        let stale: Vec<_> = std::mem::take(&mut *lock(&self.shared.stale_wallets)).into_iter().collect();
        if stale.is_empty() {
            return;
        }
        let observed = match self.observe_wallets(&stale).await {
            Ok(()) => self.reload_pool().await,
            failed => failed,
        };
        if let Err(error) = observed {
            tracing::warn!(%error, "wallets whose stake moved could not be observed");
            lock(&self.shared.stale_wallets).extend(stale);
        }
    }
}

/// Transactions in blocks that came or went.
#[derive(Default)]
struct News {
    txs: Vec<TxId>,
}

impl News {
    fn add(&mut self, block: &Block) {
        self.txs.extend(block.delegations.iter().map(|seen| seen.id));
    }
}

/// Lets the next worker follow, also when the future is dropped half way.
struct Following<'a>(&'a Flash);

impl Drop for Following<'_> {
    fn drop(&mut self) {
        self.0.shared.following.store(false, Ordering::Release);
    }
}

fn malformed(what: &str) -> ChainError {
    ChainError::Malformed { what: what.into() }
}
