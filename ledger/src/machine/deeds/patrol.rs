//! Patrols: cells of the map put on record, and shifts in them begun, gone on with and ended.
//!
//! Where somebody was is needed to tell a patrol from standing still. It is kept while the shift goes on and deleted with its end; what stays is
//! how many places there were, and how much time counts.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::shift::{Begin, Walk};
use super::{DeedChange, DeedRejection};
use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::patrol::{GRIDS_AT_ONCE, Grid, GridProblem, NewGrid, PATROL_SHIFT};
use crate::ids::{DeedId, MemberId, ProgramId, derived};
use crate::machine::award::deed_id_of;
use crate::machine::needs::{Links, Needs};
use crate::machine::patrols::PatrolChange;
use crate::machine::{Context, Effects, Outcome, State, Stop};
use crate::policy::Position;

/// A command about a patrol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatrolCommand {
    /// Put cells on the map, or change those that are on it under the same code.
    Import {
        /// The cells.
        grids: Vec<NewGrid>,
    },
    /// Nobody begins a shift in a cell any more, until it is imported again.
    Retire {
        /// Which.
        grid: String,
    },
    /// Begin a shift.
    Start(ShiftStart),
    /// Be somewhere.
    Waypoint {
        /// On which shift.
        deed: DeedId,
        /// When, by the device; it may arrive late.
        at: Timestamp,
        /// Where. Kept until the shift has ended.
        position: Position,
    },
    /// End a shift.
    End {
        /// Which.
        deed: DeedId,
        /// When, by the device.
        at: Timestamp,
        /// Where, if that is known: one more place. Looked at and not kept.
        position: Option<Position>,
    },
    /// Nothing comes of a shift.
    Void {
        /// Which.
        deed: DeedId,
    },
}

/// The beginning of a shift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShiftStart {
    /// Whose.
    pub member: MemberId,
    /// What their device calls the shift, so that what follows can be kept offline.
    pub shift: Uuid,
    /// In which cell.
    pub grid: String,
    /// When, by the device.
    pub at: Timestamp,
    /// Where: the first place.
    pub position: Position,
}

/// The deed that comes of a member's shift.
pub fn shift_deed(member: MemberId, shift: Uuid) -> DeedId {
    deed_id_of(member, PATROL_SHIFT, &shift.to_string())
}

impl PatrolCommand {
    /// The operation's stable name.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Import { .. } => "patrol.import",
            Self::Retire { .. } => "patrol.retire",
            Self::Start(_) => "patrol.start",
            Self::Waypoint { .. } => "patrol.waypoint",
            Self::End { .. } => "patrol.end",
            Self::Void { .. } => "patrol.void",
        }
    }

    /// The shift that it is about, if that is on record already.
    pub const fn deed(&self) -> Option<DeedId> {
        match self {
            Self::Waypoint { deed, .. } | Self::End { deed, .. } | Self::Void { deed } => {
                Some(*deed)
            }
            Self::Import { .. } | Self::Retire { .. } | Self::Start(_) => None,
        }
    }

    /// What makes two under one key the same. Places are left out, and so is the cell that was found by one: there are few enough to try each.
    /// The moment is, too, which may be that of asking.
    pub fn fingerprint(&self) -> Uuid {
        let body = match self {
            Self::Start(start) => serde_json::to_vec(&(start.member, start.shift)),
            Self::Waypoint { deed, .. } | Self::End { deed, .. } => serde_json::to_vec(deed),
            other => serde_json::to_vec(other),
        };
        derived(&[self.operation().as_bytes(), &body.unwrap_or_default()])
    }
}

/// Decides a command about a patrol.
pub(in crate::machine) fn decide(
    state: &State,
    command: &PatrolCommand,
    context: &Context,
) -> Result<Effects, Stop> {
    match command {
        PatrolCommand::Import { grids } => import(state, grids, context),
        PatrolCommand::Retire { grid } => retire(state, grid, context),
        PatrolCommand::Start(start) => Begin::of(state, start)?.effects(),
        PatrolCommand::Waypoint { deed, at, position } => {
            Walk::of(state, *deed)?.waypoint(*at, *position)
        }
        PatrolCommand::End { deed, at, position } => {
            Walk::of(state, *deed)?.end(*at, *position, &context.actor)
        }
        PatrolCommand::Void { deed } => Walk::of(state, *deed)?.void(),
    }
}

/// Whoever imports them awards those who patrol them.
fn import(state: &State, grids: &[NewGrid], context: &Context) -> Result<Effects, Stop> {
    let bad = |problem| DeedRejection::BadGrid { problem };
    if grids.is_empty() || grids.len() > GRIDS_AT_ONCE {
        let limit = GRIDS_AT_ONCE as u64;
        return Err(bad(GridProblem::Number { limit }).into());
    }
    let mut codes: Vec<&str> = grids.iter().map(|grid| grid.code.as_str()).collect();
    codes.sort_unstable();
    if let Some(twice) = codes.windows(2).find(|pair| pair[0] == pair[1]) {
        let grid = twice[0].to_owned();
        return Err(bad(GridProblem::Twice { grid }).into());
    }
    let mut images = Vec::with_capacity(grids.len());
    for grid in grids {
        grid.check().map_err(bad)?;
        let known = state.patrols.grid(&grid.code);
        images.push(Grid {
            code: grid.code.clone(),
            name: grid.name.trim().to_owned(),
            organization: grid
                .organization
                .or_else(|| known.and_then(|known| known.organization)),
            area: grid.area.clone(),
            rule: grid
                .rule
                .clone()
                .unwrap_or_else(|| known.map_or_else(Default::default, |known| known.rule.clone())),
            keeper: context.actor,
            retired_at: None,
        });
    }
    Ok(on_the_map(images, context))
}

fn retire(state: &State, code: &str, context: &Context) -> Result<Effects, Stop> {
    let known = state.patrols.grid(code);
    let known = known.ok_or_else(|| DeedRejection::unknown_grid(code))?;
    if known.retired_at.is_some() {
        let grid = code.to_owned();
        return Err(DeedRejection::GridRetired { grid }.into());
    }
    let grid = Grid {
        retired_at: Some(state.now),
        ..known.clone()
    };
    Ok(on_the_map(vec![grid], context))
}

fn on_the_map(grids: Vec<Grid>, context: &Context) -> Effects {
    let subject = context.id.0;
    Effects {
        patrols: PatrolChange {
            grids,
            ..PatrolChange::default()
        },
        deeds: DeedChange::NONE,
        ..Effects::answering(subject, Outcome::Registered { subject })
    }
}

impl Needs {
    /// What a command about a patrol needs.
    pub(in crate::machine) fn add_patrol(
        &mut self,
        program: ProgramId,
        command: &PatrolCommand,
        links: &Links,
    ) {
        self.closing = true;
        match command {
            PatrolCommand::Import { grids } => {
                self.owners.insert(Owner::Program(program));
                self.grids
                    .extend(grids.iter().map(|grid| grid.code.clone()));
            }
            PatrolCommand::Retire { grid } => {
                self.owners.insert(Owner::Program(program));
                self.grids.insert(grid.clone());
            }
            PatrolCommand::Start(start) => {
                self.owners.insert(Owner::Member(start.member));
                self.records.insert(shift_deed(start.member, start.shift));
                self.patrolling.insert(start.member);
                self.grids.insert(start.grid.clone());
            }
            PatrolCommand::Waypoint { deed, .. }
            | PatrolCommand::End { deed, .. }
            | PatrolCommand::Void { deed } => {
                if let Some(&(member, _)) = links.deeds.get(deed) {
                    self.owners.insert(Owner::Member(member));
                    self.records.insert(*deed);
                }
            }
        }
    }
}
