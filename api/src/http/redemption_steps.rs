//! What a store does with a redemption: capture, void, refund, undo.

use axum::Json;
use axum::extract::State;
use ledger::ids::RedemptionId;
use ledger::machine::Command;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

use super::docs::Changing;
use super::model::Amount;
use super::redemptions::{RedemptionReceipt, above_zero};
use crate::auth::{Counter, Manager};
use crate::extract::{IdempotencyKey, Path, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(capture))
        .routes(routes!(void))
        .routes(routes!(refund))
        .routes(routes!(undo))
}

/// How much; `{}` is all.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Part {
    /// How many, above zero; all if not said.
    #[validate(custom(function = above_zero))]
    points: Option<Amount>,
}

/// Take held points
///
/// The whole or a part; what is not taken is released.
#[utoipa::path(post, path = "/v1/redemptions/{id}/capture", tag = "redemptions",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = Part,
    responses((status = OK, description = "It took effect", body = RedemptionReceipt), Changing))]
async fn capture(
    State(app): State<App>,
    clerk: Counter,
    key: IdempotencyKey,
    Path(redemption): Path<RedemptionId>,
    ValidatedJson(part): ValidatedJson<Part>,
) -> Result<Json<RedemptionReceipt>, Problem> {
    let points = part.points.map(|amount| amount.0);
    let command = Command::Capture { redemption, points };
    let clerk = clerk.at_store_of(&app, redemption).await?;
    let receipt = app.execute(&clerk.request(Some(key)), command).await?;
    Ok(Json(receipt.try_into()?))
}

/// Give a hold back
#[utoipa::path(post, path = "/v1/redemptions/{id}/void", tag = "redemptions",
    params(("id" = Uuid, Path), IdempotencyKey),
    responses((status = OK, description = "It took effect", body = RedemptionReceipt), Changing))]
async fn void(
    State(app): State<App>,
    clerk: Counter,
    key: IdempotencyKey,
    Path(redemption): Path<RedemptionId>,
) -> Result<Json<RedemptionReceipt>, Problem> {
    let command = Command::Void { redemption };
    let clerk = clerk.at_store_of(&app, redemption).await?;
    let receipt = app.execute(&clerk.request(Some(key)), command).await?;
    Ok(Json(receipt.try_into()?))
}

/// Give captured points back
///
/// By who manages the store. The whole or a part, to the lots they came from; a lot that expired meanwhile reopens for the grace of its policy, seven days unless it says otherwise.
#[utoipa::path(post, path = "/v1/redemptions/{id}/refund", tag = "redemptions",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = Part,
    responses((status = OK, description = "It took effect", body = RedemptionReceipt), Changing))]
async fn refund(
    State(app): State<App>,
    clerk: Manager,
    key: IdempotencyKey,
    Path(redemption): Path<RedemptionId>,
    ValidatedJson(part): ValidatedJson<Part>,
) -> Result<Json<RedemptionReceipt>, Problem> {
    let points = part.points.map(|amount| amount.0);
    let command = Command::Refund { redemption, points };
    let clerk = clerk.at_store_of(&app, redemption).await?;
    let receipt = app.execute(&clerk.request(Some(key)), command).await?;
    Ok(Json(receipt.try_into()?))
}

/// Undo a charge of today
///
/// All of it goes back to the lots it came from, because it was a mistake. By any clerk of the store, until the day ends in the programme's time
/// zone; later, and in part, who manages the store refunds.
#[utoipa::path(post, path = "/v1/redemptions/{id}/undo", tag = "redemptions",
    params(("id" = Uuid, Path), IdempotencyKey),
    responses((status = OK, description = "It took effect", body = RedemptionReceipt), Changing))]
async fn undo(
    State(app): State<App>,
    clerk: Counter,
    key: IdempotencyKey,
    Path(redemption): Path<RedemptionId>,
) -> Result<Json<RedemptionReceipt>, Problem> {
    let command = Command::Undo { redemption };
    let clerk = clerk.at_store_of(&app, redemption).await?;
    let receipt = app.execute(&clerk.request(Some(key)), command).await?;
    Ok(Json(receipt.try_into()?))
}
