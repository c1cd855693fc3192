//! Who has logged in, and with what. Everything arrives hashed or sealed; a decision sees ids, moments and hashes.
//!
//! As with appointments, what concerns staff and clerks changes under the programme's lock, so that nobody logs in while they leave.

use std::collections::HashMap;

use uuid::Uuid;

use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::{Access, ClerkPin, Credentials, Invitation, Role, Session, Way};
use crate::ids::{ActorId, ClerkId, MemberId, ProgramId, SessionId, StaffId};
use crate::machine::merge::must_be_active;
use crate::machine::people::must_be_there;
use crate::machine::personal::must_not_be_erased;
use crate::machine::{Context, Effects, Needs, Outcome, Rejection, State, Stop};

/// A change of what people log in with, or that somebody has, to be saved.
#[derive(Clone, Debug)]
pub enum LogInChange {
    /// Somebody has.
    Open(Box<Session>),
    /// Somebody may choose what with; until when, and the hash of what shows that it is they.
    Invite(Invitation),
    /// Somebody chose.
    Set {
        /// What.
        credentials: Box<Credentials>,
        /// When their other sessions ended.
        at: Timestamp,
    },
    /// A clerk has a PIN from now on, or none.
    Pin(ClerkPin),
    /// Somebody's sessions ended, because a phone of theirs leads to nobody any more.
    End {
        /// Whose.
        member: MemberId,
        /// The one that goes on.
        but: Option<SessionId>,
        /// Who changed it.
        by: ActorId,
        /// When.
        at: Timestamp,
    },
}

/// What a batch knows of it.
#[derive(Clone, Debug, Default)]
pub struct LogIns {
    clerks: HashMap<ClerkId, Option<Timestamp>>,
    sessions: HashMap<SessionId, Timestamp>,
    invitations: HashMap<Uuid, Option<(String, Timestamp)>>,
}

impl LogIns {
    /// A clerk's row, and when they left.
    pub fn load_clerk(&mut self, id: ClerkId, left_at: Option<Timestamp>) {
        self.clerks.insert(id, left_at);
    }
    /// A session's row, and when it ends.
    pub fn load_session(&mut self, id: SessionId, ends_at: Timestamp) {
        self.sessions.insert(id, ends_at);
    }
    /// What somebody logs in with, and the invitation to change it: its hash, and when it ends.
    pub fn load_login(&mut self, subject: Uuid, invitation: Option<(String, Timestamp)>) {
        self.invitations.insert(subject, invitation);
    }

    /// What a change makes true for the rest of the batch.
    pub(super) fn keep(&mut self, change: &LogInChange) {
        match change {
            LogInChange::Open(session) => self.load_session(session.id, session.ends_at),
            LogInChange::Invite(invitation) => {
                let good = (invitation.secret_hash.clone(), invitation.ends_at);
                self.load_login(invitation.subject, Some(good));
            }
            LogInChange::Set { credentials, .. } => self.load_login(credentials.subject, None),
            LogInChange::Pin(_) | LogInChange::End { .. } => {}
        }
    }

    pub(super) fn keep_end(&mut self, access: Access, at: Timestamp) {
        match access {
            Access::Clerk(id) => self.load_clerk(id, Some(at)),
            Access::Session(id) => self.load_session(id, at),
            Access::Appointment(_) | Access::Staff(_) | Access::Key(_) | Access::Identity(_) => {}
        }
    }

    /// Whether a clerk left, if they are on record.
    pub(super) fn clerk(&self, id: ClerkId) -> Option<Option<Timestamp>> {
        self.clerks.get(&id).copied()
    }

    /// When a session ends, if it is on record.
    pub(super) fn session(&self, id: SessionId) -> Option<Timestamp> {
        self.sessions.get(&id).copied()
    }
}

impl Needs {
    /// Whoever logs in, or is to.
    pub(super) fn add_subject(&mut self, program: ProgramId, role: Role, subject: Uuid) {
        match role {
            Role::Member => {
                self.owners.insert(Owner::Member(MemberId(subject)));
                self.personal.insert(MemberId(subject));
                return;
            }
            Role::Staff => drop(self.people.staff.insert(StaffId(subject))),
            Role::Merchant => drop(self.people.clerks.insert(ClerkId(subject))),
            Role::Auditor | Role::Admin => {}
        }
        self.owners.insert(Owner::Program(program));
    }
}

/// Stops unless this is somebody who may log in as that. The demo's clerks and auditors are on no record.
pub(super) fn must_be_somebody(
    state: &State,
    role: Role,
    subject: Uuid,
    way: Option<Way>,
) -> Result<(), Stop> {
    let is_demo = way == Some(Way::Demo);
    match role {
        Role::Member => {
            must_be_active(state, MemberId(subject))?;
            return must_not_be_erased(state, MemberId(subject));
        }
        Role::Staff => {
            state.require(Owner::Program(state.program))?;
            if state.people.has_staff(StaffId(subject)) {
                return must_be_there(state, StaffId(subject));
            }
        }
        Role::Merchant => {
            state.require(Owner::Program(state.program))?;
            match state.people.log_ins.clerk(ClerkId(subject)) {
                Some(None) => return Ok(()),
                Some(Some(ends_at)) => return Err(Rejection::AlreadyEnded { ends_at }.into()),
                None if is_demo => return Ok(()),
                None => {}
            }
        }
        Role::Auditor if is_demo => return Ok(()),
        Role::Auditor | Role::Admin => {}
    }
    Err(Rejection::UnknownReference.into())
}

/// Lets somebody in.
pub(super) fn open(state: &State, session: &Session) -> Result<Effects, Stop> {
    let Session {
        id: session_id,
        role,
        subject,
        way,
        ends_at,
        ..
    } = *session;
    must_be_somebody(state, role, subject, Some(way))?;
    let outcome = Outcome::SessionOpened {
        session: session_id,
        subject,
        role,
        way,
        ends_at,
    };
    Ok(Effects {
        log_in: Some(LogInChange::Open(Box::new(session.clone()))),
        ..Effects::answering(session_id.0, outcome)
    })
}

/// Asks a staff member or clerk to choose. The invitation before this one is worthless from now on.
pub(super) fn invite(state: &State, invitation: &Invitation) -> Result<Effects, Stop> {
    let Invitation {
        subject, ends_at, ..
    } = *invitation;
    match invitation.role {
        Role::Staff | Role::Merchant => {
            must_be_somebody(state, invitation.role, subject, None)?;
        }
        _ => return Err(Rejection::UnknownReference.into()),
    }
    Ok(Effects {
        log_in: Some(LogInChange::Invite(invitation.clone())),
        ..Effects::answering(subject, Outcome::Invited { subject, ends_at })
    })
}

/// Changes what somebody logs in with: by an invitation, which is spent, or by themselves.
pub(super) fn set(
    state: &State,
    credentials: &Credentials,
    context: &Context,
) -> Result<Effects, Stop> {
    state.require(Owner::Program(state.program))?;
    let subject = credentials.subject;
    let known = state.people.log_ins.invitations.get(&subject);
    let invitation = known.ok_or(Rejection::UnknownReference)?;
    let may = match &credentials.invited_by {
        Some(hash) => invitation
            .as_ref()
            .is_some_and(|(known, ends_at)| known == hash && state.now < *ends_at),
        None => context.actor.id.0 == subject,
    };
    if !may {
        return Err(Rejection::InvalidCode.into());
    }
    let change = LogInChange::Set {
        credentials: Box::new(credentials.clone()),
        at: state.now,
    };
    Ok(Effects {
        log_in: Some(change),
        ..Effects::answering(subject, Outcome::LoginSet { subject })
    })
}

/// Sets or takes away a clerk's PIN: by themselves, while they work there and have something to log in with.
pub(super) fn set_pin(state: &State, pin: &ClerkPin, context: &Context) -> Result<Effects, Stop> {
    let subject = pin.clerk.0;
    must_be_somebody(state, Role::Merchant, subject, None)?;
    if !state.people.log_ins.invitations.contains_key(&subject) {
        return Err(Rejection::UnknownReference.into());
    }
    if context.actor.id.0 != subject {
        return Err(Rejection::InvalidCode.into());
    }
    Ok(Effects {
        log_in: Some(LogInChange::Pin(pin.clone())),
        ..Effects::answering(subject, Outcome::LoginSet { subject })
    })
}
