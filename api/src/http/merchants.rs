//! Merchants, and whether they take part.

use axum::Json;
use axum::extract::State;
use ledger::community::merchant::{MerchantReason, MerchantState};
use ledger::ids::MerchantId;
use ledger::machine::Command;
use ledger::machine::merchants::MerchantCommand;
use ledger::views::MerchantView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::page::{Page, PageQuery, cursor, limit};
use super::register::{Registered, registered};
use crate::auth::{StoreFacing, Trader};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(set_state))
}

/// A merchant.
#[derive(Debug, Serialize, ToSchema)]
struct MerchantAnswer {
    id: Uuid,
    name: String,
    /// `onboarding`, `active`, `suspended` or `left`. Points are taken at its stores while it is active.
    #[schema(value_type = String, example = "active")]
    state: MerchantState,
    /// Why, if that was ever said.
    #[schema(value_type = Option<String>, example = "agreed")]
    reason: Option<MerchantReason>,
}

impl From<MerchantView> for MerchantAnswer {
    fn from(view: MerchantView) -> Self {
        Self {
            id: view.id.0,
            name: view.name,
            state: view.state,
            reason: view.reason,
        }
    }
}

/// Merchants, in order of id
#[utoipa::path(get, path = "/v1/merchants", tag = "merchants", params(PageQuery),
    responses((status = OK, description = "As they stand", body = Page<MerchantAnswer>), Reading))]
async fn list(
    State(app): State<App>,
    caller: StoreFacing,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<MerchantAnswer>>, Problem> {
    let limit = limit(query.limit)?;
    let after: Option<Uuid> = cursor(query.cursor.as_deref())?;
    let after = MerchantId(after.unwrap_or_default());
    let ledger = &app.ledger;
    let merchants = ledger.merchants(caller.program, after, limit + 1).await?;
    Ok(Json(Page::of(merchants, limit, |view| view.id)))
}

/// One merchant
#[utoipa::path(get, path = "/v1/merchants/{id}", tag = "merchants", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it stands", body = MerchantAnswer), Reading))]
async fn get(
    State(app): State<App>,
    caller: StoreFacing,
    Path(id): Path<MerchantId>,
) -> Result<Json<MerchantAnswer>, Problem> {
    let merchant = app.ledger.merchant(caller.program, id).await?;
    Ok(Json(merchant.ok_or_else(Problem::not_found)?.into()))
}

/// To where a merchant goes on.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum NextState {
    Active,
    Suspended,
    Left,
}

/// Where a merchant stands from now on.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Standing {
    state: NextState,
    /// `agreed`, `request`, `complaints`, `breach`, `suspicion`, `resolved` or `closed`.
    #[schema(value_type = String, example = "complaints")]
    reason: MerchantReason,
}

/// Activate or suspend a merchant, or let it leave
///
/// While it is not active, nothing is paid at its stores, and what is on hold there is given back within a minute. What was charged before is refunded
/// and settled as ever. Who has left does not come back.
#[utoipa::path(post, path = "/v1/merchants/{id}/state", tag = "merchants",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = Standing,
    responses((status = OK, description = "It took effect", body = Registered), Changing))]
async fn set_state(
    State(app): State<App>,
    operator: Trader,
    key: Option<IdempotencyKey>,
    Path(merchant): Path<MerchantId>,
    ValidatedJson(body): ValidatedJson<Standing>,
) -> Result<Json<Registered>, Problem> {
    let command = Command::Merchant(Box::new(MerchantCommand::Move {
        merchant,
        to: match body.state {
            NextState::Active => MerchantState::Active,
            NextState::Suspended => MerchantState::Suspended,
            NextState::Left => MerchantState::Left,
        },
        reason: body.reason,
    }));
    Ok(Json(registered(&app, &operator, key, command).await?))
}
