//! How a code gets to a phone: an operator's HTTP gateway, or in the demo the log.
//!
//! Nothing here says a phone or a code in an error or a log line, the demo's own line aside.

use std::path::Path;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use ledger::community::personal::Phone;
use ledger::community::{CodeFor, LoginCode};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::config;

/// How many messages are on their way at a time.
const AT_ONCE: usize = 16;

/// See the module.
#[derive(Debug)]
pub struct Gateway {
    text: String,
    way: Way,
    /// Who waits longer than a code lives is not sent one.
    turns: Semaphore,
}

#[derive(Debug)]
enum Way {
    /// Asked by POST.
    Http(Box<Http>),
    /// The demo's.
    Log,
}

#[derive(Debug)]
struct Http {
    client: reqwest::Client,
    url: reqwest::Url,
    body: Value,
    headers: HeaderMap,
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
enum Undelivered {
    #[error("the gateway cannot be reached: {0}")]
    Unreachable(reqwest::Error),
    #[error("the gateway did not answer: {0}")]
    Unanswered(reqwest::Error),
    #[error("the gateway answered {0}")]
    Refused(StatusCode),
}

impl Gateway {
    /// The demo's: a code stands in the log.
    pub fn log(text: &str) -> Self {
        Self::by(Way::Log, text)
    }

    /// One that is asked over HTTP.
    pub fn over_http(url: &str, given: &config::Outside) -> Result<Self, String> {
        let url: reqwest::Url = url
            .parse()
            .map_err(|error| format!("--sms-url cannot be read: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("--sms-url begins with https:// or http://".to_owned());
        }
        let http = Http {
            client: super::http_client(Duration::from_secs(given.sms_timeout))?,
            url,
            body: template(&given.sms_body)?,
            headers: headers(given.sms_headers_file.as_deref())?,
        };
        if !given.sms_text.contains("{code}") {
            return Err("--sms-text has to say {code}".to_owned());
        }
        let way = Way::Http(Box::new(http));
        Ok(Self::by(way, &given.sms_text))
    }

    fn by(way: Way, text: &str) -> Self {
        Self {
            text: text.to_owned(),
            way,
            turns: Semaphore::new(AT_ONCE),
        }
    }

    /// Sends a code. What goes wrong is logged, because nobody waits for it.
    pub async fn send(&self, program: &str, purpose: CodeFor, phone: &Phone, code: &LoginCode) {
        let life = Duration::from_secs(LoginCode::LIFE_SECONDS.unsigned_abs());
        let Ok(Ok(_turn)) = tokio::time::timeout(life, self.turns.acquire()).await else {
            tracing::warn!("a code was not sent: too many were waiting");
            return;
        };
        let text = self.text.replace("{program}", program);
        let text = text.replace("{purpose}", word(purpose));
        let text = text.replace("{code}", code.as_str());
        match &self.way {
            Way::Log => {
                let (phone, code) = (phone.as_str(), code.as_str());
                tracing::info!(target: "sms", phone, code, "the demo sends no messages: this is the code");
            }
            Way::Http(http) => {
                if let Err(error) = http.post(phone, purpose, code, &text).await {
                    tracing::warn!(%error, "a code was not sent");
                }
            }
        }
    }
}

/// What a code is for, as its message says it: whoever asks for it by telephone asks for something.
const fn word(purpose: CodeFor) -> &'static str {
    match purpose {
        CodeFor::LogIn => "登录",
        CodeFor::Joining(_) => "报到",
        CodeFor::Change(_) => "更换手机号",
        CodeFor::Objecting(_) => "公示异议",
    }
}

impl Http {
    /// Tries again once where it was not even reached, so that nobody gets a message twice.
    async fn post(
        &self,
        phone: &Phone,
        purpose: CodeFor,
        code: &LoginCode,
        text: &str,
    ) -> Result<(), Undelivered> {
        // What is filled in is never looked through for marks: the text comes last.
        let marks = [
            ("{phone}", phone.as_str()),
            ("{code}", code.as_str()),
            ("{purpose}", word(purpose)),
            ("{text}", text),
        ];
        let body = filled(&self.body, &marks);
        let once = || async {
            let request = self
                .client
                .post(self.url.clone())
                .headers(self.headers.clone())
                .body(body.to_string());
            // The address may hold a secret.
            let sent = request.send().await.map_err(reqwest::Error::without_url);
            match sent {
                Ok(answer) if answer.status().is_success() => Ok(()),
                Ok(answer) => Err(Undelivered::Refused(answer.status())),
                Err(error) if error.is_connect() => Err(Undelivered::Unreachable(error)),
                Err(error) => Err(Undelivered::Unanswered(error)),
            }
        };
        match once().await {
            Err(Undelivered::Unreachable(_)) => once().await,
            sent => sent,
        }
    }
}

/// The body as JSON, so that what is filled in cannot be taken for anything else.
fn template(text: &str) -> Result<Value, String> {
    let body: Value = serde_json::from_str(text).map_err(|error| {
        format!("--sms-body is no JSON: {error}; {{phone}}, {{text}} and {{code}} stand within texts, as in \"{{code}}\"")
    })?;
    let whole = body.to_string();
    if whole.contains("{phone}") && (whole.contains("{text}") || whole.contains("{code}")) {
        return Ok(body);
    }
    Err("--sms-body has to say {phone}, and {text} or {code}".to_owned())
}

/// The same with its texts filled in.
fn filled(body: &Value, marks: &[(&str, &str)]) -> Value {
    match body {
        Value::String(said) => {
            let fill = |said: String, (mark, text): &(&str, &str)| said.replace(mark, text);
            Value::String(marks.iter().fold(said.clone(), fill))
        }
        Value::Array(parts) => parts.iter().map(|part| filled(part, marks)).collect(),
        Value::Object(parts) => {
            let parts = parts.iter();
            let parts = parts.map(|(name, part)| (name.clone(), filled(part, marks)));
            Value::Object(parts.collect())
        }
        other => other.clone(),
    }
}

/// From a file, or from the environment. Errors name lines, never what stands in them.
fn headers(file: Option<&Path>) -> Result<HeaderMap, String> {
    const VARIABLE: &str = "JIFEN_SMS_HEADERS";
    let (from, text) = match (file, std::env::var(VARIABLE)) {
        (Some(_), Ok(_)) => {
            return Err(format!(
                "both --sms-headers-file and {VARIABLE} are given: give one of them"
            ));
        }
        (Some(file), Err(_)) => {
            let name = file.display().to_string();
            let text = std::fs::read_to_string(file);
            let text = text.map_err(|error| format!("cannot read {name}: {error}"))?;
            (name, text)
        }
        (None, Ok(text)) => (VARIABLE.to_owned(), text),
        (None, Err(_)) => (VARIABLE.to_owned(), String::new()),
    };
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, mut value) = header(line)
            .ok_or_else(|| format!("{from}: line {}: expected `Name: value`", index + 1))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    Some((name.trim().parse().ok()?, value.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_stays_text() {
        let body = template(
            r#"{"to": ["{phone}"], "says": "{text}", "n": 1, "{phone}": "{code} {purpose}"}"#,
        )
        .expect("a body");
        let text = "\"{phone}\"\n\\";
        let marks = [
            ("{phone}", "+861"),
            ("{code}", "012345"),
            ("{purpose}", "报到"),
            ("{text}", text),
        ];
        let filled = filled(&body, &marks);
        let expected = serde_json::json!({
            "to": ["+861"], "says": "\"{phone}\"\n\\", "n": 1, "{phone}": "012345 报到",
        });
        assert_eq!(filled, expected);
    }

    #[test]
    fn a_body_says_where_the_code_goes() {
        for (wrong, why) in [
            (r#"{"code": {code}}"#, "is no JSON"),
            (r#"{"phone": "{phone}"}"#, "has to say"),
            (r#"{"text": "{text}"}"#, "has to say"),
        ] {
            assert!(template(wrong).expect_err(wrong).contains(why), "{wrong}");
        }
    }

    #[test]
    fn a_header_has_a_name_and_a_value() {
        let (name, value) = header("X-Key:  a: b ").expect("a header");
        assert_eq!(name.as_str(), "x-key");
        assert_eq!(value.as_bytes(), b"a: b");
        for wrong in ["", "X-Key", "X Key: a", ": a", "a: \u{7f}"] {
            assert!(header(wrong).is_none(), "{wrong}");
        }
    }
}
