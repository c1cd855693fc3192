//! The desk: find a rider, and see what waits; it is decided in the queue.

use std::collections::{HashMap, HashSet};

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use futures::future::try_join_all;
use ledger::community::personal::{Phone, masked};
use ledger::community::{Verb, Verbs};
use ledger::ids::{AwardId, MemberId};
use ledger::machine::{AwardState, Command};
use ledger::views::{Named, Register, WaitingFilter};
use ledger::{PersonalError, StoreError};
use serde::Deserialize;
use uuid::Uuid;

use crate::web::audit::home::{Row, row};
use crate::web::format::points;
use crate::web::names::name;
use crate::web::page::{Frame, Page, Trouble, go, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Awarder, Id, Visitor, Worker, request};
use crate::web::{Web, words};

/// How many riders a search shows; more means: type more.
const FOUND: usize = 12;
/// How many waiting awards are shown.
const WAITING: i64 = 40;
/// How many records are read at a time.
const PAGE: i64 = 500;

#[derive(Template)]
#[template(path = "desk/desk.html")]
struct Desk {
    frame: Frame,
    /// Whether they submit awards anywhere.
    awards: bool,
    /// Whether they decide awards anywhere.
    approves: bool,
    query: String,
    found: Vec<Found>,
    more: bool,
    notice: Option<String>,
    problem: Option<String>,
    waiting: Vec<Waiting>,
}

struct Found {
    id: Uuid,
    name: String,
    home: String,
    /// What of this rider's they may go on to.
    leads: Option<Leads>,
}

#[derive(Clone, Copy)]
enum Leads {
    Deed,
    Person,
}

/// An award that waits, and whether they may take it back.
struct Waiting {
    row: Row,
    withdraw: bool,
}

#[derive(Default, Deserialize)]
pub struct Shown {
    done: Option<AwardId>,
}

/// A name or a phone. It is sent in a body: addresses are written down in too many places.
#[derive(Default, Deserialize)]
pub struct Sought {
    #[serde(default)]
    q: String,
}

/// `GET /{program}/desk`.
pub async fn show(At(web): At, worker: Worker, Query(shown): Query<Shown>) -> Page {
    let view = view(&web, &worker.0, Sought::default(), shown, None).await?;
    show_as(StatusCode::OK, &view)
}

/// `POST /{program}/desk`: the riders sought. It changes nothing.
pub async fn find(At(web): At, worker: Worker, Form(sought): Form<Sought>) -> Page {
    let view = view(&web, &worker.0, sought, Shown::default(), None).await?;
    show_as(StatusCode::OK, &view)
}

#[derive(Deserialize)]
pub struct Act {
    act: String,
}

/// `POST /{program}/desk/awards/{id}`: takes back one's own. Pressed twice, it is done once. What others submitted is decided in the queue.
pub async fn take_back(
    At(web): At,
    Awarder(worker): Awarder,
    Id(award): Id<AwardId>,
    Form(act): Form<Act>,
) -> Page {
    if act.act != "withdraw" || !worker.caller.reaches_award(&web.app, award).await? {
        return Err(Trouble::Missing);
    }
    let request = request(&worker, Some(format!("withdraw-{award}-")));
    match web
        .ledger
        .execute(&request, Command::WithdrawAward { award })
        .await
    {
        Ok(_) => go(&web.path(&format!("desk?done={award}"))),
        Err(error) => refused(&web, &worker, words::failure(&error)).await,
    }
}

async fn refused(web: &Web, worker: &Visitor, words: String) -> Page {
    let view = view(
        web,
        worker,
        Sought::default(),
        Shown::default(),
        Some(words),
    )
    .await?;
    show_as(StatusCode::CONFLICT, &view)
}

async fn view(
    web: &Web,
    worker: &Visitor,
    sought: Sought,
    shown: Shown,
    problem: Option<String>,
) -> Result<Desk, StoreError> {
    let query = sought.q.trim().to_owned();
    let mut found = if query.is_empty() {
        Vec::new()
    } else {
        search(web, worker, &query).await?
    };
    let more = found.len() > FOUND;
    found.truncate(FOUND);
    Ok(Desk {
        frame: Frame::new(web, t("工作台", "Desk"), Some(worker)),
        awards: worker.may(&[Verb::Award]),
        approves: worker.may(&[Verb::Approve, Verb::People]),
        query,
        found: at_home(web, worker, found).await?,
        more,
        notice: notice(web, worker, shown.done).await?,
        problem,
        waiting: waiting(web, worker).await?,
    })
}

/// The newest that wait where they may award, approve, enrol or read; of who decides, only their own: the others' are in their queue.
async fn waiting(web: &Web, worker: &Visitor) -> Result<Vec<Waiting>, StoreError> {
    let filter = WaitingFilter {
        state: AwardState::Submitted,
        before: None,
        limit: WAITING,
    };
    let withdrawn: HashSet<AwardId> = match worker.caller.asking(Verbs::of(&[Verb::Award])) {
        Some(caller) => {
            let awards = caller.waiting(&web.app, &filter).await?;
            awards.iter().map(|award| award.id).collect()
        }
        None => HashSet::new(),
    };
    let decides = worker.may(&[Verb::Approve]);
    let all = worker.caller.waiting(&web.app, &filter).await?;
    let shown = all
        .iter()
        .filter(|award| !decides || award.submitted_by.0 == worker.id());
    let rows = shown.map(async |award| {
        let row = row(web, award, worker.id()).await?;
        Ok(Waiting {
            withdraw: row.own && withdrawn.contains(&award.id),
            row,
        })
    });
    try_join_all(rows).await
}

/// What just happened, in a sentence.
async fn notice(
    web: &Web,
    worker: &Visitor,
    done: Option<AwardId>,
) -> Result<Option<String>, StoreError> {
    let Some(done) = done else { return Ok(None) };
    let Some(award) = web.ledger.award(web.program.id, done).await? else {
        return Ok(None);
    };
    if !worker.caller.sees_member(&web.app, award.member).await? {
        return Ok(None);
    }
    let member = name(web, Register::Members, award.member.0).await?;
    let points = points(award.points);
    Ok(Some(match award.state {
        AwardState::Submitted => say!(
            "已登记：{member} {points} 分，等待另一位工作人员审核。",
            "Recorded: {points} points for {member}. Somebody else on the staff is to approve them."
        ),
        AwardState::Queued => say!(
            "已登记：{member} {points} 分，额度或资金已用完，排队等待。",
            "Recorded: {points} points for {member}. A cap or budget is used up, so they wait in line."
        ),
        AwardState::Pending => say!(
            "已通过：{member} {points} 分，公示期满后发放。",
            "Approved: {points} points for {member}. They are paid out after public notice."
        ),
        AwardState::Frozen => say!(
            "有异议：{member} 的 {points} 分暂停发放。",
            "There is an objection: {points} points for {member} are held back."
        ),
        AwardState::Vested => say!(
            "已发放：{member} {points} 分。",
            "Paid out: {points} points for {member}."
        ),
        AwardState::Rejected => say!(
            "已退回：{member} 的 {points} 分未通过。",
            "Turned down: {points} points for {member}."
        ),
        AwardState::Reversed => say!(
            "已撤销：{member} 的 {points} 分。",
            "Taken back: {points} points of {member}."
        ),
    }))
}

/// Riders they see of this phone, or whose name holds the text or may be it (names are masked where they are sealed), one more than are shown. Reads
/// the register page by page: a district has hundreds of riders.
async fn search(web: &Web, worker: &Visitor, text: &str) -> Result<Vec<Named>, StoreError> {
    if let Ok(phone) = Phone::parse(text) {
        let member = match web.ledger.member_by_phone(web.program.id, &phone).await {
            Ok(member) => member,
            Err(PersonalError::Store(error)) => return Err(error),
            Err(_) => None,
        };
        let named = match member {
            Some(member) if worker.caller.sees_member(&web.app, member).await? => {
                let named = web
                    .ledger
                    .registered(web.program.id, Register::Members, member.0);
                named.await?
            }
            _ => None,
        };
        return Ok(named.into_iter().collect());
    }
    let sealed = masked(text);
    let mut found = Vec::new();
    let mut after = Uuid::nil();
    loop {
        let page = worker.caller.members(&web.app, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        let full = i64::try_from(page.len()).unwrap_or(0) == PAGE;
        for named in page {
            let is_found = named.name.contains(text)
                || named.name == sealed && is_called(web, &named, text).await?;
            if is_found {
                found.push(named);
            }
        }
        if found.len() > FOUND || !full {
            break;
        }
    }
    found.truncate(FOUND + 1);
    Ok(found)
}

/// Whether this is the whole name of somebody whose masked one it fits. It tells who asks no more than they know.
async fn is_called(web: &Web, named: &Named, text: &str) -> Result<bool, StoreError> {
    let held = web.ledger.held_about(web.program.id, MemberId(named.id));
    match held.await {
        Ok(held) => Ok(held.own.is_some_and(|own| own.name == text)),
        Err(PersonalError::Store(error)) => Err(error),
        Err(_) => Ok(false),
    }
}

/// With the organization that looks after each, and what may be done for them.
async fn at_home(web: &Web, worker: &Visitor, found: Vec<Named>) -> Result<Vec<Found>, StoreError> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let nodes = Register::Organizations;
    let nodes = web
        .ledger
        .register(web.program.id, nodes, Uuid::nil(), PAGE);
    let names: HashMap<Uuid, String> = nodes.await?.into_iter().map(|n| (n.id, n.name)).collect();
    let found = found.into_iter().map(async |named| {
        let member = MemberId(named.id);
        let leads = match worker.may_for(web, &[Verb::Award], member).await? {
            true => Some(Leads::Deed),
            false => {
                let enrols = worker.may_for(web, &[Verb::Enrol], member).await?;
                enrols.then_some(Leads::Person)
            }
        };
        let home = named.belongs_to.and_then(|home| names.get(&home).cloned());
        Ok(Found {
            id: named.id,
            name: named.name,
            home: home.unwrap_or_default(),
            leads,
        })
    });
    try_join_all(found).await
}

impl Found {
    /// Where their name leads, below the desk.
    fn path(&self) -> Option<String> {
        self.leads.map(|leads| match leads {
            Leads::Deed => format!("deed?member={}", self.id),
            Leads::Person => format!("people/{}", self.id),
        })
    }
}
