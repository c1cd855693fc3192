//! The whole server as one router: every face of the ledger, and what happens to every request.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use crate::http;
use crate::middleware::{answer, panicked};
use crate::problem::{Code, Problem};
use crate::state::App;

/// Answers below this many bytes are not worth compressing; those of commands all are.
const COMPRESS_ABOVE: u64 = 1_024;

/// Every route of the server.
pub fn router(app: App) -> Router {
    let limit = app.limits.body;
    Router::new()
        .merge(http::router())
        // .merge(web::router())
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || {
            Problem::new(Code::MethodNotAllowed, "not with this method")
        })
        .layer(DefaultBodyLimit::max(limit))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(axum::middleware::from_fn_with_state(app.clone(), answer))
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(COMPRESS_ABOVE)))
        .with_state(app)
}
