//! Orders, what members do for them, and what they are able to do, as rows.

use uuid::Uuid;

use super::columns::Column;
use super::save::{Save, images};
use super::{StoreError, order_text as text};
use crate::clock::Timestamp;
use crate::community::order::Order;
use crate::ids::{DeedId, MemberId, OrderId};
use crate::machine::State;

/// For how long what a resident wrote is kept once their order is over, in seconds: 30 days.
const DETAILS_SECONDS: i64 = 30 * 86_400;

/// Orders that a batch posted or changed, and what hangs on them; after the deeds.
pub fn saves(state: &State) -> Vec<Save> {
    let orders = &state.deeds.orders;
    let order = |id: &OrderId| orders.get(*id);
    let mut saves = Vec::new();
    let rows = &orders.rows;
    for (statement, keys) in [
        (&text::NEW_ORDERS, &rows.new),
        (&text::CHANGED_ORDERS, &rows.changed),
    ] {
        if !keys.is_empty() {
            saves.push((statement, order_rows(&images(keys, order))));
        }
    }
    let over = images(&rows.changed, order).into_iter();
    let over = over.filter(|order| !order.state.is_open());
    let over: Vec<_> = over.filter_map(|order| order.details).collect();
    if !over.is_empty() {
        let until = state.now.plus_seconds(DETAILS_SECONDS).as_micros();
        let columns = vec![
            Column::uuids(over.iter().map(|details| details.0)),
            Column::ints(over.iter().map(|_| until)),
        ];
        saves.push((&text::FORGET_DETAILS, columns));
    }
    let begun = state.deeds.record_rows.new.iter();
    let parts: Vec<(DeedId, OrderId)> = begun
        .filter_map(|id| Some((*id, state.deeds.record(*id)?.order()?)))
        .collect();
    if !parts.is_empty() {
        let columns = vec![
            Column::uuids(parts.iter().map(|(deed, _)| deed.0)),
            Column::uuids(parts.iter().map(|(_, order)| order.0)),
        ];
        saves.push((&text::NEW_ORDER_PARTS, columns));
    }
    let statements = [&text::NEW_SKILLS, &text::DROP_SKILLS];
    for (statement, rows) in statements.into_iter().zip(&orders.skill_rows) {
        if !rows.is_empty() {
            let columns = vec![
                Column::uuids(rows.iter().map(|(member, _)| member.0)),
                Column::texts(rows.iter().map(|(_, skill)| skill.clone())),
            ];
            saves.push((statement, columns));
        }
    }
    saves
}

fn order_rows(orders: &[&Order]) -> Vec<Column> {
    let rows = || orders.iter();
    let moment = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    vec![
        Column::uuids(rows().map(|o| o.id.0)),
        Column::uuids(rows().map(|o| o.organization.0)),
        Column::texts(rows().map(|o| o.state.name())),
        Column::ints(rows().map(|o| o.wanted.by.as_micros())),
        Column::Int(rows().map(|o| moment(o.waits_since)).collect()),
        Column::Int(rows().map(|o| moment(o.due_at)).collect()),
        Column::texts(rows().map(|o| serde_json::to_string(o).unwrap_or_default())),
    ]
}

/// order, body.
pub type OrderRow = (Uuid, String);

/// An order's row.
pub fn order((id, body): OrderRow) -> Result<Order, StoreError> {
    serde_json::from_str(&body).map_err(|error| StoreError::corrupt("orders", "body", id, error))
}

/// A skill's row.
pub fn skill((member, skill): (Uuid, String)) -> (MemberId, String) {
    (MemberId(member), skill)
}
