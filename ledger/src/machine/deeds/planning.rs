//! Activities planned, changed and called off.

use super::{DeedChange, DeedRejection, Planned};
use crate::community::activity::{Activity, CheckInSecret, Slot};
use crate::ids::ActivityId;
use crate::machine::{Context, Effects, Outcome, Rejection, State, Stop};

pub(super) fn plan(
    state: &State,
    activity: &Activity,
    secret: &CheckInSecret,
    context: &Context,
) -> Result<Effects, Stop> {
    if state.deeds.activity(activity.id).is_some() {
        return Err(Rejection::AlreadyExists.into());
    }
    activity
        .check()
        .map_err(|problem| DeedRejection::BadPlan { problem })?;
    state.must_be_earning(state.now)?;
    Ok(planned(Planned {
        taken: vec![0; activity.slots.len()],
        activity: Activity {
            organizer: context.actor,
            cancelled: false,
            ..activity.clone()
        },
        secret: secret.clone(),
    }))
}

/// Of an activity for which nobody has a place anything may change; else slots may be added and quotas may grow, and its times stay.
pub(super) fn change(state: &State, activity: &Activity) -> Result<Effects, Stop> {
    let known = held(state, activity.id)?;
    activity
        .check()
        .map_err(|problem| DeedRejection::BadPlan { problem })?;
    let mut taken = known.taken.clone();
    if taken.iter().any(|taken| *taken > 0) {
        let kept = |(index, slot): (usize, &Slot)| {
            activity.slots.get(index).is_some_and(|new| {
                (new.starts_at, new.ends_at) == (slot.starts_at, slot.ends_at)
                    && new.quota.is_none_or(|most| most >= known.taken[index])
            })
        };
        let same_deed =
            activity.form == known.activity.form && activity.facts == known.activity.facts;
        if !same_deed || !known.activity.slots.iter().enumerate().all(kept) {
            return Err(DeedRejection::ActivityTaken {
                activity: activity.id,
            }
            .into());
        }
    }
    taken.resize(activity.slots.len(), 0);
    Ok(planned(Planned {
        activity: Activity {
            organizer: known.activity.organizer,
            cancelled: false,
            ..activity.clone()
        },
        taken,
        secret: known.secret.clone(),
    }))
}

/// Those who have a place find out when they look; those who are there already are closed by the rule.
pub(super) fn cancel(state: &State, id: ActivityId) -> Result<Effects, Stop> {
    let known = held(state, id)?;
    let mut known = known.clone();
    known.activity.cancelled = true;
    Ok(planned(known))
}

fn planned(planned: Planned) -> Effects {
    let subject = planned.activity.id.0;
    Effects {
        deeds: DeedChange {
            activity: Some(planned),
            ..DeedChange::default()
        },
        ..Effects::answering(subject, Outcome::Registered { subject })
    }
}

/// An activity that takes place.
fn held(state: &State, id: ActivityId) -> Result<&Planned, Stop> {
    let known = state
        .deeds
        .activity(id)
        .ok_or(DeedRejection::UnknownActivity { activity: id })?;
    match known.activity.cancelled {
        true => Err(DeedRejection::ActivityCancelled { activity: id }.into()),
        false => Ok(known),
    }
}
