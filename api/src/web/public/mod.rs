//! What everybody may see and ask without an account.

pub mod notice;
pub mod objecting;
pub mod wish;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::Site;

/// For who has not logged in: forms are bound to the visit.
pub fn outside() -> Router<Arc<Site>> {
    Router::new()
        .route("/{program}/notice", get(notice::list))
        .route(
            "/{program}/notice/{id}/phone",
            get(objecting::show).post(objecting::act),
        )
        .route(
            "/{program}/wish/{code}",
            get(wish::show_form).post(wish::ask),
        )
        .route(
            "/{program}/confirm/{id}",
            get(wish::show_confirm).post(wish::confirm),
        )
}

/// For who has logged in: forms are bound to the session.
pub fn inside() -> Router<Arc<Site>> {
    Router::new().route("/{program}/notice/{id}", get(notice::one).post(notice::act))
}
