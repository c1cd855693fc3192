//! Paying what stores are owed: to whom, which statements together, the file for the bank, and what the bank says.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use futures::{StreamExt, stream};
use ledger::community::personal::Payee;
use ledger::ids::{CommandId, MerchantId, StatementId};
use ledger::machine::settlement::PaymentBatch;
use ledger::machine::{Command, Outcome, SettlementCommand, StatementState};
use ledger::views::BatchPayment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::docs::{Changing, Reading};
use super::model::{Amount, Created, Moment, created, unexpected};
use super::page::{Page, PageQuery, cursor, limit};
use super::register::Registered;
use super::statement_body::{StatementBody, StatementReceipt};
use super::statement_steps::reference;
use crate::auth::{Books, Caller, Trader};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::payments;
use crate::problem::{Code, Details, Problem};
use crate::sheet::{Form, aside, attachment};
use crate::state::App;

/// The most statements gathered at once.
const MOST: i64 = 1_000;
/// How many payments are booked side by side.
const SIDE_BY_SIDE: usize = 128;
/// What is booked of a statement of which nothing is paid.
const NOTHING_TO_PAY: &str = "none";

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(keep_payee, payee))
        .routes(routes!(gather, batches))
        .routes(routes!(batch))
        .routes(routes!(file))
        .routes(routes!(paid))
}

/// To whom a merchant's money goes.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPayee {
    /// Who is paid, as the bank knows them.
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    name: String,
    /// Which bank and branch.
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    bank: String,
    /// The account number: 6 to 34 digits, letters and hyphens; spaces are left out.
    #[validate(custom(function = account))]
    account: String,
}

fn account(number: &str) -> Result<(), ValidationError> {
    let plain: Vec<char> = number.chars().filter(|sign| *sign != ' ').collect();
    let known = |sign: &char| sign.is_ascii_alphanumeric() || *sign == '-';
    if (6..=34).contains(&plain.len()) && plain.iter().all(known) && plain[0] != '-' {
        return Ok(());
    }
    let message = "has 6 to 34 digits, letters and hyphens";
    Err(ValidationError::new("account").with_message(message.into()))
}

/// Say to whom a merchant's money goes
///
/// It is sealed; lists show the last four digits, and only the file of a batch shows it whole.
#[utoipa::path(post, path = "/v1/merchants/{id}/payee", tag = "settlement",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = NewPayee,
    responses((status = OK, description = "It took effect", body = Registered), Changing))]
async fn keep_payee(
    State(app): State<App>,
    operator: Trader,
    key: IdempotencyKey,
    Path(merchant): Path<MerchantId>,
    ValidatedJson(body): ValidatedJson<NewPayee>,
) -> Result<Json<Registered>, Problem> {
    let payee = Payee {
        name: body.name,
        bank: body.bank,
        account: body.account.replace(' ', ""),
    };
    let request = operator.request(Some(key));
    let receipt = app.ledger.keep_payee(&request, merchant, &payee).await?;
    app.count_command();
    Ok(Json(Registered {
        id: merchant.0,
        recorded_at: receipt.recorded_at.into(),
    }))
}

/// To whom a merchant's money goes, masked.
#[derive(Debug, Serialize, ToSchema)]
struct PayeeBody {
    merchant: Uuid,
    /// The last digits of the account number.
    #[schema(example = "…4567")]
    account: String,
}

/// To whom a merchant's money goes, masked
#[utoipa::path(get, path = "/v1/merchants/{id}/payee", tag = "settlement", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it stands", body = PayeeBody), Reading))]
async fn payee(
    State(app): State<App>,
    operator: Trader,
    Path(merchant): Path<MerchantId>,
) -> Result<Json<PayeeBody>, Problem> {
    let row = app.ledger.payee_row(operator.program, merchant).await?;
    let (_, _, tail) = row.ok_or_else(Problem::not_found)?;
    Ok(Json(PayeeBody {
        merchant: merchant.0,
        account: format!("…{tail}"),
    }))
}

/// Which statements are to be paid together.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Gather {
    /// Approved ones, 1 to 1,000; all that are approved and in no batch if not said, the oldest 1,000 of them.
    #[validate(length(min = 1, max = 1000, message = "has 1 to 1000 statements"))]
    statements: Option<Vec<Uuid>>,
}

/// Statements that are paid together.
#[derive(Debug, Serialize, ToSchema)]
struct BatchBody {
    id: Uuid,
    by: Uuid,
    at: Moment,
    /// How many statements it pays.
    statements: u64,
    /// What they come to, in yuan.
    amount: Amount,
}

impl From<PaymentBatch> for BatchBody {
    fn from(batch: PaymentBatch) -> Self {
        Self {
            id: batch.id.0,
            by: batch.by.0,
            at: batch.at.into(),
            statements: batch.statements,
            amount: batch.amount.into(),
        }
    }
}

/// Gather approved statements to be paid together
///
/// Each is gathered once.
#[utoipa::path(post, path = "/v1/payment-batches", tag = "settlement", params(IdempotencyKey), request_body = Gather,
    responses((status = CREATED, description = "They are gathered", body = BatchBody), Changing))]
async fn gather(
    State(app): State<App>,
    operator: Trader,
    key: IdempotencyKey,
    ValidatedJson(body): ValidatedJson<Gather>,
) -> Result<Created<BatchBody>, Problem> {
    let named = body.statements.is_some();
    let statements = match body.statements {
        Some(statements) => statements.into_iter().map(StatementId).collect(),
        None => {
            let first = StatementId(Uuid::nil());
            let all = app.ledger.to_pay(operator.program, first, MOST).await?;
            all.into_iter().map(|statement| statement.id).collect()
        }
    };
    let command = SettlementCommand::Gather { statements, named };
    let command = Command::Settlement(Box::new(command));
    let receipt = app.execute(&operator.request(Some(key)), command).await?;
    match receipt.outcome {
        Outcome::Payments(batch) => Ok(created(
            format!("/v1/payment-batches/{}", batch.id),
            batch.into(),
        )),
        other => Err(unexpected(&other)),
    }
}

/// Batches of payments, newest first
#[utoipa::path(get, path = "/v1/payment-batches", tag = "settlement", params(PageQuery),
    responses((status = OK, description = "As it stands", body = Page<BatchBody>), Reading))]
async fn batches(
    State(app): State<App>,
    caller: Books,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<BatchBody>>, Problem> {
    let limit = limit(query.limit)?;
    let before: Option<Uuid> = cursor(query.cursor.as_deref())?;
    let batches = app
        .ledger
        .payment_batches(caller.program, before.map(CommandId), limit + 1)
        .await?;
    Ok(Json(Page::of(batches, limit, |batch| batch.id)))
}

/// A statement of a batch.
#[derive(Debug, Serialize, ToSchema)]
struct PaymentBody {
    #[serde(flatten)]
    statement: StatementBody,
    store_name: String,
    merchant: Uuid,
    merchant_name: String,
    /// Whether it is known to whom its money goes.
    payee: bool,
}

impl From<BatchPayment> for PaymentBody {
    fn from(payment: BatchPayment) -> Self {
        Self {
            store_name: payment.store,
            merchant: payment.merchant.0,
            merchant_name: payment.merchant_name,
            payee: payment.payee.is_some(),
            statement: payment.statement.into(),
        }
    }
}

/// A batch and what it pays.
#[derive(Debug, Serialize, ToSchema)]
struct WholeBatch {
    #[serde(flatten)]
    batch: BatchBody,
    payments: Vec<PaymentBody>,
}

async fn found(app: &App, caller: &Caller, id: CommandId) -> Result<PaymentBatch, Problem> {
    let batch = app.ledger.payment_batch(caller.program, id).await?;
    batch.ok_or_else(Problem::not_found)
}

/// One batch of payments
#[utoipa::path(get, path = "/v1/payment-batches/{id}", tag = "settlement", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it stands", body = WholeBatch), Reading))]
async fn batch(
    State(app): State<App>,
    caller: Books,
    Path(id): Path<CommandId>,
) -> Result<Json<WholeBatch>, Problem> {
    let batch = found(&app, &caller, id).await?.into();
    let payments = app.ledger.batch_payments(caller.program, id).await?;
    let payments = payments.into_iter().map(PaymentBody::from).collect();
    Ok(Json(WholeBatch { batch, payments }))
}

/// As what the file is wanted.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// csv (UTF-8 with a byte order mark) or xlsx.
    #[schema(value_type = String, example = "csv")]
    format: Form,
}

/// Make the file that a bank pays by
///
/// Payee, bank, account number, amount in yuan and a reference, a line a statement; statements of nothing are left out. That somebody has
/// it is in the audit trail.
#[utoipa::path(post, path = "/v1/payment-batches/{id}/file", tag = "settlement",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = Wanted,
    responses((status = OK, description = "The file", content_type = "text/csv", body = String), Changing))]
async fn file(
    State(app): State<App>,
    operator: Trader,
    key: IdempotencyKey,
    Path(id): Path<CommandId>,
    ValidatedJson(wanted): ValidatedJson<Wanted>,
) -> Result<Response, Problem> {
    found(&app, &operator, id).await?;
    let request = operator.request(Some(key));
    let payments = app.ledger.payment_file(&request, id).await?;
    app.count_command();
    let missing = |(payment, payee): &(BatchPayment, Option<Payee>)| {
        let due = payment.statement.amount.is_positive();
        (due && payee.is_none()).then_some(payment.merchant.0)
    };
    let mut missing: Vec<Uuid> = payments.iter().filter_map(missing).collect();
    missing.dedup();
    if !missing.is_empty() {
        let why = "of these merchants it is not known to whom their money goes";
        return Err(Problem::new(Code::PayeeMissing, why).with("merchants", missing));
    }
    let (form, sheet) = (wanted.format, payments::sheet(payments));
    let bytes = aside(move || sheet.file(form)).await;
    let bytes = bytes.map_err(Problem::internal)?;
    Ok(attachment(form, &format!("payments-{id}"), bytes))
}

/// What the bank says of a payment.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct PaidStatement {
    /// Which statement.
    statement: Uuid,
    /// The bank's code for the payment: letters, digits and -_./ only, because it is kept for ever.
    #[validate(custom(function = reference))]
    #[schema(example = "BOC-20260401-0017")]
    reference: String,
}

/// What the bank says of a batch.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct PaidBatch {
    /// One for each statement that was paid.
    #[validate(nested, length(max = 1000, message = "has at most 1000 payments"))]
    payments: Vec<PaidStatement>,
}

/// What came of a payment.
#[derive(Debug, Serialize, ToSchema)]
struct PaidAnswer {
    statement: Uuid,
    /// What it would have been answered by itself: 200, or the problem's status.
    #[schema(example = 200)]
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<StatementReceipt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Details>,
}

/// Record that a batch is paid
///
/// Each statement is booked by itself under the key `<Idempotency-Key>#<statement>`, by somebody who did not freeze it. Statements of the batch of
/// which nothing is to be paid are booked with the first call.
#[utoipa::path(post, path = "/v1/payment-batches/{id}/paid", tag = "settlement",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = PaidBatch,
    responses((status = OK, description = "What came of each payment", body = Vec<PaidAnswer>), Changing))]
async fn paid(
    State(app): State<App>,
    operator: Trader,
    key: IdempotencyKey,
    Path(id): Path<CommandId>,
    ValidatedJson(body): ValidatedJson<PaidBatch>,
) -> Result<Json<Vec<PaidAnswer>>, Problem> {
    found(&app, &operator, id).await?;
    let of_batch = app.ledger.batch_payments(operator.program, id).await?;
    let of_batch: HashMap<Uuid, BatchPayment> = of_batch
        .into_iter()
        .map(|payment| (payment.statement.id.0, payment))
        .collect();
    let said = body.payments.into_iter();
    let mut said: Vec<(Uuid, String)> = said.map(|paid| (paid.statement, paid.reference)).collect();
    let of_nothing = of_batch.values().filter(|payment| {
        let statement = &payment.statement;
        statement.amount.is_zero() && statement.state() == StatementState::Approved
    });
    for payment in of_nothing {
        let id = payment.statement.id.0;
        if said.iter().all(|(known, _)| *known != id) {
            said.push((id, NOTHING_TO_PAY.to_owned()));
        }
    }
    let pay = |(statement, reference): (Uuid, String)| {
        let (app, operator, known) = (&app, &operator, of_batch.contains_key(&statement));
        let key = IdempotencyKey(format!("{}#{statement}", key.0));
        async move {
            let outcome = match known {
                false => Err(Problem::not_found()),
                true => book(app, operator, key, (StatementId(statement), reference)).await,
            };
            PaidAnswer::of(statement, outcome)
        }
    };
    let answers = stream::iter(said).map(pay).buffered(SIDE_BY_SIDE);
    Ok(Json(answers.collect().await))
}

async fn book(
    app: &App,
    operator: &Caller,
    key: IdempotencyKey,
    (statement, reference): (StatementId, String),
) -> Result<StatementReceipt, Problem> {
    let command = Command::PayStatement {
        statement,
        reference,
    };
    let receipt = app.execute(&operator.request(Some(key)), command).await?;
    receipt.try_into()
}

impl PaidAnswer {
    fn of(statement: Uuid, outcome: Result<StatementReceipt, Problem>) -> Self {
        let (status, receipt, problem) = match outcome {
            Ok(receipt) => (200, Some(receipt), None),
            Err(mut problem) => {
                if let Some(cause) = problem.take_cause() {
                    tracing::error!(error = cause, %statement, "a payment was not booked");
                }
                let details = problem.details();
                (details.status(), None, Some(details))
            }
        };
        Self {
            statement,
            status,
            receipt,
            problem,
        }
    }
}
