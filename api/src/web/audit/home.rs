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
    let used = format!(
        "共 {} 分，已用 {}%",
        points(record.provided),
        record.used_percent(budget.balance)
    );
    let until = plan.map(|plan| format!("用于 {}前的事", whole_date(plan.ends_at, zone)));
    let closed = record
        .closed_at
        .map(|at| format!("{}结账", whole_date(at, zone)));
    let waiting = (budget.waiting > 0).then(|| format!("{} 笔在等补充", budget.waiting));
    let owed = budget.recoverable;
    let owed = owed
        .is_positive()
        .then(|| format!("待追回 {} 分", points(owed)));
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
        frame: Frame::new(&web, "审计", Some(&auditor.0)),
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
