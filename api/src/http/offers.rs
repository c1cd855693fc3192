//! Offers: what merchants give for points.

use axum::Json;
use axum::extract::State;
use ledger::community::offer::OfferState;
use ledger::ids::{MerchantId, OfferId, StoreId};
use ledger::machine::Command;
use ledger::machine::offers::OfferCommand;
use ledger::views::{OfferFilter, OffersOf};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::docs::{Changing, Reading};
use super::model::{Created, created};
use super::offer_body::{OfferAnswer, OfferBody, RevisionAnswer};
use super::page::{Page, PageQuery, cursor, limit};
use super::register::{Registered, new_id, registered};
use crate::auth::{Offering, Somebody, Trader};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::{Code, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(make))
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(revise, revisions))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(end))
}

fn of(command: OfferCommand) -> Command {
    Command::Offer(Box::new(command))
}

/// Make an offer of a merchant's
///
/// It is open at once. What it says is its first revision, and stands as it is: to say something else, make another revision.
#[utoipa::path(post, path = "/v1/merchants/{id}/offers", tag = "offers",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = OfferBody,
    responses((status = CREATED, description = "It is on record", body = Registered), Changing))]
async fn make(
    State(app): State<App>,
    operator: Trader,
    key: Option<IdempotencyKey>,
    Path(merchant): Path<MerchantId>,
    ValidatedJson(body): ValidatedJson<OfferBody>,
) -> Result<Created<Registered>, Problem> {
    let command = of(OfferCommand::Make {
        offer: OfferId(new_id(&app, &operator, key.as_ref())),
        merchant,
        terms: body.terms()?,
    });
    let registered = registered(&app, &operator, key, command).await?;
    Ok(created(format!("/v1/offers/{}", registered.id), registered))
}

/// Say an offer anew
///
/// Another revision takes the place of the one before. What was agreed on by then stays as it was; what was taken of the stock is taken still.
#[utoipa::path(post, path = "/v1/offers/{id}/revisions", tag = "offers",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = OfferBody,
    responses((status = OK, description = "It took effect", body = Registered), Changing))]
async fn revise(
    State(app): State<App>,
    operator: Trader,
    key: Option<IdempotencyKey>,
    Path(offer): Path<OfferId>,
    ValidatedJson(body): ValidatedJson<OfferBody>,
) -> Result<Json<Registered>, Problem> {
    let terms = body.terms()?;
    let command = of(OfferCommand::Revise { offer, terms });
    Ok(Json(registered(&app, &operator, key, command).await?))
}

/// What an offer says and said before, newest first
///
/// Each revision as it was made, for whoever has to do with merchants or reads the books, and for who manages a store of its merchant's.
#[utoipa::path(get, path = "/v1/offers/{id}/revisions", tag = "offers", params(("id" = Uuid, Path), PageQuery),
    responses((status = OK, description = "As they were made", body = Page<RevisionAnswer>), Reading))]
async fn revisions(
    State(app): State<App>,
    caller: Offering,
    Path(offer): Path<OfferId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<RevisionAnswer>>, Problem> {
    let limit = limit(query.limit)?;
    let before = cursor(query.cursor.as_deref())?;
    let (program, now) = (caller.program, app.ledger.clock().now());
    let view = app.ledger.offer(program, offer, now).await?;
    let view = view.ok_or_else(Problem::not_found)?;
    if let Some(store) = caller.actor.store {
        let merchant = app.ledger.merchant_of(program, store).await?;
        let theirs = merchant == Some(view.offer.merchant);
        theirs.then_some(()).ok_or_else(Problem::not_found)?;
    }
    let revisions = app.ledger.revisions_of(program, offer, before, limit + 1);
    Ok(Json(Page::of(revisions.await?, limit, |view| view.number)))
}

/// Which offers.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OffersQuery {
    /// Of this merchant
    merchant: Option<Uuid>,
    /// To be had at this store
    store: Option<Uuid>,
    /// Only those that could be taken up now
    open: Option<bool>,
    /// `next_cursor` of the page before
    cursor: Option<String>,
    /// How many at most, 1 to 200; 50 if not said
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Offers, in order of id
#[utoipa::path(get, path = "/v1/offers", tag = "offers", params(OffersQuery),
    responses((status = OK, description = "As they stand", body = Page<OfferAnswer>), Reading))]
async fn list(
    State(app): State<App>,
    caller: Somebody,
    Query(query): Query<OffersQuery>,
) -> Result<Json<Page<OfferAnswer>>, Problem> {
    let limit = limit(query.limit)?;
    let of = match (query.merchant, query.store) {
        (None, None) => OffersOf::All,
        (Some(merchant), None) => OffersOf::Merchant(MerchantId(merchant)),
        (None, Some(store)) => OffersOf::Store(StoreId(store)),
        (Some(_), Some(_)) => {
            let detail = "name a merchant or a store, not both";
            return Err(Problem::new(Code::InvalidQuery, detail));
        }
    };
    let after: Option<Uuid> = cursor(query.cursor.as_deref())?;
    let filter = OfferFilter {
        of,
        open: query.open.unwrap_or(false),
        now: app.ledger.clock().now(),
        after: OfferId(after.unwrap_or_default()),
        limit: limit + 1,
    };
    let offers = app.ledger.offers(caller.program, &filter).await?;
    Ok(Json(Page::of(offers, limit, |view| view.offer.id)))
}

/// One offer
#[utoipa::path(get, path = "/v1/offers/{id}", tag = "offers", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it stands", body = OfferAnswer), Reading))]
async fn get(
    State(app): State<App>,
    caller: Somebody,
    Path(id): Path<OfferId>,
) -> Result<Json<OfferAnswer>, Problem> {
    let now = app.ledger.clock().now();
    let view = app.ledger.offer(caller.program, id, now).await?;
    Ok(Json(view.ok_or_else(Problem::not_found)?.into()))
}

async fn moved(
    app: &App,
    operator: &Trader,
    key: Option<IdempotencyKey>,
    (offer, to): (OfferId, OfferState),
) -> Result<Json<Registered>, Problem> {
    let command = of(OfferCommand::Move { offer, to });
    Ok(Json(registered(app, operator, key, command).await?))
}

/// Pause an offer
///
/// Nobody takes it up for now. What is held can be captured.
#[utoipa::path(post, path = "/v1/offers/{id}/pause", tag = "offers",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It took effect", body = Registered), Changing))]
async fn pause(
    State(app): State<App>,
    operator: Trader,
    key: Option<IdempotencyKey>,
    Path(offer): Path<OfferId>,
) -> Result<Json<Registered>, Problem> {
    moved(&app, &operator, key, (offer, OfferState::Paused)).await
}

/// Open a paused offer again
#[utoipa::path(post, path = "/v1/offers/{id}/resume", tag = "offers",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It took effect", body = Registered), Changing))]
async fn resume(
    State(app): State<App>,
    operator: Trader,
    key: Option<IdempotencyKey>,
    Path(offer): Path<OfferId>,
) -> Result<Json<Registered>, Problem> {
    moved(&app, &operator, key, (offer, OfferState::Open)).await
}

/// End an offer for good
#[utoipa::path(post, path = "/v1/offers/{id}/end", tag = "offers",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It took effect", body = Registered), Changing))]
async fn end(
    State(app): State<App>,
    operator: Trader,
    key: Option<IdempotencyKey>,
    Path(offer): Path<OfferId>,
) -> Result<Json<Registered>, Problem> {
    moved(&app, &operator, key, (offer, OfferState::Ended)).await
}
