//! Reports of one and the same thing.
//!
//! A thing is named after the award of its first report, and is where and when that was: a later deed that is alike, within the policy's
//! radius and window of it, is a report of the same; of several such things, of the nearest. A thing all of whose awards fell is none
//! any more. Where the policy rewards the `first`, a second report is refused while an award for the thing stands. Where they `share`, each report
//! is an award of its own, on notice until no further report can come and all are decided; then each gets its own points divided by
//! the number of reports, and what is left goes back to the budget. Nothing is divided before, so nothing anybody has can become less
//! afterwards, and nobody else's award changes when one is submitted or falls.
//!
//! Everything is decided under the lock on the budget, which every command about an award takes: the reports of one thing are paid from
//! one budget.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ids::AwardId;
use crate::machine::award::Counted;
use crate::machine::effects::Rows;
use crate::machine::{Award, AwardState, Rejection, State, Stop, Submission};
use crate::policy::{CapUnit, DuplicateReward, Duplicates, Position, Share};

/// How long after it happened a deed may be submitted where duplicates are looked for, in seconds: 30 days. For so long after its window
/// has closed it is kept where a thing was.
pub const LATE_SECONDS: i64 = 30 * 24 * 3_600;

/// Where and when deeds that may be about the same thing are looked for. Latitudes are in millionths of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Like {
    /// See [`Duplicates::alike`].
    pub alike: Uuid,
    /// The least latitude.
    pub south: i64,
    /// The greatest.
    pub north: i64,
    /// The first moment.
    pub since: Timestamp,
    /// The last.
    pub until: Timestamp,
}

/// Where and when the first report of a thing was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The first report's award.
    pub thing: AwardId,
    /// See [`Duplicates::alike`].
    pub alike: Uuid,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Where; nothing where the policy names no radius.
    pub place: Option<Position>,
    /// The last moment at which a deed about the same thing may happen.
    pub closes_at: Timestamp,
}

/// An award that is a report of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Of which.
    pub thing: AwardId,
    /// The award.
    pub award: AwardId,
    /// Among how many reports the thing's award was divided: one where the first is rewarded alone, and nothing before it is divided.
    pub shares: Option<i64>,
    /// Where and when the thing is, if this is its first report.
    pub sighting: Option<Sighting>,
}

/// What is known of things while a batch is decided.
#[derive(Clone, Debug, Default)]
pub struct Things {
    sightings: BTreeMap<AwardId, Sighting>,
    reports: BTreeMap<AwardId, Report>,
    /// The reports of each thing, in order.
    of: HashMap<AwardId, Vec<AwardId>>,
    /// Reports made or divided.
    pub rows: Rows<AwardId>,
    /// Things first reported in this batch.
    pub new: Vec<AwardId>,
}

impl Things {
    /// A sighting's row.
    pub fn load_sighting(&mut self, sighting: Sighting) {
        self.sightings.insert(sighting.thing, sighting);
    }
    /// A report's row.
    pub fn load_report(&mut self, report: Report) {
        self.rows.stored(report.award);
        self.insert(report);
    }
    /// A report, by its award.
    pub fn report(&self, award: AwardId) -> Option<&Report> {
        self.reports.get(&award)
    }
    /// Where and when a thing is.
    pub fn sighting(&self, thing: AwardId) -> Option<&Sighting> {
        self.sightings.get(&thing)
    }
    /// Keeps a report made or divided.
    pub(super) fn keep(&mut self, report: Report) {
        self.rows.touch(report.award);
        if let Some(sighting) = report.sighting {
            self.new.push(sighting.thing);
            self.load_sighting(sighting);
        }
        self.insert(report);
    }

    fn insert(&mut self, report: Report) {
        if self.reports.insert(report.award, report).is_none() {
            self.of.entry(report.thing).or_default().push(report.award);
        }
    }

    fn reports_of(&self, thing: AwardId) -> impl Iterator<Item = &Report> {
        let awards = self.of.get(&thing).map_or(&[][..], Vec::as_slice);
        awards.iter().filter_map(|award| self.reports.get(award))
    }
}

/// Where to look for what a submission may be a report of; `None` if its policy does not ask.
pub fn like(submission: &Submission) -> Option<Like> {
    let duplicates = submission.quote.terms.duplicates.as_ref()?;
    let latitude = place(submission, duplicates).map_or(0, Position::latitude_millionths);
    let (since, until) = duplicates.around(submission.deed.occurred_at);
    Some(Like {
        alike: duplicates.alike(&submission.quote.policy, submission.budget),
        south: latitude.saturating_sub(duplicates.latitudes()),
        north: latitude.saturating_add(duplicates.latitudes()),
        since,
        until,
    })
}

fn place(submission: &Submission, duplicates: &Duplicates) -> Option<Position> {
    submission
        .position
        .filter(|_| duplicates.radius_metres.is_some())
}

/// Of which thing a submission is a report; nothing if its policy does not ask.
pub(super) fn reported(
    state: &State,
    submission: &Submission,
    award: AwardId,
) -> Result<Option<Report>, Stop> {
    let Some(duplicates) = &submission.quote.terms.duplicates else {
        return Ok(None);
    };
    let occurred_at = submission.deed.occurred_at;
    let until = occurred_at.plus_seconds(LATE_SECONDS);
    if until < state.now {
        return Err(Rejection::DeedTooLate { until }.into());
    }
    let place = place(submission, duplicates);
    if let (Some(radius), None) = (duplicates.radius_metres, place) {
        return Err(Rejection::PositionNeeded { radius }.into());
    }
    let shares = (duplicates.reward == DuplicateReward::First).then_some(1);
    let alike = duplicates.alike(&submission.quote.policy, submission.budget);
    if let Some(thing) = nearest(state, duplicates, alike, (occurred_at, place)) {
        joins(state, submission, duplicates.reward, thing)?;
        return Ok(Some(Report {
            thing,
            award,
            shares,
            sighting: None,
        }));
    }
    let sighting = Sighting {
        thing: award,
        alike,
        occurred_at,
        place,
        closes_at: duplicates.around(occurred_at).1,
    };
    Ok(Some(Report {
        thing: award,
        award,
        shares,
        sighting: Some(sighting),
    }))
}

/// The nearest thing that is alike and within reach, then the nearest in time, then the first.
fn nearest(
    state: &State,
    duplicates: &Duplicates,
    alike: Uuid,
    deed: (Timestamp, Option<Position>),
) -> Option<AwardId> {
    let known = state.things.sightings.values();
    let stands = |thing: AwardId| live(state, thing).next().is_some();
    let mut near: Vec<(f64, i64, AwardId)> = known
        .filter(|sighting| sighting.alike == alike && stands(sighting.thing))
        .filter_map(|sighting| {
            let place = (sighting.occurred_at, sighting.place);
            let (metres, seconds) = duplicates.apart(place, deed)?;
            Some((metres, seconds, sighting.thing))
        })
        .collect();
    near.sort_by(|one, other| {
        let metres = one.0.total_cmp(&other.0);
        metres.then((one.1, one.2).cmp(&(other.1, other.2)))
    });
    near.first().map(|(_, _, thing)| *thing)
}

/// The awards for a thing that stand, in order.
fn live(state: &State, thing: AwardId) -> impl Iterator<Item = &Award> {
    let reports = state.things.reports_of(thing);
    let awards = reports.filter_map(|report| state.award(report.award));
    awards.filter(|award| award.state.is_live())
}

/// Among how many reports a thing was divided, if it was.
fn divided(state: &State, thing: AwardId) -> Option<i64> {
    let mut reports = state.things.reports_of(thing);
    reports.find_map(|report| report.shares)
}

/// Stops unless one more report shares the thing: it is not divided yet, the member has not reported it before, and there is enough for all.
/// Nothing is shared with a report whose policy rewards the first alone, although one of before the policy changed may still be undivided.
fn joins(
    state: &State,
    submission: &Submission,
    reward: DuplicateReward,
    thing: AwardId,
) -> Result<(), Stop> {
    let mut reports = 1;
    let mut least = submission.quote.points;
    let mut own = None;
    for award in live(state, thing) {
        reports += 1;
        least = least.min(award.trace.priced());
        own = own.or((award.member == submission.member).then_some(award.id));
    }
    let first = live(state, thing).next().map(|award| award.id);
    let full = reward == DuplicateReward::First
        || divided(state, thing).is_some()
        || Share::of(least, reports).is_none();
    match own.or(first.filter(|_| full)) {
        Some(award) => Err(Rejection::DuplicateDeed { award }.into()),
        None => Ok(()),
    }
}

/// The award with its share of what is divided, its report, and what the caps get back; as it is where nothing is shared.
pub(super) fn share_out(
    state: &State,
    award: Award,
) -> Result<(Award, Option<Report>, Vec<Counted>), Stop> {
    let duplicates = award.terms.duplicates.as_ref();
    let Some(duplicates) = duplicates.filter(|d| d.reward == DuplicateReward::Share) else {
        return Ok((award, None, Vec::new()));
    };
    let unknown = || Stop::Fault(format!("{} shares a thing that is not known", award.id));
    let report = state.things.report(award.id).ok_or_else(unknown)?;
    let reports = match divided(state, report.thing) {
        Some(reports) => reports,
        None => count(state, report.thing, duplicates)?,
    };
    let report = Report {
        shares: Some(reports),
        ..*report
    };
    let divided = divided_among(&award, reports).ok_or_else(unknown)?;
    let both = award.counted.iter().zip(&divided.counted);
    let given_back = both.map(|(was, is)| Counted {
        key: is.key.clone(),
        add: is.add - was.add,
    });
    let given_back = given_back.filter(|counted| counted.add != 0).collect();
    Ok((divided, Some(report), given_back))
}

/// An award as one of so many reports of one thing, of one alone if it was never divided; `None` if less than a hundredth would be left.
pub fn divided_among(award: &Award, reports: i64) -> Option<Award> {
    let share = Share::of(award.trace.priced(), reports)?;
    let trace = award.trace.clone().shared(share);
    Some(Award {
        points: trace.points,
        counted: counted(award, trace.points.hundredths()),
        trace,
        ..award.clone()
    })
}

/// How many reports of a thing there are, once there can be no more and each is decided. One that waits for room under a cap is good.
fn count(state: &State, thing: AwardId, duplicates: &Duplicates) -> Result<i64, Stop> {
    let first = state
        .award(thing)
        .ok_or_else(|| Stop::Fault(format!("{thing} is the first report and not known")))?;
    let (_, until) = duplicates.around(first.deed.occurred_at);
    if state.now < until {
        return Err(Rejection::NoticeOpen { until }.into());
    }
    let undecided =
        |award: &&Award| matches!(award.state, AwardState::Submitted | AwardState::Frozen);
    let undecided = live(state, thing).filter(undecided).count();
    if undecided > 0 {
        let reports = undecided as u64;
        return Err(Rejection::ReportsUndecided { reports }.into());
    }
    Ok(i64::try_from(live(state, thing).count()).unwrap_or(i64::MAX))
}

/// What an award counts when it is worth so many hundredths: counts stay, points shrink. Those of its caps come first, then for each
/// approval those on the approver.
fn counted(award: &Award, hundredths: i64) -> Vec<Counted> {
    let caps = award.trace.caps.iter().map(|step| step.unit);
    let approvers = award.terms.approver_caps.iter().map(|claim| claim.unit);
    let units = caps.chain(approvers.cycle());
    let counted = award.counted.iter().zip(units);
    counted
        .map(|(counted, unit)| Counted {
            key: counted.key.clone(),
            add: match unit {
                CapUnit::Count => counted.add,
                CapUnit::Points => hundredths,
            },
        })
        .collect()
}
