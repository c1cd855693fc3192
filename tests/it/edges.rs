//! What stands between the network and the routes: limits, headers, connections, TLS.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Method;
use hyper::body::Bytes;
use ledger::Known;
use ledger::community::{Role, Way};
use ledger::views::TrailFilter;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use tests::backend::{Backend, Database};
use tests::browser::csrf;
use tests::http::{Answer, Client};
use tests::on_both;
use tests::server::Server;
use tests::story::Story;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::login::opened_ago;

fn code(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["code"].as_str().unwrap_or(""))
}

fn seconds(answer: &Answer) -> u32 {
    let header = answer.header("retry-after").expect("Retry-After");
    header.parse().expect("seconds")
}

async fn with(db: &Database, arguments: &[&str]) -> Server {
    Server::start_with(&db.url, |serve| {
        serve.args(arguments);
    })
    .await
}

async fn get(client: &Client, path: &str) -> Answer {
    client.get(path).await.unwrap()
}

/// `HOST:PORT`.
fn authority(server: &Server) -> &str {
    let (_, authority) = server.base_url().split_once("://").expect("a URL");
    authority
}

async fn dial(server: &Server) -> TcpStream {
    TcpStream::connect(authority(server)).await.unwrap()
}

/// Sends a text and reads until the other side closes, or for some seconds.
async fn raw(mut stream: impl AsyncRead + AsyncWrite + Unpin, text: &str) -> String {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    let listen = stream.read_to_end(&mut heard);
    let _ = tokio::time::timeout(Duration::from_secs(10), listen).await;
    String::from_utf8_lossy(&heard).into_owned()
}

const ASK: &str = "GET /health/live HTTP/1.1\r\nhost: jifen\r\nconnection: close\r\n\r\n";

on_both! {
    async fn a_key_sends_as_many_requests_as_it_may(db: Database) {
        let story = Story::begin(&db).await;
        let server = with(&db, &["--limit-key", "3"]).await;
        let [one, other] = [story.token(Role::Admin, None).await, story.token(Role::Auditor, None).await]
            .map(|token| Client::new(server.base_url(), &token));
        for left in ["2", "1", "0"] {
            let answer = get(&one, "/v1/budgets").await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("ratelimit-policy"), Some("\"key\";q=3;w=60"));
            let level = answer.header("ratelimit").unwrap();
            assert!(level.starts_with(&format!("\"key\";r={left};t=")), "{level}");
        }
        let refused = get(&one, "/v1/budgets").await;
        assert_eq!(code(&refused), (429, "too_many_requests"));
        assert_eq!(refused.header("content-type"), Some("application/problem+json"));
        assert!((1..=20).contains(&seconds(&refused)));
        assert!(refused.header("ratelimit").unwrap().starts_with("\"key\";r=0;t="));
        // Nothing was done, and another key is another's.
        let refused = one.post("/v1/funders", Some("f"), &json!({ "name": "街道办" })).await.unwrap();
        assert_eq!(refused.status, 429);
        assert_eq!(get(&other, "/v1/budgets").await.status, 200);
        assert_eq!(get(&other, "/v1/funders").await.body, json!([]));
        assert_eq!(get(&one, "/health/live").await.status, 200);
    }

    async fn whoever_is_not_known_is_counted_by_address(db: Database) {
        let story = Story::begin(&db).await;
        let server = with(&db, &["--limit-address", "2", "--limit-failures", "2", "--trusted-proxy", "127.0.0.1"]).await;
        let nobody = Client::anonymous(server.base_url());
        for status in [200, 401, 429] {
            let path = if status == 200 { "/problems" } else { "/v1/budgets" };
            assert_eq!(get(&nobody, path).await.status, status);
        }
        let from = |address: &'static str| [("x-forwarded-for", address)];
        let elsewhere = nobody.send(Method::GET, "/v1/budgets", &from("198.51.100.4"), Bytes::new()).await.unwrap();
        assert_eq!((elsewhere.status, elsewhere.header("ratelimit-policy")), (401, Some("\"address\";q=2;w=60")));
        for _ in 0..9 {
            assert_eq!(get(&nobody, "/health/live").await.status, 200);
        }

        // Wrong keys run out; a right one from the same address is let in.
        let wrong = Client::new(server.base_url(), "jf_wrong");
        let told: Vec<_> = [get(&wrong, "/v1/budgets").await, get(&wrong, "/v1/budgets").await, get(&wrong, "/v1/budgets").await].iter().map(|a| a.status).collect();
        assert_eq!(told, [401, 401, 429]);
        let right = Client::new(server.base_url(), &story.token(Role::Admin, None).await);
        assert_eq!(get(&right, "/v1/budgets").await.status, 200);
    }

    /// On pages, too: who has logged in by their session, whoever made one up by address; and what they change says from where.
    async fn pages_count_and_note_who_asks(db: Database) {
        let story = Story::begin(&db).await;
        let known = Known { role: Role::Member, subject: story.members[0].0, way: Way::Demo };
        let cookie = opened_ago(&db, &story, known, 0).await;
        let server = with(&db, &["--limit-address", "2", "--limit-session", "2"]).await;
        let nobody = Client::anonymous(server.base_url());
        let page = async |cookie: &str, path: &str| {
            let path = format!("/{}/{path}", story.program);
            nobody.send(Method::GET, &path, &[("cookie", cookie)], Bytes::new()).await.unwrap()
        };
        for (path, status) in [("login", 200), ("me", 303), ("login", 429), ("me", 429)] {
            let answer = page("jifen=made-up", path).await;
            assert_eq!(answer.status, status, "{path}");
            assert_eq!(answer.header("retry-after").is_some(), status == 429);
        }
        for status in [200, 200, 429] {
            assert_eq!(page(&cookie, "me").await.status, status);
        }
        let server = Server::start(&db.url).await;
        let nobody = Client::anonymous(server.base_url());
        let mine = format!("/{}/me", story.program);
        let mine = nobody.send(Method::GET, &mine, &[("cookie", &cookie)], Bytes::new()).await.unwrap();
        let form = format!("csrf={}", csrf(&mine));
        let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin"), ("content-type", "application/x-www-form-urlencoded")];
        let left = nobody.send(Method::POST, "/leave", &headers, form.into()).await.unwrap();
        assert_eq!(left.status, 303, "{}", left.text);
        let filter = TrailFilter { limit: 1, operation: Some("access.end".to_owned()), ..TrailFilter::default() };
        let trail = story.ledger.trail(story.program, &filter).await.unwrap();
        assert_eq!(trail.changes[0].address.as_deref(), Some("127.0.0.1"));
    }

    async fn no_limit_and_a_limit_far_away_say_so(db: Database) {
        let story = Story::begin(&db).await;
        let token = story.token(Role::Admin, None).await;
        let unlimited = with(&db, &["--limit-key", "0"]).await;
        let answer = get(&Client::new(unlimited.base_url(), &token), "/v1/budgets").await;
        assert_eq!((answer.status, answer.header("ratelimit")), (200, None));
        let usual = Server::start(&db.url).await;
        let answer = get(&Client::new(usual.base_url(), &token), "/v1/budgets").await;
        assert_eq!(answer.header("ratelimit"), Some("\"key\";r=599999;t=1"));
    }

    async fn wrong_codes_over_http_are_told_when_to_come_again(db: Database) {
        let story = Story::begin(&db).await;
        let server = Server::start(&db.url).await;
        let store = Client::new(server.base_url(), &story.token(Role::Merchant, Some(story.stores[0].0)).await);
        let body = json!({ "code": "000000000000000", "points": "1" });
        for guess in 0..10 {
            let answer = store.post("/v1/redemptions", Some(&format!("g{guess}")), &body).await.unwrap();
            assert_eq!(code(&answer), (422, "invalid_code"));
        }
        let answer = store.post("/v1/redemptions", Some("g10"), &body).await.unwrap();
        assert_eq!(code(&answer), (429, "too_many_guesses"));
        assert!((50..=60).contains(&seconds(&answer)), "{}", seconds(&answer));
    }

    async fn what_is_too_large_or_too_slow_is_told_so(db: Database) {
        let story = Story::begin(&db).await;
        let token = story.token(Role::Admin, None).await;
        let server = with(&db, &["--request-timeout", "1", "--head-timeout", "1", "--body-limit", "1"]).await;
        let admin = Client::new(server.base_url(), &token);
        let large = admin.post("/v1/funders", Some("l"), &json!({ "name": "x".repeat(2_000) })).await.unwrap();
        assert_eq!(code(&large), (413, "payload_too_large"));
        let head = format!("POST /v1/funders HTTP/1.1\r\nhost: jifen\r\nauthorization: Bearer {token}\r\nidempotency-key: s\r\n");
        let body = "content-type: application/json\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{\"name\":";
        let slow = raw(dial(&server).await, &format!("{head}{body}")).await;
        assert!(slow.starts_with("HTTP/1.1 503") && slow.contains("\"code\":\"timeout\""), "{slow}");
        assert!(slow.contains("retry-after: 1"), "{slow}");
        let many: String = (0..100).map(|n| format!("x-{n}: 1\r\n")).collect();
        let many = raw(dial(&server).await, &format!("GET /health/live HTTP/1.1\r\nhost: jifen\r\n{many}\r\n")).await;
        assert!(many.starts_with("HTTP/1.1 431"), "{many}");
        let long = format!("GET /health/live HTTP/1.1\r\nhost: jifen\r\nx-long: {}\r\n\r\n", "x".repeat(200_000));
        let long = raw(dial(&server).await, &long).await;
        assert!(long.starts_with("HTTP/1.1 431") || long.is_empty(), "{long}");
        // A head that does not come to its end, and a connection that rests.
        for text in ["GET /health/live HTTP/1.1\r\nhost", "GET /health/live HTTP/1.1\r\nhost: jifen\r\n\r\n"] {
            let began = Instant::now();
            let heard = raw(dial(&server).await, text).await;
            assert!(began.elapsed() < Duration::from_secs(5), "{text:?} was waited for: {heard}");
        }
        assert_eq!(get(&admin, "/health/live").await.status, 200);
    }

    async fn every_answer_tells_browsers_what_to_leave_alone(db: Database) {
        let story = Story::begin(&db).await;
        let server = with(&db, &["--trusted-proxy", "127.0.0.1"]).await;
        let admin = Client::new(server.base_url(), &story.token(Role::Admin, None).await);
        for path in ["/v1/budgets", "/nothing", "/docs/", "/openapi.json", "/health/live", "/problems"] {
            let answer = get(&admin, path).await;
            let policy = answer.header("content-security-policy").unwrap_or_default();
            assert!(policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
            assert!(!policy.contains("unsafe"), "{path}: {policy}");
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
                ("cross-origin-embedder-policy", "require-corp"),
                ("cache-control", "no-store"),
            ] {
                assert_eq!(answer.header(name), Some(value), "{path}: {name}");
            }
            assert!(answer.header("permissions-policy").unwrap().contains("camera=(self), geolocation=(self)"));
            assert_eq!(answer.header("strict-transport-security"), None);
        }
        let over_tls = admin.send(Method::GET, "/v1/budgets", &[("x-forwarded-proto", "https")], Bytes::new()).await.unwrap();
        assert_eq!(over_tls.header("strict-transport-security"), Some("max-age=31536000"));
        let docs = get(&admin, "/docs/").await;
        assert_eq!(docs.status, 200);
        tests::html::assert_nothing_inline(&docs.text);
    }
}

/// What a template says of itself; what is put into it is escaped.
#[test]
fn no_page_has_a_style_or_script_of_its_own() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/templates")];
    let mut pages = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            tests::html::assert_nothing_inline(&std::fs::read_to_string(path).unwrap());
            pages += 1;
        }
    }
    assert!(pages > 50, "{pages}");
}

/// A self-signed certificate for `localhost`, in two files.
fn certificate(folder: &Path) -> CertificateDer<'static> {
    let names = ["localhost".to_owned()];
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    cert.der().clone()
}

async fn over_tls(
    server: &Server,
    trusted: &CertificateDer<'static>,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, dial(server).await)
        .await
}

async fn tls_server(db: &Database, folder: &Path, cert: &str, key: &str) -> Result<Server, String> {
    Server::try_start_with(&db.url, |serve| {
        serve.arg("--tls-cert").arg(folder.join(cert));
        serve.arg("--tls-key").arg(folder.join(key));
        serve.args(["--head-timeout", "2"]);
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_serves_over_tls_with_the_certificate_of_the_day() {
    let db = Backend::Sqlite.fresh().await;
    let folder = tempfile::tempdir().unwrap();
    let first = certificate(folder.path());
    let mut server = tls_server(&db, folder.path(), "cert.pem", "key.pem")
        .await
        .unwrap();
    assert!(server.base_url().starts_with("https://"));
    let answer = raw(over_tls(&server, &first).await.unwrap(), ASK).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age=31536000"));

    // Plain HTTP is no handshake, and one that does not come is not waited for.
    let plain = raw(dial(&server).await, ASK).await;
    assert!(!plain.contains("HTTP/1.1 200"), "{plain}");
    let began = Instant::now();
    raw(dial(&server).await, "").await;
    assert!(began.elapsed() < Duration::from_secs(6));

    // A file that cannot be read changes nothing; a new certificate is used from then on.
    std::fs::write(folder.path().join("cert.pem"), "nothing").unwrap();
    hang_up(&server, "stays in use").await;
    assert!(over_tls(&server, &first).await.is_ok());
    let second = certificate(folder.path());
    hang_up(&server, "was read again").await;
    assert!(over_tls(&server, &first).await.is_err());
    let answer = raw(over_tls(&server, &second).await.unwrap(), ASK).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(server.terminate_and_wait().await.success());
}

/// Asks the server to read its certificate again, and waits until it says this about it.
async fn hang_up(server: &Server, said: &str) {
    let pid = server.pid().to_string();
    let asked = Command::new("kill").args(["-HUP", &pid]).status();
    assert!(asked.unwrap().success());
    for _ in 0..100 {
        if server.stderr().contains(said) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it did not say {said:?}:\n{}", server.stderr());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_cannot_be_used_is_told() {
    let db = Backend::Sqlite.fresh().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    certificate(path);
    std::fs::write(path.join("empty.pem"), "").unwrap();
    let other = KeyPair::generate().unwrap();
    std::fs::write(path.join("other.pem"), other.serialize_pem()).unwrap();
    for (cert, key, why) in [
        ("missing.pem", "key.pem", "cannot read"),
        ("empty.pem", "key.pem", "holds no certificate"),
        ("cert.pem", "empty.pem", "holds no private key"),
        ("cert.pem", "other.pem", "is not the private key"),
    ] {
        let refused = tls_server(&db, path, cert, key).await.unwrap_err();
        assert!(refused.contains(why), "{cert} {key}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_beyond_the_bound_wait_for_a_place() {
    let db = Backend::Sqlite.fresh().await;
    let server = with(&db, &["--connections", "1", "--head-timeout", "2"]).await;
    let resting = dial(&server).await;
    let began = Instant::now();
    // The one that rests loses its place, and the next is answered.
    let answer = raw(dial(&server).await, ASK).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(began.elapsed() >= Duration::from_millis(500));
    drop(resting);
}
