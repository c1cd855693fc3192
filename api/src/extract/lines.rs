//! A body that is a list, each line of it read and validated for itself.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use serde_json::Value;
use validator::Validate;

use super::body::{is_json, of_type, validated};
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// The most lines.
const MOST: usize = 1_000;
/// How much larger than another body a list may be.
pub(super) const TIMES_THE_LIMIT: usize = 4;

/// A line, or what is wrong with it.
pub type Line<T> = Result<T, Problem>;

/// A list of 1 to 1,000 objects, each of this type and valid or not.
#[derive(Clone, Debug)]
pub struct Lines<T>(pub Vec<Line<T>>);

impl<T: DeserializeOwned + Validate> FromRequest<App> for Lines<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        is_json(request.headers())?;
        let limit = app.limits.body.saturating_mul(TIMES_THE_LIMIT);
        let bytes = to_bytes(request.into_body(), limit).await;
        let bytes = bytes.map_err(|_| {
            let detail = "the body is larger than is taken, or ended early";
            Problem::new(Code::PayloadTooLarge, detail)
        })?;
        let body: Value = serde_json::from_slice(&bytes)
            .map_err(|error| Problem::new(Code::MalformedJson, error.to_string()))?;
        let lines = objects(body)?.into_iter().enumerate();
        Ok(Self(lines.map(|(index, line)| read(index, line)).collect()))
    }
}

/// What is no list of objects is wrong as a whole.
fn objects(body: Value) -> Result<Vec<Value>, Problem> {
    let wrong = |pointer: String, message: &str| {
        let item = FieldError::new(pointer, "type", message);
        Problem::new(Code::InvalidBody, "the body is not as it should be").with_errors(vec![item])
    };
    let Value::Array(lines) = body else {
        return Err(wrong(String::new(), "expected a list of objects"));
    };
    if lines.is_empty() || lines.len() > MOST {
        let expected = format!("expected 1 to {MOST} lines, found {}", lines.len());
        return Err(wrong(String::new(), &expected));
    }
    match lines.iter().position(|line| !line.is_object()) {
        Some(index) => Err(wrong(format!("/{index}"), "expected an object")),
        None => Ok(lines),
    }
}

fn read<T: DeserializeOwned + Validate>(index: usize, line: Value) -> Line<T> {
    let read = of_type(line).and_then(validated);
    read.map_err(|problem: Problem| problem.under(&format!("/{index}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(body: Value) -> Value {
        serde_json::to_value(objects(body).expect_err("no list of objects").details())
            .expect("json")
    }

    #[test]
    fn a_list_of_objects_is_taken_and_nothing_else() {
        assert_eq!(objects(json!([{}, {}])).expect("two lines").len(), 2);
        assert_eq!(told(json!({}))["errors"][0]["pointer"], "");
        assert_eq!(told(json!([]))["code"], "invalid_body");
        assert_eq!(told(json!([{}, 7]))["errors"][0]["pointer"], "/1");
        assert_eq!(told(vec![json!({}); MOST + 1].into())["status"], 422);
    }
}
