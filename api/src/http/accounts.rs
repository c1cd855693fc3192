//! Accounts, for whoever reads the books.

use axum::Json;
use axum::extract::State;
use ledger::accounts::{Account, AccountName};
use ledger::ids::ProgramId;
use ledger::views::AccountView;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::docs::Reading;
use super::model::Amount;
use super::page::{Page, PageQuery, cursor, limit};
use super::statement::{AsOfQuery, Line, StatementQuery, page};
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
    /// How many entries it has, or had.
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
///
/// With `as_of`, what it held at that moment, `by` what was known then or by what was true then.
#[utoipa::path(get, path = "/v1/accounts/{account}", tag = "books",
    params(("account" = String, Path, description = "such as member:wallet:<uuid> or program:issued"), AsOfQuery),
    responses((status = OK, description = "As it stands", body = AccountBody), Reading))]
async fn account(
    State(app): State<App>,
    caller: Books,
    Path(name): Path<String>,
    Query(query): Query<AsOfQuery>,
) -> Result<Json<AccountBody>, Problem> {
    let account = named(&name, caller.program)?;
    let view = match query.moment(app.ledger.clock().now())? {
        None => app.ledger.account(caller.program, account).await?,
        Some((at, by)) => {
            let view = app.ledger.account_as_of(caller.program, account, at, by);
            view.await?
        }
    };
    Ok(Json(view.ok_or_else(Problem::not_found)?.into()))
}

/// An account's statement, newest first
///
/// With `by=occurred` in the order in which things happened; every page of it reads the whole account.
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
    page(&app, caller.program, account, &query).await
}

fn named(name: &str, program: ProgramId) -> Result<Account, Problem> {
    let name: AccountName = name.parse().map_err(|_| Problem::not_found())?;
    Ok(name.within(program))
}
