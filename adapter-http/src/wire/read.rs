//! Reading numbers and amounts from JSON strictly, with a sentence for whoever sent something else.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};

/// Reads a whole number; a float, a text or a number out of range is refused.
struct Whole(&'static str);

impl Visitor<'_> for Whole {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` to be a whole number", self.0)
    }

    fn visit_i64<E>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<i64, E> {
        i64::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }
}

/// Reads an amount of money as text; whether the text is an amount is looked at later.
struct DecimalText(&'static str);

impl Visitor<'_> for DecimalText {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` to be a decimal string such as \"5.25\"", self.0)
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

/// As [`DecimalText`], or nothing.
struct OptionalDecimalText(&'static str);

impl<'de> Visitor<'de> for OptionalDecimalText {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        DecimalText(self.0).expecting(f)
    }

    fn visit_none<E>(self) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Option<String>, D::Error> {
        from.deserialize_str(DecimalText(self.0)).map(Some)
    }
}

pub(super) fn user_id<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    from.deserialize_i64(Whole("user_id"))
}

pub(super) fn energy_amount<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    from.deserialize_i64(Whole("energy_amount"))
}

pub(super) fn amount<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    from.deserialize_str(DecimalText("amount"))
}

pub(super) fn max_price_trx<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    from.deserialize_option(OptionalDecimalText("max_price_trx"))
}

/// Takes the place of a secret that nobody may send: reading one is an error, whatever it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct NeverSent;

impl<'de> de::Deserialize<'de> for NeverSent {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        de::IgnoredAny::deserialize(from)?;
        Err(de::Error::custom(
            "private keys are never sent over HTTP: give the key to the signer, and the address here",
        ))
    }
}
