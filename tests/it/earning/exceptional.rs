//! 突出事迹: a courier's warehouse keeper fights a shop fire. Proposed, verified by another person, approved on two nodes, on public notice for a week.

use serde_json::json;
use tests::backend::Database;
use tests::http::{ok, refused};
use tests::on_both;
use tests::story::{DAY, HOUR};
use tests::town::{Town, now, post, shown, text};

const EXCEPTIONAL: &str = include_str!("../../../policies/yuhong/exceptional-deed.toml");

on_both! {
    async fn a_fire_is_fought_and_two_nodes_approve(db: Database) {
        let town = Town::begin(&db).await;
        let district = town.organization("district", "于洪区", None).await;
        let street = town.organization("street", "城东湖街道", Some(&district)).await;
        let community = town.organization("community", "幸福社区", Some(&street)).await;
        let proposer = town.appointed(&community, "网格员", "awarder").await;
        let verifier = town.appointed(&street, "街道干事", "awarder").await;
        let near = town.appointed(&community, "社区书记", "approver").await;
        let beside = town.appointed(&community, "社区主任", "approver").await;
        let above = town.appointed(&street, "街道书记", "approver").await;
        town.pays_by("exceptional-deed", EXCEPTIONAL).await;
        let hero = town.rider(&community, "周海波").await;

        let attached = shown(&proposer.client, 1, "隔壁店铺起火，他拎着灭火器冲了进去").await;
        let fire = |category: &str| json!({
            "member": hero.id, "category": category, "occurred_at": now(), "attachments": attached.clone(),
        });
        refused(post(&hero.client, "/v1/exceptional", fire("firefighting")).await, "forbidden");
        refused(post(&proposer.client, "/v1/exceptional", fire("banquet")).await, "bad_fact");
        let proposed = ok(post(&proposer.client, "/v1/exceptional", fire("firefighting")).await, 201);
        let deed = format!("/v1/deeds/{}", text(&proposed["deed"]));
        let confirm = format!("{deed}/confirm");
        refused(post(&proposer.client, &confirm, json!({})).await, "own_proposal");
        let waiting = ok(verifier.client.get("/v1/exceptional").await.unwrap(), 200);
        assert_eq!(waiting["items"][0]["id"], proposed["deed"]);
        let photo = verifier.client.get(&format!("/v1/attachments/{}", text(&attached[0]))).await.unwrap();
        assert_eq!((photo.status, photo.header("content-type")), (200, Some("image/jpeg")));
        let verified = ok(post(&verifier.client, &confirm, json!({})).await, 200);
        assert_eq!((&verified["award_state"], &verified["points"]), (&json!("submitted"), &json!("200.00")), "{verified}");

        let award = format!("/v1/awards/{}", text(&verified["award"]));
        let approve = format!("{award}/approve");
        refused(post(&proposer.client, &approve, json!({})).await, "forbidden");
        let queue = ok(near.client.get("/v1/approvals").await.unwrap(), 200);
        assert_eq!(queue["items"].as_array().map(Vec::len), Some(1), "{queue}");
        let first = ok(post(&near.client, &approve, json!({})).await, 200);
        assert_eq!(first["state"], "submitted", "one of two: {first}");
        refused(post(&near.client, &approve, json!({})).await, "same_approver");
        refused(post(&beside.client, &approve, json!({})).await, "same_node");
        let second = ok(post(&above.client, &approve, json!({})).await, 200);
        assert_eq!(second["state"], "pending", "{second}");

        let notices = ok(hero.client.get("/v1/public-notices").await.unwrap(), 200);
        let notice = &notices["items"][0];
        assert_eq!((&notice["points"], &notice["open"]), (&json!("200.00"), &json!(true)), "{notices}");
        assert!(text(&notice["name"]).starts_with('周') && !notices.to_string().contains("海波"), "{notices}");
        assert_eq!(town.vest_after(7 * DAY - HOUR).await, 0);
        assert_eq!(town.balance(&hero).await, "0.00");
        assert_eq!(town.vest_after(7 * DAY + HOUR).await, 1);
        assert_eq!(town.balance(&hero).await, "200.00");
        let known = ok(hero.client.get(&award).await.unwrap(), 200);
        assert_eq!((&known["state"], &known["policy"]), (&json!("vested"), &json!("exceptional-deed")));
        town.sound().await;
    }
}
