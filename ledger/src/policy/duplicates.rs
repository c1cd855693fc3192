//! Duplicates: which deeds are one and the same thing, and who is rewarded for it.
//!
//! A policy only says what makes two deeds alike; whether there is another is found out elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::deed::Fact;
use super::facts::Facts;

/// Who is rewarded when several report one thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateReward {
    /// They share one award: to be earlier earns nothing more.
    #[default]
    Share,
    /// The first alone.
    First,
}

/// What another deed has to have in common with this one to be about the same thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicates {
    /// These facts, with this deed's values.
    pub key: BTreeMap<String, Fact>,
    /// How far apart they may be, in metres; `None` is anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius_metres: Option<i64>,
    /// How far apart in time, in seconds.
    pub window_seconds: i64,
    /// Who is rewarded.
    pub reward: DuplicateReward,
}

/// The same as the policy states it: names of facts that every deed of the kind states.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Alike {
    pub key: Vec<String>,
    pub radius_metres: Option<i64>,
    pub window_seconds: i64,
    pub reward: DuplicateReward,
}

impl Alike {
    /// With the values of one deed.
    pub fn of(&self, facts: &Facts) -> Duplicates {
        let value = |name: &String| Some((name.clone(), facts.get(name)?.clone()));
        Duplicates {
            key: self.key.iter().filter_map(value).collect(),
            radius_metres: self.radius_metres,
            window_seconds: self.window_seconds,
            reward: self.reward,
        }
    }
}
