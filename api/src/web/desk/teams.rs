//! 志愿服务队: teams, and what they did this month and this year.

use askama::Template;
use axum::Form;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::community::team::{TEAM_KINDS, Team};
use ledger::machine::Command;
use ledger::machine::teams::TeamCommand;
use ledger::views::TeamTotals;
use serde::Deserialize;

use super::station::home;
use crate::web::fields::fresh_key;
use crate::web::format::points;
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Awarder, request};
use crate::web::{Web, words};

/// How many teams are shown.
pub const MOST: i64 = 200;

#[derive(Template)]
#[template(path = "desk/teams.html")]
struct Teams {
    frame: Frame,
    teams: Vec<Row>,
    kinds: Vec<(&'static str, &'static str)>,
    key: String,
    problem: Option<String>,
}

/// A team in a list.
pub struct Row {
    pub code: String,
    pub name: String,
    pub what: String,
    /// What it did this month, and this year.
    pub month: String,
    pub year: String,
}

/// What a team of this kind is for.
pub fn kind(name: &str) -> &'static str {
    match name {
        "volunteer" => t("志愿服务", "volunteer service"),
        "safety" => t("安全", "safety"),
        "civility" => t("文明", "civility"),
        "publicity" => t("宣传", "publicity"),
        _ => t("其他", "other"),
    }
}

fn told(totals: &TeamTotals) -> String {
    let (members, deeds, served) = (totals.members, totals.deeds, totals.people);
    let (hours, minutes) = (totals.minutes / 60, totals.minutes % 60);
    let points = points(totals.points);
    say!(
        "{members} 人 {deeds} 件，{hours} 小时 {minutes} 分，服务 {served} 人，{points} 分",
        "members {members}, deeds {deeds}, {hours} h {minutes} min, people served {served}, points {points}"
    )
}

/// When this month began, and this year.
fn began(web: &Web) -> [Timestamp; 2] {
    let now = jiff::Timestamp::from_microsecond(web.now().as_micros()).unwrap_or_default();
    let today = now.to_zoned(web.zone()).date();
    let first = |day: jiff::civil::Date| {
        let at = day.to_zoned(web.zone()).map(|at| at.timestamp());
        Timestamp::from_micros(at.map_or(0, |at| at.as_microsecond()))
    };
    let year = today.first_of_year();
    [first(today.first_of_month()), first(year)]
}

/// In a list.
pub async fn row(web: &Web, team: Team) -> Result<Row, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let ([month, year], until) = (began(web), web.now().plus_seconds(86_400));
    let totals = |from| ledger.team_totals(program, &team.code, from, until);
    let (of_month, of_year) = (totals(month).await?, totals(year).await?);
    Ok(Row {
        what: format!("{} · {}", kind(&team.kind), team.code),
        code: team.code,
        name: team.name,
        month: told(&of_month),
        year: told(&of_year),
    })
}

/// `GET /{program}/desk/teams`.
pub async fn list(At(web): At, staff: Awarder) -> Page {
    show(&view(&web, &staff, None).await?)
}

async fn view(web: &Web, staff: &Awarder, problem: Option<String>) -> Result<Teams, Trouble> {
    let mut teams = Vec::new();
    for team in web.ledger.teams(web.program.id, "", MOST).await? {
        teams.push(row(web, team).await?);
    }
    Ok(Teams {
        frame: Frame::new(web, t("队伍", "Teams"), Some(&staff.0)),
        teams,
        kinds: TEAM_KINDS.map(|name| (name, kind(name))).to_vec(),
        key: fresh_key(),
        problem,
    })
}

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    key: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: String,
}

/// `POST /{program}/desk/teams`: forms one.
pub async fn form(At(web): At, staff: Awarder, Form(typed): Form<Typed>) -> Page {
    let home = home(&web, &staff.0).await?;
    let name = typed.name.trim();
    let (Some(organization), 1..=80) = (home, name.chars().count()) else {
        let problem = t(
            "请填写队名；您要有归属的组织。",
            "Please fill in the name of the team; you need to belong to an organisation.",
        );
        let view = view(&web, &staff, Some(problem.to_owned())).await?;
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
    };
    let team = Team {
        code: typed.code.trim().to_owned(),
        organization,
        kind: typed.kind,
        name: name.to_owned(),
    };
    let request = request(&staff.0, Some(typed.key));
    let command = Command::Team(Box::new(TeamCommand::Form(team)));
    match web.app.execute(&request, command).await {
        Ok(_) => go(&web.path("desk/teams")),
        Err(error) => {
            let view = view(&web, &staff, Some(words::failure(&error))).await?;
            show_as(StatusCode::CONFLICT, &view)
        }
    }
}
