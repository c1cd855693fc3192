//! The whole server as one router: every face of the ledger, and what happens to every request.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use crate::http;
use crate::middleware::{answer, panicked};
use crate::open311;
use crate::problem::{Code, Problem};
use crate::state::App;

/// Answers below this many bytes are not worth compressing; those of commands all are.
const COMPRESS_ABOVE: u64 = 1_024;

/// Every route of the server. `pages` are those for people.
pub fn router(app: App, pages: Router) -> Router {
    Router::new()
        .merge(http::router().with_state(app.clone()))
        .merge(open311::router().with_state(app.clone()))
        .merge(pages)
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || {
            Problem::new(Code::MethodNotAllowed, "not with this method")
        })
        .layer(DefaultBodyLimit::max(app.limits.body))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(axum::middleware::from_fn_with_state(app, answer))
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(COMPRESS_ABOVE)))
}
