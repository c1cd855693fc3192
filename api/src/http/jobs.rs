//! What the servers do by themselves, for whoever keeps an eye on them.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::docs::Reading;
use super::model::Moment;
use crate::auth::Books;
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A job of this programme.
#[derive(Debug, Serialize, ToSchema)]
struct JobView {
    #[schema(example = "release_holds")]
    name: &'static str,
    /// How many seconds after a run began the next is due.
    every_seconds: u64,
    /// Whether a server is at it now.
    running: bool,
    /// When the last run began; it may be under way.
    last_started: Option<Moment>,
    /// When the last run that ended did.
    last_finished: Option<Moment>,
    /// How the last run that ended did: `ok`, `failed` when something could not be done and comes again; null before the first.
    last_outcome: Option<&'static str>,
    /// How many things it did.
    last_done: u64,
    /// How many it could not do.
    last_failed: u64,
    /// What went wrong first.
    last_error: Option<String>,
    /// When it is due again; null before the first run.
    next_run: Option<Moment>,
    /// Since when that which waits longest is due; null when nothing waits.
    waits_since: Option<Moment>,
    /// How long that is, in seconds. Far above `every_seconds`, no server runs the job, or it fails.
    lag_seconds: i64,
}

/// Jobs that run by themselves, and how they stand
#[utoipa::path(get, path = "/v1/jobs", tag = "jobs",
    responses((status = OK, description = "As it stands", body = Vec<JobView>), Reading))]
async fn list(State(app): State<App>, caller: Books) -> Result<Json<Vec<JobView>>, Problem> {
    let statuses = app.job_statuses(caller.program).await?;
    let views = statuses.into_iter().map(|status| {
        let state = status.state.as_ref();
        let finished = state.and_then(|state| state.last_finished);
        let error = state.and_then(|state| state.last_error.clone());
        let outcome = if error.is_some() { "failed" } else { "ok" };
        JobView {
            name: status.name,
            every_seconds: status.every_seconds,
            running: status.running,
            last_started: state.and_then(|state| state.last_started).map(Moment),
            last_finished: finished.map(Moment),
            last_outcome: finished.map(|_| outcome),
            last_done: state.map_or(0, |state| state.last_done),
            last_failed: state.map_or(0, |state| state.last_failed),
            last_error: error,
            next_run: state.map(|state| Moment(state.next_run)),
            waits_since: status.waits_since.map(Moment),
            lag_seconds: status.lag_seconds,
        }
    });
    Ok(Json(views.collect()))
}
