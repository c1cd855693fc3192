//! Activities as the desk sees them: planned, called off, and the screen with the code that members check in with.

mod listed;

use std::collections::BTreeMap;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use jiff::tz::TimeZone;
use ledger::WriteError;
use ledger::clock::Timestamp;
use ledger::community::activity::{Activity, ActivityForm, CheckInSecret, Fence, Forgotten, Slot};
use ledger::ids::{ActivityId, OrganizationId, derived, random_bytes};
use ledger::machine::Command;
use ledger::machine::deeds::{ActivityCommand, Planned};
use ledger::policy::Fact;
use serde::Deserialize;
use uuid::Uuid;

use super::station::home;
use crate::web::fields::fresh_key;
use crate::web::fields::{datum, position};
use crate::web::format::{field, from_field};
use crate::web::lists::{Asked, List};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::rider::activities::span;
use crate::web::square::square;
use crate::web::visitor::Reached;
use crate::web::visitor::{At, Awarder, Id, request};
use crate::web::{Web, words};

use listed::{Event, events};

/// How long before it begins one may check in, in seconds.
const OPENS_BEFORE: i64 = 1_800;

fn incomplete() -> &'static str {
    t(
        "请把类型、名称、地点和时间都填好；名额填大于 0 的整数，不限就留空。",
        "Please fill in the kind, the name, the place and the times; places are a whole number above 0, or left empty for no limit.",
    )
}

fn no_place() -> &'static str {
    t(
        "签到位置要填“纬度, 经度”，如 41.7952, 123.3085，范围填 10 到 5000 米；不用就留空。",
        "Where to check in is written as latitude, longitude, such as 41.7952, 123.3085, within 10 to 5000 metres; leave it empty if it is not needed.",
    )
}

#[derive(Template)]
#[template(path = "desk/organizing.html")]
struct Organizing {
    frame: Frame,
    activities: List<Event>,
    /// Whether these are over.
    past: bool,
    typed: Typed,
    forms: Vec<(&'static str, &'static str)>,
    beneficiaries: Vec<(&'static str, &'static str)>,
    problem: Option<String>,
}

/// A plan as it was typed.
#[derive(Default)]
struct Typed {
    form: String,
    title: String,
    place: String,
    slots: Vec<TypedSlot>,
    /// Where it is on the map, how far around that is near, and in which coordinates it was read off.
    at: String,
    radius: String,
    datum: String,
    beneficiary: String,
    forgotten: String,
    key: String,
}

/// A slot as it was typed.
#[derive(Clone, Default)]
struct TypedSlot {
    from: String,
    until: String,
    quota: String,
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

/// After a form, with those to come.
async fn view(
    web: &Web,
    staff: &Awarder,
    typed: Typed,
    problem: Option<String>,
) -> Result<Organizing, Trouble> {
    let found = events(web, &staff.0, false).await?;
    let activities = Asked::default().page(&[], found);
    Ok(Organizing {
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
        typed,
        forms: ActivityForm::ALL.into_iter().map(form).collect(),
        beneficiaries: beneficiaries(),
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

impl Typed {
    /// Fields of slots come as often as there are slots.
    fn read(fields: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (name, value) in fields {
            let slot = typed.slots.last_mut();
            match (name.as_str(), slot) {
                ("from", _) => typed.slots.push(TypedSlot {
                    from: value,
                    ..TypedSlot::default()
                }),
                ("until", Some(slot)) => slot.until = value,
                ("quota", Some(slot)) => slot.quota = value,
                ("form", _) => typed.form = value,
                ("title", _) => typed.title = value,
                ("place", _) => typed.place = value,
                ("at", _) => typed.at = value,
                ("radius", _) => typed.radius = value,
                ("datum", _) => typed.datum = value,
                ("beneficiary", _) => typed.beneficiary = value,
                ("forgotten", _) => typed.forgotten = value,
                ("key", _) => typed.key = value,
                _ => {}
            }
        }
        typed
    }

    /// One more slot, a day after the last.
    fn add_slot(&mut self, web: &Web) {
        let zone = web.zone();
        let next = |text: &str| {
            let at = from_field(text, &zone);
            at.map_or_else(String::new, |at| field(at.plus_seconds(86_400), &zone))
        };
        let last = self.slots.last().cloned().unwrap_or_default();
        self.slots.push(TypedSlot {
            from: next(&last.from),
            until: next(&last.until),
            quota: last.quota,
        });
    }

    /// Slots with a time; what has none is left out.
    fn slots(&self, zone: &TimeZone) -> Option<Vec<Slot>> {
        let filled = |slot: &&TypedSlot| !(slot.from.is_empty() && slot.until.is_empty());
        let slots = self.slots.iter().filter(filled).map(|slot| {
            Some(Slot {
                starts_at: from_field(&slot.from, zone)?,
                ends_at: from_field(&slot.until, zone)?,
                quota: match slot.quota.trim() {
                    "" => None,
                    quota => Some(quota.parse().ok().filter(|quota| *quota > 0)?),
                },
            })
        });
        let slots: Option<Vec<Slot>> = slots.collect();
        slots.filter(|slots| !slots.is_empty())
    }

    /// Where one has to be; `Err` if what is typed is no place.
    fn fence(&self) -> Result<Option<Fence>, ()> {
        if self.at.trim().is_empty() {
            return Ok(None);
        }
        let datum = datum(&self.datum);
        let radius = self.radius.trim().parse().ok();
        let radius = radius.filter(|radius| (10..=5_000).contains(radius));
        let (position, radius) = position(&self.at, datum).zip(radius).ok_or(())?;
        Ok(Some(Fence { position, radius }))
    }

    /// Held by an organization, or what is wrong with it.
    fn activity(
        &self,
        web: &Web,
        organization: OrganizationId,
        staff: &Awarder,
    ) -> Result<Activity, &'static str> {
        let filled = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let form = ActivityForm::from_name(&self.form).ok_or_else(incomplete)?;
        let mut facts = BTreeMap::new();
        if form.deed_kind() == ActivityForm::Volunteer.deed_kind() {
            facts.insert(
                "beneficiary".to_owned(),
                Fact::from(self.beneficiary.as_str()),
            );
        }
        Ok(Activity {
            // The same form is the same activity.
            id: ActivityId(derived(&[
                b"activity",
                staff.0.id().as_bytes(),
                self.key.as_bytes(),
            ])),
            organization,
            form,
            title: filled(&self.title).ok_or_else(incomplete)?,
            place: filled(&self.place).ok_or_else(incomplete)?,
            fence: self.fence().map_err(|()| no_place())?,
            slots: self.slots(&web.zone()).ok_or_else(incomplete)?,
            facts,
            policy: None,
            forgotten: match self.forgotten.as_str() {
                "nothing" => Forgotten::Nothing,
                "whole" => Forgotten::Whole,
                _ => Forgotten::Half,
            },
            opens_before: OPENS_BEFORE,
            organizer: staff.0.caller.actor,
            cancelled: false,
        })
    }
}

/// `POST /{program}/desk/activities`: plans one, once for each form; or shows the form again with one more slot.
pub async fn plan(At(web): At, staff: Awarder, Form(fields): Form<Vec<(String, String)>>) -> Page {
    let more = fields
        .iter()
        .any(|(name, act)| name == "act" && act == "slot");
    let mut typed = Typed::read(fields);
    if more {
        typed.add_slot(&web);
        return show(&view(&web, &staff, typed, None).await?);
    }
    let home = home(&web, &staff.0).await?;
    let Some(organization) = home else {
        let words = t(
            "您还没有归属的组织，请管理员先登记。",
            "You belong to no organisation yet. Please ask an administrator to record one.",
        )
        .to_owned();
        return show_as(
            StatusCode::CONFLICT,
            &view(&web, &staff, typed, Some(words)).await?,
        );
    };
    let activity = match typed.activity(&web, organization, &staff) {
        Ok(activity) => activity,
        Err(words) => {
            let view = view(&web, &staff, typed, Some(words.to_owned())).await?;
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
            let words = words::failure(&error);
            show_as(
                StatusCode::CONFLICT,
                &view(&web, &staff, typed, Some(words)).await?,
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
