//! Placing orders, for many customers and for a hot one.

use super::business::{CUSTOMERS, Limit};
use super::{Field, Lab, Measured, say};
use crate::measure::compare;

/// Each order is of one of 100,000 customers.
pub(super) fn many_customers(lab: &Lab, field: &Field) -> Measured {
    placing(lab, field, "orders placed a second, many customers", CUSTOMERS)
}

/// All orders are of one customer.
pub(super) fn hot_customer(lab: &Lab, field: &Field) -> Measured {
    placing(lab, field, "orders placed a second, one customer", 1)
}

fn placing(lab: &Lab, field: &Field, what: &str, customers: u32) -> Measured {
    say(what);
    let clients = field.reference.best_clients(lab, customers);
    let limit = Limit { length: lab.length, ..Limit::NONE };
    let ours = || {
        lab.checkpoint();
        let per_s = lab.runtime.block_on(field.ours.placed_per_s(customers, limit));
        say(&format!("  flash {per_s:.0}"));
        per_s
    };
    let theirs = || {
        lab.checkpoint();
        let per_s = field.reference.per_s(lab, customers, clients);
        say(&format!("  reference {per_s:.0}"));
        per_s
    };
    let [ours, theirs, ratio] = compare(lab.rounds, ours, theirs);
    let theirs = format!("{theirs} at {clients} clients");
    Measured { value: ratio.median, lines: vec![[what.to_owned(), ours.to_string(), theirs, format!("{ratio:.2}")]] }
}
