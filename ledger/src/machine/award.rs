//! Awards: submitted, approved or turned down, on public notice, vested.

pub mod contest;
pub mod counting;
mod granting;
mod record;

use crate::accounts::{Account, Owner};
use crate::ids::{AwardId, OrganizationId};
use crate::journal::{Move, Transfer, TransferKind};
use crate::machine::budget::must_cover;
use crate::machine::deeds::{self, DeedChange, DeedRejection, asking};
use crate::machine::hazards::once;
use crate::machine::merge::must_be_active;
use crate::machine::queue::Fitting;
use crate::machine::{Context, Effects, Outcome, Rejection, State, Stop, duplicates, queue};
use crate::points::Points;

pub use contest::{Objection, Review};
pub(super) use granting::grant;
use granting::vest;
pub use record::{
    Approved, Award, AwardRequest, AwardState, Counted, Reason, Submission, deed_id, deed_id_of,
    fingerprint, takes,
};

/// How far a caller's clock may be ahead of ours.
pub(in crate::machine) const CLOCK_SKEW_SECONDS: i64 = 300;

/// Counts the caps and, unless somebody must approve, vests.
pub(super) fn submit(
    state: &State,
    submission: &Submission,
    context: &Context,
) -> Result<Effects, Stop> {
    let quote = &submission.quote;
    let member = submission.member;
    must_be_active(state, member)?;
    if !state.is_in_force(&quote.policy, &quote.digest, submission.deed.occurred_at) {
        return Err(Stop::Reprice);
    }
    if let Some(map) = submission.map
        && map != state.map_at(submission.deed.occurred_at)
    {
        return Err(Stop::Reprice);
    }
    if context.actor.member == Some(member) {
        return Err(Rejection::SelfAward.into());
    }
    let occurred_at = submission.deed.occurred_at;
    if occurred_at > state.now.plus_seconds(CLOCK_SKEW_SECONDS) {
        return Err(Rejection::DeedInFuture { occurred_at }.into());
    }
    state.must_be_earning(occurred_at)?;
    must_cover(state, submission.budget, occurred_at)?;
    let deed_id = submission.deed_id();
    if let Some(award) = state.live_award(deed_id, &quote.policy) {
        return Err(Rejection::AlreadyAwarded { award }.into());
    }
    if let Some(expires_at) = quote.expires_at
        && expires_at <= state.now
    {
        return Err(Rejection::AlreadyExpired { expires_at }.into());
    }
    time_is_free(state, submission)?;
    let id = AwardId(context.id.0);
    let report = duplicates::reported(state, submission, id)?;
    once(state, submission, report.as_ref())?;
    let fitting = queue::fit(
        state,
        submission.subjects(),
        quote.points,
        submission.caps(),
    )?;
    let counted = fitting.counted().to_vec();
    let trace = fitting.explained(quote.trace.clone());
    let award = Award {
        id,
        member,
        budget: submission.budget,
        deed_id,
        deed: submission.deed.clone(),
        policy: quote.policy.clone(),
        digest: quote.digest.clone(),
        rule: quote.rule.clone(),
        points: trace.points,
        trace,
        counted: counted.clone(),
        expires_at: quote.expires_at,
        terms: quote.terms.clone(),
        state: match fitting {
            Fitting::Fits(..) => AwardState::Submitted,
            Fitting::Waits(..) => AwardState::Queued,
        },
        submitted_by: context.actor.id,
        submitted_at: state.now,
        approvals: Vec::new(),
        notice_until: None,
        objection: None,
        decided_by: None,
        decided_at: None,
        reason: None,
    };
    let answered = match submission.answers {
        Some(deed) => Some(asking::answered(state, deed, id)?),
        None => None,
    };
    let mut effects = granted_or_submitted(state, award)?;
    effects.counters.extend(counted);
    Ok(Effects {
        report,
        deeds: DeedChange {
            asked: answered,
            ..DeedChange::default()
        },
        ..effects
    })
}

/// Stops if a deed of the member's that is on record counts some of the time that one entered by hand is said to have taken.
fn time_is_free(state: &State, submission: &Submission) -> Result<(), Stop> {
    let Some(time) = submission.takes() else {
        return Ok(());
    };
    let (member, deed) = (submission.member, submission.deed_id());
    match state.deeds.counts_on_record(member, deed, time) {
        Some(&deeds::Counted { deed, from, until }) => {
            Err(DeedRejection::TimeCounted { deed, from, until }.into())
        }
        None => Ok(()),
    }
}

/// Granted, unless it waits for room under a cap or for somebody to agree.
pub(super) fn granted_or_submitted(state: &State, award: Award) -> Result<Effects, Stop> {
    let agreed = award.approvals.len() >= award.terms.approval.people();
    if award.state == AwardState::Submitted && agreed {
        grant(state, award)
    } else {
        Ok(effects_of(award, Points::ZERO))
    }
}

/// A person other than who submitted it, and than who approved it before, agrees. The last approval it needs grants it; where its budget was closed
/// meanwhile it falls instead.
pub(super) fn approve(state: &State, id: AwardId, context: &Context) -> Result<Effects, Stop> {
    let award = in_state(state, id, &[AwardState::Submitted])?;
    must_be_active(state, award.member)?;
    let actor = &context.actor;
    if actor.id == award.submitted_by || actor.member == Some(award.member) {
        return Err(Rejection::SelfApproval.into());
    }
    if award.approvals.iter().any(|earlier| earlier.by == actor.id) {
        return Err(Rejection::SameApprover.into());
    }
    // No node beside one is the whole programme: none was told before anybody was appointed.
    let told = |earlier: &Approved| earlier.node.is_some() || actor.node.is_some();
    let whole = OrganizationId(state.program.0);
    let node = |of: Option<OrganizationId>| of.unwrap_or(whole);
    let here = |earlier: &Approved| told(earlier) && node(earlier.node) == node(actor.node);
    if award.approvals.iter().any(here) {
        return Err(Rejection::SameNode.into());
    }
    if state.budgets.is_closed(award.budget) {
        return fall(award, Reason::BudgetClosed, state, context);
    }
    if let Some(expires_at) = award.expires_at
        && expires_at <= state.now
    {
        return Err(Rejection::AlreadyExpired { expires_at }.into());
    }
    let (by, at) = (actor.id, state.now);
    let mut award = Award {
        decided_by: Some(by),
        decided_at: Some(at),
        ..award.clone()
    };
    // What an approver may let pass is capped whole: where it does not fit, somebody else approves.
    let caps = &award.terms.approver_caps;
    let (_, counted) = award.subjects(by).fit(state, award.points, caps)?;
    award.approvals.push(Approved {
        by,
        at,
        node: actor.node,
    });
    award.counted.extend(counted.iter().cloned());
    let mut effects = granted_or_submitted(state, award)?;
    effects.counters.extend(counted);
    Ok(effects)
}

/// Turned down before it vested: the caps get back what it counted, the budget what was pending.
pub(super) fn reject(
    state: &State,
    id: AwardId,
    reason: Reason,
    context: &Context,
) -> Result<Effects, Stop> {
    let unvested = [
        AwardState::Queued,
        AwardState::Submitted,
        AwardState::Pending,
    ];
    fall(in_state(state, id, &unvested)?, reason, state, context)
}

/// Taken back by who submitted it, before it vested and while nobody objects.
pub(super) fn withdraw(state: &State, id: AwardId, context: &Context) -> Result<Effects, Stop> {
    let award = state
        .award(id)
        .ok_or(Rejection::UnknownAward { award: id })?;
    if award.submitted_by != context.actor.id {
        return Err(Rejection::NotSubmitter.into());
    }
    reject(state, id, Reason::Withdrawn, context)
}

/// An award that has not vested is rejected for good.
pub(super) fn fall(
    award: &Award,
    reason: Reason,
    state: &State,
    context: &Context,
) -> Result<Effects, Stop> {
    let transfer = match award.state {
        AwardState::Pending | AwardState::Frozen => {
            state.require(Owner::Budget(award.budget))?;
            let back = Move {
                from: Account::pending(award.member),
                to: Account::budget(award.budget),
                amount: award.points,
            };
            Some(Transfer::try_new(
                TransferKind::Withdraw,
                award.id.0,
                &[back],
            )?)
        }
        _ => None,
    };
    let award = Award {
        state: AwardState::Rejected,
        decided_by: Some(context.actor.id),
        decided_at: Some(state.now),
        reason: Some(reason),
        ..award.clone()
    };
    Ok(Effects {
        transfer,
        counters: given_back(&award),
        ..effects_of(award, Points::ZERO)
    })
}

/// What the award counted, as negative additions.
pub(super) fn given_back(award: &Award) -> Vec<Counted> {
    award
        .counted
        .iter()
        .map(|counted| Counted {
            key: counted.key.clone(),
            add: -counted.add,
        })
        .collect()
}

/// The award, if it is in one of these states and its member is locked.
pub(super) fn in_state<'s>(
    state: &'s State,
    id: AwardId,
    wanted: &[AwardState],
) -> Result<&'s Award, Stop> {
    let award = state
        .award(id)
        .ok_or(Rejection::UnknownAward { award: id })?;
    state.require(Owner::Member(award.member))?;
    if wanted.contains(&award.state) {
        return Ok(award);
    }
    let state = award.state;
    Err(match state {
        AwardState::Frozen => Rejection::AwardFrozen { award: id },
        _ => Rejection::AwardAlreadyDecided { award: id, state },
    }
    .into())
}

/// Its public notice has closed and nobody objects, or no longer. It falls where nobody is left to have it.
pub(super) fn vest_due(state: &State, id: AwardId, context: &Context) -> Result<Effects, Stop> {
    let award = in_state(state, id, &[AwardState::Pending])?;
    if let Some(until) = award.notice_until
        && until > state.now
    {
        return Err(Rejection::NoticeOpen { until }.into());
    }
    state.require(Owner::Budget(award.budget))?;
    if state.is_erased(award.member) {
        return fall(award, Reason::Erased, state, context);
    }
    let pending = award.points;
    let (award, report, given_back) = duplicates::share_out(state, award.clone())?;
    let from = Account::pending(award.member);
    let others = pending.minus(award.points)?;
    Ok(Effects {
        report,
        counters: given_back,
        ..vest(state, award, from, others)?
    })
}

pub(super) fn effects_of(award: Award, recovered: Points) -> Effects {
    let outcome = Outcome::Award {
        award: award.id,
        member: award.member,
        state: award.state,
        points: award.points,
        recovered,
        expires_at: award.expires_at,
        notice_until: award.notice_until,
    };
    let subject = award.id.0;
    Effects {
        awards: vec![award],
        ..Effects::answering(subject, outcome)
    }
}
