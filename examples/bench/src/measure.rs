//! Rounds and medians.

use std::time::Instant;

/// Microseconds that one of so many runs takes.
pub(crate) fn micros_each(runs: u32, mut run: impl FnMut(u32)) -> f64 {
    let start = Instant::now();
    (0..runs).for_each(&mut run);
    start.elapsed().as_secs_f64() * 1e6 / f64::from(runs)
}

/// The middle one.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Runs both in turn and gives the median of each, and of their ratio round by round: it holds when the machine's speed
/// drifts.
pub(crate) fn versus(rounds: usize, mut ours: impl FnMut() -> f64, mut theirs: impl FnMut() -> f64) -> [f64; 3] {
    let pairs: Vec<(f64, f64)> = (0..=rounds).map(|_| (ours(), theirs())).skip(1).collect();
    let of = |figure: fn(&(f64, f64)) -> f64| median(pairs.iter().map(figure).collect());
    [of(|pair| pair.0), of(|pair| pair.1), of(|pair| pair.0 / pair.1)]
}
