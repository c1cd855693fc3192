//! From a frozen statement to a paid one: the merchant's word, the second person's, the bank's.

use axum::Json;
use axum::extract::State;
use ledger::ids::StatementId;
use ledger::machine::settlement::{DisputeFinding, DisputeReason};
use ledger::machine::{Command, SettlementCommand};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::{Validate, ValidationError};

use super::docs::Changing;
use super::statement_body::StatementReceipt;
use crate::auth::{Caller, Manager, Trader};
use crate::extract::{IdempotencyKey, Path, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(confirm))
        .routes(routes!(dispute))
        .routes(routes!(answer))
        .routes(routes!(approve))
        .routes(routes!(pay))
}

async fn step(
    app: &App,
    caller: &Caller,
    key: IdempotencyKey,
    command: SettlementCommand,
) -> Result<Json<StatementReceipt>, Problem> {
    let command = Command::Settlement(Box::new(command));
    let receipt = app.execute(&caller.request(Some(key)), command).await?;
    Ok(Json(receipt.try_into()?))
}

/// Confirm a statement
///
/// By who manages the store whose it is, once every line it disputes has an answer.
#[utoipa::path(post, path = "/v1/statements/{id}/confirm", tag = "settlement",
    params(("id" = Uuid, Path), IdempotencyKey),
    responses((status = OK, description = "It took effect", body = StatementReceipt), Changing))]
async fn confirm(
    State(app): State<App>,
    manager: Manager,
    key: IdempotencyKey,
    Path(statement): Path<StatementId>,
) -> Result<Json<StatementReceipt>, Problem> {
    let manager = manager.at_store_of_statement(&app, statement).await?;
    step(
        &app,
        &manager,
        key,
        SettlementCommand::Confirm { statement },
    )
    .await
}

/// What is wrong with a line.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Disputed {
    /// The line's version.
    version: i64,
    /// not_ours, points, twice, refund, worth or other.
    #[schema(value_type = String, example = "points")]
    reason: DisputeReason,
}

/// Dispute a line
///
/// By who manages the store whose statement it is, before it confirms; each line once.
#[utoipa::path(post, path = "/v1/statements/{id}/disputes", tag = "settlement",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = Disputed,
    responses((status = OK, description = "It took effect", body = StatementReceipt), Changing))]
async fn dispute(
    State(app): State<App>,
    manager: Manager,
    key: IdempotencyKey,
    Path(statement): Path<StatementId>,
    ValidatedJson(Disputed { version, reason }): ValidatedJson<Disputed>,
) -> Result<Json<StatementReceipt>, Problem> {
    let command = SettlementCommand::Dispute {
        statement,
        version,
        reason,
    };
    let manager = manager.at_store_of_statement(&app, statement).await?;
    step(&app, &manager, key, command).await
}

/// What was found.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Answered {
    /// The line's version.
    version: i64,
    /// stands: the line is right. refunded: the redemption is refunded, which is a line of the next statement. otherwise: the store gets what it
    /// should have had outside of these books.
    #[schema(value_type = String, example = "stands")]
    finding: DisputeFinding,
}

/// Answer a dispute
///
/// A frozen statement never changes: what is taken back is a refund of the redemption, and a line of the next statement.
#[utoipa::path(post, path = "/v1/statements/{id}/answers", tag = "settlement",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = Answered,
    responses((status = OK, description = "It took effect", body = StatementReceipt), Changing))]
async fn answer(
    State(app): State<App>,
    operator: Trader,
    key: IdempotencyKey,
    Path(statement): Path<StatementId>,
    ValidatedJson(Answered { version, finding }): ValidatedJson<Answered>,
) -> Result<Json<StatementReceipt>, Problem> {
    let command = SettlementCommand::Answer {
        statement,
        version,
        finding,
    };
    step(&app, &operator, key, command).await
}

/// How it was looked at.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Approved {
    /// That the merchant has not answered within ten days, and it is approved all the same.
    #[serde(default)]
    unanswered: bool,
}

/// Approve a statement for payment
///
/// By somebody who did not freeze it, once its merchant has confirmed it.
#[utoipa::path(post, path = "/v1/statements/{id}/approve", tag = "settlement",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = Approved,
    responses((status = OK, description = "It took effect", body = StatementReceipt), Changing))]
async fn approve(
    State(app): State<App>,
    operator: Trader,
    key: IdempotencyKey,
    Path(statement): Path<StatementId>,
    ValidatedJson(Approved { unanswered }): ValidatedJson<Approved>,
) -> Result<Json<StatementReceipt>, Problem> {
    let command = SettlementCommand::Approve {
        statement,
        unanswered,
    };
    step(&app, &operator, key, command).await
}

/// How it was paid.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Paid {
    /// The bank's code for the payment: letters, digits and -_./ only, because it is kept for ever.
    #[validate(custom(function = reference))]
    #[schema(example = "BOC-20260401-0017")]
    reference: String,
}

pub fn reference(code: &str) -> Result<(), ValidationError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    if (1..=64).contains(&code.len()) && code.bytes().all(plain) {
        return Ok(());
    }
    let message = "has 1 to 64 letters, digits and -_./";
    Err(ValidationError::new("reference").with_message(message.into()))
}

/// Record that an approved statement is paid
///
/// By somebody who did not freeze it.
#[utoipa::path(post, path = "/v1/statements/{id}/pay", tag = "settlement",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = Paid,
    responses((status = OK, description = "It took effect", body = StatementReceipt), Changing))]
async fn pay(
    State(app): State<App>,
    operator: Trader,
    key: IdempotencyKey,
    Path(statement): Path<StatementId>,
    ValidatedJson(body): ValidatedJson<Paid>,
) -> Result<Json<StatementReceipt>, Problem> {
    let reference = body.reference;
    let command = Command::PayStatement {
        statement,
        reference,
    };
    let receipt = app.execute(&operator.request(Some(key)), command).await?;
    Ok(Json(receipt.try_into()?))
}
