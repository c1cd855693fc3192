//! What reports on points say is what the books say.

use ledger::accounts::Account;
use ledger::clock::Clock;
use ledger::community::Role;
use ledger::machine::{Command, Reason};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{Client, ok};
use tests::on_both;
use tests::server::Server;
use tests::story::{DAY, Story, award_of, points, redemption_of};

use crate::offers;

on_both! {
    async fn each_awarded_point_is_somewhere(db: Database) {
        let story = Story::begin(&db).await;
        // 50 days ago: what was awarded then has expired since.
        story.clock.set(Clock::System.now().plus_seconds(-50 * DAY));
        story.award(&story.service_of(0, "old", 100)).await.unwrap();
        story.award(&story.service_of(1, "older", 30)).await.unwrap();
        let spent = redemption_of(&story.spend(0, 0, 40, true).await.unwrap());
        story.execute(story.merchant(0), None, Command::Refund { redemption: spent, points: Some(points(10)) }).await.unwrap();
        story.spend(0, 1, 5, true).await.unwrap();
        story.later(49 * DAY);
        for member in [0, 1] {
            story.execute(story.admin(), None, Command::ExpireLots { member: story.members[member] }).await.unwrap();
        }
        let undone = award_of(&story.award(&story.service_of(0, "new", 20)).await.unwrap());
        story.spend(0, 0, 8, true).await.unwrap();
        let reverse = Command::ReverseAward { award: undone, reason: Reason::Mistake };
        story.execute(story.admin(), None, reverse).await.unwrap();
        story.award(&story.service_of(1, "newer", 7)).await.unwrap();

        let auditor = story.token(Role::Auditor, None).await;
        let server = Server::start(&db.url).await;
        let client = Client::new(server.base_url(), &auditor);
        let report = async |path: &str| ok(client.get(path).await.unwrap(), 200);
        let months = report("/v1/reports/points?from=2026-03-01T00:00:00Z").await;
        let sum = |of: &dyn Fn(&Value) -> Vec<Value>, name: &str| {
            let months = months.as_array().unwrap().iter();
            let cents = |value: &Value| value[name].as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
            months.flat_map(of).map(|value| cents(&value)).sum::<i64>()
        };
        let total = |month: &Value| vec![month["total"].clone()];
        let shares = |month: &Value| month["shares"].as_array().unwrap().clone();
        let month = |month: &Value| vec![month.clone()];
        for name in ["points", "redeemed", "expired", "reversed", "outstanding"] {
            assert_eq!(sum(&total, name), sum(&shares, name), "{name}: {months}");
        }
        let of = |name| sum(&total, name);
        assert_eq!(of("points"), of("redeemed") + of("expired") + of("reversed") + of("outstanding"));
        assert_eq!((of("points"), of("redeemed"), of("reversed"), of("outstanding")), (15_700, 3_500, 2_000, 700));
        assert_eq!(of("expired"), 9_500);
        assert_eq!(sum(&month, "fell_away"), story.holds(Account::breakage(story.program)).await);
        assert_eq!(sum(&month, "issued"), -story.holds(Account::issued(story.program)).await);
        let keys = months.as_array().unwrap().iter().flat_map(&shares);
        assert!(keys.into_iter().all(|share| share["key"] == "service/service"), "{months}");

        let budgets = report("/v1/reports/points?by=budget").await;
        let named = budgets.as_array().unwrap().iter().find_map(|month| month["shares"][0]["name"].as_str());
        assert!(named.is_some_and(|name| !name.is_empty()), "{budgets}");
        let by = report("/v1/reports/points?by=organization").await;
        let none = by.as_array().unwrap().iter().flat_map(&shares).all(|share| share["key"] == "");
        assert!(none, "{by}");

        let taken = report("/v1/reports/redemptions").await;
        let captured: Vec<_> = taken.as_array().unwrap().iter().map(|row| (&row["store_name"], &row["captured"], &row["refunded"])).collect();
        assert_eq!(captured.len(), 3, "{taken}");
        assert_eq!((captured[0].1, captured[0].2), (&json!("40.00"), &json!("10.00")));
        assert!(taken[0]["merchant_name"].as_str().is_some_and(|name| !name.is_empty()), "{taken}");
        let csv = client.get("/v1/reports/redemptions?format=csv").await.unwrap();
        assert_eq!(csv.text.lines().count(), 4, "{}", csv.text);
        let book = client.get("/v1/reports/points?format=xlsx").await.unwrap();
        assert!(book.bytes.starts_with(b"PK"));
        assert_eq!(book.header("content-disposition"), Some("attachment; filename=\"points.xlsx\""));
        let rider = Client::new(server.base_url(), &story.token(Role::Member, Some(story.members[0].0)).await);
        assert_eq!(rider.get("/v1/reports/points").await.unwrap().status, 403);
    }

    async fn what_is_taken_up_is_counted_by_offer(db: Database) {
        let story = offers::begin(&db).await;
        let seldom = offers::make(&story, "seldom", offers::plain(5)).await;
        let often = offers::make(&story, "often", offers::plain(7)).await;
        for (member, offer) in [(0, seldom), (0, often), (1, often)] {
            offers::take(&story, member, 0, offers::asked(offer), true).await.unwrap();
        }
        let auditor = story.token(Role::Auditor, None).await;
        let server = Server::start(&db.url).await;
        let client = Client::new(server.base_url(), &auditor);
        let rows = ok(client.get("/v1/reports/offers?from=2026-03-01T00:00:00Z").await.unwrap(), 200);
        let rows: Vec<_> = rows.as_array().unwrap().iter().map(|row| (&row["offer"], &row["redemptions"], &row["captured"])).collect();
        let (first, second) = (json!(often.to_string()), json!(seldom.to_string()));
        assert_eq!(rows, [(&first, &json!(2), &json!("14.00")), (&second, &json!(1), &json!("5.00"))]);
    }
}
