//! The whole server as one router: every face of the ledger, and what happens to every request.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use crate::http;
use crate::middleware::{answer, panicked};
use crate::open311;
use crate::problem::{Code, Problem};
use crate::state::App;
use crate::web;

/// Answers below this many bytes are not worth compressing; those of commands all are.
const COMPRESS_ABOVE: u64 = 1_024;

/// Whether who asks reads pages; at the API's addresses nobody does.
fn reads_pages(headers: &HeaderMap, uri: &Uri) -> bool {
    let accepted = headers
        .get(header::ACCEPT)
        .and_then(|kinds| kinds.to_str().ok());
    accepted.is_some_and(|kinds| kinds.contains("text/html")) && !uri.path().starts_with("/v1/")
}

/// There is nothing at this address: a page for who reads pages, a problem for who asks the API.
async fn nowhere(headers: HeaderMap, uri: Uri) -> Response {
    match reads_pages(&headers, &uri) {
        true => web::missing(&headers, &uri),
        false => Problem::not_found().into_response(),
    }
}

/// What is here takes another method: of pages, it is the answer to a form, and cannot be opened by itself.
async fn otherwise(headers: HeaderMap, uri: Uri) -> Response {
    match reads_pages(&headers, &uri) {
        true => web::sent_only(&headers, &uri),
        false => Problem::new(Code::MethodNotAllowed, "not with this method").into_response(),
    }
}

/// Every route of the server. `pages` are those for people.
pub fn router(app: App, pages: Router) -> Router {
    Router::new()
        .merge(http::router().with_state(app.clone()))
        .merge(open311::router().with_state(app.clone()))
        .merge(pages)
        .fallback(nowhere)
        .method_not_allowed_fallback(otherwise)
        .layer(DefaultBodyLimit::max(app.limits.body))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(axum::middleware::from_fn_with_state(app, answer))
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(COMPRESS_ABOVE)))
}
