//! Cells of the map, and where those on a shift were: what a batch reads, and what is asked. Compiled once for each database: `super` names the
//! types and binds.

use std::collections::BTreeSet;

use super::{Store, Tx};
use crate::community::patrol::Grid;
use crate::ids::{DeedId, MemberId, OrganizationId, ProgramId};
use crate::machine::deeds::{DeedBody, DeedState};
use crate::machine::{Needs, State};
use crate::policy::Position;
use crate::store::columns::Column;
use crate::store::deeds::{DeedRow, DeedViewRow, deed_view, record};
use crate::store::patrols::{GridRow, WaypointRow, grid, waypoint};
use crate::store::views::{DeedView, Due};
use crate::store::{StoreError, patrol_text as text};

/// How far back a shift may have begun that has not ended, in seconds: it is closed two days after it began at the latest, if anything is.
const OPEN_SECONDS: i64 = 3 * 24 * 3_600;
/// How far outside its rectangle a place may be that is still in a cell, in millionths of a degree: half a kilometre up to 64° north.
const MARGIN: i64 = 11_000;

impl Tx<'_> {
    /// After the deeds: what is wanted of a shift follows from its own row.
    pub(super) async fn load_patrols(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if !needs.patrolling.is_empty() {
            let since = state.now.plus_seconds(-OPEN_SECONDS).as_micros();
            let columns = [
                Column::uuids(needs.patrolling.iter().map(|member| member.0)),
                Column::ints(needs.patrolling.iter().map(|_| since)),
            ];
            let rows: Vec<DeedRow> = self.fetch(&text::OPEN_SHIFTS, columns).await?;
            for row in rows {
                state.deeds.load_record(record(row)?);
            }
        }
        let mut codes = needs.grids.clone();
        let mut shifts = BTreeSet::<DeedId>::new();
        for id in &needs.records {
            let open = state.deeds.record(*id);
            let open = open.filter(|record| record.state == DeedState::Begun);
            if let Some(DeedBody::Shift(shift)) = open.map(|record| &record.body) {
                codes.insert(shift.grid.clone());
                shifts.insert(*id);
            }
        }
        if !codes.is_empty() {
            let rows: Vec<GridRow> = self.fetch(&text::GRIDS, [Column::texts(codes)]).await?;
            for row in rows {
                state.patrols.load_grid(grid(row)?);
            }
        }
        if !shifts.is_empty() {
            let columns = [Column::uuids(shifts.iter().map(|id| id.0))];
            let rows: Vec<WaypointRow> = self.fetch(&text::WAYPOINTS, columns).await?;
            for row in rows {
                let (deed, waypoint) = waypoint(row)?;
                state.patrols.load_waypoint(deed, waypoint);
            }
        }
        Ok(())
    }

    /// Where somebody was on shifts that have ended.
    pub(super) async fn drop_waypoints(&mut self, state: &State) -> Result<(), StoreError> {
        let dropped = &state.patrols.dropped;
        if dropped.is_empty() {
            return Ok(());
        }
        self.overwrite(true).await?;
        let columns = [Column::uuids(dropped.iter().map(|id| id.0))];
        self.run(&text::DROP_WAYPOINTS, columns).await?;
        self.overwrite(false).await
    }
}

impl Store {
    /// One cell of the map.
    pub async fn grid(&self, program: ProgramId, code: &str) -> Result<Option<Grid>, StoreError> {
        let rows: Vec<GridRow> = self.query(program, &text::GRID, [code.into()]).await?;
        rows.into_iter().next().map(grid).transpose()
    }

    /// A page of cells after one, in order of code.
    pub async fn grids(
        &self,
        program: ProgramId,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Grid>, StoreError> {
        let values = [after.into(), limit.into()];
        let rows: Vec<GridRow> = self.query(program, &text::GRIDS_AFTER, values).await?;
        rows.into_iter().map(grid).collect()
    }

    /// The cell that somebody there is in, and the nearest where they are at the edge of several.
    pub async fn grid_at(
        &self,
        program: ProgramId,
        place: Position,
    ) -> Result<Option<Grid>, StoreError> {
        let (x, y) = (place.longitude_millionths(), place.latitude_millionths());
        let around = [x - MARGIN, y - MARGIN, x + MARGIN, y + MARGIN];
        let grids = self.grids_in(program, around).await?;
        let metres = |grid: &Grid| grid.area.metres_to(place);
        let here = grids.into_iter().filter(|grid| grid.holds(place));
        Ok(here.min_by(|a, b| metres(a).total_cmp(&metres(b))))
    }

    /// The cells that are patrolled and whose rectangles meet this one (west, south, east, north, in millionths of a degree), in order of code.
    pub async fn grids_in(
        &self,
        program: ProgramId,
        [west, south, east, north]: [i64; 4],
    ) -> Result<Vec<Grid>, StoreError> {
        let values = [east, west, north, south].map(Into::into);
        let rows: Vec<GridRow> = self.query(program, &text::GRIDS_AROUND, values).await?;
        rows.into_iter().map(grid).collect()
    }

    /// A page of shifts before a place among them, the newest first; of members below a node, if one is named.
    pub async fn shifts(
        &self,
        program: ProgramId,
        node: Option<OrganizationId>,
        before: Due,
        limit: i64,
    ) -> Result<Vec<DeedView>, StoreError> {
        let (since, id) = (before.since.as_micros(), before.id);
        let rows: Vec<DeedViewRow> = match node {
            None => {
                let values = [since.into(), id.into(), limit.into()];
                self.query(program, &text::SHIFTS, values).await?
            }
            Some(node) => {
                let values = [since.into(), id.into(), limit.into(), node.0.into()];
                self.query(program, &text::SHIFTS_WITHIN, values).await?
            }
        };
        rows.into_iter().map(deed_view).collect()
    }

    /// How many places are known at which a member was: those of shifts that have not ended.
    pub async fn waypoints_of(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<i64, StoreError> {
        let rows: Vec<(i64,)> = self
            .query(program, &text::WAYPOINTS_OF, [member.0.into()])
            .await?;
        Ok(rows.first().map_or(0, |(count,)| *count))
    }
}
