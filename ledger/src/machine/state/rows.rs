//! Rows as decisions know them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::points::Points;

/// What a cap counts on: the cap, whose, and in which window.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CounterKey {
    /// `policy/cap`.
    pub cap: String,
    /// The member or budget.
    pub subject: Uuid,
    /// When the window began.
    pub window_start: Timestamp,
}

/// An account as last posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Credits − debits.
    pub points: Points,
    /// The version of its newest entry; 0 before the first.
    pub version: i64,
    /// When that was recorded; 1970 before the first.
    pub newest_at: Timestamp,
}

impl Default for Balance {
    fn default() -> Self {
        Self {
            points: Points::ZERO,
            version: 0,
            newest_at: Timestamp::from_micros(0),
        }
    }
}

/// A version of a policy, or of a layer of the map, known to the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// The policy's or layer's name.
    pub name: String,
    /// Its digest.
    pub digest: String,
    /// From when.
    pub from: Timestamp,
}
