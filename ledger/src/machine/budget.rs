//! Budgets: what is planned for them, points issued into them and taken back, what is told when they run low, and their end.
//!
//! What a budget was given (`provided`) is what was issued into it or carried over, less what was returned; so what it has used is that less what it
//! holds, awards on notice included.

mod points;
mod rejection;

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::accounts::{Account, Owner};
use crate::clock::Timestamp;
use crate::community::budget::{ALERTS, BudgetPlan, Exhausted};
use crate::ids::{BudgetId, ProgramId};
use crate::machine::{CounterKey, Effects, Needs, Outcome, Rejection, State, Stop};
use crate::points::Points;

pub(super) use points::{appropriate, give_back};
pub use rejection::BudgetRejection;

/// A command about a budget, beside those that issue points into it and take them back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetCommand {
    /// Say what it is for, when, and what happens when it is used up or over.
    Plan {
        /// Which.
        budget: BudgetId,
        /// In place of what was planned before.
        plan: BudgetPlan,
    },
    /// Say that so much of it is used that somebody should know.
    Tell {
        /// Which.
        budget: BudgetId,
    },
    /// Its period is over and settled: what it holds goes where the plan says.
    Close {
        /// Which.
        budget: BudgetId,
    },
}

/// A budget, beside what it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BudgetRecord {
    /// What is planned, if anything is.
    pub plan: Option<BudgetPlan>,
    /// What it was given.
    pub provided: Points,
    /// The share of it in percent that was told last to be used; 0 if none was since it was given more.
    pub told: i64,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

static UNPLANNED: BudgetRecord = BudgetRecord {
    plan: None,
    provided: Points::ZERO,
    told: 0,
    closed_at: None,
};

/// What a batch knows of budgets: all whose owners it has locked.
#[derive(Clone, Debug, Default)]
pub struct Budgets {
    known: HashMap<BudgetId, BudgetRecord>,
    /// Those that were changed.
    pub changed: BTreeSet<BudgetId>,
}

impl Budgets {
    /// A budget's row.
    pub fn load(&mut self, budget: BudgetId, record: BudgetRecord) {
        self.known.insert(budget, record);
    }

    /// A budget, if it is on record.
    pub fn get(&self, budget: BudgetId) -> Option<&BudgetRecord> {
        self.known.get(&budget)
    }

    /// Those for which awards may wait, or may have begun to under an earlier plan.
    pub fn planned(&self) -> impl Iterator<Item = BudgetId> {
        let known = self.known.iter();
        let planned = known.filter(|(_, record)| record.plan.is_some());
        planned.map(|(budget, _)| *budget)
    }

    /// Whether a budget is closed.
    pub fn is_closed(&self, budget: BudgetId) -> bool {
        let known = self.known.get(&budget);
        known.is_some_and(|record| record.closed_at.is_some())
    }

    pub(super) fn keep(&mut self, (budget, record): (BudgetId, BudgetRecord)) {
        self.known.insert(budget, record);
        self.changed.insert(budget);
    }
}

impl BudgetRecord {
    /// What becomes of an award that it cannot pay.
    pub fn exhausted(&self) -> Exhausted {
        let plan = self.plan.as_ref();
        plan.map_or(Exhausted::Reject, |plan| plan.exhausted)
    }

    /// How much of it is used, of the shares that are told: the highest reached, in percent, or 0.
    pub fn level(&self, holds: Points) -> i64 {
        let used = self.used_percent(holds);
        let reached = ALERTS.into_iter().rfind(|percent| *percent <= used);
        reached.unwrap_or(0)
    }

    /// How much of it is used, in whole percent, rounded down; 0 where it was given nothing.
    pub fn used_percent(&self, holds: Points) -> i64 {
        let (provided, holds) = (
            i128::from(self.provided.hundredths()),
            i128::from(holds.hundredths()),
        );
        if provided <= 0 {
            return 0;
        }
        i64::try_from((provided - holds) * 100 / provided).unwrap_or(0)
    }

    /// As it is after it was given so much more, or less; what it is used then counts as told only as far as it was.
    fn given(&self, more: Points, holds: Points) -> Result<Self, Stop> {
        let mut record = Self {
            provided: self.provided.plus(more)?,
            ..self.clone()
        };
        record.told = record.told.min(record.level(holds));
        Ok(record)
    }

    /// Stops if it is closed.
    fn must_be_open(&self, budget: BudgetId) -> Result<(), Stop> {
        match self.closed_at {
            Some(closed_at) => Err(BudgetRejection::BudgetClosed { budget, closed_at }.into()),
            None => Ok(()),
        }
    }
}

/// Counts how many awards wait for a budget to be given more.
pub fn waiting_for(budget: BudgetId) -> CounterKey {
    CounterKey {
        cap: "budget/queue".to_owned(),
        subject: budget.0,
        window_start: Timestamp::from_micros(0),
    }
}

/// A budget that pays for awards: locked, on record and not closed.
pub(super) fn open_budget(state: &State, budget: BudgetId) -> Result<&BudgetRecord, Stop> {
    let record = known(state, budget)?;
    record.must_be_open(budget)?;
    Ok(record)
}

/// Stops if a budget pays for no deed of then.
pub(super) fn must_cover(
    state: &State,
    budget: BudgetId,
    occurred_at: Timestamp,
) -> Result<(), Stop> {
    let record = open_budget(state, budget)?;
    let plan = record.plan.as_ref();
    match plan.filter(|plan| !plan.covers(occurred_at)) {
        Some(plan) => Err(BudgetRejection::OutsidePeriod {
            budget,
            starts_at: plan.starts_at,
            ends_at: plan.ends_at,
        }
        .into()),
        None => Ok(()),
    }
}

/// A budget, locked and on record. A state made for a simulation knows of no plans.
fn known(state: &State, budget: BudgetId) -> Result<&BudgetRecord, Stop> {
    if !state.is_registered(Owner::Budget(budget))? {
        let budget = budget.to_string();
        return Err(Rejection::UnknownBudget { budget }.into());
    }
    Ok(state.budgets.get(budget).unwrap_or(&UNPLANNED))
}

impl BudgetCommand {
    /// The operation's stable name.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Plan { .. } => "budget.plan",
            Self::Tell { .. } => "budget.low",
            Self::Close { .. } => "budget.close",
        }
    }
}

impl Needs {
    /// Adds what a command about a budget needs; whoever has what is left of it is asked for once that is known.
    pub(super) fn add_budget(&mut self, program: ProgramId, command: &BudgetCommand) {
        match command {
            BudgetCommand::Plan { budget, plan } => {
                let budgets = [Some(*budget), plan.successor()];
                self.owners
                    .extend(budgets.into_iter().flatten().map(Owner::Budget));
                self.owners.extend(plan.funder.map(Owner::Funder));
            }
            BudgetCommand::Tell { budget } => {
                self.owners.insert(Owner::Budget(*budget));
            }
            BudgetCommand::Close { budget } => {
                self.owners.insert(Owner::Program(program));
                self.owners.insert(Owner::Budget(*budget));
            }
        }
    }
}

/// Decides a command about a budget.
pub(super) fn decide(state: &State, command: &BudgetCommand) -> Result<Effects, Stop> {
    match command {
        BudgetCommand::Plan { budget, plan } => planned(state, *budget, plan),
        BudgetCommand::Tell { budget } => tell(state, *budget),
        BudgetCommand::Close { budget } => points::close(state, *budget),
    }
}

fn planned(state: &State, budget: BudgetId, plan: &BudgetPlan) -> Result<Effects, Stop> {
    let record = open_budget(state, budget)?;
    if let Some(flaw) = plan.flaw(budget, state.now) {
        return Err(BudgetRejection::BadBudgetPlan { flaw }.into());
    }
    if let Some(successor) = plan.successor() {
        open_budget(state, successor)?;
    }
    if let Some(funder) = plan.funder
        && !state.is_registered(Owner::Funder(funder))?
    {
        return Err(Rejection::UnknownReference.into());
    }
    let subject = budget.0;
    let plan = BudgetPlan {
        purpose: plan.purpose.trim().to_owned(),
        ..plan.clone()
    };
    let record = BudgetRecord {
        plan: Some(plan),
        ..record.clone()
    };
    Ok(Effects {
        budgets: vec![(budget, record)],
        ..Effects::answering(subject, Outcome::Registered { subject })
    })
}

/// Each share is told once, until the budget is given more.
fn tell(state: &State, budget: BudgetId) -> Result<Effects, Stop> {
    let record = open_budget(state, budget)?;
    let balance = state.balance(Account::budget(budget), Owner::Budget(budget))?;
    let percent = record.level(balance);
    if percent <= record.told {
        return Err(Rejection::NothingDue.into());
    }
    let outcome = Outcome::BudgetLow {
        budget,
        percent,
        balance,
        provided: record.provided,
    };
    let record = BudgetRecord {
        told: percent,
        ..record.clone()
    };
    Ok(Effects {
        budgets: vec![(budget, record)],
        ..Effects::answering(budget.0, outcome)
    })
}
