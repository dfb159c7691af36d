//! Choices that can be made again: all of a run follow from its seed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// A source of choices; clones choose on their own.
pub(crate) struct Chance {
    seed: u64,
    state: AtomicU64,
}

impl std::fmt::Debug for Chance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FLASH_SEED={}", self.seed)
    }
}

impl Chance {
    /// By `FLASH_SEED`, or another one each time.
    pub(crate) fn new() -> Self {
        let given = std::env::var("FLASH_SEED").ok().and_then(|seed| seed.parse().ok());
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Self::seeded(given.unwrap_or(u64::from(now.subsec_nanos())))
    }

    fn seeded(seed: u64) -> Self {
        Self { seed, state: AtomicU64::new(seed) }
    }

    /// One for somebody else.
    pub(crate) fn fork(&self) -> Self {
        Self::seeded(self.next())
    }

    /// A number below this one.
    pub(crate) fn below(&self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    /// Once in so many times.
    pub(crate) fn once_in(&self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A span of time up to this one.
    pub(crate) fn moment(&self, longest: Duration) -> Duration {
        Duration::from_micros(self.next() % u64::try_from(longest.as_micros()).unwrap())
    }

    /// SplitMix64.
    fn next(&self) -> u64 {
        let state = self.state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
