//! The JSON API under /v1. One file a resource; a handler and its documentation stand side by side.

mod accounts;
mod awards;
mod budgets;
mod codes;
mod decisions;
mod docs;
mod health;
mod members;
mod model;
mod page;
mod policies;
mod problems;
mod redemption_steps;
mod redemptions;
mod register;
mod simulation;
mod transfers;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use crate::state::App;

/// The API, its description at /openapi.json and its pages at /docs.
pub fn router() -> Router<App> {
    let (router, description) = described().split_for_parts();
    router.merge(docs::router(description))
}

/// Every route with its description.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(docs::about())
        .merge(awards::router())
        .merge(decisions::router())
        .merge(members::router())
        .merge(codes::router())
        .merge(redemptions::router())
        .merge(redemption_steps::router())
        .merge(budgets::router())
        .merge(register::router())
        .merge(accounts::router())
        .merge(transfers::router())
        .merge(policies::router())
        .merge(simulation::router())
        .merge(problems::router())
        .merge(health::router())
}
