//! What is not points: who and what a programme consists of.
//!
//! Records are registered by a [`Registration`], through the same write path as points. They hold names for pages and lists;
//! the journal, events and traces hold ids only.

mod access;
pub mod activity;
pub mod attachment;
pub mod budget;
mod code;
mod draft;
mod geojson;
pub mod hazard;
pub mod hours;
mod layer;
mod log_in;
pub mod merchant;
pub mod offer;
pub mod order;
mod origin;
mod outside;
pub mod patrol;
pub mod paying;
pub mod personal;
mod pin;
pub mod place;
pub mod pledge;
pub mod service;
mod standing;
pub mod team;
pub mod webhook;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ids::{
    ActorId, ApiKeyId, BudgetId, FunderId, MemberId, MerchantId, OrganizationId, ProgramId, SiteId,
    StaffId, StoreId,
};

pub use access::{
    Access, Appointment, ClerkRole, Grant, ORGANIZATION_KINDS, StaffRole, Verb, Verbs,
};
pub use code::{Code, Handle, PayCode};
pub use draft::{DraftState, PolicyDraft, PolicySource, SimulatedOver};
pub use geojson::{CORNER_LIMIT, GeoJsonError, GeoJsonErrors, GridDefaults, area_of, grids_of};
pub use layer::{Area, LAYER_LIMIT, LayerVersion, is_layer_name, map_at};
pub use log_in::{
    Clerk, Credentials, Invitation, LONGEST_WAIT, SealedTotp, Session, Way, guess_delay, handle_of,
    password_problem, step_of, totp_at,
};
pub use origin::{NewOrigin, Origin, Via};
pub use outside::{CodeFor, LoginCode, OutsideIdentity, Who};
pub use pin::{ClerkPin, pin_problem};
pub use standing::{Standing, changed_by, in_force, standing_of, standings};

/// What a caller may do. The subject says for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Community staff: submit, approve, reject and reverse awards.
    Staff,
    /// A store: authorise, capture, void and refund its own redemptions.
    Merchant,
    /// A rider: their own balance, statement and codes.
    Member,
    /// Reads everything, changes nothing.
    Auditor,
    /// The operator: everything, budgets and registrations included.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [
        Self::Staff,
        Self::Merchant,
        Self::Member,
        Self::Auditor,
        Self::Admin,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Merchant => "merchant",
            Self::Member => "member",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Whoever acts, as far as the state machine must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The person or store: the subject of the key, so that two keys of one person are one actor.
    pub id: ActorId,
    /// What they may do.
    pub role: Role,
    /// The member this person is, when they are one: nobody benefits from their own decision.
    pub member: Option<MemberId>,
    /// The store this caller speaks for.
    pub store: Option<StoreId>,
    /// The node on which they approve: two approvals of one node count as one. The whole programme is one; where there are none, two people
    /// are enough.
    #[serde(default)]
    pub node: Option<OrganizationId>,
}

impl Actor {
    /// Whether a store is theirs to act for; whoever speaks for none in particular does for each.
    pub fn speaks_for(&self, store: StoreId) -> bool {
        self.store.is_none_or(|own| own == store)
    }
}

/// A programme: one district's points, the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Its id.
    pub id: ProgramId,
    /// Short name in paths: `yuhong`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// IANA time zone its pages and days use.
    pub zone: String,
}

/// A node of the tree district → street → community → grid, or a committee or team beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// The node above; `None` at the root.
    pub parent: Option<OrganizationId>,
    /// One of [`ORGANIZATION_KINDS`].
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// A rider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Their id.
    pub id: MemberId,
    /// The organization that looks after them.
    pub organization: Option<OrganizationId>,
    /// The name pages greet them by.
    pub name: String,
}

/// A person with a role on an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// Their id.
    pub id: StaffId,
    /// Where they work.
    pub organization: Option<OrganizationId>,
    /// Their name.
    pub name: String,
    /// The member they also are, if any.
    pub member: Option<MemberId>,
}

/// A partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merchant {
    /// Its id.
    pub id: MerchantId,
    /// Its name.
    pub name: String,
}

/// Where a merchant redeems points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Its id.
    pub id: StoreId,
    /// Whose store it is.
    pub merchant: MerchantId,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
}

/// A station riders rest at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Who runs it.
    pub organization: Option<OrganizationId>,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
}

/// Points set aside for a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Its id.
    pub id: BudgetId,
    /// The name policies use: `grid-patrol`.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Who pays for what stores accept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funder {
    /// Its id.
    pub id: FunderId,
    /// Its name.
    pub name: String,
}

/// A key of the API. The secret itself is never stored, only its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// SHA-256 of the secret, in hexadecimal.
    pub secret_hash: String,
    /// What it may do.
    pub role: Role,
    /// The staff member, store or member it speaks for; `None` speaks for itself.
    pub subject: Option<Uuid>,
    /// What it is for, for the operator's list.
    pub name: String,
    /// Of what its role may do, this; `None` is all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verbs: Option<Verbs>,
    /// It reaches this node and all below it; `None` is the whole programme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<OrganizationId>,
    /// From this moment on it is worthless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// A version of a policy, in force from a moment on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// The policy's name.
    pub name: String,
    /// SHA-256 of the source, in hexadecimal.
    pub digest: String,
    /// The file as written.
    pub source: String,
    /// In force from this moment until a later version of the same name takes over; `None` in a registration means
    /// from the moment it is recorded.
    pub effective_from: Option<Timestamp>,
}

/// The code (报到码) with which riders ask an organization to be enrolled; another one takes its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinCode {
    /// Whose.
    pub organization: OrganizationId,
    /// As it stands in the page's path. It is posted on a wall, so it is no secret.
    pub code: String,
    /// From this moment on it is worthless.
    pub expires_at: Timestamp,
}

impl JoinCode {
    /// How long a code is good for if nothing is said, in days.
    pub const DAYS: i64 = 30;

    /// Ten letters and digits that are not mistaken for each other, good for so many days.
    pub fn new(organization: OrganizationId, drawn: [u8; 10], now: Timestamp, days: i64) -> Self {
        const LETTERS: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
        let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
        Self {
            organization,
            code: drawn.iter().map(letter).collect(),
            expires_at: now.plus_seconds(days.saturating_mul(86_400)),
        }
    }
}

/// Something to put on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// The programme itself; first of all.
    Program(Program),
    /// An organization.
    Organization(Organization),
    /// A rider, with a wallet.
    Member(Member),
    /// A staff member.
    Staff(Staff),
    /// A merchant.
    Merchant(Merchant),
    /// A store, with an account for what it accepts.
    Store(Store),
    /// A person who works at a store's counter.
    Clerk(Clerk),
    /// A station.
    Site(Site),
    /// A budget, with an account.
    Budget(Budget),
    /// A funder, with an account for what it puts in.
    Funder(Funder),
    /// A key of the API.
    ApiKey(ApiKey),
    /// A role of a staff member on a node.
    Appointment(Appointment),
    /// Somebody as a provider of identities knows them.
    Identity(OutsideIdentity),
    /// A policy version.
    Policy(PolicyVersion),
    /// A member's one-time code, beside those they have.
    Code(Code),
    /// The same in place of those they have: each of them that is not spent is worthless from now on.
    OnlyCode(Code),
    /// The number by which a member's codes begin.
    Handle(Handle),
    /// A version of a layer of the map.
    Layer(LayerVersion),
    /// An organization's code for joining.
    JoinCode(JoinCode),
}
