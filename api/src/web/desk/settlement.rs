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

use crate::web::Web;
use crate::web::fields::fresh_key;
use crate::web::format::{full, points, whole_date};
use crate::web::page::{Frame, Page, Trouble, show as render, show_as};
use crate::web::reading::{Say, counted, say, t};
use crate::web::visitor::{At, Settler, Visitor};

pub use acting::{approve, gather};
use freezing::Freezing;
pub use freezing::freeze;
use listed::{Listed, listed};
use paying::Batch;

/// How many batches are listed.
const BATCHES: i64 = 12;
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
    /// Where the next page begins.
    next: Option<String>,
    /// Whether this is no first page.
    paged: bool,
    /// One batch of payments alone.
    batch: Option<Batch>,
    batches: Vec<BatchRow>,
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
    frozen: String,
    state: &'static str,
    bad: bool,
    /// Lines whose dispute nobody has answered.
    disputes: usize,
    /// Whether who looks may approve it.
    tick: bool,
    /// In a batch: whether it is theirs to book as paid, and what was typed or is on record.
    pays: bool,
    reference: String,
}

impl Row {
    fn of(web: &Web, statement: &Statement, name: String, visitor: &Visitor) -> Self {
        use ledger::machine::StatementState::{Approved, Confirmed, Disputed};
        let state = statement.state();
        let others = acts(visitor) && statement.frozen_by.0 != visitor.id();
        let payment = statement.payment.as_ref();
        Self {
            id: statement.id.0,
            name,
            points: points(statement.points),
            amount: statement.amount.to_string(),
            frozen: whole_date(statement.frozen_at, &web.zone()),
            state: said::state(state),
            bad: state == Disputed,
            disputes: statement.open_disputes(),
            tick: others && state == Confirmed,
            pays: others && state == Approved && statement.amount.is_positive(),
            reference: payment.map_or_else(String::new, |payment| payment.reference.clone()),
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
            amount: batch.amount.to_string(),
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
    q: String,
    /// The store after which a page begins.
    after: Option<Uuid>,
    /// The statements of one store alone, before a version.
    store: Option<Uuid>,
    before: Option<i64>,
    batch: Option<CommandId>,
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
pub async fn show(At(web): At, Settler(visitor): Settler, Query(wanted): Query<Wanted>) -> Page {
    let notice = notice(&wanted);
    let mut view = view(&web, &visitor, wanted, Typed::default()).await?;
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

async fn view(
    web: &Web,
    visitor: &Visitor,
    wanted: Wanted,
    typed: Typed,
) -> Result<Settlement, Trouble> {
    let (program, acts) = (web.program.id, acts(visitor));
    let batch = match wanted.batch {
        Some(id) => Some(paying::batch(web, visitor, id, &typed.references).await?),
        None => None,
    };
    let (batch, Listed { rows, next }) = match batch {
        Some((batch, rows)) => (Some(batch), Listed { rows, next: None }),
        None => (None, listed(web, visitor, &wanted).await?),
    };
    let alone = batch.is_some() || wanted.store.is_some();
    let mut batches = Vec::new();
    let mut freezing = None;
    if !alone {
        batches = web.ledger.payment_batches(program, None, BATCHES).await?;
    }
    if acts && !alone {
        freezing = Some(Freezing::of(web, typed.freeze).await?);
    }
    Ok(Settlement {
        frame: Frame::new(web, t("结算", "Settlement"), Some(visitor)),
        states: listed::states(&wanted.state),
        ticks: batch.is_none() && rows.iter().any(|row| row.tick),
        paged: wanted.after.is_some() || wanted.before.is_some(),
        to_pay: match acts && !alone {
            true => to_pay(web).await?,
            false => None,
        },
        batches: batches.iter().map(|one| BatchRow::of(web, one)).collect(),
        wanted,
        rows,
        next,
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
    let mut view = view(web, visitor, wanted, typed).await?;
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
        amount: amount.unwrap_or(Points::ZERO).to_string(),
    }))
}
