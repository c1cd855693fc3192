//! A body that is a file of lines, taken as it is: what its text is written in is found by who reads it.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;

use super::lines::TIMES_THE_LIMIT;
use crate::problem::{Code, Problem};
use crate::state::App;

/// A body that says it is CSV. It may be as large as a batch.
#[derive(Clone, Debug)]
pub struct Csv(pub Bytes);

impl FromRequest<App> for Csv {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let value = request.headers().get(header::CONTENT_TYPE);
        let text = value.and_then(|value| value.to_str().ok()).unwrap_or("");
        let essence = text.split(';').next().unwrap_or("").trim();
        if !essence.eq_ignore_ascii_case("text/csv") {
            let detail = "send Content-Type: text/csv";
            return Err(Problem::new(Code::UnsupportedMediaType, detail));
        }
        let limit = app.limits.body.saturating_mul(TIMES_THE_LIMIT);
        let bytes = to_bytes(request.into_body(), limit).await;
        bytes.map(Self).map_err(|_| {
            let detail = "the body is larger than is taken, or ended early";
            Problem::new(Code::PayloadTooLarge, detail)
        })
    }
}
