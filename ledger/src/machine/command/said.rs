//! What was asked for, apart from what was worked out for it.

use uuid::Uuid;

use super::Command;
use crate::ids::derived;

impl Command {
    /// What makes two requests under one key the same: everything the caller said, nothing that was worked out for them
    /// (ids, the price).
    pub fn fingerprint(&self) -> Uuid {
        match self {
            Self::SubmitAward(submission) => submission.fingerprint(),
            Self::Settlement(command) => command.fingerprint(),
            Self::Activity(command) => command.fingerprint(),
            Self::Hazard(command) => command.fingerprint(),
            Self::Patrol(command) => command.fingerprint(),
            Self::Order(command) => command.fingerprint(),
            Self::Group(members) => group_fingerprint(members.iter().map(|(_, c)| c.fingerprint())),
            other => {
                let body = serde_json::to_vec(other).unwrap_or_default();
                derived(&[other.operation().as_bytes(), &body])
            }
        }
    }
}

/// What makes two groups under one key the same: their members' fingerprints, in order.
pub fn group_fingerprint(members: impl Iterator<Item = Uuid>) -> Uuid {
    let prints: Vec<Uuid> = members.collect();
    let parts: Vec<&[u8]> = prints.iter().map(|p| p.as_bytes().as_slice()).collect();
    derived(&parts)
}
