//! After the database went back in time nothing is signed until every attempt that it may have forgotten was found in a
//! solid block or cannot land any more.
//!
//! What is found is taken in: the order that it was signed for gets it back as if it had never been forgotten.

use std::collections::HashSet;

use crate::chain::{Action, BlockRef, ChainError, Delegation, SeenTx, SignedTx};
use crate::error::Error;
use crate::event::Event;
use crate::fate::{self, Fate, Found, Observation, fate};
use crate::flash::delivering::EXPIRY_JITTER;
use crate::flash::{Flash, RETRIES, lock};
use crate::id::TxId;
use crate::order::{Attempt, Contradiction, LegNo, Order, OrderEvent};
use crate::store::{Change, ChangeSet, Commit, KnownTx, Refusal, Sighting, StoreError, Which};
use crate::time::Timestamp;

/// What this process knows of the store's memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Memory {
    /// It has not asked.
    #[default]
    Unasked,
    /// The store may have forgotten attempts. None of them can land in a block that follows one of this time.
    Gaps {
        /// The time.
        until: Timestamp,
    },
    /// The store knows every attempt; this stays so for as long as the process lives.
    Whole,
}

/// A delegation that the store does not know, from a wallet of ours, in a solid block.
#[derive(Debug, Clone, Copy)]
struct Stranger {
    tx: TxId,
    delegation: Delegation,
    block: BlockRef,
}

/// What is known of attempts: what was put on record, and what the blocks hold that are about to be.
struct Traces<'a> {
    known: Vec<KnownTx>,
    seen: &'a [(BlockRef, SeenTx)],
}

impl Traces<'_> {
    /// What became of an attempt by the time of a solid block, up to which all have been read.
    fn fate(&self, tx: &SignedTx, solid: BlockRef) -> Fate {
        let on_record = self.known.iter().find(|known| known.tx == tx.id).and_then(|known| known.sighting);
        let in_block = self.seen.iter().find(|(_, seen)| seen.id == tx.id);
        let found = match (on_record, in_block) {
            (Some(Sighting { block, succeeded, .. }), _) => Found::Solid { block, succeeded },
            (None, Some((block, seen))) => Found::Solid { block: *block, succeeded: seen.succeeded },
            (None, None) => Found::Nowhere,
        };
        fate(tx, &Observation { solid, found })
    }
}

impl Flash {
    /// Whether the store may have forgotten attempts, as far as this process knows.
    pub(super) fn in_quarantine(&self) -> bool {
        *lock(&self.shared.memory) != Memory::Whole
    }

    /// Whether the store knows every attempt for certain. Asks it until it does, and never again.
    pub(super) async fn remembers_all(&self) -> Result<bool, Error> {
        if !self.in_quarantine() {
            return Ok(true);
        }
        let whole = self.store().incarnations().await?.is_trusted();
        if whole {
            *lock(&self.shared.memory) = Memory::Whole;
        }
        Ok(whole)
    }

    /// Finds out whether the store is in a life of which this process knows nothing yet; then the quarantine begins.
    pub(super) async fn begin_quarantine_if_needed(&self, head: &BlockRef) -> Result<(), Error> {
        if self.remembers_all().await? || *lock(&self.shared.memory) != Memory::Unasked {
            return Ok(());
        }
        let until = self.last_landing_of_the_forgotten(head);
        tracing::warn!(?until, "the store has gone back in time: signing nothing until solid blocks are past this");
        let set = ChangeSet { at: self.now(), changes: vec![Change::Event(Event::QuarantineBegan)] };
        // An event alone is never refused.
        let _ = self.store().commit(set).await?;
        *lock(&self.shared.memory) = Memory::Gaps { until };
        Ok(())
    }

    /// No attempt that was signed before now can land in a block that follows one of this time. Whoever signed it
    /// believed another node, whose head may have been ahead of ours, but not of the clock by more than all allow.
    fn last_landing_of_the_forgotten(&self, head: &BlockRef) -> Timestamp {
        let drift = self.config().clock_drift;
        let newest = drift.map_or(head.time, |drift| head.time.max(self.shared.clock.now().after(drift)));
        newest.after(self.config().tx_validity).after(EXPIRY_JITTER).after(fate::MARGIN)
    }

    /// Ends the quarantine once what was forgotten is settled: every block that can hold any of it has been read.
    pub(super) async fn lift_quarantine_if_over(&self, settled: &BlockRef) -> Result<(), Error> {
        match *lock(&self.shared.memory) {
            Memory::Gaps { until } if settled.time >= until => {}
            Memory::Unasked | Memory::Gaps { .. } | Memory::Whole => return Ok(()),
        }
        let current = self.store().incarnations().await?.current;
        let changes = vec![Change::Trust(current), Change::Event(Event::QuarantineLifted)];
        match self.store().commit(ChangeSet { at: self.now(), changes }).await? {
            Commit::Done => {
                *lock(&self.shared.memory) = Memory::Whole;
                tracing::info!("every attempt is known: signing again");
                Ok(())
            }
            Commit::Refused(_) => Err(Error::Contended),
        }
    }

    /// Takes in the delegations of ours in these solid blocks that the store does not know: each goes back on record for
    /// the order that it was signed for, with its sighting. Answers with the alarms about the rest, which belong into the
    /// commit that puts the blocks on record.
    pub(super) async fn take_in(
        &self,
        seen: &[(BlockRef, SeenTx)],
        ours: &HashSet<TxId>,
    ) -> Result<Vec<Change>, Error> {
        let mut strangers = Vec::new();
        for (block, SeenTx { id, action, succeeded }) in seen {
            // A reclaim needs no order: that the stake is home shows when the term is over.
            let Action::Delegate(delegation) = *action else { continue };
            // A wallet may have joined the pool in the time that was forgotten; its key is there.
            let own = self.chain().signs_for(&delegation.wallet) || self.is_supplier(&delegation.wallet).await?;
            if *succeeded && own && !ours.contains(id) {
                strangers.push(Stranger { tx: *id, delegation, block: *block });
            }
        }
        if strangers.is_empty() {
            return Ok(Vec::new());
        }
        let mut open = self.open_orders_for(&strangers).await?;
        let live: Vec<TxId> = open.iter().flat_map(Order::tx_ids).collect();
        let known = if live.is_empty() { Vec::new() } else { self.store().known(&live).await? };
        let traces = Traces { known, seen };
        let mut alarms = Vec::new();
        for stranger in strangers {
            if !self.adopt(&stranger, &mut open, &traces).await? {
                let Stranger { tx, delegation: Delegation { wallet, receiver, stake }, .. } = stranger;
                tracing::warn!(%wallet, %receiver, %stake, %tx, "a forgotten delegation that no order explains");
                alarms.push(Change::Event(Event::StakeUnexplained { wallet, receiver, stake, tx }));
            }
        }
        Ok(alarms)
    }

    /// The open orders for the receivers of these delegations, oldest first.
    async fn open_orders_for(&self, strangers: &[Stranger]) -> Result<Vec<Order>, Error> {
        let receivers: HashSet<_> = strangers.iter().map(|stranger| stranger.delegation.receiver).collect();
        let mut open = Vec::new();
        self.each_order(Which::Open, |order| {
            if receivers.contains(&order.receiver) {
                open.push(order.clone());
            }
            Ok(())
        })
        .await?;
        open.reverse();
        Ok(open)
    }

    /// Puts a delegation back on record for the order that it was signed for. Whether there is one.
    async fn adopt(&self, stranger: &Stranger, open: &mut [Order], traces: &Traces<'_>) -> Result<bool, Error> {
        let Stranger { tx: id, delegation, block } = *stranger;
        for _ in 0..RETRIES {
            let Some((order, leg)) = self.served_by(stranger, open, traces) else { return Ok(false) };
            let gone = || ChainError::Unavailable("a transaction of a solid block is not to be had".into());
            let tx = self.chain().fetch(&id).await?.ok_or_else(gone)?;
            let attempt = Attempt { tx, stake: delegation.stake };
            let adopted = OrderEvent::Adopted { leg, wallet: delegation.wallet, attempt, block };
            let sighting = Change::Sighting(Sighting { tx: id, block, succeeded: true });
            let refusal = match self.put_moved(order, adopted, Some(sighting)).await? {
                Ok(()) => return Ok(true),
                Err(refusal) => refusal,
            };
            // Its stake was given to another order in the meantime: both cannot be right, and a human has to look.
            let contradiction = OrderEvent::Contradicted(Contradiction::DeadLanded { tx: id, block });
            if matches!(refusal, Refusal::Exhausted { .. }) && self.put_moved(order, contradiction, None).await?.is_ok()
            {
                return Ok(true);
            }
            // Another host moved the order on, or has taken the delegation in.
            if !self.store().known(&[id]).await?.is_empty() {
                return Ok(true);
            }
            *order = self.order(order.id).await?;
        }
        Err(Error::Contended)
    }

    /// The order and leg that a delegation was signed for: of its own wallet, if there is such a leg, and of the oldest
    /// order. An order that was placed after the block cannot be the one.
    fn served_by<'a>(
        &self,
        stranger: &Stranger,
        open: &'a mut [Order],
        traces: &Traces<'_>,
    ) -> Option<(&'a mut Order, LegNo)> {
        let Stranger { delegation, block, .. } = stranger;
        let drift = self.config().clock_drift;
        let before_block = |order: &Order| drift.is_none_or(|drift| order.created_at <= block.time.after(drift));
        let fits = open.iter_mut().filter(|order| before_block(order)).filter_map(|order| {
            let no = order.leg_served_by(delegation, |tx| traces.fate(tx, *block))?;
            Some((order, no))
        });
        fits.min_by_key(|(order, no)| order.leg(*no).is_none_or(|leg| leg.wallet != delegation.wallet))
    }

    /// Commits a move of an order together with one more change. The refusal, if it was refused.
    async fn put_moved(
        &self,
        order: &mut Order,
        event: OrderEvent,
        and: Option<Change>,
    ) -> Result<Result<(), Refusal>, Error> {
        let at = self.now();
        let moved = order.clone().apply(event, at)?;
        let freed: Vec<_> = moved.changes.iter().filter_map(Change::frees).collect();
        let mut changes = vec![Change::Order { order: Box::new(moved.order.clone()), due: at }];
        changes.extend(moved.changes);
        changes.extend(and);
        match self.store().commit(ChangeSet { at, changes }).await? {
            Commit::Done => {
                lock(&self.shared.stale_wallets).extend(freed);
                *order = moved.order;
                Ok(Ok(()))
            }
            Commit::Refused(Refusal::Ledger(refusal)) => {
                Err(StoreError::Corrupt { what: format!("order {}: {refusal:?}", order.id) }.into())
            }
            Commit::Refused(refusal) => Ok(Err(refusal)),
        }
    }
}
