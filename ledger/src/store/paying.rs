//! What a batch changed of what is shown to pay, as statements and rows.

use super::columns::Column;
use super::paying_text as text;
use super::save::Save;
use crate::machine::State;

/// Printed codes, devices, time steps used, and what was paid on a day.
pub fn saves(state: &State) -> Vec<Save> {
    let changes = &state.paying.changes;
    let mut saves: Vec<Save> = Vec::new();
    if !changes.codes.is_empty() {
        let rows = || changes.codes.values();
        let columns = vec![
            Column::uuids(rows().map(|code| code.store.0)),
            Column::texts(rows().map(|code| code.number.clone())),
            Column::ints(rows().map(|code| code.version)),
        ];
        saves.push((&text::KEEP_STORE_CODES, columns));
    }
    if !changes.devices.is_empty() {
        let rows = || changes.devices.values();
        let ended = rows().map(|device| device.ended_at.map(|at| at.as_micros()));
        let columns = vec![
            Column::uuids(rows().map(|device| device.id.0)),
            Column::uuids(rows().map(|device| device.member.0)),
            Column::ints(rows().map(|device| device.made_at.as_micros())),
            Column::Int(ended.collect()),
        ];
        saves.push((&text::KEEP_DEVICES, columns));
    }
    if !changes.objections.is_empty() {
        let rows = || changes.objections.values();
        // What the ledger itself made always serialises.
        let body = rows().map(|objection| serde_json::to_string(objection).unwrap_or_default());
        let columns = vec![
            Column::uuids(rows().map(|objection| objection.redemption.0)),
            Column::uuids(rows().map(|objection| objection.store.0)),
            Column::texts(rows().map(|objection| objection.state())),
            Column::texts(body),
        ];
        saves.push((&text::KEEP_OBJECTIONS, columns));
    }
    if !changes.steps.is_empty() {
        let rows = || changes.steps.iter();
        let columns = vec![
            Column::uuids(rows().map(|((device, _), _)| device.0)),
            Column::ints(rows().map(|((_, step), _)| *step)),
            Column::uuids(rows().map(|(_, redemption)| redemption.0)),
        ];
        saves.push((&text::USE_STEPS, columns));
    }
    if !changes.days.is_empty() {
        let rows = || changes.days.iter();
        let columns = vec![
            Column::uuids(rows().map(|(who, _)| *who)),
            Column::ints(rows().map(|(_, day)| day.day)),
            Column::ints(rows().map(|(_, day)| day.payments)),
            Column::ints(rows().map(|(_, day)| day.points.hundredths())),
        ];
        saves.push((&text::KEEP_DAYS, columns));
    }
    saves
}
