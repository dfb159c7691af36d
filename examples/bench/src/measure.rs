//! Rounds and medians.

use std::fmt;
use std::time::Instant;

/// The middle one of some figures, and how far they lie apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    pub(crate) fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        Self { median: figures[figures.len() / 2], least: figures[0], most: figures[figures.len() - 1] }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(0);
        write!(f, "{:.digits$} [{:.digits$}–{:.digits$}]", self.median, self.least, self.most)
    }
}

/// Microseconds that one of so many runs takes.
pub(crate) fn micros_each(runs: u32, mut run: impl FnMut(u32)) -> f64 {
    let start = Instant::now();
    (0..runs).for_each(&mut run);
    start.elapsed().as_secs_f64() * 1e6 / f64::from(runs)
}

/// The middle one.
pub(crate) fn median(figures: Vec<f64>) -> f64 {
    Spread::of(figures).median
}

/// Runs both in turn and gives the median of each, and of their ratio round by round: it holds when the machine's speed
/// drifts.
pub(crate) fn versus(rounds: usize, ours: impl FnMut() -> f64, theirs: impl FnMut() -> f64) -> [f64; 3] {
    compare(rounds, ours, theirs).map(|spread| spread.median)
}

/// As [`versus`], with the ranges.
pub(crate) fn compare(rounds: usize, mut ours: impl FnMut() -> f64, mut theirs: impl FnMut() -> f64) -> [Spread; 3] {
    let pairs: Vec<(f64, f64)> = (0..=rounds).map(|_| (ours(), theirs())).skip(1).collect();
    let of = |figure: fn(&(f64, f64)) -> f64| Spread::of(pairs.iter().map(figure).collect());
    [of(|pair| pair.0), of(|pair| pair.1), of(|pair| pair.0 / pair.1)]
}
