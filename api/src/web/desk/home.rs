//! The desk: find a rider, and see what waits; it is decided in the queue.

use std::collections::HashMap;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use futures::future::try_join_all;
use ledger::community::personal::{Phone, masked};
use ledger::community::{Verb, Verbs};
use ledger::ids::{AwardId, MemberId};
use ledger::machine::{Award, AwardState, Command, Reason};
use ledger::views::{Named, Register, WaitingFilter};
use ledger::{PersonalError, StoreError};
use serde::Deserialize;
use uuid::Uuid;

use crate::sheet::Cell;
use crate::web::audit::home::{Row, rows};
use crate::web::format::points;
use crate::web::lists::whole::{self, MOST};
use crate::web::lists::{Asked, Line, List};
use crate::web::names::name;
use crate::web::page::{Frame, Page, Trouble, go, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Awarder, Id, Visitor, Worker, request};
use crate::web::{Web, words};

/// How many riders a search shows; more means: type more.
pub const FOUND: usize = 12;
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
    waiting: List<Waiting>,
}

struct Found {
    id: Uuid,
    name: String,
    home: String,
    /// What of this rider's they may go on to.
    leads: Leads,
}

#[derive(Clone, Copy)]
enum Leads {
    Deed,
    Person,
    Member,
}

/// An award that waits, and whether they may take it back.
struct Waiting {
    row: Row,
    withdraw: bool,
}

impl Line for Waiting {
    fn header() -> Vec<&'static str> {
        Row::header()
    }

    fn cells(&self) -> Vec<Cell> {
        self.row.cells()
    }
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
pub async fn show(
    At(web): At,
    worker: Worker,
    Query(shown): Query<Shown>,
    Query(asked): Query<Asked>,
) -> Page {
    let rows = waiting(&web, &worker.0, asked.reads()).await?;
    let rows = asked.search(rows);
    if let Some(file) = asked.file("waiting", &rows) {
        return file.await;
    }
    let list = asked.page(&[], rows);
    let view = view(&web, &worker.0, Sought::default(), list).await?;
    let notice = notice(&web, &worker.0, shown.done).await?;
    show_as(StatusCode::OK, &Desk { notice, ..view })
}

/// `POST /{program}/desk`: the riders sought. It changes nothing.
pub async fn find(At(web): At, worker: Worker, Form(sought): Form<Sought>) -> Page {
    let list = unsearched(&web, &worker.0).await?;
    let view = view(&web, &worker.0, sought, list).await?;
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
    let list = unsearched(web, worker).await?;
    let view = view(web, worker, Sought::default(), list).await?;
    let problem = Some(words);
    show_as(StatusCode::CONFLICT, &Desk { problem, ..view })
}

/// The first page of what waits, after a form.
async fn unsearched(web: &Web, worker: &Visitor) -> Result<List<Waiting>, StoreError> {
    let asked = Asked::default();
    let rows = waiting(web, worker, asked.reads()).await?;
    let list = asked.page(&[], rows);
    Ok(List {
        tools: list.tools.at(web.path("desk")),
        ..list
    })
}

async fn view(
    web: &Web,
    worker: &Visitor,
    sought: Sought,
    mut list: List<Waiting>,
) -> Result<Desk, StoreError> {
    let query = sought.q.trim().to_owned();
    let mut found = if query.is_empty() {
        Vec::new()
    } else {
        search(web, worker, &query).await?
    };
    let more = found.len() > FOUND;
    found.truncate(FOUND);
    withdrawn(web, worker, &mut list.rows).await?;
    Ok(Desk {
        frame: Frame::new(web, t("工作台", "Desk"), Some(worker)),
        awards: worker.may(&[Verb::Award]),
        approves: worker.may(&[Verb::Approve, Verb::People]),
        query,
        found: at_home(web, worker, found).await?,
        more,
        notice: None,
        problem: None,
        waiting: list,
    })
}

/// The newest that wait where they may award, approve, enrol or read; of who decides, only their own: the others' are in their queue.
async fn waiting(web: &Web, worker: &Visitor, most: usize) -> Result<Vec<Waiting>, StoreError> {
    let (caller, app) = (&worker.caller, &web.app);
    let decides = worker.may(&[Verb::Approve]);
    let page = |before, limit| async move {
        let filter = WaitingFilter {
            state: AwardState::Submitted,
            before,
            limit,
        };
        caller.waiting(app, &filter).await
    };
    // Their own may lie anywhere among the others'.
    let most = if decides { MOST } else { most };
    let place = |award: &Award| Some(award.id);
    let mut awards = whole::rows(most, None, place, page).await?;
    awards.retain(|award| !decides || award.submitted_by.0 == worker.id());
    let rows = rows(web, &awards, worker.id()).await?.into_iter();
    let waiting = rows.map(|row| Waiting {
        row,
        withdraw: false,
    });
    Ok(waiting.collect())
}

/// Marks what they may take back: their own, where they may still award.
async fn withdrawn(web: &Web, worker: &Visitor, rows: &mut [Waiting]) -> Result<(), StoreError> {
    let Some(caller) = worker.caller.asking(Verbs::of(&[Verb::Award])) else {
        return Ok(());
    };
    for one in rows.iter_mut().filter(|one| one.row.own) {
        one.withdraw = caller.reaches_award(&web.app, AwardId(one.row.id)).await?;
    }
    Ok(())
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
        AwardState::Rejected
            if award.reason == Some(Reason::Withdrawn) && award.submitted_by.0 == worker.id() =>
        {
            say!(
                "已撤回您登记的 {points} 分（{member}）。",
                "You took back {points} points for {member}."
            )
        }
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
pub async fn search(web: &Web, worker: &Visitor, text: &str) -> Result<Vec<Named>, StoreError> {
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
            true => Leads::Deed,
            false if worker.may_for(web, &[Verb::Enrol], member).await? => Leads::Person,
            false => Leads::Member,
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
    fn path(&self) -> String {
        match self.leads {
            Leads::Deed => format!("deed?member={}", self.id),
            Leads::Person => format!("people/{}", self.id),
            Leads::Member => format!("members/{}", self.id),
        }
    }
}
