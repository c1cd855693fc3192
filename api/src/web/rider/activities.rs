//! Activities as a rider sees them: what is to come, a place in it, check-in and check-out.

pub mod done;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use ledger::StoreError;
use ledger::community::activity::Slot;
use ledger::ids::{ActivityId, DeedId};
use ledger::machine::Command;
use ledger::machine::deeds::{
    ActivityCommand, Answer, DeedBody, DeedRecord, DeedState, Part, Planned, Proof, explain_why_not,
};
use ledger::views::{DeedView, Due};
use serde::Deserialize;
use uuid::Uuid;

use self::done::Done;
use super::me::calm;
use crate::calendar;
use crate::sheet::Cell;
use crate::web::fields::{fresh_key, sent_at};
use crate::web::format::{date, hour, points};
use crate::web::lists::{Asked, Line, List, Tools, whole};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, language, say, t};
use crate::web::visitor::{At, Id, Rider, request};
use crate::web::{Web, words};

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

#[derive(Template)]
#[template(path = "rider/activity.html")]
struct ActivityPage {
    frame: Frame,
    id: Uuid,
    title: String,
    form: &'static str,
    place: String,
    cancelled: bool,
    slots: Vec<SlotView>,
    /// The code that came with the address.
    code: String,
    key: String,
    notice: Option<&'static str>,
    problem: Option<String>,
}

/// A slot, and what the rider can do about it.
struct SlotView {
    slot: u32,
    when: String,
    places: String,
    state: &'static str,
    said: Vec<String>,
    /// May take a place, give it back, check in, check out.
    may: [bool; 4],
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

#[derive(Default, Deserialize)]
pub struct Shown {
    /// From the organizer's screen.
    #[serde(default)]
    c: String,
    done: Option<String>,
}

/// `GET /{program}/activities/{id}`.
pub async fn one(
    At(web): At,
    rider: Rider,
    Id(activity): Id<ActivityId>,
    Query(shown): Query<Shown>,
) -> Page {
    let notice = match shown.done.as_deref() {
        Some("sign_up") => Some(t("已报名。", "You have a place.")),
        Some("withdraw") => Some(t(
            "已取消报名，名额让给别人。",
            "You gave your place back for somebody else.",
        )),
        Some("check_in") => Some(t(
            "已签到。离开时记得签退。",
            "You are checked in. Remember to check out when you leave.",
        )),
        Some("check_out") => Some(t(
            "已签退，积分正在登记。",
            "You are checked out. The points are being recorded.",
        )),
        _ => None,
    };
    let view = view(&web, &rider, activity, shown.c, notice, None).await?;
    show(&view)
}

#[derive(Deserialize)]
pub struct Act {
    act: String,
    slot: u32,
    key: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    at: String,
}

/// `POST /{program}/activities/{id}`: signs up, gives back, checks in or out.
pub async fn act(
    At(web): At,
    rider: Rider,
    Id(activity): Id<ActivityId>,
    Form(act): Form<Act>,
) -> Page {
    let part = Part {
        activity,
        slot: act.slot,
        member: rider.member(),
    };
    let at = sent_at(&act.at, web.now());
    let proof = Proof::Code(act.code.clone());
    let command = match act.act.as_str() {
        "sign_up" => ActivityCommand::SignUp(part),
        "withdraw" => ActivityCommand::Withdraw(part),
        "check_in" => ActivityCommand::CheckIn { part, at, proof },
        "check_out" => ActivityCommand::CheckOut { part, at, proof },
        _ => return Err(Trouble::Missing),
    };
    let request = request(&rider.0, Some(act.key));
    let command = Command::Activity(Box::new(command));
    match web.app.execute_deed(&request, command).await {
        Ok(_) => go(&web.path(&format!("activities/{activity}?done={}", act.act))),
        Err(error) => {
            let problem = Some(words::failure(&error));
            let view = view(&web, &rider, activity, act.code, None, problem).await?;
            show_as(StatusCode::CONFLICT, &view)
        }
    }
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

async fn view(
    web: &Web,
    rider: &Rider,
    id: ActivityId,
    code: String,
    notice: Option<&'static str>,
    problem: Option<String>,
) -> Result<ActivityPage, Trouble> {
    let program = web.program.id;
    let planned = web.ledger.activity(program, id).await?;
    let planned = planned.ok_or(Trouble::Missing)?;
    let activity = &planned.activity;
    let part = |slot| Part {
        activity: id,
        slot,
        member: rider.member(),
    };
    let slots_of = || (0..).zip(activity.slots.iter().zip(&planned.taken));
    let own: Vec<DeedId> = slots_of()
        .map(|(index, _)| part(index).deed(activity))
        .collect();
    let deeds = web.ledger.deeds(program, &own).await?;
    let mut slots = Vec::with_capacity(activity.slots.len());
    for ((index, (slot, taken)), own) in slots_of().zip(own) {
        let deed = deeds.iter().find(|deed| deed.record.id == own);
        slots.push(slot_view(web, &planned, (index, slot, *taken), deed).await?);
    }
    Ok(ActivityPage {
        frame: Frame::new(web, t("活动", "Events"), Some(&rider.0)),
        id: id.0,
        title: activity.title.clone(),
        form: words::activity_form(activity.form),
        place: activity.place.clone(),
        cancelled: activity.cancelled,
        slots,
        code,
        key: fresh_key(),
        notice,
        problem,
    })
}

async fn slot_view(
    web: &Web,
    planned: &Planned,
    (index, slot, taken): (u32, &Slot, i64),
    deed: Option<&DeedView>,
) -> Result<SlotView, StoreError> {
    let now = web.now();
    let held = !planned.activity.cancelled && now < slot.ends_at;
    let opens_at = slot.starts_at.plus_seconds(-planned.activity.opens_before);
    let room = slot.quota.is_none_or(|quota| taken < quota);
    let state = deed.map(|deed| deed.record.state);
    let none = matches!(state, None | Some(DeedState::Void));
    let promised = state == Some(DeedState::Promised);
    Ok(SlotView {
        slot: index,
        when: span(slot, &web.zone()),
        places: places(slot, taken),
        state: state.filter(|_| !none).map_or("", words::deed_state),
        said: match deed {
            Some(deed) => said(web, deed).await?,
            None => Vec::new(),
        },
        may: [
            held && none && room,
            held && promised,
            held && now >= opens_at && (promised || none && room),
            state == Some(DeedState::Begun),
        ],
    })
}
