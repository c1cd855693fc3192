//! One hazard and one photo are awarded once: looked at when the award is made, under the lock on hazards.

use crate::community::hazard::Hazard;
use crate::ids::{AwardId, DeedId, HazardId};
use crate::machine::deeds::{Answer, DeedRejection};
use crate::machine::duplicates::Report;
use crate::machine::{Rejection, State, Stop, Submission};

/// Stops if another report of the same hazard has an award that this one does not share, or another deed has one that was shown with the same
/// photo. Reports whose awards are shared may well look alike, because they show one thing: only the very same photo is one too many there.
pub(in crate::machine) fn once(
    state: &State,
    submission: &Submission,
    report: Option<&Report>,
) -> Result<(), Stop> {
    let own = submission.answers;
    let Some(hazard) = own.and_then(|deed| state.hazards.of_deed(deed)) else {
        return Ok(());
    };
    let shares = |award: AwardId| {
        let other = state.things.report(award).map(|other| other.thing);
        other.is_some() && other == report.map(|report| report.thing)
    };
    let others = state.hazards.same(hazard.thing());
    let others = others.filter(|other| other.id != hazard.id);
    for award in others.filter_map(|other| standing(state, other.deed?)) {
        if !shares(award) {
            return Err(Rejection::DuplicateDeed { award }.into());
        }
    }
    for twin in photos_like(state, hazard) {
        let of = state.hazards.get(HazardId(twin.of));
        let deed = match of {
            Some(other) => other.deed,
            None => Some(DeedId(twin.of)),
        };
        let award = deed.and_then(|deed| standing(state, deed));
        if let Some(award) = award.filter(|award| twin.distance == 0 || !shares(*award)) {
            return Err(DeedRejection::PhotoUsed { award }.into());
        }
    }
    Ok(())
}

fn photos_like(
    state: &State,
    hazard: &Hazard,
) -> impl Iterator<Item = crate::community::attachment::Twin> {
    let photos = hazard.body.photos.iter();
    let twins = photos.flat_map(|photo| state.attachments.twins(*photo));
    twins.filter(|twin| twin.of != hazard.id.0)
}

/// The award that a deed asked for, if it stands.
fn standing(state: &State, deed: DeedId) -> Option<AwardId> {
    match state.deeds.asked(deed)?.answer {
        Some(Answer::Awarded(award)) => {
            let award = state.award(award)?;
            award.state.is_live().then_some(award.id)
        }
        _ => None,
    }
}
