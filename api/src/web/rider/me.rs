//! A rider's own page: what they have, what runs out, what happened.

use askama::Template;
use axum::extract::Query;
use futures::future::join_all;
use jiff::tz::TimeZone;
use ledger::StoreError;
use ledger::accounts::Account;
use ledger::ids::{AwardId, MemberId, RedemptionId};
use ledger::journal::TransferKind;
use ledger::views::{ExpiryNotice, MemberBalance, StatementFilter, StatementLine};
use serde::Deserialize;

use crate::web::format::{date, day, hour, last_day, month, points, signed};
use crate::web::names::store_name;
use crate::web::page::{Frame, Page, Trouble, show as render};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Rider};
use crate::web::{Web, words};

/// Lines of the statement on one page.
const LINES: i64 = 25;
/// Lines about what is owed.
const OWINGS: i64 = 10;
/// Points that run out within so many seconds are pointed out.
const SOON: i64 = 45 * 24 * 3_600;

#[derive(Template)]
#[template(path = "rider/me.html")]
struct Me {
    frame: Frame,
    available: String,
    held: Option<String>,
    pending: Option<String>,
    debt: Option<String>,
    soon: Vec<Expiry>,
    /// What the rider was told last of it.
    told: Option<Told>,
    later: Vec<Expiry>,
    /// How what is owed came about.
    owings: Vec<Month>,
    months: Vec<Month>,
    older: Option<i64>,
    paged: bool,
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
}

#[derive(Deserialize)]
pub struct Paging {
    before: Option<i64>,
}

/// `GET /{program}/me`.
pub async fn show(At(web): At, rider: Rider, Query(paging): Query<Paging>) -> Page {
    let (program, now) = (web.program.id, web.now());
    let balance = web.ledger.balance(program, rider.member(), now).await?;
    let balance = balance.ok_or(Trouble::Missing)?;
    let wallet = Account::wallet(rider.member());
    let filter = newest(paging.before, LINES + 1);
    let mut lines = web.ledger.statement(program, wallet, &filter).await?;
    let more = i64::try_from(lines.len()).unwrap_or(0) > LINES;
    lines.truncate(usize::try_from(LINES).unwrap_or(0));
    let older = lines.last().filter(|_| more).map(|line| line.version);
    let zone = web.zone();
    let owings = if balance.debt.is_positive() {
        let debt = Account::debt(rider.member());
        let filter = newest(None, OWINGS);
        web.ledger.statement(program, debt, &filter).await?
    } else {
        Vec::new()
    };
    let (soon, later) = expiries(&balance, &zone);
    let some = |points: ledger::points::Points| points.is_positive().then(|| self::points(points));
    render(&Me {
        frame: Frame::new(&web, t("我的积分", "My points"), Some(&rider.0)),
        available: points(balance.available),
        held: some(balance.held),
        pending: some(balance.pending),
        debt: some(balance.debt),
        soon,
        told: told(&web, rider.member(), &zone).await?,
        later,
        owings: months(&web, &zone, owings, t("结余", "owed")).await?,
        months: months(&web, &zone, lines, t("余额", "balance")).await?,
        older,
        paged: paging.before.is_some(),
    })
}

const fn newest(before: Option<i64>, limit: i64) -> StatementFilter {
    StatementFilter {
        before,
        kind: None,
        from: None,
        until: None,
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

async fn months(
    web: &Web,
    zone: &TimeZone,
    lines: Vec<StatementLine>,
    running: &'static str,
) -> Result<Vec<Month>, StoreError> {
    let named = join_all(lines.iter().map(|line| about(web, line))).await;
    let mut months: Vec<Month> = Vec::new();
    for (line, named) in lines.iter().zip(named) {
        let (what, why) = named?;
        let title = month(line.recorded_at, zone);
        let line = Line {
            day: day(line.recorded_at, zone),
            hour: hour(line.recorded_at, zone),
            what,
            kind: words::transfer(line.kind),
            amount: signed(line.amount),
            gain: !line.amount.is_negative(),
            running,
            balance: points(line.balance_after),
            why,
        };
        match months.last_mut() {
            Some(month) if month.title == title => month.lines.push(line),
            _ => months.push(Month {
                title,
                lines: vec![line],
            }),
        }
    }
    Ok(months)
}

/// What a line is about in a few words, and where it is explained.
async fn about(web: &Web, line: &StatementLine) -> Result<(String, Option<String>), StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    Ok(match line.kind {
        TransferKind::Award
        | TransferKind::Notice
        | TransferKind::Withdraw
        | TransferKind::Reverse
        | TransferKind::WriteOff => {
            let award = ledger.award(program, AwardId(line.subject)).await?;
            let title = award.map(|award| award.trace.rule_title);
            let why = web.path(&format!("me/awards/{}", line.subject));
            (title.unwrap_or_default(), Some(why))
        }
        TransferKind::Authorise
        | TransferKind::Charge
        | TransferKind::Capture
        | TransferKind::Void
        | TransferKind::Release
        | TransferKind::Refund => {
            let redemption = ledger
                .redemption(program, RedemptionId(line.subject))
                .await?;
            let store = match redemption {
                Some(redemption) => store_name(web, redemption.store.0).await?,
                None => String::new(),
            };
            let why = web.path(&format!("me/redemptions/{}", line.subject));
            (store, Some(why))
        }
        TransferKind::Expire => (t("到期未用的积分", "Points that expired").to_owned(), None),
        TransferKind::Merge => (
            t("与另一账户合并", "Merged with another account").to_owned(),
            None,
        ),
        TransferKind::Appropriate
        | TransferKind::ReturnBudget
        | TransferKind::CarryOver
        | TransferKind::ReceiveFunds
        | TransferKind::FreezeStatement
        | TransferKind::PayStatement => (String::new(), None),
    })
}
