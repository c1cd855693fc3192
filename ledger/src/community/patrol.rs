//! Patrols: cells of the map, and what counts of a shift in one.
//!
//! Standing still is no patrol, and neither is riding fast: what counts is the time between places that differ, as long as it was not too
//! long ago that somebody came to a new one.

use serde::{Deserialize, Serialize};

use super::Actor;
use super::layer::Area;
use crate::clock::Timestamp;
use crate::ids::OrganizationId;
use crate::policy::Position;
use crate::policy::deed::{Fact, kind};

/// The kind of deed that a shift is.
pub const PATROL_SHIFT: &str = "patrol_shift";
/// The most cells imported at once.
pub const GRIDS_AT_ONCE: usize = 2_000;
/// The most places of one shift, its beginning included: as many as the fact `checkpoints` can say.
pub const WAYPOINT_LIMIT: usize = 200;
/// The longest name of a cell, in characters.
const LONGEST_NAME: usize = 80;

/// What counts as a patrol of a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PatrolRule {
    /// The least time between two places that count, in seconds.
    pub gap: i64,
    /// How far a place is from every earlier one of the shift to count as another, in metres.
    pub apart: i64,
    /// How many places a shift needs.
    pub points: u32,
    /// The most that counts until the next place that counts, in seconds.
    pub stretch: i64,
    /// The longest shift, in seconds: nobody earns by riding on when tired.
    pub longest: i64,
    /// How far outside the boundary is still inside, in metres.
    pub tolerance: i64,
    /// Which policy is to price it, where several do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

impl Default for PatrolRule {
    fn default() -> Self {
        Self {
            gap: 5 * 60,
            apart: 50,
            points: 3,
            stretch: 45 * 60,
            longest: 4 * 3_600,
            tolerance: 50,
            policy: None,
        }
    }
}

impl PatrolRule {
    /// Whether a patrol can be told by it.
    ///
    /// # Errors
    /// Which of its numbers is out of range.
    pub fn check(&self) -> Result<(), GridProblem> {
        let numbers = [
            ("gap", self.gap, 0, 3_600),
            ("apart", self.apart, 10, 1_000),
            ("points", i64::from(self.points), 2, 100),
            ("stretch", self.stretch, 60, 4 * 3_600),
            ("longest", self.longest, 600, 12 * 3_600),
            ("tolerance", self.tolerance, 0, 500),
        ];
        let wrong = numbers
            .into_iter()
            .find(|(_, value, least, most)| !(*least..=*most).contains(value));
        match wrong {
            None => Ok(()),
            Some((field, _, least, most)) => Err(GridProblem::Rule {
                field: field.to_owned(),
                least,
                most,
            }),
        }
    }
}

/// A cell of the map that members patrol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// As deeds name it in their fact `grid`.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Whose it is.
    pub organization: Option<OrganizationId>,
    /// What it covers.
    pub area: Area,
    /// What counts as a patrol of it.
    pub rule: PatrolRule,
    /// Who put it on the map last, and so awards those who patrol it.
    pub keeper: Actor,
    /// Since when nobody begins a shift here any more.
    pub retired_at: Option<Timestamp>,
}

/// A cell to be put on the map, or to be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewGrid {
    /// As deeds name it.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Whose it is; not said, it stays whose it was.
    pub organization: Option<OrganizationId>,
    /// What it covers.
    pub area: Area,
    /// What counts as a patrol of it; not said, it stays, or is the usual.
    pub rule: Option<PatrolRule>,
}

/// What is wrong with cells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum GridProblem {
    /// None, or too many at once.
    #[error("1 to {limit} cells are imported at once")]
    Number {
        /// The most.
        limit: u64,
    },
    /// A code that deeds could not name.
    #[error("a cell cannot be called {grid:?}: expected {expected}")]
    Code {
        /// As given, cut short.
        grid: String,
        /// What it can be.
        expected: String,
    },
    /// Two cells of one code.
    #[error("two cells are called {grid}")]
    Twice {
        /// Which.
        grid: String,
    },
    /// A name that is empty or too long.
    #[error("the name of cell {grid} has 1 to {limit} characters")]
    Name {
        /// Of which.
        grid: String,
        /// The most.
        limit: u64,
    },
    /// A number of the rule is out of range.
    #[error("{field} is {least} to {most}")]
    Rule {
        /// Which.
        field: String,
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
}

impl NewGrid {
    /// Whether it can be put on the map.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), GridProblem> {
        check_code(&self.code)?;
        let name = self.name.trim().chars().count();
        if !(1..=LONGEST_NAME).contains(&name) {
            return Err(GridProblem::Name {
                grid: self.code.clone(),
                limit: LONGEST_NAME as u64,
            });
        }
        self.rule.as_ref().map_or(Ok(()), PatrolRule::check)
    }
}

/// Whether deeds can name a cell so.
fn check_code(code: &str) -> Result<(), GridProblem> {
    let spec = kind(PATROL_SHIFT).and_then(|kind| kind.fact("grid"));
    match spec {
        Some(spec) if spec.kind.check(&Fact::from(code)).is_err() => Err(GridProblem::Code {
            grid: code.chars().take(40).collect(),
            expected: spec.kind.describe(),
        }),
        _ => Ok(()),
    }
}

impl Grid {
    /// Whether somebody there is in it.
    #[expect(clippy::cast_precision_loss, reason = "a few hundred metres")]
    pub fn holds(&self, place: Position) -> bool {
        self.area.metres_to(place) <= self.rule.tolerance as f64
    }
}

/// Where somebody said they were, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waypoint {
    /// When, by the device.
    pub at: Timestamp,
    /// Where.
    pub position: Position,
}

/// What a shift comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// How many places count: those that are far enough from every earlier one and come long enough after the last.
    pub points: u32,
    /// When somebody came to the last of them.
    pub last_at: Timestamp,
    /// Until when time counts.
    pub until: Timestamp,
    /// How much of it.
    pub minutes: i64,
}

/// What counts of the places of a shift, the first of which is where it began, in whatever order they arrived. Whoever says themselves that
/// they have ended has the time since the last place counted, too. `None` where there is no place at all.
pub fn tally(
    waypoints: &[Waypoint],
    rule: &PatrolRule,
    ended_at: Option<Timestamp>,
) -> Option<Tally> {
    let mut waypoints = waypoints.to_vec();
    waypoints.sort_unstable();
    let (first, rest) = waypoints.split_first()?;
    let last_moment = first.at.plus_seconds(rule.longest);
    let mut places = vec![first.position];
    let (mut last_at, mut seconds) = (first.at, 0);
    for waypoint in rest {
        let gap = waypoint.at.seconds_since(last_at);
        let in_time = gap >= rule.gap && waypoint.at <= last_moment;
        if in_time && is_apart(waypoint.position, &places, rule.apart) {
            places.push(waypoint.position);
            last_at = waypoint.at;
            seconds += gap.min(rule.stretch);
        }
    }
    let ended_at = ended_at.map_or(last_at, |ended| ended.min(last_moment).max(last_at));
    let rest = ended_at.seconds_since(last_at).min(rule.stretch);
    Some(Tally {
        points: u32::try_from(places.len()).unwrap_or(u32::MAX),
        last_at,
        until: last_at.plus_seconds(rest),
        minutes: (seconds + rest) / 60,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred metres")]
fn is_apart(place: Position, others: &[Position], metres: i64) -> bool {
    others
        .iter()
        .all(|other| other.metres_to(place) >= metres as f64)
}

#[cfg(test)]
mod tests;
