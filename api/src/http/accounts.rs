//! Accounts, for whoever reads the books.

use axum::Json;
use axum::extract::State;
use ledger::accounts::{Account, AccountName};
use ledger::ids::ProgramId;
use ledger::journal::TransferKind;
use ledger::views::{AccountView, StatementFilter, StatementLine};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::docs::Reading;
use super::members::StatementQuery;
use super::model::{Amount, Moment};
use super::page::{Page, PageQuery, cursor, limit};
use crate::auth::Books;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(accounts))
        .routes(routes!(account))
        .routes(routes!(account_statement))
}

/// An account and what it holds.
#[derive(Debug, Serialize, ToSchema)]
struct AccountBody {
    /// Its name: kind and owner.
    #[schema(value_type = String, example = "member:wallet:0198a6f0-0000-7000-8000-000000000001")]
    account: Account,
    /// PTS or CNY.
    commodity: &'static str,
    /// Credits − debits.
    balance: Amount,
    /// How many entries it has.
    entries: i64,
}

impl From<AccountView> for AccountBody {
    fn from(view: AccountView) -> Self {
        Self {
            account: view.account,
            commodity: view.account.kind.commodity().symbol(),
            balance: view.balance.into(),
            entries: view.version,
        }
    }
}

/// A line of an account's statement.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    /// Its place in the account: 1, 2, 3 … without gaps.
    version: i64,
    transfer: Uuid,
    /// Why points moved.
    #[schema(value_type = String, example = "award")]
    kind: TransferKind,
    /// The award, redemption, budget or member it is about.
    subject: Uuid,
    occurred_at: Moment,
    recorded_at: Moment,
    /// Signed; positive is a credit.
    amount: Amount,
    /// The running balance.
    balance_after: Amount,
}

impl From<StatementLine> for Line {
    fn from(line: StatementLine) -> Self {
        Self {
            version: line.version,
            transfer: line.transfer.0,
            kind: line.kind,
            subject: line.subject,
            occurred_at: line.occurred_at.into(),
            recorded_at: line.recorded_at.into(),
            amount: line.amount.into(),
            balance_after: line.balance_after.into(),
        }
    }
}

/// A page of an account's lines. An account without lines is looked up, because it may not exist.
pub async fn lines(
    app: &App,
    program: ProgramId,
    account: Account,
    limit: i64,
    filter: &StatementFilter,
) -> Result<Json<Page<Line>>, Problem> {
    let lines = app.ledger.statement(program, account, filter).await?;
    if lines.is_empty() && app.ledger.account(program, account).await?.is_none() {
        return Err(Problem::not_found());
    }
    Ok(Json(Page::of(lines, limit, |line| line.version)))
}

/// Accounts, in order of owner and kind
#[utoipa::path(get, path = "/v1/accounts", tag = "books", params(PageQuery),
    responses((status = OK, description = "As it stands", body = Page<AccountBody>), Reading))]
async fn accounts(
    State(app): State<App>,
    caller: Books,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<AccountBody>>, Problem> {
    let limit = limit(query.limit)?;
    let after = cursor::<AccountName>(query.cursor.as_deref())?;
    let after = after.map(|name| name.within(caller.program));
    let accounts = app
        .ledger
        .accounts(caller.program, after, limit + 1)
        .await?;
    Ok(Json(Page::of(accounts, limit, |view| view.account)))
}

/// One account
#[utoipa::path(get, path = "/v1/accounts/{account}", tag = "books",
    params(("account" = String, Path, description = "such as member:wallet:<uuid> or program:issued")),
    responses((status = OK, description = "As it stands", body = AccountBody), Reading))]
async fn account(
    State(app): State<App>,
    caller: Books,
    Path(name): Path<String>,
) -> Result<Json<AccountBody>, Problem> {
    let account = named(&name, caller.program)?;
    let view = app.ledger.account(caller.program, account).await?;
    Ok(Json(view.ok_or_else(Problem::not_found)?.into()))
}

/// An account's statement, newest first
#[utoipa::path(get, path = "/v1/accounts/{account}/statement", tag = "books",
    params(("account" = String, Path, description = "such as member:wallet:<uuid> or program:issued"), StatementQuery),
    responses((status = OK, description = "As it stands", body = Page<Line>), Reading))]
async fn account_statement(
    State(app): State<App>,
    caller: Books,
    Path(name): Path<String>,
    Query(query): Query<StatementQuery>,
) -> Result<Json<Page<Line>>, Problem> {
    let account = named(&name, caller.program)?;
    let (limit, filter) = query.filter()?;
    lines(&app, caller.program, account, limit, &filter).await
}

fn named(name: &str, program: ProgramId) -> Result<Account, Problem> {
    let name: AccountName = name.parse().map_err(|_| Problem::not_found())?;
    Ok(name.within(program))
}
