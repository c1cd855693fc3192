//! Budgets: points set aside for a purpose, and what is planned for them.

use axum::Json;
use axum::extract::State;
use ledger::community::budget::{AtEnd, BudgetPlan, Exhausted};
use ledger::community::{Budget, Registration};
use ledger::ids::{BudgetId, FunderId};
use ledger::machine::{BudgetCommand, Command, Outcome, Receipt};
use ledger::views::BudgetView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Amount, Created, Moment, created, transfer_of, unexpected};
use super::redemptions::above_zero;
use super::register::{Registered, new_id, register, registered};
use crate::auth::{Planner, Treasurer};
use crate::extract::{IdempotencyKey, Path, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(appropriate))
        .routes(routes!(give_back))
        .routes(routes!(plan))
}

/// A budget and what it holds.
#[derive(Debug, Serialize, ToSchema)]
struct BudgetBody {
    id: Uuid,
    /// The name policies use.
    code: String,
    name: String,
    /// What can still be awarded from it.
    balance: Amount,
    /// What members owe back to it.
    recoverable: Amount,
    /// What it was given: issued into it or carried over, less what was returned.
    provided: Amount,
    /// How much of that is used, in whole percent, awards on public notice included. At 80 and at 95 an event `budget.low` tells so.
    used_percent: i64,
    /// How many awards wait for it to be given more.
    waiting: i64,
    /// What is planned, if anything is.
    plan: Option<PlanBody>,
    /// When it was closed: nothing is granted from it any more.
    closed_at: Option<Moment>,
}

/// What becomes of an award that a budget cannot pay.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ExhaustedBody {
    /// It is turned down.
    #[default]
    Reject,
    /// It waits until the budget is given more, in order of submission.
    Queue,
}

/// What becomes of what is left of a budget once it is settled, and of what comes back to it later.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum AtEndBody {
    /// It is returned: no longer issued.
    Return,
    /// Another budget has it.
    CarryOver {
        /// Which.
        into: Uuid,
    },
}

const fn thirty() -> i64 {
    30
}

/// What a budget is for.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlanBody {
    /// Who pays for it, if that is said.
    funder: Option<Uuid>,
    /// What it is for, in a sentence.
    #[validate(length(max = 200, message = "has at most 200 characters"))]
    #[schema(example = "2026 年网格巡查积分")]
    purpose: String,
    /// It pays for deeds from then on,
    from: Moment,
    /// and for none from then on. At most five years later.
    until: Moment,
    /// So many days after that, up to 180, awards of such deeds are still granted; then it is closed. 30 if not said.
    #[serde(default = "thirty")]
    settle_days: i64,
    /// What becomes of an award that it cannot pay: `reject` if not said.
    #[serde(default)]
    exhausted: ExhaustedBody,
    /// What becomes of what is left.
    at_end: AtEndBody,
}

impl From<PlanBody> for BudgetPlan {
    fn from(body: PlanBody) -> Self {
        Self {
            funder: body.funder.map(FunderId),
            purpose: body.purpose,
            starts_at: body.from.0,
            ends_at: body.until.0,
            settle_days: body.settle_days,
            exhausted: match body.exhausted {
                ExhaustedBody::Reject => Exhausted::Reject,
                ExhaustedBody::Queue => Exhausted::Queue,
            },
            at_end: match body.at_end {
                AtEndBody::Return => AtEnd::Return,
                AtEndBody::CarryOver { into } => AtEnd::CarryOver {
                    into: BudgetId(into),
                },
            },
        }
    }
}

impl From<BudgetPlan> for PlanBody {
    fn from(plan: BudgetPlan) -> Self {
        Self {
            funder: plan.funder.map(|funder| funder.0),
            purpose: plan.purpose,
            from: plan.starts_at.into(),
            until: plan.ends_at.into(),
            settle_days: plan.settle_days,
            exhausted: match plan.exhausted {
                Exhausted::Reject => ExhaustedBody::Reject,
                Exhausted::Queue => ExhaustedBody::Queue,
            },
            at_end: match plan.at_end {
                AtEnd::Return => AtEndBody::Return,
                AtEnd::CarryOver { into } => AtEndBody::CarryOver { into: into.0 },
            },
        }
    }
}

impl From<BudgetView> for BudgetBody {
    fn from(budget: BudgetView) -> Self {
        Self {
            id: budget.id.0,
            code: budget.code,
            name: budget.name,
            balance: budget.balance.into(),
            recoverable: budget.recoverable.into(),
            provided: budget.record.provided.into(),
            used_percent: budget.record.used_percent(budget.balance),
            waiting: budget.waiting,
            plan: budget.record.plan.map(PlanBody::from),
            closed_at: budget.record.closed_at.map(Moment::from),
        }
    }
}

/// Every budget with what it holds
#[utoipa::path(get, path = "/v1/budgets", tag = "budgets", responses((status = OK, description = "As it stands", body = Vec<BudgetBody>), Reading))]
async fn list(State(app): State<App>, caller: Planner) -> Result<Json<Vec<BudgetBody>>, Problem> {
    let budgets = app.ledger.budgets(caller.program).await?;
    Ok(Json(budgets.into_iter().map(BudgetBody::from).collect()))
}

/// A budget to be made.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewBudget {
    /// The name policies use.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    #[schema(example = "grid-patrol")]
    code: String,
    /// Its name for people.
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    name: String,
}

/// Make a budget, empty at first
#[utoipa::path(post, path = "/v1/budgets", tag = "budgets", request_body = NewBudget,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = Registered), Changing))]
async fn create(
    State(app): State<App>,
    operator: Treasurer,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewBudget>,
) -> Result<Created<Registered>, Problem> {
    let budget = Budget {
        id: BudgetId(new_id(&app, &operator, key.as_ref())),
        code: body.code,
        name: body.name,
    };
    let registered = register(&app, &operator, key, Registration::Budget(budget)).await?;
    Ok(created("/v1/budgets".to_owned(), registered))
}

/// How much.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Points {
    /// How many, above zero.
    #[validate(custom(function = above_zero))]
    points: Amount,
}

/// What a budget holds after a change.
#[derive(Debug, Serialize, ToSchema)]
struct BudgetReceipt {
    /// The budget.
    id: Uuid,
    /// By how much it changed.
    points: Amount,
    /// What it holds now.
    balance: Amount,
    transfer: Option<Uuid>,
    recorded_at: Moment,
}

impl TryFrom<Receipt> for BudgetReceipt {
    type Error = Problem;

    fn try_from(receipt: Receipt) -> Result<Self, Problem> {
        let Outcome::Budget {
            budget,
            points,
            balance,
        } = receipt.outcome
        else {
            return Err(unexpected(&receipt.outcome));
        };
        Ok(Self {
            id: budget.0,
            points: points.into(),
            balance: balance.into(),
            transfer: transfer_of(&receipt),
            recorded_at: receipt.recorded_at.into(),
        })
    }
}

/// Issue points into a budget
#[utoipa::path(post, path = "/v1/budgets/{id}/appropriate", tag = "budgets",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = Points,
    responses((status = OK, description = "It took effect", body = BudgetReceipt), Changing))]
async fn appropriate(
    State(app): State<App>,
    operator: Treasurer,
    key: IdempotencyKey,
    Path(budget): Path<BudgetId>,
    ValidatedJson(body): ValidatedJson<Points>,
) -> Result<Json<BudgetReceipt>, Problem> {
    let points = body.points.0;
    let command = Command::Appropriate { budget, points };
    let receipt = app.execute(&operator.request(Some(key)), command).await?;
    Ok(Json(receipt.try_into()?))
}

/// Take unspent points out of a budget
#[utoipa::path(post, path = "/v1/budgets/{id}/return", tag = "budgets",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = Points,
    responses((status = OK, description = "It took effect", body = BudgetReceipt), Changing))]
async fn give_back(
    State(app): State<App>,
    operator: Treasurer,
    key: IdempotencyKey,
    Path(budget): Path<BudgetId>,
    ValidatedJson(body): ValidatedJson<Points>,
) -> Result<Json<BudgetReceipt>, Problem> {
    let points = body.points.0;
    let command = Command::ReturnBudget { budget, points };
    let receipt = app.execute(&operator.request(Some(key)), command).await?;
    Ok(Json(receipt.try_into()?))
}

/// Say what a budget is for, when, and what happens when it is used up or over
///
/// In place of what was planned before, until it is closed. Deeds of another time are turned down (`outside_period`).
#[utoipa::path(post, path = "/v1/budgets/{id}/plan", tag = "budgets",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = PlanBody,
    responses((status = OK, description = "It is planned", body = Registered), Changing))]
async fn plan(
    State(app): State<App>,
    operator: Treasurer,
    key: Option<IdempotencyKey>,
    Path(budget): Path<BudgetId>,
    ValidatedJson(body): ValidatedJson<PlanBody>,
) -> Result<Json<Registered>, Problem> {
    let plan = body.into();
    let command = Command::Budget(Box::new(BudgetCommand::Plan { budget, plan }));
    Ok(Json(registered(&app, &operator, key, command).await?))
}
