//! Objections: an award on public notice is frozen by one and waits for a reviewer.

use crate::ids::AwardId;
use crate::machine::award::{Objection, Review, effects_of, fall, in_state};
use crate::machine::{Award, AwardState, Context, Effects, Reason, Rejection, State, Stop};
use crate::points::Points;

/// Anybody who is known may object once an award, while its notice is open.
pub(super) fn object(
    state: &State,
    id: AwardId,
    ground: Reason,
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
        review: None,
    };
    let award = Award {
        state: AwardState::Frozen,
        objection: Some(objection),
        ..award.clone()
    };
    Ok(effects_of(award, Points::ZERO))
}

/// The reviewer neither submitted nor approved the award, does not benefit from it and is not who objects.
pub(super) fn review(
    state: &State,
    id: AwardId,
    upheld: bool,
    context: &Context,
) -> Result<Effects, Stop> {
    let award = frozen(state, id)?;
    let Some(objection) = award.objection else {
        return Err(Stop::Fault(format!("{id} is frozen without an objection")));
    };
    let actor = &context.actor;
    let involved = actor.id == award.submitted_by
        || actor.id == objection.by
        || actor.member == Some(award.member)
        || award.approvals.iter().any(|earlier| earlier.by == actor.id);
    if involved {
        return Err(Rejection::ReviewerInvolved.into());
    }
    let review = Review {
        by: actor.id,
        at: state.now,
        upheld,
    };
    let reviewed = Award {
        objection: Some(Objection {
            review: Some(review),
            ..objection
        }),
        ..award.clone()
    };
    if upheld {
        return fall(&reviewed, objection.ground, state, context);
    }
    let award = Award {
        state: AwardState::Pending,
        ..reviewed
    };
    Ok(effects_of(award, Points::ZERO))
}

fn frozen(state: &State, id: AwardId) -> Result<&Award, Stop> {
    match state.award(id) {
        Some(award) if award.state == AwardState::Pending => {
            Err(Rejection::NoObjection { award: id }.into())
        }
        _ => in_state(state, id, &[AwardState::Frozen]),
    }
}
