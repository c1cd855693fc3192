//! Steps of a shift as devices send them, over the API or from the page: at once, or kept while there was no network.

use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::ids::{MemberId, ProgramId};
use ledger::machine::deeds::{DeedRejection, PatrolCommand, ShiftStart, shift_deed};
use ledger::machine::{Command, Rejection};
use ledger::policy::Position;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::IdempotencyKey;
use crate::state::App;

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Began a shift.
    Start,
    /// Was somewhere.
    Waypoint,
    /// Ended it.
    End,
}

/// What somebody did, with what has to be known of it.
#[derive(Clone, Debug)]
pub enum Step {
    /// Began a shift in a cell; in the one that they are in, if none is named.
    Start(Option<String>, Position),
    /// Was somewhere.
    Waypoint(Position),
    /// Ended it, somewhere if that is known.
    End(Option<Position>),
}

impl Step {
    /// `None` where it has to be known where they were, and is not.
    pub fn of(kind: StepKind, grid: Option<String>, position: Option<Position>) -> Option<Self> {
        match (kind, position) {
            (StepKind::Start, Some(position)) => Some(Self::Start(grid, position)),
            (StepKind::Waypoint, Some(position)) => Some(Self::Waypoint(position)),
            (StepKind::End, position) => Some(Self::End(position)),
            (StepKind::Start | StepKind::Waypoint, None) => None,
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Start(..) => "start",
            Self::Waypoint(_) => "waypoint",
            Self::End(_) => "end",
        }
    }

    /// Its key. A step is known by its shift, kind and moment, however often and among which others it is sent.
    pub fn key(&self, shift: Uuid, at: Timestamp) -> IdempotencyKey {
        IdempotencyKey(format!("shift:{shift}:{}:{}", self.name(), at.as_micros()))
    }

    /// What it asks of the ledger, or why it asks nothing. `shift` is what the device calls it.
    ///
    /// # Errors
    /// The ledger could not be asked which cell they are in.
    pub async fn command(
        self,
        app: &App,
        program: ProgramId,
        member: MemberId,
        (shift, at): (Uuid, Timestamp),
    ) -> Result<Result<Command, Rejection>, StoreError> {
        let known = app.ledger.shift_of(program, member, shift).await?;
        let known = known.map(|view| view.record);
        let own = shift_deed(member, shift);
        let deed = known.as_ref().map_or(own, |record| record.id);
        let command = match self {
            Self::Start(grid, position) => {
                // Begun as somebody who was merged into them since.
                if let Some(record) = known.filter(|record| record.id != own) {
                    let state = record.state;
                    return Ok(Err(DeedRejection::DeedState { deed, state }.into()));
                }
                let grid = match grid {
                    Some(grid) => Some(grid),
                    None => {
                        let here = app.ledger.grid_at(program, position).await?;
                        here.map(|grid| grid.code)
                    }
                };
                let Some(grid) = grid else {
                    return Ok(Err(DeedRejection::NoGridHere.into()));
                };
                PatrolCommand::Start(ShiftStart {
                    member,
                    shift,
                    grid,
                    at,
                    position,
                })
            }
            Self::Waypoint(position) => PatrolCommand::Waypoint { deed, at, position },
            Self::End(position) => PatrolCommand::End { deed, at, position },
        };
        Ok(Ok(Command::Patrol(Box::new(command))))
    }
}
