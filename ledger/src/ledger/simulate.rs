//! A past period under a candidate policy.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::Ledger;
use crate::clock::Timestamp;
use crate::ids::{AwardId, BudgetId, ProgramId};
use crate::points::{AmountError, Points};
use crate::policy::Policy;
use crate::simulation::{
    Course, Period, Recorded, Report, Simulation, SimulationError, Told, replaced,
};
use crate::store::StoreError;
use crate::store::audit::Snapshot;

/// How far a deed may be dated ahead of its submission, and more, in seconds.
const AHEAD_SECONDS: i64 = 3_600;
/// How many submissions and entries are listed at once, and how many awards are read.
const LIST_PAGE: i64 = 10_000;
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
    /// There are more awards to replay than the caller allows.
    #[error("more than {most} awards would be replayed")]
    TooMany {
        /// How many are allowed.
        most: usize,
    },
    /// The simulation cannot go on.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// The database could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AmountError> for SimulateError {
    fn from(error: AmountError) -> Self {
        Self::Simulation(error.into())
    }
}

impl Ledger {
    /// Replays the deeds of a past period under a candidate policy and says who gains, who loses and what becomes of budgets and caps.
    /// Nothing is written, nobody is kept from writing, and all of it sees one moment. See [`crate::simulation`] for what is assumed.
    ///
    /// At most `most` awards are replayed, if there is such a limit. Memory grows by a few dozen bytes for each award, counter of a cap
    /// and change of a budget, not by the awards themselves; whole are only those that something was still to happen to.
    ///
    /// # Errors
    /// When the period is empty, there are too many awards, the candidate's budget is unknown, or the database cannot be read.
    pub async fn simulate(
        &self,
        program: ProgramId,
        candidate: &Policy,
        period: Period,
        most: Option<usize>,
        mut progress: impl FnMut(Simulated),
    ) -> Result<Report, SimulateError> {
        if period.until <= period.from {
            let Period { from, until } = period;
            return Err(SimulateError::EmptyPeriod { from, until });
        }
        let mut snapshot = self.store.snapshot(program).await?;
        let versions = versions(&mut snapshot).await?;
        let named = versions
            .iter()
            .map(|version| (version.name(), version.on()));
        let (replaces, names) = replaced(candidate, named);
        let since = candidate
            .counts_since(period.from)
            .plus_seconds(-AHEAD_SECONDS);
        let mut order = listed(&mut snapshot, &names, since, most).await?;
        let drawn_on = versions.iter().filter(|one| names.contains(one.name()));
        let codes = drawn_on.map(Policy::budget).chain([candidate.budget()]);
        let codes: HashSet<&str> = codes.collect();
        let mut courses = Vec::with_capacity(codes.len());
        for (budget, code) in snapshot.budget_codes().await? {
            if codes.contains(code.as_str()) {
                let since = period.from.plus_seconds(-AHEAD_SECONDS);
                courses.push(course(&mut snapshot, (budget, code), since, &mut order).await?);
            }
        }
        order.sort_unstable_by_key(|listed| (listed.submitted_at, listed.id));

        let mut simulation =
            Simulation::new(program, candidate.clone(), replaces, period, courses)?;
        let mut done = 0;
        let of = order.len() as u64;
        while done < order.len() {
            progress(Simulated {
                done: done as u64,
                of,
            });
            let page = &order[done..end_of_page(&order, done)];
            simulation.replay(recorded(&mut snapshot, page).await?)?;
            done += page.len();
        }
        progress(Simulated { done: of, of });
        Ok(simulation.report()?)
    }
}

/// An award to be replayed.
#[derive(Clone, Copy, Debug)]
struct Listed {
    id: AwardId,
    submitted_at: Timestamp,
    /// What its budget held before it drew on it.
    before: Option<Points>,
    /// See [`Recorded::came_back_at`].
    came_back_at: Option<Timestamp>,
}

/// The awards of these policies submitted since a moment, in order of id.
async fn listed(
    snapshot: &mut Snapshot,
    names: &HashSet<String>,
    since: Timestamp,
    most: Option<usize>,
) -> Result<Vec<Listed>, SimulateError> {
    let mut awards = Vec::new();
    let mut after = Uuid::nil();
    loop {
        let page = snapshot.award_times_after(after, since, LIST_PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(awards);
        };
        after = last.id.0;
        let ours = page.into_iter().filter(|time| names.contains(&time.policy));
        awards.extend(ours.map(|time| Listed {
            id: time.id,
            submitted_at: time.submitted_at,
            before: None,
            came_back_at: None,
        }));
        if let Some(most) = most
            && awards.len() > most
        {
            return Err(SimulateError::TooMany { most });
        }
    }
}

/// What became of a budget since a moment. What it tells of the awards is noted there; they are in order of id.
async fn course(
    snapshot: &mut Snapshot,
    (budget, code): (BudgetId, String),
    since: Timestamp,
    awards: &mut [Listed],
) -> Result<Course, SimulateError> {
    let (opening, mut after) = snapshot.budget_held(budget, since).await?;
    let mut course = Course::new(budget, code, opening);
    loop {
        let page = snapshot
            .budget_entries_after(budget, after, LIST_PAGE)
            .await?;
        let Some((last, _)) = page.last() else {
            return Ok(course);
        };
        after = *last;
        for (_, entry) in &page {
            let Some(told) = course.add(entry)? else {
                continue;
            };
            let (Told::Drew(award, _) | Told::Vested(award, _)) = told;
            let Ok(place) = awards.binary_search_by_key(&award, |listed| listed.id) else {
                continue;
            };
            match told {
                Told::Drew(_, before) => awards[place].before = Some(before),
                Told::Vested(_, at) => awards[place].came_back_at = Some(at),
            }
        }
    }
}

async fn recorded(
    snapshot: &mut Snapshot,
    page: &[Listed],
) -> Result<Vec<Recorded>, SimulateError> {
    let listed: HashMap<AwardId, &Listed> = page.iter().map(|one| (one.id, one)).collect();
    let ids: Vec<AwardId> = page.iter().map(|one| one.id).collect();
    let awards = snapshot.awards_of(&ids).await?.into_iter();
    let recorded = awards.map(|award| {
        let listed = listed.get(&award.id);
        Recorded {
            before: listed.and_then(|one| one.before),
            came_back_at: listed.and_then(|one| one.came_back_at),
            award,
        }
    });
    Ok(recorded.collect())
}

/// Awards of one moment come together, so that they can be put in order.
fn end_of_page(order: &[Listed], begin: usize) -> usize {
    let full = (begin + AWARDS_PAGE).min(order.len());
    let last = order[full - 1].submitted_at;
    let more = order[full..].iter();
    full + more.take_while(|one| one.submitted_at == last).count()
}

async fn versions(snapshot: &mut Snapshot) -> Result<Vec<Policy>, StoreError> {
    let versions = snapshot.policies().await?.into_iter();
    let read = versions.map(|version| {
        Policy::parse(&format!("{}.toml", version.name), &version.source)
            .map_err(|errors| StoreError::corrupt("policies", "source", &version.name, errors))
    });
    read.collect()
}
