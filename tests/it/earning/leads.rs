//! 信息员、排查员: riders tell of disputes and traffic jams. A lead that proves true is worth five points, shown by whoever looked into it.

use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{ok, refused};
use tests::on_both;
use tests::story::{DAY, HOUR};
use tests::town::{Person, Town, here, post, shown, text};

const HAZARDS: &str = include_str!("../../../policies/yuhong/hazard-report.toml");

/// Told by a rider, and found to be so by staff: what comes of it.
async fn told(rider: &Person, staff: &Person, lead: Value, severity: &str) -> Value {
    let taken = ok(post(&rider.client, "/v1/hazards", lead).await, 201);
    assert_eq!(taken["state"], "received");
    let path = format!("/v1/hazards/{}", text(&taken["hazard"]));
    let triage = format!("{path}/triage");
    let body = json!({ "severity": severity });
    refused(
        post(&rider.client, &triage, body.clone()).await,
        "forbidden",
    );
    let looked = ok(post(&staff.client, &triage, body).await, 200);
    assert_eq!(looked["state"], "triaged");
    let verify = format!("{path}/verify");
    ok(post(&staff.client, &verify, json!({})).await, 200)
}

on_both! {
    async fn a_lead_that_proves_true_is_awarded(db: Database) {
        let town = Town::begin(&db).await;
        let community = town.organization("community", "幸福社区", None).await;
        let staff = town.staff(&community, "值班").await;
        let approver = town.staff(&community, "审核").await;
        town.pays_by("hazard-report", HAZARDS).await;
        let one = town.rider(&community, "信息员").await;
        let two = town.rider(&community, "排查员").await;

        let words = shown(&one.client, 1, "两家商户为占道吵了起来").await[1].clone();
        let dispute = json!({ "category": "dispute", "position": here(), "text": words });
        let jam = json!({ "category": "traffic", "position": { "latitude": 41.8052, "longitude": 123.3185 } });
        for (rider, lead, severity) in [(&one, &dispute, "low"), (&two, &jam, "medium")] {
            let done = told(rider, &staff, lead.clone(), severity).await;
            assert_eq!((&done["award_state"], &done["points"]), (&json!("submitted"), &json!("5.00")), "{done}");
            let award = format!("/v1/awards/{}", text(&done["award"]));
            let approve = format!("{award}/approve");
            refused(post(&staff.client, &approve, json!({})).await, "self_approval");
            let approved = ok(post(&approver.client, &approve, json!({})).await, 200);
            assert_eq!(approved["state"], "pending", "until nobody else can report the same: {approved}");
            let why = ok(rider.client.get(&format!("{award}/explanation?lang=zh")).await.unwrap(), 200).to_string();
            assert!(why.contains("上报信息类线索并经核实"), "{why}");
        }
        // A grave dispute is a hazard, and a hazard is to be shown.
        let grave = json!({ "category": "dispute", "position": { "latitude": 41.8152, "longitude": 123.3285 } });
        let unseen = told(&two, &staff, grave, "high").await;
        assert_eq!((&unseen["award"], &unseen["why_not"]["code"]), (&Value::Null, &json!("missing_evidence")), "{unseen}");

        assert_eq!(town.vest_after(DAY - HOUR).await, 0);
        for rider in [&one, &two] {
            assert_eq!(town.balance(rider).await, "0.00");
        }
        assert_eq!(town.vest_after(DAY + HOUR).await, 2);
        for rider in [&one, &two] {
            assert_eq!(town.balance(rider).await, "5.00");
        }
        town.sound().await;
    }
}
