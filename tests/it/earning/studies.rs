//! An evening's study: who is there by the code on the screen has points to spend, in a programme that was empty before.

use serde_json::json;
use tests::backend::Database;
use tests::http::{ok, refused};
use tests::on_both;
use tests::town::{Town, here, now, post, text};

const STUDIES: &str = include_str!("../../../policies/yuhong/organizational-life.toml");

on_both! {
    async fn an_empty_programme_comes_to_pay_for_a_study(db: Database) {
        let town = Town::begin(&db).await;
        let district = town.organization("district", "于洪区", None).await;
        let community = town.organization("community", "幸福社区", Some(&district)).await;
        let staff = town.staff(&community, "值班").await;
        town.pays_by("organizational-life", STUDIES).await;
        let rider = town.rider(&community, "赵立军").await;

        let slot = json!({ "starts_at": now(), "ends_at": now().plus_seconds(3_600) });
        let plan = json!({ "organization": community, "form": "study", "title": "晚间学习", "place": "驿站", "slots": [slot], "fence": { "position": here(), "radius": 100 } });
        refused(post(&rider.client, "/v1/activities", plan.clone()).await, "forbidden");
        let planned = ok(post(&staff.client, "/v1/activities", plan).await, 201);
        let study = format!("/v1/activities/{}", text(&planned["id"]));
        let to = |step: &str| format!("{study}/{step}");
        let screen = ok(staff.client.get(&to("code")).await.unwrap(), 200);
        let by_code = json!({ "code": screen["code"] });
        let gone = |seconds: i64| json!({ "position": here(), "at": now().plus_seconds(seconds) });
        let begun = ok(post(&rider.client, &to("check-in"), by_code).await, 200);
        assert_eq!((&begun["state"], town.balance(&rider).await), (&json!("begun"), json!("0.00")));
        refused(post(&rider.client, &to("check-out"), gone(0)).await, "activity_not_open");
        // A minute later, by a phone whose clock is as much too fast.
        let done = ok(post(&rider.client, &to("check-out"), gone(65)).await, 200);
        assert_eq!((&done["state"], &done["award_state"]), (&json!("done"), &json!("vested")), "{done}");
        // A quarter more in the afternoon.
        assert!(["8.00", "10.00"].contains(&text(&done["points"])), "{done}");
        assert_eq!(town.balance(&rider).await, done["points"]);
        let why = format!("/v1/awards/{}/explanation?lang=zh", text(&done["award"]));
        let why = ok(rider.client.get(&why).await.unwrap(), 200).to_string();
        assert!(why.contains("于洪区新就业群体组织生活积分办法"), "{why}");
        town.sound().await;
    }
}
