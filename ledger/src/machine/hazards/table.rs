//! Which step may be taken from where.

use HazardState as S;

use crate::community::hazard::{HazardState, StepKind};

/// From where each step may be taken. Reporting comes from nowhere.
const TABLE: &[(StepKind, &[HazardState])] = &[
    (StepKind::Triage, &[S::Received, S::Triaged]),
    (StepKind::Verify, &[S::Triaged]),
    (StepKind::Invalid, &[S::Received, S::Triaged]),
    (StepKind::Duplicate, &[S::Received, S::Triaged]),
    (StepKind::Assign, &[S::Verified, S::Assigned]),
    (StepKind::Fix, &[S::Verified, S::Assigned]),
    (StepKind::Confirm, &[S::Fixed]),
    (
        StepKind::Reopen,
        &[
            S::Verified,
            S::Assigned,
            S::Invalid,
            S::Duplicate,
            S::Fixed,
            S::Confirmed,
        ],
    ),
];

/// Which steps may be taken from a state.
pub fn steps_from(state: HazardState) -> impl Iterator<Item = StepKind> {
    let steps = TABLE.iter().filter(move |(_, from)| from.contains(&state));
    steps.map(|(step, _)| *step)
}
