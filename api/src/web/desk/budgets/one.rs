//! One budget: what was left over its period, points provided and returned, and its plan.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::WriteError;
use ledger::community::Verb;
use ledger::ids::BudgetId;
use ledger::machine::{BudgetCommand, Command, Rejection};
use ledger::points::Points;
use ledger::views::BudgetView;
use serde::Deserialize;

use super::Fund;
use super::burning::{Burning, burning};
use super::planning::{self, Choice, facts};
use crate::web::fields::fresh_key;
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Id, Planner, Treasurer, Visitor, request};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

/// Who is shown how a budget was used up: whoever fills budgets, and whoever reads the books, everywhere.
const ACCOUNTABLE: [Verb; 2] = [Verb::Budgets, Verb::Read];

#[derive(Template)]
#[template(path = "desk/budget.html")]
struct One {
    frame: Frame,
    fund: Fund,
    facts: Vec<(&'static str, String)>,
    burning: Option<Burning>,
    /// What may be changed, by whom it may be and as long as it is open.
    forms: Option<Forms>,
    notice: Option<&'static str>,
    /// What is wrong with what was typed: with an amount by what was to be done with it.
    wrong: Wrong,
}

/// What was typed, and what can be chosen.
struct Forms {
    provide: Amount,
    back: Amount,
    plan: planning::Typed,
    funders: Vec<Choice>,
    exhausted: Vec<Choice>,
    ends: Vec<Choice>,
}

/// So many points, put in or taken out.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Amount {
    act: String,
    key: String,
    points: String,
}

impl Amount {
    fn fresh() -> Self {
        Self {
            key: fresh_key(),
            ..Self::default()
        }
    }
}

/// What is shown again after it failed.
#[derive(Default)]
struct Again {
    amount: Option<Amount>,
    plan: Option<planning::Typed>,
    wrong: Wrong,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    done: String,
}

/// What just happened.
fn notice(done: &str) -> Option<&'static str> {
    Some(match done {
        "made" => t(
            "已登记。请拨入积分，并填写使用计划。",
            "It is on record. Please put points into it and fill in its plan.",
        ),
        "provide" => t("已拨入。", "The points were put in."),
        "return" => t("已退回。", "The points were returned."),
        "plan" => t("计划已保存。", "The plan is kept."),
        _ => return None,
    })
}

/// `GET /{program}/desk/budgets/{id}`.
pub async fn show_one(
    At(web): At,
    Planner(visitor): Planner,
    Id(id): Id<BudgetId>,
    Query(shown): Query<Shown>,
) -> Page {
    let mut view = view(&web, &visitor, id, Again::default()).await?;
    view.notice = notice(&shown.done);
    show(&view)
}

fn found(budgets: &[BudgetView], id: BudgetId) -> Result<&BudgetView, Trouble> {
    let found = budgets.iter().find(|budget| budget.id == id);
    found.ok_or(Trouble::Missing)
}

async fn view(web: &Web, visitor: &Visitor, id: BudgetId, again: Again) -> Result<One, Trouble> {
    let budgets = web.ledger.budgets(web.program.id).await?;
    let funders = web.ledger.funders(web.program.id).await?;
    let budget = found(&budgets, id)?;
    let fills = visitor.may_everywhere(&[Verb::Budgets]) && budget.record.closed_at.is_none();
    let Again {
        amount,
        plan,
        wrong,
    } = again;
    let typed = |act: &str| {
        let same = amount.clone().filter(|amount| amount.act == act);
        same.unwrap_or_else(Amount::fresh)
    };
    let plan = plan.unwrap_or_else(|| planning::Typed::of(web, budget.record.plan.as_ref()));
    let forms = Forms {
        provide: typed("provide"),
        back: typed("return"),
        funders: plan.funders(&funders),
        exhausted: plan.exhausted(),
        ends: plan.ends(id, &budgets),
        plan,
    };
    Ok(One {
        frame: Frame::new(web, t("专项资金", "Budgets"), Some(visitor)),
        fund: Fund::of(web, budget, &funders),
        facts: facts(web, budget, &budgets),
        burning: match visitor.may_everywhere(&ACCOUNTABLE) {
            true => burning(web, budget).await?,
            false => None,
        },
        forms: fills.then_some(forms),
        notice: None,
        wrong,
    })
}

async fn refused(web: &Web, visitor: &Visitor, id: BudgetId, again: Again) -> Page {
    let view = view(web, visitor, id, again).await?;
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// `POST /{program}/desk/budgets/{id}`: points are issued into it, or taken out and no longer issued.
pub async fn change(
    At(web): At,
    Treasurer(visitor): Treasurer,
    Id(budget): Id<BudgetId>,
    Form(mut amount): Form<Amount>,
) -> Page {
    found(&web.ledger.budgets(web.program.id).await?, budget)?;
    let command: fn(BudgetId, Points) -> Command = match amount.act.as_str() {
        "provide" => |budget, points| Command::Appropriate { budget, points },
        "return" => |budget, points| Command::ReturnBudget { budget, points },
        _ => return Err(Trouble::Missing),
    };
    let wrong = match amount.points.trim().parse::<Points>() {
        Ok(points) => {
            let request = request(&visitor, Some(amount.key.clone()));
            match web.app.execute(&request, command(budget, points)).await {
                Ok(_) => {
                    let done = &amount.act;
                    return go(&web.path(&format!("desk/budgets/{budget}?done={done}")));
                }
                Err(error) => {
                    if !words::may_try_again(&error) {
                        amount.key = fresh_key();
                    }
                    unmoved(&amount.act, &error)
                }
            }
        }
        Err(_) => {
            let words = t(
                "积分数写成 1200 或 1200.50 这样，最多两位小数。",
                "Points are written as 1200 or 1200.50, with two decimals at most.",
            );
            Wrong::with(&amount.act, words)
        }
    };
    let again = Again {
        amount: Some(amount),
        wrong,
        ..Again::default()
    };
    refused(&web, &visitor, budget, again).await
}

/// Why no points moved: beside the amount, where it is about that.
fn unmoved(act: &str, error: &WriteError) -> Wrong {
    let field = match error {
        WriteError::Rejected(
            Rejection::AmountNotPositive
            | Rejection::AmountOverflow
            | Rejection::BudgetExhausted { .. },
        ) => act,
        _ => "form",
    };
    Wrong::with(field, words::failure(error))
}

/// `POST /{program}/desk/budgets/{id}/plan`: in place of what was planned before.
pub async fn plan(
    At(web): At,
    Treasurer(visitor): Treasurer,
    Id(budget): Id<BudgetId>,
    Form(mut typed): Form<planning::Typed>,
) -> Page {
    found(&web.ledger.budgets(web.program.id).await?, budget)?;
    let wrong = match typed.plan(&web) {
        Ok(plan) => {
            let command = Command::Budget(Box::new(BudgetCommand::Plan { budget, plan }));
            let request = request(&visitor, Some(typed.key.clone()));
            match web.app.execute(&request, command).await {
                Ok(_) => return go(&web.path(&format!("desk/budgets/{budget}?done=plan"))),
                Err(error) => {
                    if !words::may_try_again(&error) {
                        typed.key = fresh_key();
                    }
                    planning::refused(&error)
                }
            }
        }
        Err(wrong) => wrong,
    };
    let again = Again {
        plan: Some(typed),
        wrong,
        ..Again::default()
    };
    refused(&web, &visitor, budget, again).await
}
