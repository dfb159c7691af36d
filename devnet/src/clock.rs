//! Virtual time: it runs at its own speed and can jump ahead.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use flash_core::clock::Clock;
use flash_core::time::Timestamp;

use crate::config::Speed;

/// The clock of a devnet. Clones show the same time, so a program in the same process can share it.
#[derive(Debug, Clone)]
pub struct DevnetClock {
    speed: Speed,
    started: Instant,
    /// What the clock showed when it started, plus all jumps since.
    base: Arc<Mutex<Timestamp>>,
}

impl DevnetClock {
    /// A clock that shows `now` now.
    pub(crate) fn new(now: Timestamp, speed: Speed) -> Self {
        Self { speed, started: Instant::now(), base: Arc::new(Mutex::new(now)) }
    }

    /// How fast it runs.
    #[must_use]
    pub const fn speed(&self) -> Speed {
        self.speed
    }

    /// Moves time ahead by this many milliseconds.
    pub(crate) fn jump(&self, millis: i64) {
        let mut base = self.base.lock().unwrap_or_else(PoisonError::into_inner);
        *base = Timestamp::from_millis(base.as_millis().saturating_add(millis.max(0)));
    }

    /// How long, in real time, until the clock shows `moment`; nothing when time stands still.
    pub(crate) fn wait_until(&self, moment: Timestamp) -> Option<Duration> {
        let millis = u64::try_from(moment.as_millis().saturating_sub(self.now().as_millis())).unwrap_or(0);
        let micros = millis.saturating_mul(1_000).checked_div(u64::from(self.speed.factor()))?;
        Some(Duration::from_micros(micros))
    }
}

impl Clock for DevnetClock {
    fn now(&self) -> Timestamp {
        let base = *self.base.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = self.started.elapsed().as_millis().saturating_mul(u128::from(self.speed.factor()));
        Timestamp::from_millis(base.as_millis().saturating_add(i64::try_from(elapsed).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_by_jumps() {
        let clock = DevnetClock::new(Timestamp::from_millis(3_000), Speed::MANUAL);
        let shared = clock.clone();
        clock.jump(6_000);
        assert_eq!(shared.now(), Timestamp::from_millis(9_000));
        assert_eq!(clock.wait_until(Timestamp::from_millis(12_000)), None);
    }

    #[test]
    fn a_fast_clock_waits_a_fraction() {
        let clock = DevnetClock::new(Timestamp::from_millis(0), Speed::times(100));
        let wait = clock.wait_until(Timestamp::from_millis(300_000)).unwrap();
        assert!(wait <= Duration::from_secs(3));
    }
}
