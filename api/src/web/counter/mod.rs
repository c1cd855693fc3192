//! A store's counter.

pub mod charge;
pub mod charging;
pub mod till;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::Site;

/// For who has logged in: forms are bound to the session.
pub fn inside() -> Router<Arc<Site>> {
    Router::new()
        .route("/{program}/counter", get(charge::show).post(charge::charge))
        .route("/{program}/counter/redemptions/{id}", post(charge::act))
        .route(
            "/{program}/counter/code",
            get(till::show_code).post(till::print),
        )
        .route("/{program}/counter/till", get(till::till))
        .route(
            "/{program}/store/{till}",
            get(till::show_form).post(till::pay),
        )
}
