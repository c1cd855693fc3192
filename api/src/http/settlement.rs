//! Settlement: funders, and what stores are owed.

use axum::Json;
use axum::extract::State;
use ledger::WriteError;
use ledger::community::{Funder, Registration};
use ledger::ids::{FunderId, StatementId, StoreId};
use ledger::machine::{Command, Outcome, Receipt, Statement};
use ledger::points::{Rate, Rounding};
use ledger::views::FunderView;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::docs::{Changing, Reading};
use super::model::{Amount, Created, Moment, created, transfer_of, unexpected};
use super::page::{Page, PageQuery, cursor, limit};
use super::redemptions::above_zero;
use super::register::{Registered, new_id, register};
use super::statement_body::{SettlementLineBody, StatementBody, StatementReceipt};
use crate::auth::{Books, Caller, StoreFacing, Trader};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::{Details, Problem};
use crate::settling;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(funders, create_funder))
        .routes(routes!(receive))
        .routes(routes!(freeze, statements))
        .routes(routes!(get))
        .routes(routes!(lines))
        .routes(routes!(freeze_all))
}

/// A funder and what its fund holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct FunderBody {
    id: Uuid,
    name: String,
    /// What is not settled yet, in yuan.
    balance: Amount,
}

impl From<FunderView> for FunderBody {
    fn from(funder: FunderView) -> Self {
        Self {
            id: funder.id.0,
            name: funder.name,
            balance: funder.balance.into(),
        }
    }
}

/// Every funder with what its fund holds
#[utoipa::path(get, path = "/v1/funders", tag = "settlement",
    responses((status = OK, description = "As it stands", body = Vec<FunderBody>), Reading))]
async fn funders(State(app): State<App>, caller: Books) -> Result<Json<Vec<FunderBody>>, Problem> {
    let funders = app.ledger.funders(caller.program).await?;
    Ok(Json(funders.into_iter().map(FunderBody::from).collect()))
}

/// Who pays for what stores accept.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewFunder {
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    name: String,
}

/// Make a funder, with an empty fund
#[utoipa::path(post, path = "/v1/funders", tag = "settlement", request_body = NewFunder,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = Registered), Changing))]
async fn create_funder(
    State(app): State<App>,
    operator: Trader,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewFunder>,
) -> Result<Created<Registered>, Problem> {
    let funder = Funder {
        id: FunderId(new_id(&app, &operator, key.as_ref())),
        name: body.name,
    };
    let registered = register(&app, &operator, key, Registration::Funder(funder)).await?;
    Ok(created("/v1/funders".to_owned(), registered))
}

/// How much came in.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Money {
    /// In yuan, above zero.
    #[validate(custom(function = above_zero))]
    amount: Amount,
}

/// What a fund holds after a receipt.
#[derive(Debug, Serialize, ToSchema)]
struct FundReceipt {
    /// The funder.
    id: Uuid,
    /// What came in, in yuan.
    amount: Amount,
    /// What the fund holds now.
    balance: Amount,
    transfer: Option<Uuid>,
    recorded_at: Moment,
}

/// Record money received from a funder
#[utoipa::path(post, path = "/v1/funders/{id}/receipts", tag = "settlement",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = Money,
    responses((status = OK, description = "It took effect", body = FundReceipt), Changing))]
async fn receive(
    State(app): State<App>,
    operator: Trader,
    key: IdempotencyKey,
    Path(funder): Path<FunderId>,
    ValidatedJson(body): ValidatedJson<Money>,
) -> Result<Json<FundReceipt>, Problem> {
    let amount = body.amount.0;
    let command = Command::ReceiveFunds { funder, amount };
    let receipt = app.execute(&operator.request(Some(key)), command).await?;
    let transfer = transfer_of(&receipt);
    match receipt.outcome {
        Outcome::Fund {
            funder,
            amount,
            balance,
        } => Ok(Json(FundReceipt {
            id: funder.0,
            amount: amount.into(),
            balance: balance.into(),
            transfer,
            recorded_at: receipt.recorded_at.into(),
        })),
        other => Err(unexpected(&other)),
    }
}

/// What is to be frozen. What an offer was taken up for is paid as the offer said.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Freeze {
    /// Who pays for what was redeemed without an offer; needed, with the rate, where anything was.
    funder: Option<Uuid>,
    /// Fen a point, above zero, with at most six places.
    #[validate(custom(function = plain_rate))]
    #[schema(value_type = Option<String>, example = "0.85")]
    rate: Option<Decimal>,
    /// How what a redemption is worth becomes whole fen: half_up (if not said), half_even, down or up.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "half_up")]
    rounding: Rounding,
    /// The last version of merchant:accepted to cover; all that is there if not said.
    through_version: Option<i64>,
}

pub fn plain_rate(rate: &Decimal) -> Result<(), ValidationError> {
    let most = Decimal::from(1_000_000);
    if *rate > Decimal::ZERO && *rate <= most && rate.normalize().scale() <= 6 {
        return Ok(());
    }
    let message = "is above zero, at most 1000000, with at most six places";
    Err(ValidationError::new("rate").with_message(message.into()))
}

/// Freeze a store's next statement
///
/// It covers what the store accepted and gave back since its last one. What is refunded later is part of the next, at the rate at which it was
/// charged. Where more came back than was charged, in points or in money, it waits for the next.
#[utoipa::path(post, path = "/v1/stores/{id}/statements", tag = "settlement",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = Freeze,
    responses((status = CREATED, description = "It is frozen", body = StatementReceipt), Changing))]
async fn freeze(
    State(app): State<App>,
    operator: Trader,
    key: IdempotencyKey,
    Path(store): Path<StoreId>,
    ValidatedJson(body): ValidatedJson<Freeze>,
) -> Result<Created<StatementReceipt>, Problem> {
    let command = Command::FreezeStatement {
        store,
        through_version: body.through_version,
        funder: body.funder.map(FunderId),
        rate: body.rate.map(|rate| Rate::new(rate, body.rounding)),
    };
    let receipt = app.execute(&operator.request(Some(key)), command).await?;
    let receipt = StatementReceipt::try_from(receipt)?;
    let path = format!("/v1/statements/{}", receipt.statement.id);
    Ok(created(path, receipt))
}

/// Which stores are to be settled.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct FreezeAll {
    /// Who pays for what was redeemed without an offer; needed, with the rate, where anything was.
    funder: Option<Uuid>,
    /// Fen a point, above zero, with at most six places.
    #[validate(custom(function = plain_rate))]
    #[schema(value_type = Option<String>, example = "0.85")]
    rate: Option<Decimal>,
    /// How what a redemption is worth becomes whole fen: half_up (if not said), half_even, down or up.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "half_up")]
    rounding: Rounding,
    /// After which store, as told with the page before; from the first if not said.
    after: Option<Uuid>,
    /// How many stores, 1 to 200; 100 if not said.
    #[validate(range(min = 1, max = 200, message = "is 1 to 200"))]
    limit: Option<i64>,
}

/// What came of a store.
#[derive(Debug, Serialize, ToSchema)]
struct StoreAnswer {
    store: Uuid,
    /// What it would have been answered by itself: 201, or the problem's status.
    #[schema(example = 201)]
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<StatementReceipt>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Details>,
}

impl StoreAnswer {
    fn of(store: StoreId, outcome: Result<StatementReceipt, Problem>) -> Self {
        let (status, statement, problem) = match outcome {
            Ok(receipt) => (201, Some(receipt), None),
            Err(mut problem) => {
                if let Some(cause) = problem.take_cause() {
                    tracing::error!(error = cause, store = %store, "a store was not settled");
                }
                let details = problem.details();
                (details.status(), None, Some(details))
            }
        };
        Self {
            store: store.0,
            status,
            statement,
            problem,
        }
    }
}

/// What came of a page of stores.
#[derive(Debug, Serialize, ToSchema)]
struct FrozenPage {
    /// One for each store, in order of id.
    stores: Vec<StoreAnswer>,
    /// After which store the next page begins; none when this was the last.
    next: Option<Uuid>,
}

/// Freeze the next statement of every store that has something to settle, a page of stores at a time
///
/// Each store is a command of its own under the key `<Idempotency-Key>#<store>`: one that is turned down does not hold up the others.
#[utoipa::path(post, path = "/v1/statements", tag = "settlement", params(IdempotencyKey), request_body = FreezeAll,
    responses((status = OK, description = "What came of each store", body = FrozenPage), Changing))]
async fn freeze_all(
    State(app): State<App>,
    operator: Trader,
    key: IdempotencyKey,
    ValidatedJson(body): ValidatedJson<FreezeAll>,
) -> Result<Json<FrozenPage>, Problem> {
    let rate = body.rate.map(|rate| Rate::new(rate, body.rounding));
    let named = (body.funder.map(FunderId), rate);
    let after = StoreId(body.after.unwrap_or_default());
    let request = operator.request(Some(key));
    let limit = body.limit.unwrap_or(100);
    let page = settling::freeze_page(&app.ledger, &request, named, after, limit).await?;
    let told = |(store, outcome): (StoreId, Result<Receipt, WriteError>)| {
        let outcome = outcome.map_err(Problem::from);
        StoreAnswer::of(store, outcome.and_then(StatementReceipt::try_from))
    };
    Ok(Json(FrozenPage {
        stores: page.stores.into_iter().map(told).collect(),
        next: page.next.map(|store| store.0),
    }))
}

/// A store sees its own statements; another's do not exist for it.
pub fn must_see(caller: &Caller, store: StoreId) -> Result<(), Problem> {
    caller
        .speaks_for(store)
        .then_some(())
        .ok_or_else(Problem::not_found)
}

async fn found(app: &App, caller: &Caller, id: StatementId) -> Result<Statement, Problem> {
    let statement = app.ledger.settlement(caller.program, id).await?;
    let statement = statement.ok_or_else(Problem::not_found)?;
    must_see(caller, statement.store)?;
    Ok(statement)
}

/// One statement
#[utoipa::path(get, path = "/v1/statements/{id}", tag = "settlement", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it stands", body = StatementBody), Reading))]
async fn get(
    State(app): State<App>,
    caller: StoreFacing,
    Path(id): Path<StatementId>,
) -> Result<Json<StatementBody>, Problem> {
    Ok(Json(found(&app, &caller, id).await?.into()))
}

/// The lines a statement covers, oldest first
#[utoipa::path(get, path = "/v1/statements/{id}/lines", tag = "settlement", params(("id" = Uuid, Path), PageQuery),
    responses((status = OK, description = "As it stands", body = Page<SettlementLineBody>), Reading))]
async fn lines(
    State(app): State<App>,
    caller: StoreFacing,
    Path(id): Path<StatementId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<SettlementLineBody>>, Problem> {
    let limit = limit(query.limit)?;
    let after = cursor(query.cursor.as_deref())?;
    let statement = found(&app, &caller, id).await?;
    let lines = app
        .ledger
        .settlement_lines(caller.program, &statement, after, limit + 1)
        .await?;
    Ok(Json(Page::of(lines, limit, |line| line.entry.version)))
}

/// A store's statements, newest first
#[utoipa::path(get, path = "/v1/stores/{id}/statements", tag = "settlement", params(("id" = Uuid, Path), PageQuery),
    responses((status = OK, description = "As it stands", body = Page<StatementBody>), Reading))]
async fn statements(
    State(app): State<App>,
    caller: StoreFacing,
    Path(store): Path<StoreId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<StatementBody>>, Problem> {
    must_see(&caller, store)?;
    let limit = limit(query.limit)?;
    let before = cursor(query.cursor.as_deref())?;
    let statements = app
        .ledger
        .settlements(caller.program, store, before, limit + 1)
        .await?;
    Ok(Json(Page::of(statements, limit, |s| s.through_version)))
}
