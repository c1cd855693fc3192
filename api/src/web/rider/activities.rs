//! Activities as a rider sees them: what is to come, what they took part in, and what came of it.

pub mod done;
mod taking;

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use ledger::StoreError;
use ledger::community::activity::Slot;
use ledger::ids::ActivityId;
use ledger::machine::deeds::{Answer, DeedBody, DeedRecord, Planned, explain_why_not};
use ledger::views::{DeedView, Due};
use uuid::Uuid;

use self::done::Done;
use super::me::calm;
use crate::calendar;
use crate::sheet::Cell;
use crate::web::format::{date, hour, points};
use crate::web::lists::{Asked, Line, List, Tools, whole};
use crate::web::page::{Frame, Page, Trouble, show};
use crate::web::reading::{Say, language, say, t};
use crate::web::visitor::{At, Id, Rider};
use crate::web::{Web, words};

pub use taking::{act, one};

#[derive(Template)]
#[template(path = "rider/activities.html")]
struct Activities {
    frame: Frame,
    activities: Vec<Listed>,
    /// Whether there are none at all.
    none: bool,
    deeds: Vec<Done>,
    tools: Option<Tools>,
}

/// An activity in the list.
pub struct Listed {
    pub id: Uuid,
    pub title: String,
    pub form: &'static str,
    pub place: String,
    /// When its slots are.
    pub when: String,
    /// What is to be known of it before one looks.
    pub note: String,
}

/// All that is not over, the first at first.
pub async fn to_come(web: &Web) -> Result<Vec<Planned>, StoreError> {
    let after = Due {
        since: web.now(),
        id: Uuid::max(),
    };
    let (ledger, program) = (&web.ledger, web.program.id);
    let page =
        move |after: Due, limit: i64| async move { ledger.activities(program, after, limit).await };
    let place = |planned: &Planned| Due {
        since: planned.activity.ends_at(),
        id: planned.activity.id.0,
    };
    whole::rows(whole::MOST, after, place, page).await
}

/// 12月5日 19:00–20:30
pub fn span(slot: &Slot, zone: &TimeZone) -> String {
    let (from, until) = (slot.starts_at, slot.ends_at);
    format!(
        "{} {}–{}",
        date(from, zone),
        hour(from, zone),
        hour(until, zone)
    )
}

/// In the list.
pub fn listed(planned: &Planned, zone: &TimeZone, note: String) -> Listed {
    let activity = &planned.activity;
    let first = activity.slots.first().map(|slot| span(slot, zone));
    let more = activity.slots.len().saturating_sub(1);
    let when = first.unwrap_or_default();
    Listed {
        id: activity.id.0,
        title: activity.title.clone(),
        form: words::activity_form(activity.form),
        place: activity.place.clone(),
        when: match more {
            0 => when,
            more => say!("{when}，另有 {more} 个时段", "{when} and {more} more"),
        },
        note,
    }
}

fn places(slot: &Slot, taken: i64) -> String {
    match slot.quota {
        None => say!("已有 {taken} 人", "Signed up: {taken}"),
        Some(quota) if taken >= quota => t("名额已满", "Full").to_owned(),
        Some(quota) => {
            let left = quota - taken;
            say!("还有 {left} 个名额", "Places left: {left}")
        }
    }
}

/// A line of the list: what is to come, then what was done.
enum Entry {
    ToCome(Listed),
    Done(Done),
}

impl Line for Entry {
    fn header() -> Vec<&'static str> {
        Done::header()
    }

    fn cells(&self) -> Vec<Cell> {
        match self {
            Self::ToCome(listed) => vec![
                listed.when.clone().into(),
                listed.title.clone().into(),
                t("将举办", "to come").into(),
                format!("{} · {} · {}", listed.form, listed.place, listed.note).into(),
            ],
            Self::Done(done) => done.cells(),
        }
    }
}

/// `GET /{program}/activities`.
pub async fn list(At(web): At, rider: Rider, Query(asked): Query<Asked>) -> Page {
    let zone = web.zone();
    let to_come = to_come(&web).await?;
    let note = |planned: &Planned| match planned.activity.cancelled {
        true => t("已取消", "Cancelled").to_owned(),
        false => {
            let mut slots = planned.activity.slots.iter().zip(&planned.taken);
            let first = slots.next();
            first.map_or_else(String::new, |(slot, taken)| places(slot, *taken))
        }
    };
    let listed = |planned: &Planned| Entry::ToCome(listed(planned, &zone, note(planned)));
    let mut entries: Vec<Entry> = to_come.iter().map(listed).collect();
    for deed in done::deeds(&web, rider.member(), asked.reads()).await? {
        entries.push(Entry::Done(Done::of(&web, &deed).await?));
    }
    let entries = asked.search(entries);
    if let Some(file) = asked.file("activities", &entries) {
        return file.await;
    }
    let List { rows, tools } = asked.page(&[], entries);
    let (mut activities, mut deeds) = (Vec::new(), Vec::new());
    for entry in rows {
        match entry {
            Entry::ToCome(listed) => activities.push(listed),
            Entry::Done(done) => deeds.push(done),
        }
    }
    show(&Activities {
        frame: Frame::new(&web, t("活动", "Events"), Some(&rider.0)),
        none: to_come.is_empty(),
        activities,
        deeds,
        tools: calm(tools),
    })
}

/// What a deed is called, and how far it got.
pub async fn title(web: &Web, deed: &DeedRecord) -> Result<(String, &'static str), StoreError> {
    match &deed.body {
        DeedBody::Attendance(attendance) => {
            let planned = web.ledger.activity(web.program.id, attendance.activity);
            let title = planned.await?.map(|planned| planned.activity.title);
            Ok((title.unwrap_or_default(), words::deed_state(deed.state)))
        }
        DeedBody::HazardReport { hazard } => {
            let hazard = web.ledger.hazard(web.program.id, *hazard).await?;
            let words = hazard.map(|hazard| {
                let category = words::hazard_category(hazard.category);
                let title = say!("随手拍 · {category}", "Hazard · {category}");
                (title, words::hazard_state(hazard.state))
            });
            Ok(words.unwrap_or_default())
        }
        DeedBody::Shift(shift) => {
            let grid = web.ledger.grid(web.program.id, &shift.grid).await?;
            let name = grid.map_or_else(|| shift.grid.clone(), |grid| grid.name);
            let title = say!("巡查 {name}", "Patrol of {name}");
            Ok((title, words::shift_state(deed.state)))
        }
        DeedBody::Order(claim) => {
            let order = web.ledger.order(web.program.id, claim.order).await?;
            let title = order.map(|order| order.wanted.title);
            Ok((title.unwrap_or_default(), words::deed_state(deed.state)))
        }
        DeedBody::Exceptional(_) => {
            let title = t("突出事迹", "Exceptional deed").to_owned();
            Ok((title, words::deed_state(deed.state)))
        }
    }
}

/// What came of a deed, in sentences.
pub async fn said(web: &Web, deed: &DeedView) -> Result<Vec<String>, StoreError> {
    let mut said = Vec::new();
    let minutes = deed.record.body.minutes();
    said.extend(minutes.map(|minutes| say!("计 {minutes} 分钟", "Counted: {minutes} min")));
    said.extend(came(web, deed).await?);
    Ok(said)
}

/// What came of the award that a deed asked for, in sentences.
pub async fn came(web: &Web, deed: &DeedView) -> Result<Vec<String>, StoreError> {
    Ok(match &deed.answer {
        Some(Answer::Awarded(award)) => {
            let award = web.ledger.award(web.program.id, *award).await?;
            let said = award.map(|of| {
                let (amount, state) = (points(of.points), words::award_state(of.state));
                say!("{amount} 分，{state}", "{amount} points, {state}")
            });
            said.into_iter().collect()
        }
        Some(Answer::Refused(why)) => explain_why_not(deed.record.body.kind(), why, language()),
        None if deed.asked => vec![t("正在登记积分", "The points are being recorded").to_owned()],
        None => Vec::new(),
    })
}

/// `GET /{program}/activities/{id}/calendar`.
pub async fn calendar_file(
    At(web): At,
    _: Rider,
    Id(activity): Id<ActivityId>,
) -> Result<Response, Trouble> {
    let planned = web.ledger.activity(web.program.id, activity).await?;
    let planned = planned.ok_or(Trouble::Missing)?;
    Ok(calendar::of_activity(&planned.activity, web.now()).into_response())
}
