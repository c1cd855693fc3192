//! Over HTTP: an offer made, found, taken up with a code, and a merchant that comes, is suspended and goes on.

use ledger::AwardRequest;
use ledger::community::Role;
use ledger::ids::random_bytes;
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{Answer, Client};
use tests::on_both;
use tests::server::Server;
use tests::story::Story;
use uuid::Uuid;

use super::merchant_of;
use crate::process::ERRAND;

fn ok(answer: Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text);
    answer.body
}

fn refused(answer: Answer, status: u16, code: &str) -> Value {
    assert_eq!(
        (answer.status, answer.body["code"].as_str()),
        (status, Some(code)),
        "{}",
        answer.text
    );
    answer.body
}

async fn post(client: &Client, path: &str, body: Value) -> Answer {
    let key = Uuid::from_bytes(random_bytes()).to_string();
    client.post(path, Some(&key), &body).await.unwrap()
}

/// A programme where the first rider has fifty points that never expire.
async fn begin(db: &Database) -> Story {
    ledger::Ledger::migrate(&db.url).await.unwrap();
    let story = Story::begin_as(db, random_bytes()).await;
    story.enact("errand", ERRAND).await;
    let mut awards = Vec::new();
    for number in 0..50 {
        let facts = json!({ "category": "errand", "beneficiary": "elderly", "confirmed": true });
        let reference = format!("errand-{number}");
        let now = story.ledger.clock().now();
        awards.push(AwardRequest {
            deed: ledger::policy::Deed {
                facts: serde_json::from_value(facts).unwrap(),
                ..tests::story::deed("request_fulfilled", &reference, now, 1)
            },
            ..story.service_of(0, "errand", 1)
        });
    }
    let request = story.request(story.staff(0), Some("errands"));
    story.ledger.submit_awards(&request, &awards).await.unwrap();
    story
}

struct Callers {
    operator: Client,
    shop: Client,
    rider: Client,
    codes: String,
}

impl Callers {
    async fn of(story: &Story, server: &Server) -> Self {
        let client = |token: String| Client::new(server.base_url(), &token);
        let member = story.members[0].0;
        let store = story.stores[0].0;
        Self {
            operator: client(story.token(Role::Admin, None).await),
            shop: client(story.token(Role::Merchant, Some(store)).await),
            rider: client(story.token(Role::Member, Some(member)).await),
            codes: format!("/v1/members/{member}/codes"),
        }
    }

    /// The shop charges the rider this, by a new code.
    async fn charge(&self, mut what: Value) -> Answer {
        let code = ok(post(&self.rider, &self.codes, json!({})).await, 201);
        what["code"] = code["code"].clone();
        post(&self.shop, "/v1/redemptions", what).await
    }
}

fn lunch() -> Value {
    json!({
        "title": "暖心午餐", "kind": "discount", "bearer": { "by": "merchant" }, "stock": 10,
        "price": { "by": "amount", "rate": "0.5", "rounding": "up", "most": "8", "cash_share": 5000 },
        "limit": { "count": 2, "every": "month" },
    })
}

on_both! {
    async fn an_offer_is_made_found_and_taken_up(db: Database) {
        let story = begin(&db).await;
        let server = Server::start(&db.url).await;
        let callers = Callers::of(&story, &server).await;
        let offers = format!("/v1/merchants/{}/offers", merchant_of(&story));
        let mut wrong = lunch();
        wrong["stock"] = json!(0);
        wrong["price"]["rate"] = json!("0");
        wrong["needed"] = json!([{ "deed": "being_young", "count": 1, "within_days": 400 }]);
        let told = refused(post(&callers.operator, &offers, wrong).await, 422, "invalid_body");
        let fields: Vec<_> = told["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(fields, ["/stock", "/needed/0/deed", "/needed/0/within_days", "/price/rate"]);
        let mut hours = lunch();
        hours["hours"] = json!([{ "days": [1], "from": "25:00", "until": "26:00" }]);
        let told = refused(post(&callers.operator, &offers, hours).await, 422, "invalid_body");
        assert_eq!(told["errors"][0]["pointer"], "/hours/0/from");
        refused(post(&callers.shop, &offers, lunch()).await, 403, "forbidden");

        let made = ok(callers.operator.post(&offers, Some("lunch"), &lunch()).await.unwrap(), 201);
        let again = ok(callers.operator.post(&offers, Some("lunch"), &lunch()).await.unwrap(), 201);
        assert_eq!(made, again);
        let id = made["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/offers/{id}");
        let offer = ok(callers.rider.get(&path).await.unwrap(), 200);
        assert_eq!((&offer["open_now"], &offer["revision"], &offer["taken"]), (&json!(true), &json!(1), &json!(0)));
        assert_eq!(offer["price"], json!({ "by": "amount", "rate": "0.5", "rounding": "up", "most": "8.00", "cash_share": 5000 }));
        let here = format!("/v1/offers?store={}&open=true", story.stores[0]);
        let listed = ok(callers.rider.get(&here).await.unwrap(), 200);
        assert_eq!(listed["items"], json!([offer]));

        // The amount is what the clerk types; the points are worked out.
        let paid = ok(callers.charge(json!({ "offer": id, "amount": "10.01" })).await, 201);
        assert_eq!((&paid["authorised"], &paid["agreed"]["cash"]), (&json!("5.01"), &json!("5.01")));
        assert_eq!((&paid["agreed"]["offer"], &paid["agreed"]["amount"]), (&json!(id), &json!("10.01")));
        let detail = format!("/v1/redemptions/{}", paid["id"].as_str().unwrap());
        assert_eq!(ok(callers.rider.get(&detail).await.unwrap(), 200)["agreed"], paid["agreed"]);
        refused(callers.charge(json!({ "offer": id })).await, 422, "amount_required");
        for (body, field) in [
            (json!({ "offer": id, "points": "1" }), "/points"),
            (json!({}), "/points"),
            (json!({ "points": "1", "amount": "2" }), "/amount"),
        ] {
            let told = refused(callers.charge(body).await, 422, "invalid_body");
            assert_eq!(told["errors"][0]["pointer"], field);
        }
        let refund = format!("{detail}/refund");
        ok(post(&callers.shop, &refund, json!({ "points": "1" })).await, 200);
        ok(callers.charge(json!({ "offer": id, "amount": "100" })).await, 201);
        let limited = refused(callers.charge(json!({ "offer": id, "amount": "1" })).await, 409, "offer_limit_reached");
        assert_eq!((&limited["limit"], &limited["every"]), (&json!(2), &json!("month")));
        ok(post(&callers.shop, &refund, json!({})).await, 200);
        ok(callers.charge(json!({ "offer": id, "amount": "1", "capture": false })).await, 201);

        let revised = json!({ "title": "午餐", "kind": "service", "bearer": { "by": "in_kind" }, "price": { "by": "fixed", "points": "2", "cash": "12" } });
        ok(post(&callers.operator, &format!("{path}/revisions"), revised).await, 200);
        let paid = ok(callers.charge(json!({ "offer": id })).await, 201);
        assert_eq!((&paid["authorised"], &paid["agreed"]["cash"], &paid["agreed"]["revision"]), (&json!("2.00"), &json!("12.00"), &json!(2)));
        for (step, code) in [("pause", "offer_not_open"), ("resume", ""), ("end", "offer_not_open")] {
            ok(post(&callers.operator, &format!("{path}/{step}"), json!({})).await, 200);
            let answer = callers.charge(json!({ "offer": id })).await;
            assert_eq!(answer.body["code"].as_str().unwrap_or_default(), code, "{step}");
        }
        refused(post(&callers.operator, &format!("{path}/resume"), json!({})).await, 409, "offer_state");
        story.clean(&db).await;
    }

    async fn what_an_offer_said_before_is_told_to_who_may_know(db: Database) {
        let story = begin(&db).await;
        let server = Server::start(&db.url).await;
        let callers = Callers::of(&story, &server).await;
        let offers = format!("/v1/merchants/{}/offers", merchant_of(&story));
        let made = ok(post(&callers.operator, &offers, lunch()).await, 201);
        let path = format!("/v1/offers/{}/revisions", made["id"].as_str().unwrap());
        for points in ["2", "3"] {
            let price = json!({ "by": "fixed", "points": points });
            let revised = json!({ "title": "午餐", "kind": "service", "bearer": { "by": "in_kind" }, "price": price });
            ok(post(&callers.operator, &path, revised).await, 200);
        }
        for client in [&callers.operator, &callers.shop] {
            let page = ok(client.get(&format!("{path}?limit=2")).await.unwrap(), 200);
            let said: Vec<_> = page["items"].as_array().unwrap().iter().map(|item| (&item["revision"], &item["price"]["points"])).collect();
            assert_eq!(said, [(&json!(3), &json!("3.00")), (&json!(2), &json!("2.00"))]);
            let next = format!("{path}?limit=2&cursor={}", page["next_cursor"].as_str().unwrap());
            let page = ok(client.get(&next).await.unwrap(), 200);
            let first = &page["items"][0];
            assert_eq!((&first["revision"], &first["title"], &first["limit"]), (&json!(1), &json!("暖心午餐"), &lunch()["limit"]));
            assert!(first["recorded_at"].is_string() && page["next_cursor"].is_null(), "{page}");
        }
        refused(callers.rider.get(&path).await.unwrap(), 403, "forbidden");
        let other = ok(post(&callers.operator, "/v1/merchants", json!({ "name": "别家" })).await, 201);
        let body = json!({ "merchant": other["id"], "name": "店", "address": "某街" });
        let store = ok(post(&callers.operator, "/v1/stores", body).await, 201);
        let store = store["id"].as_str().unwrap().parse().unwrap();
        let theirs = Client::new(server.base_url(), &story.token(Role::Merchant, Some(store)).await);
        refused(theirs.get(&path).await.unwrap(), 404, "not_found");
    }

    async fn a_merchant_comes_is_suspended_and_goes_on(db: Database) {
        let story = begin(&db).await;
        let server = Server::start(&db.url).await;
        let callers = Callers::of(&story, &server).await;
        let made = ok(post(&callers.operator, "/v1/merchants", json!({ "name": "新商户", "onboarding": true })).await, 201);
        let coming = format!("/v1/merchants/{}", made["id"].as_str().unwrap());
        let store = ok(post(&callers.operator, "/v1/stores", json!({ "merchant": made["id"], "name": "店", "address": "某街" })).await, 201);
        let pay = async |store: &Value| {
            let code = ok(post(&callers.rider, &callers.codes, json!({})).await, 201);
            let body = json!({ "code": code["code"], "store": store, "points": "1" });
            post(&callers.operator, "/v1/redemptions", body).await
        };
        refused(pay(&store["id"]).await, 409, "merchant_suspended");
        assert_eq!(ok(callers.operator.get(&coming).await.unwrap(), 200)["state"], "onboarding");
        let state = async |merchant: &str, state: &str, reason: &str| {
            let body = json!({ "state": state, "reason": reason });
            post(&callers.operator, &format!("{merchant}/state"), body).await
        };
        refused(state(&coming, "active", "why not").await, 422, "invalid_body");
        ok(state(&coming, "active", "agreed").await, 200);
        ok(pay(&store["id"]).await, 201);

        let known = format!("/v1/merchants/{}", merchant_of(&story));
        let held = ok(callers.charge(json!({ "points": "3", "capture": false })).await, 201);
        ok(state(&known, "suspended", "complaints").await, 200);
        refused(callers.charge(json!({ "points": "1" })).await, 409, "merchant_suspended");
        ok(pay(&store["id"]).await, 201);
        refused(state(&known, "suspended", "complaints").await, 409, "merchant_state");
        let path = format!("/v1/redemptions/{}", held["id"].as_str().unwrap());
        let released = async || ok(callers.shop.get(&path).await.unwrap(), 200)["state"] == "released";
        for _ in 0..120 {
            if released().await {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
        assert!(released().await, "the job that releases holds gives it back");
        let listed = ok(callers.operator.get("/v1/merchants").await.unwrap(), 200);
        let states: Vec<_> = listed["items"].as_array().unwrap().iter().map(|item| item["state"].clone()).collect();
        assert!(states.contains(&json!("suspended")) && states.contains(&json!("active")), "{states:?}");
        let trail = ok(callers.operator.get("/v1/audit?operation=merchant.suspend").await.unwrap(), 200);
        assert_eq!(trail["items"][0]["reason"], "complaints");
        story.clean(&db).await;
    }
}
