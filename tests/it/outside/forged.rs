//! Tokens that are not to be believed, from a provider of the test's own that says whatever it is told to.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ledger::clock::Clock;
use ring::digest::{SHA256, SHA512, digest};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::Answer;
use tests::on_both;
use tests::server::Server;
use tests::story::Story;

use super::browser::{Browser, parameter, serve};
use super::{PHONE, member_with};
use tests::listener::{Heard, Listener};

const ACCESS: &str = "an access token";

/// What the provider says next.
#[derive(Clone)]
pub struct Plan {
    pub issuer: String,
    /// Changes what a good token says.
    pub claims: Value,
    header: Value,
    /// Of the key that signs; keys of 1 and those in `shown` are in the set.
    key: u8,
    shown: Vec<u8>,
    /// Flips a bit of the signature.
    broken: bool,
    /// Of the browser that set out last.
    challenge: String,
    nonce: String,
}

fn key(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn kid(seed: u8) -> String {
    format!("key-{seed}")
}

/// The left half of a hash, as tokens tell it.
fn at_hash(token: &str) -> String {
    let hash = digest(&SHA512, token.as_bytes());
    BASE64.encode(&hash.as_ref()[..32])
}

impl Plan {
    fn answer(&self, heard: &Heard) -> (u16, String) {
        let said = match heard.path.as_str() {
            "/.well-known/openid-configuration" => json!({
                "issuer": self.issuer,
                "authorization_endpoint": format!("{}/authorize", self.issuer),
                "token_endpoint": format!("{}/token", self.issuer),
                "userinfo_endpoint": format!("{}/userinfo", self.issuer),
                "jwks_uri": format!("{}/jwks", self.issuer),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["EdDSA"],
            }),
            "/jwks" => {
                let key = |seed: &u8| {
                    json!({
                        "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid(*seed),
                        "x": BASE64.encode(key(*seed).public_key().as_ref()),
                    })
                };
                json!({ "keys": self.shown.iter().map(key).collect::<Vec<_>>() })
            }
            "/token" => {
                let verifier = parameter(&format!("?{}", heard.body), "code_verifier");
                let shown = BASE64.encode(digest(&SHA256, verifier.as_bytes()));
                if shown != self.challenge {
                    return (400, json!({ "error": "invalid_grant" }).to_string());
                }
                json!({ "access_token": ACCESS, "token_type": "Bearer", "id_token": self.token() })
            }
            "/userinfo" => {
                let sub = self.claims["sub"].as_str().unwrap_or("rider");
                json!({ "sub": sub, "phone_number": "+8613912345678", "phone_number_verified": true })
            }
            _ => return (404, "{}".to_owned()),
        };
        (200, said.to_string())
    }

    fn token(&self) -> String {
        let now = Clock::System.now().as_micros() / 1_000_000;
        let mut header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": kid(self.key) });
        let mut claims = json!({
            "iss": self.issuer, "aud": "jifen", "sub": "rider", "iat": now, "exp": now + 300,
            "nonce": self.nonce, "at_hash": at_hash(ACCESS),
        });
        for (into, from) in [(&mut header, &self.header), (&mut claims, &self.claims)] {
            for (name, value) in from.as_object().into_iter().flatten() {
                into[name] = match name.as_str() {
                    "exp" => json!(now + value.as_i64().unwrap()),
                    _ => value.clone(),
                };
            }
        }
        let signed = format!(
            "{}.{}",
            BASE64.encode(header.to_string()),
            BASE64.encode(claims.to_string())
        );
        let signature = key(self.key).sign(signed.as_bytes());
        let mut signature = signature.as_ref().to_vec();
        signature[7] ^= u8::from(self.broken);
        format!("{signed}.{}", BASE64.encode(signature))
    }
}

/// A provider, and what it says.
pub async fn provider() -> (Listener, Arc<Mutex<Plan>>) {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plan = Plan {
        issuer: format!("http://{}", socket.local_addr().unwrap()),
        claims: json!({}),
        header: json!({}),
        key: 1,
        shown: vec![1],
        broken: false,
        challenge: String::new(),
        nonce: String::new(),
    };
    let plan = Arc::new(Mutex::new(plan));
    let says = Arc::clone(&plan);
    let listener = Listener::over(socket, move |heard| says.lock().unwrap().answer(heard));
    (listener, plan)
}

/// A member has come in through a provider once: the provider, what it says, the server, and the browser.
async fn begin(db: &Database) -> (Story, Listener, Arc<Mutex<Plan>>, Server, Browser) {
    let story = Story::begin(db).await;
    member_with(&story, PHONE).await;
    let (listener, plan) = provider().await;
    // The phone is told by the provider's other address alone.
    let more = "phone_claim = \"phone_number\"";
    let server = serve(db, &story, &listener.url, more).await;
    let mut browser = Browser::new(&server, &story);
    assert_eq!(round(&mut browser, &plan, |_| {}).await, 303);
    (story, listener, plan, server, browser)
}

/// Sets out, has the provider say this, and comes back.
pub async fn visit(
    browser: &mut Browser,
    plan: &Mutex<Plan>,
    say: impl FnOnce(&mut Plan),
) -> Answer {
    let address = browser.set_out().await;
    {
        let mut plan = plan.lock().unwrap();
        plan.challenge = parameter(&address, "code_challenge");
        plan.nonce = parameter(&address, "nonce");
        say(&mut plan);
    }
    let state = parameter(&address, "state");
    browser.come_back(&format!("?code=abc&state={state}")).await
}

async fn round(browser: &mut Browser, plan: &Mutex<Plan>, say: impl FnOnce(&mut Plan)) -> u16 {
    visit(browser, plan, say).await.status
}

on_both! {
    async fn a_token_that_is_not_right_in_all_lets_nobody_in(db: Database) {
        let (story, _listener, plan, server, browser) = begin(&db).await;
        assert!(browser.cookies.contains_key("jifen"), "a session");
        let good = plan.lock().unwrap().clone();
        type Change = fn(&mut Plan);
        let changes: [(&str, Change); 11] = [
            ("another nonce", |plan| plan.claims = json!({ "nonce": "of another visit" })),
            ("no nonce", |plan| plan.claims = json!({ "nonce": null })),
            ("another issuer", |plan| plan.claims = json!({ "iss": "http://127.0.0.1:1" })),
            ("for somebody else", |plan| plan.claims = json!({ "aud": "another" })),
            ("for others too", |plan| plan.claims = json!({ "aud": ["jifen", "another"] })),
            ("expired", |plan| plan.claims = json!({ "exp": -1 })),
            ("another access token", |plan| plan.claims = json!({ "at_hash": at_hash("another") })),
            ("a broken signature", |plan| plan.broken = true),
            ("another's key under a known name", |plan| {
                plan.key = 9;
                plan.header = json!({ "kid": kid(1) });
            }),
            ("no signature", |plan| plan.header = json!({ "alg": "none" })),
            ("a wrong verifier", |plan| plan.challenge = "another".to_owned()),
        ];
        for (what, change) in changes {
            let mut browser = Browser::new(&server, &story);
            let status = round(&mut browser, &plan, |plan| {
                let (challenge, nonce) = (plan.challenge.clone(), plan.nonce.clone());
                *plan = Plan { challenge, nonce, ..good.clone() };
                change(plan);
            }).await;
            assert_eq!(status, 502, "{what}");
            assert!(!browser.cookies.contains_key("jifen"), "{what}");
        }
        let log = server.stderr();
        assert!(log.contains("a log-in through a provider failed"), "{log}");
        for said in [ACCESS, "eyJ", "13912345678", "of the city"] {
            assert!(!log.contains(said), "{said} is in the log: {log}");
        }
    }

    async fn a_provider_changes_its_keys(db: Database) {
        let (_story, listener, plan, _server, mut browser) = begin(&db).await;
        let asked = || listener.heard().iter().filter(|heard| heard.path == "/jwks").count();
        assert_eq!(asked(), 1);
        let status = round(&mut browser, &plan, |plan| {
            plan.key = 2;
            plan.shown = vec![1, 2];
        }).await;
        assert_eq!((status, asked()), (303, 2), "the new key is asked for");
        for _ in 0..3 {
            assert_eq!(round(&mut browser, &plan, |plan| plan.key = 3).await, 502);
        }
        assert_eq!(asked(), 2, "and not again for every token of a key that nobody knows");
        let found = listener.heard().iter().filter(|heard| heard.path.contains("well-known")).count();
        assert_eq!(found, 1, "what it says of itself is remembered");
    }
}
