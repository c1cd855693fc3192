//! Cells of the map, and where those on a shift were, while a batch is decided.

use std::collections::{BTreeSet, HashMap};

use super::effects::Rows;
use crate::community::patrol::{Grid, Waypoint};
use crate::ids::DeedId;

/// What is known of them.
#[derive(Clone, Debug, Default)]
pub struct Patrols {
    grids: HashMap<String, Grid>,
    waypoints: HashMap<DeedId, Vec<Waypoint>>,
    /// Cells put on the map or changed.
    pub grid_rows: Rows<String>,
    /// Where somebody was, of shifts that go on.
    pub sent: Vec<(DeedId, Waypoint)>,
    /// Shifts that have ended: where somebody was is forgotten.
    pub dropped: BTreeSet<DeedId>,
}

/// What a command does to them.
#[derive(Clone, Debug, Default)]
pub struct PatrolChange {
    /// Cells put on the map or changed. Whole new images.
    pub grids: Vec<Grid>,
    /// Where somebody was.
    pub sent: Option<(DeedId, Waypoint)>,
    /// A shift that has ended.
    pub dropped: Option<DeedId>,
}

impl PatrolChange {
    /// Nothing.
    pub const NONE: Self = Self {
        grids: Vec::new(),
        sent: None,
        dropped: None,
    };
}

impl Patrols {
    /// A cell's row.
    pub fn load_grid(&mut self, grid: Grid) {
        self.grid_rows.stored(grid.code.clone());
        self.grids.insert(grid.code.clone(), grid);
    }

    /// Where somebody was on a shift.
    pub fn load_waypoint(&mut self, deed: DeedId, waypoint: Waypoint) {
        self.waypoints.entry(deed).or_default().push(waypoint);
    }

    /// A cell.
    pub fn grid(&self, code: &str) -> Option<&Grid> {
        self.grids.get(code)
    }

    /// Where somebody was on a shift that goes on, in any order.
    pub fn waypoints(&self, deed: DeedId) -> &[Waypoint] {
        self.waypoints.get(&deed).map_or(&[], Vec::as_slice)
    }

    pub(super) fn keep(&mut self, change: PatrolChange) {
        for grid in change.grids {
            self.grid_rows.touch(grid.code.clone());
            self.grids.insert(grid.code.clone(), grid);
        }
        if let Some((deed, waypoint)) = change.sent {
            self.load_waypoint(deed, waypoint);
            self.sent.push((deed, waypoint));
        }
        if let Some(deed) = change.dropped {
            self.waypoints.remove(&deed);
            self.sent.retain(|(of, _)| *of != deed);
            self.dropped.insert(deed);
        }
    }
}
