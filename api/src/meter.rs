//! Metrics in Prometheus' text form, at `/metrics`. Their labels hold no ids and nothing personal.
//!
//! The writer counts in the ledger, requests are counted by the middleware, jobs by themselves; what they all tell is described here.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing;
use axum::{Extension, Router};
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram};
use metrics::{gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::edge::ClientAddress;
use crate::problem::Problem;

/// How often histograms are moved from where they are recorded to where they are kept.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Upper bounds, in seconds: from a commit on a fast disk to a request that is about to time out.
const SECONDS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0,
];
/// Upper bounds of how many commands share a commit; a batch has 512 at most.
const COMMANDS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// What was counted, and who may know.
#[derive(Clone)]
struct Meter {
    handle: PrometheusHandle,
    public: bool,
}

/// Begins to count, once a process. Answers with the route that tells.
///
/// # Errors
/// When the process counts already.
pub fn start(public: bool, database: &'static str) -> Result<Router, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Full("jifen_batch_size".to_owned()), &COMMANDS)?
        .install_recorder()?;
    describe();
    gauge!("jifen_build_info", "version" => env!("CARGO_PKG_VERSION"), "database" => database)
        .set(1.0);
    let upkeep = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP_EVERY).await;
            upkeep.run_upkeep();
        }
    });
    let meter = Meter { handle, public };
    Ok(Router::new()
        .route("/metrics", routing::get(tell))
        .with_state(meter))
}

/// Only to a caller on this machine that no proxy speaks for, unless it is said to be for everybody. To others it does not exist.
async fn tell(
    State(meter): State<Meter>,
    Extension(client): Extension<ClientAddress>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !(meter.public || client.is_local(&headers)) {
        return Err(Problem::not_found());
    }
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, text)], meter.handle.render()).into_response())
}

/// A request was answered. `route` is the template, never the path; it is empty where nothing answers to the path.
pub fn request(method: &Method, route: &str, status: u16, took: Duration) {
    // Anybody may invent a method, which must not become a label.
    let method = match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        _ => "other",
    };
    let labels = [
        ("method", method.to_owned()),
        ("route", route.to_owned()),
        ("status", status.to_string()),
    ];
    histogram!("jifen_http_request_seconds", &labels).record(took);
}

/// A request was answered with a problem.
pub fn problem(code: &'static str) {
    counter!("jifen_problems_total", "code" => code).increment(1);
}

/// A run of a job has ended.
pub fn job_run(job: &'static str, done: u64, failed: u64, ok: bool) {
    let outcome = if ok { "ok" } else { "failed" };
    counter!("jifen_job_runs_total", "job" => job, "outcome" => outcome).increment(1);
    counter!("jifen_job_items_total", "job" => job, "outcome" => "done").increment(done);
    counter!("jifen_job_items_total", "job" => job, "outcome" => "failed").increment(failed);
}

/// How long that which waits longest for a job is due.
pub fn job_lag(job: &'static str, seconds: i64) {
    gauge!("jifen_job_lag_seconds", "job" => job).set(seconds as f64);
}

fn describe() {
    let counters = [
        ("jifen_commands_total", "Commands by operation and outcome"),
        (
            "jifen_rejections_total",
            "Commands turned down, by operation and code",
        ),
        (
            "jifen_queue_full_total",
            "Commands turned away because too many wait",
        ),
        (
            "jifen_commit_failures_total",
            "Batches that could not be committed as they were",
        ),
        (
            "jifen_problems_total",
            "Requests answered with a problem, by code",
        ),
        ("jifen_job_runs_total", "Runs of jobs by outcome"),
        (
            "jifen_job_items_total",
            "What runs of jobs did and could not do",
        ),
    ];
    for (name, what) in counters {
        describe_counter!(name, what);
    }
    describe_gauge!(
        "jifen_queue_depth",
        "Commands left waiting as the last batch was taken"
    );
    describe_gauge!("jifen_build_info", "1, labelled with what is running");
    describe_gauge!(
        "jifen_job_lag_seconds",
        Unit::Seconds,
        "How long that which waits longest for a job is due"
    );
    describe_histogram!("jifen_batch_size", "Commands that shared a commit");
    describe_histogram!(
        "jifen_commit_seconds",
        Unit::Seconds,
        "A batch, from claiming its keys to its commit"
    );
    describe_histogram!(
        "jifen_http_request_seconds",
        Unit::Seconds,
        "Requests by method, route and status"
    );
}
