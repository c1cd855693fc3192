//! Simulation: a stretch of the past, replayed under a policy that was not in force then.
//!
//! A [`Simulation`] is given the awards on record, oldest submission first, and what they are worth under a *candidate* policy is
//! decided by the code that decided them then: [`Policy::price`] and [`crate::machine::decide_and_apply`], on a
//! [`crate::machine::State`] made for one award and thrown away. What the database would keep between awards is kept in
//! memory, small: what each cap has counted, once as recorded and once as simulated. The [`Report`] says who would have gained and lost.
//!
//! **What is on record decides everything but the price.** A deed that was refused at the time left no record, so it is not simulated.
//! An award that was approved is taken as approved, one that was rejected or reversed falls at the same moment and gives back to the caps
//! what it counted in the simulation. Budgets are taken to hold enough; the report says what is drawn from each.
//!
//! **The version that was in force gives exactly what was recorded.** The counters at the beginning come from what earlier awards counted
//! in windows that reach into the period. Awards of one batch have one moment; their traces say what their caps had counted
//! before them, which tells their order, and where order alone does not (something fell within the same batch), both counters are set
//! right by it.

mod counters;
mod decide;
mod order;
mod report;
mod tally;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::clock::Timestamp;
use crate::ids::{AwardId, BudgetId, DeedId, ProgramId};
use crate::machine::{Award, Stop};
use crate::points::AmountError;
use crate::policy::Policy;

use counters::Counters;
use decide::Verdict;
use tally::Tally;

pub use report::{
    Approvals, Bites, BudgetLine, CapLine, Crowd, MemberLine, RefusalLine, Report, RuleLine, Sum,
};

/// Which deeds are simulated: those that happened from a moment on and before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
}

impl Period {
    const fn holds(&self, moment: Timestamp) -> bool {
        self.from.as_micros() <= moment.as_micros() && moment.as_micros() < self.until.as_micros()
    }
}

/// Which awards are replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaces {
    /// Those of the policy of the same name.
    ItsNamesake,
    /// Those of every policy about the same kind of deed: the candidate's name is new.
    ItsKind,
}

/// Why a simulation cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The candidate draws on a budget that the programme does not have.
    #[error("no budget {budget} in this programme")]
    UnknownBudget {
        /// Its code.
        budget: String,
    },
    /// A sum does not fit.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// The state machine stopped where it never should: a bug.
    #[error("award {award} cannot be decided: {problem}")]
    Stopped {
        /// The award on record.
        award: AwardId,
        /// What the machine says.
        problem: String,
    },
}

impl SimulationError {
    fn stopped(award: AwardId, stop: &Stop) -> Self {
        let problem = format!("{stop:?}");
        Self::Stopped { award, problem }
    }
}

/// A replay under way.
#[derive(Debug)]
pub struct Simulation {
    program: ProgramId,
    candidate: Policy,
    replaces: Replaces,
    period: Period,
    budgets: HashMap<String, BudgetId>,
    counters: Counters,
    /// What has been submitted and will fall, by when.
    falls: BTreeMap<(Timestamp, AwardId), Fall>,
    /// Deeds with a simulated award, where one deed may have awards of several policies.
    live: HashMap<DeedId, AwardId>,
    tally: Tally,
}

/// An award on record that is to be rejected or reversed.
#[derive(Debug)]
enum Fall {
    /// Of a deed outside the period: only the counters know it.
    Outside(Box<Award>),
    /// With what the simulation made of it.
    Inside(Box<Award>, Verdict),
}

impl Simulation {
    /// Nothing replayed yet. The days between which the candidate says it holds are put aside; `budgets` are the programme's, by code.
    pub fn new(
        program: ProgramId,
        candidate: Policy,
        replaces: Replaces,
        period: Period,
        budgets: HashMap<String, BudgetId>,
    ) -> Self {
        let candidate = candidate.at_any_time();
        Self {
            program,
            counters: Counters::new(&candidate),
            tally: Tally::new(&candidate, &budgets),
            candidate,
            replaces,
            period,
            budgets,
            falls: BTreeMap::new(),
            live: HashMap::new(),
        }
    }

    /// Replays awards. Each call's were submitted after those of the call before; in one call they may come in any order.
    ///
    /// Those of deeds outside the period are wanted too, as far as they count in windows that reach into it.
    ///
    /// # Errors
    /// When the programme lacks a budget, a sum does not fit, or the machine finds a bug.
    pub fn replay(&mut self, awards: Vec<Award>) -> Result<(), SimulationError> {
        for award in order::by_submission(awards) {
            self.fall_until(award.submitted_at)?;
            self.counters.note(&award);
            if !self.period.holds(award.deed.occurred_at) {
                self.counters.count_both(&award, 1);
                if !award.state.is_live() {
                    self.schedule(Fall::Outside(Box::new(award)));
                }
            } else if award.deed.kind == self.candidate.on()
                || self.replaces == Replaces::ItsNamesake
            {
                self.replay_one(award)?;
            }
        }
        Ok(())
    }

    /// What it came to.
    ///
    /// # Errors
    /// When a sum does not fit.
    pub fn report(self) -> Result<Report, SimulationError> {
        let corrected = self.counters.corrected();
        Ok(self.tally.report(&self.candidate, self.period, corrected)?)
    }

    fn replay_one(&mut self, award: Award) -> Result<(), SimulationError> {
        let verdict = self.decide(&award)?;
        self.counters.count_recorded(&award, 1);
        if self.replaces == Replaces::ItsKind && verdict.award().is_some() {
            self.live.insert(award.deed_id, award.id);
        }
        if award.state.is_live() {
            let month = self.candidate.month_of(award.deed.occurred_at);
            let month = month.unwrap_or_default();
            self.tally.take(&award, &verdict, month)?;
        } else {
            self.tally.fallen();
            self.schedule(Fall::Inside(Box::new(award), verdict));
        }
        Ok(())
    }

    fn schedule(&mut self, fall: Fall) {
        let (Fall::Outside(award) | Fall::Inside(award, _)) = &fall;
        let at = award.decided_at.unwrap_or(award.submitted_at);
        self.falls.insert((at, award.id), fall);
    }

    /// Lets fall what fell up to this moment.
    fn fall_until(&mut self, moment: Timestamp) -> Result<(), SimulationError> {
        while let Some(first) = self.falls.first_entry()
            && first.key().0 <= moment
        {
            match first.remove() {
                Fall::Outside(award) => self.counters.count_both(&award, -1),
                Fall::Inside(recorded, verdict) => {
                    self.counters.count_recorded(&recorded, -1);
                    if self.live.get(&recorded.deed_id) == Some(&recorded.id) {
                        self.live.remove(&recorded.deed_id);
                    }
                    self.let_fall(&recorded, verdict)?;
                }
            }
        }
        Ok(())
    }
}

/// The policies whose awards a candidate is held against, and how it relates to them, given the name of every version on record and
/// the kind of deed it is about.
pub fn replaced<'v>(
    candidate: &Policy,
    versions: impl IntoIterator<Item = (&'v str, &'v str)>,
) -> (Replaces, HashSet<String>) {
    let mut of_its_kind = HashSet::new();
    for (name, kind) in versions {
        if name == candidate.name() {
            return (Replaces::ItsNamesake, HashSet::from([name.to_owned()]));
        }
        if kind == candidate.on() {
            of_its_kind.insert(name.to_owned());
        }
    }
    (Replaces::ItsKind, of_its_kind)
}
