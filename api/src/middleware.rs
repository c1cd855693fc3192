//! What happens to every request, once: an id, a span, limits, and errors written as problems.

use std::any::Any;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ledger::ids::random_bytes;
use tracing::Instrument;

use crate::auth::session::{Jar, value_of};
use crate::edge::{Counting, TooMany, harden};
use crate::meter;
use crate::problem::{Code, Problem};
use crate::state::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST_ID: usize = 64;
/// Requests that take longer are told of.
const SLOW: Duration = Duration::from_secs(1);

/// The outermost layer.
pub async fn answer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id(request.headers());
    let asked = Asked::of(&request);
    let counting = Counting::default();
    request.extensions_mut().insert(counting.clone());
    let client = app.proxies.client_of(&request);
    if let Some(client) = client {
        request.extensions_mut().insert(client);
    }
    let path = request.uri().path().to_owned();
    if let Some(secret) = request.headers_mut().get_mut(header::AUTHORIZATION) {
        secret.set_sensitive(true);
    }
    let span = tracing::info_span!(
        "request",
        request.id = %id,
        http.method = %request.method(),
        http.path = path_told(&request),
    );
    async {
        let mut response = match stranger(&app, &request) {
            Ok(()) => limited(&app, request, next).await,
            Err(too_many) => Problem::from(too_many).into_response(),
        };
        if let Some(mut problem) = response.extensions_mut().remove::<Problem>() {
            if let Some(cause) = problem.take_cause() {
                tracing::error!(error = cause, "a request failed");
            }
            meter::problem(problem.code());
            let kept = std::mem::take(response.headers_mut());
            response = problem.written(&id);
            keep(kept, response.headers_mut());
        }
        asked.answered(response.status().as_u16(), began.elapsed());
        counting.tell(response.headers_mut());
        harden(
            response.headers_mut(),
            &path,
            client.is_some_and(|client| client.secure),
        );
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        app.done.count_request();
        response
    }
    .instrument(span)
    .await
}

/// The path, as logs have it: one with digits that pay is told by its template.
fn path_told(request: &Request) -> &str {
    let route = request.extensions().get::<MatchedPath>();
    let secret = route.filter(|route| route.as_str().ends_with("/{digits}"));
    secret.map_or_else(|| request.uri().path(), MatchedPath::as_str)
}

/// What a request was, without what stood in it.
struct Asked {
    method: Method,
    /// The route's template; empty where nothing answers to the path.
    route: String,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>();
        Self {
            method: request.method().clone(),
            route: route.map_or_else(String::new, |route| route.as_str().to_owned()),
        }
    }

    /// Counts it, and says so: what failed as a warning, what was refused or slow for information, the rest to who wants every request.
    fn answered(&self, status: u16, took: Duration) {
        let Self { method, route } = self;
        meter::request(method, route, status, took);
        let milliseconds = took.as_secs_f64() * 1_000.0;
        macro_rules! say {
            ($level:ident) => {
                tracing::$level!(
                    target: "access",
                    { http.route = route, http.status = status, http.milliseconds = milliseconds },
                    "answered"
                )
            };
        }
        match status {
            500.. => say!(warn),
            400.. => say!(info),
            _ if took > SLOW => say!(info),
            _ => say!(debug),
        }
    }
}

/// Counts who brings neither a key nor a session, by address; whoever does is counted where they are known. Those who watch the server's
/// health are not.
fn stranger(app: &App, request: &Request) -> Result<(), TooMany> {
    let path = request.uri().path();
    let headers = request.headers();
    let session = || value_of(Jar::Session, headers, app.secure).is_some();
    if path.starts_with("/health/")
        || path == "/metrics"
        || headers.contains_key(header::AUTHORIZATION)
        || session()
    {
        return Ok(());
    }
    app.count_stranger(request.extensions())
}

/// Within the limits on requests under way and on time. Health is asked most when all else is full.
async fn limited(app: &App, request: Request, next: Next) -> Response {
    let is_health = request.uri().path().starts_with("/health/");
    let permit = app.in_flight.try_acquire();
    if permit.is_err() && !is_health {
        return Problem::new(Code::Busy, "too many requests are under way").into_response();
    }
    match tokio::time::timeout(app.limits.timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Code::Timeout, "it took too long").into_response(),
    }
}

/// What an inner layer said beside the body, such as `Allow`.
fn keep(from: HeaderMap, into: &mut HeaderMap) {
    for (name, value) in from {
        if let Some(name) = name
            && name != header::CONTENT_LENGTH
            && name != header::CONTENT_TYPE
        {
            into.entry(name).or_insert(value);
        }
    }
}

/// The caller's, if it is sane, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    let sane = |id: &&str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(plain)
    };
    let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    given
        .filter(sane)
        .map_or_else(new_request_id, str::to_owned)
}

/// Random per process, then counted: unique without asking the system for randomness each time.
fn new_request_id() -> String {
    static PROCESS: OnceLock<u64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let process = PROCESS.get_or_init(|| u64::from_be_bytes(random_bytes()));
    format!("{process:016x}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A panic in a handler is this request's problem, not the server's.
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    Problem::internal(format!("a handler panicked: {}", said.unwrap_or("?"))).into_response()
}
