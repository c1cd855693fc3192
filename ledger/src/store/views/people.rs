//! Who may do what, as it is asked for.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::community::{Grant, Role, StaffRole, Verb, Verbs};
use crate::ids::{
    ActorId, ApiKeyId, AppointmentId, MemberId, OrganizationId, ProgramId, SessionId, StaffId,
    StoreId,
};

/// Who an API key or a session speaks for, and what it lets them do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHolder {
    /// The key, or the session that stands in for one.
    pub key: Uuid,
    /// The session, if it is one.
    pub session: Option<SessionId>,
    /// What it may do at most.
    pub role: Role,
    /// The staff member, store or member it speaks for; of a session, the clerk in place of the store.
    pub subject: Option<Uuid>,
    /// The store it speaks for.
    pub store: Option<StoreId>,
    /// All stores of the merchant for which a clerk works; empty for who works for one store.
    pub stores: Vec<StoreId>,
    /// The member the staff member also is.
    pub staff_member: Option<MemberId>,
    /// Of what the role may do, this; `None` is all.
    pub verbs: Option<Verbs>,
    /// The node it reaches; `None` is the whole programme.
    pub node: Option<OrganizationId>,
    /// From this moment on it is worthless: it expires, was ended, or its holder left.
    pub ends_at: Option<Timestamp>,
    /// Where the staff member works.
    pub home: Option<OrganizationId>,
    /// To what the staff member was ever appointed, in a programme that ever appointed anybody; `None` in one that did not.
    pub appointed: Option<Vec<Appointed>>,
}

impl KeyHolder {
    /// Whether it still lets anybody in.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|ends_at| now < ends_at)
    }

    /// What its holder may do, and where: what the key says, for staff within what their appointments in force say. In a programme
    /// where nobody was ever appointed to anything, staff do a desk's work.
    pub fn grants(&self) -> Vec<Grant> {
        let role = self.role.verbs();
        let verbs = self.verbs.map_or(role, |verbs| verbs.and(role));
        let grant = |verbs: Verbs, node: Option<OrganizationId>| Grant {
            verbs,
            within: self.node.into_iter().chain(node).collect(),
        };
        match (&self.appointed, self.role) {
            (None, Role::Staff) => vec![grant(verbs.and(Role::DESK), None)],
            (None, _) => vec![grant(verbs, None)],
            (Some(appointed), _) => {
                let in_force = appointed.iter().filter(|of| of.ended_at.is_none());
                in_force
                    .map(|of| grant(verbs.and(of.role.verbs()), of.organization))
                    .filter(|grant| !grant.verbs.is_empty())
                    .collect()
            }
        }
    }

    /// The node on which they approve: where they were appointed to, else where they work. Who works nowhere and was appointed to the whole
    /// programme approves on that: it is one node, too. `None` where nobody was ever appointed, so that nothing is told apart by nodes.
    pub fn approves_on(&self, program: ProgramId) -> Option<OrganizationId> {
        let approve = Verbs::of(&[Verb::Approve]);
        let grants = self.grants().into_iter();
        let mut approving = grants.filter(|grant| approve.are_within(grant.verbs));
        let node = approving.find_map(|grant| grant.within.last().copied());
        let whole = self
            .appointed
            .is_some()
            .then_some(OrganizationId(program.0));
        node.or(self.home).or(whole)
    }
}

/// A role that somebody has, or had, on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appointed {
    /// As what.
    pub role: StaffRole,
    /// Where; `None` is the whole programme.
    pub organization: Option<OrganizationId>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// An appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppointmentView {
    /// Its id.
    pub id: AppointmentId,
    /// Who.
    pub staff: StaffId,
    /// As what.
    pub role: StaffRole,
    /// Where; `None` is the whole programme.
    pub organization: Option<OrganizationId>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Who ended it.
    pub ended_by: Option<ActorId>,
}

/// An API key, for the administrator's list. Its secret is told once, when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyView {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// What it may do at most.
    pub role: Role,
    /// Whom it speaks for.
    pub subject: Option<Uuid>,
    /// Of what the role may do, this; `None` is all.
    pub verbs: Option<Verbs>,
    /// The node it reaches; `None` is the whole programme.
    pub node: Option<OrganizationId>,
    /// When it runs out by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was, or will be, ended.
    pub ended_at: Option<Timestamp>,
    /// When it was last used, to a minute.
    pub last_used_at: Option<Timestamp>,
}
