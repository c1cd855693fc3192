//! Budgets: points set aside for a purpose.

use axum::Json;
use axum::extract::State;
use ledger::community::{Budget, Registration};
use ledger::ids::BudgetId;
use ledger::machine::{Command, Outcome, Receipt};
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
use super::register::{Registered, new_id, register};
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
}

impl From<BudgetView> for BudgetBody {
    fn from(budget: BudgetView) -> Self {
        Self {
            id: budget.id.0,
            code: budget.code,
            name: budget.name,
            balance: budget.balance.into(),
            recoverable: budget.recoverable.into(),
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
