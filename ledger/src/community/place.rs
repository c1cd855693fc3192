//! Where stores and stations are, when they are open, and what they have for riders.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::community::hours::Hours;
use crate::community::offer::Flaw;
use crate::ids::{SiteId, StoreId};
use crate::policy::Position;

/// How far somebody walks in a minute, in metres.
pub const METRES_A_MINUTE: f64 = 75.0;
/// How much longer streets are than a straight line.
pub const DETOUR: f64 = 1.3;

/// How many minutes it is taken to be to walk between two places: along a straight line, 1.3 times as far, at 75 metres a minute.
pub fn walking_minutes(metres: f64) -> f64 {
    metres * DETOUR / METRES_A_MINUTE
}

/// How far one gets along a straight line in so many minutes, in metres.
pub fn metres_within(minutes: f64) -> f64 {
    minutes * METRES_A_MINUTE / DETOUR
}

/// A store or a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceOf {
    /// Where a merchant redeems points.
    Store(StoreId),
    /// Where riders rest.
    Site(SiteId),
}

impl PlaceOf {
    /// Its id.
    pub const fn id(self) -> Uuid {
        match self {
            Self::Store(id) => id.0,
            Self::Site(id) => id.0,
        }
    }
}

/// What is to be known of a store or station by whoever wants to go there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Of which.
    pub of: PlaceOf,
    /// Where it is; without, nobody finds it near them.
    pub position: Option<Position>,
    /// When it is open; nothing is said where there are none.
    #[serde(default)]
    pub hours: Hours,
    /// What it has: short words, as in 饮水 or 充电.
    #[serde(default)]
    pub services: Vec<String>,
    /// Its telephone.
    #[serde(default)]
    pub phone: Option<String>,
}

impl Profile {
    /// Everything that cannot be so.
    pub fn flaws(&self) -> Vec<Flaw> {
        let flaw = |field: &str, problem: String| Flaw {
            field: field.to_owned(),
            problem,
        };
        let mut flaws = Vec::new();
        flaws.extend(self.hours.flaw().map(|problem| flaw("/hours", problem)));
        let words = &self.services;
        let short = |word: &String| !word.trim().is_empty() && word.chars().count() <= 20;
        let once = words
            .iter()
            .enumerate()
            .all(|(index, word)| !words[..index].contains(word));
        if words.len() > 20 || !words.iter().all(short) || !once {
            let problem = "are at most 20 words of at most 20 characters, each once";
            flaws.push(flaw("/services", problem.to_owned()));
        }
        let dialled = |phone: &String| {
            let digits = phone.chars().filter(char::is_ascii_digit).count();
            let known = phone
                .chars()
                .all(|c| c.is_ascii_digit() || "+- ".contains(c));
            known && (3..=15).contains(&digits) && phone.len() <= 24
        };
        if self.phone.as_ref().is_some_and(|phone| !dialled(phone)) {
            let problem = "has 3 to 15 digits, with + - and spaces between";
            flaws.push(flaw("/phone", problem.to_owned()));
        }
        flaws
    }
}
