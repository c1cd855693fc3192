//! A past period under a candidate policy.

use std::collections::HashMap;

use uuid::Uuid;

use super::Ledger;
use crate::ids::{AwardId, ProgramId};
use crate::policy::Policy;
use crate::simulation::{Period, Report, Simulation, SimulationError, replaced};
use crate::store::StoreError;
use crate::store::audit::Snapshot;

/// How far a deed may be dated ahead of its submission, and more, in seconds.
const AHEAD_SECONDS: i64 = 3_600;
/// How many submissions are listed at once, and how many awards are read.
const TIMES_PAGE: i64 = 10_000;
const AWARDS_PAGE: usize = 500;

/// How far a simulation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// Awards replayed.
    pub done: u64,
    /// Of how many.
    pub of: u64,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The period ends before it begins.
    #[error("the period ends at {until}, which is not after its beginning, {from}")]
    EmptyPeriod {
        /// Its first instant.
        from: crate::clock::Timestamp,
        /// The first instant after it.
        until: crate::clock::Timestamp,
    },
    /// The simulation cannot go on.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// The database could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Ledger {
    /// Replays the deeds of a past period under a candidate policy and says who gains, who loses and what becomes of budgets and caps.
    /// Nothing is written, nobody is kept from writing, and all of it sees one moment. See [`crate::simulation`] for what is assumed.
    ///
    /// Memory grows by a few dozen bytes for each award and cap counter, not by the awards themselves.
    ///
    /// # Errors
    /// When the period is empty, the candidate's budget is unknown, or the database cannot be read.
    pub async fn simulate(
        &self,
        program: ProgramId,
        candidate: &Policy,
        period: Period,
        mut progress: impl FnMut(Simulated),
    ) -> Result<Report, SimulateError> {
        if period.until <= period.from {
            let Period { from, until } = period;
            return Err(SimulateError::EmptyPeriod { from, until });
        }
        let mut snapshot = self.store.snapshot(program).await?;
        let codes = snapshot.budget_codes().await?.into_iter();
        let budgets: HashMap<_, _> = codes.map(|(id, code)| (code, id)).collect();
        if !budgets.contains_key(candidate.budget()) {
            let budget = candidate.budget().to_owned();
            return Err(SimulationError::UnknownBudget { budget }.into());
        }
        let versions = versions(&mut snapshot).await?;
        let named = versions
            .iter()
            .map(|version| (version.name(), version.on()));
        let (replaces, names) = replaced(candidate, named);
        let since = candidate
            .counts_since(period.from)
            .plus_seconds(-AHEAD_SECONDS);
        let mut order = Vec::new();
        let mut after = Uuid::nil();
        loop {
            let page = snapshot.award_times_after(after, since, TIMES_PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id.0;
            let ours = page.into_iter().filter(|time| names.contains(&time.policy));
            order.extend(ours.map(|time| (time.submitted_at, time.id)));
        }
        order.sort_unstable();

        let mut simulation = Simulation::new(program, candidate.clone(), replaces, period, budgets);
        let mut done = 0;
        let of = order.len() as u64;
        while done < order.len() {
            progress(Simulated {
                done: done as u64,
                of,
            });
            let end = end_of_page(&order, done);
            let ids: Vec<AwardId> = order[done..end].iter().map(|(_, id)| *id).collect();
            simulation.replay(snapshot.awards_of(&ids).await?)?;
            done = end;
        }
        progress(Simulated { done: of, of });
        Ok(simulation.report()?)
    }
}

/// Awards of one moment come together, so that they can be put in order.
fn end_of_page<T: PartialEq, I>(order: &[(T, I)], begin: usize) -> usize {
    let full = (begin + AWARDS_PAGE).min(order.len());
    let last = &order[full - 1].0;
    let more = order[full..].iter().take_while(|(at, _)| at == last);
    full + more.count()
}

async fn versions(snapshot: &mut Snapshot) -> Result<Vec<Policy>, StoreError> {
    let versions = snapshot.policies().await?.into_iter();
    let read = versions.map(|version| {
        Policy::parse(&format!("{}.toml", version.name), &version.source)
            .map_err(|errors| StoreError::corrupt("policies", "source", &version.name, errors))
    });
    read.collect()
}
