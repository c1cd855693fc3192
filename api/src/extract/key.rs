//! The `Idempotency-Key` header.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::problem::{Code, Problem};

const NAME: &str = "idempotency-key";
const LONGEST: usize = 255;

/// The caller's name for a request, so that a repetition has no second effect.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(pub String);

impl IdempotencyKey {
    /// A key as text, from wherever it comes.
    pub fn try_new(text: &str) -> Result<Self, Problem> {
        let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if printable && (1..=LONGEST).contains(&text.len()) {
            return Ok(Self(text.to_owned()));
        }
        let detail = format!("expected 1 to {LONGEST} printable ASCII characters");
        Err(Problem::new(Code::IdempotencyKeyInvalid, detail))
    }

    fn of(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let Some(value) = headers.get(NAME) else {
            return Ok(None);
        };
        Self::try_new(value.to_str().unwrap_or_default()).map(Some)
    }
}

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let missing = "send a key of your choice in the Idempotency-Key header";
        Self::of(&parts.headers)?.ok_or_else(|| Problem::new(Code::IdempotencyKeyMissing, missing))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        Self::of(&parts.headers)
    }
}

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(LONGEST));
        let description = "The caller's name for this request. The same key and body have one effect and the same answer, for \
            ever; the same key with another body is refused (422).";
        vec![
            ParameterBuilder::new()
                .name("Idempotency-Key")
                .parameter_in(ParameterIn::Header)
                .required(Required::True)
                .description(Some(description))
                .schema(Some(text))
                .build(),
        ]
    }
}
