//! How an order moves: one event, the order after it, and the changes that must be committed with it.

use super::{
    Attempt, AttemptKind, Contradiction, DeadAttempt, FailReason, Finality, Landed, Leg, LegNo, LegState, Order,
    OrderState, Rental, Seen, Status,
};
use crate::address::Address;
use crate::chain::BlockRef;
use crate::event::Event;
use crate::store::Change;
use crate::time::Timestamp;

/// What can happen to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderEvent {
    /// These attempts were signed. They may be sent once this is committed, never before.
    Signed(Vec<(LegNo, Attempt)>),
    /// A delegation that the store had forgotten is in a solid block and was signed for this leg, whose live attempt, if
    /// it has one, is dead by then. To be committed with its sighting.
    Adopted {
        /// The leg.
        leg: LegNo,
        /// The wallet that lends; where it is not the leg's, its stake is reserved with this.
        wallet: Address,
        /// The delegation.
        attempt: Attempt,
        /// The block.
        block: BlockRef,
    },
    /// The live attempt of a leg is in a block that is not solid.
    Included {
        /// The leg.
        leg: LegNo,
        /// The block.
        block: BlockRef,
    },
    /// The block that held the live attempt of a leg is gone.
    Dropped {
        /// The leg.
        leg: LegNo,
    },
    /// The live attempt of a leg is in a solid block.
    Landed {
        /// The leg.
        leg: LegNo,
        /// The block.
        block: BlockRef,
    },
    /// The live attempt of a leg is proven dead.
    Died {
        /// The leg.
        leg: LegNo,
        /// The solid block that proves it.
        proof: BlockRef,
        /// The wallet for the next attempt at a delegation: the same, or another whose stake is reserved with this.
        next_wallet: Address,
    },
    /// The chain shows the stake of a delegated leg at home although no reclaim of ours landed.
    Vanished {
        /// The leg.
        leg: LegNo,
    },
    /// The customer cancels.
    Cancelled,
    /// The order cannot be completed.
    GaveUp(FailReason),
    /// Evidence contradicts what was proven.
    Contradicted(Contradiction),
}

impl OrderEvent {
    /// The same event without a change of wallet.
    #[must_use]
    pub fn stay(&self, order: &Order) -> Self {
        if let Self::Died { leg, proof, .. } = self
            && let Some(next_wallet) = order.leg(*leg).map(|leg| leg.wallet)
        {
            return Self::Died { leg: *leg, proof: *proof, next_wallet };
        }
        self.clone()
    }
}

/// The order after an event, and what must be committed with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The order, one version on.
    pub order: Order,
    /// Money, stake and events that belong to the move.
    pub changes: Vec<Change>,
}

/// The event cannot happen to the order as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {} does not allow this", status.as_str())]
pub struct IllegalMove {
    /// How the order stands.
    pub status: Status,
}

impl Leg {
    /// Moves the reserved stake to a wallet, if it is not there.
    fn reserve_at(&mut self, wallet: Address, changes: &mut Vec<Change>) {
        if wallet != self.wallet {
            changes.push(Change::Reserve { wallet, stake: self.stake });
            changes.push(Change::Free { wallet: self.wallet, stake: self.stake });
            self.wallet = wallet;
        }
    }
}

impl Order {
    /// The order after an event, and what must be committed with it. Pure and total.
    ///
    /// # Errors
    /// [`IllegalMove`] when the event cannot happen to the order as it stands.
    pub fn apply(mut self, event: OrderEvent, at: Timestamp) -> Result<Moved, IllegalMove> {
        let mut changes = Vec::new();
        match event {
            OrderEvent::Signed(attempts) => self.sign(attempts)?,
            OrderEvent::Adopted { leg, wallet, attempt, block } => {
                self.adopt(leg, wallet, attempt, block, at, &mut changes)?;
            }
            OrderEvent::Included { leg, block } => self.see(leg, Seen::In(block))?,
            OrderEvent::Dropped { leg } => self.see(leg, Seen::Nowhere)?,
            OrderEvent::Landed { leg, block } => self.land(leg, block, &mut changes)?,
            OrderEvent::Died { leg, proof, next_wallet } => self.bury(leg, proof, next_wallet, &mut changes)?,
            OrderEvent::Vanished { leg } => self.vanish(leg, &mut changes)?,
            OrderEvent::Cancelled => self.cancel(at, &mut changes)?,
            OrderEvent::GaveUp(reason) => self.give_up(reason, &mut changes)?,
            OrderEvent::Contradicted(why) => {
                self.state = OrderState::Reviewing { why, since: at };
                changes.push(Change::Event(Event::OrderReviewing { order: self.id, why }));
            }
        }
        self.settle(at, &mut changes);
        self.version = self.version.next();
        Ok(Moved { order: self, changes })
    }

    const fn illegal(&self) -> IllegalMove {
        IllegalMove { status: self.status() }
    }

    fn leg_mut(&mut self, no: LegNo) -> Result<&mut Leg, IllegalMove> {
        let illegal = self.illegal();
        self.legs.get_mut(usize::from(no.0)).ok_or(illegal)
    }

    fn sign(&mut self, attempts: Vec<(LegNo, Attempt)>) -> Result<(), IllegalMove> {
        let illegal = self.illegal();
        let state = self.state;
        for (no, attempt) in attempts {
            let leg = self.leg_mut(no)?;
            leg.state = match (&leg.state, state) {
                (LegState::Reserved, OrderState::Pending | OrderState::Processing) => {
                    LegState::Delegating { attempt, seen: Seen::Nowhere }
                }
                (
                    LegState::Delegated { delegation },
                    OrderState::Completed { finality: Finality::Final, .. }
                    | OrderState::Reclaiming { .. }
                    | OrderState::Undoing { .. },
                ) => LegState::Reclaiming { delegation: delegation.clone(), attempt, seen: Seen::Nowhere },
                _ => return Err(illegal),
            };
        }
        if state == OrderState::Pending {
            self.state = OrderState::Processing;
        }
        if let OrderState::Completed { rental, .. } = state {
            self.state = OrderState::Reclaiming { rental };
        }
        Ok(())
    }

    fn adopt(
        &mut self,
        no: LegNo,
        wallet: Address,
        attempt: Attempt,
        block: BlockRef,
        at: Timestamp,
        changes: &mut Vec<Change>,
    ) -> Result<(), IllegalMove> {
        if matches!(self.leg_mut(no)?.state, LegState::Delegating { .. }) {
            self.bury(no, block, wallet, changes)?;
            // A completed order is open again without it.
            self.settle(at, changes);
        }
        self.leg_mut(no)?.reserve_at(wallet, changes);
        changes.push(Change::Event(Event::AttemptAdopted { order: self.id, tx: attempt.tx.id }));
        self.sign(vec![(no, attempt)])
    }

    fn see(&mut self, no: LegNo, now_seen: Seen) -> Result<(), IllegalMove> {
        let illegal = self.illegal();
        match &mut self.leg_mut(no)?.state {
            LegState::Delegating { seen, .. } | LegState::Reclaiming { seen, .. } => *seen = now_seen,
            LegState::Reserved | LegState::Delegated { .. } | LegState::Returned { .. } | LegState::Released => {
                return Err(illegal);
            }
        }
        Ok(())
    }

    fn land(&mut self, no: LegNo, block: BlockRef, changes: &mut Vec<Change>) -> Result<(), IllegalMove> {
        let illegal = self.illegal();
        let leg = self.leg_mut(no)?;
        match leg.state.clone() {
            LegState::Delegating { attempt, .. } => {
                leg.state = LegState::Delegated { delegation: Landed { attempt, block } };
            }
            LegState::Reclaiming { delegation, attempt, .. } => {
                let reclaim = Some(Landed { attempt, block });
                leg.state = LegState::Returned { delegation, reclaim };
                changes.push(Change::Free { wallet: leg.wallet, stake: leg.stake });
            }
            LegState::Reserved | LegState::Delegated { .. } | LegState::Returned { .. } | LegState::Released => {
                return Err(illegal);
            }
        }
        Ok(())
    }

    fn bury(
        &mut self,
        no: LegNo,
        proof: BlockRef,
        next_wallet: Address,
        changes: &mut Vec<Change>,
    ) -> Result<(), IllegalMove> {
        let illegal = self.illegal();
        let order = self.id;
        let undoing = matches!(self.state, OrderState::Undoing { .. });
        let leg = self.leg_mut(no)?;
        let (kind, attempt) = match leg.state.clone() {
            LegState::Delegating { attempt, .. } => {
                if undoing {
                    changes.push(Change::Free { wallet: leg.wallet, stake: leg.stake });
                    leg.state = LegState::Released;
                } else {
                    leg.reserve_at(next_wallet, changes);
                    leg.state = LegState::Reserved;
                }
                (AttemptKind::Delegate, attempt)
            }
            LegState::Reclaiming { delegation, attempt, .. } => {
                leg.state = LegState::Delegated { delegation };
                (AttemptKind::Reclaim, attempt)
            }
            LegState::Reserved | LegState::Delegated { .. } | LegState::Returned { .. } | LegState::Released => {
                return Err(illegal);
            }
        };
        changes.push(Change::Event(Event::AttemptDied { order, tx: attempt.tx.id, kind }));
        leg.dead.push(DeadAttempt { kind, attempt, proof });
        Ok(())
    }

    fn vanish(&mut self, no: LegNo, changes: &mut Vec<Change>) -> Result<(), IllegalMove> {
        let illegal = self.illegal();
        let order = self.id;
        let leg = self.leg_mut(no)?;
        let LegState::Delegated { delegation } = leg.state.clone() else { return Err(illegal) };
        leg.state = LegState::Returned { delegation, reclaim: None };
        changes.push(Change::Free { wallet: leg.wallet, stake: leg.stake });
        changes.push(Change::Event(Event::StakeVanished { order, wallet: leg.wallet, stake: leg.stake }));
        Ok(())
    }

    fn cancel(&mut self, at: Timestamp, changes: &mut Vec<Change>) -> Result<(), IllegalMove> {
        if self.state != OrderState::Pending {
            return Err(self.illegal());
        }
        self.release_reserved(changes);
        changes.push(Change::Transfer(self.release(at)));
        changes.push(Change::Event(Event::OrderCancelled { order: self.id }));
        self.state = OrderState::Cancelled { at };
        Ok(())
    }

    fn give_up(&mut self, reason: FailReason, changes: &mut Vec<Change>) -> Result<(), IllegalMove> {
        if !matches!(self.state, OrderState::Pending | OrderState::Processing) {
            return Err(self.illegal());
        }
        self.release_reserved(changes);
        self.state = OrderState::Undoing { reason };
        Ok(())
    }

    fn release_reserved(&mut self, changes: &mut Vec<Change>) {
        for leg in self.legs.iter_mut().filter(|leg| leg.state == LegState::Reserved) {
            leg.state = LegState::Released;
            changes.push(Change::Free { wallet: leg.wallet, stake: leg.stake });
        }
    }

    fn rental(&self, started_at: Timestamp) -> Rental {
        Rental { started_at, ends_at: started_at.after(self.term.span()) }
    }

    /// Moves the order as far as its legs carry it. Money moves here and nowhere else.
    fn settle(&mut self, at: Timestamp, changes: &mut Vec<Change>) {
        let delivered: Option<Vec<BlockRef>> = self.legs.iter().map(Leg::delivered_in).collect();
        let all_final = self.legs.iter().all(|leg| matches!(leg.state, LegState::Delegated { .. }));
        let all_home = self.legs.iter().all(|leg| !leg.is_open());
        match self.state {
            OrderState::Processing => {
                let Some(started_at) = delivered.and_then(|blocks| blocks.iter().map(|block| block.time).max()) else {
                    return;
                };
                let rental = self.rental(started_at);
                self.state = OrderState::Completed { rental, finality: Finality::Included };
                changes.push(Change::Event(Event::OrderCompleted { order: self.id, rental }));
                self.settle(at, changes);
            }
            OrderState::Completed { finality: Finality::Included, .. } if delivered.is_none() => {
                self.state = OrderState::Processing;
                changes.push(Change::Event(Event::OrderReopened { order: self.id }));
            }
            OrderState::Completed { finality: Finality::Included, .. } => {
                // A leg may have moved to another block; the term is counted from where it is now.
                let Some(started_at) = delivered.and_then(|blocks| blocks.iter().map(|block| block.time).max()) else {
                    return;
                };
                let finality = if all_final { Finality::Final } else { Finality::Included };
                self.state = OrderState::Completed { rental: self.rental(started_at), finality };
                if all_final {
                    changes.push(Change::Transfer(self.capture(at)));
                    changes.push(Change::Event(Event::OrderFinal { order: self.id }));
                }
            }
            OrderState::Completed { rental, finality: Finality::Final } | OrderState::Reclaiming { rental }
                if all_home =>
            {
                self.state = OrderState::Expired { rental, ended_at: at };
                changes.push(Change::Event(Event::OrderExpired { order: self.id }));
            }
            OrderState::Undoing { reason } if all_home => {
                self.state = OrderState::Failed { reason, at };
                changes.push(Change::Transfer(self.release(at)));
                changes.push(Change::Event(Event::OrderFailed { order: self.id, reason }));
            }
            OrderState::Pending
            | OrderState::Completed { .. }
            | OrderState::Reclaiming { .. }
            | OrderState::Undoing { .. }
            | OrderState::Expired { .. }
            | OrderState::Failed { .. }
            | OrderState::Cancelled { .. }
            | OrderState::Reviewing { .. } => {}
        }
    }
}
