//! For auditors: the budgets, and the newest awards with who gave what to whom by which rule.

use askama::Template;
use axum::extract::Query;
use futures::future::try_join_all;
use jiff::tz::TimeZone;
use ledger::StoreError;
use ledger::ids::AwardId;
use ledger::machine::Award;
use ledger::views::{AwardFilter, BudgetView, Register};
use serde::Deserialize;
use uuid::Uuid;

use crate::web::format::{moment, points, whole_date};
use crate::web::names::name;
use crate::web::page::{Frame, Page, show as render};
use crate::web::reading::{Say, counted, say, t};
use crate::web::visitor::{At, Auditor};
use crate::web::{Web, words};

const AWARDS: i64 = 30;

#[derive(Template)]
#[template(path = "audit/audit.html")]
struct Audit {
    frame: Frame,
    budgets: Vec<Fund>,
    awards: Vec<Row>,
    older: Option<Uuid>,
}

struct Fund {
    name: String,
    balance: String,
    notes: Vec<String>,
}

/// An award in a list.
pub struct Row {
    pub id: Uuid,
    pub member: String,
    pub rule: String,
    pub points: String,
    pub state: &'static str,
    pub at: String,
    pub by: String,
    pub own: bool,
}

#[derive(Deserialize)]
pub struct Paging {
    before: Option<AwardId>,
}

/// What is to be said of a budget beside what it holds.
fn notes(budget: &BudgetView, zone: &TimeZone) -> Vec<String> {
    let record = &budget.record;
    let plan = record.plan.as_ref();
    let purpose = plan.map(|plan| plan.purpose.clone());
    let (provided, used) = (points(record.provided), record.used_percent(budget.balance));
    let used = say!(
        "共 {provided} 分，已用 {used}%",
        "{provided} points in all, {used}% used"
    );
    let until = plan.map(|plan| {
        let day = whole_date(plan.ends_at, zone);
        say!("用于 {day}前的事", "For deeds before {day}")
    });
    let closed = record.closed_at.map(|at| {
        let day = whole_date(at, zone);
        say!("{day}结账", "Closed on {day}")
    });
    let waiting = usize::try_from(budget.waiting).ok().filter(|n| *n > 0);
    let waiting = waiting.map(|number| {
        let awards = counted(number, "笔", "award", "awards");
        say!("{awards}在等补充", "Waiting for more: {awards}")
    });
    let owed = Some(budget.recoverable).filter(|owed| owed.is_positive());
    let owed = owed.map(|owed| {
        let owed = points(owed);
        say!("待追回 {owed} 分", "To be recovered: {owed} points")
    });
    let notes = [purpose, Some(used), closed.or(until), waiting, owed];
    notes.into_iter().flatten().collect()
}

/// `GET /{program}/audit`.
pub async fn show(At(web): At, auditor: Auditor, Query(paging): Query<Paging>) -> Page {
    let budgets = web.ledger.budgets(web.program.id).await?.into_iter();
    let filter = AwardFilter {
        before: paging.before,
        limit: AWARDS,
        ..AwardFilter::default()
    };
    let awards = web.ledger.awards(web.program.id, &filter).await?;
    let full = i64::try_from(awards.len()).unwrap_or(0) == AWARDS;
    let older = awards.last().filter(|_| full).map(|award| award.id.0);
    render(&Audit {
        frame: Frame::new(&web, t("审计", "Audit"), Some(&auditor.0)),
        budgets: budgets
            .map(|budget| Fund {
                balance: points(budget.balance),
                notes: notes(&budget, &web.zone()),
                name: budget.name,
            })
            .collect(),
        awards: try_join_all(awards.iter().map(|award| row(&web, award, auditor.0.id()))).await?,
        older,
    })
}

/// An award for a list, as `reader` sees it.
pub async fn row(web: &Web, award: &Award, reader: Uuid) -> Result<Row, StoreError> {
    Ok(Row {
        id: award.id.0,
        member: name(web, Register::Members, award.member.0).await?,
        rule: award.trace.rule_title.clone(),
        points: points(award.points),
        state: words::award_state(award.state),
        at: moment(award.deed.occurred_at, &web.zone()),
        by: name(web, Register::Staff, award.submitted_by.0).await?,
        own: award.submitted_by.0 == reader,
    })
}
