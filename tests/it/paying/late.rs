//! What comes back late: to lots that have expired, from a hold whose time ran out, and when nobody knows whether it came back.

use std::time::Duration;

use ledger::AwardRequest;
use ledger::clock::{Clock, Timestamp};
use ledger::community::Role;
use ledger::ids::{AwardId, RedemptionId, random_bytes};
use ledger::machine::Command;
use ledger::views::{Falling, Lease};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::books::Sql;
use tests::http::{Client, ok, refused};
use tests::on_both;
use tests::policies::patrol;
use tests::story::{DAY, HOUR, Story, award_of, points, redemption_of};
use tests::town::text;
use uuid::Uuid;

use super::Town;

/// Good for 20 days, and for 36 hours more when something comes back.
const NIGHT: &str = "[expiry]\nafter = \"20 days\"\ngrace = \"36 hours\"\n";

/// What a rider has: what they can spend, what is on hold, and what expires when.
async fn has(rider: &Client, town: &Town) -> (String, String, Value) {
    let path = format!("/v1/members/{}/balance", town.story.members[0]);
    let told = ok(rider.get(&path).await.unwrap(), 200);
    let amount = |field: &str| text(&told[field]).to_owned();
    (
        amount("available"),
        amount("held"),
        told["expiring"].clone(),
    )
}

/// The same without when.
async fn sums(rider: &Client, town: &Town) -> (String, String) {
    let (available, held, _) = has(rider, town).await;
    (available, held)
}

/// A moment that was told, so many seconds later.
fn after(moment: &Value, seconds: i64) -> Value {
    let moment: Timestamp = text(moment).parse().unwrap();
    json!(moment.plus_seconds(seconds))
}

/// Three lots of the first member's: a hundred points good for 30 days, forty good for 20, and sixty that never expire.
async fn lots(story: &Story) -> [AwardId; 3] {
    story.enact("night", &patrol("night", "none", NIGHT)).await;
    let by = |policy: &str, award: AwardRequest| AwardRequest {
        policy: Some(policy.to_owned()),
        ..award
    };
    let mut awards = Vec::new();
    for award in [
        story.service_of(0, "visit", 100),
        by("night", story.patrol_of(0, "night", 40)),
        by("patrol", story.patrol_of(0, "shift", 120)),
    ] {
        awards.push(award_of(&story.award(&award).await.unwrap()));
    }
    let award = awards[2];
    let approve = Command::ApproveAward { award };
    story.execute(story.staff(1), None, approve).await.unwrap();
    awards.try_into().unwrap()
}

/// What the server's job does once so much time has gone by: lots whose time ran out expire.
async fn expire_after(story: &Story, seconds: i64) {
    let then = Clock::System.now().plus_seconds(seconds);
    story.clock.set(then);
    let due = story
        .ledger
        .due(story.program, Falling::Lots, then, None, 9);
    assert_eq!(due.await.unwrap().len(), 1);
    let member = story.members[0];
    let expire = Command::ExpireLots { member };
    story.execute(story.admin(), None, expire).await.unwrap();
}

/// A redemption's void, under a key, asked for twice: the two answers, which are one.
async fn void_twice(shop: &Client, redemption: &str, key: &str) -> (u16, Value) {
    let path = format!("/v1/redemptions/{redemption}/void");
    let mut answers = Vec::new();
    while answers.len() < 2 {
        let answer = shop.post(&path, Some(key), &json!({})).await.unwrap();
        // One whose answer was lost is still being worked on.
        if answer.body["code"] != "in_progress" {
            let mut body = answer.body;
            // Each request has its own.
            if let Some(problem) = body.as_object_mut() {
                problem.remove("request_id");
            }
            answers.push((answer.status, body));
        }
    }
    assert_eq!(answers[0], answers[1]);
    answers.swap_remove(0)
}

async fn by_key(shop: &Client, key: &str) -> Value {
    let path = format!("/v1/redemptions/by-key/{key}?operation=void");
    ok(shop.get(&path).await.unwrap(), 200)
}

/// Asks until a hold was given back by the server.
async fn released(shop: &Client, redemption: &str) {
    let path = format!("/v1/redemptions/{redemption}");
    for _ in 0..400 {
        if ok(shop.get(&path).await.unwrap(), 200)["state"] == "released" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{redemption} was not released within forty seconds");
}

on_both! {
    /// The story is months old when it comes to the server, so that lots have expired, once and after a first refund once more.
    async fn a_refund_reopens_lots_that_have_expired_for_a_while(db: Database) {
        let story = Story::begin(&db).await;
        let [visit, night, shift] = lots(&story).await;
        let first = redemption_of(&story.spend(0, 0, 20, true).await.unwrap());
        let second = redemption_of(&story.spend(0, 0, 130, true).await.unwrap());
        story.later(31 * DAY);
        let refund = Command::Refund { redemption: first, points: None };
        story.execute(story.merchant(0), None, refund).await.unwrap();
        assert_eq!(story.available(0).await, 7_000);

        let town = Town::of(story, &db).await;
        let (rider, auditor) = (town.rider(0).await, town.with_key(Role::Auditor, None).await);
        assert_eq!(has(&rider, &town).await, ("50.00".to_owned(), "0.00".to_owned(), json!([])));
        let breakage = async || {
            let account = auditor.get("/v1/accounts/program:breakage").await.unwrap();
            account.body["balance"].as_str().unwrap_or("0.00").to_owned()
        };
        for _ in 0..200 {
            if breakage().await != "0.00" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(breakage().await, "20.00", "the server's job expired what had come back");

        let shop = town.with_key(Role::Merchant, Some(town.story.stores[0].0)).await;
        let path = format!("/v1/redemptions/{second}");
        let taken = async |returned: [&str; 3]| {
            let known = ok(rider.get(&path).await.unwrap(), 200);
            let lots = [(night, "20.00"), (visit, "100.00"), (shift, "10.00")].into_iter().zip(returned);
            let lots: Vec<Value> = lots.map(|((award, taken), returned)| json!({ "award": award, "taken": taken, "returned": returned })).collect();
            assert_eq!(known["lots"], json!(lots));
        };
        taken(["0.00", "0.00", "0.00"]).await;
        let refund = format!("{path}/refund");
        let back = async |key: &str, body: Value| shop.post(&refund, Some(key), &body).await.unwrap();
        // To what was taken last: ten to the lot that never expires, twenty to one that has, and is good for a week again.
        let part = ok(back("part", json!({ "points": "30" })).await, 200);
        taken(["0.00", "20.00", "10.00"]).await;
        let week = after(&part["recorded_at"], 7 * DAY);
        assert_eq!(has(&rider, &town).await, ("80.00".to_owned(), "0.00".to_owned(), json!([{ "at": week, "points": "20.00" }])));
        // The rest: what comes back to the same lot does not make its week longer.
        let rest = ok(back("rest", json!({})).await, 200);
        assert_eq!(ok(back("rest", json!({})).await, 200), rest, "once");
        refused(back("more", json!({})).await, "refund_exceeds_capture");
        taken(["20.00", "100.00", "10.00"]).await;
        let hours = after(&rest["recorded_at"], 36 * HOUR);
        let expiring = json!([{ "at": hours, "points": "20.00" }, { "at": week, "points": "100.00" }]);
        assert_eq!(has(&rider, &town).await, ("180.00".to_owned(), "0.00".to_owned(), expiring));
        let lines = format!("/v1/members/{}/statement?kind=refund", town.story.members[0]);
        let lines = ok(rider.get(&lines).await.unwrap(), 200);
        let amounts: Vec<&Value> = lines["items"].as_array().unwrap().iter().map(|line| &line["amount"]).collect();
        assert_eq!(amounts, ["100.00", "30.00", "20.00"]);

        expire_after(&town.story, 36 * HOUR).await;
        assert_eq!((sums(&rider, &town).await.0, breakage().await), ("160.00".to_owned(), "40.00".to_owned()));
        expire_after(&town.story, 7 * DAY).await;
        assert_eq!(has(&rider, &town).await, ("60.00".to_owned(), "0.00".to_owned(), json!([])));
        assert_eq!(breakage().await, "140.00");
        town.story.clean(&db).await;
    }

    /// By whoever comes first, the store or the server, and by nobody else.
    async fn a_hold_whose_time_ran_out_is_given_back_once(db: Database) {
        ledger::Ledger::migrate(&db.url).await.unwrap();
        let story = Story::begin_as(&db, random_bytes()).await;
        story.clock.set(Clock::System.now().plus_seconds(-2 * HOUR));
        story.award(&story.service_of(0, "visit", 120)).await.unwrap();
        let mut holds = Vec::new();
        for amount in [30, 20] {
            let held: RedemptionId = redemption_of(&story.spend(0, 0, amount, false).await.unwrap());
            holds.push(held.to_string());
        }
        // Somebody else is at the job.
        let now = Clock::System.now();
        let until = now.plus_seconds(DAY);
        let lease = Lease { job: "release_holds", by: Uuid::from_u128(9), until };
        story.ledger.claim_job(story.program, &lease, now).await.unwrap();
        story.clock.set(now);
        let town = Town::of(story, &db).await;
        let rider = town.rider(0).await;
        let mut shops = Vec::new();
        for store in &town.story.stores {
            shops.push(town.with_key(Role::Merchant, Some(store.0)).await);
        }
        let shop = &shops[0];
        assert_eq!(sums(&rider, &town).await, ("70.00".to_owned(), "50.00".to_owned()));

        let capture = format!("/v1/redemptions/{}/capture", holds[0]);
        refused(shop.post(&capture, Some("c"), &json!({})).await.unwrap(), "hold_expired");
        let (_, stranger) = void_twice(&shops[1], &holds[0], "v").await;
        assert_eq!(stranger["code"], "unknown_redemption");
        let (status, voided) = void_twice(shop, &holds[0], "v").await;
        assert_eq!((status, &voided["state"]), (200, &json!("voided")));
        assert_eq!(by_key(shop, "v").await, json!({ "outcome": "done", "redemption": voided }));
        let (_, again) = void_twice(shop, &holds[0], "again").await;
        assert_eq!((&again["code"], &again["state"]), (&json!("hold_already_resolved"), &json!("voided")));
        assert_eq!(sums(&rider, &town).await, ("100.00".to_owned(), "20.00".to_owned()));

        let mut sql = Sql::connect(&db.url).await;
        sql.run("UPDATE jobs SET claimed_until = 1 WHERE job = 'release_holds'").await.unwrap();
        released(shop, &holds[1]).await;
        let (status, late) = void_twice(shop, &holds[1], "w").await;
        assert_eq!((status, &late["code"], &late["state"]), (409, &json!("hold_already_resolved"), &json!("released")));
        let told = by_key(shop, "w").await;
        assert_eq!((&told["outcome"], &told["problem"]["code"]), (&json!("rejected"), &late["code"]));
        assert_eq!(sums(&rider, &town).await, ("120.00".to_owned(), "0.00".to_owned()));
        let lines = ok(rider.get(&format!("/v1/members/{}/statement", town.story.members[0])).await.unwrap(), 200);
        let kinds: Vec<&Value> = lines["items"].as_array().unwrap().iter().map(|line| &line["kind"]).collect();
        assert_eq!(kinds, ["release", "void", "authorise", "authorise", "award"]);
        town.story.clean(&db).await;
    }

    /// The connection breaks before there is an answer, once at each moment: the points come back, once.
    async fn a_void_whose_answer_was_lost_is_asked_for_again(db: Database) {
        let town = Town::begin(&db).await;
        let rider = town.rider(0).await;
        let shop = town.with_key(Role::Merchant, Some(town.story.stores[0].0)).await;
        for (number, wait) in [0, 1, 3, 10, 30, 100].into_iter().enumerate() {
            let hold = json!({ "code": town.code(&rider, 0).await, "points": "10", "capture": false });
            let held = shop.post("/v1/redemptions", Some(&format!("hold-{number}")), &hold).await.unwrap();
            let held = text(&ok(held, 201)["id"]).to_owned();
            assert_eq!(sums(&rider, &town).await, ("110.00".to_owned(), "10.00".to_owned()));
            let key = format!("lost-{number}");
            let path = format!("/v1/redemptions/{held}/void");
            shop.post_and_break(&path, &key, &json!({}), Duration::from_millis(wait)).await;
            let asked = format!("/v1/redemptions/by-key/{key}?operation=void");
            let asked = shop.get(&asked).await.unwrap();
            assert!(asked.status == 404 || asked.body["outcome"] == "done", "{}", asked.text);
            let (status, voided) = void_twice(&shop, &held, &key).await;
            assert_eq!((status, &voided["state"]), (200, &json!("voided")));
            assert_eq!(by_key(&shop, &key).await, json!({ "outcome": "done", "redemption": voided }));
            let (status, again) = void_twice(&shop, &held, &format!("{key}-again")).await;
            assert_eq!((status, &again["code"]), (409, &json!("hold_already_resolved")));
            assert_eq!(sums(&rider, &town).await, ("120.00".to_owned(), "0.00".to_owned()));
        }
        let wallet = town.story.available(0).await;
        assert_eq!(wallet, points(120).hundredths());
        town.story.clean(&db).await;
    }
}
