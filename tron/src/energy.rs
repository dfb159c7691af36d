//! The network's Energy arithmetic, to the last unit.
//!
//! java-tron computes parts of it in IEEE doubles and the results are consensus, so the same operations happen here
//! in the same order. Nothing of this is money: amounts of sun go in, and what comes out is what the chain will do.

#![expect(clippy::float_arithmetic, reason = "java-tron's consensus rules are written in doubles")]

mod usage;

use flash_core::chain::EnergyRate;
use flash_core::units::{Energy, Overflow, Sun};

pub use self::usage::{Slot, Usage, Window};

const SUN_PER_TRX: i64 = 1_000_000;

/// The Energy that this much stake gives in 24 hours, of all the account has staked and borrowed for Energy.
///
/// It is rounded down once an account, so what a delegation adds is the difference of two limits: see [`gain`].
#[must_use]
pub fn limit(stake: Sun, rate: &EnergyRate) -> Energy {
    if rate.total_weight == 0 {
        return Energy::ZERO;
    }
    let share = double(rate.total_energy.get()) / double(rate.total_weight);
    Energy::new(truncated(double(stake.get()) / double(SUN_PER_TRX) * share))
}

/// The Energy an account gains that has `held` and gets `added`.
///
/// # Errors
/// [`Overflow`] when the sums do not fit.
pub fn gain(held: Sun, added: Sun, rate: &EnergyRate) -> Result<Energy, Overflow> {
    limit(held.plus(added)?, rate).minus(limit(held, rate))
}

/// The stake that gives an account that has `held` at least `wanted` Energy more, with nothing more than the
/// rounding to spare. It can be below the 1 TRX that a delegation takes at least.
///
/// # Errors
/// [`Overflow`] when there is no such amount: nobody has staked, or more is wanted than there is.
pub fn stake_for(held: Sun, wanted: Energy, rate: &EnergyRate) -> Result<Sun, Overflow> {
    if !wanted.is_positive() {
        return Ok(Sun::ZERO);
    }
    let (total, weight) = (i128::from(rate.total_energy.get()), i128::from(rate.total_weight));
    if total <= 0 || weight <= 0 {
        return Err(Overflow);
    }
    let stake = i128::from(wanted.get())
        .checked_mul(weight)
        .and_then(|product| product.checked_mul(i128::from(SUN_PER_TRX)))
        .and_then(|product| product.checked_add(total.saturating_sub(1)))
        .and_then(|product| product.checked_div(total))
        .and_then(|stake| i64::try_from(stake).ok());
    let mut stake = Sun::new(stake.ok_or(Overflow)?);
    // The doubles can round down what is exact in integers; one sun more is then enough, and the bound is for the
    // amounts beyond 2^53 where one sun no longer shows.
    for _ in 0..1_000 {
        if gain(held, stake, rate)? >= wanted {
            return Ok(stake);
        }
        stake = stake.plus(Sun::new(1))?;
    }
    Err(Overflow)
}

/// An account's stake for Energy, as far as it decides what can be lent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stake {
    /// Its own stake that is not lent (`frozenV2`).
    pub own: Sun,
    /// Its own stake of the first kind (`frozen`, before 2023): it cannot be lent, but takes usage upon itself.
    pub own_v1: Sun,
    /// What others have lent to it, of both kinds: it takes usage upon itself as well.
    pub borrowed: Sun,
    /// The Energy it has used and not yet recovered.
    pub used: Energy,
}

impl Stake {
    /// The stake that can be lent now: `own`, less what stands for used Energy that nothing else covers.
    #[must_use]
    pub fn lendable(&self, rate: &EnergyRate) -> Sun {
        let covered = self.own_v1.get().saturating_add(self.borrowed.get());
        let uncovered = self.used_stake(rate).get().saturating_sub(covered).max(0);
        Sun::new(self.own.get().saturating_sub(uncovered).max(0))
    }

    /// The stake that stands for the used Energy.
    #[must_use]
    pub fn used_stake(&self, rate: &EnergyRate) -> Sun {
        if rate.total_energy == Energy::ZERO {
            return Sun::ZERO;
        }
        let micros = self.used.get().saturating_mul(SUN_PER_TRX);
        Sun::new(truncated(double(micros) * (double(rate.total_weight) / double(rate.total_energy.get()))))
    }
}

/// The part of a receiver's used Energy that goes back to the lender when `taken` is undelegated.
///
/// `used` is the receiver's usage decayed to now, and `all` its whole stake for Energy before, own and borrowed.
#[must_use]
pub fn returned_usage(used: Energy, taken: Sun, all: Sun, rate: &EnergyRate) -> Energy {
    if all == Sun::ZERO {
        return Energy::ZERO;
    }
    let part = truncated(double(used.get()) * (double(taken.get()) / double(all.get())));
    Energy::new(limit(taken, rate).get().min(part))
}

/// Java's widening of a long.
#[expect(clippy::as_conversions, reason = "there is no From for it; rounds to nearest, as Java does")]
fn double(number: i64) -> f64 {
    number as f64
}

/// Java's cast to long.
#[expect(clippy::as_conversions, reason = "truncates, saturates and turns NaN to 0, as Java does")]
fn truncated(number: f64) -> i64 {
    number as i64
}
