//! Quantities: whole numbers in newtypes with checked arithmetic only.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How many millionths make one unit of an asset: 1 TRX is 1,000,000 sun, 1 USDT is 1,000,000 micro-USDT.
const MICROS_PER_UNIT: i64 = 1_000_000;

/// Arithmetic left the range of whole micro-units that fit an `i64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("amount out of range")]
pub struct Overflow;

/// An amount of TRX in sun (10⁻⁶ TRX). On chain it is stake or balance; in the books it is money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sun(i64);

/// An amount of Energy, the resource a TRON contract call consumes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Energy(i64);

/// An amount in the ledger, in micro-units of the asset it stands beside (sun for TRX).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(i64);

macro_rules! quantity {
    ($name:ident) => {
        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// Wraps a count of the smallest unit.
            #[must_use]
            pub const fn new(units: i64) -> Self {
                Self(units)
            }

            /// The count of the smallest unit.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }

            /// The sum.
            ///
            /// # Errors
            /// [`Overflow`] when the sum does not fit.
            pub fn plus(self, other: Self) -> Result<Self, Overflow> {
                self.0.checked_add(other.0).map(Self).ok_or(Overflow)
            }

            /// The difference; it may be negative.
            ///
            /// # Errors
            /// [`Overflow`] when the difference does not fit.
            pub fn minus(self, other: Self) -> Result<Self, Overflow> {
                self.0.checked_sub(other.0).map(Self).ok_or(Overflow)
            }

            /// The sum of all.
            ///
            /// # Errors
            /// [`Overflow`] when it does not fit.
            pub fn sum(all: impl IntoIterator<Item = Self>) -> Result<Self, Overflow> {
                all.into_iter().try_fold(Self::ZERO, Self::plus)
            }

            /// Whether it is more than nothing.
            #[must_use]
            pub const fn is_positive(self) -> bool {
                self.0 > 0
            }

            /// Whether it is less than nothing.
            #[must_use]
            pub const fn is_negative(self) -> bool {
                self.0 < 0
            }
        }
    };
}

quantity!(Sun);
quantity!(Energy);
quantity!(Amount);

impl Sun {
    /// One TRX.
    pub const TRX: Self = Self(MICROS_PER_UNIT);

    /// This many whole TRX.
    ///
    /// # Errors
    /// [`Overflow`] when it does not fit.
    pub fn from_trx(trx: i64) -> Result<Self, Overflow> {
        trx.checked_mul(MICROS_PER_UNIT).map(Self).ok_or(Overflow)
    }
}

impl From<Sun> for Amount {
    fn from(sun: Sun) -> Self {
        Self(sun.0)
    }
}

impl From<Amount> for Sun {
    /// Meaningful for an amount of TRX.
    fn from(amount: Amount) -> Self {
        Self(amount.0)
    }
}

impl fmt::Display for Energy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Shows whole units with six decimals: `5.250000`.
fn fmt_micros(micros: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let sign = if micros < 0 { "-" } else { "" };
    let (micros, unit) = (micros.unsigned_abs(), MICROS_PER_UNIT.unsigned_abs());
    let (whole, rest) = (micros.checked_div(unit), micros.checked_rem(unit));
    write!(f, "{sign}{}.{:06}", whole.unwrap_or_default(), rest.unwrap_or_default())
}

impl fmt::Display for Sun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_micros(self.0, f)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_micros(self.0, f)
    }
}

/// A text is not a decimal amount with at most six decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseAmountError {
    /// Not digits with at most one point between them.
    #[error("expected a decimal number such as \"5.25\"")]
    NotDecimal,
    /// A fraction finer than the ledger's smallest unit; nothing is rounded away silently.
    #[error("more than 6 decimals")]
    TooFine,
    /// More than the ledger can hold.
    #[error("amount out of range")]
    OutOfRange,
}

fn parse_micros(text: &str) -> Result<i64, ParseAmountError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(ParseAmountError::NotDecimal),
        None => (digits, ""),
    };
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(ParseAmountError::NotDecimal);
    }
    if fraction.len() > 6 {
        return Err(ParseAmountError::TooFine);
    }
    let out_of_range = |_| ParseAmountError::OutOfRange;
    let whole: i64 = whole.parse().map_err(out_of_range)?;
    let fraction: i64 = format!("{fraction:0<6}").parse().map_err(out_of_range)?;
    let micros = whole.checked_mul(MICROS_PER_UNIT).and_then(|w| w.checked_add(fraction));
    let signed = if negative { micros.and_then(i64::checked_neg) } else { micros };
    signed.ok_or(ParseAmountError::OutOfRange)
}

impl FromStr for Amount {
    type Err = ParseAmountError;

    fn from_str(text: &str) -> Result<Self, ParseAmountError> {
        parse_micros(text).map(Self)
    }
}

impl FromStr for Sun {
    type Err = ParseAmountError;

    fn from_str(text: &str) -> Result<Self, ParseAmountError> {
        parse_micros(text).map(Self)
    }
}

/// What a balance is held in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Asset {
    /// TRON's own coin, in sun.
    Trx,
    /// Tether USD on TRON, in millionths.
    Usdt,
}

impl Asset {
    /// Every asset, in a fixed order.
    pub const ALL: [Self; 2] = [Self::Trx, Self::Usdt];
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trx => "TRX",
            Self::Usdt => "USDT",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_show_six_decimals_and_read_back() {
        for (sun, text) in
            [(0, "0.000000"), (5_250_000, "5.250000"), (-1, "-0.000001"), (i64::MAX, "9223372036854.775807")]
        {
            assert_eq!(Sun::new(sun).to_string(), text);
            assert_eq!(text.parse(), Ok(Sun::new(sun)));
        }
        assert_eq!("100".parse(), Ok(Sun::new(100_000_000)));
    }

    #[test]
    fn texts_that_are_not_exact_amounts_are_refused() {
        use ParseAmountError::{NotDecimal, OutOfRange, TooFine};
        for (text, why) in [
            ("", NotDecimal),
            ("-", NotDecimal),
            (".5", NotDecimal),
            ("5.", NotDecimal),
            ("+5", NotDecimal),
            ("1e6", NotDecimal),
            (" 1", NotDecimal),
            ("1.2.3", NotDecimal),
            ("NaN", NotDecimal),
            ("٣", NotDecimal),
            ("0.0000001", TooFine),
            ("9223372036854.775808", OutOfRange),
            ("99999999999999999999", OutOfRange),
        ] {
            assert_eq!(text.parse::<Amount>(), Err(why), "{text:?}");
        }
    }

    #[test]
    fn arithmetic_that_does_not_fit_is_an_error() {
        assert_eq!(Sun::new(i64::MAX).plus(Sun::new(1)), Err(Overflow));
        assert_eq!(Sun::new(i64::MIN).minus(Sun::new(1)), Err(Overflow));
        assert_eq!(Sun::from_trx(i64::MAX), Err(Overflow));
    }
}
