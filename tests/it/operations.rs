//! What an operator sees of a running server: metrics, logs, whether it is ready.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hyper::Method;
use hyper::body::Bytes;
use ledger::community::Role;
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::Client;
use tests::on_both;
use tests::postgres::Cluster;
use tests::server::Server;
use tests::story::Story;
use uuid::Uuid;

use crate::process::ERRAND;

/// Every sample of a text in Prometheus' form, by name and labels.
fn samples(text: &str) -> BTreeMap<&str, f64> {
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').expect(line);
            (name, value.parse().expect(line))
        })
        .collect()
}

async fn counted(client: &Client) -> String {
    let answer = client.get("/metrics").await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("text/plain; version=0.0.4")
    );
    answer.text
}

async fn asked_by_a_proxy(client: &Client) -> u16 {
    let headers = [("x-forwarded-for", "203.0.113.9")];
    let answer = client.send(Method::GET, "/metrics", &headers, Bytes::new());
    answer.await.unwrap().status
}

/// Each line as JSON.
fn lines(stderr: &str) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
    stderr.lines().map(parse).collect()
}

on_both! {
    async fn metrics_tell_what_was_done_and_of_nobody(db: Database) {
        let story = Story::begin(&db).await;
        story.enact("errand", ERRAND).await;
        let token = story.token(Role::Staff, Some(story.program.0)).await;
        let server = Server::start(&db.url).await;
        let clerk = Client::new(server.base_url(), &token);
        let award = |reference: &str| json!({
            "member": story.members[0].0,
            "deed": {
                "kind": "request_fulfilled", "reference": reference, "occurred_at": "2026-03-06T10:00:00+08:00",
                "facts": { "category": "errand", "beneficiary": "elderly", "confirmed": true },
            },
        });
        for (key, reference) in [("a", "a"), ("a", "a"), ("b", "a"), ("c", "c")] {
            clerk.post("/v1/awards", Some(key), &award(reference)).await.unwrap();
        }
        clerk.get(&format!("/v1/members/{}/balance", story.members[0])).await.unwrap();
        clerk.get(&format!("/no/{}", story.members[0])).await.unwrap();
        clerk.send(Method::from_bytes(b"INVENTED").unwrap(), "/v1/awards", &[], Bytes::new()).await.unwrap();
        // The job has looked for what is due: of each job its lag is told last.
        within(Duration::from_secs(60), "a job looks", async || {
            counted(&clerk).await.contains("jifen_job_lag_seconds{job=\"expire_lots\"}")
        }).await;

        let text = counted(&clerk).await;
        let samples = samples(&text);
        let is = |name: &str, value: f64| assert_eq!(samples.get(name), Some(&value), "{name} in\n{text}");
        is("jifen_commands_total{operation=\"award.submit\",outcome=\"done\"}", 2.0);
        is("jifen_commands_total{operation=\"award.submit\",outcome=\"repeated\"}", 1.0);
        is("jifen_commands_total{operation=\"award.submit\",outcome=\"rejected\"}", 1.0);
        is("jifen_rejections_total{operation=\"award.submit\",code=\"already_awarded\"}", 1.0);
        is("jifen_problems_total{code=\"already_awarded\"}", 1.0);
        is("jifen_batch_size_count", 4.0);
        is("jifen_batch_size_bucket{le=\"1\"}", 4.0);
        is("jifen_commit_seconds_count", 4.0);
        is("jifen_queue_depth", 0.0);
        is("jifen_http_request_seconds_count{method=\"POST\",route=\"/v1/awards\",status=\"201\"}", 3.0);
        is("jifen_http_request_seconds_count{method=\"GET\",route=\"/v1/members/{id}/balance\",status=\"200\"}", 1.0);
        is("jifen_http_request_seconds_count{method=\"GET\",route=\"\",status=\"404\"}", 1.0);
        is("jifen_http_request_seconds_count{method=\"other\",route=\"/v1/awards\",status=\"405\"}", 1.0);
        is("jifen_job_runs_total{job=\"expire_lots\",outcome=\"ok\"}", 1.0);
        is("jifen_job_items_total{job=\"expire_lots\",outcome=\"failed\"}", 0.0);
        is("jifen_job_lag_seconds{job=\"expire_lots\"}", 0.0);
        assert!(text.contains("jifen_build_info{version=\""), "{text}");
        let names = |word: &str| Uuid::try_parse(word).is_ok() || word.contains(&token);
        assert!(!text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(names), "{text}");

        assert_eq!(asked_by_a_proxy(&clerk).await, 404);
        let public = Server::start_with(&db.url, |command| { command.arg("--metrics-public"); }).await;
        assert_eq!(asked_by_a_proxy(&Client::anonymous(public.base_url())).await, 200);
    }

    async fn each_line_of_the_log_is_json_and_names_its_request(db: Database) {
        let story = Story::begin(&db).await;
        let token = story.token(Role::Auditor, None).await;
        let logged = |level: &'static str| async {
            let mut server = Server::start_with(&db.url, |command| {
                command.args(["--log-format", "json", "--log-level", level]);
            }).await;
            let client = Client::new(server.base_url(), &token);
            for (path, id) in [("/v1/jobs", "plain-1"), ("/v1/awards/7", "refused-1")] {
                let headers = [("x-request-id", id)];
                let answer = client.send(Method::GET, path, &headers, Bytes::new()).await.unwrap();
                assert_eq!(answer.header("x-request-id"), Some(id));
            }
            assert!(server.terminate_and_wait().await.success());
            lines(&server.stderr())
        };
        let of = |lines: &[Value], id: &str| {
            let line = lines.iter().find(|line| line["span"]["request.id"] == id);
            line.map(|line| json!([line["level"], line["http.route"], line["http.status"], line["message"], line["span"]["http.method"]]))
        };
        let all = logged("info,access=debug").await;
        assert_eq!(of(&all, "plain-1"), Some(json!(["DEBUG", "/v1/jobs", 200, "answered", "GET"])));
        let some = logged("info").await;
        assert_eq!(of(&some, "plain-1"), None);
        assert_eq!(of(&some, "refused-1"), Some(json!(["INFO", "/v1/awards/{id}", 404, "answered", "GET"])));
        assert!(some.iter().all(|line| line["timestamp"].is_string() && line["level"].is_string()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_its_database_is_alive_but_not_ready() {
    let mut cluster = Cluster::start();
    let url = cluster.url();
    ledger::Ledger::migrate(&url).await.unwrap();
    let server = Server::start_with(&url, |command| {
        command.args(["--log", "json"]);
    })
    .await;
    let client = Client::anonymous(server.base_url());
    assert_eq!(client.get("/health/ready").await.unwrap().status, 200);
    cluster.stop_immediately();
    let away = client.get("/health/ready").await.unwrap();
    assert_eq!(
        (away.status, &away.body["code"]),
        (503, &"unavailable".into())
    );
    assert!(away.header("retry-after").is_some());
    assert_eq!(client.get("/health/live").await.unwrap().status, 200);
    // What it says, and the database's return, may take a moment on a busy machine.
    within(Duration::from_secs(20), "it tells why", async || {
        lines(&server.stderr())
            .iter()
            .any(|line| line["error"].is_string())
    })
    .await;
    cluster.start_again();
    within(Duration::from_secs(20), "it is ready again", async || {
        client.get("/health/ready").await.unwrap().status == 200
    })
    .await;
}

/// Asks again until it holds.
async fn within(most: Duration, what: &str, holds: impl AsyncFn() -> bool) {
    let asked = Instant::now();
    while !holds().await {
        assert!(asked.elapsed() < most, "not within {most:?}: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
