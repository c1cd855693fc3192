//! Reports for auditors: a planted pair is found, and the others are not.

use ledger::clock::Clock;
use ledger::community::Role;
use ledger::machine::Command;
use serde_json::Value;
use tests::backend::Database;
use tests::http::{Client, ok};
use tests::on_both;
use tests::server::Server;
use tests::story::{Story, award_of};

use super::code;

/// Two people agree from twenty points on.
const TIERED: &str = r#"
schema = "jifen/1"
name = "tiered"
title = "巡查"
on = "patrol_shift"
budget = "patrol"
zone = "Asia/Shanghai"
day_start = "04:00"

[[approval]]
tier = "single"

[[approval]]
tier = "two_person"
points_at_least = 20

[[rule]]
name = "shift"
title = "巡查"
points = { rate = 0.5, per = "minutes" }

[[test]]
name = "一小时三十分"
at = 2026-03-05T10:00:00
facts = { minutes = 60, grid = "G-7" }
expect = { points = 30, approval = "two_person" }
"#;

/// So many shifts of a member, submitted by one of the staff and approved by another.
async fn shifts(
    story: &Story,
    (count, member): (usize, usize),
    minutes: i64,
    by: u8,
    approver: u8,
) {
    for shift in 0..count {
        let reference = format!("{by}-{member}-{approver}-{shift}");
        let mut award = story.patrol_of(member, &reference, minutes);
        award.policy = Some("tiered".to_owned());
        let request = story.request(story.staff(by), Some(&reference));
        let award = award_of(&story.ledger.submit_award(&request, &award).await.unwrap());
        story.later(60);
        let approve = Command::ApproveAward { award };
        story
            .execute(story.staff(approver), None, approve)
            .await
            .unwrap();
    }
}

on_both! {
    async fn a_planted_pair_is_found(db: Database) {
        let story = Story::begin(&db).await;
        // Servers tell the time by their own clock.
        story.clock.set(Clock::System.now().plus_seconds(-3_600));
        story.enact("tiered", TIERED).await;
        story.later(1);
        // Everybody's work, spread evenly; and one who awards one rider alone, close below the tier, and so does the approver.
        for by in 0..2 {
            for member in 0..2 {
                shifts(&story, (6, member), 20, by, 5 + by).await;
            }
        }
        shifts(&story, (6, 2), 39, 3, 4).await;
        let auditor = story.token(Role::Auditor, None).await;
        let server = Server::start(&db.url).await;
        let client = Client::new(server.base_url(), &auditor);
        let pairs = ok(client.get("/v1/reports/pairs").await.unwrap(), 200);
        let pairs = pairs.as_array().unwrap();
        let of: Vec<_> = pairs.iter().map(|pair| (pair["of"].as_str().unwrap(), pair["actor"].as_str().unwrap().to_owned())).collect();
        assert_eq!(of, [("submitter", story.staff(3).id.to_string()), ("approver", story.staff(4).id.to_string())], "{pairs:?}");
        let planted = &pairs[0];
        assert_eq!(planted["member"], story.members[2].to_string());
        // 6 × 6 ÷ 30.
        assert_eq!((&planted["expected"], &planted["times"], &planted["member_share"]), (&"1.20".into(), &"5.00".into(), &"100.00".into()));
        assert_eq!((&planted["observed"], &planted["points"]), (&6.into(), &"117.00".into()));

        let months = ok(client.get("/v1/reports/approvals").await.unwrap(), 200);
        let months = months.as_array().unwrap();
        let approvals: i64 = months.iter().map(|month| month["approvals"].as_i64().unwrap()).sum();
        assert_eq!(approvals, 30);
        if let [month] = &months[..] {
            // 40, 40 and 20 per cent.
            assert_eq!(month["hhi"], 3_600, "{month}");
            assert_eq!((&month["approvers"][0]["share"], &month["approvers"][0]["within_ten_seconds"]), (&"40.00".into(), &0.into()));
        }
        let tiers = ok(client.get("/v1/reports/tiers").await.unwrap(), 200);
        let [tier] = &tiers.as_array().unwrap()[..] else { panic!("{tiers}") };
        assert_eq!((&tier["submitter"], &tier["near"], &tier["all"]), (&Value::from(story.staff(3).id.to_string()), &6.into(), &6.into()));
        let csv = client.get("/v1/reports/pairs?format=csv").await.unwrap();
        assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
        assert_eq!(csv.text.lines().count(), 3, "{}", csv.text);
        let before = ok(client.get("/v1/reports/pairs?from=2020-01-01T00:00:00Z&until=2020-02-01T00:00:00Z").await.unwrap(), 200);
        assert_eq!(before, Value::Array(Vec::new()));
        let long = client.get("/v1/reports/approvals?from=2020-01-01T00:00:00Z").await.unwrap();
        assert_eq!(code(long), "invalid_query");
        let staff = Client::new(server.base_url(), &story.token(Role::Staff, None).await);
        assert_eq!(staff.get("/v1/reports/pairs").await.unwrap().status, 403);
        story.clean(&db).await;
    }
}
