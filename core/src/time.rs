//! Moments and spans, in milliseconds. The core has no clock of its own: moments come in as arguments.

use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A length of time in milliseconds, never negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(u32);

impl Timestamp {
    /// The end of time; what is due then is never due.
    pub const MAX: Self = Self(i64::MAX);

    /// Wraps milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The moment a span later, or the end of time.
    #[must_use]
    pub fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(i64::from(span.0)))
    }

    /// The moment a span earlier.
    #[must_use]
    pub fn before(self, span: Span) -> Self {
        Self(self.0.saturating_sub(i64::from(span.0)))
    }

    /// How far two moments are apart, at most [`Span::MAX`].
    #[must_use]
    pub fn distance(self, other: Self) -> Span {
        Span(u32::try_from(self.0.abs_diff(other.0)).unwrap_or(u32::MAX))
    }
}

impl Span {
    /// No time.
    pub const ZERO: Self = Self(0);
    /// The longest span: about 49 days.
    pub const MAX: Self = Self(u32::MAX);

    /// Wraps milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u32) -> Self {
        Self(millis)
    }

    /// Wraps seconds, at most [`Span::MAX`].
    #[must_use]
    pub const fn from_secs(secs: u32) -> Self {
        Self(secs.saturating_mul(1_000))
    }

    /// Wraps minutes, at most [`Span::MAX`].
    #[must_use]
    pub const fn from_mins(mins: u32) -> Self {
        Self::from_secs(mins.saturating_mul(60))
    }

    /// Milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> u32 {
        self.0
    }

    /// This span so many times over, at most [`Span::MAX`].
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

impl From<Span> for std::time::Duration {
    fn from(span: Span) -> Self {
        Self::from_millis(span.0.into())
    }
}
