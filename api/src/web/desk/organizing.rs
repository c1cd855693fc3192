//! Activities as the desk sees them: planned, called off, and the screen with the code that members check in with.

mod listed;
mod typed;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::WriteError;
use ledger::clock::Timestamp;
use ledger::community::activity::{ActivityForm, CheckInSecret};
use ledger::ids::{ActivityId, random_bytes};
use ledger::machine::Command;
use ledger::machine::deeds::{ActivityCommand, Planned};
use serde::Deserialize;
use uuid::Uuid;

use super::station::home;
use crate::web::fields::fresh_key;
use crate::web::format::field;
use crate::web::lists::{Asked, List};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::rider::activities::span;
use crate::web::square::square;
use crate::web::visitor::Reached;
use crate::web::visitor::{At, Awarder, Id, request};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

use listed::{Event, events};
use typed::{SlotRow, Typed, TypedSlot};

#[derive(Template)]
#[template(path = "desk/organizing.html")]
struct Organizing {
    frame: Frame,
    activities: List<Event>,
    /// Whether these are over.
    past: bool,
    typed: Typed,
    slots: Vec<SlotRow>,
    forms: Vec<(&'static str, &'static str)>,
    beneficiaries: Vec<(&'static str, &'static str)>,
    wrong: Wrong,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/screen.html")]
struct Screen {
    frame: Frame,
    id: Uuid,
    title: String,
    place: String,
    when: String,
    cancelled: bool,
    /// Nothing once it is over.
    code: Option<Code>,
    present: i64,
    taken: i64,
}

struct Code {
    digits: String,
    size: usize,
    path: String,
}

/// Which are to be listed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    state: String,
}

/// `GET /{program}/desk/activities`; with `state=past`, those that are over.
pub async fn list(
    At(web): At,
    staff: Awarder,
    Query(wanted): Query<Wanted>,
    Query(asked): Query<Asked>,
) -> Page {
    let past = wanted.state == "past";
    let found = asked.search(events(&web, &staff.0, past).await?);
    if let Some(file) = asked.file("events", &found) {
        return file.await;
    }
    let hours = |hours: i64| field(web.now().plus_seconds(hours * 3_600), &web.zone());
    let slot = TypedSlot {
        from: hours(24),
        until: hours(26),
        quota: String::new(),
    };
    let typed = Typed {
        slots: vec![slot],
        key: fresh_key(),
        ..Typed::default()
    };
    let state = if past { "past" } else { "" };
    let activities = asked.page(&[("state", state)], found);
    show(&Organizing {
        past,
        ..of(&web, &staff, activities, typed)
    })
}

/// After a form, with those to come, and what is wrong: beside a field, or above them all.
async fn view(
    web: &Web,
    staff: &Awarder,
    typed: Typed,
    (wrong, problem): (Wrong, Option<String>),
) -> Result<Organizing, Trouble> {
    let found = events(web, &staff.0, false).await?;
    let activities = Asked::default().page(&[], found);
    Ok(Organizing {
        wrong,
        problem,
        ..of(web, staff, activities, typed)
    })
}

fn of(web: &Web, staff: &Awarder, activities: List<Event>, typed: Typed) -> Organizing {
    let form = |form: ActivityForm| (form.name(), words::activity_form(form));
    Organizing {
        frame: Frame::new(web, t("活动", "Events"), Some(&staff.0)),
        activities,
        past: false,
        slots: typed.rows(),
        typed,
        forms: ActivityForm::ALL.into_iter().map(form).collect(),
        beneficiaries: beneficiaries(),
        wrong: Wrong::default(),
        problem: None,
    }
}

/// Whom a volunteer action may serve.
fn beneficiaries() -> Vec<(&'static str, &'static str)> {
    let kind = ActivityForm::Volunteer.deed_kind();
    let choices = ledger::policy::deed::choices(kind, "beneficiary");
    choices
        .iter()
        .map(|choice| (choice.value, t(choice.zh, choice.en)))
        .collect()
}

/// `POST /{program}/desk/activities`: plans one, once for each form; or shows the form again with one more slot.
pub async fn plan(At(web): At, staff: Awarder, Form(fields): Form<Vec<(String, String)>>) -> Page {
    let more = fields
        .iter()
        .any(|(name, act)| name == "act" && act == "slot");
    let mut typed = Typed::read(fields);
    if more {
        typed.add_slot(&web);
        let nothing = (Wrong::default(), None);
        return show(&view(&web, &staff, typed, nothing).await?);
    }
    let home = home(&web, &staff.0).await?;
    let Some(organization) = home else {
        let words = t(
            "您还没有归属的组织，请管理员先登记。",
            "You belong to no organisation yet. Please ask an administrator to record one.",
        )
        .to_owned();
        let wrong = (Wrong::default(), Some(words));
        return show_as(
            StatusCode::CONFLICT,
            &view(&web, &staff, typed, wrong).await?,
        );
    };
    let activity = match typed.activity(&web, organization, &staff) {
        Ok(activity) => activity,
        Err(wrong) => {
            let view = view(&web, &staff, typed, (wrong, None)).await?;
            return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
        }
    };
    let id = activity.id;
    let plan = ActivityCommand::Plan {
        activity,
        secret: CheckInSecret::new(random_bytes()),
    };
    let request = request(&staff.0, Some(typed.key.clone()));
    match web
        .app
        .execute(&request, Command::Activity(Box::new(plan)))
        .await
    {
        Ok(_) => go(&web.path(&format!("desk/activities/{id}"))),
        Err(error) => {
            if !words::may_try_again(&error) {
                typed.key = fresh_key();
            }
            let wrong = typed.refused(&error);
            show_as(
                StatusCode::CONFLICT,
                &view(&web, &staff, typed, wrong).await?,
            )
        }
    }
}

async fn reached(web: &Web, staff: &Awarder, id: ActivityId) -> Result<Planned, Trouble> {
    let planned = web.ledger.activity(web.program.id, id).await?;
    let planned = planned.ok_or(Trouble::Missing)?;
    let node = Some(planned.activity.organization);
    let reached = staff.0.caller.reaches_node(&web.app, node).await?;
    reached.then_some(planned).ok_or(Trouble::Missing)
}

/// `GET /{program}/desk/activities/{id}`: the screen. It asks for itself again every ten seconds.
pub async fn screen(At(web): At, staff: Awarder, server: Reached, Id(id): Id<ActivityId>) -> Page {
    let planned = reached(&web, &staff, id).await?;
    let present = web.ledger.present(web.program.id, id).await?;
    let (now, zone) = (web.now(), web.zone());
    let activity = &planned.activity;
    let over = activity.ends_at() <= now || activity.cancelled;
    let code = (!over).then(|| code(&web, &planned, &server, now));
    let spans: Vec<String> = activity
        .slots
        .iter()
        .map(|slot| span(slot, &zone))
        .collect();
    show(&Screen {
        frame: Frame::new(&web, t("签到屏", "Check-in screen"), Some(&staff.0)),
        id: id.0,
        title: activity.title.clone(),
        place: activity.place.clone(),
        when: spans.join(t("，", ", ")),
        cancelled: activity.cancelled,
        code,
        present,
        taken: planned.taken.iter().sum(),
    })
}

/// The digits, and the address that fills them in.
fn code(web: &Web, planned: &Planned, Reached(server): &Reached, now: Timestamp) -> Code {
    let digits = planned.secret.code_at(now);
    let path = web.path(&format!("activities/{}?c={digits}", planned.activity.id));
    let (size, path) = square(&format!("{server}{path}"));
    Code { digits, size, path }
}

/// `POST /{program}/desk/activities/{id}/cancel`.
pub async fn cancel(At(web): At, staff: Awarder, Id(id): Id<ActivityId>) -> Page {
    reached(&web, &staff, id).await?;
    let request = request(&staff.0, Some(format!("cancel-{id}")));
    let command = ActivityCommand::Cancel { activity: id };
    let command = Command::Activity(Box::new(command));
    match web.app.execute(&request, command).await {
        // Somebody was quicker.
        Ok(_) | Err(WriteError::Rejected(_)) => go(&web.path("desk/activities")),
        Err(error) => Err(Trouble::Write(error)),
    }
}
