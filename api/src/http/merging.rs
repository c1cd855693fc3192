//! Two members who are one person.

use axum::Json;
use axum::extract::State;
use ledger::ids::MemberId;
use ledger::machine::{Command, Outcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::Changing;
use super::model::{Amount, Moment, transfer_of, unexpected};
use crate::auth::Operator;
use crate::extract::{IdempotencyKey, Path, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(merge))
}

/// Who they are.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Into {
    /// The member who stays.
    into: Uuid,
}

/// What went from the one to the other.
#[derive(Debug, Serialize, ToSchema)]
struct MergeReceipt {
    from: Uuid,
    into: Uuid,
    /// From wallet to wallet.
    points: Amount,
    /// On hold for redemptions.
    held: Amount,
    /// Awarded, not yet vested.
    pending: Amount,
    /// Owed after reversals.
    debt: Amount,
    transfer: Option<Uuid>,
    recorded_at: Moment,
}

/// Merge a member into another who is the same person
///
/// Points, awards and redemptions are the other's from then on. What was recorded of the one stays as it was recorded.
#[utoipa::path(post, path = "/v1/members/{id}/merge", tag = "members",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = Into,
    responses((status = OK, description = "It took effect", body = MergeReceipt), Changing))]
async fn merge(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Path(from): Path<MemberId>,
    ValidatedJson(body): ValidatedJson<Into>,
) -> Result<Json<MergeReceipt>, Problem> {
    let into = MemberId(body.into);
    let command = Command::MergeMembers { from, into };
    let receipt = app.execute(&operator.request(Some(key)), command).await?;
    let transfer = transfer_of(&receipt);
    match receipt.outcome {
        Outcome::Merged {
            from,
            into,
            points,
            held,
            pending,
            debt,
        } => Ok(Json(MergeReceipt {
            from: from.0,
            into: into.0,
            points: points.into(),
            held: held.into(),
            pending: pending.into(),
            debt: debt.into(),
            transfer,
            recorded_at: receipt.recorded_at.into(),
        })),
        other => Err(unexpected(&other)),
    }
}
