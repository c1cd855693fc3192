//! What an operator does over HTTP: funds, statements, merging, closing; and who may see which of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::community::{ApiKey, Registration, Role};
use ledger::ids::{ApiKeyId, random_bytes, sha256_hex};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{Answer, Client};
use tests::on_both;
use tests::server::Server;
use tests::story::Story;
use uuid::Uuid;

/// A key's token.
async fn token(story: &Story, role: Role, subject: Option<Uuid>) -> String {
    let secret = random_bytes::<32>();
    let key = ApiKey {
        id: ApiKeyId(Uuid::from_bytes(random_bytes())),
        secret_hash: sha256_hex(&secret),
        role,
        subject,
        name: String::new(),
        verbs: None,
        node: None,
        expires_at: None,
    };
    story.register(Registration::ApiKey(key)).await;
    let text = [story.program.0.as_bytes().as_slice(), &secret].concat();
    format!("jf_{}", URL_SAFE_NO_PAD.encode(text))
}

async fn post(client: &Client, path: &str, key: &str, body: Value) -> Answer {
    client.post(path, Some(key), &body).await.unwrap()
}

async fn get(client: &Client, path: &str) -> Answer {
    client.get(path).await.unwrap()
}

fn told(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["code"].as_str().unwrap_or(""))
}

on_both! {
    async fn funds_are_received_and_statements_frozen_paid_and_read(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 100)).await.unwrap();
        for amount in [40, 7] {
            story.spend(0, 0, amount, true).await.unwrap();
        }
        let server = Server::start(&db.url).await;
        let client = |token: String| Client::new(server.base_url(), &token);
        let admin = client(token(&story, Role::Admin, None).await);
        let second = client(token(&story, Role::Admin, None).await);
        let auditor = client(token(&story, Role::Auditor, None).await);
        let store = client(token(&story, Role::Merchant, Some(story.stores[0].0)).await);
        let other_store = client(token(&story, Role::Merchant, Some(story.stores[1].0)).await);

        let made = post(&admin, "/v1/funders", "f", json!({ "name": "街道办" })).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let funder = made.body["id"].as_str().unwrap();
        let receipts = format!("/v1/funders/{funder}/receipts");
        let received = post(&admin, &receipts, "r", json!({ "amount": "50.00" })).await;
        assert_eq!(received.body["balance"], "50.00", "{}", received.text);
        let forbidden = post(&auditor, &receipts, "r", json!({ "amount": "50.00" })).await;
        assert_eq!(told(&forbidden), (403, "forbidden"));
        let funders = get(&auditor, "/v1/funders").await;
        assert_eq!(funders.body[0]["balance"], "50.00");

        let path = format!("/v1/stores/{}/statements", story.stores[0]);
        let dear = post(&admin, &path, "s", json!({ "funder": funder, "rate": "200" })).await;
        assert_eq!(told(&dear), (409, "funds_exhausted"), "{}", dear.text);
        let vague = post(&admin, &path, "v", json!({ "funder": funder, "rate": "0.1234567" })).await;
        assert_eq!(told(&vague), (422, "invalid_body"));
        let body = json!({ "funder": funder, "rate": "85.5", "rounding": "down" });
        let frozen = post(&admin, &path, "s2", body.clone()).await;
        assert_eq!(frozen.status, 201, "{}", frozen.text);
        assert_eq!(frozen.body["amount"], "40.18");
        assert_eq!(frozen.body["state"], "frozen");
        assert_eq!(post(&admin, &path, "s2", body.clone()).await.body, frozen.body);
        let nothing = post(&admin, &path, "s3", body).await;
        assert_eq!(told(&nothing), (409, "nothing_to_settle"));

        let statement = frozen.header("location").unwrap().to_owned();
        let pay = format!("{statement}/pay");
        let reference = json!({ "reference": "BOC-1" });
        assert_eq!(told(&post(&second, &pay, "p0", reference.clone()).await), (409, "statement_state"));
        let confirm = format!("{statement}/confirm");
        assert_eq!(told(&post(&second, &confirm, "c", json!({})).await), (403, "store_only"));
        assert_eq!(told(&post(&other_store, &confirm, "c", json!({})).await), (404, "unknown_statement"));
        assert_eq!(post(&store, &confirm, "c", json!({})).await.body["state"], "confirmed");
        let approve = format!("{statement}/approve");
        assert_eq!(told(&post(&admin, &approve, "a", json!({})).await), (403, "self_approval"));
        assert_eq!(post(&second, &approve, "a", json!({})).await.body["state"], "approved");
        assert_eq!(told(&post(&admin, &pay, "p", reference.clone()).await), (403, "self_approval"));
        let words = json!({ "reference": "转给 老王" });
        assert_eq!(told(&post(&second, &pay, "p", words).await), (422, "invalid_body"));
        let paid = post(&second, &pay, "p2", reference).await;
        assert_eq!(paid.body["state"], "paid", "{}", paid.text);
        assert_eq!(paid.body["reference"], "BOC-1");

        for client in [&auditor, &store] {
            assert_eq!(get(client, &statement).await.body["points"], "47.00");
            let lines = get(client, &format!("{statement}/lines?limit=1")).await;
            assert_eq!(lines.body["items"][0]["amount"], "40.00");
            let cursor = lines.body["next_cursor"].as_str().unwrap();
            let lines = get(client, &format!("{statement}/lines?limit=1&cursor={cursor}")).await;
            assert_eq!(lines.body["items"][0]["amount"], "7.00");
            assert_eq!(lines.body["next_cursor"], Value::Null);
            assert_eq!(get(client, &path).await.body["items"].as_array().unwrap().len(), 1);
        }
        for path in [&path, &statement, &format!("{statement}/lines")] {
            assert_eq!(told(&get(&other_store, path).await), (404, "not_found"));
        }
    }

    async fn members_are_merged_and_the_programme_closes(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 100)).await.unwrap();
        let server = Server::start(&db.url).await;
        let admin = Client::new(server.base_url(), &token(&story, Role::Admin, None).await);
        let desk = Client::new(server.base_url(), &token(&story, Role::Staff, Some(Uuid::from_u128(9))).await);
        let [from, into, _] = story.members[..] else { panic!() };
        let (member, merge) = (format!("/v1/members/{from}"), format!("/v1/members/{from}/merge"));
        assert_eq!(get(&desk, &member).await.body["merged_into"], Value::Null);
        let body = json!({ "into": into });
        assert_eq!(told(&post(&desk, &merge, "m", body.clone()).await), (403, "forbidden"));
        let merged = post(&admin, &merge, "m", body.clone()).await;
        assert_eq!(merged.body["points"], "100.00", "{}", merged.text);
        assert_eq!(post(&admin, &merge, "m", body.clone()).await.body, merged.body);
        let again = post(&admin, &merge, "m2", body).await;
        assert_eq!(told(&again), (409, "member_merged"));
        assert_eq!(again.body["into"], json!(into));
        assert_eq!(get(&desk, &member).await.body["merged_into"], json!(into));

        let path = "/v1/program/closing";
        assert_eq!(told(&get(&desk, path).await), (404, "not_found"));
        let past = json!({ "last_earning": "2020-01-01T00:00:00Z", "last_spending": "2020-02-01T00:00:00Z" });
        assert_eq!(told(&post(&admin, path, "c", past).await), (422, "closing_too_early"));
        let closing = json!({ "last_earning": "2090-01-01T00:00:00Z", "last_spending": "2090-02-01T00:00:00Z" });
        let closed = post(&admin, path, "c2", closing).await;
        assert_eq!(closed.status, 200, "{}", closed.text);
        assert_eq!(get(&desk, path).await.body, closed.body);
    }
}
