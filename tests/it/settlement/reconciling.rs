//! A store's own list of sales, over HTTP.

use hyper::body::Bytes;
use ledger::Stretch;
use ledger::community::Role;
use ledger::import::{Theirs, Unmatched};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{Answer, Client};
use tests::on_both;
use tests::server::Server;
use tests::story::{HOUR, Story, redemption_of};

use super::refund;

async fn send(client: &Client, path: &str, file: &str) -> Answer {
    let body = Bytes::from(file.to_owned());
    let headers = [("content-type", "text/csv")];
    let answer = client.send(hyper::Method::POST, path, &headers, body).await;
    answer.unwrap()
}

on_both! {
    async fn a_stores_list_is_matched_and_the_rest_explained(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 120)).await.unwrap();
        let code = story.code(0).await;
        let charge = story.authorise(code, 0, 10, true);
        let called = redemption_of(&story.execute(story.merchant(0), Some("till-1"), charge).await.unwrap());
        let named = redemption_of(&story.spend(0, 0, 20, true).await.unwrap());
        story.later(HOUR);
        let back = redemption_of(&story.spend(0, 0, 5, true).await.unwrap());
        story.execute(story.merchant(0), None, refund(back, 2)).await.unwrap();
        story.later(HOUR);
        let forgotten = redemption_of(&story.spend(0, 0, 7, true).await.unwrap());
        story.spend(0, 1, 9, true).await.unwrap();
        let server = Server::start(&db.url).await;
        let client = |token: String| Client::new(server.base_url(), &token);
        let store = client(story.token(Role::Merchant, Some(story.stores[0].0)).await);
        let other = client(story.token(Role::Merchant, Some(story.stores[1].0)).await);
        let path = format!("/v1/stores/{}/reconciliations?until=2026-03-05T13:00:00%2B08:00", story.stores[0]);
        let file = format!(
            "单号,积分,时间\n{named},21,2026-03-05 10:00\n,10,2026-03-05 10:02\n,5,2026-03-05 11:00\n,9,2026-03-05 12:00\n,1,2026-03-06 09:00\n"
        );
        let answer = send(&store, &path, &file).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let matched = answer.body["matched"].as_array().unwrap();
        assert_eq!(matched.iter().map(|one| &one["line"]).collect::<Vec<_>>(), [&json!(3)]);
        let why: Vec<(&Value, &Value)> = answer.body["unmatched"].as_array().unwrap().iter().map(|one| (&one["line"], &one["why"])).collect();
        let expected = [(2, "amount_differs"), (4, "refunded_since"), (5, "not_ours"), (6, "outside_range")].map(|(line, why)| (json!(line), json!(why)));
        assert_eq!(why, expected.iter().map(|(line, why)| (line, why)).collect::<Vec<_>>());
        assert_eq!(answer.body["not_theirs"], json!([forgotten]));
        assert_eq!(send(&other, &path, &file).await.status, 404);

        // A reference may be the key under which this caller charged it; another's key of the same name leads nowhere.
        let stretch = Stretch { from: None, until: None, tolerance: 300 };
        let file = "单号,积分,时间\ntill-1,11,2026-03-05 10:00\nNr. 7,12,2026-03-05 10:02\n";
        for (actor, why, redemption) in [(story.merchant(0), Theirs::AmountDiffers, Some(called)), (story.merchant(1), Theirs::NotOurs, None)] {
            let request = story.request(actor, None);
            let (_, found) = story.ledger.reconcile(&request, story.stores[0], file.as_bytes(), stretch).await.unwrap();
            let other = Unmatched { line: 3, why: Theirs::NotOurs, redemption: None };
            assert_eq!(found.theirs, [Unmatched { line: 2, why, redemption }, other]);
        }
        let bad = send(&store, &path, "积分,时间\n十分,2026-03-05 10:00\n").await;
        assert_eq!((bad.status, bad.body["code"].as_str()), (422, Some("invalid_import")), "{}", bad.text);
        let error = &bad.body["errors"][0];
        assert_eq!((&error["line"], &error["column"]), (&json!(2), &json!(1)));
    }
}
