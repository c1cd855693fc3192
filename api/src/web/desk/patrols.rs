//! 巡查 at the desk: shifts under way and of late. Of where somebody was it is told how many places count, and nothing else.

use std::collections::HashMap;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::ids::DeedId;
use ledger::machine::Command;
use ledger::machine::deeds::{DeedBody, DeedState, EndedBy, PatrolCommand, Shift};
use ledger::views::{DeedView, Due, Register};
use serde::Deserialize;
use uuid::Uuid;

use crate::sheet::Cell;
use crate::web::format::{date, full, hour};
use crate::web::lists::whole::{self, names};
use crate::web::lists::{Asked, Line, List};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::rider::activities::said;
use crate::web::visitor::{At, Awarder, Id, request};
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "desk/patrols.html")]
struct Patrols {
    frame: Frame,
    shifts: List<Row>,
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
    began: String,
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("编号", "ID"),
            t("骑手", "Rider"),
            t("网格", "Grid"),
            t("开始", "Began"),
            t("地点数", "Places"),
            t("状态", "State"),
            t("说明", "Notes"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            self.id.into(),
            self.member.clone().into(),
            self.grid.clone().into(),
            self.began.clone().into(),
            i64::from(self.points).into(),
            self.state.into(),
            self.said.join(t("；", "; ")).into(),
        ]
    }
}

/// `GET /{program}/desk/patrols`.
pub async fn list(At(web): At, staff: Awarder, Query(asked): Query<Asked>) -> Page {
    let found = asked.search(shifts(&web, &staff, asked.reads()).await?);
    if let Some(file) = asked.file("patrols", &found) {
        return file.await;
    }
    show(&Patrols {
        frame: Frame::new(&web, t("巡查", "Patrols"), Some(&staff.0)),
        shifts: asked.page(&[], found),
        problem: None,
    })
}

/// The newest of riders they see.
async fn shifts(web: &Web, staff: &Awarder, most: usize) -> Result<Vec<Row>, StoreError> {
    let (caller, app) = (&staff.0.caller, &web.app);
    let newest = Due {
        since: Timestamp::from_micros(i64::MAX),
        id: Uuid::max(),
    };
    let place = |deed: &DeedView| Due {
        since: deed.record.began_at,
        id: deed.record.id.0,
    };
    let page = |before, limit| async move { caller.shifts(app, before, limit).await };
    let shifts = whole::rows(most, newest, place, page).await?;
    let members = shifts.iter().map(|deed| deed.record.member.0).collect();
    let names = names(web, Register::Members, members).await?;
    let mut rows = Vec::with_capacity(shifts.len());
    for deed in &shifts {
        if let DeedBody::Shift(shift) = &deed.record.body {
            rows.push(row(web, deed, shift, &names).await?);
        }
    }
    Ok(rows)
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
        began: full(record.began_at, &zone),
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
            let asked = Asked::default();
            let found = shifts(&web, &staff, asked.reads()).await?;
            let list = asked.page(&[], found);
            let view = Patrols {
                frame: Frame::new(&web, t("巡查", "Patrols"), Some(&staff.0)),
                shifts: List {
                    tools: list.tools.at(web.path("desk/patrols")),
                    ..list
                },
                problem: Some(words::failure(&error)),
            };
            show_as(StatusCode::CONFLICT, &view)
        }
    }
}
