//! A rider objects to a charge, and who manages the store, or staff, answers: points come back, or a reason why not.

use crate::accounts::Owner;
use crate::community::paying::{ChargeAnswer, ChargeGround, ChargeObjection, Verdict};
use crate::ids::RedemptionId;
use crate::machine::paying::{PayingChange, PayingRejection};
use crate::machine::redemption::{own, refund};
use crate::machine::{Context, Effects, Outcome, RedemptionState, Rejection, State, Stop};

/// By its member alone, once, within 30 days. No point moves until somebody answers.
pub(super) fn object(
    state: &State,
    redemption: RedemptionId,
    ground: ChargeGround,
    context: &Context,
) -> Result<Effects, Stop> {
    let charge = own(state, redemption, context)?;
    if context.actor.member != Some(charge.member) {
        return Err(Rejection::UnknownRedemption { redemption }.into());
    }
    if charge.state != RedemptionState::Captured {
        let state = charge.state;
        return Err(Rejection::NotCaptured { redemption, state }.into());
    }
    let until = charge
        .authorised_at
        .plus_seconds(ChargeObjection::DAYS * 86_400);
    if state.now >= until {
        return Err(PayingRejection::ObjectionLate { redemption, until }.into());
    }
    if state.paying.objection(redemption).is_some() {
        return Err(PayingRejection::ChargeObjected { redemption }.into());
    }
    let objection = ChargeObjection {
        redemption,
        store: charge.store,
        ground,
        made_at: state.now,
        answer: None,
    };
    Ok(answering(objection, None))
}

/// By who manages the store, or by staff; never by whom it is about.
pub(super) fn answer(
    state: &State,
    redemption: RedemptionId,
    verdict: Verdict,
    context: &Context,
) -> Result<Effects, Stop> {
    let charge = own(state, redemption, context)?;
    state.require(Owner::Member(charge.member))?;
    if context.actor.member == Some(charge.member) {
        return Err(Rejection::SelfApproval.into());
    }
    let known = state.paying.objection(redemption);
    let open = known.filter(|objection| objection.answer.is_none());
    let open = open.ok_or(PayingRejection::NoOpenObjection { redemption })?;
    let objection = ChargeObjection {
        answer: Some(ChargeAnswer {
            by: context.actor.id,
            at: state.now,
            verdict,
        }),
        ..open.clone()
    };
    let back = match verdict {
        Verdict::Refund { points } => Some(refund(state, redemption, points, context)?),
        Verdict::Dismiss { .. } => None,
    };
    Ok(answering(objection, back))
}

fn answering(objection: ChargeObjection, back: Option<Effects>) -> Effects {
    let subject = objection.redemption.0;
    let effects =
        back.unwrap_or_else(|| Effects::answering(subject, Outcome::Registered { subject }));
    Effects {
        paying: Some(PayingChange::Objection(objection)),
        ..effects
    }
}
