//! Simulation: a stretch of the past, replayed under a policy that was not in force then.
//!
//! A [`Simulation`] is given the awards on record, oldest submission first, and what they are worth under a *candidate* policy is
//! decided by the code that decided them then: [`Policy::price`] and [`crate::machine::decide_and_apply`], on a
//! [`crate::machine::State`] made for one award and thrown away. What the database would keep between awards is kept in
//! memory, small: what each cap has counted and what each budget holds, once as recorded and once as simulated. The [`Report`] says who
//! would have gained and lost.
//!
//! **What people did is on record and stays.** A deed that was refused at the time left no record, so it is not simulated. Whoever approved an
//! award does so again at the same moment, as far as the candidate wants approvals: where it wants more, the award waits; where it wants
//! none, the award is granted when it is submitted. An award that was rejected or reversed falls at the same moment, and gives back
//! what it counted and drew in the simulation; what had been spent of it is taken to be spent. What members spend and pay back, and what else
//! happens to a budget, is as recorded.
//!
//! **What waits is let in when it was on record,** if the candidate has room then; one that would have to wait though it did not is let in
//! when its cap is free again, and not before, whatever is given back. Where deeds happened is not on record: which of them were about
//! one thing is taken as it was, and an award that was divided is divided at the same moment among as many.
//!
//! **The version that was in force gives exactly what was recorded.** An award finds used of a cap what its trace says was used before it,
//! and in its budget what the journal says it held, both but for what the simulation has made otherwise until then. So whatever is
//! not on record, such as the order of what happened in one moment, makes no difference by itself.

mod budgets;
mod counters;
mod decide;
mod order;
mod report;
mod steps;
mod tally;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use crate::clock::Timestamp;
use crate::ids::{AwardId, BudgetId, DeedId, ProgramId};
use crate::machine::duplicates::divided_among;
use crate::machine::{Award, Stop};
use crate::points::{AmountError, Points};
use crate::policy::Policy;

use budgets::Budgets;
use counters::Counters;
use decide::Verdict;
use steps::Step;
use tally::Tally;

pub use budgets::{BudgetEntry, Course, Told};
pub use report::{
    Approvals, Bites, Both, BudgetLine, CapLine, Crowd, Holding, HoldingLine, MemberLine,
    RefusalLine, Report, RuleLine, Sum,
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
    budget: BudgetId,
    counters: Counters,
    budgets: Budgets,
    /// What has been submitted and has something before it, by when.
    ahead: BTreeMap<(Timestamp, AwardId), Replayed>,
    /// Deeds with a simulated award, where one deed may have awards of several policies.
    live: HashMap<DeedId, AwardId>,
    tally: Tally,
}

/// An award as it is on record now, whatever it was in between.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The award.
    pub award: Award,
    /// What its budget held before it drew on it, if it did.
    pub before: Option<Points>,
    /// When it vested, if something of it came back to its budget then.
    pub came_back_at: Option<Timestamp>,
}

/// An award on its way through the replay.
#[derive(Debug)]
struct Replayed {
    /// As it was before it was divided among several reports of one thing, and after that as it is on record.
    recorded: Box<Award>,
    /// With its share, until it is divided.
    divided: Option<Box<Award>>,
    before: Option<Points>,
    /// `None` for a deed outside the period: then what is simulated is what is recorded.
    simulated: Option<Verdict>,
    /// The cap that left an approver no room.
    held_up: Option<String>,
    /// What is still to happen to it, in order.
    steps: VecDeque<(Timestamp, Step)>,
}

impl Replayed {
    fn new(recorded: Recorded) -> Self {
        let steps = Step::all(&recorded).into();
        let Recorded { award, before, .. } = recorded;
        let whole = award.trace.share.and_then(|_| divided_among(&award, 1));
        let (recorded, divided) = match whole {
            Some(mut whole) => {
                whole.trace.share = None;
                (Box::new(whole), Some(Box::new(award)))
            }
            None => (Box::new(award), None),
        };
        Self {
            recorded,
            divided,
            before,
            simulated: None,
            held_up: None,
            steps,
        }
    }
}

impl Simulation {
    /// Nothing replayed yet. The days between which the candidate says it holds are put aside; `courses` tell what became of the
    /// candidate's budget and of those of the awards to be replayed, from before the period on.
    ///
    /// # Errors
    /// When the candidate's budget is not among them.
    pub fn new(
        program: ProgramId,
        candidate: Policy,
        replaces: Replaces,
        period: Period,
        courses: Vec<Course>,
    ) -> Result<Self, SimulationError> {
        let candidate = candidate.at_any_time();
        let budgets = Budgets::new(courses, period.from);
        let budget = budgets.of_code(candidate.budget()).ok_or_else(|| {
            let budget = candidate.budget().to_owned();
            SimulationError::UnknownBudget { budget }
        })?;
        Ok(Self {
            program,
            counters: Counters::new(&candidate),
            tally: Tally::new(&candidate),
            candidate,
            replaces,
            period,
            budget,
            budgets,
            ahead: BTreeMap::new(),
            live: HashMap::new(),
        })
    }

    /// Replays awards. Each call's were submitted after those of the call before; in one call they may come in any order.
    ///
    /// Those of deeds outside the period are wanted too, as far as they count in windows that reach into it.
    ///
    /// # Errors
    /// When a sum does not fit, or the machine finds a bug.
    pub fn replay(&mut self, awards: Vec<Recorded>) -> Result<(), SimulationError> {
        for recorded in order::by_submission(awards) {
            let award = &recorded.award;
            self.go_on_to(award.submitted_at)?;
            let inside = self.period.holds(award.deed.occurred_at);
            if inside
                && self.replaces == Replaces::ItsKind
                && award.deed.kind != self.candidate.on()
            {
                continue;
            }
            let mut replayed = Replayed::new(recorded);
            self.submitted(&mut replayed, inside)?;
            self.put(replayed)?;
        }
        Ok(())
    }

    /// What it came to.
    ///
    /// # Errors
    /// When a sum does not fit, or the machine finds a bug.
    pub fn report(mut self) -> Result<Report, SimulationError> {
        self.go_on_to(Timestamp::from_micros(i64::MAX))?;
        let (budgets, holdings) = self.budgets.report(self.period.until, &self.candidate)?;
        let report = self.tally.report(&self.candidate, self.period)?;
        Ok(Report {
            budgets,
            holdings,
            ..report
        })
    }

    /// Lets happen what happened up to this moment.
    fn go_on_to(&mut self, moment: Timestamp) -> Result<(), SimulationError> {
        while let Some(first) = self.ahead.first_entry()
            && first.key().0 <= moment
        {
            let ((at, _), mut replayed) = first.remove_entry();
            self.budgets.go_on_to(at)?;
            match replayed.steps.pop_front().map(|(_, step)| step) {
                Some(Step::LetIn) => self.let_in(&mut replayed, at)?,
                Some(Step::Freed) => self.freed(&mut replayed, at)?,
                Some(Step::Approval(number)) => self.approved(&mut replayed, number)?,
                Some(Step::Division) => self.divided(&mut replayed)?,
                Some(Step::Fall) => self.fell(&mut replayed)?,
                None => {}
            }
            self.put(replayed)?;
        }
        Ok(())
    }

    /// To wait for what comes next, or to be told.
    fn put(&mut self, replayed: Replayed) -> Result<(), SimulationError> {
        if let Some((next, _)) = replayed.steps.front() {
            self.ahead.insert((*next, replayed.recorded.id), replayed);
            return Ok(());
        }
        if let Some(verdict) = &replayed.simulated {
            let held_up = replayed.held_up.as_deref();
            self.tally
                .take(&replayed.recorded, verdict, held_up, self.period.until)?;
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
