//! Activities, deeds and the awards asked for, as rows.

use uuid::Uuid;

use super::StoreError;
use super::columns::Column;
use super::deed_text as text;
use super::save::{Save, images};
use super::statement::Statement;
use super::views::DeedView;
use crate::clock::Timestamp;
use crate::community::activity::CheckInSecret;
use crate::ids::{ActivityId, AwardId, DeedId, MemberId};
use crate::machine::State;
use crate::machine::award::AwardRequest;
use crate::machine::deeds::{Answer, AskedAward, DeedBody, DeedRecord, DeedState, Planned};

/// Activities, deeds and requests that a batch made or changed; each after what it refers to.
pub fn saves(state: &State) -> Vec<Save> {
    let deeds = &state.deeds;
    let activity = |id: &ActivityId| deeds.activity(*id);
    let record = |id: &DeedId| deeds.record(*id);
    let asked = |id: &DeedId| deeds.asked(*id);
    let mut saves = Vec::new();
    let rows = &deeds.activity_rows;
    put(
        &mut saves,
        &text::NEW_ACTIVITIES,
        &images(&rows.new, activity),
        activities,
    );
    put(
        &mut saves,
        &text::CHANGED_ACTIVITIES,
        &images(&rows.changed, activity),
        activities,
    );
    let rows = &deeds.record_rows;
    put(
        &mut saves,
        &text::NEW_DEEDS,
        &images(&rows.new, record),
        records,
    );
    put(
        &mut saves,
        &text::CHANGED_DEEDS,
        &images(&rows.changed, record),
        records,
    );
    let rows = &deeds.asked_rows;
    put(
        &mut saves,
        &text::NEW_ASKED,
        &images(&rows.new, asked),
        requests,
    );
    put(
        &mut saves,
        &text::CHANGED_ASKED,
        &images(&rows.changed, asked),
        requests,
    );
    saves
}

/// A statement over these images, if there are any.
pub(super) fn put<T>(
    saves: &mut Vec<Save>,
    statement: &'static Statement,
    images: &[&T],
    columns: fn(&[&T]) -> Vec<Column>,
) {
    if !images.is_empty() {
        saves.push((statement, columns(images)));
    }
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn activities(planned: &[&Planned]) -> Vec<Column> {
    let rows = || planned.iter();
    vec![
        Column::uuids(rows().map(|p| p.activity.id.0)),
        Column::uuids(rows().map(|p| p.activity.organization.0)),
        Column::texts(rows().map(|p| p.activity.form.name())),
        Column::ints(rows().map(|p| p.activity.starts_at().as_micros())),
        Column::ints(rows().map(|p| p.activity.ends_at().as_micros())),
        Column::ints(rows().map(|p| i64::from(p.activity.cancelled))),
        Column::texts(rows().map(|p| json(&p.activity))),
        Column::texts(rows().map(|p| p.secret.0.clone())),
        Column::texts(rows().map(|p| json(&p.taken))),
    ]
}

fn records(records: &[&DeedRecord]) -> Vec<Column> {
    let rows = || records.iter();
    vec![
        Column::uuids(rows().map(|d| d.id.0)),
        Column::texts(rows().map(|d| d.body.kind())),
        Column::uuids(rows().map(|d| d.member.0)),
        Column::Uuid(
            rows()
                .map(|d| d.part().map(|part| part.activity.0))
                .collect(),
        ),
        Column::Int(
            rows()
                .map(|d| d.part().map(|part| i64::from(part.slot)))
                .collect(),
        ),
        Column::texts(rows().map(|d| d.state.name())),
        Column::ints(rows().map(|d| d.began_at.as_micros())),
        Column::Int(
            rows()
                .map(|d| d.ended_at.map(Timestamp::as_micros))
                .collect(),
        ),
        Column::Int(rows().map(|d| d.due_at.map(Timestamp::as_micros)).collect()),
        Column::texts(rows().map(|d| json(&d.body))),
    ]
}

fn requests(asked: &[&AskedAward]) -> Vec<Column> {
    let rows = || asked.iter();
    let state = |asked: &&AskedAward| match asked.answer {
        None => "open",
        Some(Answer::Awarded(_)) => "awarded",
        Some(Answer::Refused(_)) => "refused",
    };
    let award = |asked: &&AskedAward| match asked.answer {
        Some(Answer::Awarded(award)) => Some(award.0),
        _ => None,
    };
    let why_not = |asked: &&AskedAward| match &asked.answer {
        Some(Answer::Refused(why)) => Some(json(why)),
        _ => None,
    };
    let request = |asked: &&AskedAward| {
        json(&AwardRequest {
            position: None,
            ..asked.request.clone()
        })
    };
    // Where it was is of no use to an award that is there.
    let place = |asked: &&AskedAward| match asked.answer {
        Some(Answer::Awarded(_)) => None,
        _ => asked.request.position.as_ref().map(json),
    };
    vec![
        Column::uuids(rows().map(|q| q.deed.0)),
        Column::uuids(rows().map(|q| q.request.member.0)),
        Column::texts(rows().map(|q| json(&q.by))),
        Column::texts(rows().map(request)),
        Column::ints(rows().map(|q| q.asked_at.as_micros())),
        Column::ints(rows().map(|q| q.attempt)),
        Column::texts(rows().map(state)),
        Column::Uuid(rows().map(award).collect()),
        Column::Text(rows().map(why_not).collect()),
        Column::Text(rows().map(place).collect()),
    ]
}

/// plan, secret, taken.
pub type ActivityRow = (String, String, String);

/// An activity's row.
pub fn planned((plan, secret, taken): ActivityRow) -> Result<Planned, StoreError> {
    let read =
        |column, error: serde_json::Error| StoreError::corrupt("activities", column, "", error);
    Ok(Planned {
        activity: serde_json::from_str(&plan).map_err(|error| read("plan", error))?,
        secret: CheckInSecret(secret),
        taken: serde_json::from_str(&taken).map_err(|error| read("taken", error))?,
    })
}

/// deed, member, state, `began_at`, `ended_at`, `due_at`, body.
pub type DeedRow = (Uuid, Uuid, String, i64, Option<i64>, Option<i64>, String);

/// A deed's row.
pub fn record(
    (id, member, state, began, ended, due, body): DeedRow,
) -> Result<DeedRecord, StoreError> {
    let body: DeedBody = serde_json::from_str(&body)
        .map_err(|error| StoreError::corrupt("deeds", "body", id, error))?;
    Ok(DeedRecord {
        id: DeedId(id),
        member: MemberId(member),
        state: DeedState::from_name(&state)
            .ok_or_else(|| StoreError::corrupt("deeds", "state", id, &state))?,
        began_at: Timestamp::from_micros(began),
        ended_at: ended.map(Timestamp::from_micros),
        due_at: due.map(Timestamp::from_micros),
        body,
    })
}

/// deed, member, actor, request, `asked_at`, attempt, award, `why_not`, place.
pub type AskedRow = (
    Uuid,
    Uuid,
    String,
    String,
    i64,
    i64,
    Option<Uuid>,
    Option<String>,
    Option<String>,
);

/// A request's row. Whose deed it is is told by its column: they may have been merged since.
pub fn asked(row: AskedRow) -> Result<AskedAward, StoreError> {
    let (deed, member, by, request, asked_at, attempt, award, why_not, place) = row;
    let read = |column, error: serde_json::Error| {
        StoreError::corrupt("award_requests", column, deed, error)
    };
    let mut request: AwardRequest =
        serde_json::from_str(&request).map_err(|error| read("request", error))?;
    request.member = MemberId(member);
    if let Some(place) = place {
        let place = serde_json::from_str(&place).map_err(|error| read("place", error))?;
        request.position = Some(place);
    }
    Ok(AskedAward {
        deed: DeedId(deed),
        by: serde_json::from_str(&by).map_err(|error| read("actor", error))?,
        request,
        asked_at: Timestamp::from_micros(asked_at),
        attempt,
        answer: answer(deed, award, why_not)?,
    })
}

fn answer(
    deed: Uuid,
    award: Option<Uuid>,
    why_not: Option<String>,
) -> Result<Option<Answer>, StoreError> {
    match (award, why_not) {
        (Some(award), _) => Ok(Some(Answer::Awarded(AwardId(award)))),
        (None, Some(why)) => serde_json::from_str(&why)
            .map(|why| Some(Answer::Refused(why)))
            .map_err(|error| StoreError::corrupt("award_requests", "why_not", deed, error)),
        (None, None) => Ok(None),
    }
}

/// A deed's row, and award, `why_not` and attempt of its request.
pub type DeedViewRow = (
    Uuid,
    Uuid,
    String,
    i64,
    Option<i64>,
    Option<i64>,
    String,
    Option<Uuid>,
    Option<String>,
    Option<i64>,
);

/// A deed, and what came of it.
pub fn deed_view(row: DeedViewRow) -> Result<DeedView, StoreError> {
    let (id, member, state, began, ended, due, body, award, why_not, attempt) = row;
    Ok(DeedView {
        record: record((id, member, state, began, ended, due, body))?,
        asked: attempt.is_some(),
        answer: answer(id, award, why_not)?,
    })
}
