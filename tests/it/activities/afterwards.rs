//! What was entered afterwards, over HTTP and by what the district says: the same hour, worth half.

use serde_json::json;
use tests::backend::Database;
use tests::http::{ok, refused};
use tests::on_both;
use tests::story::HOUR;

use super::http::Stage;
use super::stories::{STUDIES, VOLUNTEERS, here};

/// In hundredths.
fn hundredths(points: &serde_json::Value) -> i64 {
    points.as_str().unwrap().replace('.', "").parse().unwrap()
}

on_both! {
    /// One checks in and out by position, another was there and has no phone, so that staff enter it when it is over.
    async fn an_hour_entered_afterwards_is_worth_half(db: Database) {
        let stage = Stage::begin(&db).await;
        let now = Stage::now();
        // The same time counts once, and what a device tells after two hours counts as entered afterwards, too.
        for (policy, source, form, facts, minutes, riders) in [
            ("organizational-life", STUDIES, "study", json!({}), -119, (0, 1)),
            ("volunteer-service", VOLUNTEERS, "volunteer", json!({ "beneficiary": "elderly" }), -59, (1, 2)),
        ] {
            stage.pays_by(policy, source).await;
            let from = now.plus_seconds(minutes * 60);
            let until = from.plus_seconds(HOUR);
            let held = stage.plan_of(&json!({
                "organization": stage.organization, "form": form, "title": "同一个小时", "place": "驿站", "policy": policy,
                "slots": [{ "starts_at": from, "ends_at": until }], "facts": facts, "fence": { "position": here(), "radius": 100 },
            })).await;
            let to = |step: &str| format!("{held}/{step}");
            let had = (stage.balance(riders.0).await, stage.balance(riders.1).await);

            let there = &stage.riders[riders.0];
            let mark = |at| json!({ "position": here(), "at": at });
            ok(there.post(&to("check-in"), Some("in"), &mark(from)).await.unwrap(), 200);
            let shown = ok(there.post(&to("check-out"), Some("out"), &mark(until)).await.unwrap(), 200);
            let said = json!({ "member": stage.member(riders.1), "from": from, "until": until });
            refused(stage.riders[riders.1].post(&to("backfill"), Some("own"), &said).await.unwrap(), "forbidden");
            let entered = ok(stage.staff.post(&to("backfill"), Some(policy), &said).await.unwrap(), 200);
            for done in [&shown, &entered] {
                assert_eq!((&done["state"], &done["award_state"]), (&json!("done"), &json!("vested")), "{done}");
            }
            let (whole, half) = (hundredths(&shown["points"]), hundredths(&entered["points"]));
            assert!(whole >= 800 && whole == 2 * half, "{shown} {entered}");
            assert_eq!(hundredths(&stage.balance(riders.0).await), hundredths(&had.0) + whole);
            assert_eq!(hundredths(&stage.balance(riders.1).await), hundredths(&had.1) + half);

            for (done, evidence, applied) in [(&shown, "check_in", false), (&entered, "backfill", true)] {
                let award = format!("/v1/awards/{}", done["award"].as_str().unwrap());
                let known = ok(stage.admin.get(&award).await.unwrap(), 200);
                assert_eq!((&known["policy"], &known["deed"]["evidence"]), (&json!(policy), &json!([evidence])));
                assert_eq!(known["deed"]["facts"]["minutes"], 60);
                let why = ok(stage.admin.get(&format!("{award}/explanation?lang=zh")).await.unwrap(), 200).to_string();
                assert_eq!((why.contains("事后补录："), why.contains("事后补录（× 0.5）未适用")), (applied, !applied), "{why}");
            }
        }
        stage.sound().await;
    }
}
