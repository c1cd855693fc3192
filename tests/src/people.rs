//! Who else is in a story: communities, who works there, what they may do, and what each of them asks a server with.

use ledger::community::hazard::HazardCategory;
use ledger::community::{Actor, Appointment, Organization, Registration, Role, Staff, StaffRole};
use ledger::ids::{
    ActorId, AppointmentId, HazardId, MemberId, OrganizationId, StaffId, random_bytes,
};
use ledger::machine::hazards::Report;
use uuid::Uuid;

use crate::story::Story;

/// A member who acts for themselves.
pub fn rider(member: MemberId) -> Actor {
    Actor {
        id: ActorId(member.0),
        role: Role::Member,
        member: Some(member),
        store: None,
        node: None,
    }
}

impl Story {
    /// A node of the tree, below another or a root.
    pub async fn organization(&self, kind: &str, parent: Option<OrganizationId>) -> OrganizationId {
        let node = Organization {
            id: OrganizationId(Uuid::from_bytes(random_bytes())),
            parent,
            kind: kind.to_owned(),
            name: kind.to_owned(),
        };
        let id = node.id;
        self.register(Registration::Organization(node)).await;
        id
    }

    /// A community by itself.
    pub async fn community(&self) -> OrganizationId {
        self.organization("community", None).await
    }

    /// Somebody who works at a node, or at none.
    pub async fn person(&self, organization: impl Into<Option<OrganizationId>>) -> StaffId {
        let person = Staff {
            id: StaffId(Uuid::from_bytes(random_bytes())),
            organization: organization.into(),
            name: "值班".to_owned(),
            member: None,
        };
        let id = person.id;
        self.register(Registration::Staff(person)).await;
        id
    }

    /// The key of somebody who works at a node, or at none.
    pub async fn staff_token(&self, organization: impl Into<Option<OrganizationId>>) -> String {
        let person = self.person(organization).await;
        self.token(Role::Staff, Some(person.0)).await
    }

    /// A key of each member.
    pub async fn member_tokens(&self) -> Vec<String> {
        let mut tokens = Vec::new();
        for member in &self.members {
            tokens.push(self.token(Role::Member, Some(member.0)).await);
        }
        tokens
    }

    /// A report of a hole in the road, made now, without saying where; a resident's without a member.
    pub fn report(&self, member: Option<MemberId>) -> Report {
        Report {
            hazard: HazardId(Uuid::from_bytes(random_bytes())),
            member,
            node: None,
            category: HazardCategory::Road,
            position: None,
            grid: None,
            team: None,
            seen_at: self.clock.now(),
            photos: Vec::new(),
            text: None,
        }
    }

    /// Gives somebody a role on a node, or on the whole programme.
    pub async fn appoint(
        &self,
        staff: StaffId,
        role: StaffRole,
        node: impl Into<Option<OrganizationId>>,
    ) -> AppointmentId {
        let appointment = Appointment {
            id: AppointmentId(Uuid::from_bytes(random_bytes())),
            staff,
            role,
            organization: node.into(),
        };
        let id = appointment.id;
        self.register(Registration::Appointment(appointment)).await;
        id
    }
}
