//! What endpoints are told: tried, listed, told again.

use axum::Json;
use axum::extract::State;
use ledger::community::webhook::Again;
use ledger::ids::{CommandId, EndpointId};
use ledger::machine::webhooks::WebhookCommand;
use ledger::machine::{Outcome, Receipt};
use ledger::views::{Delivery, DeliveryState, DeliveryView};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::Moment;
use super::page::{Page, cursor, limit};
use super::register::Registered;
use super::webhooks::{act, held, seen};
use crate::auth::Listener;
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::outside::message;
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(test))
        .routes(routes!(deliveries))
        .routes(routes!(repeat))
}

/// What came of a try.
#[derive(Debug, Serialize, ToSchema)]
struct Tried {
    /// Whether it was taken.
    taken: bool,
    /// The status code that was answered, or what went wrong: `address_not_allowed`, `unreachable`, `timeout`, `broken`.
    #[schema(example = "204")]
    answer: String,
}

/// Try an endpoint
///
/// Sends one event of the kind `webhook.test`, at once and once, and says what came of it.
#[utoipa::path(post, path = "/v1/webhooks/{id}/test", tag = "webhooks", params(("id" = Uuid, Path)),
    responses((status = OK, description = "It was tried", body = Tried), Changing))]
async fn test(
    State(app): State<App>,
    caller: Listener,
    Path(id): Path<EndpointId>,
) -> Result<Json<Tried>, Problem> {
    let endpoint = held(&app, &caller, id).await?;
    let now = app.ledger.clock().now();
    let event = CommandId::new(now);
    let delivery = Delivery {
        event,
        attempts: 0,
        kind: "webhook.test".to_owned(),
        subject: id.0,
        recorded_at: now,
        receipt: Receipt {
            id: event,
            recorded_at: now,
            moved: false,
            outcome: Outcome::Registered { subject: id.0 },
        },
        reason: None,
    };
    let (headers, body) = message(&app.ledger, caller.program, &endpoint, &delivery, now)?;
    let told = app.outside.webhooks.tell(&endpoint.url, headers, body);
    let reply = told.await;
    Ok(Json(Tried {
        taken: reply.is_taken(),
        answer: reply.word(),
    }))
}

/// An event for an endpoint.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryBody {
    /// The event: a change of the audit trail.
    event: Uuid,
    #[schema(example = "redemption.capture")]
    kind: String,
    /// What it is about.
    subject: Uuid,
    recorded_at: Moment,
    /// `waiting`, `delivered` or `dead`.
    #[schema(example = "waiting")]
    state: &'static str,
    attempts: i64,
    /// While it waits: from when on it may be tried.
    due_at: Option<Moment>,
    tried_at: Option<Moment>,
    /// What came of the last try: a status code, or a word.
    answer: Option<String>,
}

impl From<DeliveryView> for DeliveryBody {
    fn from(view: DeliveryView) -> Self {
        let waits = view.state == DeliveryState::Waiting;
        Self {
            event: view.event.0,
            kind: view.kind,
            subject: view.subject,
            recorded_at: view.recorded_at.into(),
            state: view.state.name(),
            attempts: view.attempts,
            due_at: waits.then_some(view.due_at.into()),
            tried_at: view.tried_at.map(Into::into),
            answer: view.answer,
        }
    }
}

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DeliveriesQuery {
    /// `waiting`, `delivered` or `dead`; all if not said
    state: Option<String>,
    /// `next_cursor` of the page before; the first page needs none
    cursor: Option<String>,
    /// How many at most, 1 to 200; 50 if not said
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// What an endpoint was told, and is to be
///
/// Newest first. What was delivered or given up is kept for 30 days.
#[utoipa::path(get, path = "/v1/webhooks/{id}/deliveries", tag = "webhooks", params(("id" = Uuid, Path), DeliveriesQuery),
    responses((status = OK, description = "A page of it", body = Page<DeliveryBody>), Reading))]
async fn deliveries(
    State(app): State<App>,
    caller: Listener,
    Path(id): Path<EndpointId>,
    Query(query): Query<DeliveriesQuery>,
) -> Result<Json<Page<DeliveryBody>>, Problem> {
    seen(&app, &caller, id).await?;
    let limit = limit(query.limit)?;
    let unknown = || Problem::new(Code::InvalidQuery, "state is waiting, delivered or dead");
    let state = query.state.as_deref();
    let state = state
        .map(|name| DeliveryState::from_name(name).ok_or_else(unknown))
        .transpose()?;
    let before = cursor(query.cursor.as_deref())?.unwrap_or(CommandId(Uuid::max()));
    let page = app
        .ledger
        .deliveries(caller.program, id, state, before, limit + 1);
    Ok(Json(Page::of(page.await?, limit, |one: &DeliveryView| {
        one.event
    })))
}

/// What is to be told again: one of these.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct RepeatBody {
    /// One event, whatever became of it.
    event: Option<Uuid>,
    /// All that happened from this moment on, of the last 30 days.
    since: Option<Moment>,
    /// All that were given up.
    #[serde(default)]
    dead: bool,
}

/// Have events told again
#[utoipa::path(post, path = "/v1/webhooks/{id}/repeat", tag = "webhooks", request_body = RepeatBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "They wait to be told", body = Registered), Changing))]
async fn repeat(
    State(app): State<App>,
    caller: Listener,
    key: Option<IdempotencyKey>,
    Path(id): Path<EndpointId>,
    ValidatedJson(body): ValidatedJson<RepeatBody>,
) -> Result<Json<Registered>, Problem> {
    held(&app, &caller, id).await?;
    let again = match (body.event, body.since, body.dead) {
        (Some(event), None, false) => Again::Event(CommandId(event)),
        (None, Some(since), false) => Again::Since(since.0),
        (None, None, true) => Again::Dead,
        _ => {
            let why = "say one of event, since and dead";
            let error = FieldError::new("", "one_of", why);
            return Err(Problem::new(Code::InvalidBody, why).with_errors(vec![error]));
        }
    };
    let command = WebhookCommand::Repeat {
        endpoint: id,
        again,
    };
    Ok(Json(act(&app, &caller, key, command).await?))
}
