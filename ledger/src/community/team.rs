//! Teams (志愿服务队): members who do deeds together. A deed names its team as the fact `team`.

use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{MemberId, OrganizationId};
use crate::policy::Deed;

/// What teams are for.
pub const TEAM_KINDS: [&str; 5] = ["volunteer", "safety", "civility", "publicity", "other"];

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// As deeds name it in the fact `team`.
    pub code: String,
    /// Who sees to it.
    pub organization: OrganizationId,
    /// One of [`TEAM_KINDS`].
    pub kind: String,
    /// What it is called.
    pub name: String,
}

/// Somebody's time in a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Belonging {
    /// Whose.
    pub member: MemberId,
    /// From when.
    pub from: Timestamp,
    /// Until when; `None` while they belong to it.
    pub until: Option<Timestamp>,
}

/// What a deed that names a team counts for it, once it is awarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamDeed {
    /// Which team.
    pub code: String,
    /// When it was done.
    pub occurred_at: Timestamp,
    /// What several who did it together have in common.
    pub reference: String,
    /// How long it took; 0 where that is not told.
    pub minutes: i64,
    /// For how many people; 0 where that is not told.
    pub people: i64,
}

impl TeamDeed {
    /// `None` for a deed that names no team.
    pub fn of(deed: &Deed) -> Option<Self> {
        let number = |fact: &str| {
            let number = deed.facts.get(fact).and_then(|fact| fact.number());
            number.and_then(|number| number.to_i64())
        };
        Some(Self {
            code: deed.facts.get("team")?.text()?.to_owned(),
            occurred_at: deed.occurred_at,
            reference: deed.reference.clone(),
            minutes: number("minutes").unwrap_or_default(),
            people: number("people_served").unwrap_or_default(),
        })
    }
}
