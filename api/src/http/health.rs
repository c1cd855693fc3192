//! Whether the server lives, and whether it can serve.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::{Code, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(live))
        .routes(routes!(ready))
}

/// Whether the process answers
#[utoipa::path(get, path = "/health/live", tag = "health", security(()),
    responses((status = OK, body = Object, description = "It does")))]
async fn live() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Whether commands can be executed
#[utoipa::path(get, path = "/health/ready", tag = "health", security(()),
    responses((status = OK, body = Object, description = "It does"),
        (status = SERVICE_UNAVAILABLE, description = "It does not")))]
async fn ready(State(app): State<App>) -> Result<Json<Value>, Problem> {
    if app.ledger.is_ready().await? {
        Ok(Json(json!({"status": "ok"})))
    } else {
        Err(Problem::new(
            Code::Unavailable,
            "the writer has ended: restart the server",
        ))
    }
}
