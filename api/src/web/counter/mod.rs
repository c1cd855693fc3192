//! A store's counter.

pub mod charge;
pub mod charging;
pub mod clerks;
pub mod objections;
pub mod payments;
pub mod shop;
pub mod statements;
pub mod switching;
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
        .route("/{program}/counter/payments", get(payments::list))
        .route(
            "/{program}/counter/payments/{id}",
            get(payments::one).post(payments::refund),
        )
        .route("/{program}/counter/objections", get(objections::list))
        .route(
            "/{program}/counter/objections/{id}",
            post(objections::answer),
        )
        .route("/{program}/counter/statements", get(statements::list))
        .route(
            "/{program}/counter/statements/{id}",
            get(statements::one).post(statements::act),
        )
        .route(
            "/{program}/counter/clerks",
            get(clerks::list).post(clerks::employ),
        )
        .route("/{program}/counter/clerks/{id}", post(clerks::act))
        .route("/{program}/counter/till", get(till::till))
        .route(
            "/{program}/counter/switch",
            get(switching::show).post(switching::switch),
        )
        .route(
            "/{program}/store/{till}",
            get(till::show_form).post(till::pay),
        )
}
