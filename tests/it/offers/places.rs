//! Stores and stations near somebody, nearest first.

use ledger::clock::Timestamp;
use ledger::community::Role;
use ledger::community::merchant::{MerchantReason, MerchantState};
use ledger::ids::random_bytes;
use ledger::policy::gcj02_of;
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::Client;
use tests::on_both;
use tests::server::Server;
use tests::story::Story;
use uuid::Uuid;

use super::{make, move_to, plain};

const HERE: (f64, f64) = (41.7952, 123.3085);

/// So many metres north of here.
fn north(metres: f64) -> Value {
    json!({ "latitude": HERE.0 + metres / 111_195.0, "longitude": HERE.1 })
}

async fn put(client: &Client, path: &str, body: &Value) -> (u16, Value) {
    let headers = [("content-type", "application/json")];
    let body = body.to_string().into();
    let answer = client
        .send(hyper::Method::PUT, path, &headers, body)
        .await
        .unwrap();
    (answer.status, answer.body)
}

on_both! {
    async fn what_is_within_walking_time_comes_nearest_first(db: Database) {
        ledger::Ledger::migrate(&db.url).await.unwrap();
        let story = Story::begin_as(&db, random_bytes()).await;
        let offer = make(&story, "repair", plain(5)).await;
        let server = Server::start(&db.url).await;
        let operator = Client::new(server.base_url(), &story.token(Role::Admin, None).await);
        let rider = Client::new(server.base_url(), &story.token(Role::Member, Some(story.members[0].0)).await);
        let site = operator.post("/v1/sites", Some("site"), &json!({ "name": "驿站", "address": "某街" })).await.unwrap();
        assert_eq!(site.status, 201, "{}", site.text);
        let site = format!("/v1/sites/{}/profile", site.body["id"].as_str().unwrap());
        let stores = story.stores.iter().map(|id| format!("/v1/stores/{id}/profile")).collect::<Vec<_>>();

        let always = json!([{ "days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "until": "24:00" }]);
        let wrong = json!({ "hours": [{ "days": [9], "from": "00:00", "until": "24:00" }], "phone": "赵立军" });
        let (status, told) = put(&operator, &site, &wrong).await;
        let fields: Vec<_> = told["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
        assert_eq!((status, fields), (422, vec![json!("/hours"), json!("/phone")]));
        // 500 m are 650 m on foot: 8.7 minutes; 800 m are 13.9 minutes; 900 m are 15.6.
        for (path, metres, hours) in [(&site, 500.0, always), (&stores[0], 800.0, json!([])), (&stores[1], 900.0, json!([]))] {
            let body = json!({ "position": north(metres), "hours": hours, "services": ["饮水"], "phone": "024-2530 0000" });
            assert_eq!(put(&operator, path, &body).await.0, 200);
        }
        let (unknown, _) = put(&operator, &format!("/v1/sites/{}/profile", Uuid::from_u128(1)), &json!({})).await;
        assert_eq!(unknown, 422);
        let near = async |rest: &str| {
            let path = format!("/v1/places?lat={}&lon={}{rest}", HERE.0, HERE.1);
            let answer = rider.get(&path).await.unwrap();
            assert_eq!(answer.status, 200, "{}", answer.text);
            answer.body
        };
        let names = |found: &Value| found["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect::<Vec<_>>();
        let found = near("").await;
        assert_eq!(names(&found).len(), 2, "{found}");
        let [station, store] = [&found["items"][0], &found["items"][1]];
        assert_eq!((&station["kind"], &station["open_now"], &station["services"]), (&json!("station"), &json!(true), &json!(["饮水"])));
        assert_eq!((&store["kind"], &store["open_now"], &store["id"]), (&json!("store"), &Value::Null, &json!(story.stores[0])));
        let minutes = store["walking_minutes"].as_f64().unwrap();
        assert!((13.6..14.1).contains(&minutes), "{minutes}");
        assert_eq!(store["offers"][0]["id"], json!(offer));
        assert_eq!(names(&near("&minutes=8").await), Vec::<Value>::new());
        assert_eq!(names(&near("&minutes=16").await).len(), 3);

        // Page by page, and as a map published in China has it.
        let first = near("&minutes=16&limit=2").await;
        let next = format!("&minutes=16&limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
        let second = near(&next).await;
        assert_eq!((names(&first).len(), names(&second), &second["next_cursor"]), (2, vec![json!(story.stores[1])], &Value::Null));
        let (latitude, longitude) = gcj02_of(HERE);
        let drawn = format!("/v1/places?lat={latitude}&lon={longitude}&datum=gcj02");
        assert_eq!(names(&rider.get(&drawn).await.unwrap().body), names(&found));
        for wrong in ["lat=91&lon=0", "lat=41.8&lon=123.3&minutes=61", "lat=41.8&lon=123.3&limit=51", "lat=41.8"] {
            assert_eq!(rider.get(&format!("/v1/places?{wrong}")).await.unwrap().status, 400, "{wrong}");
        }

        // A merchant that takes no part is not shown; where its store was said to be somewhere else, that counts.
        let body = json!({ "position": north(100.0) });
        assert_eq!(put(&operator, &stores[1], &body).await.0, 200);
        assert_eq!(names(&near("").await)[0], json!(story.stores[1]));
        move_to(&story, MerchantState::Suspended, MerchantReason::Complaints).await.unwrap();
        assert_eq!(names(&near("").await), [station["id"].clone()]);
        let now: Timestamp = story.clock.now();
        assert!(!story.ledger.offer(story.program, offer, now).await.unwrap().unwrap().open);
    }
}
