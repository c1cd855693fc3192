//! Settlement: funders, and what stores are owed.

use axum::Json;
use axum::extract::State;
use ledger::community::{Funder, Registration};
use ledger::ids::{FunderId, StatementId, StoreId};
use ledger::machine::{Command, Outcome, Receipt, Statement, StatementState};
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
use super::statement::Line;
use crate::auth::{Books, Caller, StoreFacing, Trader};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(funders, create_funder))
        .routes(routes!(receive))
        .routes(routes!(freeze, statements))
        .routes(routes!(get))
        .routes(routes!(lines))
        .routes(routes!(pay))
}

/// A funder and what its fund holds.
#[derive(Debug, Serialize, ToSchema)]
struct FunderBody {
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

/// What is to be frozen.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Freeze {
    /// Who pays.
    funder: Uuid,
    /// Fen a point, above zero, with at most six places.
    #[validate(custom(function = rate))]
    #[schema(value_type = String, example = "0.85")]
    rate: Decimal,
    /// How the sum becomes whole fen: half_up (if not said), half_even, down or up.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "half_up")]
    rounding: Rounding,
    /// The last version of merchant:accepted to cover; all that is there if not said.
    through_version: Option<i64>,
}

fn rate(rate: &Decimal) -> Result<(), ValidationError> {
    let most = Decimal::from(1_000_000);
    if *rate > Decimal::ZERO && *rate <= most && rate.normalize().scale() <= 6 {
        return Ok(());
    }
    let message = "is above zero, at most 1000000, with at most six places";
    Err(ValidationError::new("rate").with_message(message.into()))
}

/// What a store is owed for a range of what it accepted.
#[derive(Debug, Serialize, ToSchema)]
struct StatementBody {
    id: Uuid,
    store: Uuid,
    funder: Uuid,
    /// The first version of merchant:accepted it covers.
    from_version: i64,
    /// The last.
    through_version: i64,
    /// The sum of those entries.
    points: Amount,
    /// What that comes to, in yuan.
    amount: Amount,
    /// Fen a point.
    #[schema(value_type = String, example = "0.85")]
    rate: Decimal,
    #[schema(value_type = String, example = "half_up")]
    rounding: Rounding,
    #[schema(value_type = String, example = "frozen")]
    state: StatementState,
    frozen_by: Uuid,
    frozen_at: Moment,
    paid_by: Option<Uuid>,
    paid_at: Option<Moment>,
    /// The bank's code for the payment.
    reference: Option<String>,
}

impl From<Statement> for StatementBody {
    fn from(statement: Statement) -> Self {
        let payment = statement.payment.as_ref();
        Self {
            id: statement.id.0,
            store: statement.store.0,
            funder: statement.funder.0,
            from_version: statement.from_version,
            through_version: statement.through_version,
            points: statement.points.into(),
            amount: statement.amount.into(),
            rate: statement.rate.fen,
            rounding: statement.rate.rounding,
            state: statement.state(),
            frozen_by: statement.frozen_by.0,
            frozen_at: statement.frozen_at.into(),
            paid_by: payment.map(|payment| payment.by.0),
            paid_at: payment.map(|payment| payment.at.into()),
            reference: payment.map(|payment| payment.reference.clone()),
        }
    }
}

/// What came of a step: the statement as it stood then.
#[derive(Debug, Serialize, ToSchema)]
struct StatementReceipt {
    #[serde(flatten)]
    statement: StatementBody,
    transfer: Option<Uuid>,
    recorded_at: Moment,
}

impl TryFrom<Receipt> for StatementReceipt {
    type Error = Problem;

    fn try_from(receipt: Receipt) -> Result<Self, Problem> {
        let transfer = transfer_of(&receipt);
        match receipt.outcome {
            Outcome::Statement(statement) => Ok(Self {
                statement: (*statement).into(),
                transfer,
                recorded_at: receipt.recorded_at.into(),
            }),
            other => Err(unexpected(&other)),
        }
    }
}

/// Freeze a store's next statement
///
/// It covers what the store accepted and gave back since its last one. What is refunded later is part of the next.
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
        funder: FunderId(body.funder),
        rate: Rate::new(body.rate, body.rounding),
    };
    let receipt = app.execute(&operator.request(Some(key)), command).await?;
    let receipt = StatementReceipt::try_from(receipt)?;
    let path = format!("/v1/statements/{}", receipt.statement.id);
    Ok(created(path, receipt))
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

fn reference(code: &str) -> Result<(), ValidationError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    if (1..=64).contains(&code.len()) && code.bytes().all(plain) {
        return Ok(());
    }
    let message = "has 1 to 64 letters, digits and -_./";
    Err(ValidationError::new("reference").with_message(message.into()))
}

/// Record that a statement is paid
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

/// A store sees its own statements; another's do not exist for it.
fn must_see(caller: &Caller, store: StoreId) -> Result<(), Problem> {
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
    responses((status = OK, description = "As it stands", body = Page<Line>), Reading))]
async fn lines(
    State(app): State<App>,
    caller: StoreFacing,
    Path(id): Path<StatementId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Line>>, Problem> {
    let limit = limit(query.limit)?;
    let after = cursor(query.cursor.as_deref())?;
    let statement = found(&app, &caller, id).await?;
    let lines = app
        .ledger
        .settlement_lines(caller.program, &statement, after, limit + 1)
        .await?;
    Ok(Json(Page::of(lines, limit, |line| line.version)))
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
