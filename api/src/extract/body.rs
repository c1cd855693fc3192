//! JSON bodies: read, then validated.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use ledger::points::Points;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::problem::{Code, FieldError, Problem};

/// A body that is JSON, of this type, and valid.
#[derive(Clone, Copy, Debug)]
pub struct ValidatedJson<T>(pub T);

impl<T: DeserializeOwned + Validate, S: Send + Sync> FromRequest<S> for ValidatedJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        is_json(request.headers())?;
        let bytes =
            Bytes::from_request(request, state)
                .await
                .map_err(|rejection| match rejection.into_response().status() {
                    StatusCode::PAYLOAD_TOO_LARGE => {
                        Problem::new(Code::PayloadTooLarge, "the body is larger than is taken")
                    }
                    _ => Problem::new(Code::MalformedJson, "the body could not be read to its end"),
                })?;
        validated(read(&bytes)?).map(Self)
    }
}

/// The value, if it is valid.
pub(super) fn validated<T: Validate>(value: T) -> Result<T, Problem> {
    value.validate().map_err(|errors| invalid(&errors))?;
    Ok(value)
}

/// Whether the body says that it is JSON.
pub(super) fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = text.split(';').next().unwrap_or("").trim();
    if essence.eq_ignore_ascii_case("application/json") || essence.ends_with("+json") {
        return Ok(());
    }
    let detail = "send Content-Type: application/json";
    Err(Problem::new(Code::UnsupportedMediaType, detail))
}

/// Read plainly first: finding where something is wrong costs more, and is paid for only then.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).or_else(|_| {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| Problem::new(Code::MalformedJson, error.to_string()))?;
        of_type(value)
    })
}

/// JSON as this type, or where it is of another.
pub(super) fn of_type<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let message = discreet(&error.inner().to_string());
        let item = FieldError::new(pointer(error.path()), "type", message);
        Problem::new(Code::InvalidBody, "the body is not as it should be").with_errors(vec![item])
    })
}

/// Serde repeats what it found, which may be a phone or a name: only its type is told, and of a field or choice that is not known its name
/// where that is a word of ours.
fn discreet(message: &str) -> String {
    for what in ["unknown field", "unknown variant"] {
        let named = message
            .strip_prefix(what)
            .and_then(|m| m.strip_prefix(" `"));
        // The last of these marks is serde's own; what was sent may hold others.
        if let Some((name, expected)) = named.and_then(|named| named.rsplit_once("`, expected "))
            && !is_word(name)
        {
            return format!("{what}, expected {expected}");
        }
    }
    match message.rsplit_once(", expected ") {
        Some((found, expected)) if found.starts_with("invalid ") => {
            let kind = found.split(['`', '"']).next().unwrap_or(found);
            format!("{}, expected {expected}", kind.trim_end())
        }
        _ => message.to_owned(),
    }
}

/// As a JSON pointer (RFC 6901).
fn pointer(path: &Path) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => text.push_str(&format!("/{index}")),
            Segment::Map { key } => text.push_str(&escaped(key)),
            Segment::Enum { variant } => text.push_str(&escaped(variant)),
            Segment::Unknown => {}
        }
    }
    text
}

/// As fields are named; a name or a number is none.
fn is_word(key: &str) -> bool {
    key.len() <= 64
        && key.starts_with(|first: char| first.is_ascii_alphabetic())
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-./~".contains(&byte))
}

fn escaped(key: &str) -> String {
    let key = if is_word(key) { key } else { "?" };
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn invalid(errors: &ValidationErrors) -> Problem {
    let mut items = Vec::new();
    collect(errors, "", &mut items);
    items.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    Problem::new(Code::InvalidBody, "the body is not as it should be").with_errors(items)
}

/// One item per field: the first thing that is wrong with it.
fn collect(errors: &ValidationErrors, above: &str, items: &mut Vec<FieldError>) {
    for (field, kind) in errors.errors() {
        let pointer = format!("{above}{}", escaped(field));
        match kind {
            ValidationErrorsKind::Struct(inner) => collect(inner, &pointer, items),
            ValidationErrorsKind::List(list) => {
                for (index, inner) in list {
                    collect(inner, &format!("{pointer}/{index}"), items);
                }
            }
            ValidationErrorsKind::Field(errors) => {
                items.extend(errors.first().map(|error| item(pointer, error)));
            }
        }
    }
}

fn item(pointer: String, error: &ValidationError) -> FieldError {
    let message = match &error.message {
        Some(message) => message.to_string(),
        None => format!("does not satisfy {}", error.code),
    };
    FieldError::new(pointer, &error.code, message)
}

/// For fields that hold an amount above zero.
pub fn positive(points: &Points) -> Result<(), ValidationError> {
    if points.is_positive() {
        return Ok(());
    }
    let error = ValidationError::new("positive");
    Err(error.with_message(Cow::Borrowed("must be above zero")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        #[expect(dead_code, reason = "only read")]
        deed: Deed,
    }

    #[derive(Debug, Deserialize)]
    struct Deed {
        #[expect(dead_code, reason = "only read")]
        minutes: u8,
    }

    fn told(text: &str) -> serde_json::Value {
        let problem = read::<Body>(text.as_bytes()).expect_err(text);
        serde_json::to_value(problem.details()).expect("json")
    }

    #[test]
    fn what_is_no_json_and_what_is_no_body_differ() {
        assert_eq!(told("{\"deed\":")["code"], "malformed_json");
        let wrong = told("{\"deed\":{\"minutes\":\"x\"}}");
        assert_eq!(wrong["code"], "invalid_body");
        assert_eq!(wrong["errors"][0]["pointer"], "/deed/minutes");
        let unknown = told("{\"deed\":{\"minutes\":1},\"a/b\":1}");
        assert_eq!(unknown["errors"][0]["pointer"], "/a~1b");
        for said in ["赵立军", "13800000000", "赵` or `立军", "x`, expected `赵"] {
            let key = serde_json::Value::from(said);
            let unknown = told(&format!("{{\"deed\":{{\"minutes\":1}},{key}:1}}"));
            assert_eq!(unknown["errors"][0]["pointer"], "/?");
            let all = unknown.to_string();
            assert!(
                !all.contains("赵") && !all.contains("138") && all.contains("expected `deed`"),
                "{all}"
            );
        }
    }
}
