//! The code on a store's wall: a rider pays by themselves, once, and the store sees it.

use ledger::community::{ClerkRole, Role};
use serde_json::json;
use tests::backend::Database;
use tests::on_both;

use crate::offers;

use super::Town;

on_both! {
    async fn a_rider_pays_at_the_code_on_the_wall(db: Database) {
        let town = Town::begin(&db).await;
        let (rider, store) = (town.rider(0).await, town.story.stores[0]);
        let manager = town.employ(store, ClerkRole::Manager, false).await;
        let clerk = town.employ(store, ClerkRole::Clerk, false).await;
        let print = format!("/v1/stores/{store}/code");
        assert_eq!(manager.get(&print).await.status, 404, "none was printed yet");
        assert_eq!(clerk.post(&print, "p", &json!({})).await.status, 403);
        let elsewhere = format!("/v1/stores/{}/code", town.story.stores[1]);
        assert_eq!(manager.post(&elsewhere, "p", &json!({})).await.body["code"], "unknown_store");
        let printed = manager.post(&print, "p", &json!({})).await;
        assert_eq!(printed.status, 201, "{}", printed.text);
        let code = printed.body["code"].as_str().unwrap().to_owned();
        assert_eq!(clerk.get(&print).await.body["code"], json!(code));

        let pay = async |key: &str, code: &str, points: &str| {
            let body = json!({ "code": code, "points": points });
            rider.post("/v1/payments", Some(key), &body).await.unwrap()
        };
        let mut mistyped = code.clone();
        let last = if mistyped.pop() == Some('2') { '3' } else { '2' };
        mistyped.push(last);
        assert_eq!(pay("wrong", &mistyped, "5").await.body["code"], "invalid_code");
        let first = pay("a", &code, "5").await;
        assert_eq!(first.status, 201, "{}", first.text);
        assert_eq!(pay("a", &code, "5").await.body["id"], first.body["id"], "pressed twice");
        assert_eq!(first.body["store"], json!(store));
        assert_eq!(pay("much", &code, "500").await.body["code"], "insufficient_points");
        assert_eq!(pay("none", &code, "0").await.status, 422);
        assert_eq!(clerk.post("/v1/payments", "c", &json!({ "code": code, "points": "1" })).await.status, 403);
        let seen = clerk.get("/v1/redemptions").await.body;
        assert_eq!(seen["items"][0]["id"], first.body["id"], "{seen}");

        // On the pages: typed, confirmed, paid; sent twice, paid once.
        let program = town.story.program;
        let phone = town.log_in(Role::Member, town.story.members[0].0).await;
        let page = format!("/{program}/store/{code}");
        assert!(phone.get(&page).await.text.contains("付积分"));
        assert_eq!(phone.get(&format!("/{program}/store/{mistyped}")).await.status, 404);
        let asked = phone.form(&page, "key=web-1&points=7&act=next").await;
        assert!(asked.text.contains("确认付款") && asked.text.contains("<p class=\"big\">7 分</p>"), "{}", asked.text);
        assert_eq!(town.left(&rider, 0).await, "115.00", "nothing is paid before it is confirmed");
        let mut led = Vec::new();
        for _ in 0..2 {
            let paid = phone.form(&page, "key=web-1&points=7&act=pay").await;
            assert_eq!(paid.status, 303, "{}", paid.text);
            led.push(paid.header("location").unwrap().to_owned());
        }
        assert_eq!(led[0], led[1]);
        assert_eq!(town.left(&rider, 0).await, "108.00");
        let till = clerk.get(&format!("/{program}/counter/till")).await;
        assert!(till.text.contains("新到账") && till.text.contains("12 分"), "{}", till.text);
        assert!(manager.get(&format!("/{program}/counter/code")).await.text.contains(&code));
        assert_eq!(clerk.form(&format!("/{program}/counter/code"), "").await.status, 403);

        // An offer of the store's is taken up the same way.
        let offer = offers::make(&town.story, "wall", offers::plain(3)).await;
        assert!(phone.get(&page).await.text.contains("免费修车"));
        let chosen = format!("key=web-2&offer={offer}&points=&amount=");
        let asked = phone.form(&page, &format!("{chosen}&act=next")).await;
        assert!(asked.text.contains("免费修车：3 分"), "{}", asked.text);
        assert_eq!(phone.form(&page, &format!("{chosen}&act=pay")).await.status, 303);
        assert_eq!(town.left(&rider, 0).await, "105.00");
        let both = json!({ "code": code, "points": "1", "offer": offer });
        assert_eq!(rider.post("/v1/payments", Some("both"), &both).await.unwrap().status, 422);

        // Twenty a day; a store's new code ends the one before.
        for number in 3..20 {
            assert_eq!(pay(&format!("day-{number}"), &code, "1").await.status, 201);
        }
        assert_eq!(pay("day-20", &code, "1").await.body["code"], "too_many_payments");
        let shown = town.code(&rider, 0).await;
        assert_eq!(clerk.charge("shown", &shown, 1).await.status, 201, "a clerk still charges");
        manager.post(&print, "q", &json!({})).await;
        assert_eq!(pay("old", &code, "1").await.body["code"], "invalid_code");
        assert_eq!(town.left(&rider, 0).await, "87.00");
        town.story.sound_books(&db).await;
    }
}
