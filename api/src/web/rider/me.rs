//! A rider's own page: what they have, what runs out, what happened.

use askama::Template;
use axum::extract::Query;
use futures::future::join_all;
use jiff::tz::TimeZone;
use ledger::StoreError;
use ledger::accounts::Account;
use ledger::clock::Timestamp;
use ledger::ids::MemberId;
use ledger::journal::{About, TransferKind};
use ledger::points::Points;
use ledger::views::{ExpiryNotice, MemberBalance, Period, StatementFilter, StatementLine};
use serde::Deserialize;
use uuid::Uuid;

use super::pending::{Unpaid, unpaid};
use crate::sheet::Cell;
use crate::web::format::{date, day, full, hour, last_day, month, points, signed};
use crate::web::lists::whole::{self, MOST};
use crate::web::lists::{self, Asked, List, Tools};
use crate::web::names::store_name;
use crate::web::page::{Frame, Page, Trouble, show as render};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Rider};
use crate::web::{Web, words};

/// Lines of the statement on one page.
const LINES: usize = 25;
/// Lines about what is owed.
const OWINGS: i64 = 10;
/// So many lines are read at a glance: below more of them stands where to search.
const FEW: usize = 8;
/// How many lines are looked up at a time.
const AT_ONCE: usize = 50;
/// How many months there are to choose from.
const MONTHS: usize = 120;
/// Points that run out within so many seconds are pointed out.
const SOON: i64 = 45 * 24 * 3_600;

#[derive(Template)]
#[template(path = "rider/me.html")]
struct Me {
    frame: Frame,
    available: String,
    held: Option<String>,
    pending: Option<String>,
    /// Of which awards these are, and until when.
    unpaid: Unpaid,
    debt: Option<String>,
    soon: Vec<Expiry>,
    /// What the rider was told last of it.
    told: Option<Told>,
    later: Vec<Expiry>,
    /// How what is owed came about.
    owings: Vec<Month>,
    months: Vec<Month>,
    /// Of which month these are, as it is asked for; empty for all. And which there are to choose from.
    month: String,
    choices: Vec<(String, String)>,
    /// What came in and went out in the month, or of what was looked for.
    total: Option<Total>,
    /// The address of a file of all these.
    whole: String,
    tools: Option<Tools>,
    older: Option<i64>,
    paged: bool,
}

struct Total {
    gained: String,
    spent: String,
    both: String,
}

impl Total {
    fn of(lines: &[Line]) -> Self {
        let sum = |gain: bool| {
            let of = lines.iter().filter(|line| line.gain == gain);
            Points::sum(of.map(|line| line.points)).unwrap_or(Points::ZERO)
        };
        let (gained, spent) = (sum(true), sum(false));
        Self {
            gained: signed(gained),
            spent: points(spent),
            both: signed(gained.plus(spent).unwrap_or(Points::ZERO)),
        }
    }
}

/// What stands around a list on a phone: nothing where a glance is enough.
pub fn calm(tools: Tools) -> Option<Tools> {
    (tools.found > FEW || !tools.q.is_empty()).then_some(tools)
}

struct Expiry {
    until: String,
    points: String,
}

struct Told {
    day: String,
    until: String,
    points: String,
}

struct Month {
    title: String,
    lines: Vec<Line>,
}

struct Line {
    day: String,
    hour: String,
    what: String,
    kind: &'static str,
    amount: String,
    gain: bool,
    running: &'static str,
    balance: String,
    why: Option<String>,
    month: String,
    /// When, about what, and how much, as a file has it.
    at: String,
    subject: Uuid,
    points: Points,
    after: Points,
}

impl lists::Line for Line {
    fn header() -> Vec<&'static str> {
        vec![
            t("时间", "When"),
            t("事项", "What"),
            t("类别", "Kind"),
            t("积分", "Points"),
            t("余额", "Balance"),
            t("编号", "Number"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            self.at.clone().into(),
            self.what.clone().into(),
            self.kind.into(),
            self.points.into(),
            self.after.into(),
            self.subject.into(),
        ]
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Paging {
    before: Option<i64>,
    /// As in `2026-03`.
    month: String,
}

/// A statement as it was asked for.
struct Statement {
    list: List<Line>,
    total: Option<Total>,
    /// Where the lines before these begin.
    older: Option<i64>,
}

/// `GET /{program}/me`: with the newest lines, those of a month, or those looked for; or a file of all of these.
pub async fn show(
    At(web): At,
    rider: Rider,
    Query(paging): Query<Paging>,
    Query(asked): Query<Asked>,
) -> Page {
    let (program, now, zone) = (web.program.id, web.now(), web.zone());
    let balance = web.ledger.balance(program, rider.member(), now).await?;
    let balance = balance.ok_or(Trouble::Missing)?;
    let wallet = Account::wallet(rider.member());
    let period = match paging.month.as_str() {
        "" => None,
        month => Some(Period::of_month(month, &zone).ok_or(Trouble::Missing)?),
    };
    if asked.wants_file() {
        let found = asked.search(all(&web, wallet, period).await?);
        let named = match paging.month.as_str() {
            "" => "points".to_owned(),
            month => format!("points-{month}"),
        };
        if let Some(file) = asked.file(&named, &found) {
            return file.await;
        }
    }
    let Statement { list, total, older } = match period.is_some() || asked.seeks() {
        true => chosen(&web, wallet, period, (&paging, &asked)).await?,
        false => latest(&web, wallet, paging.before, &asked).await?,
    };
    let owings = if balance.debt.is_positive() {
        let debt = Account::debt(rider.member());
        let filter = newest(None, None, OWINGS);
        web.ledger.statement(program, debt, &filter).await?
    } else {
        Vec::new()
    };
    let (soon, later) = expiries(&balance, &zone);
    let some = |points: Points| points.is_positive().then(|| self::points(points));
    render(&Me {
        frame: Frame::new(&web, t("我的积分", "My points"), Some(&rider.0)),
        available: points(balance.available),
        held: some(balance.held),
        pending: some(balance.pending),
        unpaid: unpaid(&web, &balance).await?,
        debt: some(balance.debt),
        soon,
        told: told(&web, rider.member(), &zone).await?,
        later,
        owings: months(lines(&web, owings, t("结余", "owed")).await?),
        months: months(list.rows),
        choices: choices(&web, wallet).await?,
        month: paging.month,
        total,
        whole: list.tools.whole(),
        tools: calm(list.tools),
        older,
        paged: paging.before.is_some(),
    })
}

/// The newest lines, or those before one.
async fn latest(
    web: &Web,
    wallet: Account,
    before: Option<i64>,
    asked: &Asked,
) -> Result<Statement, StoreError> {
    let limit = i64::try_from(LINES.saturating_add(1)).unwrap_or(i64::MAX);
    let filter = newest(before, None, limit);
    let found = web.ledger.statement(web.program.id, wallet, &filter);
    let mut found = found.await?;
    let more = found.len() > LINES;
    found.truncate(LINES);
    let older = found.last().filter(|_| more).map(|line| line.version);
    // Before these there were others.
    let count = before.map_or_else(|| found.len(), |_| LINES);
    Ok(Statement {
        list: List {
            rows: lines(web, found, t("余额", "balance")).await?,
            tools: asked.tools(&[], count),
        },
        total: None,
        older,
    })
}

/// The lines of a month, and those that are looked for.
async fn chosen(
    web: &Web,
    wallet: Account,
    period: Option<Period>,
    (paging, asked): (&Paging, &Asked),
) -> Result<Statement, StoreError> {
    let found = asked.search(all(web, wallet, period).await?);
    let total = Total::of(&found);
    Ok(Statement {
        list: asked.page(&[("month", paging.month.as_str())], found),
        total: Some(total),
        older: None,
    })
}

/// All lines, or those of a month.
async fn all(web: &Web, wallet: Account, period: Option<Period>) -> Result<Vec<Line>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let page = move |before: Option<i64>, limit: i64| async move {
        let filter = newest(before, period, limit);
        ledger.statement(program, wallet, &filter).await
    };
    let last = |line: &StatementLine| Some(line.version);
    let found = whole::rows(MOST, None, last, page).await?;
    lines(web, found, t("余额", "balance")).await
}

/// The months that have lines or could, the latest first: as they are asked for, and as people say them.
async fn choices(web: &Web, wallet: Account) -> Result<Vec<(String, String)>, StoreError> {
    let first = newest(Some(2), None, 1);
    let first = web.ledger.statement(web.program.id, wallet, &first).await?;
    let Some(first) = first.first() else {
        return Ok(Vec::new());
    };
    let of = |at: Timestamp| {
        let day = at.to_jiff().to_zoned(web.zone()).date();
        day.first_of_month()
    };
    let (first, mut month) = (of(first.recorded_at), of(web.now()));
    let mut months = Vec::new();
    while month >= first && months.len() < MONTHS {
        let said = month.strftime(t("%Y年%-m月", "%B %Y")).to_string();
        months.push((month.strftime("%Y-%m").to_string(), said));
        match month.checked_sub(jiff::Span::new().months(1)) {
            Ok(before) => month = before,
            Err(_) => break,
        }
    }
    Ok(months)
}

fn newest(before: Option<i64>, period: Option<Period>, limit: i64) -> StatementFilter {
    StatementFilter {
        before,
        kind: None,
        from: period.map(|period| period.from),
        until: period.map(|period| period.until),
        limit,
    }
}

fn expiries(balance: &MemberBalance, zone: &TimeZone) -> (Vec<Expiry>, Vec<Expiry>) {
    let soon = balance.as_of.plus_seconds(SOON);
    let (first, rest): (Vec<_>, Vec<_>) = balance.expiring.iter().partition(|e| e.at <= soon);
    let say = |expiring: Vec<&ledger::views::Expiring>| {
        let each = expiring.into_iter().map(|expiring| Expiry {
            until: last_day(expiring.at, zone),
            points: points(expiring.points),
        });
        each.collect()
    };
    (say(first), say(rest))
}

/// The newest notice, unless what it was about has expired since.
async fn told(web: &Web, member: MemberId, zone: &TimeZone) -> Result<Option<Told>, StoreError> {
    let (program, now) = (web.program.id, web.now());
    let notices = web.ledger.expiry_notices(program, member, None, 1).await?;
    let told = |notice: &ExpiryNotice| Told {
        day: date(notice.told_at, zone),
        until: last_day(notice.expires_at, zone),
        points: points(notice.points),
    };
    let open = |notice: &&ExpiryNotice| notice.expires_at > now;
    Ok(notices.first().filter(open).map(told))
}

/// Lines in words.
async fn lines(
    web: &Web,
    found: Vec<StatementLine>,
    running: &'static str,
) -> Result<Vec<Line>, StoreError> {
    let zone = web.zone();
    let mut lines = Vec::with_capacity(found.len());
    for some in found.chunks(AT_ONCE) {
        let named = join_all(some.iter().map(|line| about(web, line))).await;
        for (line, named) in some.iter().zip(named) {
            let (what, why) = named?;
            lines.push(Line {
                day: day(line.recorded_at, &zone),
                hour: hour(line.recorded_at, &zone),
                what,
                kind: words::transfer(line.kind),
                amount: signed(line.amount),
                gain: !line.amount.is_negative(),
                running,
                balance: points(line.balance_after),
                why,
                month: month(line.recorded_at, &zone),
                at: full(line.recorded_at, &zone),
                subject: line.subject,
                points: line.amount,
                after: line.balance_after,
            });
        }
    }
    Ok(lines)
}

/// Lines by month, as they follow each other.
fn months(lines: Vec<Line>) -> Vec<Month> {
    let mut months: Vec<Month> = Vec::new();
    for line in lines {
        match months.last_mut() {
            Some(month) if month.title == line.month => month.lines.push(line),
            _ => months.push(Month {
                title: line.month.clone(),
                lines: vec![line],
            }),
        }
    }
    months
}

/// What a line is about in a few words, and where it is explained.
async fn about(web: &Web, line: &StatementLine) -> Result<(String, Option<String>), StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    Ok(match line.kind.about(line.subject) {
        About::Award(id) => {
            let award = ledger.award(program, id).await?;
            let title = award.map(|award| award.trace.rule_title);
            let why = web.path(&format!("me/awards/{id}"));
            (title.unwrap_or_default(), Some(why))
        }
        About::Redemption(id) => {
            let store = match ledger.redemption(program, id).await? {
                Some(redemption) => store_name(web, redemption.store.0).await?,
                None => String::new(),
            };
            (store, Some(web.path(&format!("me/redemptions/{id}"))))
        }
        About::Neither => {
            let what = match line.kind {
                TransferKind::Expire => t("到期未用的积分", "Points that expired"),
                TransferKind::Merge => t("与另一账户合并", "Merged with another account"),
                _ => "",
            };
            (what.to_owned(), None)
        }
    })
}
