//! One activity: a place in it taken and given back, check-in and check-out.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::community::activity::Slot;
use ledger::ids::{ActivityId, DeedId};
use ledger::machine::deeds::{ActivityCommand, DeedState, Part, Planned, Proof};
use ledger::machine::{Command, Rejection};
use ledger::views::DeedView;
use ledger::{StoreError, WriteError};
use serde::Deserialize;
use uuid::Uuid;

use super::{places, said, span};
use crate::web::fields::{fresh_key, sent_at};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Id, Rider, request};
use crate::web::{Web, words};

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

/// What is told on the page, and what was typed.
#[derive(Default)]
struct Told {
    /// The digits, from the address or as they were typed.
    code: String,
    /// Under which key, where the same form may be sent again.
    key: Option<String>,
    notice: Option<&'static str>,
    problem: Option<String>,
    /// For which slot they are wrong, and why.
    digits: Option<(u32, String)>,
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
    /// What is wrong with the digits that were typed.
    wrong: Option<String>,
}

impl SlotView {
    /// Whether there is a field for the digits.
    const fn asks_digits(&self) -> bool {
        let [_, _, check_in, check_out] = self.may;
        check_in || check_out
    }
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
    let told = Told {
        code: shown.c,
        notice,
        ..Told::default()
    };
    show(&view(&web, &rider, activity, told).await?)
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
    let request = request(&rider.0, Some(act.key.clone()));
    let command = Command::Activity(Box::new(command));
    let Err(error) = web.app.execute_deed(&request, command).await else {
        return go(&web.path(&format!("activities/{activity}?done={}", act.act)));
    };
    let told = act.refused(&error);
    show_as(
        StatusCode::CONFLICT,
        &view(&web, &rider, activity, told).await?,
    )
}

impl Act {
    /// What is told once the ledger turned it down: of wrong digits, beside them.
    fn refused(self, error: &WriteError) -> Told {
        let again = words::may_try_again(error);
        let base = self.key.strip_suffix(&format!("-{}", self.slot));
        let key = base.filter(|_| again).map(str::to_owned);
        let (problem, digits) = match error {
            WriteError::Rejected(Rejection::InvalidCode) => {
                let wrong = t(
                    "数字不对，或屏幕上已经换了。请照屏幕上现在的 6 位数字填。",
                    "These digits are wrong, or the screen shows others by now. Please type the 6 that it shows.",
                );
                (None, Some((self.slot, wrong.to_owned())))
            }
            WriteError::TooManyGuesses(seconds) => {
                let wait = say!(
                    "数字错得太多，请 {seconds} 秒后再试。",
                    "Too many wrong digits. Please try again in {seconds} seconds."
                );
                (None, Some((self.slot, wait)))
            }
            error => (Some(words::failure(error)), None),
        };
        Told {
            code: self.code,
            key,
            notice: None,
            problem,
            digits,
        }
    }
}

async fn view(
    web: &Web,
    rider: &Rider,
    id: ActivityId,
    told: Told,
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
    let mut problem = told.problem;
    if let Some((index, words)) = told.digits {
        let slot = slots.iter_mut().find(|slot| slot.slot == index);
        match slot.filter(|slot| slot.asks_digits()) {
            Some(slot) => slot.wrong = Some(words),
            None => problem = Some(words),
        }
    }
    Ok(ActivityPage {
        frame: Frame::new(web, t("活动", "Events"), Some(&rider.0)),
        id: id.0,
        title: activity.title.clone(),
        form: words::activity_form(activity.form),
        place: activity.place.clone(),
        cancelled: activity.cancelled,
        slots,
        code: told.code,
        key: told.key.unwrap_or_else(fresh_key),
        notice: told.notice,
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
        wrong: None,
    })
}
