//! Hazards as the desk sees them: what is to be looked at, what may be of the same, and one step after the other.

mod typed;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::community::hazard::{
    Hazard, HazardCategory, HazardState, InvalidReason, Severity, StepKind,
};
use ledger::ids::HazardId;
use ledger::machine::hazards::steps_from;
use ledger::views::{Due, HazardFilter, Register};
use serde::Deserialize;
use uuid::Uuid;

use self::typed::{Act, flaw};
use super::hazard_map::Map;
use crate::sheet::Cell;
use crate::web::fields::fresh_key;
use crate::web::format::full;
use crate::web::lists::{self, Asked, List, whole};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::rider::hazards::{Line, Told, said, told};
use crate::web::visitor::{At, Awarder, Id, request};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "desk/triage.html")]
struct Triage {
    frame: Frame,
    hazards: List<Row>,
    /// What is listed, by name, and whether it is this.
    kinds: Vec<(&'static str, &'static str, bool)>,
    /// Of those of a page.
    map: Option<Map>,
}

/// A report in the list.
struct Row {
    line: Line,
    hazard: Hazard,
    cells: Vec<Cell>,
}

impl lists::Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("编号", "ID"),
            t("类别", "Category"),
            t("严重程度", "Severity"),
            t("上报时间", "Reported"),
            t("限期", "Due by"),
            t("超时", "Overdue"),
            t("状态", "State"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        self.cells.clone()
    }
}

impl Row {
    fn of(web: &Web, hazard: Hazard) -> Self {
        let (line, zone) = (Line::of(web, &hazard), web.zone());
        let due = hazard.due_at();
        let overdue = if line.overdue { t("是", "yes") } else { "" };
        let cells = vec![
            line.id.into(),
            line.category.into(),
            line.severity.into(),
            full(hazard.received_at, &zone).into(),
            due.map_or_else(String::new, |due| full(due, &zone)).into(),
            overdue.into(),
            line.state.into(),
        ];
        Self {
            line,
            hazard,
            cells,
        }
    }
}

#[derive(Template)]
#[template(path = "desk/triage_one.html")]
struct One {
    frame: Frame,
    line: Line,
    told: Told,
    said: Vec<String>,
    member: Option<(Uuid, String)>,
    /// Other reports that may be of the same.
    near: Vec<Line>,
    /// What was shown with the same photo, or with one that merely looks alike.
    twins: Vec<(Uuid, bool)>,
    /// By name, and whether it is this.
    categories: Vec<(&'static str, &'static str, bool)>,
    severities: Vec<(&'static str, &'static str, bool)>,
    reasons: Vec<(&'static str, &'static str, bool)>,
    nodes: Vec<(Uuid, String, bool)>,
    may: May,
    /// What the forms hold. What is pressed twice under one key is one step.
    typed: Act,
    wrong: Wrong,
}

/// What may be done about it now.
struct May {
    triage: bool,
    verify: bool,
    invalid: bool,
    assign: bool,
    fix: bool,
    confirm: bool,
    reopen: bool,
}

impl May {
    fn from(state: HazardState) -> Self {
        let may = |step| steps_from(state).any(|known| known == step);
        Self {
            triage: may(StepKind::Triage),
            verify: may(StepKind::Verify),
            invalid: may(StepKind::Invalid),
            assign: may(StepKind::Assign),
            fix: may(StepKind::Fix),
            confirm: may(StepKind::Confirm),
            reopen: may(StepKind::Reopen),
        }
    }
}

#[derive(Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    state: String,
}

/// `GET /{program}/desk/hazards`.
pub async fn list(
    At(web): At,
    staff: Awarder,
    Query(wanted): Query<Wanted>,
    Query(asked): Query<Asked>,
) -> Page {
    let state = HazardState::from_name(&wanted.state);
    let overdue = wanted.state == "overdue";
    let filter = HazardFilter {
        state,
        due_by: overdue.then(|| web.now()),
        ..HazardFilter::newest(0)
    };
    let found = hazards(&web, &staff, filter, asked.reads()).await?;
    let found = found.into_iter().map(|of| Row::of(&web, of)).collect();
    let found = asked.search(found);
    if let Some(file) = asked.file("hazards", &found) {
        return file.await;
    }
    let list = asked.page(&[("state", wanted.state.as_str())], found);
    let drawn: Vec<Hazard> = list.rows.iter().map(|row| row.hazard.clone()).collect();
    let states = HazardState::ALL.iter();
    let kinds = states.map(|of| (of.name(), words::hazard_state(*of), state == Some(*of)));
    let first = [
        ("", t("全部", "All"), state.is_none() && !overdue),
        ("overdue", t("已超时", "Overdue"), overdue),
    ];
    show(&Triage {
        frame: Frame::new(&web, t("隐患", "Hazards"), Some(&staff.0)),
        hazards: list,
        kinds: first.into_iter().chain(kinds).collect(),
        map: Map::of(&web, &drawn).await?,
    })
}

/// The newest of those they see.
async fn hazards(
    web: &Web,
    staff: &Awarder,
    filter: HazardFilter,
    most: usize,
) -> Result<Vec<Hazard>, StoreError> {
    let (caller, app) = (&staff.0.caller, &web.app);
    let place = |hazard: &Hazard| Due {
        since: hazard.received_at,
        id: hazard.id.0,
    };
    let page = |before, limit| async move {
        let filter = HazardFilter {
            before,
            limit,
            ..filter
        };
        caller.hazards(app, &filter).await
    };
    whole::rows(most, filter.before, place, page).await
}

async fn reached(web: &Web, staff: &Awarder, id: HazardId) -> Result<Hazard, Trouble> {
    let hazard = web.ledger.hazard(web.program.id, id).await?;
    let hazard = hazard.ok_or(Trouble::Missing)?;
    let seen = staff.0.caller.sees_hazard(&web.app, &hazard).await?;
    seen.then_some(hazard).ok_or(Trouble::Missing)
}

/// `GET /{program}/desk/hazards/{id}`.
pub async fn one(At(web): At, staff: Awarder, Id(id): Id<HazardId>) -> Page {
    let hazard = reached(&web, &staff, id).await?;
    let typed = Act::about(&hazard, fresh_key());
    show(&view(&web, &staff, &hazard, (typed, Wrong::default())).await?)
}

async fn view(
    web: &Web,
    staff: &Awarder,
    hazard: &Hazard,
    (typed, wrong): (Act, Wrong),
) -> Result<One, Trouble> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let mut near = Vec::new();
    for other in ledger.hazards_near(program, hazard).await? {
        if staff.0.caller.sees_hazard(&web.app, &other).await? {
            near.push(Line::of(web, &other));
        }
    }
    let twins = ledger.twins_of(program, hazard.id.0).await?;
    let nodes = ledger.register(program, Register::Organizations, Uuid::nil(), 500);
    let nodes = nodes.await?.into_iter().map(|node| {
        let here = typed.node == node.id.to_string();
        (node.id, node.name, here)
    });
    let severity = |of: &Severity| (of.name(), words::severity(*of), typed.severity == of.name());
    let reason = |of: &InvalidReason| {
        let here = typed.reason == of.name();
        (of.name(), words::invalid_reason(*of), here)
    };
    let category = |of: &HazardCategory| {
        let here = typed.category == of.name();
        (of.name(), words::hazard_category(*of), here)
    };
    Ok(One {
        frame: Frame::new(web, t("隐患", "Hazards"), Some(&staff.0)),
        line: Line::of(web, hazard),
        told: told(web, hazard).await?,
        said: said(web, hazard).await?,
        member: member(web, hazard).await?,
        near,
        twins: twins.iter().map(|of| (of.of, of.is_same())).collect(),
        categories: HazardCategory::ALL.iter().map(category).collect(),
        severities: Severity::ALL.iter().map(severity).collect(),
        reasons: InvalidReason::ALL.iter().map(reason).collect(),
        nodes: nodes.collect(),
        may: May::from(hazard.state),
        typed,
        wrong,
    })
}

/// Who reported it, as lists call them.
async fn member(web: &Web, hazard: &Hazard) -> Result<Option<(Uuid, String)>, StoreError> {
    let Some(member) = hazard.member else {
        return Ok(None);
    };
    let named = web
        .ledger
        .registered(web.program.id, Register::Members, member.0);
    Ok(named.await?.map(|named| (member.0, named.name)))
}

/// `POST /{program}/desk/hazards/{id}`: a step.
pub async fn act(At(web): At, staff: Awarder, Id(id): Id<HazardId>, Form(act): Form<Act>) -> Page {
    let hazard = reached(&web, &staff, id).await?;
    let command = match act.command(id) {
        Ok(command) => command,
        Err(wrong) => {
            let key = act.key.clone();
            let again = (act.again(&hazard, key), wrong);
            let view = view(&web, &staff, &hazard, again).await?;
            return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
        }
    };
    if let Some(of) = command.other() {
        reached(&web, &staff, of).await?;
    }
    let key = format!("{}-{id}-{}", act.act, act.key);
    let request = request(&staff.0, Some(key));
    match web.app.execute_hazard(&request, command).await {
        Ok(_) => go(&web.path(&format!("desk/hazards/{id}"))),
        Err(error) => {
            let wrong = flaw(&error);
            let key = match words::may_try_again(&error) {
                true => act.key.clone(),
                false => fresh_key(),
            };
            let hazard = reached(&web, &staff, id).await?;
            let again = (act.again(&hazard, key), wrong);
            let view = view(&web, &staff, &hazard, again).await?;
            show_as(StatusCode::CONFLICT, &view)
        }
    }
}
