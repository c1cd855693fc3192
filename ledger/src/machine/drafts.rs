//! Policies on their way into force: imported whole or not at all, simulated, approved by another from a date that is not past.

use crate::clock::Timestamp;
use crate::community::{
    DraftState, PolicyDraft, PolicySource, PolicyVersion, Registration, SimulatedOver,
};
use crate::ids::{CommandId, DraftId, derived};
use crate::machine::registry::effective_from;
use crate::machine::{Context, Effects, Outcome, Rejection, State, Stop};
use crate::policy::Policy;

/// The most policies one import or approval may hold.
pub const DRAFT_LIMIT: usize = 100;

/// The id of the draft that an import makes of the policy at this place.
fn id(import: CommandId, place: usize) -> DraftId {
    DraftId(derived(&[import.0.as_bytes(), &place.to_be_bytes()]))
}

/// Every file must be readable; one whose own cases fail stays a draft, the others are tested.
pub(super) fn import(
    state: &State,
    policies: &[PolicySource],
    context: &Context,
) -> Result<Effects, Stop> {
    bounded(policies.len())?;
    let mut drafts: Vec<PolicyDraft> = Vec::with_capacity(policies.len());
    for (place, PolicySource { name, source }) in policies.iter().enumerate() {
        if drafts.iter().any(|earlier| earlier.name == *name) {
            return Err(Rejection::AlreadyExists.into());
        }
        let policy = Policy::parse(&format!("{name}.toml"), source);
        let policy = policy.map_err(|errors| Rejection::UnreadablePolicy {
            problem: errors.to_string(),
        })?;
        let tested = policy.run_cases().iter().all(|case| case.outcome.is_ok());
        drafts.push(PolicyDraft {
            id: id(context.id, place),
            name: name.clone(),
            digest: policy.digest().to_owned(),
            source: source.clone(),
            state: if tested {
                DraftState::Tested
            } else {
                DraftState::Draft
            },
            imported_by: context.actor.id,
            imported_at: state.now,
            simulated: None,
            approved_by: None,
            approved_at: None,
            effective_from: None,
        });
    }
    Ok(of(drafts, context))
}

/// Notes that a past period was replayed under a tested draft. It may be replayed again.
pub(super) fn simulated(
    state: &State,
    id: DraftId,
    (from, until): (Timestamp, Timestamp),
    context: &Context,
) -> Result<Effects, Stop> {
    let draft = ready(state, id, &[DraftState::Tested, DraftState::Simulated])?;
    let at = state.now;
    let draft = PolicyDraft {
        state: DraftState::Simulated,
        simulated: Some(SimulatedOver { at, from, until }),
        ..draft.clone()
    };
    Ok(of(vec![draft], context))
}

/// Somebody other than who imported them puts simulated drafts in force, all from one moment on.
pub(super) fn approve(
    state: &State,
    drafts: &[DraftId],
    from: Option<Timestamp>,
    context: &Context,
) -> Result<Effects, Stop> {
    bounded(drafts.len())?;
    let mut approved: Vec<PolicyDraft> = Vec::with_capacity(drafts.len());
    let mut registrations = Vec::with_capacity(drafts.len());
    for &id in drafts {
        let draft = ready(state, id, &[DraftState::Simulated])?;
        if draft.imported_by == context.actor.id {
            return Err(Rejection::SelfApproval.into());
        }
        if approved.iter().any(|earlier| earlier.name == draft.name) {
            return Err(Rejection::AlreadyExists.into());
        }
        let mut version = PolicyVersion {
            name: draft.name.clone(),
            digest: draft.digest.clone(),
            source: draft.source.clone(),
            effective_from: from,
        };
        version.effective_from = Some(effective_from(state, &version)?);
        approved.push(PolicyDraft {
            state: DraftState::Approved,
            approved_by: Some(context.actor.id),
            approved_at: Some(state.now),
            effective_from: version.effective_from,
            ..draft.clone()
        });
        registrations.push(Registration::Policy(version));
    }
    Ok(Effects {
        registrations,
        ..of(approved, context)
    })
}

fn bounded(count: usize) -> Result<(), Stop> {
    if (1..=DRAFT_LIMIT).contains(&count) {
        return Ok(());
    }
    Err(Rejection::TooManyDrafts {
        limit: DRAFT_LIMIT as u64,
    }
    .into())
}

fn ready<'s>(
    state: &'s State,
    id: DraftId,
    wanted: &[DraftState],
) -> Result<&'s PolicyDraft, Stop> {
    let draft = state
        .draft(id)
        .ok_or(Rejection::UnknownDraft { draft: id })?;
    if wanted.contains(&draft.state) {
        return Ok(draft);
    }
    let state = draft.state;
    Err(Rejection::DraftNotReady { draft: id, state }.into())
}

fn of(drafts: Vec<PolicyDraft>, context: &Context) -> Effects {
    let outcome = Outcome::Drafts {
        drafts: drafts.iter().map(|draft| (draft.id, draft.state)).collect(),
        effective_from: drafts.first().and_then(|draft| draft.effective_from),
    };
    Effects {
        drafts,
        ..Effects::answering(context.id.0, outcome)
    }
}
