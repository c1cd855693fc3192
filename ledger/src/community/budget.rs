//! What a budget is for: whose money it is, for what, for deeds of which time, and what happens when it is used up or over.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{BudgetId, FunderId};

/// The most characters that a purpose may have.
pub const PURPOSE_LIMIT: usize = 200;
/// The longest period, in seconds: five years.
pub const PERIOD_LIMIT: i64 = 5 * 366 * 86_400;
/// The most days in which deeds of the period may be decided after it.
pub const SETTLE_LIMIT: i64 = 180;
/// At which shares of what it was given a budget's use is told, in percent.
pub const ALERTS: [i64; 2] = [80, 95];

/// What is planned for a budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetPlan {
    /// Who pays for it.
    pub funder: Option<FunderId>,
    /// What it is for, in a sentence.
    pub purpose: String,
    /// It pays for deeds from this moment on.
    pub starts_at: Timestamp,
    /// And for none from this moment on.
    pub ends_at: Timestamp,
    /// How many days after that awards of such deeds are still granted.
    pub settle_days: i64,
    /// What becomes of an award that it cannot pay.
    pub exhausted: Exhausted,
    /// What becomes of what is left, and of what comes back later.
    pub at_end: AtEnd,
}

/// What becomes of an award that its budget cannot pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exhausted {
    /// It is turned down.
    Reject,
    /// It waits until the budget is given more.
    Queue,
}

/// What becomes of what is left of a budget when it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtEnd {
    /// It is no longer issued.
    Return,
    /// Another budget has it.
    CarryOver {
        /// Which.
        into: BudgetId,
    },
}

/// Why a plan cannot be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PlanFlaw {
    /// The purpose is empty or too long.
    #[error("a purpose has 1 to {PURPOSE_LIMIT} characters")]
    Purpose,
    /// The period ends before it begins, or lasts too long.
    #[error("a period ends after it begins and lasts five years at most")]
    Period,
    /// So many days to settle are too many, or fewer than none.
    #[error("0 to {SETTLE_LIMIT} days are left to settle a period")]
    SettleDays,
    /// It would be closed at once, and nothing opens it again.
    #[error("the period and the days to settle it are over already")]
    Over,
    /// What is left would stay where it is.
    #[error("what is left is carried over into another budget")]
    IntoItself,
}

impl BudgetPlan {
    /// When it is closed: nothing is granted from it from then on.
    pub const fn closes_at(&self) -> Timestamp {
        self.ends_at.plus_seconds(self.settle_days * 86_400)
    }

    /// Whether it pays for what was done then.
    pub fn covers(&self, occurred_at: Timestamp) -> bool {
        self.starts_at <= occurred_at && occurred_at < self.ends_at
    }

    /// The budget that has what is left.
    pub const fn successor(&self) -> Option<BudgetId> {
        match self.at_end {
            AtEnd::Return => None,
            AtEnd::CarryOver { into } => Some(into),
        }
    }

    /// The first thing about the plan of this budget that cannot be so, made now.
    pub fn flaw(&self, budget: BudgetId, now: Timestamp) -> Option<PlanFlaw> {
        let purpose = self.purpose.trim();
        let lasts = self.ends_at.seconds_since(self.starts_at);
        if purpose.is_empty() || purpose.chars().count() > PURPOSE_LIMIT {
            Some(PlanFlaw::Purpose)
        } else if lasts <= 0 || lasts > PERIOD_LIMIT {
            Some(PlanFlaw::Period)
        } else if !(0..=SETTLE_LIMIT).contains(&self.settle_days) {
            Some(PlanFlaw::SettleDays)
        } else if self.successor() == Some(budget) {
            Some(PlanFlaw::IntoItself)
        } else if self.closes_at() <= now {
            Some(PlanFlaw::Over)
        } else {
            None
        }
    }
}
