//! Records, and the guard accounts they open.

use uuid::Uuid;

use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::{PolicyVersion, Registration};
use crate::machine::merge::must_be_active;
use crate::machine::{Context, Effects, Outcome, Rejection, State, Stop};
use crate::policy::Policy;

/// Puts something on record. Ids, codes and names that exist already are found by the database.
pub(super) fn register(
    state: &State,
    registration: &Registration,
    context: &Context,
) -> Result<Effects, Stop> {
    let mut registration = registration.clone();
    if let Registration::Policy(version) = &mut registration {
        check_source(version)?;
        version.effective_from = Some(effective_from(state, version)?);
    }
    if let Registration::Code(code) = &registration {
        must_be_active(state, code.member)?;
    }
    let opens = opened_by(&registration);
    if let Some(owner) = opens
        && state.is_registered(owner)?
    {
        return Err(Rejection::AlreadyExists.into());
    }
    let subject = subject_of(&registration).unwrap_or(context.id.0);
    Ok(Effects {
        opens,
        registrations: vec![registration],
        ..Effects::answering(subject, Outcome::Registered { subject })
    })
}

/// When the version takes effect: never before it is recorded, and after every version recorded earlier.
pub(super) fn effective_from(state: &State, version: &PolicyVersion) -> Result<Timestamp, Stop> {
    let from = version.effective_from.unwrap_or(state.now);
    if from < state.now {
        return Err(Rejection::EffectiveInPast {
            earliest: state.now,
        }
        .into());
    }
    match state.newest_policy(&version.name) {
        Some(newest) if newest >= from => Err(Rejection::Superseded { from: newest }.into()),
        _ => Ok(from),
    }
}

/// A version that could not be read again would stop every award it is to price.
fn check_source(version: &PolicyVersion) -> Result<(), Stop> {
    let problem = match Policy::parse(&format!("{}.toml", version.name), &version.source) {
        Err(errors) => errors.to_string(),
        Ok(policy) if policy.digest() != version.digest => {
            "the digest is not that of the source".to_owned()
        }
        Ok(_) => return Ok(()),
    };
    Err(Rejection::UnreadablePolicy { problem }.into())
}

/// The owner whose guard account the record opens.
pub(super) const fn opened_by(registration: &Registration) -> Option<Owner> {
    match registration {
        Registration::Program(program) => Some(Owner::Program(program.id)),
        Registration::Member(member) => Some(Owner::Member(member.id)),
        Registration::Store(store) => Some(Owner::Store(store.id)),
        Registration::Budget(budget) => Some(Owner::Budget(budget.id)),
        Registration::Funder(funder) => Some(Owner::Funder(funder.id)),
        _ => None,
    }
}

fn subject_of(registration: &Registration) -> Option<Uuid> {
    match registration {
        Registration::Program(program) => Some(program.id.0),
        Registration::Organization(organization) => Some(organization.id.0),
        Registration::Member(member) => Some(member.id.0),
        Registration::Staff(staff) => Some(staff.id.0),
        Registration::Merchant(merchant) => Some(merchant.id.0),
        Registration::Store(store) => Some(store.id.0),
        Registration::Site(site) => Some(site.id.0),
        Registration::Budget(budget) => Some(budget.id.0),
        Registration::Funder(funder) => Some(funder.id.0),
        Registration::ApiKey(key) => Some(key.id.0),
        Registration::Policy(_) | Registration::Code(_) => None,
    }
}
