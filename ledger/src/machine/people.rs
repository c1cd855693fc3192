//! Organizations, and what somebody's access rests on: appointments, keys, and that they have not left.
//!
//! These change under the programme's lock, so that nobody is appointed while they leave.

use std::collections::{BTreeSet, HashMap, HashSet};

use uuid::Uuid;

use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::{Access, ORGANIZATION_KINDS, Registration, Role, Who};
use crate::ids::{
    ActorId, ApiKeyId, AppointmentId, ClerkId, IdentityId, OrganizationId, ProgramId, SessionId,
    StaffId,
};
use crate::machine::log_in::{LogIns, must_be_somebody};
use crate::machine::{Command, Context, Effects, Needs, Outcome, Rejection, State, Stop};

/// Access that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// What.
    pub access: Access,
    /// From when on.
    pub at: Timestamp,
    /// By whom.
    pub by: ActorId,
}

/// Which of these to read.
#[derive(Clone, Debug, Default)]
pub struct PeopleNeeds {
    /// Organizations that must be on record.
    pub organizations: BTreeSet<OrganizationId>,
    /// Staff, and whether they left.
    pub staff: BTreeSet<StaffId>,
    /// Appointments, and whether they ended.
    pub appointments: BTreeSet<AppointmentId>,
    /// Keys, and when they end.
    pub keys: BTreeSet<ApiKeyId>,
    /// Clerks, and whether they left.
    pub clerks: BTreeSet<ClerkId>,
    /// Sessions, and when they end.
    pub sessions: BTreeSet<SessionId>,
    /// Staff and clerks whose invitation matters.
    pub logins: BTreeSet<Uuid>,
    /// Identities that are linked.
    pub identities: BTreeSet<IdentityId>,
}

/// What a batch knows of them.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Clerks, sessions, and what people log in with.
    pub log_ins: LogIns,
    organizations: HashSet<OrganizationId>,
    staff: HashMap<StaffId, Option<Timestamp>>,
    appointments: HashMap<AppointmentId, (StaffId, Option<Timestamp>)>,
    keys: HashMap<ApiKeyId, (Option<StaffId>, Option<Timestamp>)>,
    identities: HashMap<IdentityId, Who>,
}

impl People {
    /// An organization's row.
    pub fn load_organization(&mut self, id: OrganizationId) {
        self.organizations.insert(id);
    }
    /// A staff member's row, and when they left.
    pub fn load_staff(&mut self, id: StaffId, left_at: Option<Timestamp>) {
        self.staff.insert(id, left_at);
    }
    /// An appointment's row, and when it ended.
    pub fn load_appointment(
        &mut self,
        id: AppointmentId,
        staff: StaffId,
        ended_at: Option<Timestamp>,
    ) {
        self.appointments.insert(id, (staff, ended_at));
    }
    /// A key's row, and from when on it is worthless.
    pub fn load_key(&mut self, id: ApiKeyId, staff: Option<StaffId>, ends_at: Option<Timestamp>) {
        self.keys.insert(id, (staff, ends_at));
    }

    /// An identity's row. One that is no longer linked has none.
    pub fn load_identity(&mut self, id: IdentityId, who: Who) {
        self.identities.insert(id, who);
    }

    pub(super) fn keep(&mut self, registration: &Registration) {
        match registration {
            Registration::Organization(node) => self.load_organization(node.id),
            Registration::Staff(person) => self.load_staff(person.id, None),
            Registration::Clerk(clerk) => self.log_ins.load_clerk(clerk.id, None),
            Registration::Appointment(of) => self.load_appointment(of.id, of.staff, None),
            Registration::Identity(of) => self.load_identity(of.id, of.who),
            Registration::ApiKey(key) => {
                self.load_key(key.id, spoken_for(key.role, key.subject), key.expires_at);
            }
            _ => {}
        }
    }

    /// The end of access holds for what follows in the same batch.
    pub(super) fn keep_end(&mut self, Ended { access, at, .. }: Ended) {
        self.log_ins.keep_end(access, at);
        let at = Some(at);
        match access {
            Access::Clerk(_) | Access::Session(_) => {}
            Access::Appointment(id) => {
                self.appointments.entry(id).and_modify(|of| of.1 = at);
            }
            Access::Key(id) => {
                self.keys.entry(id).and_modify(|key| key.1 = at);
            }
            Access::Identity(id) => drop(self.identities.remove(&id)),
            Access::Staff(id) => {
                self.staff.insert(id, at);
                let gone = Who::staff(id);
                self.identities.retain(|_, who| *who != gone);
                let appointments = self.appointments.values_mut();
                appointments
                    .filter(|(staff, _)| *staff == id)
                    .for_each(|of| of.1 = of.1.or(at));
                let keys = self.keys.values_mut();
                keys.filter(|(staff, _)| *staff == Some(id))
                    .for_each(|key| key.1 = earlier(key.1, at));
            }
        }
    }

    /// Whether this staff member is on record.
    pub(super) fn has_staff(&self, id: StaffId) -> bool {
        self.staff.contains_key(&id)
    }

    /// When this was to end, if it is on record.
    fn ends_at(&self, access: Access) -> Option<Option<Timestamp>> {
        match access {
            Access::Appointment(id) => self.appointments.get(&id).map(|of| of.1),
            Access::Staff(id) => self.staff.get(&id).copied(),
            Access::Key(id) => self.keys.get(&id).map(|key| key.1),
            Access::Clerk(id) => self.log_ins.clerk(id),
            Access::Session(id) => self.log_ins.session(id).map(Some),
            Access::Identity(id) => self.identities.get(&id).map(|_| None),
        }
    }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// The staff member for whom a key speaks.
pub fn spoken_for(role: Role, subject: Option<Uuid>) -> Option<StaffId> {
    subject.filter(|_| role == Role::Staff).map(StaffId)
}

const fn id_of(access: Access) -> Uuid {
    match access {
        Access::Appointment(id) => id.0,
        Access::Staff(id) => id.0,
        Access::Key(id) => id.0,
        Access::Clerk(id) => id.0,
        Access::Session(id) => id.0,
        Access::Identity(id) => id.0,
    }
}

impl Needs {
    /// What is asked of organizations and staff, and what ends with a phone that a member lost.
    pub(super) fn add_people(&mut self, program: ProgramId, command: &Command) {
        let wanted = &mut self.people;
        match command {
            Command::Register(Registration::Organization(node)) => {
                wanted.organizations.extend(node.parent);
            }
            Command::Register(Registration::JoinCode(code)) => {
                wanted.organizations.insert(code.organization);
            }
            Command::Register(Registration::Appointment(of)) => {
                wanted.staff.insert(of.staff);
                wanted.organizations.extend(of.organization);
                self.owners.insert(Owner::Program(program));
            }
            Command::Register(Registration::ApiKey(key)) => {
                wanted.organizations.extend(key.node);
                if let Some(staff) = spoken_for(key.role, key.subject) {
                    wanted.staff.insert(staff);
                    self.owners.insert(Owner::Program(program));
                }
            }
            Command::Register(Registration::Identity(of)) => {
                self.add_subject(program, of.who.role, of.who.subject);
            }
            Command::EndAccess { access, .. } => {
                match *access {
                    Access::Appointment(id) => drop(wanted.appointments.insert(id)),
                    Access::Staff(id) => drop(wanted.staff.insert(id)),
                    Access::Key(id) => drop(wanted.keys.insert(id)),
                    Access::Clerk(id) => drop(wanted.clerks.insert(id)),
                    Access::Session(id) => drop(wanted.sessions.insert(id)),
                    Access::Identity(id) => drop(wanted.identities.insert(id)),
                }
                self.owners.insert(Owner::Program(program));
            }
            Command::OpenSession(session) => {
                self.add_subject(program, session.role, session.subject)
            }
            Command::Invite(invitation) => {
                self.add_subject(program, invitation.role, invitation.subject);
            }
            Command::KeepPersonal(keeping) if keeping.takes_a_phone() => {
                self.paying.devices_of.insert(keeping.member);
            }
            Command::SetLogin(credentials) => {
                wanted.logins.insert(credentials.subject);
                self.owners.insert(Owner::Program(program));
            }
            Command::SetPin(pin) => {
                wanted.logins.insert(pin.clerk.0);
                self.add_subject(program, Role::Merchant, pin.clerk.0);
            }
            _ => {}
        }
    }
}

/// Turns down what refers to nobody, to somebody who left, or goes round in a circle: a parent is on record before its child.
pub(super) fn check(state: &State, registration: &Registration) -> Result<(), Stop> {
    let people = &state.people;
    let known = |node: Option<OrganizationId>| match node {
        Some(id) if !people.organizations.contains(&id) => Err(Rejection::UnknownReference),
        _ => Ok(()),
    };
    match registration {
        Registration::Organization(node) => {
            if !ORGANIZATION_KINDS.contains(&node.kind.as_str()) {
                let kind = node.kind.chars().take(80).collect();
                return Err(Rejection::OrganizationKind { kind }.into());
            }
            if node.parent == Some(node.id) {
                return Err(Rejection::UnknownReference.into());
            }
            known(node.parent)?;
        }
        Registration::JoinCode(code) => known(Some(code.organization))?,
        Registration::Appointment(of) => {
            state.require(Owner::Program(state.program))?;
            known(of.organization)?;
            if !people.staff.contains_key(&of.staff) {
                return Err(Rejection::UnknownReference.into());
            }
            must_be_there(state, of.staff)?;
        }
        Registration::ApiKey(key) => {
            known(key.node)?;
            if let Some(staff) = spoken_for(key.role, key.subject) {
                state.require(Owner::Program(state.program))?;
                must_be_there(state, staff)?;
            }
        }
        Registration::Identity(of) => {
            must_be_somebody(state, of.who.role, of.who.subject, None)?;
        }
        _ => {}
    }
    Ok(())
}

pub(super) fn must_be_there(state: &State, staff: StaffId) -> Result<(), Stop> {
    match state.people.staff.get(&staff) {
        Some(Some(left_at)) => {
            let left_at = *left_at;
            Err(Rejection::StaffLeft { staff, left_at }.into())
        }
        _ => Ok(()),
    }
}

/// Ends access, never in the past, and never later than it was to end.
pub(super) fn end(
    state: &State,
    access: Access,
    at: Option<Timestamp>,
    context: &Context,
) -> Result<Effects, Stop> {
    state.require(Owner::Program(state.program))?;
    let id = id_of(access);
    let known = state.people.ends_at(access);
    let ends_at = known.ok_or(Rejection::UnknownAccess { id })?;
    let earliest = state.now;
    let at = at.unwrap_or(earliest);
    if at < earliest {
        return Err(Rejection::EffectiveInPast { earliest }.into());
    }
    if let Some(ends_at) = ends_at.filter(|ends_at| *ends_at <= at) {
        return Err(Rejection::AlreadyEnded { ends_at }.into());
    }
    // Only a key ends later than it is said, so that two of them overlap.
    let at = match access {
        Access::Key(_) => at,
        _ => earliest,
    };
    let by = context.actor.id;
    Ok(Effects {
        ended: Some(Ended { access, at, by }),
        ..Effects::answering(id, Outcome::AccessEnded { id, at })
    })
}
