//! Activities as the desk sees them: planned, called off, and the screen with the code that members check in with.

use std::collections::BTreeMap;

use askama::Template;
use axum::Form;
use axum::http::StatusCode;
use ledger::WriteError;
use ledger::clock::Timestamp;
use ledger::community::activity::{Activity, ActivityForm, CheckInSecret, Forgotten, Slot};
use ledger::ids::{ActivityId, MemberId, OrganizationId, derived, random_bytes};
use ledger::machine::Command;
use ledger::machine::deeds::{ActivityCommand, DeedState, Planned};
use ledger::policy::Fact;
use serde::Deserialize;
use uuid::Uuid;

use super::activities::{Listed, listed, span, to_come};
use super::counter::fresh_key;
use super::format::{field, from_field};
use super::page::{Frame, Page, Trouble, go, show, show_as};
use super::pay::square;
use super::station::{Reached, home};
use super::visitor::{At, Awarder, Id, request};
use super::{Web, words};

/// How long before it begins one may check in, in seconds.
const OPENS_BEFORE: i64 = 1_800;
/// How many parts are counted for the screen.
const MOST: i64 = 2_000;

#[derive(Template)]
#[template(path = "organizing.html")]
struct Organizing {
    frame: Frame,
    activities: Vec<Listed>,
    typed: Typed,
    forms: Vec<(&'static str, &'static str)>,
    beneficiaries: Vec<(&'static str, &'static str)>,
    problem: Option<String>,
}

/// A plan as it was typed.
#[derive(Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    form: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    quota: String,
    #[serde(default)]
    beneficiary: String,
    #[serde(default)]
    forgotten: String,
    #[serde(default)]
    key: String,
}

#[derive(Template)]
#[template(path = "screen.html")]
struct Screen {
    frame: Frame,
    id: Uuid,
    title: String,
    place: String,
    when: String,
    cancelled: bool,
    /// Nothing once it is over.
    code: Option<Code>,
    present: usize,
    taken: i64,
}

struct Code {
    digits: String,
    size: usize,
    path: String,
}

/// `GET /{program}/desk/activities`.
pub async fn list(At(web): At, staff: Awarder) -> Page {
    let now = web.now();
    let typed = Typed {
        from: field(now.plus_seconds(24 * 3_600), &web.zone()),
        until: field(now.plus_seconds(26 * 3_600), &web.zone()),
        key: fresh_key(),
        ..Typed::default()
    };
    show(&view(&web, &staff, typed, None).await?)
}

async fn view(
    web: &Web,
    staff: &Awarder,
    typed: Typed,
    problem: Option<String>,
) -> Result<Organizing, Trouble> {
    let zone = web.zone();
    let mut activities = Vec::new();
    for planned in to_come(web).await? {
        let node = planned.activity.organization;
        if staff.0.caller.reaches_node(&web.app, Some(node)).await? {
            let note = match planned.activity.cancelled {
                true => "已取消".to_owned(),
                false => format!("{} 人", planned.taken.iter().sum::<i64>()),
            };
            activities.push(listed(&planned, &zone, note));
        }
    }
    let form = |form: ActivityForm| (form.name(), words::activity_form(form));
    Ok(Organizing {
        frame: Frame::new(web, "活动", Some(&staff.0)),
        activities,
        typed,
        forms: ActivityForm::ALL.into_iter().map(form).collect(),
        beneficiaries: beneficiaries(),
        problem,
    })
}

/// Whom a volunteer action may serve.
fn beneficiaries() -> Vec<(&'static str, &'static str)> {
    let kind = ActivityForm::Volunteer.deed_kind();
    let choices = ledger::policy::deed::choices(kind, "beneficiary");
    choices
        .iter()
        .map(|choice| (choice.value, choice.zh))
        .collect()
}

impl Typed {
    /// Of one slot, held by an organization.
    fn activity(
        &self,
        web: &Web,
        organization: OrganizationId,
        staff: &Awarder,
    ) -> Option<Activity> {
        let zone = web.zone();
        let form = ActivityForm::from_name(&self.form)?;
        let quota = match self.quota.trim() {
            "" => None,
            quota => Some(quota.parse().ok().filter(|quota| *quota > 0)?),
        };
        let slot = Slot {
            starts_at: from_field(&self.from, &zone)?,
            ends_at: from_field(&self.until, &zone)?,
            quota,
        };
        let mut facts = BTreeMap::new();
        if form.deed_kind() == ActivityForm::Volunteer.deed_kind() {
            facts.insert(
                "beneficiary".to_owned(),
                Fact::from(self.beneficiary.as_str()),
            );
        }
        let filled = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        Some(Activity {
            // The same form is the same activity.
            id: ActivityId(derived(&[
                b"activity",
                staff.0.id().as_bytes(),
                self.key.as_bytes(),
            ])),
            organization,
            form,
            title: filled(&self.title)?,
            place: filled(&self.place)?,
            fence: None,
            slots: vec![slot],
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

/// `POST /{program}/desk/activities`: plans one, once for each form.
pub async fn plan(At(web): At, staff: Awarder, Form(typed): Form<Typed>) -> Page {
    let home = home(&web, &staff.0).await?;
    let Some(organization) = home else {
        let words = "您还没有归属的组织，请管理员先登记。".to_owned();
        return show_as(
            StatusCode::CONFLICT,
            &view(&web, &staff, typed, Some(words)).await?,
        );
    };
    let Some(activity) = typed.activity(&web, organization, &staff) else {
        let words =
            "请把类型、名称、地点和时间都填好；名额填大于 0 的整数，不限就留空。".to_owned();
        let view = view(&web, &staff, typed, Some(words)).await?;
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
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
    let nobody = (0, MemberId(Uuid::nil()));
    let parts = web.ledger.parts(web.program.id, id, nobody, MOST).await?;
    let begun = |state| matches!(state, DeedState::Begun | DeedState::Done);
    let present = parts.iter().filter(|part| begun(part.record.state)).count();
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
        frame: Frame::new(&web, "签到屏", Some(&staff.0)),
        id: id.0,
        title: activity.title.clone(),
        place: activity.place.clone(),
        when: spans.join("，"),
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
