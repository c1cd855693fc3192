//! 结算单: what the programme owes a store, line by line. Who manages the store confirms it or disputes single lines, and sees what is answered.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::community::Verb;
use ledger::community::offer::Bearer;
use ledger::ids::{ActorId, StatementId, StoreId};
use ledger::machine::settlement::{CONFIRM_SECONDS, Dispute, DisputeFinding, DisputeReason};
use ledger::machine::{Command, SettlementCommand, Statement, StatementState};
use ledger::points::{Points, Rate};
use ledger::views::{Register, SettlementLine};
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

use super::shop::{Choice, Chosen, Section, acting, acts_for, sections};
use crate::web::fields::fresh_key;
use crate::web::format::{full, points, signed, whole_date};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Id, Manager, StoreFacing, Visitor, request};
use crate::web::{Web, words};

/// How many statements are shown at once.
const SHOWN: i64 = 20;
/// How many lines of one.
const LINES: i64 = 50;

#[derive(Template)]
#[template(path = "counter/statements.html")]
struct Statements {
    frame: Frame,
    sections: Vec<Section>,
    store: String,
    stores: Vec<Choice>,
    /// What links to the same store carry.
    query: String,
    rows: Vec<Row>,
    next: Option<i64>,
    paged: bool,
}

struct Row {
    id: Uuid,
    at: String,
    points: String,
    yuan: String,
    state: &'static str,
    /// Whether it waits for the store.
    waits: bool,
}

#[derive(Deserialize)]
pub struct Paging {
    store: Option<StoreId>,
    /// The last version that the page before covers.
    after: Option<i64>,
}

/// With two places, as money is written.
fn yuan(amount: Points) -> String {
    let text = points(amount);
    match text.split_once('.').map(|(_, fraction)| fraction.len()) {
        None => format!("{text}.00"),
        Some(1) => format!("{text}0"),
        Some(_) => text,
    }
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
    Query(Paging { store, after }): Query<Paging>,
) -> Page {
    let chosen = Chosen::of(&web, &visitor, store).await?;
    let found = web
        .ledger
        .settlements(web.program.id, chosen.store, after, SHOWN + 1);
    let mut found = found.await?;
    let shown = usize::try_from(SHOWN).unwrap_or_default();
    let more = found.len() > shown;
    found.truncate(shown);
    let next = found.last().filter(|_| more).map(|one| one.through_version);
    let zone = web.zone();
    let row = |one: &Statement| Row {
        id: one.id.0,
        at: whole_date(one.frozen_at, &zone),
        points: points(one.points),
        yuan: yuan(one.amount),
        state: state(one.state()),
        waits: one.state() == StatementState::Frozen,
    };
    show(&Statements {
        frame: Frame::new(&web, t("结算单", "Statements"), Some(&visitor)),
        sections: sections(&web, &visitor, &chosen, "statements"),
        query: chosen.query(),
        store: chosen.name,
        stores: chosen.stores,
        rows: found.iter().map(row).collect(),
        next,
        paged: after.is_some(),
    })
}

#[derive(Template)]
#[template(path = "counter/statement.html")]
struct StatementPage {
    frame: Frame,
    id: StatementId,
    back: String,
    store: String,
    yuan: String,
    points: String,
    state: &'static str,
    facts: Vec<(&'static str, String)>,
    disputes: Vec<DisputeRow>,
    /// How many of them have no answer.
    open: usize,
    lines: Vec<LineRow>,
    reasons: Vec<(&'static str, &'static str)>,
    /// Whether who looks may confirm and dispute now, and until when that is waited for.
    answers: Option<String>,
    /// What the forms go under.
    key: String,
    after: Option<i64>,
    next: Option<i64>,
    notice: Option<&'static str>,
    problem: Option<String>,
}

/// A line that was disputed.
struct DisputeRow {
    version: i64,
    /// After which line the page with this one begins.
    place: i64,
    reason: &'static str,
    at: String,
    answer: Option<String>,
}

struct LineRow {
    version: i64,
    at: String,
    what: &'static str,
    payment: Uuid,
    points: String,
    yuan: Option<String>,
    bearer: String,
    disputed: Option<DisputeRow>,
    /// Whether its form is open, because something in it was wrong.
    open: bool,
    /// Under what its form goes.
    key: String,
}

/// What is said of a statement, as typed.
#[derive(Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    act: String,
    #[serde(default)]
    key: String,
    version: Option<i64>,
    #[serde(default)]
    reason: String,
    after: Option<i64>,
}

#[derive(Deserialize)]
pub struct Shown {
    after: Option<i64>,
    done: Option<String>,
}

/// A statement of a store that somebody acts for. Another's is not found.
async fn known(web: &Web, visitor: &Visitor, id: StatementId) -> Result<Statement, Trouble> {
    let statement = web.ledger.settlement(web.program.id, id).await?;
    let statement = statement.ok_or(Trouble::Missing)?;
    acts_for(visitor, statement.store).map(|()| statement)
}

/// `GET /{program}/counter/statements/{id}`.
pub async fn one(
    At(web): At,
    StoreFacing(visitor): StoreFacing,
    Id(id): Id<StatementId>,
    Query(Shown { after, done }): Query<Shown>,
) -> Page {
    let statement = known(&web, &visitor, id).await?;
    let typed = Typed {
        after,
        ..Typed::default()
    };
    let mut view = view(&web, &visitor, &statement, &typed).await?;
    view.notice = match done.as_deref() {
        Some("confirmed") => Some(t(
            "已确认。社区批准后付款。",
            "Confirmed. It is paid once the programme has approved it.",
        )),
        Some("disputed") => Some(t(
            "异议已提交。答复会写在这一笔旁边。",
            "The objection is on record. The answer will stand beside the line.",
        )),
        _ => None,
    };
    show(&view)
}

/// `POST /{program}/counter/statements/{id}`: confirmed, or one of its lines disputed; once for each form.
pub async fn act(
    At(web): At,
    Manager(visitor): Manager,
    Id(id): Id<StatementId>,
    Form(typed): Form<Typed>,
) -> Page {
    let statement = known(&web, &visitor, id).await?;
    let reason = DisputeReason::from_name(&typed.reason);
    let (command, done) = match (typed.act.as_str(), typed.version) {
        ("confirm", _) => {
            let confirm = SettlementCommand::Confirm { statement: id };
            (Some(confirm), "confirmed")
        }
        ("dispute", Some(version)) => {
            let dispute = reason.map(|reason| SettlementCommand::Dispute {
                statement: id,
                version,
                reason,
            });
            (dispute, "disputed")
        }
        _ => return Err(Trouble::Missing),
    };
    let problem = match command {
        Some(command) => {
            let acting = acting(&visitor, statement.store);
            let request = request(&acting, Some(typed.key.clone()));
            let command = Command::Settlement(Box::new(command));
            match web.app.execute(&request, command).await {
                Ok(_) => {
                    let after = typed.after.map(|after| format!("&after={after}"));
                    let after = after.unwrap_or_default();
                    return go(&web.path(&format!("counter/statements/{id}?done={done}{after}")));
                }
                Err(error) => words::failure(&error),
            }
        }
        None => t(
            "请先选这一笔哪里不对。",
            "Please choose first what is wrong with this line.",
        )
        .to_owned(),
    };
    let statement = known(&web, &visitor, id).await?;
    let mut view = view(&web, &visitor, &statement, &typed).await?;
    view.problem = Some(problem);
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    statement: &Statement,
    typed: &Typed,
) -> Result<StatementPage, Trouble> {
    let chosen = Chosen::of(web, visitor, Some(statement.store)).await?;
    let after = typed.after;
    let lines = web
        .ledger
        .settlement_lines(web.program.id, statement, after, LINES + 1);
    let mut lines = lines.await?;
    let shown = usize::try_from(LINES).unwrap_or_default();
    let more = lines.len() > shown;
    lines.truncate(shown);
    let next = lines.last().filter(|_| more).map(|line| line.entry.version);
    let waits = matches!(
        statement.state(),
        StatementState::Frozen | StatementState::Disputed
    );
    let until = full(
        statement.frozen_at.plus_seconds(CONFIRM_SECONDS),
        &web.zone(),
    );
    let key = fresh_key();
    let row = |line: &SettlementLine| LineRow {
        open: typed.version == Some(line.entry.version),
        key: format!("{key}-{}", line.entry.version),
        ..line_row(web, statement, line)
    };
    let lines = lines.iter().map(row).collect();
    let disputes = statement.disputes.iter();
    let reasons = DisputeReason::ALL.iter();
    Ok(StatementPage {
        frame: Frame::new(web, t("结算单", "Statement"), Some(visitor)),
        id: statement.id,
        back: chosen.path(web, "statements"),
        store: chosen.name,
        yuan: yuan(statement.amount),
        points: points(statement.points),
        state: state(statement.state()),
        facts: facts(web, statement).await?,
        disputes: disputes.map(|one| dispute_row(web, one)).collect(),
        open: statement.open_disputes(),
        lines,
        reasons: reasons.map(|one| (one.name(), reason(*one))).collect(),
        answers: (waits && visitor.may(&[Verb::Manage])).then_some(until),
        key,
        after,
        next,
        notice: None,
        problem: None,
    })
}

fn line_row(web: &Web, statement: &Statement, line: &SettlementLine) -> LineRow {
    let entry = &line.entry;
    let mut disputes = statement.disputes.iter();
    let disputed = disputes.find(|dispute| dispute.version == entry.version);
    LineRow {
        version: entry.version,
        at: full(entry.occurred_at, &web.zone()),
        what: words::transfer(entry.kind),
        payment: entry.subject,
        points: signed(entry.amount),
        yuan: line.money.map(yuan),
        bearer: bearer(line.bearer),
        disputed: disputed.map(|dispute| dispute_row(web, dispute)),
        open: false,
        key: String::new(),
    }
}

fn dispute_row(web: &Web, dispute: &Dispute) -> DisputeRow {
    let zone = web.zone();
    let answered = dispute.answer.map(|answer| {
        let (found, at) = (finding(answer.finding), full(answer.at, &zone));
        say!("{found}（{at}）", "{found} ({at})")
    });
    DisputeRow {
        version: dispute.version,
        place: dispute.version.saturating_sub(1),
        reason: reason(dispute.reason),
        at: full(dispute.at, &zone),
        answer: answered,
    }
}

/// Yuan a point.
fn worth(rate: Rate) -> String {
    let yuan = rate.fen.checked_div(Decimal::ONE_HUNDRED);
    yuan.unwrap_or_default().normalize().to_string()
}

/// Who pays for it, and how much.
fn bearer(bearer: Bearer) -> String {
    match bearer {
        Bearer::Merchant => t("本店承担", "borne by the store").to_owned(),
        Bearer::InKind => t("捐赠物品", "goods that were given").to_owned(),
        Bearer::Fund { rate, .. } => {
            let worth = worth(rate);
            say!("每积分 {worth} 元", "{worth} yuan a point")
        }
    }
}

/// What somebody of the store is called; nobody else's name is told.
async fn clerk(web: &Web, by: ActorId) -> Result<String, StoreError> {
    let named = web
        .ledger
        .registered(web.program.id, Register::Clerks, by.0);
    Ok(named.await?.map_or_else(String::new, |named| named.name))
}

async fn facts(
    web: &Web,
    statement: &Statement,
) -> Result<Vec<(&'static str, String)>, StoreError> {
    let zone = web.zone();
    let mut facts = vec![(t("生成", "Made"), full(statement.frozen_at, &zone))];
    if let Some(rate) = statement.rate {
        let worth = worth(rate);
        let told = say!("每积分 {worth} 元", "{worth} yuan a point");
        facts.push((t("没有选优惠的", "Without an offer"), told));
    }
    if let Some(word) = statement.confirmation {
        let (at, by) = (full(word.at, &zone), clerk(web, word.by).await?);
        let told = format!("{at} {by}").trim_end().to_owned();
        facts.push((t("门店确认", "Confirmed"), told));
    }
    if let Some(word) = statement.approval {
        let at = full(word.at, &zone);
        let told = match word.unanswered {
            true => say!(
                "{at}（门店逾期未答复）",
                "{at} (the store had not answered in time)"
            ),
            false => at,
        };
        facts.push((t("批准", "Approved"), told));
    }
    if let Some(payment) = &statement.payment {
        facts.push((t("付款", "Paid"), full(payment.at, &zone)));
        facts.push((t("银行流水号", "Bank's code"), payment.reference.clone()));
    }
    Ok(facts)
}
