//! Hazards as rows.

use sqlx::FromRow;
use uuid::Uuid;

use super::StoreError;
use super::columns::Column;
use super::hazard_text as text;
use super::save::{Save, images};
use crate::clock::Timestamp;
use crate::community::hazard::{Found, Hazard, HazardCategory, HazardState, Severity, Terms};
use crate::ids::{DeedId, HazardId, MemberId, OrganizationId};
use crate::machine::State;
use crate::policy::Position;

/// Hazards and terms that a batch made or changed.
pub fn saves(state: &State) -> Vec<Save> {
    let hazards = &state.hazards;
    let image = |id: &HazardId| hazards.get(*id);
    let mut saves = Vec::new();
    for (statement, rows) in [
        (&text::NEW_HAZARDS, &hazards.rows.new),
        (&text::CHANGED_HAZARDS, &hazards.rows.changed),
    ] {
        let images = images(rows, image);
        if !images.is_empty() {
            saves.push((statement, columns(&images)));
        }
    }
    if !hazards.changed_terms.is_empty() {
        let changed = hazards.changed_terms.iter();
        let terms: Vec<Terms> = changed.map(|category| hazards.terms(*category)).collect();
        let columns = vec![
            Column::texts(terms.iter().map(|of| of.category.name())),
            Column::ints(terms.iter().map(|of| of.decide_hours)),
            Column::ints(terms.iter().map(|of| of.fix_hours)),
        ];
        saves.push((&text::SET_HAZARD_TERMS, columns));
    }
    saves
}

fn columns(hazards: &[&Hazard]) -> Vec<Column> {
    let rows = || hazards.iter();
    let moment = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    let body = |hazard: &&Hazard| serde_json::to_string(&hazard.body).unwrap_or_default();
    let severity = |hazard: &&Hazard| hazard.severity.map(|of| of.name().to_owned());
    let latitude = |hazard: &&Hazard| hazard.position.map(Position::latitude_millionths);
    let longitude = |hazard: &&Hazard| hazard.position.map(Position::longitude_millionths);
    vec![
        Column::uuids(rows().map(|h| h.id.0)),
        Column::Uuid(rows().map(|h| h.member.map(|id| id.0)).collect()),
        Column::Uuid(rows().map(|h| h.deed.map(|id| id.0)).collect()),
        Column::Uuid(rows().map(|h| h.node.map(|id| id.0)).collect()),
        Column::Uuid(rows().map(|h| h.home.map(|id| id.0)).collect()),
        Column::texts(rows().map(|h| h.category.name())),
        Column::Text(rows().map(severity).collect()),
        Column::Int(rows().map(latitude).collect()),
        Column::Int(rows().map(longitude).collect()),
        Column::texts(rows().map(|h| h.state.name())),
        Column::Uuid(rows().map(|h| h.of.map(|id| id.0)).collect()),
        Column::ints(rows().map(|h| rank(h.found))),
        Column::ints(rows().map(|h| h.seen_at.as_micros())),
        Column::ints(rows().map(|h| h.received_at.as_micros())),
        Column::Int(rows().map(|h| moment(h.due_at())).collect()),
        Column::Int(rows().map(|h| moment(h.round_at())).collect()),
        Column::texts(rows().map(body)),
    ]
}

/// What it came to, so that the more is the greater.
const fn rank(found: Option<Found>) -> i64 {
    match found {
        None => 0,
        Some(Found::Verified) => 1,
        Some(Found::Fixed) => 2,
    }
}

/// A hazard's row.
#[derive(Debug, FromRow)]
pub struct HazardRow {
    hazard_id: Uuid,
    member_id: Option<Uuid>,
    deed_id: Option<Uuid>,
    node_id: Option<Uuid>,
    home_id: Option<Uuid>,
    category: String,
    severity: Option<String>,
    latitude: Option<i64>,
    longitude: Option<i64>,
    state: String,
    duplicate_of: Option<Uuid>,
    found: i64,
    seen_at: i64,
    received_at: i64,
    body: String,
}

impl TryFrom<HazardRow> for Hazard {
    type Error = StoreError;

    fn try_from(row: HazardRow) -> Result<Self, StoreError> {
        let id = row.hazard_id;
        let wrong = |column, found: &str| StoreError::corrupt("hazards", column, id, found);
        let severity = row.severity.map(|severity| {
            Severity::from_name(&severity).ok_or_else(|| wrong("severity", &severity))
        });
        let position = row.latitude.zip(row.longitude);
        Ok(Self {
            id: HazardId(id),
            member: row.member_id.map(MemberId),
            deed: row.deed_id.map(DeedId),
            node: row.node_id.map(OrganizationId),
            home: row.home_id.map(OrganizationId),
            category: HazardCategory::from_name(&row.category)
                .ok_or_else(|| wrong("category", &row.category))?,
            severity: severity.transpose()?,
            position: position.and_then(|(north, east)| Position::from_millionths(north, east)),
            state: HazardState::from_name(&row.state).ok_or_else(|| wrong("state", &row.state))?,
            of: row.duplicate_of.map(HazardId),
            found: match row.found {
                0 => None,
                1 => Some(Found::Verified),
                2 => Some(Found::Fixed),
                other => return Err(wrong("found", &other.to_string())),
            },
            seen_at: Timestamp::from_micros(row.seen_at),
            received_at: Timestamp::from_micros(row.received_at),
            body: serde_json::from_str(&row.body)
                .map_err(|error| wrong("body", &error.to_string()))?,
        })
    }
}

/// category, `decide_hours`, `fix_hours`.
pub type TermsRow = (String, i64, i64);

/// What a programme says of a category.
pub fn terms((category, decide_hours, fix_hours): TermsRow) -> Result<Terms, StoreError> {
    let known = HazardCategory::from_name(&category);
    let wrong = || StoreError::corrupt("hazard_terms", "category", "", &category);
    Ok(Terms {
        category: known.ok_or_else(wrong)?,
        decide_hours,
        fix_hours,
    })
}
