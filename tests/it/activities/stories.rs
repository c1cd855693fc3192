//! Earning by taking part, over HTTP and by what the district says: a study that is checked in to by the code on the screen, a convoy with slots.

use ledger::ids::random_bytes;
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{ok, refused};
use tests::on_both;
use uuid::Uuid;

use super::http::Stage;

/// What the district pays for organizational life, and for volunteers.
pub const STUDIES: &str = include_str!("../../../policies/yuhong/organizational-life.toml");
pub const VOLUNTEERS: &str = include_str!("../../../policies/yuhong/volunteer-service.toml");

impl Stage {
    /// One of the district's policies in force since the story began, and a budget for it, made over HTTP.
    pub async fn pays_by(&self, name: &str, policy: &str) {
        self.story.enact(name, policy).await;
        let budget = json!({ "code": name, "name": name });
        let budget = ok(
            self.admin
                .post("/v1/budgets", Some(name), &budget)
                .await
                .unwrap(),
            201,
        );
        let fill = format!("/v1/budgets/{}/appropriate", budget["id"].as_str().unwrap());
        ok(
            self.admin
                .post(&fill, Some(name), &json!({ "points": "1000" }))
                .await
                .unwrap(),
            200,
        );
    }

    pub async fn plan_of(&self, plan: &Value) -> String {
        let key = Uuid::from_bytes(random_bytes()).to_string();
        let planned = ok(
            self.staff
                .post("/v1/activities", Some(&key), plan)
                .await
                .unwrap(),
            201,
        );
        format!("/v1/activities/{}", planned["id"].as_str().unwrap())
    }

    pub async fn balance(&self, rider: usize) -> Value {
        let path = format!("/v1/members/{}/balance", self.member(rider));
        ok(self.riders[rider].get(&path).await.unwrap(), 200)["available"].clone()
    }
}

pub fn here() -> Value {
    json!({ "latitude": 41.7952, "longitude": 123.3085 })
}

on_both! {
    async fn who_checks_in_to_a_study_is_awarded(db: Database) {
        let stage = Stage::begin(&db).await;
        stage.pays_by("organizational-life", STUDIES).await;
        let now = Stage::now();
        let slot = json!({ "starts_at": now.plus_seconds(-600), "ends_at": now.plus_seconds(3_000) });
        let study = stage.plan_of(&json!({
            "organization": stage.organization, "form": "study", "title": "晚间学习", "place": "驿站", "slots": [slot],
            "fence": { "position": here(), "radius": 100 },
        })).await;
        let to = |step: &str| format!("{study}/{step}");
        let rider = &stage.riders[0];
        refused(rider.get(&to("code")).await.unwrap(), "forbidden");
        let screen = ok(stage.staff.get(&to("code")).await.unwrap(), 200);
        let code = screen["code"].as_str().unwrap();
        let wrong = code.replace(|digit: char| digit == code.chars().next().unwrap(), "x");
        refused(rider.post(&to("check-in"), Some("guess"), &json!({ "code": wrong })).await.unwrap(), "invalid_code");
        let begun = ok(rider.post(&to("check-in"), Some("in"), &json!({ "code": code })).await.unwrap(), 200);
        assert_eq!((&begun["state"], stage.balance(0).await), (&json!("begun"), json!("0.00")));
        refused(rider.post(&to("check-in"), Some("in-2"), &json!({ "code": code })).await.unwrap(), "deed_state");

        // The phone's clock is a little fast.
        let gone = json!({ "position": here(), "at": Stage::now().plus_seconds(100) });
        let done = ok(rider.post(&to("check-out"), Some("out"), &gone).await.unwrap(), 200);
        assert_eq!((&done["state"], &done["award_state"]), (&json!("done"), &json!("vested")), "{done}");
        // Half as much again in the afternoon.
        assert!(["8.00", "10.00"].contains(&done["points"].as_str().unwrap()), "{done}");
        assert_eq!(stage.balance(0).await, done["points"]);
        let deed = ok(rider.get(&format!("/v1/deeds/{}", done["deed"].as_str().unwrap())).await.unwrap(), 200);
        assert_eq!((&deed["kind"], &deed["award"]), (&json!("attendance"), &done["award"]));
        let award = ok(stage.admin.get(&format!("/v1/awards/{}", done["award"].as_str().unwrap())).await.unwrap(), 200);
        assert_eq!((&award["policy"], &award["deed"]["evidence"]), (&json!("organizational-life"), &json!(["check_in"])));
        assert_eq!(award["deed"]["facts"]["activity"], "study");
        let again = ok(rider.post(&to("check-out"), Some("out"), &gone).await.unwrap(), 200);
        assert_eq!((&again["award"], stage.balance(0).await), (&done["award"], done["points"].clone()));
        stage.sound().await;
    }

    /// 橙丝带送考: drivers take pupils to their examination, each in a slot. Who comes too late for one takes another.
    async fn a_convoy_has_as_many_drivers_as_places(db: Database) {
        let stage = Stage::begin(&db).await;
        stage.pays_by("volunteer-service", VOLUNTEERS).await;
        let [one, two, three] = &stage.riders[..] else { panic!("three riders") };
        let now = Stage::now();
        let slot = |from: i64, until: i64, quota: i64| {
            json!({ "starts_at": now.plus_seconds(from), "ends_at": now.plus_seconds(until), "quota": quota })
        };
        let convoy = stage.plan_of(&json!({
            "organization": stage.organization, "form": "convoy", "title": "橙丝带送考", "place": "第八十中学",
            "slots": [slot(-3_000, 3_000, 2), slot(3_600, 7_200, 1)], "facts": { "beneficiary": "child" },
            "policy": "volunteer-service", "fence": { "position": here(), "radius": 200 },
        })).await;
        let to = |step: &str| format!("{convoy}/{step}");
        let early = json!({ "slot": 0 });
        for rider in [one, two] {
            ok(rider.post(&to("sign-up"), Some("up"), &early).await.unwrap(), 200);
        }
        refused(three.post(&to("sign-up"), Some("up"), &early).await.unwrap(), "activity_full");
        let arrived = json!({ "slot": 0, "position": here(), "at": now.plus_seconds(-3_000) });
        refused(three.post(&to("check-in"), Some("in"), &arrived).await.unwrap(), "activity_full");
        ok(three.post(&to("sign-up"), Some("late"), &json!({ "slot": 1 })).await.unwrap(), 200);
        let seen = ok(three.get(&convoy).await.unwrap(), 200);
        assert_eq!((&seen["slots"][0]["taken"], &seen["slots"][1]["taken"]), (&json!(2), &json!(1)), "{seen}");
        // Who gives their place back makes room for one.
        ok(two.post(&to("withdraw"), Some("back"), &early).await.unwrap(), 200);
        ok(three.post(&to("sign-up"), Some("up-again"), &early).await.unwrap(), 200);
        refused(two.post(&to("sign-up"), Some("once-more"), &early).await.unwrap(), "activity_full");

        for (index, rider) in [(0, one), (2, three)] {
            ok(rider.post(&to("check-in"), Some("in-0"), &arrived).await.unwrap(), 200);
            let gone = json!({ "slot": 0, "position": here() });
            let done = ok(rider.post(&to("check-out"), Some("out"), &gone).await.unwrap(), 200);
            assert_eq!((&done["award_state"], &done["points"]), (&json!("vested"), &json!("7.97")), "0.83 hours for pupils: {done}");
            assert_eq!(stage.balance(index).await, done["points"]);
        }
        assert_eq!(stage.balance(1).await, "0.00");
        stage.sound().await;
    }
}
