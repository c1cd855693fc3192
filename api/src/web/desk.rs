//! The desk: find a rider, and decide what waits.

use std::collections::HashMap;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use futures::future::try_join_all;
use ledger::community::personal::{Phone, masked};
use ledger::ids::{AwardId, MemberId};
use ledger::machine::{AwardState, Command, Reason};
use ledger::views::{AwardFilter, Named, Register};
use ledger::{PersonalError, StoreError};
use serde::Deserialize;
use uuid::Uuid;

use super::audit::{Row, row};
use super::format::points;
use super::page::{Frame, Page, Trouble, go, show_as};
use super::visitor::{Approver, At, Id, Visitor, Worker, request};
use super::why::name;
use super::{Web, words};

/// How many riders a search shows; more means: type more.
const FOUND: usize = 12;
/// How many waiting awards are shown.
const WAITING: i64 = 40;
/// How many records are read at a time.
const PAGE: i64 = 500;

#[derive(Template)]
#[template(path = "desk.html")]
struct Desk {
    frame: Frame,
    query: String,
    found: Vec<Found>,
    more: bool,
    notice: Option<String>,
    problem: Option<String>,
    waiting: Vec<Row>,
    reasons: Vec<(&'static str, &'static str)>,
}

struct Found {
    id: Uuid,
    name: String,
    home: String,
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
pub struct Decision {
    act: String,
    reason: Option<String>,
}

/// `POST /{program}/desk/awards/{id}`: approve or reject. Pressed twice, it is decided once.
pub async fn decide(
    At(web): At,
    Approver(worker): Approver,
    Id(award): Id<AwardId>,
    Form(decision): Form<Decision>,
) -> Page {
    let reason = decision.reason.as_deref().and_then(Reason::from_name);
    let reason = reason.filter(|reason| reason.is_given());
    let command = match (decision.act.as_str(), reason) {
        ("approve", _) => Command::ApproveAward { award },
        ("reject", Some(reason)) => Command::RejectAward { award, reason },
        ("reject", None) => {
            let words = "请先选不通过的原因。".to_owned();
            return refused(&web, &worker, words).await;
        }
        _ => return Err(Trouble::Missing),
    };
    // What a rejection is for is part of its key: another reason is another request.
    let key = format!(
        "{}-{award}-{}",
        decision.act,
        decision.reason.unwrap_or_default()
    );
    let request = request(&worker, Some(key));
    match web.ledger.execute(&request, command).await {
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
        search(web, &query).await?
    };
    let more = found.len() > FOUND;
    found.truncate(FOUND);
    let filter = AwardFilter {
        state: Some(AwardState::Submitted),
        limit: WAITING,
        ..AwardFilter::default()
    };
    let waiting = web.ledger.awards(web.program.id, &filter).await?;
    let reasons = Reason::ALL.into_iter().filter(|reason| reason.is_given());
    Ok(Desk {
        frame: Frame::new(web, "工作台", Some(worker)),
        query,
        found: at_home(web, found).await?,
        more,
        notice: notice(web, shown.done).await?,
        problem,
        waiting: try_join_all(waiting.iter().map(|award| row(web, award, worker.id()))).await?,
        reasons: reasons.map(|r| (r.name(), words::reason(r))).collect(),
    })
}

/// What just happened, in a sentence.
async fn notice(web: &Web, done: Option<AwardId>) -> Result<Option<String>, StoreError> {
    let Some(done) = done else { return Ok(None) };
    let Some(award) = web.ledger.award(web.program.id, done).await? else {
        return Ok(None);
    };
    let member = name(web, Register::Members, award.member.0).await?;
    let points = points(award.points);
    Ok(Some(match award.state {
        AwardState::Submitted => {
            format!("已登记：{member} {points} 分，等待另一位工作人员审核。")
        }
        AwardState::Queued => format!("已登记：{member} {points} 分，额度已满，排队等待。"),
        AwardState::Pending => format!("已通过：{member} {points} 分，公示期满后发放。"),
        AwardState::Frozen => format!("有异议：{member} 的 {points} 分暂停发放。"),
        AwardState::Vested => format!("已发放：{member} {points} 分。"),
        AwardState::Rejected => format!("已退回：{member} 的 {points} 分未通过。"),
        AwardState::Reversed => format!("已撤销：{member} 的 {points} 分。"),
    }))
}

/// Riders of this phone, or whose name holds the text or may be it (names are masked where they are sealed), one more than are shown. Reads
/// the register page by page: a district has hundreds of riders.
async fn search(web: &Web, text: &str) -> Result<Vec<Named>, StoreError> {
    if let Ok(phone) = Phone::parse(text) {
        let member = match web.ledger.member_by_phone(web.program.id, &phone).await {
            Ok(member) => member,
            Err(PersonalError::Store(error)) => return Err(error),
            Err(_) => None,
        };
        let named = match member {
            Some(member) => {
                let named = web
                    .ledger
                    .registered(web.program.id, Register::Members, member.0);
                named.await?
            }
            None => None,
        };
        return Ok(named.into_iter().collect());
    }
    let sealed = masked(text);
    let mut found = Vec::new();
    let mut after = Uuid::nil();
    loop {
        let page = web
            .ledger
            .register(web.program.id, Register::Members, after, PAGE)
            .await?;
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

/// With the organization that looks after each.
async fn at_home(web: &Web, found: Vec<Named>) -> Result<Vec<Found>, StoreError> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let nodes = Register::Organizations;
    let nodes = web
        .ledger
        .register(web.program.id, nodes, Uuid::nil(), PAGE);
    let names: HashMap<Uuid, String> = nodes.await?.into_iter().map(|n| (n.id, n.name)).collect();
    let with_home = |named: Named| Found {
        id: named.id,
        name: named.name,
        home: named
            .belongs_to
            .and_then(|home| names.get(&home).cloned())
            .unwrap_or_default(),
    };
    Ok(found.into_iter().map(with_home).collect())
}
