//! Who may do what, to whom: roles of staff on nodes of the tree, and what keys may do.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::{
    ApiKeyId, AppointmentId, ClerkId, IdentityId, OrganizationId, SessionId, StaffId,
};

use super::Role;

/// What can be done. A route asks for verbs, a role gives some.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Submit awards, and take back one's own.
    Award,
    /// Approve, reject, review and reverse awards.
    Approve,
    /// Enrol members, and make codes for those without a phone.
    Enrol,
    /// Put points into budgets and take them out.
    Budgets,
    /// Merchants, stores, funders and settlement.
    Merchants,
    /// Policies and the map.
    Policies,
    /// Organizations, staff, appointments, keys; merging members; closing the programme.
    People,
    /// Read everything, change nothing.
    Read,
    /// Redeem points at a store: charge, undo the same day.
    Redeem,
    /// A store's own affairs: refunds later and in part, who works there, who is told of its events.
    Manage,
    /// What a store took and is owed: read alone.
    Takings,
    /// Be a member: see oneself, make codes.
    Member,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 12] = [
        Self::Award,
        Self::Approve,
        Self::Enrol,
        Self::Budgets,
        Self::Merchants,
        Self::Policies,
        Self::People,
        Self::Read,
        Self::Redeem,
        Self::Manage,
        Self::Takings,
        Self::Member,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Award => "award",
            Self::Approve => "approve",
            Self::Enrol => "enrol",
            Self::Budgets => "budgets",
            Self::Merchants => "merchants",
            Self::Policies => "policies",
            Self::People => "people",
            Self::Read => "read",
            Self::Redeem => "redeem",
            Self::Manage => "manage",
            Self::Takings => "takings",
            Self::Member => "member",
        }
    }
}

/// A set of verbs. As text: their names with spaces between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Verbs(u16);

impl Verbs {
    /// These.
    pub const fn of(verbs: &[Verb]) -> Self {
        let (mut set, mut index) = (0, 0);
        while index < verbs.len() {
            set |= 1 << verbs[index] as u16;
            index += 1;
        }
        Self(set)
    }
    /// Those in both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// Whether all of them are in the other.
    pub const fn are_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
    /// Each, in order.
    pub fn each(self) -> impl Iterator<Item = Verb> {
        let all = Verb::ALL.into_iter();
        all.filter(move |verb| self.0 & (1 << *verb as u16) != 0)
    }
    /// Reads names with spaces or commas between.
    ///
    /// # Errors
    /// The first name that is of no verb.
    pub fn parse(text: &str) -> Result<Self, String> {
        let names = text.split([' ', ',']).filter(|name| !name.is_empty());
        names.into_iter().try_fold(Self::default(), |set, name| {
            let verb = Verb::ALL.into_iter().find(|verb| verb.name() == name);
            let verb = verb.ok_or_else(|| name.to_owned())?;
            Ok(Self(set.0 | Self::of(&[verb]).0))
        })
    }
}

impl fmt::Display for Verbs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.each().map(Verb::name).collect();
        f.write_str(&names.join(" "))
    }
}

impl Serialize for Verbs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Verbs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|name| serde::de::Error::custom(format!("no verb {name:?}")))
    }
}

impl Role {
    /// What a key of this role may do at most. What staff may do is narrowed by their appointments.
    pub const fn verbs(self) -> Verbs {
        use Verb::{
            Approve, Award, Budgets, Enrol, Manage, Member, Merchants, People, Policies, Read,
            Redeem, Takings,
        };
        Verbs::of(match self {
            Self::Staff => &[
                Award, Approve, Enrol, Budgets, Merchants, Policies, People, Read,
            ],
            Self::Merchant => &[Redeem, Manage, Takings],
            Self::Member => &[Member],
            Self::Auditor => &[Read],
            Self::Admin => &[
                Award, Approve, Enrol, Budgets, Merchants, Policies, People, Read, Redeem, Manage,
                Takings,
            ],
        })
    }

    /// What staff may do where nobody was ever appointed to anything: a desk's work, as far as their key goes.
    pub const DESK: Verbs = Verbs::of(&[Verb::Award, Verb::Approve, Verb::Enrol]);
}

macro_rules! staff_roles {
    ($($(#[$doc:meta])* $name:ident $text:literal: $($verb:ident)+;)+) => {
        /// What a staff member is on a node and on all below it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum StaffRole {
            $($(#[$doc])* $name,)+
        }

        impl StaffRole {
            /// Every role.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What it lets somebody do.
            pub const fn verbs(self) -> Verbs {
                match self { $(Self::$name => Verbs::of(&[$(Verb::$verb),+]),)+ }
            }

            /// The role of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|role| role.name() == name)
            }
        }
    };
}

staff_roles! {
    /// Submits awards and enrols members.
    Awarder "awarder": Award Enrol;
    /// Approves, rejects, reviews and reverses awards.
    Approver "approver": Approve;
    /// Puts points into budgets and takes them out.
    BudgetManager "budget_manager": Budgets;
    /// Merchants, stores and settlement.
    MerchantManager "merchant_manager": Merchants;
    /// Reads all, changes nothing.
    Auditor "auditor": Read;
    /// Organizations, staff, appointments, keys, policies and members.
    Administrator "administrator": People Policies Enrol;
}

/// What a clerk is at their store, or at all of its merchant's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClerkRole {
    /// Charges, and undoes what was charged that day.
    Clerk,
    /// Does that, refunds later and in part, and sees to the store's staff, statements and webhooks.
    Manager,
    /// Reads what the store took and is owed, and charges nobody.
    Finance,
}

impl ClerkRole {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Clerk, Self::Manager, Self::Finance];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Manager => "manager",
            Self::Finance => "finance",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What it lets somebody do.
    pub const fn verbs(self) -> Verbs {
        match self {
            Self::Clerk => Verbs::of(&[Verb::Redeem]),
            Self::Manager => Role::Merchant.verbs(),
            Self::Finance => Verbs::of(&[Verb::Takings]),
        }
    }
}

/// A staff member holds a role, from when it is recorded until it is ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// Its id.
    pub id: AppointmentId,
    /// Who.
    pub staff: StaffId,
    /// As what.
    pub role: StaffRole,
    /// Where, and on all below; `None` is the whole programme.
    pub organization: Option<OrganizationId>,
}

/// What somebody's access rests on and can be ended. What they did stays on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// One role on one node.
    Appointment(AppointmentId),
    /// All of a staff member's: they leave.
    Staff(StaffId),
    /// One key.
    Key(ApiKeyId),
    /// All of a clerk's: they leave.
    Clerk(ClerkId),
    /// One session.
    Session(SessionId),
    /// A way to log in through a provider of identities.
    Identity(IdentityId),
}

/// What a caller may do, and where: on what lies below every one of these nodes, or is one of them. None is the whole programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What.
    pub verbs: Verbs,
    /// Where.
    pub within: Vec<OrganizationId>,
}

impl Grant {
    /// Whether something is reached whose node, and the nodes above that, are these.
    pub fn reaches(&self, path: &[OrganizationId]) -> bool {
        self.within.iter().all(|node| path.contains(node))
    }
}

/// The levels of the tree, and the groups beside it.
pub const ORGANIZATION_KINDS: [&str; 6] = [
    "district",
    "street",
    "community",
    "grid",
    "committee",
    "team",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_read_back_as_written() {
        for verb in Verb::ALL {
            let set = Verbs::of(&[verb, Verb::Read]);
            assert_eq!(Verbs::parse(&set.to_string()), Ok(set));
        }
        assert_eq!(
            Verbs::parse("award,approve").unwrap().to_string(),
            "award approve"
        );
        assert_eq!(Verbs::parse("award fly"), Err("fly".to_owned()));
    }

    #[test]
    fn an_auditor_changes_nothing_and_nobody_gives_what_their_key_has_not() {
        assert_eq!(Role::Auditor.verbs(), Verbs::of(&[Verb::Read]));
        assert_eq!(StaffRole::Auditor.verbs(), Verbs::of(&[Verb::Read]));
        for role in StaffRole::ALL {
            assert!(role.verbs().are_within(Role::Staff.verbs()));
            assert_eq!(StaffRole::from_name(role.name()), Some(*role));
        }
    }

    #[test]
    fn a_grant_reaches_down_and_only_down() {
        let [district, community, grid] =
            [1, 2, 3].map(|n| OrganizationId(uuid::Uuid::from_u128(n)));
        let grant = |within: &[OrganizationId]| Grant {
            verbs: Role::DESK,
            within: within.to_vec(),
        };
        assert!(grant(&[]).reaches(&[]));
        assert!(grant(&[community]).reaches(&[grid, community, district]));
        assert!(!grant(&[grid]).reaches(&[community, district]));
        assert!(!grant(&[community]).reaches(&[]));
        assert!(!grant(&[community, grid]).reaches(&[community, district]));
    }
}
