//! Redemptions: charged or authorised at a counter, and looked up.

use axum::Json;
use axum::extract::State;
use ledger::community::PayCode;
use ledger::ids::{OfferId, ProgramId, RedemptionId, StoreId};
use ledger::lots::Taking;
use ledger::machine::{
    Asked, Charge, Command, Outcome, Payer, Receipt, Redemption, RedemptionState,
};
use ledger::views::RedemptionFilter;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Amount, Created, Moment, created, transfer_of, unexpected};
use super::offer_body::AgreedView;
use super::page::{Page, cursor, limit};
use crate::auth::{AtStore, Caller, Counter, Receipts};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson, positive};
use crate::problem::{Code, Details, FieldError, Problem};
use crate::state::App;

/// How long a hold lasts unless the store says otherwise, in seconds.
const HOLD: i64 = 900;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(authorise, list))
        .routes(routes!(get))
        .routes(routes!(by_key))
}

/// A charge, or a hold to be captured later.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Authorise {
    /// What the member shows: 15 digits, with spaces and dashes as one likes, or the address that ends in them.
    #[validate(custom(function = is_code))]
    #[schema(example = "123 4567 0417 3655")]
    code: String,
    /// Where; a store's key may leave it out, it can only be its own. A clerk of the whole merchant names one of its stores, or means their own.
    store: Option<Uuid>,
    /// How many, above zero; or an offer.
    #[validate(custom(function = above_zero))]
    points: Option<Amount>,
    /// What is taken up, in place of points: it says how many those are.
    offer: Option<Uuid>,
    /// What it would cost in yuan, where the offer's price goes by that.
    #[validate(custom(function = above_zero))]
    amount: Option<Amount>,
    /// Take them at once (if not said), or only hold them.
    #[serde(default = "yes")]
    #[schema(default = true)]
    capture: bool,
    /// How long the hold lasts, in seconds.
    #[serde(default = "hold")]
    #[validate(range(min = 60, max = 86_400, message = "is 60 to 86400 seconds"))]
    #[schema(default = 900, minimum = 60, maximum = 86_400)]
    hold_seconds: i64,
}

const fn yes() -> bool {
    true
}

const fn hold() -> i64 {
    HOLD
}

fn is_code(code: &str) -> Result<(), validator::ValidationError> {
    if PayCode::parse(code).is_some() {
        return Ok(());
    }
    Err(validator::ValidationError::new("digits").with_message("has 15 digits".into()))
}

/// Points or an offer, one of them; with an offer, what it would cost where its price goes by that.
pub fn charge(
    points: Option<&Amount>,
    offer: Option<Uuid>,
    amount: Option<&Amount>,
) -> Result<Charge, Problem> {
    let wrong = |field, needed| {
        let item = FieldError::new(field, "required", needed);
        let problem = Problem::new(Code::InvalidBody, "the body is not as it should be");
        Err(problem.with_errors(vec![item]))
    };
    match (points, offer) {
        (Some(_), None) if amount.is_some() => {
            wrong("/amount", "goes with an offer, not with points")
        }
        (Some(points), None) => Ok(Charge::Points(points.0)),
        (None, Some(offer)) => Ok(Charge::Offer(Asked {
            offer: OfferId(offer),
            amount: amount.map(|amount| amount.0),
        })),
        (Some(_), Some(_)) => wrong("/points", "follow from the offer: leave them out"),
        (None, None) => wrong("/points", "are needed, or an offer"),
    }
}

/// For fields that hold an amount above zero.
pub fn above_zero(amount: &Amount) -> Result<(), validator::ValidationError> {
    positive(&amount.0)
}

/// Points spent at a store.
#[derive(Debug, Serialize, ToSchema)]
pub struct RedemptionView {
    id: Uuid,
    member: Uuid,
    store: Uuid,
    #[schema(value_type = String, example = "captured")]
    state: RedemptionState,
    /// What was held or charged.
    authorised: Amount,
    /// What the store took of it.
    captured: Amount,
    /// What came back of that.
    refunded: Amount,
    authorised_at: Moment,
    /// Until when the hold lasts.
    hold_expires_at: Moment,
    /// What was agreed on, where an offer was taken up.
    agreed: Option<AgreedView>,
}

impl From<Redemption> for RedemptionView {
    fn from(redemption: Redemption) -> Self {
        Self {
            id: redemption.id.0,
            member: redemption.member.0,
            store: redemption.store.0,
            state: redemption.state,
            authorised: redemption.authorised.into(),
            captured: redemption.captured.into(),
            refunded: redemption.refunded.into(),
            authorised_at: redemption.authorised_at.into(),
            hold_expires_at: redemption.hold_expires_at.into(),
            agreed: redemption.terms.map(Into::into),
        }
    }
}

/// What came of a step: the redemption as it stood then.
#[derive(Debug, Serialize, ToSchema)]
pub struct RedemptionReceipt {
    #[serde(flatten)]
    redemption: RedemptionView,
    /// The transfer of this step.
    transfer: Option<Uuid>,
    recorded_at: Moment,
}

impl TryFrom<Receipt> for RedemptionReceipt {
    type Error = Problem;

    fn try_from(receipt: Receipt) -> Result<Self, Problem> {
        let transfer = transfer_of(&receipt);
        match receipt.outcome {
            Outcome::Redemption(redemption) => Ok(Self {
                redemption: redemption.into(),
                transfer,
                recorded_at: receipt.recorded_at.into(),
            }),
            other => Err(unexpected(&other)),
        }
    }
}

/// Charge a member, or hold their points
///
/// The code is spent. Points that expire first are taken first. How many points an offer costs is worked out from what it says now, which is pinned.
#[utoipa::path(post, path = "/v1/redemptions", tag = "redemptions", params(IdempotencyKey), request_body = Authorise,
    responses((status = CREATED, description = "It is on record", body = RedemptionReceipt), Changing))]
async fn authorise(
    State(app): State<App>,
    clerk: Counter,
    key: IdempotencyKey,
    ValidatedJson(body): ValidatedJson<Authorise>,
) -> Result<Created<RedemptionReceipt>, Problem> {
    let store = store_of(&clerk, body.store)?;
    let command = Command::Authorise {
        payer: Payer::typed(clerk.program, &body.code)?,
        store,
        charge: charge(body.points.as_ref(), body.offer, body.amount.as_ref())?,
        capture: body.capture,
        hold_seconds: body.hold_seconds,
    };
    let request = clerk.at(store).request(Some(key));
    let receipt = app.execute(&request, command).await?;
    let receipt = RedemptionReceipt::try_from(receipt)?;
    let path = format!("/v1/redemptions/{}", receipt.redemption.id);
    Ok(created(path, receipt))
}

/// A store's key acts for that store alone; another's does not exist for it.
fn store_of(caller: &Caller, wanted: Option<Uuid>) -> Result<StoreId, Problem> {
    match (caller.actor.store, wanted.map(StoreId)) {
        (Some(own), None) => Ok(own),
        (Some(_), Some(wanted)) if caller.speaks_for(wanted) => Ok(wanted),
        (Some(_), Some(store)) => Err(ledger::machine::Rejection::UnknownStore { store }.into()),
        (None, Some(wanted)) => Ok(wanted),
        (None, None) => {
            let needed = "is needed, because this key speaks for no store";
            let item = FieldError::new("/store", "required", needed);
            let problem = Problem::new(Code::InvalidBody, "the body is not as it should be");
            Err(problem.with_errors(vec![item]))
        }
    }
}

/// Which redemptions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RedemptionsQuery {
    /// At which store; a store's key may leave it out
    store: Option<Uuid>,
    /// `next_cursor` of the page before
    cursor: Option<String>,
    /// How many at most, 1 to 200; 50 if not said
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// A store's redemptions, newest first
#[utoipa::path(get, path = "/v1/redemptions", tag = "redemptions", params(RedemptionsQuery),
    responses((status = OK, description = "As it stands", body = Page<RedemptionView>), Reading))]
async fn list(
    State(app): State<App>,
    caller: AtStore,
    Query(query): Query<RedemptionsQuery>,
) -> Result<Json<Page<RedemptionView>>, Problem> {
    let limit = limit(query.limit)?;
    let needed = "say which store: this key speaks for none";
    let store = match (caller.actor.store, query.store) {
        (None, None) => return Err(Problem::new(Code::InvalidQuery, needed)),
        (_, wanted) => store_of(&caller, wanted)?,
    };
    let before = cursor(query.cursor.as_deref())?;
    let page = page(&app, caller.program, store, (before, limit));
    Ok(Json(page.await?))
}

async fn page(
    app: &App,
    program: ProgramId,
    store: StoreId,
    (before, limit): (Option<RedemptionId>, i64),
) -> Result<Page<RedemptionView>, Problem> {
    let filter = RedemptionFilter {
        before,
        limit: limit + 1,
    };
    let redemptions = app
        .ledger
        .redemptions_of_store(program, store.0, &filter)
        .await?;
    Ok(Page::of(redemptions, limit, |row| row.id))
}

/// A store's newest redemptions, up to so many.
pub async fn newest(
    app: &App,
    program: ProgramId,
    store: StoreId,
    limit: i64,
) -> Result<Page<RedemptionView>, Problem> {
    page(app, program, store, (None, limit)).await
}

/// A redemption with the lots it took.
#[derive(Debug, Serialize, ToSchema)]
struct RedemptionDetail {
    #[serde(flatten)]
    redemption: RedemptionView,
    /// In the order taken.
    lots: Vec<TakingView>,
}

/// What a redemption took of one lot.
#[derive(Debug, Serialize, ToSchema)]
struct TakingView {
    /// The award that opened the lot.
    award: Uuid,
    taken: Amount,
    /// What came back of it.
    returned: Amount,
}

impl From<Taking> for TakingView {
    fn from(taking: Taking) -> Self {
        Self {
            award: taking.lot.0,
            taken: taking.taken.into(),
            returned: taking.returned.into(),
        }
    }
}

/// One redemption, with the lots it took
///
/// A store sees its own, a member theirs.
#[utoipa::path(get, path = "/v1/redemptions/{id}", tag = "redemptions", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it stands", body = RedemptionDetail), Reading))]
async fn get(
    State(app): State<App>,
    caller: Receipts,
    Path(id): Path<RedemptionId>,
) -> Result<Json<RedemptionDetail>, Problem> {
    let redemption = app.ledger.redemption(caller.program, id).await?;
    let redemption = redemption.ok_or_else(Problem::not_found)?;
    caller.must_see(&app, &redemption).await?;
    let takings = app.ledger.takings(caller.program, id).await?;
    Ok(Json(RedemptionDetail {
        redemption: redemption.into(),
        lots: takings.into_iter().map(TakingView::from).collect(),
    }))
}

/// A step of a redemption.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Step {
    Authorise,
    Capture,
    Void,
    Refund,
    Undo,
}

/// Which step was asked for under the key.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct StepQuery {
    /// authorise (if not said), capture, void, refund or undo
    #[param(inline)]
    operation: Option<Step>,
}

/// What became of a request under a key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum KeyOutcome {
    /// It took effect.
    Done {
        /// What was answered.
        redemption: RedemptionReceipt,
    },
    /// It was turned down.
    Rejected {
        /// What was answered, and is answered again.
        problem: Details,
    },
}

/// What became of a request, by its Idempotency-Key
///
/// After a timeout: 404 means that the key was never seen, so that nothing happened yet. Sending the request again with
/// the same key is always safe.
#[utoipa::path(get, path = "/v1/redemptions/by-key/{key}", tag = "redemptions",
    params(("key" = String, Path, description = "the Idempotency-Key of the request"), StepQuery),
    responses((status = OK, description = "As it stands", body = KeyOutcome), Reading))]
async fn by_key(
    State(app): State<App>,
    clerk: Counter,
    Path(key): Path<String>,
    Query(query): Query<StepQuery>,
) -> Result<Json<KeyOutcome>, Problem> {
    let request = clerk.request(Some(IdempotencyKey::try_new(&key)?));
    let operation = match query.operation.unwrap_or(Step::Authorise) {
        Step::Authorise => "redemption.authorise",
        Step::Capture => "redemption.capture",
        Step::Void => "redemption.void",
        Step::Refund => "redemption.refund",
        Step::Undo => "redemption.undo",
    };
    match app.ledger.outcome_of(&request, operation).await? {
        None => Err(Problem::not_found()),
        Some(Ok(receipt)) => Ok(Json(KeyOutcome::Done {
            redemption: receipt.try_into()?,
        })),
        Some(Err(rejection)) => Ok(Json(KeyOutcome::Rejected {
            problem: Problem::from(rejection).details(),
        })),
    }
}
