//! How used Energy recovers.

use flash_core::units::Energy;

use super::{double, truncated};

/// A slot of 3 seconds, counted from the network's genesis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub i64);

/// The time over which used Energy recovers, in thousandths of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window(i64);

/// Used Energy on its way to recover, as an account carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// How much was used as of `at`.
    pub amount: Energy,
    /// When it was last brought up to date.
    pub at: Slot,
    /// When it will have recovered, counted from `at`.
    pub window: Window,
}

/// java-tron keeps averages in millionths.
const PRECISION: i128 = 1_000_000;
const MILLIS: i64 = 1_000;

impl Window {
    /// 24 hours.
    pub const DAY: Self = Self(28_800 * MILLIS);

    /// Wraps thousandths of a slot; less than one slot means 24 hours, as for an account that never used anything.
    #[must_use]
    pub const fn from_thousandths(thousandths: i64) -> Self {
        if thousandths < MILLIS { Self::DAY } else { Self(thousandths) }
    }

    /// Thousandths of a slot.
    #[must_use]
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// Whole slots.
    #[must_use]
    pub const fn slots(self) -> i64 {
        self.0.saturating_div(MILLIS)
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::DAY
    }
}

impl Usage {
    /// The usage after `added` more is used at `now`.
    #[must_use]
    pub fn plus(&self, added: Energy, now: Slot) -> Self {
        let passed = now.0.saturating_sub(self.at.0).max(0);
        let window = self.window.slots();
        let mut average = divided_up(i128::from(self.amount.get()).saturating_mul(PRECISION), window.into());
        if passed >= window {
            average = 0;
        } else if passed > 0 {
            average = decayed(average, window.saturating_sub(passed), window);
        }
        let day = i128::from(Window::DAY.slots());
        let average_added = divided_up(i128::from(added.get()).saturating_mul(PRECISION), day);
        let old = average.saturating_mul(window.into());
        let sum = average_added.saturating_mul(day).saturating_add(old);
        let (remaining, amount) = (divided(old, PRECISION), divided(sum, PRECISION));
        let left = self.window.0.saturating_sub(passed.saturating_mul(MILLIS));
        let window = if remaining == 0 {
            Window::DAY
        } else {
            mixed([(remaining, left), (added.get().into(), Window::DAY.0)], amount)
        };
        Self { amount: Energy::new(fitted(amount)), at: now, window }
    }

    /// The usage decayed to `now`.
    #[must_use]
    pub fn as_of(&self, now: Slot) -> Self {
        self.plus(Energy::ZERO, now)
    }

    /// The lender's usage after `returned` came back at `now` from a receiver whose usage recovers over `window`.
    ///
    /// The receiver's window is the one it has after decaying to `now`: what a customer used is free again 24 hours
    /// after it was used, however long it was lent.
    #[must_use]
    pub fn with_returned(&self, returned: Energy, window: Window, now: Slot) -> Self {
        let own = self.as_of(now);
        if returned == Energy::ZERO {
            return own;
        }
        let amount = i128::from(own.amount.get()).saturating_add(returned.get().into());
        let window = mixed([(own.amount.get().into(), own.window.0), (returned.get().into(), window.0)], amount);
        Self { amount: Energy::new(fitted(amount)), at: now, window }
    }
}

/// The mean of two windows by the usage that recovers over them, rounded up, at most a day.
fn mixed(parts: [(i128, i64); 2], total: i128) -> Window {
    let weighted = parts.into_iter().map(|(amount, window)| amount.saturating_mul(window.into()));
    let mean = divided_up(weighted.fold(0, i128::saturating_add), total);
    Window(fitted(mean).min(Window::DAY.0))
}

/// `average × left / window` with the quotient and the product in doubles, rounded half up.
#[expect(clippy::float_arithmetic, reason = "java-tron's consensus rules are written in doubles")]
fn decayed(average: i128, left: i64, window: i64) -> i128 {
    let product = double(fitted(average)) * (double(left) / double(window));
    truncated(product.round()).into()
}

fn divided(dividend: i128, divisor: i128) -> i128 {
    dividend.checked_div(divisor).unwrap_or_default()
}

fn divided_up(dividend: i128, divisor: i128) -> i128 {
    let exact = dividend.checked_rem(divisor).is_none_or(|rest| rest == 0);
    divided(dividend, divisor).saturating_add(i128::from(!exact))
}

fn fitted(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}
