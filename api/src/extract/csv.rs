//! A body that is a file of lines: CSV taken as it is (what its text is written in is found by who reads it), or the first sheet of a
//! workbook.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;

use super::lines::TIMES_THE_LIMIT;
use crate::problem::{Code, FieldError, Problem};
use crate::sheet::Form;
use crate::state::App;
use crate::workbook;

/// A body that says it is CSV or a workbook. It may be as large as a batch.
#[derive(Clone, Debug)]
pub struct Csv(pub Bytes);

impl FromRequest<App> for Csv {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let value = request.headers().get(header::CONTENT_TYPE);
        let text = value.and_then(|value| value.to_str().ok()).unwrap_or("");
        let Some(form) = Form::told(text) else {
            let [csv, xlsx] = [Form::Csv, Form::Xlsx].map(Form::media_type);
            let detail = format!("send Content-Type: {csv}, or {xlsx}");
            return Err(Problem::new(Code::UnsupportedMediaType, detail));
        };
        let limit = app.limits.body.saturating_mul(TIMES_THE_LIMIT);
        let bytes = to_bytes(request.into_body(), limit).await;
        let bytes = bytes.map_err(|_| {
            let detail = "the body is larger than is taken, or ended early";
            Problem::new(Code::PayloadTooLarge, detail)
        })?;
        match form {
            Form::Xlsx => sheet_of(bytes).await,
            Form::Csv => Ok(Self(bytes)),
        }
    }
}

/// Unpacking takes a while, so it keeps nobody else waiting.
async fn sheet_of(bytes: Bytes) -> Result<Csv, Problem> {
    let read = tokio::task::spawn_blocking(move || workbook::lines(&bytes)).await;
    match read.map_err(Problem::internal)? {
        Ok(text) => Ok(Csv(Bytes::from(text))),
        Err(error) => {
            let item = FieldError {
                line: error.cell.map(|(row, _)| row),
                column: error.cell.map(|(_, column)| column),
                ..FieldError::new("", "format", error.message)
            };
            let detail = "1 errors in the file: nothing was imported";
            Err(Problem::new(Code::InvalidImport, detail).with_errors(vec![item]))
        }
    }
}
