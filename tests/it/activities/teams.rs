//! 益蜂使者, over HTTP and by what the district says: members of a team do hours for the old, the young and the hard-up, and the team tells them.

use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{ok, refused};
use tests::on_both;
use tests::story::HOUR;

use super::http::Stage;
use super::stories::{VOLUNTEERS, here};

impl Stage {
    /// What the team did in the last day.
    async fn totals(&self, rider: usize) -> Value {
        let now = Self::now();
        let (from, until) = (now.plus_seconds(-24 * HOUR), now.plus_seconds(HOUR));
        let path = format!("/v1/teams/yifeng/totals?from={from}&until={until}");
        ok(self.riders[rider].get(&path).await.unwrap(), 200)
    }
}

on_both! {
    async fn a_team_does_hours_for_the_old_the_young_and_the_hard_up(db: Database) {
        let stage = Stage::begin(&db).await;
        stage.pays_by("volunteer-service", VOLUNTEERS).await;
        let team = json!({ "code": "yifeng", "team": { "organization": stage.organization, "kind": "volunteer", "name": "益蜂使者" } });
        refused(stage.riders[0].post("/v1/teams", Some("form"), &team).await.unwrap(), "forbidden");
        ok(stage.staff.post("/v1/teams", Some("form"), &team).await.unwrap(), 201);
        for rider in [0, 1] {
            let join = json!({ "member": stage.member(rider) });
            ok(stage.staff.post("/v1/teams/yifeng/members", Some(&format!("join-{rider}")), &join).await.unwrap(), 200);
        }
        let none = json!({ "deeds": 0, "minutes": 0, "people_served": 0, "points": "0.00", "members": 0 });
        assert_eq!(stage.totals(0).await, none);

        // Three visits of half an hour, one after the other; two of the team serve the six of the first together.
        let now = Stage::now();
        let mut earned = [0, 0, 0];
        for (visit, beneficiary, people, riders) in [(3, "elderly", 6, &[0, 1][..]), (2, "child", 4, &[0]), (1, "hardship", 1, &[1])] {
            let (from, until) = (now.plus_seconds(-visit * HOUR / 2), now.plus_seconds((1 - visit) * HOUR / 2));
            let held = stage.plan_of(&json!({
                "organization": stage.organization, "form": "volunteer", "title": "一老一小一困", "place": "幸福里", "policy": "volunteer-service",
                "slots": [{ "starts_at": from, "ends_at": until }], "fence": { "position": here(), "radius": 100 },
                "facts": { "beneficiary": beneficiary, "people_served": people, "team": "yifeng" },
            })).await;
            for &rider in riders {
                let client = &stage.riders[rider];
                let mark = |at| json!({ "position": here(), "at": at });
                ok(client.post(&format!("{held}/check-in"), Some(&format!("in-{visit}")), &mark(from)).await.unwrap(), 200);
                let done = ok(client.post(&format!("{held}/check-out"), Some(&format!("out-{visit}")), &mark(until)).await.unwrap(), 200);
                assert_eq!((&done["award_state"], &done["points"]), (&json!("vested"), &json!("4.80")), "{done}");
                earned[rider] += 480;
            }
        }
        // Without the team, it is no deed of the team's.
        let alone = json!({
            "member": stage.member(2), "policy": "volunteer-service",
            "deed": { "kind": "volunteer_service", "reference": "alone", "occurred_at": now.plus_seconds(-HOUR),
                "facts": { "minutes": 60, "beneficiary": "community", "people_served": 50 } },
        });
        ok(stage.staff.post("/v1/awards", Some("alone"), &alone).await.unwrap(), 201);
        earned[2] += 800;

        let expected = json!({ "deeds": 4, "minutes": 120, "people_served": 11, "points": "19.20", "members": 2 });
        assert_eq!(stage.totals(2).await, expected, "those served together are counted once");
        for (rider, hundredths) in earned.into_iter().enumerate() {
            assert_eq!(stage.balance(rider).await, format!("{}.{:02}", hundredths / 100, hundredths % 100));
        }
        stage.sound().await;
    }
}
