//! Asking for the award of a report.

use crate::community::Actor;
use crate::community::hazard::{DEED_KIND, Hazard};
use crate::machine::award::AwardRequest;
use crate::machine::deeds::{Answer, AskedAward};
use crate::machine::{State, Stop};
use crate::policy::Deed;
use crate::policy::deed::Fact;

/// The award of a report, with what the hazard came to; nothing for a resident's report, and nothing where it is awarded already.
///
/// A duplicate is asked for as a report of the hazard that it is of: its category, severity and moment, and its place once it is submitted
/// (see [`crate::Ledger::award_deed`]). So the policy finds them to be one thing, however long after each other they came.
pub(super) fn ask(
    state: &State,
    hazard: &Hazard,
    thing: &Hazard,
    by: Actor,
) -> Result<Option<AskedAward>, Stop> {
    let Some((member, deed)) = hazard.member.zip(hazard.deed) else {
        return Ok(None);
    };
    let earlier = state.deeds.asked(deed);
    if let Some(Answer::Awarded(_)) = earlier.and_then(|asked| asked.answer.as_ref()) {
        return Ok(None);
    }
    let (Some(severity), Some(found)) = (thing.severity, thing.found) else {
        let problem = format!("{} is found to be so and was never looked at", thing.id);
        return Err(Stop::Fault(problem));
    };
    let facts = [
        ("category", Some(thing.category.name())),
        ("severity", Some(severity.name())),
        ("outcome", Some(found.name())),
        ("grid", thing.body.grid.as_deref()),
        ("team", hazard.body.team.as_deref()),
    ];
    let facts = facts.into_iter().filter_map(|(name, value)| {
        let value = Fact::from(value?);
        Some((name.to_owned(), value))
    });
    let photo = (!hazard.body.photos.is_empty()).then(|| "photo".to_owned());
    let member = state.merged_into(member).unwrap_or(member);
    Ok(Some(AskedAward {
        deed,
        by,
        request: AwardRequest {
            member,
            deed: Deed {
                kind: DEED_KIND.to_owned(),
                reference: hazard.id.to_string(),
                occurred_at: thing.seen_at,
                facts: facts.collect(),
                evidence: photo.into_iter().collect(),
                places: Vec::new(),
            },
            policy: thing.body.policy.clone(),
            position: None,
        },
        asked_at: state.now,
        attempt: earlier.map_or(1, |asked| asked.attempt + 1),
        answer: None,
    }))
}
