//! 结算单: what the programme owes a store, line by line. Who manages the store confirms it or disputes single lines, and sees what is answered.

mod lines;
mod one;

use askama::Template;
use axum::extract::Query;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::ids::StoreId;
use ledger::machine::settlement::{DisputeFinding, DisputeReason};
use ledger::machine::{Statement, StatementState};
use ledger::points::Points;
use serde::Deserialize;
use uuid::Uuid;

use super::shop::{Choice, Chosen, Section, sections};
use crate::sheet::Cell;
use crate::web::Web;
use crate::web::format::{points, whole_date};
use crate::web::lists::whole;
use crate::web::lists::{Asked, Line, List};
use crate::web::page::{Frame, Page, show};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, StoreFacing};
use crate::web::words::settlement::{Late, Period, yuan};

pub use one::{act, one};

#[derive(Template)]
#[template(path = "counter/statements.html")]
struct Statements {
    frame: Frame,
    sections: Vec<Section>,
    store: String,
    stores: Vec<Choice>,
    /// What links to the same store carry.
    query: String,
    list: List<Row>,
}

struct Row {
    id: Uuid,
    /// What it covers, and when it was made.
    period: String,
    at: String,
    points: String,
    yuan: String,
    state: &'static str,
    /// Whether it waits for the store.
    waits: bool,
    /// That the time to answer is over.
    late: Option<String>,
    /// What it comes to, in points and in yuan.
    sums: (Points, Points),
    /// When it was paid, and the bank's code.
    paid: (String, String),
}

impl Row {
    fn of(web: &Web, one: &Statement, period: Period) -> Self {
        let zone = web.zone();
        let date = |at: Timestamp| whole_date(at, &zone);
        let paid = one.payment.as_ref();
        let paid = paid.map(|paid| (date(paid.at), paid.reference.clone()));
        Self {
            id: one.id.0,
            period: period.days(&zone),
            at: date(one.frozen_at),
            points: points(one.points),
            yuan: yuan(one.amount),
            state: state(one.state()),
            waits: one.state() == StatementState::Frozen,
            late: Late::of(web, one).map(|late| late.said),
            sums: (one.points, one.amount),
            paid: paid.unwrap_or_default(),
        }
    }
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("结算单编号", "Statement"),
            t("结算期间", "Period"),
            t("生成", "Made"),
            t("积分", "Points"),
            t("金额（元）", "Yuan"),
            t("状态", "State"),
            t("付款", "Paid"),
            t("银行流水号", "Bank's code"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            self.id.into(),
            self.period.clone().into(),
            self.at.clone().into(),
            self.sums.0.into(),
            self.sums.1.into(),
            self.state.into(),
            self.paid.0.clone().into(),
            self.paid.1.clone().into(),
        ]
    }
}

#[derive(Deserialize)]
pub struct Wanted {
    store: Option<StoreId>,
}

fn state(state: StatementState) -> &'static str {
    match state {
        StatementState::Frozen => t("待门店确认", "For the store to confirm"),
        StatementState::Disputed => t("有异议，待答复", "Disputed, to be answered"),
        StatementState::Confirmed => t("已确认，待批准", "Confirmed, to be approved"),
        StatementState::Approved => t("已批准，待付款", "Approved, to be paid"),
        StatementState::Paid => t("已付款", "Paid"),
    }
}

fn reason(reason: DisputeReason) -> &'static str {
    match reason {
        DisputeReason::NotOurs => t("不是本店的", "It is not of this store"),
        DisputeReason::Points => t("积分数不对", "Other points were agreed on"),
        DisputeReason::Twice => t("重复了", "It is there twice"),
        DisputeReason::Refund => t(
            "不该退，或退多了",
            "It should not have been given back, or not so much",
        ),
        DisputeReason::Worth => t("金额不对", "Another worth was agreed on"),
        DisputeReason::Other => t("其他", "Something else"),
    }
}

fn finding(finding: DisputeFinding) -> &'static str {
    match finding {
        DisputeFinding::Stands => t(
            "答复：核对无误，按原样结算",
            "Answer: the line is right as it is",
        ),
        DisputeFinding::Refunded => t(
            "答复：应退回骑手，列入下一张结算单",
            "Answer: it is given back to the rider, and on the next statement",
        ),
        DisputeFinding::Otherwise => t(
            "答复：应多付，另行补付",
            "Answer: the store should have had more, and is paid that otherwise",
        ),
    }
}

/// `GET /{program}/counter/statements`: the newest first.
pub async fn list(
    At(web): At,
    StoreFacing(visitor): StoreFacing,
    Query(Wanted { store }): Query<Wanted>,
    Query(asked): Query<Asked>,
) -> Page {
    let chosen = Chosen::of(&web, &visitor, store).await?;
    let (ledger, program, store) = (&web.ledger, web.program.id, chosen.store);
    let page = move |before: Option<i64>, limit: i64| async move {
        ledger.settlements(program, store, before, limit).await
    };
    let last = |one: &Statement| Some(one.through_version);
    let found = whole::rows(asked.reads(), None, last, page).await?;
    let rows = asked.search(rows(&web, &found).await?);
    if let Some(file) = asked.file("statements", &rows) {
        return file.await;
    }
    let kept = chosen.kept();
    show(&Statements {
        frame: Frame::new(&web, t("结算单", "Statements"), Some(&visitor)),
        sections: sections(&web, &visitor, &chosen, "statements"),
        query: chosen.query(),
        store: chosen.name,
        stores: chosen.stores,
        list: asked.page(&[("store", kept.as_str())], rows),
    })
}

/// Statements of one store, the newest first: each covers what came after the next in the list.
async fn rows(web: &Web, found: &[Statement]) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::with_capacity(found.len());
    for (place, one) in found.iter().enumerate() {
        let before = found.get(place.saturating_add(1));
        rows.push(Row::of(web, one, Period::of(web, one, before).await?));
    }
    Ok(rows)
}
