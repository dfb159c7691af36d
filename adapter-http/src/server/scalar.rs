//! Single values of the domain as they stand in paths, queries, headers and bodies.

use flash_core::address::Address;
use flash_core::id::{IdempotencyKey, OrderId, QuoteId, UserId};
use flash_core::ledger::Note;
use flash_core::order::Status;
use flash_core::price::Term;
use flash_core::store::OrderCursor;
use flash_core::time::Timestamp;
use flash_core::units::{Amount, Asset, Energy, Sun};
use poem_openapi::registry::MetaSchema;
use serde_json::json;

use super::problem::{Code, Problem};

/// The largest number that every JSON reader keeps exact.
const LARGEST_USER_ID: i64 = 1 << 53;

/// A value with a text form.
pub(super) trait Scalar: Sized + Send + Sync {
    /// What a bad one is answered with.
    const CODE: Code;

    /// Reads it, or says what was expected.
    fn read(text: &str) -> Result<Self, String>;

    /// How the document describes it.
    fn schema() -> MetaSchema;
}

/// Reads a value that the caller knows by this name.
pub(super) fn argument<T: Scalar>(name: &str, text: &str) -> Result<T, Problem> {
    argument_or(T::CODE, name, text)
}

/// As [`argument`], with a code of its own.
pub(super) fn argument_or<T: Scalar>(code: Code, name: &str, text: &str) -> Result<T, Problem> {
    T::read(text).map_err(|reason| Problem::new(code, format!("{name}: {reason}")))
}

/// A user as a number.
pub(super) fn user(id: i64) -> Result<UserId, Problem> {
    let user = UserId::try_from(id).ok().filter(|_| id <= LARGEST_USER_ID);
    user.ok_or_else(|| Problem::new(Code::InvalidArgument, format!("user_id: expected 1 to {LARGEST_USER_ID}")))
}

fn parsed<T: std::str::FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn text(format: &'static str) -> MetaSchema {
    MetaSchema::new_with_format("string", format)
}

fn matching(pattern: &str) -> MetaSchema {
    MetaSchema { pattern: Some(pattern.to_owned()), ..MetaSchema::new("string") }
}

fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> MetaSchema {
    MetaSchema { enum_items: words.into_iter().map(|word| json!(word)).collect(), ..MetaSchema::new("string") }
}

fn integer(minimum: f64, maximum: Option<f64>) -> MetaSchema {
    MetaSchema { minimum: Some(minimum), maximum, ..MetaSchema::new_with_format("integer", "int64") }
}

impl Scalar for UserId {
    const CODE: Code = Code::InvalidArgument;

    fn read(text: &str) -> Result<Self, String> {
        let id = text.parse::<i64>().ok().filter(|id| *id <= LARGEST_USER_ID && !text.starts_with('+'));
        let user = id.and_then(|id| Self::try_from(id).ok());
        user.ok_or_else(|| format!("expected a user id, 1 to {LARGEST_USER_ID}"))
    }

    fn schema() -> MetaSchema {
        integer(1.0, Some(9_007_199_254_740_992.0))
    }
}

impl Scalar for OrderId {
    const CODE: Code = Code::InvalidArgument;

    fn read(text: &str) -> Result<Self, String> {
        parsed(text)
    }

    fn schema() -> MetaSchema {
        text("uuid")
    }
}

impl Scalar for QuoteId {
    const CODE: Code = Code::InvalidArgument;

    fn read(text: &str) -> Result<Self, String> {
        parsed(text)
    }

    fn schema() -> MetaSchema {
        text("uuid")
    }
}

impl Scalar for Address {
    const CODE: Code = Code::InvalidAddress;

    fn read(text: &str) -> Result<Self, String> {
        parsed(text)
    }

    fn schema() -> MetaSchema {
        let example = Some(json!("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"));
        MetaSchema { example, ..matching("^T[1-9A-HJ-NP-Za-km-z]{33}$") }
    }
}

impl Scalar for Term {
    const CODE: Code = Code::InvalidDuration;

    fn read(text: &str) -> Result<Self, String> {
        parsed(text)
    }

    fn schema() -> MetaSchema {
        one_of(Self::ALL.map(Self::as_str))
    }
}

impl Scalar for Energy {
    const CODE: Code = Code::InvalidEnergyAmount;

    fn read(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|_| !text.starts_with('+'));
        number.map(Self::new).ok_or_else(|| "expected a whole number".to_owned())
    }

    fn schema() -> MetaSchema {
        integer(1.0, None)
    }
}

impl Scalar for Asset {
    const CODE: Code = Code::InvalidArgument;

    fn read(text: &str) -> Result<Self, String> {
        let asset = Self::ALL.into_iter().find(|asset| asset.to_string() == text);
        asset.ok_or_else(|| "expected TRX or USDT".to_owned())
    }

    fn schema() -> MetaSchema {
        one_of(["TRX", "USDT"])
    }
}

impl Scalar for Status {
    const CODE: Code = Code::InvalidArgument;

    fn read(text: &str) -> Result<Self, String> {
        let status = Self::ALL.into_iter().find(|status| status.as_str() == text);
        status.ok_or_else(|| format!("expected one of {}", Self::ALL.map(Self::as_str).join(", ")))
    }

    fn schema() -> MetaSchema {
        one_of(Self::ALL.map(Self::as_str))
    }
}

impl Scalar for Amount {
    const CODE: Code = Code::InvalidAmount;

    fn read(text: &str) -> Result<Self, String> {
        parsed(text)
    }

    fn schema() -> MetaSchema {
        matching(r"^[0-9]{1,13}(\.[0-9]{1,6})?$")
    }
}

impl Scalar for Sun {
    const CODE: Code = Code::InvalidAmount;

    fn read(text: &str) -> Result<Self, String> {
        parsed(text)
    }

    fn schema() -> MetaSchema {
        Amount::schema()
    }
}

impl Scalar for Note {
    const CODE: Code = Code::InvalidArgument;

    fn read(text: &str) -> Result<Self, String> {
        parsed(text)
    }

    fn schema() -> MetaSchema {
        MetaSchema { min_length: Some(1), max_length: Some(500), ..MetaSchema::new("string") }
    }
}

/// Taken bare, as the field's clients send it, or quoted, as the header's draft standard writes it.
impl Scalar for IdempotencyKey {
    const CODE: Code = Code::InvalidArgument;

    fn read(text: &str) -> Result<Self, String> {
        let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        parsed(quoted.unwrap_or(text))
    }

    fn schema() -> MetaSchema {
        matching("^[!-~]{1,255}$")
    }
}

/// How many items a page has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit(pub(super) usize);

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}

impl Scalar for Limit {
    const CODE: Code = Code::InvalidArgument;

    fn read(text: &str) -> Result<Self, String> {
        let limit = text.parse().ok().filter(|limit| (1..=100).contains(limit) && !text.starts_with('+'));
        limit.map(Self).ok_or_else(|| "expected 1 to 100".to_owned())
    }

    fn schema() -> MetaSchema {
        MetaSchema { default: Some(json!(20)), ..integer(1.0, Some(100.0)) }
    }
}

/// A number that a list goes on after.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct After(pub(super) u64);

impl Scalar for After {
    const CODE: Code = Code::InvalidCursor;

    fn read(text: &str) -> Result<Self, String> {
        let number = text.parse::<i64>().ok().filter(|_| !text.starts_with('+'));
        let number = number.and_then(|number| u64::try_from(number).ok());
        number.map(Self).ok_or_else(|| "expected a number from an earlier answer".to_owned())
    }

    fn schema() -> MetaSchema {
        integer(0.0, None)
    }
}

/// 48 hex digits: the moment, then the id.
impl Scalar for OrderCursor {
    const CODE: Code = Code::InvalidCursor;

    fn read(text: &str) -> Result<Self, String> {
        let hex = text.len() == 48 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let parts = text.split_at_checked(16).filter(|_| hex);
        let place = parts.and_then(|(millis, id)| {
            let millis = u64::from_str_radix(millis, 16).ok()?.cast_signed();
            let id = u128::from_str_radix(id, 16).ok()?;
            Some(Self { created_at: Timestamp::from_millis(millis), id: OrderId::from_bytes(id.to_be_bytes()) })
        });
        place.ok_or_else(|| "expected next_cursor of an earlier answer".to_owned())
    }

    fn schema() -> MetaSchema {
        matching("^[0-9a-f]{48}$")
    }
}

/// What [`OrderCursor`] reads.
pub(super) fn cursor_text(cursor: &OrderCursor) -> String {
    let millis = cursor.created_at.as_millis().cast_unsigned();
    format!("{millis:016x}{:032x}", u128::from_be_bytes(*cursor.id.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        let at = |millis| OrderCursor { created_at: Timestamp::from_millis(millis), id: OrderId::derived(&[b"a"]) };
        for cursor in [at(0), at(-1), at(1_800_000_000_123)] {
            assert_eq!(OrderCursor::read(&cursor_text(&cursor)), Ok(cursor));
        }
        for bad in ["", "0", &"g".repeat(48), &"+".repeat(48), &"é".repeat(24)] {
            assert!(OrderCursor::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_idempotency_key_is_taken_bare_or_quoted() {
        assert_eq!(IdempotencyKey::read("\"a-1\""), IdempotencyKey::read("a-1"));
        for bad in ["", "\"\"", "a b", &"x".repeat(256)] {
            assert!(IdempotencyKey::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_are_plain_digits_in_range() {
        assert!(UserId::read("9007199254740992").is_ok());
        for bad in ["0", "-1", "+1", "1.0", "1e3", "9007199254740993", "99999999999999999999", "", "x"] {
            assert!(UserId::read(bad).is_err(), "{bad}");
        }
        for bad in ["0", "101", "-1", "+5", "x"] {
            assert!(Limit::read(bad).is_err(), "{bad}");
        }
    }
}
