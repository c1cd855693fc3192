//! One statement: how far it has come, what is disputed, line by line.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::community::offer::Bearer;
use ledger::ids::StatementId;
use ledger::machine::settlement::{Dispute, DisputeFinding, DisputeReason};
use ledger::machine::{Command, SettlementCommand, Statement, StatementState};
use ledger::views::FunderView;
use serde::Deserialize;
use uuid::Uuid;

use super::paying::{is_reference, no_reference};
use super::{acts, said};
use crate::web::Web;
use crate::web::fields::fresh_key;
use crate::web::format::{full, points};
use crate::web::lists::{Asked, List};
use crate::web::names::store_name;
use crate::web::page::{Frame, Page, Trouble, go, show as render, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::settled::{self, LineRow, Side};
use crate::web::visitor::{At, Id, Settler, Trader, Visitor, request};
use crate::web::words::settlement::{Late, LineSaid, Period, answer_by, yuan};

#[derive(Template)]
#[template(path = "desk/settlement_one.html")]
struct One {
    frame: Frame,
    id: Uuid,
    store: Uuid,
    name: String,
    state: &'static str,
    bad: bool,
    points: String,
    yuan: String,
    facts: Vec<(&'static str, String)>,
    /// That the time to answer is over.
    late: Option<Late>,
    batch: Option<Uuid>,
    disputes: Vec<DisputeRow>,
    findings: Vec<(&'static str, &'static str)>,
    may: May,
    list: List<LineRow>,
    key: String,
    /// As it was typed.
    reference: String,
    notice: Option<&'static str>,
    problem: Option<String>,
}

/// What whoever looks may do about it now.
struct May {
    approve: bool,
    /// It was not confirmed in time.
    unanswered: bool,
    answer: bool,
    pay: bool,
    /// They made it, so it is for somebody else to go on.
    own: bool,
}

impl May {
    fn of(web: &Web, visitor: &Visitor, statement: &Statement) -> Self {
        let (acts, state) = (acts(visitor), statement.state());
        let own = statement.frozen_by.0 == visitor.id();
        let late = answer_by(statement) <= web.now();
        Self {
            approve: acts && !own && state == StatementState::Confirmed,
            unanswered: acts && !own && state == StatementState::Frozen && late,
            answer: acts && statement.open_disputes() > 0,
            pay: acts && !own && state == StatementState::Approved,
            own: acts && own && state != StatementState::Paid,
        }
    }
}

/// A line that the merchant disputes.
struct DisputeRow {
    version: i64,
    reason: &'static str,
    at: String,
    /// What it is about.
    line: Option<LineSaid>,
    /// What was found, by whom and when.
    answer: Option<String>,
}

/// The side of whoever pays.
struct Payers(Vec<FunderView>);

impl Payers {
    /// With what those are called who give the money.
    async fn of(web: &Web) -> Result<Self, StoreError> {
        web.ledger.funders(web.program.id).await.map(Self)
    }
}

impl Side for Payers {
    fn bearer(&self, bearer: Bearer) -> String {
        said::bearer(bearer, &self.0)
    }

    fn reason(&self, reason: DisputeReason) -> &'static str {
        said::reason(reason)
    }

    fn finding(&self, finding: DisputeFinding) -> &'static str {
        said::finding(finding)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    after: Option<i64>,
    done: String,
}

/// What just happened.
fn notice(done: &str) -> Option<&'static str> {
    Some(match done {
        "approve" | "unanswered" => t("已批准付款。", "It is approved for payment."),
        "answer" => t("已答复异议。", "The dispute is answered."),
        "pay" => t("已记为付款。", "It is booked as paid."),
        _ => return None,
    })
}

/// `GET /{program}/desk/settlement/{id}`: with a page of its lines, or those that are looked for; or a file of all of these.
pub async fn show(
    At(web): At,
    Settler(visitor): Settler,
    Id(id): Id<StatementId>,
    Query(shown): Query<Shown>,
    Query(asked): Query<Asked>,
) -> Page {
    let statement = found(&web, id).await?;
    let payers = Payers::of(&web).await?;
    if let Some(file) = settled::file(&web, &payers, &statement, &asked).await? {
        return Ok(file);
    }
    let (list, more) = settled::list(&web, &payers, &statement, &asked, shown.after).await?;
    let mut view = view(&web, &visitor, &statement, &payers, list).await?;
    view.notice = notice(&shown.done).or_else(|| more.then(settled::stopped));
    render(&view)
}

async fn found(web: &Web, id: StatementId) -> Result<Statement, Trouble> {
    let statement = web.ledger.settlement(web.program.id, id).await?;
    statement.ok_or(Trouble::Missing)
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    statement: &Statement,
    payers: &Payers,
    list: List<LineRow>,
) -> Result<One, Trouble> {
    let mut disputes = Vec::with_capacity(statement.disputes.len());
    for dispute in &statement.disputes {
        disputes.push(disputed(web, statement, dispute, payers).await?);
    }
    let findings = DisputeFinding::ALL.iter();
    Ok(One {
        frame: Frame::new(web, t("结算单", "Statement"), Some(visitor)),
        id: statement.id.0,
        store: statement.store.0,
        name: store_name(web, statement.store.0).await?,
        state: said::state(statement.state()),
        bad: statement.state() == StatementState::Disputed,
        points: points(statement.points),
        yuan: yuan(statement.amount),
        facts: facts(web, statement, payers).await?,
        late: Late::of(web, statement),
        batch: statement.batch.map(|batch| batch.0),
        disputes,
        findings: findings.map(|of| (of.name(), said::finding(*of))).collect(),
        may: May::of(web, visitor, statement),
        list,
        key: fresh_key(),
        reference: String::new(),
        notice: None,
        problem: None,
    })
}

/// Who did what, in the order in which it goes.
async fn facts(
    web: &Web,
    statement: &Statement,
    payers: &Payers,
) -> Result<Vec<(&'static str, String)>, StoreError> {
    let zone = web.zone();
    let step = |who: String, at| {
        let at = full(at, &zone);
        format!("{who} · {at}")
    };
    let (from, through) = (statement.from_version, statement.through_version);
    let period = Period::of(web, statement, None).await?.moments(&zone);
    let mut facts = vec![
        (t("结算期间", "Period"), period),
        (
            t("门店账目", "Of the store's account"),
            say!("第 {from} 至 {through} 笔", "entries {from} to {through}"),
        ),
    ];
    if let Some(standard) = statement.standard() {
        let whose = t("没有选服务项目的", "Without an offer");
        facts.push((whose, payers.bearer(standard)));
    }
    let who = said::staff(web, statement.frozen_by).await?;
    facts.push((t("生成", "Made by"), step(who, statement.frozen_at)));
    if let Some(word) = statement.confirmation {
        let who = said::of_store(web, word.by, statement.store).await?;
        facts.push((t("商户确认", "Confirmed by"), step(who, word.at)));
    } else if statement.approval.is_none() {
        let until = full(answer_by(statement), &zone);
        let words = say!("{until} 前", "before {until}");
        facts.push((t("等商户确认", "For the merchant to confirm"), words));
    }
    if let Some(word) = statement.approval {
        let who = step(said::staff(web, word.by).await?, word.at);
        let unanswered = t("（逾期未确认）", " (not confirmed in time)");
        let late = if word.unanswered { unanswered } else { "" };
        facts.push((t("批准", "Approved by"), format!("{who}{late}")));
    }
    if let Some(payment) = &statement.payment {
        let who = step(said::staff(web, payment.by).await?, payment.at);
        facts.push((t("付款", "Booked as paid by"), who));
        let reference = payment.reference.clone();
        facts.push((t("银行流水号", "Bank's code"), reference));
    }
    Ok(facts)
}

async fn disputed(
    web: &Web,
    statement: &Statement,
    dispute: &Dispute,
    payers: &Payers,
) -> Result<DisputeRow, StoreError> {
    let before = Some(dispute.version.saturating_sub(1));
    let line = web
        .ledger
        .settlement_lines(web.program.id, statement, before, 1);
    let line = line.await?.pop();
    let line = line.filter(|line| line.entry.version == dispute.version);
    let answer = match dispute.answer {
        Some(answer) => {
            let who = said::staff(web, answer.by).await?;
            let at = full(answer.at, &web.zone());
            let found = said::finding(answer.finding);
            Some(say!("{found}（{who}，{at}）", "{found} ({who}, {at})"))
        }
        None => None,
    };
    Ok(DisputeRow {
        version: dispute.version,
        reason: said::reason(dispute.reason),
        at: full(dispute.at, &web.zone()),
        line: line.map(|line| {
            let bearer = payers.bearer(line.bearer);
            LineSaid::of(&line, bearer, &web.zone())
        }),
        answer,
    })
}

/// What is pressed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Act {
    act: String,
    key: String,
    version: i64,
    finding: String,
    reference: String,
}

impl Act {
    /// What it asks for, or what is missing; nothing where there is no such step.
    fn command(&self, statement: StatementId) -> Option<Result<Command, &'static str>> {
        let command = match self.act.as_str() {
            "approve" | "unanswered" => SettlementCommand::Approve {
                statement,
                unanswered: self.act == "unanswered",
            },
            "answer" => {
                let Some(finding) = DisputeFinding::from_name(&self.finding) else {
                    return Some(Err(t(
                        "请先选答复。",
                        "Please choose what you found first.",
                    )));
                };
                SettlementCommand::Answer {
                    statement,
                    version: self.version,
                    finding,
                }
            }
            "pay" => {
                let reference = self.reference.trim().to_owned();
                let known = is_reference(&reference);
                let pay = Command::PayStatement {
                    statement,
                    reference,
                };
                return Some(known.then_some(pay).ok_or_else(no_reference));
            }
            _ => return None,
        };
        Some(Ok(Command::Settlement(Box::new(command))))
    }
}

/// `POST /{program}/desk/settlement/{id}`: a step, by whoever may take it.
pub async fn act(
    At(web): At,
    Trader(visitor): Trader,
    Id(id): Id<StatementId>,
    Form(act): Form<Act>,
) -> Page {
    found(&web, id).await?;
    let problem = match act.command(id).ok_or(Trouble::Missing)? {
        Ok(command) => {
            let request = request(&visitor, Some(act.key));
            match web.app.execute(&request, command).await {
                Ok(_) => {
                    let done = act.act;
                    return go(&web.path(&format!("desk/settlement/{id}?done={done}")));
                }
                Err(error) => said::why(&error),
            }
        }
        Err(problem) => problem.to_owned(),
    };
    let statement = found(&web, id).await?;
    let payers = Payers::of(&web).await?;
    let list = settled::page(&web, &payers, &statement, None).await?;
    let mut view = view(&web, &visitor, &statement, &payers, list).await?;
    view.problem = Some(problem);
    view.reference = act.reference;
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}
