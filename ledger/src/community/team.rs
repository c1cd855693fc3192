//! Teams (志愿服务队): members who do deeds together. A deed names its team as the fact `team`.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{MemberId, OrganizationId};

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
