//! A rider objects to a charge, and somebody answers.

use axum::Json;
use axum::extract::State;
use ledger::community::paying::{ChargeGround, ChargeObjection, ChargeReason, Verdict};
use ledger::ids::{RedemptionId, StoreId};
use ledger::machine::{Command, PayingCommand};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Amount, Created, Moment, created};
use super::page::{Page, cursor, limit};
use super::redemptions::above_zero;
use crate::auth::{Caller, Employer, Oneself, Receipts};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(object, get))
        .routes(routes!(answer))
        .routes(routes!(list))
}

/// An objection to a charge.
#[derive(Debug, Serialize, ToSchema)]
struct ObjectionBody {
    redemption: Uuid,
    store: Uuid,
    #[schema(value_type = String, example = "wrong_amount")]
    ground: ChargeGround,
    made_at: Moment,
    /// open, refunded or dismissed
    state: &'static str,
    /// What came back.
    refunded: Option<Amount>,
    /// Why nothing did.
    #[schema(value_type = Option<String>)]
    reason: Option<ChargeReason>,
    answered_by: Option<Uuid>,
    answered_at: Option<Moment>,
}

impl From<ChargeObjection> for ObjectionBody {
    fn from(objection: ChargeObjection) -> Self {
        let answer = objection.answer.as_ref();
        let (refunded, reason) = match answer.map(|answer| answer.verdict) {
            Some(Verdict::Refund { points }) => (points, None),
            Some(Verdict::Dismiss { reason }) => (None, Some(reason)),
            None => (None, None),
        };
        Self {
            redemption: objection.redemption.0,
            store: objection.store.0,
            ground: objection.ground,
            made_at: objection.made_at.into(),
            state: objection.state(),
            refunded: refunded.map(Into::into),
            reason,
            answered_by: answer.map(|answer| answer.by.0),
            answered_at: answer.map(|answer| answer.at.into()),
        }
    }
}

async fn told(app: &App, caller: &Caller, id: RedemptionId) -> Result<ObjectionBody, Problem> {
    let known = app.ledger.charge_objection(caller.program, id).await?;
    Ok(known.ok_or_else(Problem::not_found)?.into())
}

/// On what ground.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewObjection {
    /// not_me, wrong_amount, not_received or other
    #[schema(value_type = String, example = "wrong_amount")]
    ground: ChargeGround,
}

/// Object to a charge of one's own
///
/// Once, within 30 days. Who manages the store, or staff, answers it; until then no point moves.
#[utoipa::path(post, path = "/v1/redemptions/{id}/objection", tag = "redemptions",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = NewObjection,
    responses((status = CREATED, description = "It is on record", body = ObjectionBody), Changing))]
async fn object(
    State(app): State<App>,
    member: Oneself,
    key: IdempotencyKey,
    Path(redemption): Path<RedemptionId>,
    ValidatedJson(body): ValidatedJson<NewObjection>,
) -> Result<Created<ObjectionBody>, Problem> {
    let ground = body.ground;
    let command = Command::Paying(Box::new(PayingCommand::Object { redemption, ground }));
    app.execute(&member.request(Some(key)), command).await?;
    let path = format!("/v1/redemptions/{redemption}/objection");
    Ok(created(path, told(&app, &member, redemption).await?))
}

/// The objection to a charge, and what was answered
#[utoipa::path(get, path = "/v1/redemptions/{id}/objection", tag = "redemptions", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it stands", body = ObjectionBody), Reading))]
async fn get(
    State(app): State<App>,
    caller: Receipts,
    Path(id): Path<RedemptionId>,
) -> Result<Json<ObjectionBody>, Problem> {
    let redemption = app.ledger.redemption(caller.program, id).await?;
    let redemption = redemption.ok_or_else(Problem::not_found)?;
    caller.must_see(&app, &redemption).await?;
    Ok(Json(told(&app, &caller, id).await?))
}

/// What is answered: points come back, or a reason.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Answer {
    /// How many points come back, with `"refund": true`; all that are left if not said.
    #[validate(custom(function = above_zero))]
    points: Option<Amount>,
    /// Whether points come back.
    refund: bool,
    /// If none do, why: confirmed (the rider agreed), delivered, no_error or other.
    #[schema(value_type = Option<String>, example = "delivered")]
    reason: Option<ChargeReason>,
}

/// Answer an objection to a charge
///
/// By who manages the store, or by who has to do with merchants; never by the rider.
#[utoipa::path(post, path = "/v1/redemptions/{id}/objection/answer", tag = "redemptions",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = Answer,
    responses((status = OK, description = "It took effect", body = ObjectionBody), Changing))]
async fn answer(
    State(app): State<App>,
    caller: Employer,
    key: IdempotencyKey,
    Path(redemption): Path<RedemptionId>,
    ValidatedJson(body): ValidatedJson<Answer>,
) -> Result<Json<ObjectionBody>, Problem> {
    let verdict = match body.refund {
        true => Verdict::Refund {
            points: body.points.map(|points| points.0),
        },
        false => Verdict::Dismiss {
            reason: body.reason.unwrap_or(ChargeReason::Other),
        },
    };
    let command = PayingCommand::Answer {
        redemption,
        verdict,
    };
    let command = Command::Paying(Box::new(command));
    let acting = caller.at_store_of(&app, redemption).await?;
    app.execute(&acting.request(Some(key)), command).await?;
    Ok(Json(told(&app, &caller, redemption).await?))
}

/// Which objections.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ObjectionsQuery {
    /// At which store; a store's own if not said, and whoever speaks for none sees all
    store: Option<Uuid>,
    /// `next_cursor` of the page before
    cursor: Option<String>,
    /// How many at most, 1 to 200; 50 if not said
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Objections to charges that wait for an answer, in order of the charge
#[utoipa::path(get, path = "/v1/charge-objections", tag = "redemptions", params(ObjectionsQuery),
    responses((status = OK, description = "As it stands", body = Page<ObjectionBody>), Reading))]
async fn list(
    State(app): State<App>,
    caller: Employer,
    Query(query): Query<ObjectionsQuery>,
) -> Result<Json<Page<ObjectionBody>>, Problem> {
    let limit = limit(query.limit)?;
    let after = cursor(query.cursor.as_deref())?.unwrap_or_default();
    let store = query.store.map(StoreId).or(caller.actor.store);
    if let Some(store) = store.filter(|store| !caller.speaks_for(*store)) {
        return Err(ledger::machine::Rejection::UnknownStore { store }.into());
    }
    let waiting = app
        .ledger
        .charge_objections(caller.program, store, after, limit + 1);
    Ok(Json(Page::of(waiting.await?, limit, |objection| {
        objection.redemption.0
    })))
}
