//! What to do next for an order: a pure function of the order and of what is known of its transactions.

use super::{AttemptKind, Contradiction, FailReason, Finality, LegNo, LegState, Order, OrderEvent, OrderState, Seen};
use crate::chain::{BlockRef, SignedTx};
use crate::fate::{Fate, Observation, fate, still_there};
use crate::id::{BlockId, TxId};
use crate::time::{Span, Timestamp};

/// The time between two blocks.
const SLOT: Span = Span::from_secs(3);
/// How long a block usually takes to become solid: 19 more blocks by other producers.
const SOLID_LAG: Span = SLOT.times(19);

/// What is known of the chain when an order is looked at.
pub trait Evidence {
    /// The present moment: our clock, or the newest block where that is ahead.
    fn now(&self) -> Timestamp;
    /// Our clock, by which customers wait: a chain whose time jumps costs no order its chance.
    fn clock(&self) -> Timestamp;
    /// The newest block known.
    fn head(&self) -> BlockRef;
    /// Whether the store may have forgotten attempts: then nothing is signed, nor given up, since what seems to be at home
    /// may be on its way.
    fn in_quarantine(&self) -> bool;
    /// What was observed of a transaction.
    fn observe(&self, tx: TxId) -> Observation;
    /// The id of the block at the height of this one, if the view reaches it.
    fn id_at_height_of(&self, block: &BlockRef) -> Option<BlockId>;
}

/// How long the engine tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Delegations signed for one leg before the order is given up.
    pub attempts_per_leg: usize,
    /// The longest pause between two attempts at a reclaim; those are never given up.
    pub reclaim_pause: Span,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Commit this event, then look again. [`OrderEvent::Died`] names the same wallet; another may be put in its place.
    Move(OrderEvent),
    /// Sign a delegation for each of these legs, commit the bytes, send them.
    Delegate(Vec<LegNo>),
    /// Ask the chain what is out, sign a reclaim for each of these legs, commit the bytes, send them.
    Reclaim(Vec<LegNo>),
    /// Send these bytes, which are on record, again; then wait.
    Send {
        /// What to send.
        txs: Vec<SignedTx>,
        /// When to look again.
        until: Timestamp,
    },
    /// Nothing to do before this moment.
    Wait {
        /// When to look again.
        until: Timestamp,
    },
    /// Nothing to do ever, unless the chain contradicts itself.
    Rest,
}

impl Order {
    /// What to do next.
    #[must_use]
    pub fn next(&self, evidence: &dyn Evidence, limits: &Limits) -> Step {
        if let Some(event) = self.contradiction(evidence).or_else(|| self.news(evidence)) {
            return Step::Move(event);
        }
        match self.state {
            OrderState::Pending | OrderState::Processing => self.next_delivery(evidence, limits),
            OrderState::Completed { finality: Finality::Included, rental } => {
                Step::Wait { until: rental.started_at.after(SOLID_LAG).max(evidence.now().after(SLOT)) }
            }
            OrderState::Completed { rental, .. } | OrderState::Reclaiming { rental } => {
                self.next_return(evidence, limits, rental.ends_at)
            }
            OrderState::Undoing { .. } => self.next_return(evidence, limits, Timestamp::default()),
            OrderState::Expired { .. }
            | OrderState::Failed { .. }
            | OrderState::Cancelled { .. }
            | OrderState::Reviewing { .. } => Step::Rest,
        }
    }

    /// A transaction proven dead that landed after all.
    fn contradiction(&self, evidence: &dyn Evidence) -> Option<OrderEvent> {
        if matches!(self.state, OrderState::Reviewing { .. }) {
            return None;
        }
        let dead = self.legs.iter().flat_map(|leg| &leg.dead).map(|dead| &dead.attempt.tx);
        dead.filter_map(|tx| match fate(tx, &evidence.observe(tx.id)) {
            Fate::Landed(block) => Some(Contradiction::DeadLanded { tx: tx.id, block }),
            Fate::Open | Fate::Included(_) | Fate::Dead(_) => None,
        })
        .map(OrderEvent::Contradicted)
        .next()
    }

    /// The first thing that the chain shows of a live attempt and the order does not say yet.
    fn news(&self, evidence: &dyn Evidence) -> Option<OrderEvent> {
        self.numbered_legs().find_map(|(no, leg)| {
            let (_, attempt, seen) = leg.live()?;
            match (fate(&attempt.tx, &evidence.observe(attempt.tx.id)), seen) {
                (Fate::Landed(block), _) => Some(OrderEvent::Landed { leg: no, block }),
                (Fate::Dead(proof), _) => Some(OrderEvent::Died { leg: no, proof, next_wallet: leg.wallet }),
                (Fate::Included(block), Seen::In(before)) if block == before => None,
                (Fate::Included(block), _) => Some(OrderEvent::Included { leg: no, block }),
                (Fate::Open, Seen::In(block)) if !still_there(&block, evidence.id_at_height_of(&block)) => {
                    Some(OrderEvent::Dropped { leg: no })
                }
                (Fate::Open, _) => None,
            }
        })
    }

    fn next_delivery(&self, evidence: &dyn Evidence, limits: &Limits) -> Step {
        let reserved: Vec<LegNo> = self.legs_that(|state| *state == LegState::Reserved);
        if !reserved.is_empty() && !evidence.in_quarantine() {
            let exhausted = |no: &LegNo| {
                self.leg(*no).is_some_and(|leg| leg.deaths(AttemptKind::Delegate) >= limits.attempts_per_leg)
            };
            if reserved.iter().any(exhausted) {
                return Step::Move(OrderEvent::GaveUp(FailReason::AttemptsExhausted));
            }
            if evidence.clock() >= self.give_up_at {
                return Step::Move(OrderEvent::GaveUp(FailReason::TimedOut));
            }
            return Step::Delegate(reserved);
        }
        self.send_or_wait(evidence)
    }

    fn next_return(&self, evidence: &dyn Evidence, limits: &Limits, ends_at: Timestamp) -> Step {
        // The term is chain time: it ends when a block says so, whatever our clock thinks.
        if evidence.head().time < ends_at {
            return Step::Wait { until: ends_at.max(evidence.now().after(SLOT)) };
        }
        // What is signed goes out first: another leg that cannot be signed for must not hold it back.
        let step = self.send_or_wait(evidence);
        if matches!(step, Step::Send { .. }) {
            return step;
        }
        let ready = |no: &LegNo| self.reclaim_from(*no, limits) <= evidence.now();
        let out = self.legs_that(|state| matches!(state, LegState::Delegated { .. }));
        let due: Vec<LegNo> = out.iter().copied().filter(ready).collect();
        if !due.is_empty() {
            return if evidence.in_quarantine() { step } else { Step::Reclaim(due) };
        }
        let live = self.legs.iter().any(|leg| leg.live().is_some());
        match out.iter().map(|no| self.reclaim_from(*no, limits)).min() {
            // Nothing is under way and every reclaim pauses after a death: wait for the first that may be tried again.
            Some(until) if !live => Step::Wait { until },
            _ => step,
        }
    }

    /// From when on a reclaim may be tried again: after each death the pause doubles.
    fn reclaim_from(&self, no: LegNo, limits: &Limits) -> Timestamp {
        let Some(leg) = self.leg(no) else { return Timestamp::MAX };
        let last = leg.dead.iter().rfind(|dead| dead.kind == AttemptKind::Reclaim);
        last.map_or(Timestamp::default(), |last| {
            let deaths = u32::try_from(leg.deaths(AttemptKind::Reclaim)).unwrap_or(u32::MAX);
            let factor = 1_u32.checked_shl(deaths.min(16)).unwrap_or(u32::MAX);
            last.proof.time.after(SLOT.times(factor).min(limits.reclaim_pause))
        })
    }

    fn send_or_wait(&self, evidence: &dyn Evidence) -> Step {
        let until = evidence.now().after(SLOT);
        // An order being undone does not push a delegation that it no longer wants.
        let wanted = |kind| kind == AttemptKind::Reclaim || !matches!(self.state, OrderState::Undoing { .. });
        let live = self.legs.iter().filter_map(|leg| leg.live());
        let unseen = live.filter(|(kind, attempt, seen)| {
            *seen == Seen::Nowhere && wanted(*kind) && evidence.head().time < attempt.tx.expires_at
        });
        let txs: Vec<SignedTx> = unseen.map(|(_, attempt, _)| attempt.tx.clone()).collect();
        if txs.is_empty() { Step::Wait { until } } else { Step::Send { txs, until } }
    }

    fn legs_that(&self, test: impl Fn(&LegState) -> bool) -> Vec<LegNo> {
        self.numbered_legs().filter(|(_, leg)| test(&leg.state)).map(|(no, _)| no).collect()
    }
}
