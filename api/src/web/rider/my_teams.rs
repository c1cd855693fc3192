//! Teams and skills of one rider: as the rider sees them, and as staff put them on record.
//!
//! Who belongs to a team, and who can do what residents need, is for staff to say, because caps and orders rely on it; whoever wants to leaves.

use std::collections::BTreeSet;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::community::team::Team;
use ledger::ids::MemberId;
use ledger::machine::Command;
use ledger::machine::deeds::OrderCommand;
use ledger::machine::teams::TeamCommand;
use ledger::views::Register;
use serde::Deserialize;

use super::me::calm;
use crate::sheet::Cell;
use crate::web::desk::teams::{Row, kind, row};
use crate::web::fields::fresh_key;
use crate::web::lists::{Asked, Line, List, Tools, whole};
use crate::web::names::name;
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Awarder, Id, Rider, request};
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "rider/my_teams.html")]
struct MyTeams {
    frame: Frame,
    mine: Vec<Row>,
    /// What others are called, and what they are for.
    others: Vec<(String, &'static str)>,
    /// Whether the rider belongs to none.
    none: bool,
    tools: Option<Tools>,
    skills: String,
    key: String,
    problem: Option<String>,
}

/// A line of the list: a team of the rider's, or another.
enum Entry {
    Mine(Row),
    Other(String, &'static str),
}

impl Line for Entry {
    fn header() -> Vec<&'static str> {
        vec![
            t("队伍", "Team"),
            t("类别", "Kind"),
            t("是否加入", "Belong to it"),
            t("本月", "This month"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        match self {
            Self::Mine(team) => vec![
                team.name.clone().into(),
                team.what.clone().into(),
                t("已加入", "yes").into(),
                team.month.clone().into(),
            ],
            Self::Other(name, kind) => vec![
                name.clone().into(),
                (*kind).into(),
                t("没有加入", "no").into(),
                "".into(),
            ],
        }
    }
}

#[derive(Template)]
#[template(path = "rider/their_teams.html")]
struct TheirTeams {
    frame: Frame,
    member: MemberId,
    name: String,
    /// Code and name, and whether the visitor sees to it.
    mine: Vec<(String, String, bool)>,
    /// Those that the visitor sees to.
    others: Vec<(String, String)>,
    skills: String,
    key: String,
    problem: Option<String>,
}

/// Codes and names of the teams that a member belongs to.
pub async fn teams_of(web: &Web, member: MemberId) -> Result<Vec<(String, String)>, StoreError> {
    let (mine, _) = divided(web, member).await?;
    Ok(mine
        .into_iter()
        .map(|team| (team.code, team.name))
        .collect())
}

/// Teams that a member belongs to, and others.
async fn divided(web: &Web, member: MemberId) -> Result<(Vec<Team>, Vec<Team>), StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let theirs = ledger.teams_of(program, member).await?;
    let page =
        move |after: String, limit: i64| async move { ledger.teams(program, &after, limit).await };
    let place = |team: &Team| team.code.clone();
    let teams = whole::rows(whole::MOST, String::new(), place, page).await?;
    Ok(teams
        .into_iter()
        .partition(|team| theirs.contains(&team.code)))
}

async fn skills(web: &Web, member: MemberId) -> Result<String, StoreError> {
    let skills = web.ledger.skills_of(web.program.id, member).await?;
    Ok(skills.join(t("、", ", ")))
}

/// `GET /{program}/me/teams`.
pub async fn mine(At(web): At, rider: Rider, Query(asked): Query<Asked>) -> Page {
    if asked.wants_file() {
        let found = asked.search(entries(&web, &rider).await?);
        if let Some(file) = asked.file("teams", &found) {
            return file.await;
        }
    }
    show(&own(&web, &rider, &asked, None).await?)
}

/// Teams of the rider's, then the others.
async fn entries(web: &Web, rider: &Rider) -> Result<Vec<Entry>, StoreError> {
    let (mine, others) = divided(web, rider.member()).await?;
    let mut entries = Vec::with_capacity(mine.len().saturating_add(others.len()));
    for team in mine {
        entries.push(Entry::Mine(row(web, team).await?));
    }
    let other = |team: Team| Entry::Other(team.name, kind(&team.kind));
    entries.extend(others.into_iter().map(other));
    Ok(entries)
}

async fn own(
    web: &Web,
    rider: &Rider,
    asked: &Asked,
    problem: Option<String>,
) -> Result<MyTeams, Trouble> {
    let found = entries(web, rider).await?;
    let none = !found.iter().any(|entry| matches!(entry, Entry::Mine(_)));
    let List { rows, tools } = asked.page(&[], asked.search(found));
    let (mut mine, mut others) = (Vec::new(), Vec::new());
    for entry in rows {
        match entry {
            Entry::Mine(team) => mine.push(team),
            Entry::Other(name, kind) => others.push((name, kind)),
        }
    }
    Ok(MyTeams {
        frame: Frame::new(web, t("队伍", "Teams"), Some(&rider.0)),
        mine,
        others,
        none,
        tools: calm(tools),
        skills: skills(web, rider.member()).await?,
        key: fresh_key(),
        problem,
    })
}

#[derive(Deserialize)]
pub struct Leaving {
    team: String,
    #[serde(default)]
    key: String,
}

/// `POST /{program}/me/teams`: the rider leaves one.
pub async fn leave(At(web): At, rider: Rider, Form(typed): Form<Leaving>) -> Page {
    let (team, member) = (typed.team, rider.member());
    let request = request(&rider.0, Some(typed.key));
    let command = Command::Team(Box::new(TeamCommand::Leave { team, member }));
    match web.app.execute(&request, command).await {
        Ok(_) => go(&web.path("me/teams")),
        Err(error) => {
            let problem = Some(words::failure(&error));
            let view = own(&web, &rider, &Asked::default(), problem).await?;
            show_as(StatusCode::CONFLICT, &view)
        }
    }
}

/// `GET /{program}/desk/people/{id}/teams`.
pub async fn theirs(At(web): At, staff: Awarder, Id(member): Id<MemberId>) -> Page {
    staff.0.must_see(&web, member).await?;
    show(&view(&web, &staff, member, None, None).await?)
}

async fn view(
    web: &Web,
    staff: &Awarder,
    member: MemberId,
    typed: Option<String>,
    problem: Option<String>,
) -> Result<TheirTeams, Trouble> {
    let (belongs, open) = divided(web, member).await?;
    let (mut mine, mut others) = (Vec::new(), Vec::new());
    for team in belongs {
        let ours = sees_to(web, staff, &team).await?;
        mine.push((team.code, team.name, ours));
    }
    for team in open {
        if sees_to(web, staff, &team).await? {
            others.push((team.code, team.name));
        }
    }
    Ok(TheirTeams {
        frame: Frame::new(web, t("队伍和技能", "Teams and skills"), Some(&staff.0)),
        member,
        name: name(web, Register::Members, member.0).await?,
        mine,
        others,
        skills: match typed {
            Some(typed) => typed,
            None => skills(web, member).await?,
        },
        key: fresh_key(),
        problem,
    })
}

async fn sees_to(web: &Web, staff: &Awarder, team: &Team) -> Result<bool, StoreError> {
    let node = Some(team.organization);
    staff.0.caller.reaches_node(&web.app, node).await
}

#[derive(Deserialize)]
pub struct Change {
    #[serde(default)]
    act: String,
    #[serde(default)]
    team: String,
    #[serde(default)]
    skills: String,
    #[serde(default)]
    key: String,
}

/// `POST /{program}/desk/people/{id}/teams`: takes them into a team or lets them leave; notes what they are able to do.
pub async fn change(
    At(web): At,
    staff: Awarder,
    Id(member): Id<MemberId>,
    Form(change): Form<Change>,
) -> Page {
    staff.0.must_see(&web, member).await?;
    let code = change.team.clone();
    let command = match change.act.as_str() {
        "skills" => {
            let skills = codes(&change.skills);
            Command::Order(Box::new(OrderCommand::Skills { member, skills }))
        }
        act @ ("join" | "leave") => {
            let team = web.ledger.team(web.program.id, &code).await?;
            let team = team.ok_or(Trouble::Missing)?;
            if !sees_to(&web, &staff, &team).await? {
                return Err(Trouble::Missing);
            }
            let team = team.code;
            Command::Team(Box::new(match act {
                "join" => TeamCommand::Join { team, member },
                _ => TeamCommand::Leave { team, member },
            }))
        }
        _ => return Err(Trouble::Missing),
    };
    let request = request(&staff.0, Some(change.key));
    match web.app.execute(&request, command).await {
        Ok(_) => go(&web.path(&format!("desk/people/{member}/teams"))),
        Err(error) => {
            let problem = Some(words::failure(&error));
            let typed = (change.act == "skills").then_some(change.skills);
            let view = view(&web, &staff, member, typed, problem).await?;
            show_as(StatusCode::CONFLICT, &view)
        }
    }
}

/// Codes as people list them.
pub fn codes(text: &str) -> BTreeSet<String> {
    let words = text.split(['、', '，', ',', ' ']);
    let words = words.map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}
