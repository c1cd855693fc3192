//! Things reported by several as rows.

use super::columns::Column;
use super::save::Save;
use super::waiting_text as text;
use crate::ids::AwardId;
use crate::machine::State;
use crate::machine::duplicates::{Report, Sighting};
use crate::policy::Position;

/// The reports and sightings that a batch made.
pub fn saves(state: &State) -> impl Iterator<Item = Save> {
    let things = &state.things;
    let images = |awards: &std::collections::BTreeSet<AwardId>| -> Vec<&Report> {
        let reports = awards.iter().filter_map(|award| things.report(*award));
        reports.collect()
    };
    let (new, divided) = (images(&things.rows.new), images(&things.rows.changed));
    let new = (!new.is_empty()).then(|| (&text::NEW_REPORTS, reports(&new)));
    let divided = (!divided.is_empty()).then(|| (&text::DIVIDED_REPORTS, reports(&divided)));
    let seen = things
        .new
        .iter()
        .filter_map(|thing| things.sighting(*thing));
    let seen: Vec<&Sighting> = seen.collect();
    let seen = (!seen.is_empty()).then(|| (&text::NEW_SIGHTINGS, sightings(&seen)));
    new.into_iter().chain(divided).chain(seen)
}

fn reports(reports: &[&Report]) -> Vec<Column> {
    let rows = || reports.iter();
    vec![
        Column::uuids(rows().map(|report| report.thing.0)),
        Column::uuids(rows().map(|report| report.award.0)),
        Column::Int(rows().map(|report| report.shares).collect()),
    ]
}

fn sightings(sightings: &[&Sighting]) -> Vec<Column> {
    let rows = || sightings.iter();
    let latitude = |s: &Sighting| s.place.map_or(0, Position::latitude_millionths);
    let longitude = |s: &Sighting| s.place.map_or(0, Position::longitude_millionths);
    vec![
        Column::uuids(rows().map(|s| s.alike)),
        Column::ints(rows().map(|s| latitude(s))),
        Column::ints(rows().map(|s| s.occurred_at.as_micros())),
        Column::uuids(rows().map(|s| s.thing.0)),
        Column::ints(rows().map(|s| longitude(s))),
        Column::ints(rows().map(|s| s.closes_at.as_micros())),
    ]
}
