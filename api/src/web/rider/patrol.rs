//! 巡查: a shift of the rider's, begun, gone on with and ended at the press of a button. Only the device knows where it is, so this page needs its
//! script; what is pressed without network is kept there and sent later.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::WriteError;
use ledger::clock::Timestamp;
use ledger::machine::deeds::{Answer, DeedBody, DeedRejection, DeedState, Shift};
use ledger::machine::{Command, Rejection};
use ledger::policy::Position;
use ledger::views::DeedView;
use serde::Deserialize;
use uuid::Uuid;

use super::activities::done::{Done, LOOKED_THROUGH, deeds};
use super::me::calm;
use crate::patrolling::{Step, StepKind};
use crate::web::assets::PATROL;
use crate::web::format::hour;
use crate::web::lists::{Asked, List, Tools};
use crate::web::page::{Frame, Page, Trouble, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Rider};
use crate::web::{Web, words};

/// How many steps are taken at once; the page sends no more.
const AT_ONCE: usize = 50;

#[derive(Template)]
#[template(path = "rider/patrol.html")]
struct Patrol {
    frame: Frame,
    script: &'static str,
    /// For whom the device keeps steps.
    member: Uuid,
    /// Steps that need not be kept any more.
    settled: String,
    /// The shift under way.
    open: Option<Open>,
    /// Whether this page answers steps that were sent.
    answers: bool,
    notices: Vec<String>,
    problems: Vec<String>,
    shifts: Vec<Done>,
    tools: Option<Tools>,
}

/// A shift under way.
struct Open {
    shift: Uuid,
    grid: String,
    began: String,
    points: u32,
    last: String,
    ends_by: String,
}

/// `GET /{program}/patrol`.
pub async fn page(At(web): At, rider: Rider, Query(asked): Query<Asked>) -> Page {
    if asked.wants_file() {
        let (_, shifts) = shifts(&web, &rider, &asked).await?;
        if let Some(file) = asked.file("patrols", &shifts) {
            return file.await;
        }
    }
    show(&view(&web, &rider, Sent::default(), &asked).await?)
}

/// What the page's script sends: a list of steps in JSON.
#[derive(Deserialize)]
pub struct Kept {
    steps: String,
}

/// A step as the device kept it. The browser's positions are in WGS-84.
#[derive(Deserialize)]
struct KeptStep {
    step: StepKind,
    shift: Uuid,
    /// As it was written, for the device to know it again.
    at: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

/// What came of the steps.
#[derive(Default)]
struct Sent {
    settled: Vec<String>,
    notices: Vec<String>,
    problems: Vec<String>,
    answers: bool,
}

impl KeptStep {
    fn name(&self) -> String {
        let kind = match self.step {
            StepKind::Start => "start",
            StepKind::Waypoint => "waypoint",
            StepKind::End => "end",
        };
        format!("{}:{kind}:{}", self.shift, self.at)
    }

    fn read(&self) -> Option<(Step, Timestamp)> {
        let position = self.latitude.zip(self.longitude);
        let position = position.and_then(|(north, east)| Position::from_degrees(north, east));
        let step = Step::of(self.step, None, position)?;
        Some((step, self.at.parse().ok()?))
    }
}

/// `POST /{program}/patrol`: takes the steps one after the other. Sent twice, they have one effect.
pub async fn take(At(web): At, rider: Rider, Form(kept): Form<Kept>) -> Page {
    let steps: Result<Vec<KeptStep>, _> = serde_json::from_str(&kept.steps);
    let Ok(steps) = steps else {
        let words = t(
            "没有看懂手机发来的内容，请刷新后再按一次。",
            "What your phone sent could not be read. Please reload the page and press again.",
        );
        let sent = Sent {
            problems: vec![words.to_owned()],
            answers: true,
            ..Sent::default()
        };
        let view = view(&web, &rider, sent, &Asked::default()).await?;
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
    };
    let mut sent = Sent {
        answers: true,
        ..Sent::default()
    };
    for step in steps.iter().take(AT_ONCE) {
        let when = step
            .read()
            .map_or_else(String::new, |(_, at)| hour(at, &web.zone()));
        match taken(&web, &rider, step).await? {
            Ok(words) => sent.notices.push(format!("{when} {words}")),
            Err((words, again)) => {
                sent.problems.push(format!("{when} {words}"));
                if again {
                    continue;
                }
            }
        }
        sent.settled.push(step.name());
    }
    let status = match sent.problems.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::CONFLICT,
    };
    show_as(status, &view(&web, &rider, sent, &Asked::default()).await?)
}

/// What came of a step in words, or why nothing did and whether it is to be sent again.
async fn taken(
    web: &Web,
    rider: &Rider,
    kept: &KeptStep,
) -> Result<Result<&'static str, (String, bool)>, Trouble> {
    let Some((step, at)) = kept.read() else {
        let words = t(
            "没有拿到位置，这一次不算。",
            "There was no position, so this press does not count.",
        );
        return Ok(Err((words.to_owned(), false)));
    };
    let (program, member) = (web.program.id, rider.member());
    let known = web.ledger.shift_of(program, member, kept.shift).await?;
    if kept.step != StepKind::Start && known.is_none() {
        let words = t(
            "这班巡查没有开始成功，这一次不算。",
            "This patrol did not begin, so this press does not count.",
        );
        return Ok(Err((words.to_owned(), false)));
    }
    let key = step.key(kept.shift, at);
    let command = step.command(&web.app, program, member, (kept.shift, at));
    let command: Command = match command.await? {
        Ok(command) => command,
        Err(rejection) => return Ok(Err((words::rejection(&rejection), false))),
    };
    let before = points(web, kept.shift, rider).await?;
    let request = rider.0.caller.request(Some(key));
    match web.app.execute_deed(&request, command).await {
        Ok((_, answer)) => {
            let more = points(web, kept.shift, rider).await? > before;
            Ok(Ok(told(kept.step, more, answer.as_ref())))
        }
        Err(error) => {
            let again = !matches!(error, WriteError::Rejected(_) | WriteError::KeyReused);
            Ok(Err((failure(&error), again)))
        }
    }
}

/// Here it is the phone that tells the time.
fn failure(error: &WriteError) -> String {
    let words = match error {
        WriteError::Rejected(Rejection::DeedInFuture { .. }) => t(
            "手机的时间比实际快，这一次不算。请打开自动校准时间。",
            "Your phone's clock is fast, so this press does not count. Please have the phone set its time by itself.",
        ),
        WriteError::Rejected(Rejection::DeedTooLate { .. }) => t(
            "过了 24 小时才发出，这一次不算。",
            "It was sent more than 24 hours later, so this press does not count.",
        ),
        WriteError::Rejected(Rejection::Deed(DeedRejection::DeedState { .. })) => t(
            "这班巡查已经结束，这一次不算。",
            "This patrol is over, so this press does not count.",
        ),
        other => return words::failure(other),
    };
    words.to_owned()
}

/// How many places of the shift count.
async fn points(web: &Web, shift: Uuid, rider: &Rider) -> Result<u32, StoreError> {
    let (program, member) = (web.program.id, rider.member());
    let view = web.ledger.shift_of(program, member, shift).await?;
    Ok(view.map_or(0, |view| match view.record.body {
        DeedBody::Shift(shift) => shift.points,
        _ => 0,
    }))
}

fn told(step: StepKind, more: bool, answer: Option<&Answer>) -> &'static str {
    match (step, more, answer) {
        (StepKind::Start, ..) => t(
            "巡查开始了。到每个地点按一次“我在这里”。",
            "The patrol has begun. Press “I am here” once at each place.",
        ),
        (StepKind::Waypoint, true, _) => {
            t("记下了，这是一个新地点。", "Noted: this is a new place.")
        }
        (StepKind::Waypoint, false, _) => t(
            "记下了，但不算新地点：离去过的地方太近，离上一次太快，或者已经发过一次。",
            "Noted, but not as a new place: too near to one you were at, too soon after the last, or sent before.",
        ),
        (StepKind::End, _, Some(Answer::Awarded(_))) => t(
            "巡查结束，积分已登记。位置已删除。",
            "The patrol is over and its points are recorded. Your positions are deleted.",
        ),
        (StepKind::End, ..) => t(
            "巡查结束，结果见下。位置已删除。",
            "The patrol is over; see below what came of it. Your positions are deleted.",
        ),
    }
}

/// The shift under way, and those that are over: as many as are asked for.
async fn shifts(
    web: &Web,
    rider: &Rider,
    asked: &Asked,
) -> Result<(Option<Open>, Vec<Done>), StoreError> {
    let (most, reads) = (asked.reads(), asked.reads().max(LOOKED_THROUGH));
    let (mut open, mut shifts) = (None, Vec::new());
    for deed in &deeds(web, rider.member(), reads).await? {
        let DeedBody::Shift(shift) = &deed.record.body else {
            continue;
        };
        match deed.record.state {
            DeedState::Begun if open.is_none() => open = Some(under_way(web, deed, shift).await?),
            DeedState::Begun => {}
            _ if shifts.len() < most => shifts.push(Done::of(web, deed).await?),
            _ => break,
        }
    }
    Ok((open, asked.search(shifts)))
}

async fn view(web: &Web, rider: &Rider, sent: Sent, asked: &Asked) -> Result<Patrol, Trouble> {
    let (open, shifts) = shifts(web, rider, asked).await?;
    let List { rows, tools } = asked.page(&[], shifts);
    Ok(Patrol {
        frame: Frame::new(web, t("巡查", "Patrol"), Some(&rider.0)),
        script: &PATROL,
        member: rider.member().0,
        settled: sent.settled.join(" "),
        open,
        answers: sent.answers,
        notices: sent.notices,
        problems: sent.problems,
        shifts: rows,
        tools: calm(tools),
    })
}

async fn under_way(web: &Web, deed: &DeedView, shift: &Shift) -> Result<Open, StoreError> {
    let zone = web.zone();
    let grid = web.ledger.grid(web.program.id, &shift.grid).await?;
    Ok(Open {
        shift: shift.shift,
        grid: grid.map_or_else(|| shift.grid.clone(), |grid| grid.name),
        began: hour(deed.record.began_at, &zone),
        points: shift.points,
        last: hour(shift.last_at, &zone),
        ends_by: hour(shift.ends_by, &zone),
    })
}
