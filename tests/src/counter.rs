//! Somebody at a store's counter, who has logged in.

use hyper::Method;
use hyper::body::Bytes;
use ledger::clock::Clock;
use ledger::community::totp_at;
use serde_json::{Value, json};

use crate::http::{Answer, Client, ok};

/// See the module.
#[derive(Clone, Debug)]
pub struct AtCounter {
    pub client: Client,
    /// What their browser sends along.
    pub cookie: String,
    /// What their requests say besides.
    pub csrf: String,
}

/// What a base32 text stands for.
///
/// # Panics
/// When it is none.
pub fn bytes_of(secret: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bits = 0_u32;
    let mut held = 0;
    let mut bytes = Vec::new();
    for letter in secret.bytes() {
        let value = LETTERS.iter().position(|of| *of == letter).unwrap();
        bits = bits << 5 | u32::try_from(value).unwrap();
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    bytes
}

impl AtCounter {
    /// Follows an invitation to a programme, and logs in.
    ///
    /// # Panics
    /// When either is refused.
    pub async fn invited(base_url: &str, program: &str, invitation: &str) -> Self {
        const PASSWORD: &str = "correct horse battery";
        let client = Client::anonymous(base_url);
        let post = async |path: &str, status: u16, body: Value| {
            ok(client.post(path, None, &body).await.unwrap(), status)
        };
        let looked = json!({ "invitation": invitation });
        let offer = post("/v1/logins/offer", 200, looked).await;
        let secret = &offer["secret"];
        let code = totp_at(&bytes_of(secret.as_str().unwrap()), Clock::System.now());
        let choice = json!({ "invitation": invitation, "password": PASSWORD, "secret": secret, "code": code });
        let accepted = post("/v1/logins/accept", 200, choice).await;
        let first = json!({ "program": program, "handle": offer["handle"], "password": PASSWORD });
        let pending = post("/v1/sessions", 202, first).await;
        let second = json!({
            "program": program, "pending": pending["pending"], "code": accepted["recovery_codes"][0],
        });
        let opened = client.post("/v1/sessions/code", None, &second).await;
        let opened = opened.unwrap();
        let cookie = opened.header("set-cookie").expect(&opened.text);
        Self {
            cookie: cookie.split(';').next().unwrap_or_default().to_owned(),
            csrf: opened.body["csrf"].as_str().unwrap().to_owned(),
            client,
        }
    }

    /// POST of JSON under a key.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
            ("cookie", &self.cookie),
            ("x-csrf-token", &self.csrf),
        ];
        let body = Bytes::from(body.to_string());
        let sent = self.client.send(Method::POST, path, &headers, body);
        sent.await.unwrap()
    }

    /// GET.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> Answer {
        let headers = [("cookie", self.cookie.as_str())];
        let sent = self.client.send(Method::GET, path, &headers, Bytes::new());
        sent.await.unwrap()
    }

    /// A form on a page.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn form(&self, path: &str, form: &str) -> Answer {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
            ("cookie", self.cookie.as_str()),
        ];
        let body = Bytes::from(format!("csrf={}&{form}", self.csrf));
        let sent = self.client.send(Method::POST, path, &headers, body);
        sent.await.unwrap()
    }

    /// Charges whole points at their own store.
    pub async fn charge(&self, key: &str, code: &str, points: i64) -> Answer {
        let body = json!({ "code": code, "points": points.to_string() });
        self.post("/v1/redemptions", key, &body).await
    }
}
