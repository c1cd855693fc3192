//! What goes wrong, as RFC 9457 `application/problem+json`: one shape for every error of the server.
//!
//! A handler answers a [`Problem`]; the outermost middleware writes it, because it knows the request id.

mod catalogue;
mod codes;
mod from;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use catalogue::Code;

/// One thing that is wrong with one field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) to the field; empty for the body as a whole.
    #[schema(example = "/points")]
    pub pointer: String,
    /// A stable code.
    #[schema(example = "range")]
    pub code: String,
    /// In words.
    #[schema(example = "must be above zero")]
    pub message: String,
    /// The line of a file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column of a policy file, in characters from 1; of a file to be imported, in cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What the column of a file to be imported is called in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
}

impl FieldError {
    /// Of a field of the body.
    pub fn new(pointer: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.to_owned(),
            message: message.into(),
            line: None,
            column: None,
            header: None,
        }
    }
}

/// A problem (RFC 9457). What a person needs to know beside `detail` stands in further members, such as `available` and
/// `requested` of `insufficient_points`; the page at `type` names them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Details {
    /// A stable address that explains the problem.
    #[serde(rename = "type")]
    #[schema(example = "/problems/insufficient_points")]
    kind: String,
    /// The same for every problem of this type.
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 409)]
    status: u16,
    /// The stable code, the last part of `type`.
    #[schema(example = "insufficient_points")]
    code: &'static str,
    /// What happened here.
    detail: String,
    /// One item per field, where fields are to blame.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// What the server's log calls this request; absent where the problem is told of, not met.
    #[serde(skip_serializing_if = "String::is_empty")]
    request_id: String,
    #[serde(flatten)]
    facts: Map<String, Value>,
    #[serde(skip)]
    #[schema(ignore)]
    retry_after: Option<u32>,
    #[serde(skip)]
    #[schema(ignore)]
    cause: Option<String>,
}

impl Details {
    /// The HTTP status it has when it is an answer.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// All of it in one sentence, for protocols that have no more room.
    pub fn told(&self) -> String {
        let errors = self.errors.iter();
        let errors = errors.map(|error| format!("; {} {}", error.pointer, error.message));
        format!(
            "{}: {}{}",
            self.title,
            self.detail,
            errors.collect::<String>()
        )
    }
}

/// An error on its way to the caller.
#[derive(Clone, Debug)]
pub struct Problem(Box<Details>);

impl Problem {
    /// A problem of this code.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Details {
            kind: format!("/problems/{}", code.name()),
            title: code.title(),
            status: code.status().as_u16(),
            code: code.name(),
            detail: detail.into(),
            errors: Vec::new(),
            request_id: String::new(),
            facts: Map::new(),
            retry_after: (code.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(1),
            cause: None,
        }))
    }

    /// A bug or a broken database: opaque to the caller, its cause logged once.
    pub fn internal(cause: impl ToString) -> Self {
        let mut problem = Self::new(Code::Internal, "the cause is in the server's log");
        problem.0.cause = Some(cause.to_string());
        problem
    }

    /// Nothing is there, or nothing that this caller may see.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "there is no such thing here")
    }

    /// To be asked again after so many seconds.
    #[must_use]
    pub fn after(mut self, seconds: i64) -> Self {
        self.0.retry_after = Some(u32::try_from(seconds.max(1)).unwrap_or(u32::MAX));
        self
    }

    /// With one more fact.
    #[must_use]
    pub fn with(mut self, name: &str, fact: impl Serialize) -> Self {
        if let Ok(fact) = serde_json::to_value(fact) {
            self.0.facts.insert(name.to_owned(), fact);
        }
        self
    }

    /// With every member of an object as a fact.
    #[must_use]
    fn with_all(mut self, facts: &impl Serialize) -> Self {
        if let Ok(Value::Object(facts)) = serde_json::to_value(facts) {
            let own = ["code", "type", "status", "title", "detail"];
            let facts = facts
                .into_iter()
                .filter(|(name, _)| !own.contains(&name.as_str()));
            self.0.facts.extend(facts);
        }
        self
    }

    /// With what is wrong, field by field.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// With what is wrong found in a part of the body.
    #[must_use]
    pub fn under(mut self, pointer: &str) -> Self {
        for error in &mut self.0.errors {
            error.pointer.insert_str(0, pointer);
        }
        self
    }

    /// What it says, to be told of in an answer that is none.
    pub fn details(self) -> Details {
        *self.0
    }

    /// After how many seconds to ask again, if that is known.
    pub const fn retry_after(&self) -> Option<u32> {
        self.0.retry_after
    }

    /// Its stable code.
    pub const fn code(&self) -> &'static str {
        self.0.code
    }

    /// The cause to be logged, taken out: it is logged once.
    pub fn take_cause(&mut self) -> Option<String> {
        self.0.cause.take()
    }

    /// As answered to the request of this id.
    pub fn written(mut self, request_id: &str) -> Response {
        request_id.clone_into(&mut self.0.request_id);
        let details = *self.0;
        let status =
            StatusCode::from_u16(details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&details).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        let problem_json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, problem_json);
        if let Some(seconds) = details.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer realm=\"jifen\"");
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

impl IntoResponse for Problem {
    /// The status, and the problem itself for the middleware to write.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status);
        let mut response = status
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            .into_response();
        response.extensions_mut().insert(self);
        response
    }
}
