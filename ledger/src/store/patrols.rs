//! Cells of the map, and where those on a shift were, as rows.

use uuid::Uuid;

use super::StoreError;
use super::columns::Column;
use super::deeds::{json, put};
use super::patrol_text as text;
use super::save::{Save, images};
use crate::clock::Timestamp;
use crate::community::Area;
use crate::community::patrol::{Grid, Waypoint};
use crate::ids::{DeedId, OrganizationId};
use crate::machine::State;
use crate::policy::Position;

/// Cells and places that a batch made or changed. Of shifts that ended in it nothing is written.
pub fn saves(state: &State) -> Vec<Save> {
    let patrols = &state.patrols;
    let grid = |code: &String| patrols.grid(code);
    let rows = &patrols.grid_rows;
    let mut saves = Vec::new();
    put(
        &mut saves,
        &text::NEW_GRIDS,
        &images(&rows.new, grid),
        grids,
    );
    put(
        &mut saves,
        &text::CHANGED_GRIDS,
        &images(&rows.changed, grid),
        grids,
    );
    let sent: Vec<&(DeedId, Waypoint)> = patrols.sent.iter().collect();
    put(&mut saves, &text::NEW_WAYPOINTS, &sent, waypoints);
    saves
}

fn grids(grids: &[&Grid]) -> Vec<Column> {
    let rows = || grids.iter();
    let bounds: Vec<[i64; 4]> = rows().map(|grid| grid.area.bounds()).collect();
    let edge = |index: usize| Column::ints(bounds.iter().map(|bounds| bounds[index]));
    vec![
        Column::texts(rows().map(|grid| grid.code.clone())),
        Column::texts(rows().map(|grid| grid.name.clone())),
        Column::Uuid(
            rows()
                .map(|grid| grid.organization.map(|id| id.0))
                .collect(),
        ),
        Column::texts(rows().map(|grid| grid.area.text())),
        edge(0),
        edge(1),
        edge(2),
        edge(3),
        Column::texts(rows().map(|grid| json(&grid.rule))),
        Column::texts(rows().map(|grid| json(&grid.keeper))),
        Column::Int(
            rows()
                .map(|grid| grid.retired_at.map(Timestamp::as_micros))
                .collect(),
        ),
    ]
}

fn waypoints(sent: &[&(DeedId, Waypoint)]) -> Vec<Column> {
    let rows = || sent.iter();
    vec![
        Column::uuids(rows().map(|(deed, _)| deed.0)),
        Column::ints(rows().map(|(_, waypoint)| waypoint.at.as_micros())),
        Column::ints(rows().map(|(_, waypoint)| waypoint.position.latitude_millionths())),
        Column::ints(rows().map(|(_, waypoint)| waypoint.position.longitude_millionths())),
    ]
}

/// code, name, organization, area, rule, keeper, `retired_at`.
pub type GridRow = (
    String,
    String,
    Option<Uuid>,
    String,
    String,
    String,
    Option<i64>,
);

/// A cell's row.
pub fn grid(row: GridRow) -> Result<Grid, StoreError> {
    let (code, name, organization, area, rule, keeper, retired_at) = row;
    let read = |column, error: String| StoreError::corrupt("grids", column, &code, error);
    Ok(Grid {
        area: Area::from_text(&area).map_err(|error| read("area", error))?,
        rule: serde_json::from_str(&rule).map_err(|error| read("rule", error.to_string()))?,
        keeper: serde_json::from_str(&keeper).map_err(|error| read("keeper", error.to_string()))?,
        organization: organization.map(OrganizationId),
        retired_at: retired_at.map(Timestamp::from_micros),
        code,
        name,
    })
}

/// deed, at, latitude, longitude.
pub type WaypointRow = (Uuid, i64, i64, i64);

/// A place's row.
pub fn waypoint(
    (deed, at, latitude, longitude): WaypointRow,
) -> Result<(DeedId, Waypoint), StoreError> {
    let position = Position::from_millionths(latitude, longitude);
    let position = position
        .ok_or_else(|| StoreError::corrupt("waypoints", "latitude", deed, "it is no place"))?;
    let at = Timestamp::from_micros(at);
    Ok((DeedId(deed), Waypoint { at, position }))
}
