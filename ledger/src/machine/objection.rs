//! Objections: an award on public notice is frozen by one and waits for a reviewer; whom the review goes against appeals once.
//!
//! Nothing is given back while somebody can still appeal: an award whose objection is upheld stays frozen, and one whose objection is dismissed
//! does not vest, until the time for an appeal is over. So points go back to the budget once, or to the wallet once, and never forth again.

use crate::community::Actor;
use crate::ids::{AttachmentId, AwardId};
use crate::machine::attachments::Attachments;
use crate::machine::award::contest::{APPEAL_SECONDS, Appeal, Finding};
use crate::machine::award::{Objection, Review, effects_of, fall, in_state};
use crate::machine::deeds::DeedRejection;
use crate::machine::{Award, AwardState, Context, Effects, Reason, Rejection, State, Stop};
use crate::points::Points;

/// What a reviewer says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    pub upheld: bool,
    pub finding: Option<Finding>,
    pub words: Option<AttachmentId>,
}

/// Anybody who is known may object once an award, while its notice is open.
pub(super) fn object(
    state: &State,
    id: AwardId,
    ground: Reason,
    words: Option<AttachmentId>,
    context: &Context,
) -> Result<Effects, Stop> {
    let award = in_state(state, id, &[AwardState::Pending])?;
    if award.objection.is_some() {
        return Err(Rejection::AlreadyObjected { award: id }.into());
    }
    if let Some(closed_at) = award.notice_until
        && closed_at <= state.now
    {
        return Err(Rejection::NoticeClosed { closed_at }.into());
    }
    let objection = Objection {
        by: context.actor.id,
        at: state.now,
        ground,
        words,
        escalated_at: None,
        review: None,
        appeal: None,
    };
    let award = Award {
        state: AwardState::Frozen,
        objection: Some(objection),
        ..award.clone()
    };
    saying(state, words, effects_of(award, Points::ZERO), context)
}

/// The reviewer neither submitted nor approved the award, does not benefit from it, is not who objects and, of an appeal, neither who appeals nor
/// who reviewed before.
pub(super) fn review(
    state: &State,
    id: AwardId,
    verdict: Verdict,
    context: &Context,
) -> Result<Effects, Stop> {
    let (award, objection) = frozen(state, id)?;
    if let (Some(until), None) = (award.settles_at(), objection.waits_since()) {
        return Err(DeedRejection::AppealOpen { until }.into());
    }
    if is_involved(award, &objection, &context.actor) {
        return Err(Rejection::ReviewerInvolved.into());
    }
    let Verdict {
        upheld,
        finding,
        words,
    } = verdict;
    let mut review = Review {
        by: context.actor.id,
        at: state.now,
        upheld,
        finding,
        words,
        appeal_until: None,
    };
    let effects = match objection.appeal {
        None => {
            let until = state.now.plus_seconds(APPEAL_SECONDS);
            review.appeal_until = Some(until);
            let objection = Objection {
                review: Some(review),
                ..objection
            };
            let (state, notice_until) = match upheld {
                true => (AwardState::Frozen, award.notice_until),
                false => (AwardState::Pending, award.notice_until.max(Some(until))),
            };
            let award = Award {
                state,
                notice_until,
                objection: Some(objection),
                ..award.clone()
            };
            effects_of(award, Points::ZERO)
        }
        Some(appeal) => {
            let appeal = Appeal {
                review: Some(review),
                ..appeal
            };
            let objection = Objection {
                appeal: Some(appeal),
                ..objection
            };
            let decided = Award {
                objection: Some(objection),
                ..award.clone()
            };
            match upheld {
                true => fallen(&decided, &objection, review, state, context)?,
                false => effects_of(
                    Award {
                        state: AwardState::Pending,
                        ..decided
                    },
                    Points::ZERO,
                ),
            }
        }
    };
    saying(state, words, effects, context)
}

/// Whom the review went against, once and in time: the member whose award is to fall, or who objected in vain.
pub(super) fn appeal(
    state: &State,
    id: AwardId,
    words: Option<AttachmentId>,
    context: &Context,
) -> Result<Effects, Stop> {
    let award = in_state(state, id, &[AwardState::Frozen, AwardState::Pending])?;
    let objection = award
        .objection
        .ok_or(Rejection::NoObjection { award: id })?;
    let review = objection
        .review
        .ok_or(Rejection::AwardFrozen { award: id })?;
    let actor = &context.actor;
    let theirs = match review.upheld {
        true => actor.member == Some(award.member),
        false => actor.id == objection.by,
    };
    if !theirs {
        return Err(DeedRejection::NotAppellant.into());
    }
    if objection.appeal.is_some() {
        return Err(DeedRejection::AlreadyAppealed { award: id }.into());
    }
    let until = review.appeal_until.unwrap_or(review.at);
    if until <= state.now {
        return Err(DeedRejection::AppealOver { until }.into());
    }
    let appeal = Appeal {
        by: actor.id,
        at: state.now,
        words,
        escalated_at: None,
        review: None,
    };
    let award = Award {
        state: AwardState::Frozen,
        objection: Some(Objection {
            appeal: Some(appeal),
            ..objection
        }),
        ..award.clone()
    };
    saying(state, words, effects_of(award, Points::ZERO), context)
}

/// Nobody decided in time: it is said, once for the objection and once for the appeal.
pub(super) fn escalate(state: &State, id: AwardId) -> Result<Effects, Stop> {
    let (award, mut objection) = frozen(state, id)?;
    let due = award.escalates_at().is_some_and(|due| due <= state.now);
    if !due {
        return Err(Rejection::NothingDue.into());
    }
    match &mut objection.appeal {
        Some(appeal) => appeal.escalated_at = Some(state.now),
        None => objection.escalated_at = Some(state.now),
    }
    let award = Award {
        objection: Some(objection),
        ..award.clone()
    };
    Ok(effects_of(award, Points::ZERO))
}

/// The objection was upheld and nobody appealed in time: the award falls, by the reviewer's word.
pub(super) fn settle(state: &State, id: AwardId, context: &Context) -> Result<Effects, Stop> {
    let (award, objection) = frozen(state, id)?;
    let due = award.settles_at().is_some_and(|due| due <= state.now);
    match objection.review.filter(|_| due) {
        Some(review) => fallen(award, &objection, review, state, context),
        None => Err(Rejection::NothingDue.into()),
    }
}

/// The award falls for good, for what the reviewer found, and as decided by them.
fn fallen(
    award: &Award,
    objection: &Objection,
    review: Review,
    state: &State,
    context: &Context,
) -> Result<Effects, Stop> {
    let reason = review.finding.and_then(Finding::reason);
    let by = Actor {
        id: review.by,
        ..context.actor
    };
    let context = Context {
        actor: by,
        ..*context
    };
    fall(award, reason.unwrap_or(objection.ground), state, &context)
}

fn is_involved(award: &Award, objection: &Objection, actor: &Actor) -> bool {
    actor.id == award.submitted_by
        || actor.member == Some(award.member)
        || award.approvals.iter().any(|earlier| earlier.by == actor.id)
        || objection.people().any(|person| person == actor.id)
        // Who objected as a member reviews nothing of it as staff.
        || actor.member.is_some_and(|member| objection.people().any(|person| person.0 == member.0))
}

/// With what was said attached to the award.
fn saying(
    state: &State,
    words: Option<AttachmentId>,
    effects: Effects,
    context: &Context,
) -> Result<Effects, Stop> {
    let words: Vec<AttachmentId> = words.into_iter().collect();
    let attached = Attachments::attach(state, &words, effects.subject, &context.actor)?;
    Ok(Effects {
        attached,
        ..effects
    })
}

fn frozen(state: &State, id: AwardId) -> Result<(&Award, Objection), Stop> {
    let award = match state.award(id) {
        Some(award) if award.state == AwardState::Pending => {
            return Err(Rejection::NoObjection { award: id }.into());
        }
        _ => in_state(state, id, &[AwardState::Frozen])?,
    };
    let missing = || Stop::Fault(format!("{id} is frozen without an objection"));
    Ok((award, award.objection.ok_or_else(missing)?))
}
