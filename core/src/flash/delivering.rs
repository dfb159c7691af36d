//! Carrying one order forward: sign, put on record, send, watch, and take home.

use crate::chain::{Action, BlockRef, Delegation, Validity};
use crate::error::Error;
use crate::fate::{Found, Observation};
use crate::flash::{Flash, lock};
use crate::id::{BlockId, TxId, digest};
use crate::order::{
    Attempt, AttemptKind, Evidence, FailReason, Leg, LegNo, LegState, Order, OrderEvent, OrderState, Seen, Step,
};
use crate::store::{Change, ChangeSet, Commit, KnownTx, OrderQuery, OrdersOf, Refusal, StoreError, Which};
use crate::time::{Span, Timestamp};
use crate::units::Sun;

/// Steps in one look at an order; more would mean that two rules send it in circles.
const MOST_STEPS: usize = 64;
/// Open orders between one wallet and one receiver that are looked at, at most. With more of them an order still takes
/// home its own stake when so much is there; only less than that waits.
const MOST_ON_PAIR: usize = 1_000;
/// Solid blocks past a delegation before less stake than it lent is believed: behind a load balancer the height and the
/// stake may come from two nodes, and the one that knows the stake may lag.
const BELIEVED_AFTER: u64 = 40;
/// By how much the expiries of attempts at one head differ at most.
pub(super) const EXPIRY_JITTER: Span = Span::from_secs(10);
/// A wait for something without a known moment.
const LATER: Span = Span::from_secs(3);
/// With a solid head older than this nothing is signed: the reference block would soon be too old to refer to.
const OLDEST_SOLID: Span = Span::from_mins(24 * 60);

/// What is known of the chain and of one order's transactions on it, at one moment.
struct View {
    now: Timestamp,
    clock: Timestamp,
    head: BlockRef,
    solid: BlockRef,
    in_quarantine: bool,
    /// Of each transaction, where the lane above the solid block has it.
    in_lane: Vec<(TxId, BlockRef)>,
    known: Vec<KnownTx>,
    /// Of each block that an attempt was last seen in, the id that stands at its height now.
    ids: Vec<(BlockRef, Option<BlockId>)>,
}

impl Evidence for View {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn clock(&self) -> Timestamp {
        self.clock
    }

    fn head(&self) -> BlockRef {
        self.head
    }

    fn in_quarantine(&self) -> bool {
        self.in_quarantine
    }

    fn observe(&self, tx: TxId) -> Observation {
        let sighting = self.known.iter().find(|known| known.tx == tx).and_then(|known| known.sighting);
        let in_lane = self.in_lane.iter().find(|(id, _)| *id == tx).map(|(_, block)| *block);
        let found = match (sighting, in_lane) {
            (Some(sighting), _) => Found::Solid { block: sighting.block, succeeded: sighting.succeeded },
            (None, Some(block)) => Found::Head { block },
            (None, None) => Found::Nowhere,
        };
        Observation { solid: self.solid, found }
    }

    fn id_at_height_of(&self, block: &BlockRef) -> Option<BlockId> {
        self.ids.iter().find(|(seen, _)| seen == block).and_then(|(_, id)| *id)
    }
}

/// What to reclaim for a leg, as the chain has it.
enum Home {
    /// So much.
    Reclaim(Sun),
    /// Nothing: it is home already.
    Vanished,
    /// Ask again: transactions under way explain why less is out than the books say.
    Later,
}

/// Where the legs of a split are that have landed, when others have not.
enum Rest {
    /// With the receiver.
    There,
    /// Not all of them: the split was undone in a time that the store has forgotten, or somebody else took stake home.
    Gone,
    /// Ask again.
    Later,
}

impl Flash {
    /// Carries a claimed order as far as it goes now, then gives it back with the moment of the next look.
    pub(super) async fn advance(&self, mut order: Order) -> Result<(), Error> {
        for _ in 0..MOST_STEPS {
            let view = self.view(&order).await?;
            let event = match order.next(&view, &self.config().limits) {
                Step::Move(event) => self.reroute(&order, event).await,
                Step::Delegate(legs) => match self.rest_of_split(&order).await? {
                    Rest::Gone => OrderEvent::GaveUp(FailReason::AttemptsExhausted),
                    Rest::Later => return self.put_off(order, view.now.after(LATER)).await,
                    Rest::There => {
                        let stakes = legs.iter().filter_map(|no| Some((*no, order.leg(*no)?.stake)));
                        let stakes: Vec<_> = stakes.collect();
                        match self.sign(&order, AttemptKind::Delegate, &stakes, &view).await? {
                            Some(event) => event,
                            None => return self.put_off(order, view.now.after(LATER)).await,
                        }
                    }
                },
                Step::Reclaim(legs) => match self.sign_reclaims(&order, &legs, &view).await? {
                    Some(event) => event,
                    None => return self.put_off(order, view.now.after(LATER)).await,
                },
                Step::Send { txs, until } => {
                    for tx in &txs {
                        // On record before it is sent: these bytes come from the store. The answer proves nothing.
                        let answer = self.chain().broadcast(tx).await;
                        tracing::debug!(order = %order.id, tx = %tx.id, ?answer, "sent");
                    }
                    return self.put_off(order, until).await;
                }
                Step::Wait { until } => return self.put_off(order, until).await,
                Step::Rest => return self.put_off(order, Timestamp::MAX).await,
            };
            match self.commit_move(order, event).await? {
                Some(moved) => order = moved,
                None => return Ok(()),
            }
        }
        Err(StoreError::Corrupt { what: format!("order {} does not come to rest", order.id) }.into())
    }

    /// Commits a move. `None` when someone else has moved the order on, who will also carry it further.
    async fn commit_move(&self, order: Order, event: OrderEvent) -> Result<Option<Order>, Error> {
        let at = self.now();
        let before = order.clone();
        let moved = order.apply(event.clone(), at)?;
        let freed: Vec<_> = moved.changes.iter().filter_map(Change::frees).collect();
        // Should we die here, another worker takes over when our lease would have ended.
        let due = at.after(self.config().lease);
        let mut changes = vec![Change::Order { order: Box::new(moved.order.clone()), due }];
        changes.extend(moved.changes);
        match self.store().commit(ChangeSet { at, changes }).await? {
            Commit::Done => {
                lock(&self.shared.stale_wallets).extend(freed);
                Ok(Some(moved.order))
            }
            Commit::Refused(Refusal::Conflict { .. }) => Ok(None),
            // The other wallet was lent in the meantime: stay with ours.
            Commit::Refused(Refusal::Exhausted { .. }) if event != event.stay(&before) => {
                let stay = event.stay(&before);
                Box::pin(self.commit_move(before, stay)).await
            }
            Commit::Refused(refusal) => {
                Err(StoreError::Corrupt { what: format!("order {}: {refusal:?}", before.id) }.into())
            }
        }
    }

    /// Gives a claimed order back until a moment.
    async fn put_off(&self, mut order: Order, until: Timestamp) -> Result<(), Error> {
        order.version = order.version.next();
        let changes = vec![Change::Order { order: Box::new(order), due: until }];
        // Refused when someone else has moved it on, who then said when it is due.
        let _ = self.store().commit(ChangeSet { at: self.now(), changes }).await?;
        Ok(())
    }

    /// What is known now. The lane is read before the store, so that the store's sightings reach at least as far as the
    /// solid block that the lane stands on.
    async fn view(&self, order: &Order) -> Result<View, Error> {
        let txs: Vec<TxId> = order.tx_ids().collect();
        let seen = order.legs.iter().filter_map(|leg| match leg.live() {
            Some((_, _, Seen::In(block))) => Some(block),
            _ => None,
        });
        let mut view = {
            let lane = lock(&self.shared.lane);
            let lane = lane.as_ref().ok_or(Error::Contended)?;
            View {
                now: self.now(),
                clock: self.shared.clock.now(),
                head: lane.tip(),
                solid: lane.base(),
                in_quarantine: self.in_quarantine(),
                in_lane: txs.iter().filter_map(|tx| Some((*tx, lane.find(tx)?))).collect(),
                known: Vec::new(),
                ids: seen.map(|block| (block, lane.id_at_height_of(&block))).collect(),
            }
        };
        if !txs.is_empty() {
            view.known = self.store().known(&txs).await?;
        }
        Ok(view)
    }

    /// After a delegation died, looks for another wallet: whatever the reason was, it may lie in this one.
    async fn reroute(&self, order: &Order, event: OrderEvent) -> OrderEvent {
        let OrderEvent::Died { leg: no, proof, next_wallet } = event else { return event };
        let same = OrderEvent::Died { leg: no, proof, next_wallet };
        let Some(leg) = order.leg(no) else { return same };
        let undoing = matches!(order.state, OrderState::Undoing { .. });
        if undoing || !matches!(leg.state, LegState::Delegating { .. }) {
            return same;
        }
        lock(&self.shared.stale_wallets).insert(leg.wallet);
        let but_not: Vec<_> = order.legs.iter().map(|leg| leg.wallet).collect();
        match self.pick_another(leg.stake, &but_not).await {
            Ok(Some(next_wallet)) => OrderEvent::Died { leg: no, proof, next_wallet },
            Ok(None) | Err(_) => same,
        }
    }

    /// Signs one transaction a leg. `None` when this is no moment to sign anything.
    async fn sign(
        &self,
        order: &Order,
        kind: AttemptKind,
        stakes: &[(LegNo, Sun)],
        view: &View,
    ) -> Result<Option<OrderEvent>, Error> {
        if !self.may_sign(view) {
            return Ok(None);
        }
        let mut attempts = Vec::with_capacity(stakes.len());
        let mut refused = None;
        for (no, stake) in stakes {
            let Some(leg) = order.leg(*no) else { continue };
            let delegation = Delegation { wallet: leg.wallet, receiver: order.receiver, stake: *stake };
            let action = match kind {
                AttemptKind::Delegate => Action::Delegate(delegation),
                AttemptKind::Reclaim => Action::Reclaim(delegation),
            };
            let validity = self.validity(order, *no, leg, kind, view);
            match (self.chain().sign(&action, &validity).await, kind) {
                (Ok(tx), _) => attempts.push((*no, Attempt { tx, stake: *stake })),
                // A split is delivered whole or not at all.
                (Err(error), AttemptKind::Delegate) => return Err(error.into()),
                // A wallet whose key is away does not keep the stake of others from coming home.
                (Err(error), AttemptKind::Reclaim) => refused = Some(error),
            }
        }
        match refused {
            Some(error) if attempts.is_empty() => Err(error.into()),
            _ => Ok(Some(OrderEvent::Signed(attempts))),
        }
    }

    /// Whether our view of the chain is fresh enough to sign by, and the store forgets nothing.
    fn may_sign(&self, view: &View) -> bool {
        if self.in_quarantine() {
            return false;
        }
        let trusted = self.trusts(&view.head);
        if !trusted {
            tracing::warn!(head = ?view.head, "the newest block is far from our clock: signing nothing");
        }
        trusted && view.solid.time.distance(view.head.time) <= OLDEST_SOLID
    }

    /// When an attempt can land, and what makes its bytes its own: no two attempts have the same, whatever else of them
    /// is equal, and the same attempt signed again at the same head has.
    fn validity(&self, order: &Order, no: LegNo, leg: &Leg, kind: AttemptKind, view: &View) -> Validity {
        let attempt = leg.deaths(kind).to_be_bytes();
        let kind = match kind {
            AttemptKind::Delegate => b"delegate".as_slice(),
            AttemptKind::Reclaim => b"reclaim".as_slice(),
        };
        let [a, b, c, d, e, f, g, h, ..] = digest("attempt", &[order.id.as_bytes(), &[no.0], kind, &attempt]);
        let jitter = |bytes, within: Span| {
            Span::from_millis(u32::from_be_bytes(bytes).checked_rem(within.as_millis()).unwrap_or(0))
        };
        Validity {
            reference: view.solid,
            expires_at: view.head.time.after(self.config().tx_validity).after(jitter([a, b, c, d], EXPIRY_JITTER)),
            stamp: view.head.time.before(jitter([e, f, g, h], Span::from_secs(1_000))),
        }
    }

    /// Whether the legs that have landed are still with the receiver, so that the others would make the order whole.
    async fn rest_of_split(&self, order: &Order) -> Result<Rest, Error> {
        for (no, leg) in order.numbered_legs() {
            if matches!(leg.state, LegState::Delegated { .. }) {
                match self.home(order, no).await? {
                    Home::Reclaim(stake) if stake == leg.stake => {}
                    Home::Reclaim(_) | Home::Vanished => return Ok(Rest::Gone),
                    Home::Later => return Ok(Rest::Later),
                }
            }
        }
        Ok(Rest::There)
    }

    /// Signs a reclaim for each leg whose stake the chain shows with the receiver.
    async fn sign_reclaims(&self, order: &Order, legs: &[LegNo], view: &View) -> Result<Option<OrderEvent>, Error> {
        let mut stakes = Vec::with_capacity(legs.len());
        for no in legs {
            match self.home(order, *no).await? {
                Home::Reclaim(stake) => stakes.push((*no, stake)),
                Home::Vanished => return Ok(Some(OrderEvent::Vanished { leg: *no })),
                Home::Later => {}
            }
        }
        if stakes.is_empty() {
            return Ok(None);
        }
        self.sign(order, AttemptKind::Reclaim, &stakes, view).await
    }

    /// What of a leg's stake is with the receiver. The chain merges all delegations between one pair, so what is out is
    /// shared out by the books: other legs keep theirs.
    async fn home(&self, order: &Order, no: LegNo) -> Result<Home, Error> {
        let Some((leg, delegation)) = order.leg(no).and_then(|leg| Some((leg, leg.delegation()?))) else {
            return Ok(Home::Later);
        };
        let lent = self.chain().delegated(&leg.wallet, &order.receiver).await?;
        let past = lent.as_of.0.checked_sub(delegation.block.height.0);
        let Some(past) = past else { return Ok(Home::Later) };
        let of = OrdersOf::Pair { wallet: leg.wallet, receiver: order.receiver };
        let query = OrderQuery { of, which: Which::Open, after: None, limit: MOST_ON_PAIR };
        let open = self.store().orders(&query).await?;
        let others = open.iter().flat_map(|other| other.numbered_legs().map(move |(no, leg)| (other, no, leg)));
        let others = others.filter(|(other, other_no, other_leg)| {
            (other.id, *other_no) != (order.id, no) && other_leg.wallet == leg.wallet && other_leg.is_open()
        });
        // A shortfall is not acted on while it may be explained otherwise, nor by a part of the books.
        let (mut theirs, mut moving) = (Sun::ZERO, past < BELIEVED_AFTER || open.len() >= MOST_ON_PAIR);
        for (_, _, other) in others {
            match &other.state {
                LegState::Delegated { delegation } if delegation.block.height <= lent.as_of => {
                    theirs = theirs.plus(delegation.attempt.stake)?;
                }
                LegState::Reserved | LegState::Returned { .. } | LegState::Released => {}
                LegState::Delegating { .. } | LegState::Delegated { .. } | LegState::Reclaiming { .. } => moving = true,
            }
        }
        let spare = lent.stake.minus(theirs)?;
        Ok(match spare {
            spare if spare >= leg.stake => Home::Reclaim(leg.stake),
            _ if moving => Home::Later,
            spare if spare.is_positive() => Home::Reclaim(spare),
            _ => Home::Vanished,
        })
    }
}
