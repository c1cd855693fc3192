//! A policy on its way into force: imported, tested, simulated, approved by another.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{ActorId, DraftId};

/// How far a draft has come. Once approved it is a version with a date; whether that is in force, to come or superseded follows from
/// the dates of the versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftState {
    /// It can be read, but its own cases come out otherwise than it says.
    Draft,
    /// Its own cases pass.
    Tested,
    /// A past period was replayed under it.
    Simulated,
    /// Somebody other than who imported it put a date on it.
    Approved,
}

impl DraftState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Tested, Self::Simulated, Self::Approved];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Tested => "tested",
            Self::Simulated => "simulated",
            Self::Approved => "approved",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl fmt::Display for DraftState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A policy that somebody wants in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDraft {
    /// Its id.
    pub id: DraftId,
    /// The policy's name.
    pub name: String,
    /// SHA-256 of the source, in hexadecimal.
    pub digest: String,
    /// The file as written.
    pub source: String,
    /// How far it has come.
    pub state: DraftState,
    /// Who imported it.
    pub imported_by: ActorId,
    /// When.
    pub imported_at: Timestamp,
    /// The period it was simulated over, and when.
    pub simulated: Option<SimulatedOver>,
    /// Who approved it.
    pub approved_by: Option<ActorId>,
    /// When.
    pub approved_at: Option<Timestamp>,
    /// From when it is in force.
    pub effective_from: Option<Timestamp>,
}

/// The period that was replayed under a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulatedOver {
    /// When.
    pub at: Timestamp,
    /// The first moment of the period.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

/// A policy file to be imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicySource {
    /// The policy's name.
    pub name: String,
    /// The file as written.
    pub source: String,
}
