//! Photos and texts, as rows.

use uuid::Uuid;

use super::StoreError;
use super::attachment_text as text;
use super::columns::Column;
use super::save::{Save, images};
use crate::community::attachment::{Attachment, AttachmentKind, Looks};
use crate::ids::{ActorId, AttachmentId};
use crate::machine::State;

/// How long what is attached is kept, in seconds: 180 days, longer than an award can be under dispute.
const KEPT_SECONDS: i64 = 180 * 24 * 3_600;

/// What a batch attached.
pub fn saves(state: &State) -> Vec<Save> {
    let attached = images(&state.attachments.attached, |id| state.attachments.get(*id));
    if attached.is_empty() {
        return Vec::new();
    }
    let rows = || attached.iter();
    let until = state.now.plus_seconds(KEPT_SECONDS).as_micros();
    let mut saves = vec![(
        &text::ATTACH,
        vec![
            Column::uuids(rows().map(|a| a.id.0)),
            Column::Uuid(rows().map(|a| a.of).collect()),
            Column::ints(rows().map(|_| until)),
        ],
    )];
    let looks = |a: &&&Attachment| Some((a.id, a.looks?));
    let quarters: Vec<_> = rows()
        .filter_map(|a| looks(&a))
        .flat_map(|(id, looks)| (0_i64..).zip(looks.quarters()).map(move |at| (id, at)))
        .collect();
    if !quarters.is_empty() {
        saves.push((&text::NEW_LOOKS, places(quarters.into_iter())));
    }
    saves
}

/// Columns of attachments, places and quarters.
pub fn places(quarters: impl Iterator<Item = (AttachmentId, (i64, u16))> + Clone) -> Vec<Column> {
    vec![
        Column::uuids(quarters.clone().map(|(id, _)| id.0)),
        Column::ints(quarters.clone().map(|(_, (place, _))| place)),
        Column::ints(quarters.map(|(_, (_, quarter))| i64::from(quarter))),
    ]
}

/// attachment, kind, digest, looks, by, of.
pub type AttachmentRow = (
    Uuid,
    String,
    Option<String>,
    Option<i64>,
    Uuid,
    Option<Uuid>,
);

/// An attachment's row, without what it shows.
pub fn attachment(row: AttachmentRow) -> Result<Attachment, StoreError> {
    let (id, kind, digest, looks, by, of) = row;
    Ok(Attachment {
        id: AttachmentId(id),
        kind: kind_of(id, &kind)?,
        digest,
        looks: looks.map(looks_of),
        by: ActorId(by),
        of,
    })
}

/// The kind in a row.
pub fn kind_of(id: Uuid, kind: &str) -> Result<AttachmentKind, StoreError> {
    AttachmentKind::from_name(kind)
        .ok_or_else(|| StoreError::corrupt("attachments", "kind", id, kind))
}

/// The 64 bits as they are kept.
pub const fn looks_of(bits: i64) -> Looks {
    Looks(u64::from_be_bytes(bits.to_be_bytes()))
}

/// The other way.
pub const fn bits_of(looks: Looks) -> i64 {
    i64::from_be_bytes(looks.0.to_be_bytes())
}
