//! 群众点单、流动党员接单: posted by staff, taken on, done, confirmed by the resident's code; within the district, and nowhere else.

use serde_json::{Value, json};
use tests::backend::Database;
use tests::browser::{Browser, csrf};
use tests::http::{ok, refused};
use tests::on_both;
use tests::town::{Person, Town, here, now, post, shown, text};

const ORDERS: &str = include_str!("../../../policies/yuhong/request-fulfilled.toml");

/// About four kilometres each way around [`here`].
fn district() -> Value {
    let corners = json!([[
        [123.26, 41.76],
        [123.36, 41.76],
        [123.36, 41.83],
        [123.26, 41.83],
        [123.26, 41.76]
    ]]);
    json!({ "type": "Polygon", "coordinates": corners })
}

/// Taken on and done; the deed. The resident's code confirms it.
async fn done(town: &Town, posted: &Value, rider: &Person, seed: u32) -> String {
    let order = text(&posted["id"]);
    let claim = format!("/v1/orders/{order}/claim");
    let taken = ok(post(&rider.client, &claim, json!({})).await, 200);
    let deed = format!("/v1/deeds/{}", text(&taken["deed"]));
    let attached = shown(&rider.client, seed, "药已送到，老人在家").await;
    let body = json!({ "people_served": 1, "attachments": attached });
    ok(
        post(&rider.client, &format!("{deed}/done"), body).await,
        200,
    );
    assert_eq!(
        town.balance(rider).await,
        "0.00",
        "nothing before somebody confirms"
    );
    refused(
        post(&rider.client, &format!("{deed}/confirm"), json!({})).await,
        "forbidden",
    );

    let mut resident = Browser::new(town.server.base_url());
    let page = format!("/yuhong/confirm/{order}");
    let door = csrf(&resident.get(&page).await);
    let wrong = resident
        .form(&page, &format!("csrf={door}&key=a&code=22222222"))
        .await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    let right = format!("csrf={door}&key=b&code={}", text(&posted["code"]));
    let thanks = resident.form(&page, &right).await;
    assert!(
        thanks.status == 200 && thanks.text.contains("谢谢"),
        "{}",
        thanks.text
    );
    deed
}

on_both! {
    async fn an_order_is_posted_taken_done_and_confirmed_within_the_district(db: Database) {
        let town = Town::begin(&db).await;
        let community = town.organization("community", "幸福社区", None).await;
        let staff = town.staff(&community, "值班").await;
        let layer = json!({ "name": "yuhong-district", "geojson": district() });
        ok(post(&town.admin, "/v1/layers", layer).await, 201);
        town.pays_by("request-fulfilled", ORDERS).await;
        let rider = town.rider(&community, "流动党员").await;
        let other = town.rider(&community, "另一位").await;

        let wanted = |position: Value| json!({
            "category": "delivery", "beneficiary": "elderly", "title": "送药上门",
            "wanted_by": now().plus_seconds(86_400), "position": position,
        });
        let order = |position: Value| json!({ "organization": community, "wanted": wanted(position) });
        refused(post(&rider.client, "/v1/orders", order(here())).await, "forbidden");
        let posted = ok(post(&staff.client, "/v1/orders", order(here())).await, 201);
        let list = ok(rider.client.get("/v1/orders").await.unwrap(), 200);
        assert_eq!(list["items"][0]["id"], posted["id"]);
        let deed = done(&town, &posted, &rider, 1).await;
        let known = ok(rider.client.get(&deed).await.unwrap(), 200);
        assert_eq!((&known["state"], &known["confirmed_by_resident"]), (&json!("done"), &json!(true)), "{known}");
        let award = ok(rider.client.get(&format!("/v1/awards/{}", text(&known["award"]))).await.unwrap(), 200);
        // Six points for a delivery, half as much again for the old.
        assert_eq!((&award["state"], &award["points"]), (&json!("vested"), &json!("9.00")), "{award}");
        assert_eq!((&award["policy"], &award["places"]), (&json!("request-fulfilled"), &json!(["yuhong-district"])), "{award}");
        assert_eq!(town.balance(&rider).await, "9.00");

        let away = json!({ "latitude": 41.9, "longitude": 123.3085 });
        let posted = ok(post(&staff.client, "/v1/orders", order(away)).await, 201);
        let deed = done(&town, &posted, &other, 2).await;
        let known = ok(other.client.get(&deed).await.unwrap(), 200);
        assert_eq!((&known["award"], &known["why_not"]["code"]), (&Value::Null, &json!("outside_geofence")), "{known}");
        assert_eq!(town.balance(&other).await, "0.00");
        town.sound().await;
    }
}
