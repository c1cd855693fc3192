//! Which hazards are shown.

use super::Due;
use crate::clock::Timestamp;
use crate::community::hazard::{HazardCategory, HazardState};
use crate::ids::OrganizationId;
use crate::policy::Position;

/// A page of hazards, the newest first.
#[derive(Clone, Copy, Debug)]
pub struct HazardFilter {
    /// Before this place among them, by when they were received.
    pub before: Due,
    /// How many at most.
    pub limit: i64,
    /// A node's, or of one below it; of nobody in particular, too, if not said.
    pub within: Option<OrganizationId>,
    /// How far they got.
    pub state: Option<HazardState>,
    /// What they are.
    pub category: Option<HazardCategory>,
    /// Those whose next step was due by this moment.
    pub due_by: Option<Timestamp>,
    /// Those received from this moment on.
    pub since: Option<Timestamp>,
    /// Those between the place in the south west and that in the north east.
    pub bounds: Option<(Position, Position)>,
}

impl HazardFilter {
    /// The newest of all, so many.
    pub const fn newest(limit: i64) -> Self {
        Self {
            before: Due {
                since: Timestamp::from_micros(i64::MAX),
                id: uuid::Uuid::max(),
            },
            limit,
            within: None,
            state: None,
            category: None,
            due_by: None,
            since: None,
            bounds: None,
        }
    }
}
