//! One hazard and one photo are awarded once: looked at when an award is made and when reports are said to be of one hazard, under the lock on
//! hazards. Whatever was shown with a photo takes it, so that no two that were shown with the same are awarded at once.

use uuid::Uuid;

use crate::community::attachment::Twin;
use crate::community::hazard::{Hazard, HazardState};
use crate::community::order;
use crate::ids::{AwardId, DeedId, HazardId};
use crate::machine::deeds::DeedRejection;
use crate::machine::duplicates::Report;
use crate::machine::{Rejection, State, Stop, Submission};
use crate::policy::Deed;

/// Stops if a report of a hazard came to nothing, if another of the same hazard has an award that this one does not share, or if another deed,
/// whatever it was, has one that was shown with the same photo.
pub(in crate::machine) fn once(
    state: &State,
    submission: &Submission,
    report: Option<&Report>,
) -> Result<(), Stop> {
    let Some(deed) = submission.shown() else {
        return Ok(());
    };
    let hazard = state.hazards.of_deed(deed);
    if let Some(hazard) = hazard {
        one_hazard(state, hazard, report)?;
    }
    let of = hazard.map_or(deed.0, |hazard| hazard.id.0);
    for twin in photos_like(state, of).filter(Twin::is_same) {
        let other = match state.hazards.get(HazardId(twin.of)) {
            Some(other) => other.deed,
            None => Some(DeedId(twin.of)),
        };
        let others = standing(state, other);
        let mut others = others.filter(|award| !of_one_order(state, *award, submission));
        if let Some(award) = others.next() {
            return Err(DeedRejection::PhotoUsed { award }.into());
        }
    }
    Ok(())
}

fn one_hazard(state: &State, hazard: &Hazard, report: Option<&Report>) -> Result<(), Stop> {
    let thing = state.hazards.get(hazard.thing());
    for one in thing.into_iter().chain([hazard]) {
        if one.state == HazardState::Invalid {
            return Err(DeedRejection::HazardState {
                hazard: one.id,
                state: one.state,
            }
            .into());
        }
    }
    let others = state.hazards.same(hazard.thing());
    let others = others.filter(|other| other.id != hazard.id);
    for award in others.flat_map(|other| standing(state, other.deed)) {
        let other = state.things.report(award);
        if !shared(other, report) {
            return Err(Rejection::DuplicateDeed { award }.into());
        }
    }
    Ok(())
}

/// Whether an award is for the same order: who did one together may show one photo of it.
fn of_one_order(state: &State, award: AwardId, submission: &Submission) -> bool {
    let deed = &submission.deed;
    let other = state.award(award).map(|award| &award.deed);
    let same = |other: &Deed| other.kind == deed.kind && other.reference == deed.reference;
    deed.kind == order::DEED_KIND && other.is_some_and(same)
}

/// Stops if an award stands for one of these reports, and one for one of those, that do not share: together they would pay one hazard twice, and
/// which of them falls is for a person to say.
pub(super) fn must_share<'h>(
    state: &State,
    these: impl Iterator<Item = &'h Hazard>,
    those: impl Iterator<Item = &'h Hazard>,
) -> Result<(), Stop> {
    let others: Vec<AwardId> = those
        .flat_map(|hazard| standing(state, hazard.deed))
        .collect();
    for award in these.flat_map(|hazard| standing(state, hazard.deed)) {
        let report = state.things.report(award);
        let apart = |other: &&AwardId| !shared(state.things.report(**other), report);
        if let Some(&other) = others.iter().find(apart) {
            return Err(DeedRejection::BothAwarded { award, other }.into());
        }
    }
    Ok(())
}

/// Whether two awards are reports of one thing, so that its award is divided between them.
fn shared(one: Option<&Report>, other: Option<&Report>) -> bool {
    one.zip(other)
        .is_some_and(|(one, other)| one.thing == other.thing)
}

/// What else was shown with photos that are the same or look alike.
fn photos_like(state: &State, of: Uuid) -> impl Iterator<Item = Twin> {
    let photos = state.attachments.showing(of);
    let twins = photos.flat_map(|photo| state.attachments.twins(photo));
    twins.filter(move |twin| twin.of != of)
}

/// The awards for a deed that stand: asked for, or entered by hand.
fn standing(state: &State, deed: Option<DeedId>) -> impl Iterator<Item = AwardId> {
    deed.into_iter().flat_map(|deed| state.live_awards(deed))
}
