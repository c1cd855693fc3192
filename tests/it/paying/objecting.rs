//! A rider objects to a charge, and somebody answers.

use ledger::community::paying::ChargeGround;
use ledger::community::{ClerkRole, Role};
use ledger::machine::{Command, PayingCommand};
use serde_json::json;
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, Story, code_of, redemption_of};

use super::Town;
use super::offline::rider;

on_both! {
    async fn an_objection_is_answered_once(db: Database) {
        let town = Town::begin(&db).await;
        let (first, second, store) = (town.rider(0).await, town.rider(1).await, town.story.stores[0]);
        let manager = town.employ(store, ClerkRole::Manager, false).await;
        let clerk = town.employ(store, ClerkRole::Clerk, false).await;
        let elsewhere = town.employ(town.story.stores[1], ClerkRole::Manager, false).await;
        let staff = town.with_key(Role::Admin, None).await;
        let mut charges = Vec::new();
        for key in ["a", "b"] {
            let code = town.code(&first, 0).await;
            let charged = clerk.charge(key, &code, 30).await;
            charges.push(format!("/v1/redemptions/{}/objection", charged.body["id"].as_str().unwrap()));
        }
        let wrong = json!({ "ground": "wrong_amount" });
        assert_eq!(second.post(&charges[0], Some("o"), &wrong).await.unwrap().status, 404, "another's");
        assert_eq!(first.get(&charges[0]).await.unwrap().status, 404, "none yet");
        for charge in &charges {
            for _ in 0..2 {
                let made = first.post(charge, Some(charge), &wrong).await.unwrap();
                assert_eq!((made.status, &made.body["state"]), (201, &json!("open")), "{}", made.text);
            }
            assert_eq!(first.post(charge, Some(&format!("again {charge}")), &wrong).await.unwrap().body["code"], "charge_objected");
        }
        assert_eq!(town.left(&first, 0).await, "60.00", "no point moves yet");
        let waiting = |body: &serde_json::Value| body["items"].as_array().map(Vec::len);
        let list = "/v1/charge-objections";
        assert_eq!(waiting(&manager.get(list).await.body), Some(2));
        assert_eq!(waiting(&elsewhere.get(list).await.body), Some(0));
        assert_eq!(waiting(&staff.get(list).await.unwrap().body), Some(2));
        assert_eq!(clerk.get(list).await.status, 403);

        let answer = format!("{}/answer", charges[0]);
        let refund = json!({ "refund": true, "points": "20" });
        assert_eq!(clerk.post(&answer, "c", &refund).await.status, 403);
        assert_eq!(elsewhere.post(&answer, "e", &refund).await.status, 404);
        for _ in 0..2 {
            let answered = manager.post(&answer, "m", &refund).await;
            assert_eq!((answered.status, &answered.body["refunded"]), (200, &json!("20.00")), "{}", answered.text);
        }
        assert_eq!(manager.post(&answer, "n", &refund).await.body["code"], "no_open_objection");
        let dismiss = json!({ "refund": false, "reason": "delivered" });
        let dismissed = staff.post(&format!("{}/answer", charges[1]), Some("s"), &dismiss).await.unwrap();
        assert_eq!((dismissed.status, &dismissed.body["state"]), (200, &json!("dismissed")), "{}", dismissed.text);
        assert_eq!(waiting(&manager.get(list).await.body), Some(0));
        assert_eq!(town.left(&first, 0).await, "80.00");
        assert_eq!(first.get(&charges[1]).await.unwrap().body["reason"], "delivered");

        // The rider sees it, and objects on the page.
        let phone = town.log_in(Role::Member, town.story.members[0].0).await;
        let code = town.code(&first, 0).await;
        let charged = clerk.charge("page", &code, 1).await;
        let page = format!("/{}/me/redemptions/{}", town.story.program, charged.body["id"].as_str().unwrap());
        assert!(phone.get(&page).await.text.contains("提出异议"));
        assert_eq!(phone.form(&page, "key=k&ground=not_me").await.status, 303);
        let told = phone.get(&page).await.text;
        assert!(told.contains("等门店或社区答复") && !told.contains("哪里不对"), "{told}");
        town.story.sound_books(&db).await;
    }

    async fn a_charge_is_objected_to_within_thirty_days(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 60)).await.unwrap();
        let redemption = redemption_of(&story.spend(0, 0, 5, true).await.unwrap());
        let held = redemption_of(&story.spend(0, 0, 5, false).await.unwrap());
        let ground = ChargeGround::Other;
        let object = |redemption| Command::Paying(Box::new(PayingCommand::Object { redemption, ground }));
        let by = |member| rider(&story, member);
        assert_eq!(code_of(story.execute(by(0), None, object(held)).await), "not_captured");
        assert_eq!(code_of(story.execute(by(1), None, object(redemption)).await), "unknown_redemption");
        story.later(30 * DAY);
        assert_eq!(code_of(story.execute(by(0), None, object(redemption)).await), "objection_late");
        story.later(-1);
        story.execute(by(0), None, object(redemption)).await.unwrap();
    }
}
