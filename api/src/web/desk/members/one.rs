//! One rider: what they have, what they were awarded, how it came and went, and what can be done for them.

use askama::Template;
use axum::extract::Query;
use futures::future::try_join_all;
use ledger::StoreError;
use ledger::accounts::Account;
use ledger::community::{Role, Verb};
use ledger::ids::MemberId;
use ledger::journal::About;
use ledger::views::{AwardFilter, Register, StatementFilter, StatementLine};
use serde::Deserialize;
use uuid::Uuid;

use super::{Person, read};
use crate::web::audit::home::{Row, rows};
use crate::web::format::{full, points, signed};
use crate::web::names::{name, store_name};
use crate::web::page::{Frame, Page, Trouble, show as render};
use crate::web::reading::{Say, say, t};
use crate::web::rider::my_teams::teams_of;
use crate::web::visitor::{At, Id, Reader, Visitor};
use crate::web::{Web, words};

/// How many awards are shown.
const AWARDS: i64 = 10;
/// Lines of the statement on one page.
const LINES: i64 = 20;

#[derive(Template)]
#[template(path = "desk/member.html")]
struct One {
    frame: Frame,
    person: Person,
    /// Who was merged into them.
    earlier: Vec<(Uuid, String)>,
    awards: Vec<Row>,
    lines: Vec<Entry>,
    /// Before which line the next page begins.
    older: Option<i64>,
    paged: bool,
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

/// A line of the statement.
struct Entry {
    what: String,
    said: String,
    /// Where it is explained.
    why: Option<String>,
    amount: String,
    gain: bool,
    balance: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    done: String,
    before: Option<i64>,
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
    let (lines, older) = statement(&web, &visitor, member, shown.before).await?;
    let (tiles, teams) = ways(&web, &visitor, &person).await?;
    render(&One {
        frame: Frame::new(&web, t("骑手", "Rider"), Some(&visitor)),
        earlier: earlier(&web, &visitor, member).await?,
        awards: awards(&web, &visitor, member).await?,
        lines,
        older,
        paged: shown.before.is_some(),
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

/// The newest, those that wait among them.
async fn awards(web: &Web, visitor: &Visitor, member: MemberId) -> Result<Vec<Row>, StoreError> {
    let filter = AwardFilter {
        member: Some(member),
        limit: AWARDS,
        ..AwardFilter::default()
    };
    let awards = web.ledger.awards(web.program.id, &filter).await?;
    rows(web, &awards, visitor.id()).await
}

/// Lines of the wallet, the newest first, and before which the next page begins.
async fn statement(
    web: &Web,
    visitor: &Visitor,
    member: MemberId,
    before: Option<i64>,
) -> Result<(Vec<Entry>, Option<i64>), StoreError> {
    let filter = StatementFilter {
        before,
        kind: None,
        from: None,
        until: None,
        limit: LINES + 1,
    };
    let wallet = Account::wallet(member);
    let lines = web.ledger.statement(web.program.id, wallet, &filter);
    let mut lines = lines.await?;
    let more = i64::try_from(lines.len()).unwrap_or(0) > LINES;
    lines.truncate(usize::try_from(LINES).unwrap_or(0));
    let older = lines.last().filter(|_| more).map(|line| line.version);
    let entries = lines.iter().map(|line| entry(web, visitor, line));
    Ok((try_join_all(entries).await?, older))
}

async fn entry(web: &Web, visitor: &Visitor, line: &StatementLine) -> Result<Entry, StoreError> {
    let (what, why) = about(web, visitor, line).await?;
    let (at, kind) = (
        full(line.recorded_at, &web.zone()),
        words::transfer(line.kind),
    );
    Ok(Entry {
        said: match what.is_empty() {
            true => at,
            false => format!("{at} · {kind}"),
        },
        what: match what.is_empty() {
            true => kind.to_owned(),
            false => what,
        },
        why,
        amount: signed(line.amount),
        gain: !line.amount.is_negative(),
        balance: points(line.balance_after),
    })
}

/// What a line is about in a few words, and where it is explained. At which store somebody spends is for who reads the books.
async fn about(
    web: &Web,
    visitor: &Visitor,
    line: &StatementLine,
) -> Result<(String, Option<String>), StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    Ok(match line.kind.about(line.subject) {
        About::Award(id) => {
            let award = ledger.award(program, id).await?;
            let title = award.map(|award| award.trace.rule_title);
            let why = web.path(&format!("awards/{id}"));
            (title.unwrap_or_default(), Some(why))
        }
        About::Redemption(id) if visitor.may_everywhere(&[Verb::Read]) => {
            let store = match ledger.redemption(program, id).await? {
                Some(redemption) => store_name(web, redemption.store.0).await?,
                None => String::new(),
            };
            (store, None)
        }
        About::Redemption(_) | About::Neither => (String::new(), None),
    })
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
