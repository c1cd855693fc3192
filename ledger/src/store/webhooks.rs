//! Endpoints and what they are told, as rows.

use super::columns::Column;
use super::save::{Save, images};
use super::webhook_text as text;
use crate::community::webhook::{Again, Endpoint, EndpointState};
use crate::ids::EndpointId;
use crate::machine::State;

/// Endpoints as a batch made or changed them, what is told again, and its events where somebody is told of them.
pub fn saves(state: &State) -> Vec<Save> {
    let mut saves = Vec::new();
    let webhooks = &state.webhooks;
    let endpoint = |id: &EndpointId| webhooks.get(*id);
    for (statement, keys) in [
        (&text::NEW_ENDPOINTS, &webhooks.rows.new),
        (&text::CHANGED_ENDPOINTS, &webhooks.rows.changed),
    ] {
        let endpoints = images(keys, endpoint);
        if !endpoints.is_empty() {
            saves.push((statement, rows(&endpoints)));
        }
    }
    let changed = images(&webhooks.rows.changed, endpoint);
    let ended = changed
        .iter()
        .filter(|endpoint| endpoint.state == EndpointState::Ended);
    let ended: Vec<_> = ended.map(|endpoint| endpoint.id.0).collect();
    if !ended.is_empty() {
        saves.push((&text::DROP_DELIVERIES, vec![Column::uuids(ended)]));
    }
    saves.extend(repeats(state));
    if webhooks.watched && !state.changes.events.is_empty() {
        saves.push(deliveries(state));
    }
    saves
}

fn rows(endpoints: &[&Endpoint]) -> Vec<Column> {
    let rows = || endpoints.iter();
    vec![
        Column::uuids(rows().map(|e| e.id.0)),
        Column::Uuid(rows().map(|e| e.store.map(|id| id.0)).collect()),
        Column::texts(rows().map(|e| e.state.name())),
        Column::texts(rows().map(|e| e.wanted())),
        Column::texts(rows().map(|e| serde_json::to_string(e).unwrap_or_default())),
    ]
}

fn repeats(state: &State) -> impl Iterator<Item = Save> {
    state.webhooks.repeats.iter().map(|(endpoint, again, at)| {
        let endpoint = Column::uuids([endpoint.0]);
        let at = Column::ints([at.as_micros()]);
        match again {
            Again::Event(id) => (
                &text::REPEAT_EVENT,
                vec![endpoint, Column::uuids([id.0]), at],
            ),
            Again::Dead => (&text::REPEAT_DEAD, vec![endpoint, at]),
            Again::Since(since) => (
                &text::REPEAT_SINCE,
                vec![endpoint, Column::ints([since.as_micros()]), at],
            ),
        }
    })
}

fn deliveries(state: &State) -> Save {
    // A group's commands have events of their own.
    let of_group = |event: &&crate::machine::effects::Event| event.kind != "group";
    let events = || state.changes.events.iter().filter(of_group);
    let store = |receipt: &crate::machine::Receipt| receipt.outcome.store().map(|id| id.0);
    let columns = vec![
        Column::uuids(events().map(|e| e.id.0)),
        Column::texts(events().map(|e| e.kind)),
        Column::uuids(events().map(|e| e.subject)),
        Column::Uuid(events().map(|e| store(&e.receipt)).collect()),
        Column::ints((1..).zip(events()).map(|(nth, _)| nth)),
        Column::ints(events().map(|e| e.receipt.recorded_at.as_micros())),
    ];
    (&text::NEW_DELIVERIES, columns)
}
