//! The trace of an award: every step from the facts to the points, kept with the award.
//!
//! It holds codes, numbers and names from the policy only; of the deed's facts those that a rule
//! asked for.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::caps::{CapReached, CapStep, CapUnit, Capped};
use super::condition::Check;
use super::deed::exact;
use crate::clock::Timestamp;
use crate::points::Points;

/// How an award came to its points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The policy's title.
    pub title: String,
    /// The kind of deed.
    pub on: String,
    /// The rule's name.
    pub rule: String,
    /// The rule's title.
    pub rule_title: String,
    /// Every comparison made for the rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// The classes of evidence that were asked for and there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// The layers of the map that the deed had to lie in, and does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// Where the points begin.
    pub basis: Basis,
    /// Each multiplier, in the order it was considered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub multipliers: Vec<MultiplierStep>,
    /// What they come to together, where they are not multiplied one after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combined: Option<CombinedStep>,
    /// The rule's own maximum, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<MaxStep>,
    /// Among how many reports of one thing it was divided, once it was: before the caps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// Why it had to wait for room under a cap, if it had to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// Why it had to wait for its budget to be given more, if it had to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfunded: Option<Unfunded>,
    /// What each cap did; empty until [`Trace::with_caps`], and so while the award waits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<CapStep>,
    /// The points in the end.
    pub points: Points,
}

/// Where the points of a rule begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The same for everyone.
    Fixed {
        /// How many.
        points: Points,
    },
    /// A rate times a quantity.
    Rate {
        /// Points for one unit.
        rate: Points,
        /// The fact that is the quantity.
        per: String,
        /// How much of it, in the fact's unit.
        #[serde(with = "exact")]
        quantity: Decimal,
        /// Their product, rounded to hundredths.
        points: Points,
    },
    /// A row of a table.
    Table {
        /// The fact that chooses the row.
        by: String,
        /// Its value.
        value: String,
        /// The row's points.
        points: Points,
    },
}

/// One multiplier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MultiplierStep {
    /// Its name.
    pub name: String,
    /// Its title, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The factor in basis points: 15000 is one and a half.
    pub times: i64,
    /// Whether its conditions held.
    pub applied: bool,
    /// If not, what stood in the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<Check>,
    /// The points after it; where the multipliers are combined, those before all of them.
    pub after: Points,
}

/// How the multipliers of a rule work together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// One after the other, each rounded.
    #[default]
    Multiply,
    /// Only the largest of those that apply, rounded once.
    Highest,
    /// What each adds is summed: × 1.5 and × 1.2 make × 1.7, rounded once.
    Add,
}

/// All multipliers of a rule at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CombinedStep {
    /// How.
    pub combine: Combine,
    /// The factor that results, in basis points.
    pub times: i64,
    /// The points after it.
    pub after: Points,
}

/// The rule's own maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaxStep {
    /// The most the rule gives.
    pub limit: Points,
    /// The points before it.
    pub before: Points,
}

/// The division of one award among the reports of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// How many reports there were, this one included.
    pub reports: i64,
    /// The points before it.
    pub whole: Points,
    /// What each of them is worth then: hundredths that cannot be divided stay in the budget.
    pub each: Points,
}

impl Share {
    /// A report worth so much alone, as one of so many; `None` if less than a hundredth would be left.
    pub fn of(whole: Points, reports: i64) -> Option<Self> {
        let each = Points::from_hundredths(whole.hundredths().checked_div(reports)?);
        each.is_positive().then_some(Self {
            reports,
            whole,
            each,
        })
    }
}

/// Why an award waits, or waited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// The cap that left no room for it when it was submitted, or under which others were waiting.
    pub reached: CapReached,
    /// How many awards were waiting there.
    pub ahead: i64,
    /// The moment in whose windows it counts since it was let in; `None` while it waits, and when it counts in those of its deed after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_at: Option<Timestamp>,
    /// When it was let in; `None` while it waits, and where it fell before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub let_in_at: Option<Timestamp>,
}

/// What an award found in its budget that it had to wait for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfunded {
    /// When nobody had to agree any more.
    pub since: Timestamp,
    /// What the budget held then.
    pub available: Points,
    /// How many awards were waiting for it.
    pub ahead: i64,
    /// When it was paid; `None` while it waits, and where it fell before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Basis {
    /// The points begun with.
    pub const fn points(&self) -> Points {
        match self {
            Self::Fixed { points } | Self::Rate { points, .. } | Self::Table { points, .. } => {
                *points
            }
        }
    }
}

impl Trace {
    /// With what the caps did, and the points they left.
    #[must_use]
    pub fn with_caps(mut self, capped: &Capped) -> Self {
        self.caps.clone_from(&capped.steps);
        self.points = capped.points;
        self
    }

    /// The points before the division and the caps.
    pub fn priced(&self) -> Points {
        match (&self.share, self.caps.first()) {
            (Some(share), _) => share.whole,
            (None, None) => self.points,
            (None, Some(step)) => step.granted.plus(step.clipped).unwrap_or(Points::MAX),
        }
    }

    /// As one of several reports of one thing; the caps find what they found, and less to cut.
    #[must_use]
    pub fn shared(mut self, share: Share) -> Self {
        let mut granted = share.each;
        for step in &mut self.caps {
            let left = match step.unit {
                CapUnit::Count => granted,
                CapUnit::Points => {
                    let room = step.limit.saturating_sub(step.used_before);
                    granted.min(Points::from_hundredths(room))
                }
            };
            step.granted = left;
            step.clipped = Points::from_hundredths(granted.hundredths() - left.hundredths());
            granted = left;
        }
        self.share = Some(share);
        self.points = granted;
        self
    }

    /// Whether it waits for room under a cap.
    pub const fn waits(&self) -> bool {
        self.wait.is_some() && self.caps.is_empty()
    }

    /// Whether its budget could not pay for it and has not since: it waits, or fell while it did.
    pub const fn is_unfunded(&self) -> bool {
        matches!(self.unfunded, Some(Unfunded { until: None, .. }))
    }
}
