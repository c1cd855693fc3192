//! Duplicates: which deeds are one and the same thing, and who is rewarded for it.
//!
//! A policy only says what makes two deeds alike; whether there is another is found out elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Position;
use super::deed::Fact;
use super::facts::Facts;
use crate::clock::Timestamp;
use crate::ids::{BudgetId, derived};

/// More millionths of a degree of latitude than a metre has anywhere: there are 8.993 of them.
pub const MILLIONTHS_A_METRE: i64 = 9;

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

impl Duplicates {
    /// What all deeds have in common that may be about one thing, whenever and wherever they happened: the policy, the budget that pays
    /// and the key facts. A thing is paid from one budget, so reports paid from another are about another.
    pub fn alike(&self, policy: &str, budget: BudgetId) -> Uuid {
        let key = serde_json::to_vec(&self.key).unwrap_or_default();
        let placed: &[u8] = if self.radius_metres.is_some() {
            b"placed"
        } else {
            b""
        };
        derived(&[policy.as_bytes(), budget.0.as_bytes(), placed, &key])
    }

    /// How far two deeds about one thing may lie apart from north to south, in millionths of a degree, and a little more.
    pub fn latitudes(&self) -> i64 {
        let metres = self.radius_metres.unwrap_or(0);
        metres.saturating_mul(MILLIONTHS_A_METRE)
    }

    /// The first and the last moment of a deed that may be about the same thing as one of this moment.
    pub const fn around(&self, occurred_at: Timestamp) -> (Timestamp, Timestamp) {
        (
            occurred_at.plus_seconds(-self.window_seconds),
            occurred_at.plus_seconds(self.window_seconds),
        )
    }

    /// How far two deeds that are alike lie apart, in metres, then in seconds; `None` if that is too far to be one thing. Without a radius
    /// every place is the same.
    pub fn apart(
        &self,
        one: (Timestamp, Option<Position>),
        other: (Timestamp, Option<Position>),
    ) -> Option<(f64, i64)> {
        let (since, until) = self.around(one.0);
        if other.0 < since || until < other.0 {
            return None;
        }
        let seconds = one.0.seconds_since(other.0).abs();
        let Some(radius) = self.radius_metres else {
            return Some((0.0, seconds));
        };
        let metres = one.1?.metres_to(other.1?);
        let radius = f64::from(u32::try_from(radius).unwrap_or(u32::MAX));
        (metres <= radius).then_some((metres, seconds))
    }
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
