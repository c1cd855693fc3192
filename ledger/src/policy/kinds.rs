//! The kinds of deed and the facts each declares: the whole vocabulary of policies.
//!
//! What is not declared here cannot be rewarded. There is no fact for how fast somebody was, how
//! many days running they reported, or who they are; nor may one be added. The team a deed was
//! done with is there for caps alone: no rule may ask it.

mod catalogue;

use serde::Serialize;

use self::catalogue::KINDS;

/// A kind of deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DeedKind {
    /// The name used in deeds and policies.
    pub name: &'static str,
    /// The Chinese label.
    pub zh: &'static str,
    /// The English label.
    pub en: &'static str,
    /// The facts it declares, the derived ones last.
    pub facts: &'static [FactSpec],
}

/// A declared fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FactSpec {
    /// The name used in deeds and policies.
    pub name: &'static str,
    /// The Chinese label.
    pub zh: &'static str,
    /// The English label.
    pub en: &'static str,
    /// What values it takes.
    #[serde(rename = "type")]
    pub kind: FactType,
    /// Whether every deed of the kind states it.
    pub required: bool,
    /// Whether it is computed before rules run, and so never given.
    pub derived: bool,
}

/// What values a fact takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum FactType {
    /// Yes or no.
    Bool,
    /// A number from `min` to `max` with at most `places` decimal places.
    Number {
        /// What is counted.
        unit: Unit,
        /// The smallest value.
        min: i64,
        /// The largest value.
        max: i64,
        /// How many decimal places at most.
        places: u32,
    },
    /// One word of a list.
    Choice {
        /// The list.
        values: &'static [Choice],
    },
    /// An identifier of at most 64 letters, digits and `-_.:/`, all ASCII: a grid or a list number,
    /// never free text.
    Code,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Minutes of time.
    Minutes,
    /// Hours of time.
    Hours,
    /// The hour of the day, 0 to 23.
    HourOfDay,
    /// People.
    People,
    /// Things, by the piece.
    Pieces,
}

/// One word a fact may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The word used in deeds and policies.
    pub value: &'static str,
    /// The Chinese label.
    pub zh: &'static str,
    /// The English label.
    pub en: &'static str,
}

/// Every kind of deed.
pub fn kinds() -> &'static [DeedKind] {
    KINDS
}

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static DeedKind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The words that a fact of a kind of deed may be; none for other facts, and for what is not declared.
pub fn choices(kind_name: &str, fact: &str) -> &'static [Choice] {
    let fact = kind(kind_name).and_then(|kind| kind.fact(fact));
    fact.map_or(&[], |fact| fact.kind.choices())
}

/// One of them, with its labels.
pub fn choice(kind_name: &str, fact: &str, value: &str) -> Option<&'static Choice> {
    let mut choices = choices(kind_name, fact).iter();
    choices.find(|choice| choice.value == value)
}

impl DeedKind {
    /// The fact of that name.
    pub fn fact(&self, name: &str) -> Option<&'static FactSpec> {
        self.facts.iter().find(|fact| fact.name == name)
    }
}

impl FactType {
    /// The words of a choice; none for other types.
    pub const fn choices(&self) -> &'static [Choice] {
        match self {
            Self::Choice { values } => values,
            Self::Bool | Self::Number { .. } | Self::Code => &[],
        }
    }

    /// Which values it takes, in words.
    pub fn describe(&self) -> String {
        match self {
            Self::Bool => "true or false".to_owned(),
            Self::Number {
                min, max, places, ..
            } => match places {
                0 => format!("a whole number from {min} to {max}"),
                _ => format!("a number from {min} to {max} with at most {places} decimal places"),
            },
            Self::Choice { values } => {
                let words: Vec<_> = values.iter().map(|choice| choice.value).collect();
                format!("one of: {}", words.join(", "))
            }
            Self::Code => "a code of at most 64 letters, digits and -_.:/".to_owned(),
        }
    }
}

impl Unit {
    /// The unit after a number, in Chinese and in English.
    pub const fn labels(self) -> (&'static str, &'static str) {
        match self {
            Self::Minutes => ("分钟", "minutes"),
            Self::Hours => ("小时", "hours"),
            Self::HourOfDay => ("点", "o'clock"),
            Self::People => ("人", "people"),
            Self::Pieces => ("个", "pieces"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_declared_once() {
        let names: BTreeSet<_> = kinds().iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), kinds().len());
        for kind in kinds() {
            let facts: BTreeSet<_> = kind.facts.iter().map(|fact| fact.name).collect();
            assert_eq!(facts.len(), kind.facts.len(), "{}", kind.name);
        }
    }

    #[test]
    fn nothing_declared_rewards_speed_streaks_or_who_somebody_is() {
        let banned = [
            "speed",
            "elapsed",
            "latency",
            "response",
            "rank",
            "fastest",
            "first",
            "streak",
            "age",
            "gender",
            "party_member",
            "platform",
            "origin",
            "member",
        ];
        for fact in kinds().iter().flat_map(|kind| kind.facts) {
            assert!(!banned.contains(&fact.name), "{}", fact.name);
        }
    }
}
