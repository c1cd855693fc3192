//! For auditors: the budgets, and the newest awards with who gave what to whom by which rule.

use askama::Template;
use axum::extract::Query;
use jiff::tz::TimeZone;
use ledger::StoreError;
use ledger::ids::AwardId;
use ledger::machine::Award;
use ledger::views::{AwardFilter, BudgetView, Register};
use serde::Deserialize;
use uuid::Uuid;

use crate::sheet::Cell;
use crate::web::format::{full, moment, points, whole_date};
use crate::web::lists::whole::{self, MOST, names};
use crate::web::lists::{Asked, Line, List};
use crate::web::page::{Frame, Page, show as render};
use crate::web::reading::{Say, counted, say, t};
use crate::web::visitor::{At, Auditor};
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "audit/audit.html")]
struct Audit {
    frame: Frame,
    budgets: Vec<Fund>,
    awards: List<Row>,
    /// Where to go on, where there are more than are looked through at a time.
    older: Option<String>,
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
    cells: Vec<Cell>,
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("奖励编号", "Award"),
            t("骑手", "Rider"),
            t("事项", "Deed"),
            t("发生时间", "Happened"),
            t("登记人", "Recorded by"),
            t("状态", "State"),
            t("积分", "Points"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        self.cells.clone()
    }
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
pub async fn show(
    At(web): At,
    auditor: Auditor,
    Query(paging): Query<Paging>,
    Query(asked): Query<Asked>,
) -> Page {
    let before = paging.before.map(|id| id.to_string()).unwrap_or_default();
    let found = awards(&web, paging.before, asked.reads()).await?;
    let older = found.last().filter(|_| found.len() == MOST);
    let older = older.map(|last| {
        let last = last.id.to_string();
        asked.tools(&[("before", last.as_str())], 0).whole()
    });
    let rows = asked.search(rows(&web, &found, auditor.0.id()).await?);
    if let Some(file) = asked.file("awards", &rows) {
        return file.await;
    }
    let budgets = web.ledger.budgets(web.program.id).await?.into_iter();
    render(&Audit {
        frame: Frame::new(&web, t("审计", "Audit"), Some(&auditor.0)),
        budgets: budgets
            .map(|budget| Fund {
                balance: points(budget.balance),
                notes: notes(&budget, &web.zone()),
                name: budget.name,
            })
            .collect(),
        awards: asked.page(&[("before", before.as_str())], rows),
        older,
    })
}

/// The newest that were made before one.
async fn awards(web: &Web, before: Option<AwardId>, most: usize) -> Result<Vec<Award>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let page = |before, limit| async move {
        let filter = AwardFilter {
            before,
            limit,
            ..AwardFilter::default()
        };
        ledger.awards(program, &filter).await
    };
    whole::rows(most, before, |award: &Award| Some(award.id), page).await
}

/// Awards for a list, as `reader` sees them.
pub async fn rows(web: &Web, awards: &[Award], reader: Uuid) -> Result<Vec<Row>, StoreError> {
    let of = awards.iter().map(|award| award.member.0).collect();
    let by = awards.iter().map(|award| award.submitted_by.0).collect();
    let members = names(web, Register::Members, of).await?;
    let staff = names(web, Register::Staff, by).await?;
    let zone = web.zone();
    let row = |award: &Award| {
        let member = members.get(&award.member.0).cloned().unwrap_or_default();
        let by = staff.get(&award.submitted_by.0);
        let by = by.cloned().unwrap_or_default();
        let (rule, state) = (&award.trace.rule_title, words::award_state(award.state));
        let at = award.deed.occurred_at;
        let cells = vec![
            award.id.0.into(),
            member.clone().into(),
            rule.clone().into(),
            full(at, &zone).into(),
            by.clone().into(),
            state.into(),
            award.points.into(),
        ];
        Row {
            id: award.id.0,
            member,
            rule: rule.clone(),
            points: points(award.points),
            state,
            at: moment(at, &zone),
            by,
            own: award.submitted_by.0 == reader,
            cells,
        }
    };
    Ok(awards.iter().map(row).collect())
}
