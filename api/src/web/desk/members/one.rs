//! One rider: what they have, what they were awarded last, how it came and went, and what can be done for them.

pub mod awards;
pub mod points;

use askama::Template;
use axum::extract::Query;
use ledger::StoreError;
use ledger::community::{Role, Verb};
use ledger::ids::MemberId;
use ledger::views::Register;
use serde::Deserialize;
use uuid::Uuid;

use super::{Person, read};
use crate::web::Web;
use crate::web::audit::home::{Row, rows};
use crate::web::lists::Asked;
use crate::web::names::name;
use crate::web::page::{Frame, Page, Trouble, show as render};
use crate::web::reading::{Say, say, t};
use crate::web::rider::my_teams::teams_of;
use crate::web::visitor::{At, Id, Reader, Visitor};

/// How many awards, and lines of the statement, are shown: those that were before are on pages of their own.
const NEWEST: usize = 10;

#[derive(Template)]
#[template(path = "desk/member.html")]
struct One {
    frame: Frame,
    person: Person,
    /// Who was merged into them.
    earlier: Vec<(Uuid, String)>,
    awards: Vec<Row>,
    lines: Vec<points::Entry>,
    /// Where to go on.
    tiles: Vec<Tile>,
    /// Their teams, for who puts them on record.
    teams: Option<Vec<String>>,
    /// Whether they may be merged into another.
    merges: bool,
    notice: Option<String>,
}

/// Another page about them.
struct Tile {
    /// Below the desk.
    path: String,
    icon: &'static str,
    label: &'static str,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    done: String,
}

/// `GET /{program}/desk/members/{id}`.
pub async fn show(
    At(web): At,
    Reader(visitor): Reader,
    Id(member): Id<MemberId>,
    Query(shown): Query<Shown>,
) -> Page {
    visitor.must_see(&web, member).await?;
    let person = read(&web, &visitor, member).await?;
    let person = person.ok_or(Trouble::Missing)?;
    let awards = awards::newest(&web, member, NEWEST).await?;
    let (tiles, teams) = ways(&web, &visitor, &person).await?;
    render(&One {
        frame: Frame::new(&web, t("骑手", "Rider"), Some(&visitor)),
        earlier: earlier(&web, &visitor, member).await?,
        awards: rows(&web, &awards, visitor.id()).await?,
        lines: points::newest(&web, &visitor, member, NEWEST).await?,
        tiles,
        teams,
        merges: visitor.may_everywhere(&[Verb::People]) && !person.is_gone(),
        notice: notice(&web, &visitor, member, &shown.done).await?,
        person,
    })
}

/// What just happened, in a sentence.
async fn notice(
    web: &Web,
    visitor: &Visitor,
    member: MemberId,
    done: &str,
) -> Result<Option<String>, StoreError> {
    let Ok(from) = done.parse::<MemberId>() else {
        return Ok(None);
    };
    let into = web.ledger.merged_into(web.program.id, from).await?;
    if into != Some(member) || !visitor.caller.sees_member(&web.app, from).await? {
        return Ok(None);
    }
    let named = name(web, Register::Members, from.0).await?;
    Ok(Some(say!(
        "已把{named}的账户并入这里。",
        "The account of {named} was merged into this one."
    )))
}

/// Who was merged into them, as far as the visitor sees those.
async fn earlier(
    web: &Web,
    visitor: &Visitor,
    member: MemberId,
) -> Result<Vec<(Uuid, String)>, StoreError> {
    let mut earlier = Vec::new();
    for from in web.ledger.merged_from(web.program.id, member).await? {
        if visitor.caller.sees_member(&web.app, from).await? {
            earlier.push((from.0, name(web, Register::Members, from.0).await?));
        }
    }
    Ok(earlier)
}

/// The pages about them that the visitor may see, each by what it asks for; and their teams, for who puts those on record.
async fn ways(
    web: &Web,
    visitor: &Visitor,
    person: &Person,
) -> Result<(Vec<Tile>, Option<Vec<String>>), StoreError> {
    let (id, member) = (person.id, MemberId(person.id));
    let staff = visitor.role() == Role::Staff;
    let awards = staff && visitor.may_for(web, &[Verb::Award], member).await?;
    let enrols = staff && visitor.may_for(web, &[Verb::Enrol], member).await?;
    let mut tiles = Vec::new();
    let mut tile = |path: String, icon, label| tiles.push(Tile { path, icon, label });
    if awards && !person.is_gone() {
        tile(
            format!("deed?member={id}"),
            "deeds",
            t("登记事项", "Record a deed"),
        );
        tile(
            format!("exceptional?member={id}"),
            "star",
            t("申报突出事迹", "Propose an exceptional deed"),
        );
        tile(
            format!("people/{id}/teams"),
            "people",
            t("队伍和技能", "Teams and skills"),
        );
    }
    if enrols {
        tile(
            format!("people/{id}"),
            "person",
            t("个人信息、换手机号", "Personal data and phone"),
        );
        tile(
            format!("people/{id}/service"),
            "record",
            t("服务记录", "Service record"),
        );
    }
    let teams = match awards {
        true => {
            let teams = teams_of(web, member).await?.into_iter();
            Some(teams.map(|(_, name)| name).collect())
        }
        false => None,
    };
    Ok((tiles, teams))
}

/// What a rider is called, on a page about something of theirs.
async fn called(web: &Web, visitor: &Visitor, member: MemberId) -> Result<String, Trouble> {
    visitor.must_see(web, member).await?;
    let (program, members) = (web.program.id, Register::Members);
    let named = web.ledger.registered(program, members, member.0).await?;
    named.map(|named| named.name).ok_or(Trouble::Missing)
}

/// How many lines are read of what a rider has: a file lacks none.
fn most(asked: &Asked) -> usize {
    match asked.wants_file() {
        true => usize::MAX,
        false => asked.reads(),
    }
}
