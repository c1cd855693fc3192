//! Why nothing comes of something about a budget.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::community::budget::PlanFlaw;
use crate::ids::BudgetId;

/// See [`crate::machine::Rejection`], among whose codes these are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum BudgetRejection {
    /// The budget's period is settled: it pays for nothing more.
    #[error("budget {budget} was closed at {closed_at}")]
    BudgetClosed {
        /// Which.
        budget: BudgetId,
        /// When.
        closed_at: Timestamp,
    },
    /// The budget pays for what was done at another time.
    #[error("budget {budget} pays for deeds from {starts_at} until {ends_at}")]
    OutsidePeriod {
        /// Which.
        budget: BudgetId,
        /// From then on.
        starts_at: Timestamp,
        /// Until before then.
        ends_at: Timestamp,
    },
    /// The plan says something that cannot be so.
    #[error("the plan cannot be so: {flaw}")]
    BadBudgetPlan {
        /// What.
        flaw: PlanFlaw,
    },
}
