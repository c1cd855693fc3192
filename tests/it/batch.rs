//! Many awards in one request.

use std::collections::BTreeSet;

use hyper::Method;
use hyper::body::Bytes;
use ledger::community::Role;
use ledger::machine::Command;
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::Client;
use tests::on_both;
use tests::server::Server;
use tests::story::{Story, points};

use crate::process::ERRAND;

const PATH: &str = "/v1/awards/batch";

fn errand(story: &Story, member: usize, reference: &str) -> Value {
    json!({
        "member": story.members[member].0,
        "deed": {
            "kind": "request_fulfilled", "reference": reference, "occurred_at": "2026-03-06T10:00:00+08:00",
            "facts": { "category": "errand", "beneficiary": "elderly", "confirmed": true },
        },
    })
}

/// A story with errands and points enough, a server over it, and a clerk.
async fn serve(db: &Database) -> (Story, Server, Client) {
    let story = Story::begin(db).await;
    story.enact("errand", ERRAND).await;
    let token = story.token(Role::Staff, Some(story.program.0)).await;
    let server = Server::start(&db.url).await;
    let client = Client::new(server.base_url(), &token);
    (story, server, client)
}

on_both! {
    async fn each_line_is_answered_for_itself_and_in_order(db: Database) {
        let (story, _server, clerk) = serve(&db).await;
        let mut wrong = errand(&story, 0, "wrong");
        wrong["deed"]["occurred_at"] = json!("yesterday");
        let empty = errand(&story, 0, "");
        let mut refused = errand(&story, 0, "refused");
        refused["deed"]["facts"]["confirmed"] = json!(false);
        let mut stranger = errand(&story, 0, "stranger");
        stranger["member"] = json!(story.program.0);
        let body = json!([
            errand(&story, 0, "a"), errand(&story, 0, "a"), wrong, empty, refused, stranger, errand(&story, 1, "b"),
        ]);
        let answer = clerk.post(PATH, Some("list"), &body).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!((&answer.body["accepted"], &answer.body["refused"]), (&2.into(), &5.into()));
        let results = answer.body["results"].as_array().unwrap();
        let told: Vec<(i64, i64, &str)> = results.iter().map(|line| {
            let code = line["problem"]["code"].as_str().unwrap_or("");
            (line["line"].as_i64().unwrap(), line["status"].as_i64().unwrap(), code)
        }).collect();
        assert_eq!(told, [
            (1, 201, ""), (2, 409, "already_awarded"), (3, 422, "invalid_body"), (4, 422, "invalid_body"),
            (5, 422, "no_rule_applies"), (6, 404, "unknown_member"), (7, 201, ""),
        ]);
        assert_eq!(results[2]["problem"]["errors"][0]["pointer"], "/2/deed/occurred_at");
        assert_eq!(results[3]["problem"]["errors"][0]["pointer"], "/3/deed/reference");
        assert_eq!(results[0]["award"]["points"], "1.00");

        // Again, and by the key of one line: the same, and nothing twice.
        let again = clerk.post(PATH, Some("list"), &body).await.unwrap();
        assert_eq!(again.body, answer.body);
        let alone = clerk.post("/v1/awards", Some("list#7"), &errand(&story, 1, "b")).await.unwrap();
        assert_eq!((alone.status, &alone.body), (201, &results[6]["award"]));
        assert_eq!(story.available(0).await, 100);
        assert_eq!(story.available(1).await, 100);

        // Another line under a key that was used is told so, the others are answered as before.
        let mut changed = body.clone();
        changed[6] = errand(&story, 2, "c");
        let changed = clerk.post(PATH, Some("list"), &changed).await.unwrap();
        assert_eq!(changed.body["results"][6]["problem"]["code"], "idempotency_key_reused");
        assert_eq!(changed.body["results"][0], results[0]);
        story.sound_books(&db).await;
    }

    async fn what_is_no_list_is_refused_as_a_whole(db: Database) {
        let (story, server, clerk) = serve(&db).await;
        let one = errand(&story, 0, "a");
        for body in [one.clone(), json!([]), json!([one, 7]), json!("x"), Value::Array(vec![json!({}); 1_001])] {
            let answer = clerk.post(PATH, Some("list"), &body).await.unwrap();
            assert_eq!((answer.status, &answer.body["code"]), (422, &"invalid_body".into()), "{}", answer.text);
        }
        let none = clerk.post(PATH, None, &json!([one])).await.unwrap();
        assert_eq!((none.status, &none.body["code"]), (400, &"idempotency_key_missing".into()));
        let large = Bytes::from(vec![b' '; 2 << 20]);
        let headers = [("content-type", "application/json"), ("idempotency-key", "large")];
        let large = clerk.send(Method::POST, PATH, &headers, large).await.unwrap();
        assert_eq!((large.status, &large.body["code"]), (413, &"payload_too_large".into()));
        let member = story.token(Role::Member, Some(story.members[0].0)).await;
        let member = Client::new(server.base_url(), &member);
        assert_eq!(member.post(PATH, Some("list"), &json!([one])).await.unwrap().status, 403);
        assert_eq!(story.available(0).await, 0);
    }

    async fn a_thousand_lines_share_commits(db: Database) {
        let (story, _server, clerk) = serve(&db).await;
        let plenty = Command::Appropriate { budget: story.service, points: points(10_000) };
        story.execute(story.admin(), None, plenty).await.unwrap();
        let lines = (0..1_000).map(|line| errand(&story, line % 3, &format!("errand number {line} of a long list")));
        let body = Value::Array(lines.collect());
        let answer = clerk.post(PATH, Some("list"), &body).await.unwrap();
        assert_eq!(answer.body["accepted"], 1_000, "{}", answer.text);
        let results = answer.body["results"].as_array().unwrap();
        let moments: BTreeSet<&str> = results.iter().map(|line| line["award"]["recorded_at"].as_str().unwrap()).collect();
        assert!(moments.len() <= 100, "{} batches", moments.len());
        for (index, line) in results.iter().enumerate() {
            assert_eq!(line["line"], index + 1);
            assert_eq!(line["award"]["member"], json!(story.members[index % 3].0));
        }
        assert_eq!(clerk.post(PATH, Some("list"), &body).await.unwrap().body, answer.body);
        assert_eq!(story.available(0).await, 33_400);
        story.sound_books(&db).await;
    }
}
