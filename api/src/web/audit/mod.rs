//! The books, for whoever checks them.

pub mod health;
pub mod home;
pub mod reports;
pub mod trail;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::Site;

/// For who has logged in: forms are bound to the session.
pub fn inside() -> Router<Arc<Site>> {
    Router::new()
        .route("/{program}/audit/health", get(health::show))
        .route("/{program}/audit", get(home::show))
        .route("/{program}/audit/changes", get(trail::show))
        .route("/{program}/audit/reports", get(reports::show))
}
