//! Orders, their legs, and every transaction signed for them.

use std::collections::HashSet;

use flash_core::chain::{BlockRef, SignedTx};
use flash_core::id::TxId;
use flash_core::order::{
    Attempt, AttemptKind, Contradiction, DeadAttempt, FailReason, Finality, Landed, Leg, LegState, Order, OrderState,
    Rental, Seen,
};
use flash_core::store::StoreError;
use flash_core::time::Timestamp;
use flash_core::units::{Energy, Sun};
use uuid::Uuid;

use super::words::{AttemptWord, FateWord, LegWord, ReasonWord, StateWord, TermWord};
use super::{address, block, corrupt, moment, order_id, parse, signed, user_id, uuid, version, version_number};

#[derive(Debug, Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "order_row")]
pub(crate) struct OrderRow {
    pub(crate) id: Uuid,
    user_id: i64,
    client_order_id: Option<String>,
    receiver: [u8; 20],
    energy: i64,
    term: TermWord,
    price: i64,
    created_ms: i64,
    give_up_ms: i64,
    state: StateWord,
    started_ms: Option<i64>,
    ends_ms: Option<i64>,
    since_ms: Option<i64>,
    reason: Option<ReasonWord>,
    review_tx: Option<[u8; 32]>,
    review_height: Option<i64>,
    review_block: Option<[u8; 32]>,
    review_time_ms: Option<i64>,
    version: i64,
    due_ms: Option<i64>,
    follows: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "leg_row")]
pub(crate) struct LegRow {
    pub(crate) order_id: Uuid,
    pub(crate) no: i16,
    wallet: [u8; 20],
    receiver: [u8; 20],
    stake: i64,
    state: LegWord,
    order_open: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "attempt_row")]
pub(crate) struct AttemptRow {
    pub(crate) tx: [u8; 32],
    pub(crate) order_id: Uuid,
    pub(crate) leg: i16,
    kind: AttemptWord,
    stake: i64,
    bytes: Vec<u8>,
    expires_ms: i64,
    pub(crate) fate: FateWord,
    pub(crate) death: Option<i16>,
    block_height: Option<i64>,
    block_id: Option<[u8; 32]>,
    block_time_ms: Option<i64>,
}

#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "wake_row")]
pub(crate) struct WakeRow {
    pub(crate) order_id: Uuid,
    pub(crate) at_ms: i64,
}

/// An order as it is read: its row, its legs by number, its attempts with the dead in the order of their deaths.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct StoredOrder {
    content: OrderRow,
    legs: Vec<LegRow>,
    attempts: Vec<AttemptRow>,
}

impl OrderRow {
    /// The row of an order that is put, due at a moment, in the place of a stored version.
    pub(crate) fn put(order: &Order, due: Timestamp, follows: i64) -> Self {
        let mut row = Self {
            id: uuid(order.id.as_bytes()),
            user_id: order.user.get(),
            client_order_id: order.client_order_id.clone().map(String::from),
            receiver: *order.receiver.body(),
            energy: order.energy.get(),
            term: order.term.into(),
            price: order.price.get(),
            created_ms: order.created_at.as_millis(),
            give_up_ms: order.give_up_at.as_millis(),
            state: state_word(&order.state),
            started_ms: None,
            ends_ms: None,
            since_ms: None,
            reason: None,
            review_tx: None,
            review_height: None,
            review_block: None,
            review_time_ms: None,
            version: version_number(order.version),
            due_ms: moment(due),
            follows: Some(follows),
        };
        match order.state {
            OrderState::Pending | OrderState::Processing => {}
            OrderState::Completed { rental, .. } | OrderState::Reclaiming { rental } => row.runs(rental),
            OrderState::Expired { rental, ended_at } => {
                row.runs(rental);
                row.since_ms = Some(ended_at.as_millis());
            }
            OrderState::Undoing { reason } => row.reason = Some(reason.into()),
            OrderState::Failed { reason, at } => {
                row.reason = Some(reason.into());
                row.since_ms = Some(at.as_millis());
            }
            OrderState::Cancelled { at } => row.since_ms = Some(at.as_millis()),
            OrderState::Reviewing { why: Contradiction::DeadLanded { tx, block }, since } => {
                row.since_ms = Some(since.as_millis());
                row.review_tx = Some(*tx.as_bytes());
                row.review_height = Some(signed(block.height.0));
                row.review_block = Some(*block.id.as_bytes());
                row.review_time_ms = Some(block.time.as_millis());
            }
        }
        row
    }

    const fn runs(&mut self, rental: Rental) {
        self.started_ms = Some(rental.started_at.as_millis());
        self.ends_ms = Some(rental.ends_at.as_millis());
    }

    fn state(&self) -> Option<OrderState> {
        let since = self.since_ms.map(Timestamp::from_millis);
        let reason = || self.reason.map(FailReason::from);
        let rental = || {
            let (started_at, ends_at) =
                (Timestamp::from_millis(self.started_ms?), Timestamp::from_millis(self.ends_ms?));
            Some(Rental { started_at, ends_at })
        };
        Some(match self.state {
            StateWord::Pending => OrderState::Pending,
            StateWord::Processing => OrderState::Processing,
            StateWord::Included => OrderState::Completed { rental: rental()?, finality: Finality::Included },
            StateWord::Final => OrderState::Completed { rental: rental()?, finality: Finality::Final },
            StateWord::Reclaiming => OrderState::Reclaiming { rental: rental()? },
            StateWord::Expired => OrderState::Expired { rental: rental()?, ended_at: since? },
            StateWord::Undoing => OrderState::Undoing { reason: reason()? },
            StateWord::Failed => OrderState::Failed { reason: reason()?, at: since? },
            StateWord::Cancelled => OrderState::Cancelled { at: since? },
            StateWord::Reviewing => {
                let block = block(self.review_height?, self.review_block?, self.review_time_ms?).ok()?;
                let why = Contradiction::DeadLanded { tx: TxId::from_bytes(self.review_tx?), block };
                OrderState::Reviewing { why, since: since? }
            }
        })
    }
}

const fn state_word(state: &OrderState) -> StateWord {
    match state {
        OrderState::Pending => StateWord::Pending,
        OrderState::Processing => StateWord::Processing,
        OrderState::Completed { finality: Finality::Included, .. } => StateWord::Included,
        OrderState::Completed { finality: Finality::Final, .. } => StateWord::Final,
        OrderState::Reclaiming { .. } => StateWord::Reclaiming,
        OrderState::Expired { .. } => StateWord::Expired,
        OrderState::Undoing { .. } => StateWord::Undoing,
        OrderState::Failed { .. } => StateWord::Failed,
        OrderState::Cancelled { .. } => StateWord::Cancelled,
        OrderState::Reviewing { .. } => StateWord::Reviewing,
    }
}

/// The rows of an order's legs, by number.
pub(crate) fn leg_rows(order: &Order) -> impl Iterator<Item = LegRow> {
    order.numbered_legs().map(|(no, leg)| LegRow {
        order_id: uuid(order.id.as_bytes()),
        no: no.0.into(),
        wallet: *leg.wallet.body(),
        receiver: *order.receiver.body(),
        stake: leg.stake.get(),
        state: match leg.state {
            LegState::Reserved => LegWord::Reserved,
            LegState::Delegating { .. } => LegWord::Delegating,
            LegState::Delegated { .. } => LegWord::Delegated,
            LegState::Reclaiming { .. } => LegWord::Reclaiming,
            LegState::Returned { .. } => LegWord::Returned,
            LegState::Released => LegWord::Released,
        },
        order_open: !order.state.is_closed(),
    })
}

/// What became of an attempt.
enum Fate {
    Live(Seen),
    Landed(BlockRef),
    Dead(usize, BlockRef),
}

/// The rows of every attempt that an order speaks of.
pub(crate) fn attempt_rows(order: &Order) -> Vec<AttemptRow> {
    let mut rows = Vec::new();
    for (no, leg) in order.numbered_legs() {
        let mut add = |kind: AttemptKind, attempt: &Attempt, fate: Fate| {
            let (word, death, block) = match fate {
                Fate::Live(Seen::Nowhere) => (FateWord::Live, None, None),
                Fate::Live(Seen::In(block)) => (FateWord::Live, None, Some(block)),
                Fate::Landed(block) => (FateWord::Landed, None, Some(block)),
                Fate::Dead(n, proof) => (FateWord::Dead, Some(i16::try_from(n).unwrap_or(i16::MAX)), Some(proof)),
            };
            rows.push(AttemptRow {
                tx: *attempt.tx.id.as_bytes(),
                order_id: uuid(order.id.as_bytes()),
                leg: no.0.into(),
                kind: kind.into(),
                stake: attempt.stake.get(),
                bytes: attempt.tx.bytes.clone(),
                expires_ms: attempt.tx.expires_at.as_millis(),
                fate: word,
                death,
                block_height: block.map(|block| signed(block.height.0)),
                block_id: block.map(|block| *block.id.as_bytes()),
                block_time_ms: block.map(|block| block.time.as_millis()),
            });
        };
        for (n, dead) in leg.dead.iter().enumerate() {
            add(dead.kind, &dead.attempt, Fate::Dead(n, dead.proof));
        }
        if let Some(landed) = leg.delegation() {
            add(AttemptKind::Delegate, &landed.attempt, Fate::Landed(landed.block));
        }
        if let LegState::Returned { reclaim: Some(landed), .. } = &leg.state {
            add(AttemptKind::Reclaim, &landed.attempt, Fate::Landed(landed.block));
        }
        if let Some((kind, attempt, seen)) = leg.live() {
            add(kind, attempt, Fate::Live(seen));
        }
    }
    rows
}

impl AttemptRow {
    /// The row of an attempt that its order does not speak of any more. It stays known.
    pub(crate) fn forgotten(mut self) -> Self {
        self.fate = FateWord::Forgotten;
        self.death = None;
        self
    }

    fn block(&self) -> Result<Option<BlockRef>, StoreError> {
        match (self.block_height, self.block_id, self.block_time_ms) {
            (Some(height), Some(id), Some(time_ms)) => block(height, id, time_ms).map(Some),
            _ => Ok(None),
        }
    }

    fn attempt(&self) -> Attempt {
        let expires_at = Timestamp::from_millis(self.expires_ms);
        let tx = SignedTx { id: TxId::from_bytes(self.tx), bytes: self.bytes.clone(), expires_at };
        Attempt { tx, stake: Sun::new(self.stake) }
    }
}

/// The order that rows stand for.
pub(crate) fn order(stored: &StoredOrder) -> Result<Order, StoreError> {
    let StoredOrder { content, legs, attempts } = stored;
    let broken = || corrupt(format!("order {} in state {:?}", content.id, content.state));
    let numbers: HashSet<i16> = legs.iter().map(|leg| leg.no).collect();
    if attempts.iter().any(|attempt| !numbers.contains(&attempt.leg)) {
        return Err(broken());
    }
    let legs = legs.iter().map(|row| {
        let of_leg: Vec<&AttemptRow> = attempts.iter().filter(|attempt| attempt.leg == row.no).collect();
        leg(row, &of_leg)?.ok_or_else(broken)
    });
    Ok(Order {
        id: order_id(content.id),
        user: user_id(content.user_id)?,
        client_order_id: content.client_order_id.as_deref().map(|id| parse(id, "client order id")).transpose()?,
        receiver: address(content.receiver),
        energy: Energy::new(content.energy),
        term: content.term.into(),
        price: Sun::new(content.price),
        created_at: Timestamp::from_millis(content.created_ms),
        give_up_at: Timestamp::from_millis(content.give_up_ms),
        state: content.state().ok_or_else(broken)?,
        legs: legs.collect::<Result<_, _>>()?,
        version: version(content.version)?,
    })
}

/// The leg that rows stand for; none when they contradict each other.
fn leg(row: &LegRow, attempts: &[&AttemptRow]) -> Result<Option<Leg>, StoreError> {
    let find = |kind: AttemptKind, fate: FateWord| {
        attempts.iter().find(|attempt| attempt.kind == kind.into() && attempt.fate == fate)
    };
    let landed = |kind| -> Result<Option<Landed>, StoreError> {
        let Some(row) = find(kind, FateWord::Landed) else { return Ok(None) };
        Ok(row.block()?.map(|block| Landed { attempt: row.attempt(), block }))
    };
    let live = |kind| -> Result<Option<(Attempt, Seen)>, StoreError> {
        let Some(row) = find(kind, FateWord::Live) else { return Ok(None) };
        Ok(Some((row.attempt(), row.block()?.map_or(Seen::Nowhere, Seen::In))))
    };
    let delegation = landed(AttemptKind::Delegate)?;
    let state = match (row.state, delegation) {
        (LegWord::Reserved, None) => Some(LegState::Reserved),
        (LegWord::Released, None) => Some(LegState::Released),
        (LegWord::Delegating, None) => {
            live(AttemptKind::Delegate)?.map(|(attempt, seen)| LegState::Delegating { attempt, seen })
        }
        (LegWord::Delegated, Some(delegation)) => Some(LegState::Delegated { delegation }),
        (LegWord::Reclaiming, Some(delegation)) => {
            live(AttemptKind::Reclaim)?.map(|(attempt, seen)| LegState::Reclaiming { delegation, attempt, seen })
        }
        (LegWord::Returned, Some(delegation)) => {
            Some(LegState::Returned { delegation, reclaim: landed(AttemptKind::Reclaim)? })
        }
        _ => None,
    };
    let Some(state) = state else { return Ok(None) };
    let mut dead = Vec::new();
    for row in attempts.iter().filter(|attempt| attempt.death.is_some()) {
        let Some(proof) = row.block()? else { return Ok(None) };
        dead.push(DeadAttempt { kind: row.kind.into(), attempt: row.attempt(), proof });
    }
    Ok(Some(Leg { wallet: address(row.wallet), stake: Sun::new(row.stake), state, dead }))
}
