//! How long an order takes that nobody else is in the way of.

use super::business::{CUSTOMERS, Limit};
use super::{Field, Lab, Measured, say};
use crate::measure::compare;

/// Both place one order after the other; the medians are compared.
pub(super) fn lone_latency(lab: &Lab, field: &Field) -> Measured {
    let what = "microseconds that a lone order takes";
    say(what);
    let ours = || {
        lab.checkpoint();
        lab.runtime.block_on(field.ours.lone_us(CUSTOMERS, Limit { length: lab.length, ..Limit::NONE }))
    };
    let theirs = || {
        lab.checkpoint();
        field.reference.lone_us(lab, CUSTOMERS)
    };
    let [ours, theirs, ratio] = compare(lab.rounds, ours, theirs);
    let line = [what.to_owned(), ours.to_string(), theirs.to_string(), format!("{ratio:.2}")];
    Measured { value: ratio.median, lines: vec![line] }
}
