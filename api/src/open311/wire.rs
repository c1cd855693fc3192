//! What goes over the wire: the same facts as XML and as JSON, and the format's own errors.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use crate::problem::Problem;

/// How a client wants to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Which every server has to speak.
    Xml,
    /// The usual one.
    Json,
}

impl Format {
    /// What stands before the last dot, and the format behind it; XML of what has none of the two.
    pub fn of(file: &str) -> (&str, Option<Self>) {
        match file.rsplit_once('.') {
            Some((name, "xml")) => (name, Some(Self::Xml)),
            Some((name, "json")) => (name, Some(Self::Json)),
            _ => (file, None),
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// What is answered: a list, and what its elements are called.
pub struct List<T> {
    /// The root element.
    pub root: &'static str,
    /// Each element in it.
    pub item: &'static str,
    /// What there is.
    pub items: Vec<T>,
}

/// Something that can be told in both formats.
pub trait Told {
    /// As JSON.
    fn json(&self) -> Option<String>;
    /// As XML, without its declaration.
    fn xml(&self) -> Option<String>;
}

impl<T: Serialize> Told for List<T> {
    fn json(&self) -> Option<String> {
        serde_json::to_string(&self.items).ok()
    }

    fn xml(&self) -> Option<String> {
        let items = self.items.iter();
        let items: Option<String> = items.map(|item| element(self.item, item)).collect();
        Some(format!("<{0}>{1}</{0}>", self.root, items?))
    }
}

/// One element.
pub fn element(name: &str, value: &impl Serialize) -> Option<String> {
    quick_xml::se::to_string_with_root(name, value).ok()
}

/// What is answered in the format that was asked for.
pub fn answer<T: Told>(format: Format, told: Result<T, Fault>) -> Response {
    match told {
        Ok(told) => write(format, StatusCode::OK, &told),
        Err(fault) => fault.written(format),
    }
}

fn write(format: Format, status: StatusCode, told: &impl Told) -> Response {
    let text = match format {
        Format::Json => told.json(),
        Format::Xml => told.xml().map(|body| {
            format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{}",
                clean(body)
            )
        }),
    };
    match text {
        Some(text) => {
            let headers = [
                (header::CONTENT_TYPE, format.media_type()),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (status, headers, text).into_response()
        }
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Without the control characters that no XML document may hold.
fn clean(text: String) -> String {
    let forbidden = |c: char| {
        c.is_control() && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    match text.contains(forbidden) {
        true => text.replace(forbidden, ""),
        false => text,
    }
}

/// What goes wrong, as this protocol tells it.
#[derive(Clone, Debug)]
pub struct Fault {
    status: StatusCode,
    description: String,
    /// In seconds.
    retry_after: Option<u32>,
}

#[derive(Serialize)]
struct Error {
    code: String,
    description: String,
}

impl Fault {
    fn new(status: StatusCode, description: impl Into<String>) -> Self {
        Self {
            status,
            description: description.into(),
            retry_after: None,
        }
    }

    /// 400: something is missing or cannot be read.
    pub fn bad(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, description)
    }

    /// 403: without a key, or with one that does not let them.
    pub fn forbidden(description: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, description)
    }

    /// 404.
    pub fn not_found(description: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, description)
    }

    /// Of an address whose format is neither.
    pub fn no_format() -> Self {
        Self::not_found("the address ends in .json or .xml")
    }

    /// As it is answered.
    pub fn written(self, format: Format) -> Response {
        let told = List {
            root: "errors",
            item: "error",
            items: vec![Error {
                code: self.status.as_u16().to_string(),
                description: self.description,
            }],
        };
        let mut response = write(format, self.status, &told);
        if let Some(seconds) = self.retry_after {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Ours in theirs: they know no 401 and no 422.
impl From<Problem> for Fault {
    fn from(mut problem: Problem) -> Self {
        if let Some(cause) = problem.take_cause() {
            tracing::error!(cause, "a report could not be taken");
        }
        let retry_after = problem.retry_after();
        let details = problem.details();
        let status = match details.status() {
            401 => StatusCode::FORBIDDEN,
            422 => StatusCode::BAD_REQUEST,
            status => StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        };
        Self {
            retry_after,
            ..Self::new(status, details.told())
        }
    }
}

impl From<ledger::StoreError> for Fault {
    fn from(error: ledger::StoreError) -> Self {
        Problem::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_writes_stays_words() {
        let told = List {
            root: "errors",
            item: "error",
            items: vec![Error {
                code: "400".to_owned(),
                description: "a < b & \"c\" ]]> <!-- \u{1}\u{0}".to_owned(),
            }],
        };
        let xml = clean(told.xml().expect("XML"));
        assert!(xml.starts_with("<errors><error><code>400</code><description>a &lt; b &amp; "));
        assert!(!xml.contains('\u{1}') && !xml.contains('\u{0}'));
        assert_eq!(told.json().expect("JSON").matches("\\u0001").count(), 1);
    }

    #[test]
    fn the_format_is_behind_the_last_dot() {
        assert_eq!(Format::of("services.xml"), ("services", Some(Format::Xml)));
        assert_eq!(Format::of("a.b.json"), ("a.b", Some(Format::Json)));
        assert_eq!(Format::of("services"), ("services", None));
        assert_eq!(Format::of("services.html"), ("services.html", None));
    }
}
