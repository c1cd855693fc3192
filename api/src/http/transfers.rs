//! Transfers, for whoever reads the books.

use axum::Json;
use axum::extract::State;
use ledger::accounts::Account;
use ledger::ids::CommandId;
use ledger::journal::{PostedEntry, PostedTransfer, TransferKind};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::docs::Reading;
use super::model::{Amount, Moment};
use super::page::{Page, PageQuery, cursor, limit};
use crate::auth::Books;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(transfers))
        .routes(routes!(transfer))
}

/// A balanced set of entries.
#[derive(Debug, Serialize, ToSchema)]
struct TransferBody {
    id: Uuid,
    /// Why points moved.
    #[schema(value_type = String, example = "award")]
    kind: TransferKind,
    /// The award, redemption, budget or member it is about.
    subject: Uuid,
    /// Who.
    actor: Uuid,
    occurred_at: Moment,
    recorded_at: Moment,
    /// Their amounts sum to zero.
    entries: Vec<EntryBody>,
}

/// One account's part of a transfer.
#[derive(Debug, Serialize, ToSchema)]
struct EntryBody {
    #[schema(value_type = String)]
    account: Account,
    /// Its place in the account: 1, 2, 3 … without gaps.
    version: i64,
    /// Signed; positive is a credit.
    amount: Amount,
    balance_after: Amount,
}

impl From<PostedTransfer> for TransferBody {
    fn from(transfer: PostedTransfer) -> Self {
        Self {
            id: transfer.id.0,
            kind: transfer.kind,
            subject: transfer.subject,
            actor: transfer.actor.0,
            occurred_at: transfer.occurred_at.into(),
            recorded_at: transfer.recorded_at.into(),
            entries: transfer.entries.into_iter().map(EntryBody::from).collect(),
        }
    }
}

impl From<PostedEntry> for EntryBody {
    fn from(entry: PostedEntry) -> Self {
        Self {
            account: entry.account,
            version: entry.version,
            amount: entry.amount.into(),
            balance_after: entry.balance_after.into(),
        }
    }
}

/// Transfers, newest first
#[utoipa::path(get, path = "/v1/transfers", tag = "books", params(PageQuery),
    responses((status = OK, description = "As it stands", body = Page<TransferBody>), Reading))]
async fn transfers(
    State(app): State<App>,
    caller: Books,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<TransferBody>>, Problem> {
    let limit = limit(query.limit)?;
    let before = cursor(query.cursor.as_deref())?;
    let transfers = app
        .ledger
        .transfers_before(caller.program, before, limit + 1)
        .await?;
    Ok(Json(Page::of(transfers, limit, |transfer| transfer.id)))
}

/// One transfer
#[utoipa::path(get, path = "/v1/transfers/{id}", tag = "books", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it stands", body = TransferBody), Reading))]
async fn transfer(
    State(app): State<App>,
    caller: Books,
    Path(id): Path<CommandId>,
) -> Result<Json<TransferBody>, Problem> {
    let transfer = app.ledger.transfer(caller.program, id).await?;
    Ok(Json(transfer.ok_or_else(Problem::not_found)?.into()))
}
