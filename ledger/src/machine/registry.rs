//! Records, and the guard accounts they open.

use uuid::Uuid;

use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::{LAYER_LIMIT, LayerVersion, PolicyVersion, Registration, is_layer_name};
use crate::ids::MemberId;
use crate::machine::merge::must_be_active;
use crate::machine::needs::PolicyLock;
use crate::machine::people;
use crate::machine::{Context, Effects, Needs, Outcome, Rejection, State, Stop};
use crate::policy::Policy;

impl Needs {
    /// Adds what a registration needs.
    pub(super) fn add_registration(&mut self, registration: &Registration) {
        if matches!(
            registration,
            Registration::Policy(_) | Registration::Layer(_)
        ) {
            self.policies = Some(PolicyLock::Change);
        }
        self.layers |= matches!(registration, Registration::Layer(_));
        self.owners.extend(opened_by(registration));
        self.owners.extend(about(registration).map(Owner::Member));
        if let Registration::Store(store) = registration {
            self.merchants.insert(store.merchant);
        }
    }
}

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
    if let Registration::Layer(version) = &mut registration {
        version.effective_from = Some(on_the_map_from(state, version)?);
    }
    if let Some(member) = about(&registration) {
        must_be_active(state, member)?;
    }
    people::check(state, &registration)?;
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
    let newest = state.newest_policy(&version.name);
    after(state, newest, version.effective_from)
}

/// The same for a layer of the map, which must be another than it was.
fn on_the_map_from(state: &State, version: &LayerVersion) -> Result<Timestamp, Stop> {
    if !is_layer_name(&version.name) {
        return Err(Rejection::LayerName {
            layer: version.name.chars().take(80).collect(),
        }
        .into());
    }
    let newest = state.newest_layer(&version.name);
    match newest {
        Some(newest) if newest.digest == version.area.digest() => {
            return Err(Rejection::AlreadyExists.into());
        }
        None if state.layers() >= LAYER_LIMIT => {
            let limit = LAYER_LIMIT as u64;
            return Err(Rejection::TooManyLayers { limit }.into());
        }
        _ => {}
    }
    after(
        state,
        newest.map(|newest| newest.from),
        version.effective_from,
    )
}

/// From when on something is in force: never in the past, and after `newest`.
fn after(
    state: &State,
    newest: Option<Timestamp>,
    wanted: Option<Timestamp>,
) -> Result<Timestamp, Stop> {
    let from = wanted.unwrap_or(state.now);
    if from < state.now {
        return Err(Rejection::EffectiveInPast {
            earliest: state.now,
        }
        .into());
    }
    match newest {
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

/// The member of whom it is something.
pub(super) const fn about(registration: &Registration) -> Option<MemberId> {
    match registration {
        Registration::Code(code) | Registration::OnlyCode(code) => Some(code.member),
        Registration::Handle(handle) => Some(handle.member),
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
        Registration::Clerk(clerk) => Some(clerk.id.0),
        Registration::Site(site) => Some(site.id.0),
        Registration::Budget(budget) => Some(budget.id.0),
        Registration::Funder(funder) => Some(funder.id.0),
        Registration::ApiKey(key) => Some(key.id.0),
        Registration::Appointment(appointment) => Some(appointment.id.0),
        Registration::Identity(identity) => Some(identity.id.0),
        Registration::JoinCode(code) => Some(code.organization.0),
        Registration::Handle(handle) => Some(handle.member.0),
        Registration::Policy(_)
        | Registration::Code(_)
        | Registration::OnlyCode(_)
        | Registration::Layer(_) => None,
    }
}
