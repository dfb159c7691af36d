//! The clock port, and the machine's own clock behind it.

use std::fmt::Debug;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::time::Timestamp;

/// Where the present moment comes from.
///
/// # Contract
/// `now` never goes back by more than the leases can bear (seconds), and is the same to within seconds on
/// every host that shares a store. Nothing that moves money trusts it: expiry and terms are judged by block time.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
