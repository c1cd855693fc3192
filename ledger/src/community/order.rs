//! Orders (群众点单、微心愿): what residents ask for, and members take on.
//!
//! What a resident wrote, with their address and phone, is a sealed text beside the order; an order itself says nothing about who asks.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Actor;
use crate::clock::Timestamp;
use crate::ids::{AttachmentId, OrderId, OrganizationId};
use crate::policy::Position;
use crate::policy::deed::{Fact, FactType, kind};

/// The kind of deed done for an order.
pub const DEED_KIND: &str = "request_fulfilled";
/// The most members that one order may want.
pub const PLACES_LIMIT: i64 = 100;
/// The most skills that an order may want, or a member may have.
pub const SKILLS_LIMIT: usize = 20;
/// For how long at most somebody who took an order on may keep it from others, in hours.
pub const LONGEST_CLAIM: i64 = 24 * 30;
/// How far ahead an order may be wanted by, in seconds: a quarter.
pub const LONGEST_WAIT: i64 = 92 * 86_400;
/// After how long what was done and is not confirmed is overdue, in seconds: 7 days.
pub const OVERDUE_SECONDS: i64 = 7 * 86_400;
/// How many orders a member may have taken on and not done.
pub const OPEN_CLAIMS: usize = 3;

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// A resident asks for it; nobody but staff sees it.
    Asked,
    /// Members may take it on.
    Posted,
    /// It was done, by one member at least, and that is confirmed.
    Confirmed,
    /// Staff took it back, or did not post it.
    Withdrawn,
    /// Nobody did it in time.
    Expired,
}

impl OrderState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Asked,
        Self::Posted,
        Self::Confirmed,
        Self::Withdrawn,
        Self::Expired,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Posted => "posted",
            Self::Confirmed => "confirmed",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether something may still come of it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Posted)
    }
}

/// What is wanted, as everybody may read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// One of the fact `category` of [`DEED_KIND`].
    pub category: String,
    /// Whom it serves: one of the fact `beneficiary`.
    pub beneficiary: String,
    /// What it is called. It names nobody and no address.
    pub title: String,
    /// The grid it is done in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid: Option<String>,
    /// What a member must be able to do: codes.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skills: BTreeSet<String>,
    /// How many members are wanted.
    pub places: i64,
    /// Until when it is wanted.
    pub by: Timestamp,
    /// For how long a member who takes it on keeps it from others, in hours.
    pub claim_hours: i64,
    /// Which policy is to price it, where several do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Who sees to it.
    pub organization: OrganizationId,
    /// What is wanted.
    pub wanted: Wanted,
    /// Where, for policies with a geofence. Forgotten once the order is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// What the resident wrote, with their address and phone: sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<AttachmentId>,
    /// Where it stands.
    pub state: OrderState,
    /// Whether a resident asked for it on the public page.
    pub public: bool,
    /// Who answers for it: staff who posted it, or let it in. What a resident confirms is awarded in their name.
    pub answerable: Actor,
    /// SHA-256 of the code with which the resident confirms that it was done, if they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_hash: Option<String>,
    /// How many members have taken it on and not done it yet.
    pub taken: i64,
    /// How many say that they did it and are not confirmed.
    pub reported: i64,
    /// For how many it is confirmed.
    pub confirmed: i64,
    /// Since when something about it waits for staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_since: Option<Timestamp>,
    /// When it is to be closed by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
}

/// What is wrong with an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum OrderProblem {
    /// A fact has a value it cannot have.
    #[error("{fact} is {expected}")]
    Fact {
        /// Which.
        fact: String,
        /// What it can be.
        expected: String,
    },
    /// No title, or too long a one.
    #[error("the title has 1 to 80 characters")]
    Title,
    /// Too few or too many members.
    #[error("1 to {limit} members may be wanted")]
    Places {
        /// The most.
        limit: i64,
    },
    /// Too many skills, or one that is no code.
    #[error("at most {limit} skills, each a code of at most 64 letters, digits and -_.:/")]
    Skills {
        /// The most.
        limit: u64,
    },
    /// It is past, or too far ahead.
    #[error("it is wanted by a moment to come, at most 92 days ahead")]
    By,
    /// A claim that lasts too short or too long.
    #[error("whoever takes it on keeps it for 1 to {limit} hours")]
    Claim {
        /// The most, in hours.
        limit: i64,
    },
}

/// Whether this is a code, as grids, teams and skills are called.
pub fn is_code(text: &str) -> bool {
    FactType::Code.check(&Fact::from(text)).is_ok()
}

/// Whether a deed of a kind may state this.
///
/// # Errors
/// Which fact it is, and what it can be.
pub fn check_fact(deed: &str, fact: &str, value: &Fact) -> Result<(), (String, String)> {
    let spec = kind(deed).and_then(|kind| kind.fact(fact));
    match spec {
        Some(spec) if spec.kind.check(value).is_err() => {
            Err((fact.to_owned(), spec.kind.describe()))
        }
        _ => Ok(()),
    }
}

/// Whether these are skills, and not too many.
///
/// # Errors
/// They are not.
pub fn check_skills(skills: &BTreeSet<String>) -> Result<(), OrderProblem> {
    let limit = SKILLS_LIMIT as u64;
    match skills.len() <= SKILLS_LIMIT && skills.iter().all(|skill| is_code(skill)) {
        true => Ok(()),
        false => Err(OrderProblem::Skills { limit }),
    }
}

impl Wanted {
    /// Whether it can be asked for so at a moment.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, now: Timestamp) -> Result<(), OrderProblem> {
        for (fact, value) in self.facts() {
            check_fact(DEED_KIND, fact, &value)
                .map_err(|(fact, expected)| OrderProblem::Fact { fact, expected })?;
        }
        if !(1..=80).contains(&self.title.chars().count()) {
            return Err(OrderProblem::Title);
        }
        let limit = PLACES_LIMIT;
        if !(1..=limit).contains(&self.places) {
            return Err(OrderProblem::Places { limit });
        }
        check_skills(&self.skills)?;
        if self.by <= now || self.by > now.plus_seconds(LONGEST_WAIT) {
            return Err(OrderProblem::By);
        }
        let limit = LONGEST_CLAIM;
        match (1..=limit).contains(&self.claim_hours) {
            true => Ok(()),
            false => Err(OrderProblem::Claim { limit }),
        }
    }

    /// What is known of each deed done for it.
    pub fn facts(&self) -> impl Iterator<Item = (&'static str, Fact)> {
        let grid = self.grid.as_deref();
        let stated = [
            ("category", Some(self.category.as_str())),
            ("beneficiary", Some(self.beneficiary.as_str())),
            ("grid", grid),
        ];
        let stated = stated.map(|(fact, value)| Some((fact, Fact::from(value?))));
        stated.into_iter().flatten()
    }
}

impl Order {
    /// Until when somebody who takes it on now keeps it from others.
    pub fn lapses_at(&self, now: Timestamp) -> Timestamp {
        now.plus_seconds(self.wanted.claim_hours * 3_600)
            .min(self.wanted.by)
    }

    /// How many more may take it on.
    pub const fn room(&self) -> i64 {
        self.wanted.places - self.taken - self.reported - self.confirmed
    }

    /// Whether what was done waits too long to be confirmed.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        let since = self.waits_since.filter(|_| self.reported > 0);
        since.is_some_and(|since| now.seconds_since(since) > OVERDUE_SECONDS)
    }
}
