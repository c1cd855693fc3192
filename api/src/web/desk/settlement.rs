//! 结算: what stores are owed, by how far it has come; freezing for all of them, approving what merchants confirmed, gathering what is to be paid.

mod acting;
mod freezing;
mod listed;
pub mod one;
pub mod paying;
mod said;

use std::collections::HashMap;

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::community::Verb;
use ledger::ids::{CommandId, StatementId};
use ledger::machine::Statement;
use ledger::machine::settlement::PaymentBatch;
use ledger::points::Points;
use serde::Deserialize;
use uuid::Uuid;

use crate::sheet::Cell;
use crate::web::Web;
use crate::web::fields::fresh_key;
use crate::web::format::{full, points, whole_date};
use crate::web::lists::{Asked, Line, Tools, whole};
use crate::web::page::{Frame, Page, Trouble, show as render, show_as};
use crate::web::reading::{Say, counted, say, t};
use crate::web::visitor::{At, Settler, Visitor};
use crate::web::words::settlement::{Late, Period, yuan};

pub use acting::{approve, gather};
use freezing::Freezing;
pub use freezing::freeze;
use listed::listed;
use paying::Batch;

/// How many batches are listed, if not all are asked for.
const BATCHES: usize = 12;
/// The most statements gathered at once, as the API has it.
const MOST: i64 = 1_000;

#[derive(Template)]
#[template(path = "desk/settlement.html")]
struct Settlement {
    frame: Frame,
    wanted: Wanted,
    /// What is listed, by name, and whether it is this.
    states: Vec<(&'static str, &'static str, bool)>,
    rows: Vec<Row>,
    /// What of these may be approved by who looks, all at once.
    ticks: bool,
    /// Whether of any of them the time to answer is over, and of any that who looks may open to approve it.
    late: bool,
    opens: bool,
    tools: Tools,
    /// One batch of payments alone.
    batch: Option<Batch>,
    batches: Vec<BatchRow>,
    /// Whether there are more.
    more_batches: bool,
    /// What is approved and in no batch.
    to_pay: Option<ToPay>,
    freezing: Option<Freezing>,
    /// For forms of one button.
    key: String,
    notice: Option<String>,
    problems: Vec<String>,
}

/// A statement in a list.
struct Row {
    id: Uuid,
    name: String,
    points: String,
    amount: String,
    /// What it covers; in a batch, until when.
    period: String,
    frozen: String,
    state: &'static str,
    bad: bool,
    /// That the time to answer is over.
    late: Option<String>,
    /// Lines whose dispute nobody has answered.
    disputes: usize,
    /// Whether who looks may approve it, and whether they may do so once its merchant is late.
    tick: bool,
    opens: bool,
    /// In a batch: whether it is theirs to book as paid, and what was typed or is on record.
    pays: bool,
    reference: String,
    sums: [Points; 2],
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("编号", "ID"),
            t("门店", "Store"),
            t("结算期间", "Period"),
            t("生成日期", "Made on"),
            t("积分", "Points"),
            t("金额（元）", "Yuan"),
            t("状态", "State"),
            t("未答复异议", "Disputes to be answered"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let [points, amount] = self.sums;
        let disputes = i64::try_from(self.disputes).unwrap_or(i64::MAX);
        vec![
            self.id.into(),
            self.name.clone().into(),
            self.period.clone().into(),
            self.frozen.clone().into(),
            points.into(),
            amount.into(),
            self.state.into(),
            disputes.into(),
        ]
    }
}

impl Row {
    fn of(web: &Web, statement: &Statement, name: String, visitor: &Visitor) -> Self {
        use ledger::machine::StatementState::{Approved, Confirmed, Disputed, Frozen};
        let state = statement.state();
        let others = acts(visitor) && statement.frozen_by.0 != visitor.id();
        let payment = statement.payment.as_ref();
        let frozen = whole_date(statement.frozen_at, &web.zone());
        let late = Late::of(web, statement).map(|late| late.said);
        Self {
            id: statement.id.0,
            name,
            points: points(statement.points),
            amount: yuan(statement.amount),
            period: say!("截至 {frozen}", "until {frozen}"),
            frozen,
            state: said::state(state),
            bad: state == Disputed,
            opens: others && late.is_some() && state == Frozen,
            late,
            disputes: statement.open_disputes(),
            tick: others && state == Confirmed,
            pays: others && state == Approved && statement.amount.is_positive(),
            reference: payment.map_or_else(String::new, |payment| payment.reference.clone()),
            sums: [statement.points, statement.amount],
        }
    }

    /// The same, where it is known from when on.
    fn covering(self, web: &Web, period: Period) -> Self {
        Self {
            period: period.days(&web.zone()),
            ..self
        }
    }
}

/// A batch in a list.
struct BatchRow {
    id: Uuid,
    at: String,
    statements: usize,
    amount: String,
}

impl BatchRow {
    fn of(web: &Web, batch: &PaymentBatch) -> Self {
        Self {
            id: batch.id.0,
            at: full(batch.at, &web.zone()),
            statements: usize::try_from(batch.statements).unwrap_or_default(),
            amount: yuan(batch.amount),
        }
    }
}

/// How many statements wait to be gathered, and what they come to.
struct ToPay {
    statements: usize,
    amount: String,
}

/// What is asked for, and what just happened.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    state: String,
    /// The statements of one store alone.
    store: Option<Uuid>,
    batch: Option<CommandId>,
    /// `all`: not just the newest batches.
    batches: String,
    how: String,
    done: usize,
    waits: usize,
}

/// What was typed, to be shown again.
#[derive(Default)]
struct Typed {
    freeze: Option<freezing::Typed>,
    references: HashMap<Uuid, String>,
}

/// Whether they do something about statements, not just look.
fn acts(visitor: &Visitor) -> bool {
    visitor.may_everywhere(&[Verb::Merchants])
}

/// `GET /{program}/desk/settlement`.
pub async fn show(
    At(web): At,
    Settler(visitor): Settler,
    Query(wanted): Query<Wanted>,
    Query(asked): Query<Asked>,
) -> Page {
    if asked.wants_file() && wanted.batch.is_none() {
        let rows = listed(&web, &visitor, &wanted, asked.reads()).await?;
        if let Some(file) = asked.file("statements", &asked.search(rows)) {
            return file.await;
        }
    }
    let notice = notice(&wanted);
    let mut view = view(&web, &visitor, (wanted, asked), Typed::default()).await?;
    view.notice = notice;
    render(&view)
}

/// What just happened, in a sentence.
fn notice(wanted: &Wanted) -> Option<String> {
    let statements = counted(wanted.done, "张结算单", "statement", "statements");
    let waiting = match wanted.waits {
        0 => String::new(),
        waits => say!(
            "{waits} 家门店的收取和退回相抵后不够结算，留到下一次。",
            " Stores whose refunds leave nothing to settle yet: {waits}."
        ),
    };
    Some(match wanted.how.as_str() {
        "frozen" => say!(
            "已生成 {statements}，等商户确认。{waiting}",
            "Made: {statements}, for merchants to confirm.{waiting}"
        ),
        "approved" => say!("已批准 {statements}。", "Approved: {statements}."),
        "gathered" => t(
            "已归成一批。请导出付款文件，付款后把银行流水号记到这里。",
            "They are in one batch. Take out the file for the bank, and book what it has paid here.",
        )
        .to_owned(),
        "paid" => say!("已记为付款：{statements}。", "Booked as paid: {statements}."),
        _ => return None,
    })
}

/// A batch, or a page of the list.
async fn found(
    web: &Web,
    visitor: &Visitor,
    (wanted, asked): (&Wanted, &Asked),
    typed: &Typed,
) -> Result<(Option<Batch>, Vec<Row>, Tools), Trouble> {
    if let Some(id) = wanted.batch {
        let (batch, rows) = paying::batch(web, visitor, id, &typed.references).await?;
        return Ok((Some(batch), rows, Tools::default()));
    }
    let rows = listed(web, visitor, wanted, asked.reads()).await?;
    let store = wanted.store.map(|id| id.to_string()).unwrap_or_default();
    let keep = [("state", wanted.state.as_str()), ("store", store.as_str())];
    let list = asked.page(&keep, asked.search(rows));
    let tools = list.tools.at(web.path("desk/settlement"));
    Ok((None, list.rows, tools))
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    (wanted, asked): (Wanted, Asked),
    typed: Typed,
) -> Result<Settlement, Trouble> {
    let (program, acts) = (web.program.id, acts(visitor));
    let (batch, rows, tools) = found(web, visitor, (&wanted, &asked), &typed).await?;
    let alone = batch.is_some() || wanted.store.is_some();
    let mut batches = Vec::new();
    let mut freezing = None;
    if !alone {
        let place = |batch: &PaymentBatch| Some(batch.id);
        let page = |before, limit| web.ledger.payment_batches(program, before, limit);
        batches = whole::rows(whole::MOST, None, place, page).await?;
    }
    let more_batches = batches.len() > BATCHES && wanted.batches != "all";
    if more_batches {
        batches.truncate(BATCHES);
    }
    if acts && !alone {
        freezing = Some(Freezing::of(web, typed.freeze).await?);
    }
    Ok(Settlement {
        frame: Frame::new(web, t("结算", "Settlement"), Some(visitor)),
        states: listed::states(&wanted.state),
        ticks: batch.is_none() && rows.iter().any(|row| row.tick),
        late: rows.iter().any(|row| row.late.is_some()),
        opens: rows.iter().any(|row| row.opens),
        tools,
        to_pay: match acts && !alone {
            true => to_pay(web).await?,
            false => None,
        },
        batches: batches.iter().map(|one| BatchRow::of(web, one)).collect(),
        more_batches,
        wanted,
        rows,
        batch,
        freezing,
        key: fresh_key(),
        notice: None,
        problems: Vec::new(),
    })
}

/// The list once more, with what did not work.
async fn again(
    web: &Web,
    visitor: &Visitor,
    wanted: Wanted,
    typed: Typed,
    problems: Vec<String>,
) -> Page {
    let asked = Asked::default();
    let mut view = view(web, visitor, (wanted, asked), typed).await?;
    view.problems = problems;
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// What is approved and in no batch, if anything is.
async fn to_pay(web: &Web) -> Result<Option<ToPay>, Trouble> {
    let first = StatementId(Uuid::nil());
    let found = web.ledger.to_pay(web.program.id, first, MOST).await?;
    let amount = Points::sum(found.iter().map(|statement| statement.amount));
    Ok((!found.is_empty()).then(|| ToPay {
        statements: found.len(),
        amount: yuan(amount.unwrap_or(Points::ZERO)),
    }))
}
