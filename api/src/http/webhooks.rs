//! Webhooks: who is told of events over HTTP.

use axum::Json;
use axum::extract::State;
use ledger::community::Via;
use ledger::community::webhook::{Endpoint, EndpointState, SecretNumber, secret_text};
use ledger::ids::{EndpointId, StoreId};
use ledger::machine::Command;
use ledger::machine::webhooks::WebhookCommand;
use ledger::views::{EndpointView, Register};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::docs::{Changing, Reading};
use super::model::{Created, Moment, created};
use super::register::{Registered, new_id, registered};
use crate::auth::{Caller, Listener};
use crate::extract::{IdempotencyKey, Path, ValidatedJson};
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// How many kinds of events an endpoint may name.
const MOST_KINDS: u64 = 50;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, register))
        .routes(routes!(get, change))
        .routes(routes!(end))
        .routes(routes!(rotate))
}

/// An endpoint: who is told of events.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookView {
    id: Uuid,
    name: String,
    #[schema(example = "https://till.example.cn/jifen")]
    url: String,
    /// Operations, as the audit trail names them; all when empty.
    #[schema(example = json!(["redemption.authorise", "redemption.refund"]))]
    kinds: Vec<String>,
    /// It is told of this store's events alone.
    store: Option<Uuid>,
    /// `active`, `paused`: then what happens waits, or `ended`.
    #[schema(value_type = String, example = "active")]
    state: EndpointState,
    /// Until when the secret before signs as well.
    old_secret_until: Option<Moment>,
    /// How often in a row nothing could be told.
    failures: i64,
    /// How many events wait to be told.
    waiting: i64,
    /// How many were given up; they are kept for 30 days, and told again when asked for.
    dead: i64,
}

impl From<EndpointView> for WebhookView {
    fn from(view: EndpointView) -> Self {
        let endpoint = view.endpoint;
        Self {
            id: endpoint.id.0,
            name: endpoint.name,
            url: endpoint.url,
            kinds: endpoint.kinds,
            store: endpoint.store.map(|id| id.0),
            state: endpoint.state,
            old_secret_until: endpoint.secret.before_until.map(Into::into),
            failures: view.failures,
            waiting: view.waiting,
            dead: view.dead,
        }
    }
}

/// Whether a caller has to do with an endpoint: a store with its own, the operator with all.
fn is_seen(caller: &Caller, endpoint: &Endpoint) -> bool {
    let own = caller.actor.store;
    own.is_none() || endpoint.store == own
}

/// An endpoint that the caller has to do with.
pub(super) async fn seen(app: &App, caller: &Caller, id: EndpointId) -> Result<Endpoint, Problem> {
    let endpoint = app.ledger.endpoint(caller.program, id).await?;
    let seen = endpoint.filter(|endpoint| is_seen(caller, endpoint));
    seen.ok_or_else(Problem::not_found)
}

/// The same, to do something about it.
pub(super) async fn held(app: &App, caller: &Caller, id: EndpointId) -> Result<Endpoint, Problem> {
    must_be_a_system(caller)?;
    seen(app, caller, id).await
}

/// How one endpoint fares, or all that the caller has to do with.
async fn views(
    app: &App,
    caller: &Caller,
    id: Option<EndpointId>,
) -> Result<Vec<WebhookView>, Problem> {
    let views = app.ledger.endpoint_views(caller.program, id).await?;
    let views = views.into_iter();
    let seen = views.filter(|view| is_seen(caller, &view.endpoint));
    Ok(seen.map(WebhookView::from).collect())
}

/// Has a command about an endpoint put on record.
pub(super) async fn act(
    app: &App,
    caller: &Caller,
    key: Option<IdempotencyKey>,
    command: WebhookCommand,
) -> Result<Registered, Problem> {
    registered(app, caller, key, Command::Webhook(Box::new(command))).await
}

/// A store's endpoints are its system's business, not that of whoever stands at the counter.
fn must_be_a_system(caller: &Caller) -> Result<(), Problem> {
    match (caller.actor.store, caller.origin.via) {
        (Some(_), Via::Key(_)) | (None, _) => Ok(()),
        (Some(_), _) => Err(Problem::new(
            Code::Forbidden,
            "this needs the store's API key",
        )),
    }
}

/// Who is told of events
#[utoipa::path(get, path = "/v1/webhooks", tag = "webhooks",
    responses((status = OK, description = "Every endpoint, those that ended among them", body = Vec<WebhookView>), Reading))]
async fn list(State(app): State<App>, caller: Listener) -> Result<Json<Vec<WebhookView>>, Problem> {
    Ok(Json(views(&app, &caller, None).await?))
}

/// One endpoint
#[utoipa::path(get, path = "/v1/webhooks/{id}", tag = "webhooks", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it stands", body = WebhookView), Reading))]
async fn get(
    State(app): State<App>,
    caller: Listener,
    Path(id): Path<EndpointId>,
) -> Result<Json<WebhookView>, Problem> {
    let view = views(&app, &caller, Some(id)).await?.pop();
    Ok(Json(view.ok_or_else(Problem::not_found)?))
}

/// Where events are to be told.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    /// What it is for.
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    name: String,
    /// `https://…`, of a public network.
    url: String,
    /// Operations, as the audit trail names them; all if not said.
    #[serde(default)]
    #[validate(custom(function = kinds))]
    kinds: Vec<String>,
    /// Of this store's events alone; a store's key may leave it out, it can only be its own.
    store: Option<Uuid>,
}

fn kinds(kinds: &[String]) -> Result<(), ValidationError> {
    let is_kind = |kind: &String| {
        let named = |c: char| c.is_ascii_lowercase() || matches!(c, '.' | '_');
        (1..=64).contains(&kind.len()) && kind.chars().all(named)
    };
    let few = kinds.len() as u64 <= MOST_KINDS;
    match few && kinds.iter().all(is_kind) {
        true => Ok(()),
        false => Err(ValidationError::new("kinds")
            .with_message("are at most 50 operations such as redemption.capture".into())),
    }
}

/// An endpoint with its secret.
#[derive(Debug, Serialize, ToSchema)]
struct Signing {
    id: Uuid,
    /// What the signatures are made with, as libraries for Standard Webhooks take it.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfzDgOWwFA=")]
    secret: String,
    /// Until when the secret before signs as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_secret_until: Option<Moment>,
}

fn bad_url(why: &str) -> Problem {
    let error = FieldError::new("/url", "url", why);
    Problem::new(Code::InvalidBody, "this address cannot be told of events")
        .with_errors(vec![error])
}

/// Have events told
///
/// Each is sent by POST as Standard Webhooks 1.0.0 says, signed with the secret in the answer (HMAC-SHA256, `v1`). An answer of 2xx within 15 seconds takes
/// it; otherwise it comes again, up to ten times within three days. An event may come more than once, under the same `webhook-id`, and those
/// about one subject come in order. What happens before this has an effect is not told.
#[utoipa::path(post, path = "/v1/webhooks", tag = "webhooks", request_body = NewWebhook,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = Signing), Changing))]
async fn register(
    State(app): State<App>,
    caller: Listener,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewWebhook>,
) -> Result<Created<Signing>, Problem> {
    must_be_a_system(&caller)?;
    app.outside.webhooks.check(&body.url).map_err(bad_url)?;
    let store = match (caller.actor.store, body.store.map(StoreId)) {
        (Some(own), Some(other)) if own != other => return Err(Problem::not_found()),
        (Some(own), _) => Some(own),
        (None, named) => named,
    };
    if let Some(store) = store {
        let known = app
            .ledger
            .registered(caller.program, Register::Stores, store.0);
        known.await?.ok_or_else(Problem::not_found)?;
    }
    if app.ledger.live_endpoints(caller.program).await? >= Endpoint::MOST {
        let why = "this programme has 100 endpoints: end one first";
        return Err(Problem::new(Code::AlreadyExists, why));
    }
    let endpoint = Endpoint {
        id: EndpointId(new_id(&app, &caller, key.as_ref())),
        name: body.name,
        url: body.url,
        kinds: body.kinds,
        store,
        state: EndpointState::Active,
        secret: SecretNumber::FIRST,
    };
    // Without master keys there is no secret, and nothing is put on record.
    let secret = app
        .ledger
        .webhook_secret(caller.program, endpoint.id, endpoint.secret.newest)?;
    let made = act(&app, &caller, key, WebhookCommand::Register(endpoint)).await?;
    let signing = Signing {
        id: made.id,
        secret: secret_text(&secret),
        old_secret_until: None,
    };
    Ok(created(format!("/v1/webhooks/{}", made.id), signing))
}

/// An endpoint as it is to be.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangedWebhook {
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    name: String,
    url: String,
    #[serde(default)]
    #[validate(custom(function = kinds))]
    kinds: Vec<String>,
    /// Whether nothing is told for now; what happens waits.
    #[serde(default)]
    paused: bool,
}

/// Change an endpoint
///
/// It is tried again at once.
#[utoipa::path(put, path = "/v1/webhooks/{id}", tag = "webhooks", request_body = ChangedWebhook,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It is on record", body = Registered), Changing))]
async fn change(
    State(app): State<App>,
    caller: Listener,
    key: Option<IdempotencyKey>,
    Path(id): Path<EndpointId>,
    ValidatedJson(body): ValidatedJson<ChangedWebhook>,
) -> Result<Json<Registered>, Problem> {
    let endpoint = held(&app, &caller, id).await?;
    app.outside.webhooks.check(&body.url).map_err(bad_url)?;
    let endpoint = Endpoint {
        name: body.name,
        url: body.url,
        kinds: body.kinds,
        state: match body.paused {
            true => EndpointState::Paused,
            false => EndpointState::Active,
        },
        ..endpoint
    };
    let command = WebhookCommand::Change(endpoint);
    Ok(Json(act(&app, &caller, key, command).await?))
}

/// Tell an endpoint nothing any more
///
/// What waits for it is dropped.
#[utoipa::path(post, path = "/v1/webhooks/{id}/end", tag = "webhooks",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It has ended", body = Registered), Changing))]
async fn end(
    State(app): State<App>,
    caller: Listener,
    key: Option<IdempotencyKey>,
    Path(id): Path<EndpointId>,
) -> Result<Json<Registered>, Problem> {
    held(&app, &caller, id).await?;
    let command = WebhookCommand::End { endpoint: id };
    Ok(Json(act(&app, &caller, key, command).await?))
}

/// How the secret is replaced.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct SecretRotation {
    /// For how many hours the secret before signs as well, 0 to 168.
    #[validate(range(min = 0, max = 168, message = "is 0 to 168 hours"))]
    overlap_hours: i64,
}

/// Replace an endpoint's secret
///
/// While they overlap, each event carries a signature by both.
#[utoipa::path(post, path = "/v1/webhooks/{id}/rotate", tag = "webhooks", request_body = SecretRotation,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "Another secret signs", body = Signing), Changing))]
async fn rotate(
    State(app): State<App>,
    caller: Listener,
    key: Option<IdempotencyKey>,
    Path(id): Path<EndpointId>,
    ValidatedJson(body): ValidatedJson<SecretRotation>,
) -> Result<Json<Signing>, Problem> {
    held(&app, &caller, id).await?;
    let command = WebhookCommand::Rotate {
        endpoint: id,
        overlap_seconds: body.overlap_hours * 3_600,
    };
    act(&app, &caller, key, command).await?;
    let SecretNumber {
        newest,
        before_until,
    } = seen(&app, &caller, id).await?.secret;
    let secret = app.ledger.webhook_secret(caller.program, id, newest)?;
    Ok(Json(Signing {
        id: id.0,
        secret: secret_text(&secret),
        old_secret_until: before_until.map(Into::into),
    }))
}
