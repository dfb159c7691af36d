//! Slots: the 3-second grid that blocks stand on.

use flash_core::time::{Span, Timestamp};
use flash_tron::energy::Slot;

/// The length of a slot.
pub const SLOT: Span = Span::from_secs(3);

/// How many slots one day has: the window in which used resources recover.
pub(crate) const SLOTS_PER_DAY: i64 = 28_800;

/// The slot that a block time falls into; usage is dated in it.
pub(crate) fn slot_at(time: Timestamp, genesis: Timestamp) -> Slot {
    let since = time.as_millis().saturating_sub(genesis.as_millis());
    Slot(since.div_euclid(i64::from(SLOT.as_millis())))
}

/// The moment a slot starts.
pub(crate) fn slot_start(slot: Slot, genesis: Timestamp) -> Timestamp {
    slots_after(genesis, slot.0)
}

/// The latest slot boundary that is not after `time`; block times are multiples of 3 seconds.
pub(crate) fn floor(time: Timestamp) -> Timestamp {
    let late = time.as_millis().rem_euclid(i64::from(SLOT.as_millis()));
    Timestamp::from_millis(time.as_millis().saturating_sub(late))
}

/// A moment so many slots after another.
pub(crate) fn slots_after(time: Timestamp, slots: i64) -> Timestamp {
    let span = slots.saturating_mul(i64::from(SLOT.as_millis()));
    Timestamp::from_millis(time.as_millis().saturating_add(span))
}
