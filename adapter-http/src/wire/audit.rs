//! The books looked at from outside, and whether the server is well.

use serde::{Deserialize, Serialize};

/// What a check of the books, against themselves and against the chain, found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct Verification {
    /// Whether nothing is wrong.
    pub clean: bool,
    /// How many transfers were replayed.
    pub transfers: i64,
    /// How many orders were looked at.
    pub orders: i64,
    /// What is wrong.
    pub findings: Vec<String>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct Event {
    /// Its place in the log, ascending.
    pub seq: i64,
    /// When.
    pub at: String,
    /// What: `order_placed`, `order_completed`, `balance_moved`, …
    pub kind: String,
    /// To what: ids, addresses, amounts.
    pub details: serde_json::Value,
}

/// Events, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct EventPage {
    /// The events.
    pub items: Vec<Event>,
    /// Ask with `after` this number for those that follow.
    pub last_seq: i64,
}

/// The process is alive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct Health {
    /// Always `ok`.
    pub status: String,
}

/// Whether the server can do its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct Readiness {
    /// Whether every part is ready.
    pub ready: bool,
    /// The parts.
    pub parts: Vec<Part>,
}

/// A part that the server needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Whether it answers.
    pub ready: bool,
}
