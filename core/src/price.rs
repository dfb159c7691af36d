//! What a rental costs: a price book by term and amount, in sun per Energy.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use crate::id::{QuoteId, UserId};
use crate::time::{Span, Timestamp};
use crate::units::{Energy, Overflow, Sun};

/// How long a rental runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Term {
    /// Ten minutes.
    TenMinutes,
    /// One hour.
    OneHour,
    /// One day.
    OneDay,
    /// Three days.
    ThreeDays,
    /// Seven days.
    SevenDays,
    /// Fourteen days.
    FourteenDays,
}

impl Term {
    /// Every term, shortest first.
    pub const ALL: [Self; 6] =
        [Self::TenMinutes, Self::OneHour, Self::OneDay, Self::ThreeDays, Self::SevenDays, Self::FourteenDays];

    /// The term's word: `10m`, `1h`, `1d`, `3d`, `7d`, `14d`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TenMinutes => "10m",
            Self::OneHour => "1h",
            Self::OneDay => "1d",
            Self::ThreeDays => "3d",
            Self::SevenDays => "7d",
            Self::FourteenDays => "14d",
        }
    }

    /// How long it is.
    #[must_use]
    pub const fn span(self) -> Span {
        const DAY: Span = Span::from_mins(24 * 60);
        match self {
            Self::TenMinutes => Span::from_mins(10),
            Self::OneHour => Span::from_mins(60),
            Self::OneDay => DAY,
            Self::ThreeDays => DAY.times(3),
            Self::SevenDays => DAY.times(7),
            Self::FourteenDays => DAY.times(14),
        }
    }
}

/// A text is no term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one of 10m, 1h, 1d, 3d, 7d, 14d")]
pub struct ParseTermError;

impl FromStr for Term {
    type Err = ParseTermError;

    fn from_str(text: &str) -> Result<Self, ParseTermError> {
        Self::ALL.into_iter().find(|term| term.as_str() == text).ok_or(ParseTermError)
    }
}

impl TryFrom<String> for Term {
    type Error = ParseTermError;

    fn try_from(text: String) -> Result<Self, ParseTermError> {
        text.parse()
    }
}

impl From<Term> for &'static str {
    fn from(term: Term) -> Self {
        term.as_str()
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The rate for orders of at least so much Energy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    /// The smallest order the rate is for.
    pub from: Energy,
    /// Sun per Energy, for the whole amount.
    pub rate: Decimal,
}

/// The rates of each term, by amount. The tier of the whole amount prices the whole amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceBook {
    tiers: BTreeMap<Term, Vec<Tier>>,
}

/// A price book that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PriceBookError {
    /// A term without tiers is not sold: leave it out.
    #[error("term {0} has no tier")]
    Empty(Term),
    /// Tiers must start at ever larger amounts.
    #[error("tiers of term {0} do not ascend")]
    Unordered(Term),
    /// A rate must be more than zero.
    #[error("term {0} has a rate that is not more than zero")]
    Free(Term),
}

/// Why there is no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoPrice {
    /// The term is not sold.
    #[error("term {0} is not sold")]
    Term(Term),
    /// So little Energy is not sold.
    #[error("the smallest order for this term is {0} Energy")]
    TooSmall(Energy),
    /// The price does not fit.
    #[error("the price is out of range")]
    Overflow,
}

impl PriceBook {
    /// A price book of these tiers.
    ///
    /// # Errors
    /// [`PriceBookError`] when a term has no tiers, tiers do not ascend, or a rate is not positive.
    pub fn try_new(tiers: BTreeMap<Term, Vec<Tier>>) -> Result<Self, PriceBookError> {
        for (&term, list) in &tiers {
            if list.is_empty() {
                return Err(PriceBookError::Empty(term));
            }
            if !list.is_sorted_by(|a, b| a.from < b.from) {
                return Err(PriceBookError::Unordered(term));
            }
            if list.iter().any(|tier| tier.rate <= Decimal::ZERO) {
                return Err(PriceBookError::Free(term));
            }
        }
        Ok(Self { tiers })
    }

    /// The terms sold and their tiers, shortest term first.
    pub fn terms(&self) -> impl Iterator<Item = (Term, &[Tier])> {
        self.tiers.iter().map(|(&term, tiers)| (term, tiers.as_slice()))
    }

    /// The rate for this amount and term.
    ///
    /// # Errors
    /// [`NoPrice`] when the book has none.
    pub fn rate(&self, energy: Energy, term: Term) -> Result<Decimal, NoPrice> {
        let tiers = self.tiers.get(&term).ok_or(NoPrice::Term(term))?;
        let tier = tiers.iter().rev().find(|tier| tier.from <= energy);
        let smallest = tiers.first().map_or(Energy::ZERO, |tier| tier.from);
        tier.map(|tier| tier.rate).ok_or(NoPrice::TooSmall(smallest))
    }

    /// What so much Energy costs for this term: amount times rate, **rounded up** to the next whole sun.
    ///
    /// # Errors
    /// [`NoPrice`] when the book has no price for it, or it does not fit.
    pub fn price(&self, energy: Energy, term: Term) -> Result<Sun, NoPrice> {
        let exact = Decimal::from(energy.get()).checked_mul(self.rate(energy, term)?);
        let sun = exact.and_then(|exact| exact.ceil().to_i64());
        sun.map(Sun::new).ok_or(NoPrice::Overflow)
    }
}

impl Default for PriceBook {
    /// Market rates of 2026, to start from.
    fn default() -> Self {
        let rates: [(Term, [i64; 3]); 6] = [
            (Term::TenMinutes, [240, 200, 180]),
            (Term::OneHour, [360, 300, 280]),
            (Term::OneDay, [720, 600, 570]),
            (Term::ThreeDays, [1_440, 1_200, 1_150]),
            (Term::SevenDays, [3_000, 2_500, 2_400]),
            (Term::FourteenDays, [5_760, 4_800, 4_600]),
        ];
        let froms = [1_000, 50_000, 500_000];
        let tier = |(from, tenths): (i64, i64)| Tier { from: Energy::new(from), rate: Decimal::new(tenths, 1) };
        let tiers = |tenths: [i64; 3]| froms.into_iter().zip(tenths).map(tier).collect();
        Self { tiers: rates.into_iter().map(|(term, tenths)| (term, tiers(tenths))).collect() }
    }
}

/// What so much Energy costs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Sun per Energy.
    pub rate: Decimal,
    /// The price of all of it, rounded up to whole sun.
    pub total: Sun,
}

/// A price held open for a customer until it expires; good for one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The caller's id.
    pub id: QuoteId,
    /// For whom.
    pub user: UserId,
    /// How much Energy.
    pub energy: Energy,
    /// For how long.
    pub term: Term,
    /// The price.
    pub price: Sun,
    /// Until when it holds.
    pub expires_at: Timestamp,
}

/// Stake that yields at least `energy` at this rate: rounded up, at least 1 TRX, with `margin_bps` hundredths of a
/// percent on top against the drift of the rate while the order is under way.
///
/// # Errors
/// [`Overflow`] when the rate is senseless or the stake does not fit.
pub fn stake_for(energy: Energy, rate: &crate::chain::EnergyRate, margin_bps: u32) -> Result<Sun, Overflow> {
    let wide = |n: i64| i128::from(n);
    let total = wide(rate.total_energy.get());
    if total <= 0 || rate.total_weight <= 0 || !energy.is_positive() {
        return Err(Overflow);
    }
    let ceil_div = |a: i128, b: i128| a.checked_add(b.checked_sub(1)?)?.checked_div(b);
    let exact = || {
        let product = wide(energy.get()).checked_mul(wide(rate.total_weight))?.checked_mul(wide(Sun::TRX.get()))?;
        let bare = ceil_div(product, total)?;
        let margin = ceil_div(bare.checked_mul(i128::from(margin_bps))?, 10_000)?;
        i64::try_from(bare.checked_add(margin)?).ok()
    };
    exact().map(|sun| Sun::new(sun).max(Sun::TRX)).ok_or(Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::EnergyRate;

    #[test]
    fn a_price_is_rounded_up_to_whole_sun() {
        let rate = Decimal::new(123_456, 5); // 1.23456 sun
        let tier = Tier { from: Energy::new(1), rate };
        let book = PriceBook::try_new([(Term::OneHour, vec![tier])].into()).unwrap();
        assert_eq!(book.price(Energy::new(1), Term::OneHour), Ok(Sun::new(2)));
        assert_eq!(book.price(Energy::new(100_000), Term::OneHour), Ok(Sun::new(123_456)));
        assert_eq!(book.price(Energy::new(100_001), Term::OneHour), Ok(Sun::new(123_458)));
    }

    #[test]
    fn the_tier_of_the_whole_amount_prices_the_whole_amount() {
        let book = PriceBook::default();
        assert_eq!(book.price(Energy::new(49_999), Term::OneHour), Ok(Sun::new(1_799_964)));
        assert_eq!(book.price(Energy::new(65_000), Term::OneHour), Ok(Sun::new(1_950_000)));
        assert_eq!(book.price(Energy::new(500_000), Term::OneHour), Ok(Sun::new(14_000_000)));
        assert_eq!(book.price(Energy::new(999), Term::OneHour), Err(NoPrice::TooSmall(Energy::new(1_000))));
        assert_eq!(book.price(Energy::new(i64::MAX), Term::OneDay), Err(NoPrice::Overflow));
    }

    #[test]
    fn a_book_that_gives_energy_away_is_refused() {
        let tier = |from, rate| Tier { from: Energy::new(from), rate: Decimal::from(rate) };
        let book = |tiers| PriceBook::try_new([(Term::OneDay, tiers)].into());
        assert_eq!(book(vec![]), Err(PriceBookError::Empty(Term::OneDay)));
        assert_eq!(book(vec![tier(1, 0)]), Err(PriceBookError::Free(Term::OneDay)));
        assert_eq!(book(vec![tier(5, 1), tier(5, 1)]), Err(PriceBookError::Unordered(Term::OneDay)));
    }

    #[test]
    fn stake_is_rounded_up_and_never_below_one_trx() {
        let rate = EnergyRate { total_energy: Energy::new(180_000_000_000), total_weight: 19_000_000_000 };
        assert_eq!(stake_for(Energy::new(65_000), &rate, 0), Ok(Sun::new(6_861_111_112)));
        assert_eq!(stake_for(Energy::new(65_000), &rate, 10), Ok(Sun::new(6_867_972_224)));
        assert_eq!(stake_for(Energy::new(1), &rate, 0), Ok(Sun::TRX));
        assert_eq!(stake_for(Energy::new(i64::MAX), &rate, 0), Err(Overflow));
        assert_eq!(stake_for(Energy::new(1), &EnergyRate { total_weight: 0, ..rate }, 0), Err(Overflow));
    }
}
