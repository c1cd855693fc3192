//! One statement of a store's: confirmed, or disputed line by line, and taken along as a file.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::community::Verb;
use ledger::ids::{ActorId, StatementId};
use ledger::machine::settlement::DisputeReason;
use ledger::machine::{Command, SettlementCommand, Statement, StatementState};
use ledger::views::Register;
use serde::Deserialize;

use super::lines::{Store, worth};
use super::{reason, state};
use crate::web::counter::shop::{Chosen, acting, acts_for};
use crate::web::fields::fresh_key;
use crate::web::format::{full, points};
use crate::web::lists::{Asked, List};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::settled::{self, DisputeRow, LineRow};
use crate::web::visitor::{At, Id, Manager, StoreFacing, Visitor, request};
use crate::web::words::settlement::{Late, Period, answer_by, yuan};
use crate::web::{Web, words};

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
    /// Whether a line is disputed that nobody has answered.
    bad: bool,
    facts: Vec<(&'static str, String)>,
    /// That the time to answer is over.
    late: Option<Late>,
    disputes: Vec<DisputeRow>,
    /// How many of them have no answer.
    open: usize,
    list: List<LineRow>,
    /// The line of which something typed was wrong, so that its form is open; 0 where none was.
    wrong: i64,
    reasons: Vec<(&'static str, &'static str)>,
    /// Whether who looks may confirm and dispute now, and until when that is waited for.
    answers: Option<String>,
    /// What the forms go under.
    key: String,
    /// After which line the page begins.
    after: Option<i64>,
    notice: Option<&'static str>,
    problem: Option<String>,
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

/// `GET /{program}/counter/statements/{id}`: a page of its lines, those that are looked for, or a file of all of them.
pub async fn one(
    At(web): At,
    StoreFacing(visitor): StoreFacing,
    Id(id): Id<StatementId>,
    Query(Shown { after, done }): Query<Shown>,
    Query(asked): Query<Asked>,
) -> Page {
    let statement = known(&web, &visitor, id).await?;
    if let Some(file) = settled::file(&web, &Store, &statement, &asked).await? {
        return Ok(file);
    }
    let after = after.filter(|_| !asked.seeks());
    let (list, more) = settled::list(&web, &Store, &statement, &asked, after).await?;
    let typed = Typed {
        after,
        ..Typed::default()
    };
    let mut view = view(&web, &visitor, &statement, &typed, list).await?;
    view.notice = match done.as_deref() {
        Some("confirmed") => Some(t(
            "已确认。社区批准后付款。",
            "Confirmed. It is paid once the programme has approved it.",
        )),
        Some("disputed") => Some(t(
            "异议已提交。答复会写在这一笔旁边。",
            "The objection is on record. The answer will stand beside the line.",
        )),
        _ => more.then(settled::stopped),
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
    let list = settled::page(&web, &Store, &statement, typed.after).await?;
    let mut view = view(&web, &visitor, &statement, &typed, list).await?;
    view.problem = Some(problem);
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    statement: &Statement,
    typed: &Typed,
    list: List<LineRow>,
) -> Result<StatementPage, Trouble> {
    let chosen = Chosen::of(web, visitor, Some(statement.store)).await?;
    let waits = matches!(
        statement.state(),
        StatementState::Frozen | StatementState::Disputed
    );
    let until = full(answer_by(statement), &web.zone());
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
        bad: statement.state() == StatementState::Disputed,
        facts: facts(web, statement).await?,
        late: Late::of(web, statement),
        disputes: disputes
            .map(|one| DisputeRow::of(web, &Store, one))
            .collect(),
        open: statement.open_disputes(),
        list,
        wrong: typed.version.unwrap_or(0),
        reasons: reasons.map(|one| (one.name(), reason(*one))).collect(),
        answers: (waits && visitor.may(&[Verb::Manage])).then_some(until),
        key: fresh_key(),
        after: typed.after,
        notice: None,
        problem: None,
    })
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
    let period = Period::of(web, statement, None).await?.moments(&zone);
    let mut facts = vec![
        (t("结算期间", "Period"), period),
        (t("生成", "Made"), full(statement.frozen_at, &zone)),
    ];
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
                "{at}（门店逾期未确认）",
                "{at} (the store had not confirmed it in time)"
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
