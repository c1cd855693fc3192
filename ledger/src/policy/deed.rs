//! What a member did, as plain facts.
//!
//! A [`Deed`] carries the facts its kind declares (see [`kinds`]), what shows it and in which parts of
//! the map it lies, and nothing else: no name, no position, no speed, nothing about who somebody is. Numbers are exact decimals, in memory and in
//! JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rust_decimal::Decimal;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use super::kinds::{Choice, DeedKind, FactSpec, FactType, Unit, choice, choices, kind, kinds};
use crate::clock::Timestamp;

/// One thing known about a deed.
///
/// In JSON: `true`, `90`, `1.25`, `"high"`. A number of more than 15 significant digits, which a
/// reader might take for a float and round, is written as `{"decimal": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Yes or no.
    Bool(bool),
    /// An exact number, in the unit its declaration names.
    Number(Decimal),
    /// One of a declared list of words, or a code.
    Text(String),
}

/// What a member did, once: the input of a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deed {
    /// One of [`kinds`].
    pub kind: String,
    /// The caller's own identifier of the deed.
    pub reference: String,
    /// When it happened; for a deed that lasted, when it began.
    pub occurred_at: Timestamp,
    /// What is known about it, by the names its kind declares. Derived facts are not given here.
    pub facts: BTreeMap<String, Fact>,
    /// What shows that it was done: names of [`super::evidence_classes`], never the evidence itself.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub evidence: BTreeSet<String>,
    /// The layers of the programme's map that hold the place where it happened. The position itself
    /// is not kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
}

impl Fact {
    /// What sort of value it is, in words.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
        }
    }

    /// The number, if it is one.
    pub const fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Bool(_) | Self::Text(_) => None,
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bool(_) | Self::Number(_) => None,
        }
    }
}

impl From<bool> for Fact {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Fact {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

impl From<Decimal> for Fact {
    fn from(value: Decimal) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Fact {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl fmt::Display for Fact {
    /// Text in quotes; numbers without trailing zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Number(value) => value.normalize().fmt(f),
            Self::Text(value) => write!(f, "{value:?}"),
        }
    }
}

impl Serialize for Fact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => exact::serialize(value, serializer),
            Self::Text(value) => serializer.serialize_str(value),
        }
    }
}

impl<'de> Deserialize<'de> for Fact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FactVisitor)
    }
}

struct FactVisitor;

impl<'de> de::Visitor<'de> for FactVisitor {
    type Value = Fact;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false, a number or text")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Fact, E> {
        Ok(Fact::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Fact, E> {
        Ok(Fact::Number(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Fact, E> {
        Ok(Fact::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Fact, E> {
        exact::from_float(value).map(Fact::Number)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Fact, E> {
        Ok(Fact::Text(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Fact, E> {
        Ok(Fact::Text(value))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Fact, A::Error> {
        let (key, text) = map
            .next_entry::<String, String>()?
            .ok_or_else(|| de::Error::custom("expected {\"decimal\": \"…\"}"))?;
        let number = Decimal::from_str_exact(&text);
        match (key.as_str(), number, map.next_key::<String>()?) {
            ("decimal", Ok(number), None) => Ok(Fact::Number(number)),
            _ => Err(de::Error::custom("expected {\"decimal\": \"…\"}")),
        }
    }
}

/// Decimals as JSON numbers that read back as the same decimal.
///
/// A double holds every decimal of up to 15 significant digits, and the shortest text that names
/// the double is then that decimal again (IEEE 754, `DBL_DIG`).
pub(crate) mod exact {
    use super::{Decimal, Deserialize, Deserializer, Fact, SerializeMap, Serializer, de};

    /// 10¹⁵: integers below it have at most 15 digits.
    const FIFTEEN_DIGITS: u128 = 1_000_000_000_000_000;
    /// Powers of ten up to this one are doubles themselves, so reading is one exact division.
    const EXACT_POWER_OF_TEN: u32 = 22;

    pub fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        let value = value.normalize();
        let mantissa = value.mantissa();
        if value.scale() == 0
            && let Ok(whole) = i64::try_from(mantissa)
        {
            return serializer.serialize_i64(whole);
        }
        let short = mantissa.unsigned_abs() < FIFTEEN_DIGITS && value.scale() <= EXACT_POWER_OF_TEN;
        match value.to_string().parse::<f64>() {
            Ok(float) if short => serializer.serialize_f64(float),
            _ => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("decimal", &value.to_string())?;
                map.end()
            }
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        Fact::deserialize(deserializer)?
            .number()
            .ok_or_else(|| de::Error::custom("expected a number"))
    }

    pub fn from_float<E: de::Error>(value: f64) -> Result<Decimal, E> {
        Decimal::from_str_exact(&value.to_string())
            .map_err(|_| E::custom("expected a number of at most 28 digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip_exactly() {
        for (text, json) in [
            ("90", "90"),
            ("-1.25", "-1.25"),
            ("0.1", "0.1"),
            ("1.50", "1.5"),
            ("999999999.9999", "999999999.9999"),
            (
                "0.1234567890123456789",
                r#"{"decimal":"0.1234567890123456789"}"#,
            ),
            (
                "79228162514264337593543950335",
                r#"{"decimal":"79228162514264337593543950335"}"#,
            ),
        ] {
            let fact = Fact::Number(Decimal::from_str_exact(text).expect(text));
            assert_eq!(serde_json::to_string(&fact).expect(text), json);
            assert_eq!(serde_json::from_str::<Fact>(json).expect(json), fact);
        }
    }

    #[test]
    fn facts_are_untagged() {
        for (json, fact) in [("true", Fact::Bool(true)), ("\"12\"", Fact::from("12"))] {
            assert_eq!(serde_json::from_str::<Fact>(json).expect(json), fact);
            assert_eq!(serde_json::to_string(&fact).expect(json), json);
        }
        for json in [
            "null",
            "[]",
            "{}",
            "1e300",
            r#"{"decimal":"x"}"#,
            r#"{"a":"1"}"#,
        ] {
            assert!(serde_json::from_str::<Fact>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_deed_takes_no_other_fields() {
        let json = r#"{"kind":"attendance","reference":"a-1","occurred_at":"2026-03-05T19:30:00+08:00",
            "facts":{"activity":"study"}}"#;
        let deed: Deed = serde_json::from_str(json).expect("a deed");
        let again = serde_json::to_string(&deed).expect("json");
        assert_eq!(serde_json::from_str::<Deed>(&again).expect("a deed"), deed);
        let with_speed = json.replace("\"kind\"", "\"speed\":9,\"kind\"");
        assert!(serde_json::from_str::<Deed>(&with_speed).is_err());
    }
}
