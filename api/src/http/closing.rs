//! A programme that closes.

use axum::Json;
use axum::extract::State;
use ledger::machine::{Closing, Command, Outcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Moment, unexpected};
use crate::auth::{Operator, Somebody};
use crate::extract::{IdempotencyKey, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get, close))
}

/// When the programme closes.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClosingBody {
    /// Deeds done and submitted after this moment earn nothing.
    last_earning: Moment,
    /// After this moment nothing is spent, and all points expire.
    last_spending: Moment,
}

impl From<Closing> for ClosingBody {
    fn from(closing: Closing) -> Self {
        Self {
            last_earning: closing.last_earning.into(),
            last_spending: closing.last_spending.into(),
        }
    }
}

/// When the programme closes; 404 while it does not
#[utoipa::path(get, path = "/v1/program/closing", tag = "program",
    responses((status = OK, description = "As it stands", body = ClosingBody), Reading))]
async fn get(State(app): State<App>, caller: Somebody) -> Result<Json<ClosingBody>, Problem> {
    let closing = app.ledger.closing(caller.program).await?;
    Ok(Json(closing.ok_or_else(Problem::not_found)?.into()))
}

/// Close the programme, or move its closing later
///
/// Moments that are reached stay as they are.
#[utoipa::path(post, path = "/v1/program/closing", tag = "program", params(IdempotencyKey), request_body = ClosingBody,
    responses((status = OK, description = "It took effect", body = ClosingBody), Changing))]
async fn close(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    ValidatedJson(body): ValidatedJson<ClosingBody>,
) -> Result<Json<ClosingBody>, Problem> {
    let command = Command::CloseProgram(Closing {
        last_earning: body.last_earning.0,
        last_spending: body.last_spending.0,
    });
    let receipt = app.execute(&operator.request(Some(key)), command).await?;
    match receipt.outcome {
        Outcome::Closing(closing) => Ok(Json(closing.into())),
        other => Err(unexpected(&other)),
    }
}
