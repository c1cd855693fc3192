//! Hazards as the desk sees them: what is to be looked at, what may be of the same, and one step after the other.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::community::hazard::{
    Hazard, HazardCategory, HazardState, InvalidReason, Severity, StepKind,
};
use ledger::ids::{HazardId, OrganizationId};
use ledger::machine::hazards::{HazardCommand, steps_from};
use ledger::policy::Position;
use ledger::views::{Due, HazardFilter, Register};
use serde::Deserialize;
use uuid::Uuid;

use super::hazard_map::Map;
use crate::sheet::Cell;
use crate::web::fields::{datum, position};
use crate::web::format::full;
use crate::web::lists::{self, Asked, List, whole};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::rider::hazards::{Line, Told, said, told};
use crate::web::visitor::{At, Awarder, Id, request};
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
    grid: String,
    /// In degrees, as it is typed.
    place: String,
    member: Option<(Uuid, String)>,
    /// Other reports that may be of the same.
    near: Vec<Line>,
    /// What was shown with the same photo, or with one that merely looks alike.
    twins: Vec<(Uuid, bool)>,
    /// By name, and whether it is this.
    categories: Vec<(&'static str, &'static str, bool)>,
    severities: Vec<(&'static str, &'static str, bool)>,
    reasons: Vec<(&'static str, &'static str)>,
    nodes: Vec<(Uuid, String)>,
    may: May,
    /// How many steps were taken: what is pressed twice is one step.
    key: usize,
    problem: Option<String>,
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
    show(&view(&web, &staff, &hazard, None).await?)
}

async fn view(
    web: &Web,
    staff: &Awarder,
    hazard: &Hazard,
    problem: Option<String>,
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
    let nodes = nodes.await?.into_iter().map(|node| (node.id, node.name));
    let severity = |of: &Severity| {
        let here = hazard.severity == Some(*of);
        (of.name(), words::severity(*of), here)
    };
    let reason = |of: &InvalidReason| (of.name(), words::invalid_reason(*of));
    let category = |of: &HazardCategory| {
        let here = hazard.category == *of;
        (of.name(), words::hazard_category(*of), here)
    };
    let place = |place: Position| format!("{:.6}, {:.6}", place.point().y(), place.point().x());
    Ok(One {
        frame: Frame::new(web, t("隐患", "Hazards"), Some(&staff.0)),
        line: Line::of(web, hazard),
        told: told(web, hazard).await?,
        said: said(web, hazard).await?,
        grid: hazard.body.grid.clone().unwrap_or_default(),
        place: hazard.position.map(place).unwrap_or_default(),
        member: member(web, hazard).await?,
        near,
        twins: twins.iter().map(|of| (of.of, of.is_same())).collect(),
        categories: HazardCategory::ALL.iter().map(category).collect(),
        severities: Severity::ALL.iter().map(severity).collect(),
        reasons: InvalidReason::ALL.iter().map(reason).collect(),
        nodes: nodes.collect(),
        may: May::from(hazard.state),
        key: hazard.body.steps.len(),
        problem,
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

#[derive(Deserialize)]
pub struct Act {
    act: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    datum: String,
    #[serde(default)]
    grid: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    of: String,
    #[serde(default)]
    node: String,
}

impl Act {
    /// Where it is; nothing if nothing is typed.
    fn position(&self) -> Result<Option<Position>, &'static str> {
        if self.place.trim().is_empty() {
            return Ok(None);
        }
        let datum = datum(&self.datum);
        let place = position(&self.place, datum);
        place.map(Some).ok_or_else(|| {
            t(
                "位置写成“纬度, 经度”，如 41.795200, 123.308500。",
                "The position is written as latitude, longitude, such as 41.795200, 123.308500.",
            )
        })
    }

    /// What was pressed; nothing where what it needs was not filled in.
    fn command(&self, hazard: HazardId) -> Result<HazardCommand, &'static str> {
        let filled = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        Ok(match self.act.as_str() {
            "triage" => HazardCommand::Triage {
                hazard,
                severity: Severity::from_name(&self.severity)
                    .ok_or_else(|| t("请选严重程度。", "Please choose how serious it is."))?,
                category: HazardCategory::from_name(&self.category),
                position: self.position()?,
                grid: filled(&self.grid),
            },
            "verify" => HazardCommand::Verify {
                hazard,
                policy: None,
            },
            "invalid" => HazardCommand::Invalid {
                hazard,
                reason: InvalidReason::from_name(&self.reason).ok_or_else(|| {
                    t("请选不属实的原因。", "Please choose why it is turned down.")
                })?,
            },
            "duplicate" => HazardCommand::Duplicate {
                hazard,
                of: self.of.trim().parse().map_err(|_| {
                    t(
                        "请选同一处隐患的那一条。",
                        "Please choose the report of the same hazard.",
                    )
                })?,
            },
            "assign" => HazardCommand::Assign {
                hazard,
                node: OrganizationId(
                    self.node
                        .parse()
                        .map_err(|_| t("请选由谁整改。", "Please choose who is to mend it."))?,
                ),
                staff: None,
            },
            "fix" => HazardCommand::Fix { hazard },
            "confirm" => HazardCommand::Confirm { hazard },
            "reopen" => HazardCommand::Reopen { hazard },
            _ => return Err(t("没有这一步。", "There is no such step.")),
        })
    }
}

/// `POST /{program}/desk/hazards/{id}`: a step.
pub async fn act(At(web): At, staff: Awarder, Id(id): Id<HazardId>, Form(act): Form<Act>) -> Page {
    let hazard = reached(&web, &staff, id).await?;
    let command = match act.command(id) {
        Ok(command) => command,
        Err(words) => {
            let view = view(&web, &staff, &hazard, Some(words.to_owned())).await?;
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
            let words = words::failure(&error);
            let hazard = reached(&web, &staff, id).await?;
            let view = view(&web, &staff, &hazard, Some(words)).await?;
            show_as(StatusCode::CONFLICT, &view)
        }
    }
}
