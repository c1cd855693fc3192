//! What changes is told as it happens.

use std::time::{Duration, Instant};

use ledger::community::Role;
use ledger::ids::RedemptionId;
use ledger::machine::Command;
use serde_json::json;
use tests::backend::Database;
use tests::http::{Client, ok};
use tests::on_both;
use tests::server::Server;
use tests::story::points;
use uuid::Uuid;

use crate::webhooks::begin;

on_both! {
    async fn a_rider_and_a_till_see_a_charge_at_once(db: Database) {
        let story = begin(&db).await;
        let tokens = [
            story.token(Role::Member, Some(story.members[0].0)).await,
            story.token(Role::Merchant, Some(story.stores[0].0)).await,
            story.token(Role::Member, Some(story.members[1].0)).await,
        ];
        let mut server = Server::start(&db.url).await;
        let [rider, till, other] = tokens.map(|token| Client::new(server.base_url(), &token));
        let own = format!("/v1/members/{}/balance/live", story.members[0]);
        let store = format!("/v1/stores/{}/redemptions/live", story.stores[0]);
        ok(other.get(&own).await.unwrap(), 404);
        ok(till.get(&format!("/v1/stores/{}/redemptions/live", story.stores[1])).await.unwrap(), 404);
        let (mut purse, mut counter) = (rider.listen(&own).await.unwrap(), till.listen(&store).await.unwrap());
        let (event, balance) = purse.next().await.unwrap();
        assert_eq!((event.as_str(), &balance["available"]), ("balance", &json!("50.00")));
        let (event, taken) = counter.next().await.unwrap();
        assert_eq!((event.as_str(), &taken["items"]), ("redemptions", &json!([])));

        let code = ok(rider.post(&format!("/v1/members/{}/codes", story.members[0]), None, &json!({})).await.unwrap(), 201);
        let charge = json!({ "code": code["code"], "points": "40" });
        let paid = ok(till.post("/v1/redemptions", Some("c"), &charge).await.unwrap(), 201);
        let began = Instant::now();
        assert_eq!(purse.next().await.unwrap().1["available"], "10.00");
        let taken = counter.next().await.unwrap().1;
        assert_eq!((&taken["items"][0]["id"], &taken["items"][0]["captured"]), (&paid["id"], &json!("40.00")));
        assert!(began.elapsed() < Duration::from_secs(4), "sooner than it is looked for");

        // What another process did is found by looking.
        story.ledger.execute(&story.request(story.merchant(0), None), Command::Refund {
            redemption: RedemptionId(Uuid::parse_str(paid["id"].as_str().unwrap()).unwrap()),
            points: Some(points(15)),
        }).await.unwrap();
        assert_eq!(purse.next().await.unwrap().1["available"], "25.00");

        // One caller has eight at most, and gets a place back.
        let mut open = Vec::new();
        for _ in 0..7 {
            open.push(rider.listen(&own).await.unwrap());
        }
        assert_eq!(ok(rider.get(&own).await.unwrap(), 503)["code"], "busy");
        drop(open);
        let tries = Instant::now();
        while rider.get(&own).await.unwrap().status != 200 {
            assert!(tries.elapsed() < Duration::from_secs(20), "a place is given back");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }

        // A server that ends does not wait for who listens.
        let began = Instant::now();
        assert!(server.terminate_and_wait().await.success());
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
        assert!(purse.next().await.is_none());
    }
}
