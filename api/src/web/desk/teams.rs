//! 志愿服务队: teams, and what they did this month and this year.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::clock::Timestamp;
use ledger::community::team::{TEAM_KINDS, Team};
use ledger::machine::deeds::DeedRejection;
use ledger::machine::teams::TeamCommand;
use ledger::machine::{Command, Rejection};
use ledger::views::TeamTotals;
use ledger::{StoreError, WriteError};
use serde::Deserialize;

use super::station::home;
use crate::sheet::Cell;
use crate::web::fields::fresh_key;
use crate::web::format::points;
use crate::web::lists::{Asked, Line, List, whole};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Awarder, request};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "desk/teams.html")]
struct Teams {
    frame: Frame,
    teams: List<Formed>,
    kinds: Vec<(&'static str, &'static str)>,
    typed: Typed,
    wrong: Wrong,
}

/// A team as a rider sees it.
pub struct Row {
    pub code: String,
    pub name: String,
    pub what: String,
    /// What it did this month.
    pub month: String,
}

/// A team in the desk's list, and what it did this month and this year: added up of those that are shown or taken along.
struct Formed {
    team: Team,
    totals: Option<[TeamTotals; 2]>,
}

impl Line for Formed {
    fn header() -> Vec<&'static str> {
        vec![
            t("编号", "Code"),
            t("名称", "Name"),
            t("类别", "Kind"),
            t("本月人数", "Members this month"),
            t("本月件数", "Deeds this month"),
            t("本月分钟", "Minutes this month"),
            t("本月服务人数", "People served this month"),
            t("本月积分", "Points this month"),
            t("今年人数", "Members this year"),
            t("今年件数", "Deeds this year"),
            t("今年分钟", "Minutes this year"),
            t("今年服务人数", "People served this year"),
            t("今年积分", "Points this year"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let team = &self.team;
        let named: [Cell; 3] = [
            team.code.clone().into(),
            team.name.clone().into(),
            kind(&team.kind).into(),
        ];
        let figures = |of: &TeamTotals| -> [Cell; 5] {
            [
                of.members.into(),
                of.deeds.into(),
                of.minutes.into(),
                of.people.into(),
                of.points.into(),
            ]
        };
        let totals = self.totals.iter().flatten().flat_map(figures);
        named.into_iter().chain(totals).collect()
    }
}

impl Formed {
    /// As the page says it.
    fn what(&self) -> String {
        format!("{} · {}", kind(&self.team.kind), self.team.code)
    }

    fn month(&self) -> String {
        self.totals
            .map_or_else(String::new, |[month, _]| told(&month))
    }

    fn year(&self) -> String {
        self.totals
            .map_or_else(String::new, |[_, year]| told(&year))
    }
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

/// What it did this month, and this year.
async fn totals(web: &Web, team: &Team) -> Result<[TeamTotals; 2], StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let ([month, year], until) = (began(web), web.now().plus_seconds(86_400));
    let totals = |from| ledger.team_totals(program, &team.code, from, until);
    Ok([totals(month).await?, totals(year).await?])
}

/// As a rider sees it.
pub async fn row(web: &Web, team: Team) -> Result<Row, StoreError> {
    let [of_month, _] = totals(web, &team).await?;
    Ok(Row {
        what: format!("{} · {}", kind(&team.kind), team.code),
        code: team.code,
        name: team.name,
        month: told(&of_month),
    })
}

/// `GET /{program}/desk/teams`.
pub async fn list(At(web): At, staff: Awarder, Query(asked): Query<Asked>) -> Page {
    let mut found = asked.search(teams(&web, asked.reads()).await?);
    if asked.wants_file() {
        add_up(&web, &mut found).await?;
    }
    if let Some(file) = asked.file("teams", &found) {
        return file.await;
    }
    let list = asked.page(&[], found);
    let typed = Typed {
        key: fresh_key(),
        ..Typed::default()
    };
    show(&of(&web, &staff, list, (typed, Wrong::default())).await?)
}

/// The form as it was typed.
async fn again(web: &Web, staff: &Awarder, status: StatusCode, form: (Typed, Wrong)) -> Page {
    let asked = Asked::default();
    let found = teams(web, asked.reads()).await?;
    show_as(status, &of(web, staff, asked.page(&[], found), form).await?)
}

async fn of(
    web: &Web,
    staff: &Awarder,
    mut list: List<Formed>,
    (typed, wrong): (Typed, Wrong),
) -> Result<Teams, Trouble> {
    add_up(web, &mut list.rows).await?;
    Ok(Teams {
        frame: Frame::new(web, t("队伍", "Teams"), Some(&staff.0)),
        teams: list,
        kinds: TEAM_KINDS.map(|name| (name, kind(name))).to_vec(),
        typed,
        wrong,
    })
}

/// In the order of their codes.
async fn teams(web: &Web, most: usize) -> Result<Vec<Formed>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let page = |after: String, limit| async move { ledger.teams(program, &after, limit).await };
    let code = |team: &Team| team.code.clone();
    let teams = whole::rows(most, String::new(), code, page).await?;
    let formed = |team| Formed { team, totals: None };
    Ok(teams.into_iter().map(formed).collect())
}

async fn add_up(web: &Web, teams: &mut [Formed]) -> Result<(), StoreError> {
    for formed in teams {
        formed.totals = Some(totals(web, &formed.team).await?);
    }
    Ok(())
}

/// A team as it was typed.
#[derive(Default, Deserialize)]
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

/// What the ledger turned down, beside its field where it is about one.
fn flaw(error: &WriteError) -> Wrong {
    match error {
        WriteError::Rejected(Rejection::AlreadyExists) => Wrong::with(
            "code",
            t(
                "已经有一支队伍用这个编号，请换一个。",
                "There is a team of this code already. Please choose another.",
            ),
        ),
        WriteError::Rejected(Rejection::Deed(DeedRejection::BadFact { fact, .. }))
            if fact == "team" =>
        {
            let words = t(
                "编号是 1 到 64 个字母、数字或 -_.:/。",
                "A code has 1 to 64 letters, digits or -_.:/.",
            );
            Wrong::with("code", words)
        }
        WriteError::Rejected(Rejection::Deed(DeedRejection::BadFact { .. })) => {
            Wrong::with("kind", words::failure(error))
        }
        _ => Wrong::with("form", words::failure(error)),
    }
}

/// `POST /{program}/desk/teams`: forms one.
pub async fn form(At(web): At, staff: Awarder, Form(mut typed): Form<Typed>) -> Page {
    let home = home(&web, &staff.0).await?;
    let name = typed.name.trim();
    let mut wrong = Wrong::default();
    if !(1..=80).contains(&name.chars().count()) {
        let words = t(
            "请填写队名，最多 80 个字。",
            "Please fill in the name of the team, in at most 80 characters.",
        );
        wrong.note("name", words);
    }
    let Some(organization) = home.filter(|_| wrong.is_empty()) else {
        if home.is_none() {
            let words = t(
                "您要有归属的组织，才能成立队伍。",
                "You need to belong to an organisation to form a team.",
            );
            wrong.note("form", words);
        }
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return again(&web, &staff, status, (typed, wrong)).await;
    };
    let team = Team {
        code: typed.code.trim().to_owned(),
        organization,
        kind: typed.kind.clone(),
        name: name.to_owned(),
    };
    let request = request(&staff.0, Some(typed.key.clone()));
    let command = Command::Team(Box::new(TeamCommand::Form(team)));
    match web.app.execute(&request, command).await {
        Ok(_) => go(&web.path("desk/teams")),
        Err(error) => {
            if !words::may_try_again(&error) {
                typed.key = fresh_key();
            }
            let form = (typed, flaw(&error));
            again(&web, &staff, StatusCode::CONFLICT, form).await
        }
    }
}
