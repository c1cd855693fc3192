//! 巡查 at the desk: shifts under way and of late. Of where somebody was it is told how many places count, and nothing else.

use std::collections::HashMap;

use askama::Template;
use axum::Form;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::ids::DeedId;
use ledger::machine::Command;
use ledger::machine::deeds::{DeedBody, DeedState, EndedBy, PatrolCommand, Shift};
use ledger::views::{DeedView, Due, Register};
use serde::Deserialize;
use uuid::Uuid;

use crate::web::format::{date, hour};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::rider::activities::said;
use crate::web::visitor::{At, Awarder, Id, request};
use crate::web::{Web, words};

/// How many shifts are shown.
const MOST: i64 = 60;

#[derive(Template)]
#[template(path = "desk/patrols.html")]
struct Patrols {
    frame: Frame,
    shifts: Vec<Row>,
    problem: Option<String>,
}

struct Row {
    id: Uuid,
    member: String,
    grid: String,
    when: String,
    points: u32,
    state: &'static str,
    open: bool,
    said: Vec<String>,
}

/// `GET /{program}/desk/patrols`.
pub async fn list(At(web): At, staff: Awarder) -> Page {
    show(&view(&web, &staff, None).await?)
}

async fn view(web: &Web, staff: &Awarder, problem: Option<String>) -> Result<Patrols, Trouble> {
    let newest = Due {
        since: Timestamp::from_micros(i64::MAX),
        id: Uuid::max(),
    };
    let shifts = staff.0.caller.shifts(&web.app, newest, MOST).await?;
    let mut members: Vec<Uuid> = shifts.iter().map(|deed| deed.record.member.0).collect();
    members.sort_unstable();
    members.dedup();
    let named = web
        .ledger
        .registered_of(web.program.id, Register::Members, &members)
        .await?;
    let names: HashMap<Uuid, String> = named
        .into_iter()
        .map(|named| (named.id, named.name))
        .collect();
    let mut rows = Vec::with_capacity(shifts.len());
    for deed in &shifts {
        if let DeedBody::Shift(shift) = &deed.record.body {
            rows.push(row(web, deed, shift, &names).await?);
        }
    }
    Ok(Patrols {
        frame: Frame::new(web, t("巡查", "Patrols"), Some(&staff.0)),
        shifts: rows,
        problem,
    })
}

async fn row(
    web: &Web,
    deed: &DeedView,
    shift: &Shift,
    names: &HashMap<Uuid, String>,
) -> Result<Row, StoreError> {
    let (record, zone) = (&deed.record, web.zone());
    let mut told = said(web, deed).await?;
    let ended = match shift.ended_by {
        Some(EndedBy::Rule) => Some(t(
            "没有按结束，计到最后一个地点",
            "The end was not pressed: it counts up to the last place",
        )),
        Some(EndedBy::Staff) => Some(t(
            "由工作人员结束，计到最后一个地点",
            "Ended by staff: it counts up to the last place",
        )),
        Some(EndedBy::Member) | None => None,
    };
    let late = shift.late.then(|| {
        t(
            "有的点位是断网后补发的",
            "Some places were sent later, after being offline",
        )
    });
    told.extend(ended.into_iter().chain(late).map(str::to_owned));
    Ok(Row {
        id: record.id.0,
        member: names.get(&record.member.0).cloned().unwrap_or_default(),
        grid: shift.grid.clone(),
        when: format!(
            "{} {}",
            date(record.began_at, &zone),
            hour(record.began_at, &zone)
        ),
        points: shift.points,
        state: words::shift_state(record.state),
        open: record.state == DeedState::Begun,
        said: told,
    })
}

#[derive(Deserialize)]
pub struct Act {
    #[serde(default)]
    act: String,
}

/// `POST /{program}/desk/patrols/{id}`: ends a shift, or lets nothing come of it.
pub async fn act(At(web): At, staff: Awarder, Id(deed): Id<DeedId>, Form(act): Form<Act>) -> Page {
    let shift = web.ledger.deed(web.program.id, deed).await?;
    let shift = shift.ok_or(Trouble::Missing)?;
    staff.0.must_see(&web, shift.record.member).await?;
    let command = match act.act.as_str() {
        "end" => PatrolCommand::End {
            deed,
            at: web.now(),
            position: None,
        },
        "void" => PatrolCommand::Void { deed },
        _ => return Err(Trouble::Missing),
    };
    let request = request(&staff.0, Some(format!("{}-{deed}", act.act)));
    let command = Command::Patrol(Box::new(command));
    match web.app.execute_deed(&request, command).await {
        Ok(_) => go(&web.path("desk/patrols")),
        Err(error) => {
            let problem = Some(words::failure(&error));
            show_as(StatusCode::CONFLICT, &view(&web, &staff, problem).await?)
        }
    }
}
