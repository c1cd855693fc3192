//! Awards that wait for room under a cap, and those that wait for their budget to be given more.
//!
//! An award that does not fit where `over = "queue"` is kept as it was priced: no point moves, and it counts on nothing but the queue itself, a
//! counter beside that of the cap that had no room, which says how many wait there. While somebody does, whoever comes later under that
//! cap waits too, so nobody is overtaken when a new window begins. The job that lets awards in goes through them in order of submission and lets in whatever fits:
//! room that the first cannot use is not kept from the next.
//!
//! An award is let in in the windows of its deed if something was given back there, else in those of the moment: from then on it counts as
//! if the deed had been done then. Its price, its terms and its expiry stay those of the deed.

use serde::{Deserialize, Serialize};

use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::ids::{AwardId, MemberId};
use crate::machine::award::counting::Subjects;
use crate::machine::award::{Counted, fall, given_back, grant, granted_or_submitted, in_state};
use crate::machine::{Award, AwardState, Context, Effects, Reason, Rejection, State, Stop};
use crate::points::Points;
use crate::policy::{CapClaim, Capped, Over, Trace, Wait};

/// Which award is to be let in, and the caps it has to fit under.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Admission {
    /// Which.
    pub award: AwardId,
    /// Whose it was when it was looked at: on them the caps are looked up.
    pub member: MemberId,
    /// Its caps in the windows in which the deed happened.
    pub of_deed: Vec<CapClaim>,
    /// The same in the windows of the moment.
    pub of_now: Vec<CapClaim>,
}

impl Admission {
    /// The windows in the order in which room is looked for.
    pub fn ways(&self) -> [&[CapClaim]; 2] {
        [&self.of_deed, &self.of_now]
    }

    /// How an award of so many points would count, and in the windows of which moment if not of its deed's.
    ///
    /// # Errors
    /// The cap that leaves no room now.
    pub fn fit(
        &self,
        state: &State,
        subjects: Subjects,
        points: Points,
    ) -> Result<(Capped, Vec<Counted>, Option<Timestamp>), Rejection> {
        if let Ok((capped, counted)) = subjects.fit(state, points, &self.of_deed) {
            return Ok((capped, counted, None));
        }
        let (capped, counted) = subjects.fit(state, points, &self.of_now)?;
        Ok((capped, counted, Some(state.now)))
    }
}

/// What caps make of an award when it is submitted.
pub(super) enum Fitting {
    /// It counts.
    Fits(Capped, Vec<Counted>),
    /// It waits.
    Waits(Box<Wait>, Vec<Counted>),
}

impl Fitting {
    /// What it counts.
    pub fn counted(&self) -> &[Counted] {
        match self {
            Self::Fits(_, counted) | Self::Waits(_, counted) => counted,
        }
    }

    /// The trace, with what the caps did.
    pub fn explained(&self, trace: Trace) -> Trace {
        match self {
            Self::Fits(capped, _) => trace.with_caps(capped),
            Self::Waits(wait, _) => Trace {
                wait: Some((**wait).clone()),
                ..trace
            },
        }
    }
}

/// Fits an award under its caps, or to the end of the queue.
pub(super) fn fit(
    state: &State,
    subjects: Subjects,
    points: Points,
    claims: &[CapClaim],
) -> Result<Fitting, Rejection> {
    let (reached, ahead) = match subjects.fit(state, points, claims) {
        Ok((capped, counted)) => match subjects.somebody_waits(state, claims) {
            None => return Ok(Fitting::Fits(capped, counted)),
            Some((index, used, ahead)) => (claims[index].reached(points, used), ahead),
        },
        Err(Rejection::CapReached(reached)) if reached.over == Over::Queue => {
            let named = claims.iter().position(|claim| claim.cap == reached.cap);
            let claims = named.map_or(&[][..], |index| &claims[index..=index]);
            let waiting = subjects.somebody_waits(state, claims);
            (reached, waiting.map_or(0, |(_, _, ahead)| ahead))
        }
        Err(rejection) => return Err(rejection),
    };
    let wait = Wait {
        reached,
        ahead,
        counted_at: None,
        let_in_at: None,
    };
    let counted = subjects.counted_waiting(claims, &wait);
    Ok(Fitting::Waits(Box::new(wait), counted))
}

/// Lets an award in if there is room now; one whose points would have run out meanwhile falls, and one of somebody
/// who was erased.
pub(super) fn admit(
    state: &State,
    admission: &Admission,
    context: &Context,
) -> Result<Effects, Stop> {
    let award = in_state(state, admission.award, &[AwardState::Queued])?;
    state.require(Owner::Budget(award.budget))?;
    if state.is_over() || award.expires_at.is_some_and(|end| end <= state.now) {
        return fall(award, Reason::Expired, state, context);
    }
    if state.is_erased(award.member) {
        return fall(award, Reason::Erased, state, context);
    }
    if state.budgets.is_closed(award.budget) {
        return fall(award, Reason::BudgetClosed, state, context);
    }
    if award.is_unfunded() {
        return grant(state, award.clone());
    }
    let wait = award.trace.wait.as_ref();
    let waited = wait.map_or("", |wait| wait.reached.cap.as_str());
    let is_held = |caps: &[CapClaim]| caps.iter().any(|claim| claim.cap == waited);
    if !admission.ways().into_iter().all(is_held) {
        let problem = format!("{} would be let in past the cap it waits for", award.id);
        return Err(Stop::Fault(problem));
    }
    // The windows were worked out before the lock, and the member may have been merged since.
    let is_now = |claim: &CapClaim| claim.window_start <= state.now && state.now < claim.window_end;
    if award.member != admission.member || !admission.of_now.iter().all(is_now) {
        return Err(Stop::Reprice);
    }
    let subjects = Subjects {
        member: award.member,
        budget: award.budget,
        approver: None,
    };
    let (capped, counted, counted_at) = admission.fit(state, subjects, award.points)?;
    let mut counters = given_back(award);
    counters.extend(counted.iter().cloned());
    let mut trace = award.trace.clone().with_caps(&capped);
    if let Some(wait) = &mut trace.wait {
        wait.counted_at = counted_at;
        wait.let_in_at = Some(state.now);
    }
    let award = Award {
        points: capped.points,
        trace,
        counted,
        state: AwardState::Submitted,
        ..award.clone()
    };
    let mut effects = granted_or_submitted(state, award)?;
    effects.counters.extend(counters);
    Ok(effects)
}
