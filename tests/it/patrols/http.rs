//! Part-time grid members, over HTTP: from a policy file and a budget to points in the wallet; and what a device kept.

use ledger::clock::{Clock, Timestamp};
use ledger::community::Role;
use ledger::ids::random_bytes;
use ledger::policy::gcj02_of;
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{Answer, Client, ok, refused};
use tests::on_both;
use tests::server::Server;
use tests::story::{KEYS, Story};
use uuid::Uuid;

use super::beat::{cells, place};

/// What the district pays its part-time grid members by.
const POLICY: &str = include_str!("../../../policies/yuhong/grid-patrol.toml");

/// So many metres on, as a device says it.
#[expect(
    clippy::cast_precision_loss,
    reason = "a double holds every millionth of a degree"
)]
pub fn position(metres: i64) -> Value {
    let place = place(metres);
    let degrees = |millionths: i64| millionths as f64 / 1_000_000.0;
    json!({ "latitude": degrees(place.latitude_millionths()), "longitude": degrees(place.longitude_millionths()) })
}

/// The same as a map published in China shows it.
fn drawn(metres: i64) -> Value {
    let plain = position(metres);
    let degrees = |name: &str| plain[name].as_f64().unwrap();
    let (latitude, longitude) = gcj02_of((degrees("latitude"), degrees("longitude")));
    json!({ "latitude": latitude, "longitude": longitude, "datum": "gcj02" })
}

/// Moments before now, all from the same now.
fn ago() -> impl Fn(i64) -> Timestamp {
    let now = Clock::System.now();
    move |minutes| now.plus_seconds(-minutes * 60)
}

async fn post(client: &Client, path: &str, body: Value) -> Answer {
    let key = Uuid::from_bytes(random_bytes()).to_string();
    client.post(path, Some(&key), &body).await.unwrap()
}

/// A server, an operator, a rider who was just enrolled, and one who was there before.
struct Stage {
    story: Story,
    admin: Client,
    staff: Client,
    rider: (Uuid, Client),
    other: Client,
    _server: Server,
}

impl Stage {
    /// The policy is in force since the story began; all else is made over HTTP.
    async fn begin(db: &Database) -> Self {
        let story = Story::begin(db).await;
        story.enact("grid-patrol", POLICY).await;
        let admin = story.token(Role::Admin, None).await;
        let staff = story.token(Role::Staff, Some(Uuid::from_u128(9))).await;
        let other = story.token(Role::Member, Some(story.members[0].0)).await;
        let server = Server::start_with(&db.url, |serve| {
            serve.env("JIFEN_MASTER_KEY", KEYS);
        })
        .await;
        let client = |token: &str| Client::new(server.base_url(), token);
        let admin = client(&admin);
        let budget = post(
            &admin,
            "/v1/budgets",
            json!({ "code": "grid-patrol", "name": "网格巡查" }),
        );
        let budget = ok(budget.await, 201);
        let fill = format!("/v1/budgets/{}/appropriate", budget["id"].as_str().unwrap());
        ok(post(&admin, &fill, json!({ "points": "1000" })).await, 200);
        let member = ok(
            post(&admin, "/v1/members", json!({ "name": "兼职网格员" })).await,
            201,
        );
        let id = member["id"].as_str().unwrap().parse().unwrap();
        let key = post(
            &admin,
            "/v1/keys",
            json!({ "name": "手机", "role": "member", "subject": id }),
        );
        let key = ok(key.await, 201);
        Self {
            rider: (id, client(key["token"].as_str().unwrap())),
            staff: client(&staff),
            other: client(&other),
            admin,
            story,
            _server: server,
        }
    }

    /// The cells of a file.
    async fn import(&self) {
        let grids = json!({ "geojson": cells(&["YH-0312", "YH-0313"]), "rule": { "policy": "grid-patrol" } });
        let imported = ok(post(&self.admin, "/v1/grids", grids).await, 201);
        assert_eq!(imported["grids"], 2);
    }

    async fn balance(&self) -> Value {
        let path = format!("/v1/members/{}/balance", self.rider.0);
        ok(self.rider.1.get(&path).await.unwrap(), 200)["available"].clone()
    }
}

on_both! {
    async fn a_part_time_grid_member_patrols_and_is_paid(db: Database) {
        let stage = Stage::begin(&db).await;
        let (rider, ago) = (&stage.rider.1, ago());
        let shift = Uuid::from_bytes(random_bytes());
        let start = json!({ "shift": shift, "at": ago(100), "position": position(0) });
        refused(post(rider, "/v1/shifts", start.clone()).await, "no_grid_here");
        refused(post(rider, "/v1/grids", json!({ "geojson": cells(&["A"]) })).await, "forbidden");
        let mut bad = cells(&["A", "A"]);
        bad["features"][0]["geometry"]["coordinates"][0][1] = json!([41.8, 123.3]);
        let answer = post(&stage.admin, "/v1/grids", json!({ "geojson": bad })).await;
        assert_eq!(answer.body["code"], "invalid_layer", "{}", answer.text);
        assert_eq!(answer.body["errors"][0]["pointer"], "/geojson/features/0/geometry/coordinates/0/1");
        let tired = json!({ "geojson": cells(&["A"]), "rule": { "longest": 90_000 } });
        let answer = post(&stage.admin, "/v1/grids", tired).await;
        assert_eq!(answer.body["errors"][0]["pointer"], "/rule/longest", "{}", answer.text);
        stage.import().await;

        let begun = ok(post(rider, "/v1/shifts", start).await, 200);
        assert_eq!((&begun["state"], &begun["shift"]["grid"]), (&json!("begun"), &json!("YH-0312")));
        let path = format!("/v1/shifts/{}", begun["deed"].as_str().unwrap());
        let to = |step: &str| format!("{path}/{step}");
        refused(post(&stage.other, &to("waypoints"), json!({ "position": position(50) })).await, "not_found");
        let bent = json!({ "latitude": drawn(300)["latitude"], "longitude": drawn(300)["longitude"].as_f64().unwrap() + 0.005 });
        for far in [position(5_000), bent] {
            let far = json!({ "at": ago(95), "position": far });
            refused(post(rider, &to("waypoints"), far).await, "outside_grid");
        }
        for (minutes, metres, counted) in [(80, 100, 2), (78, 200, 2), (60, 110, 2), (50, 200, 3), (30, 300, 4)] {
            // The last by the map of the rider's app.
            let position = if minutes == 30 { drawn(metres) } else { position(metres) };
            let here = json!({ "at": ago(minutes), "position": position });
            let told = ok(post(rider, &to("waypoints"), here).await, 200);
            assert_eq!(told["shift"]["points"], counted, "{minutes}");
        }
        let held = ok(rider.get(&format!("/v1/members/{}/personal", stage.rider.0)).await.unwrap(), 200);
        assert_eq!(held["positions"], 6, "{held}");
        refused(rider.get("/v1/shifts").await.unwrap(), "forbidden");
        let listed = ok(stage.staff.get("/v1/shifts").await.unwrap(), 200);
        assert_eq!(listed["items"][0]["points"], 4);
        assert!(!listed.to_string().contains("latitude"), "{listed}");

        let key = Some("end");
        let gone = json!({ "at": ago(10), "position": position(400) });
        let ended = ok(rider.post(&to("end"), key, &gone).await.unwrap(), 200);
        assert_eq!(rider.post(&to("end"), key, &gone).await.unwrap().body, ended);
        assert_eq!((&ended["state"], &ended["award_state"]), (&json!("done"), &json!("vested")));
        assert_eq!((&ended["shift"]["minutes"], &ended["shift"]["points"]), (&json!(90), &json!(5)));
        // An hour and a half at six points an hour, half as much again at night.
        assert!(["9.00", "13.50"].contains(&ended["points"].as_str().unwrap()), "{ended}");
        assert_eq!(stage.balance().await, ended["points"]);
        let held = ok(rider.get(&format!("/v1/members/{}/personal", stage.rider.0)).await.unwrap(), 200);
        assert_eq!(held["positions"], 0);
        let deeds = ok(rider.get(&format!("/v1/members/{}/deeds", stage.rider.0)).await.unwrap(), 200);
        assert_eq!((&deeds["items"][0]["kind"], &deeds["items"][0]["ended_by"]), (&json!("patrol_shift"), &json!("member")));
        let report = stage.story.ledger.verify(stage.story.program, |_| {}).await.unwrap();
        assert_eq!(report.problems, []);
    }

    /// A list of steps, sent once more with others: each has its effect once, and one that is wrong holds up none.
    async fn what_a_device_kept_is_taken_step_by_step(db: Database) {
        let stage = Stage::begin(&db).await;
        stage.import().await;
        let (rider, ago) = (&stage.rider.1, ago());
        let shift = Uuid::from_bytes(random_bytes());
        let step = |kind: &str, minutes: i64, metres: i64| {
            json!({ "step": kind, "shift": shift, "at": ago(minutes), "position": position(metres) })
        };
        let early = json!([step("waypoint", 175, 100)]);
        let told = ok(post(rider, "/v1/shifts/steps", early.clone()).await, 200);
        assert_eq!(told["results"][0]["problem"]["code"], "not_found", "{told}");
        let mut nowhere = step("waypoint", 150, 0);
        nowhere.as_object_mut().unwrap().remove("position");
        let mut kept = vec![
            step("start", 200, 0), early[0].clone(), step("waypoint", 160, 9_000), nowhere, step("waypoint", 155, 200),
        ];
        let told = ok(post(rider, "/v1/shifts/steps", json!(kept)).await, 200);
        let codes: Vec<_> = told["results"].as_array().unwrap().iter().map(|result| result["problem"]["code"].clone()).collect();
        assert_eq!(codes, [Value::Null, Value::Null, json!("outside_grid"), json!("invalid_body"), Value::Null], "{told}");
        assert_eq!(told["results"][3]["problem"]["errors"][0]["pointer"], "/3/position");
        kept.push(step("waypoint", 140, 300));
        kept.push(json!({ "step": "end", "shift": shift, "at": ago(130) }));
        let told = ok(post(rider, "/v1/shifts/steps", json!(kept)).await, 200);
        assert_eq!((&told["accepted"], &told["refused"]), (&json!(5), &json!(2)), "{told}");
        let ended = &told["results"][6]["receipt"];
        assert_eq!((&ended["award_state"], &ended["shift"]["minutes"]), (&json!("vested"), &json!(70)));
        assert_eq!((&ended["shift"]["waypoints"], &ended["shift"]["late"]), (&json!(4), &json!(true)));
        let balance = stage.balance().await;
        let again = ok(post(rider, "/v1/shifts/steps", json!(kept)).await, 200);
        assert_eq!((&again["accepted"], &stage.balance().await), (&json!(5), &balance));
        let listed = ok(stage.staff.get("/v1/shifts").await.unwrap(), 200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        let void = format!("/v1/shifts/{}/void", listed["items"][0]["id"].as_str().unwrap());
        refused(post(&stage.staff, &void, json!({})).await, "deed_state");
        let award = format!("/v1/awards/{}", ended["award"].as_str().unwrap());
        let award = ok(stage.admin.get(&award).await.unwrap(), 200);
        assert_eq!(award["deed"]["evidence"], json!(["backfill", "check_in"]));

        let grids = ok(stage.other.get("/v1/grids?geometry=true&limit=1").await.unwrap(), 200);
        assert_eq!(grids["items"][0]["geometry"]["type"], "MultiPolygon");
        let next = format!("/v1/grids?cursor={}", grids["next_cursor"].as_str().unwrap());
        assert_eq!(ok(stage.other.get(&next).await.unwrap(), 200)["items"][0]["code"], "YH-0313");
        ok(post(&stage.admin, "/v1/grids/YH-0313/retire", json!({})).await, 200);
        assert_ne!(ok(stage.other.get("/v1/grids/YH-0313").await.unwrap(), 200)["retired_at"], Value::Null);
    }

    /// What the device kept is of the shift, whoever its member is by the time it arrives.
    async fn who_was_merged_on_the_way_goes_on_with_their_shift(db: Database) {
        let stage = Stage::begin(&db).await;
        stage.import().await;
        let ago = ago();
        let shift = Uuid::from_bytes(random_bytes());
        let step = |kind: &str, minutes: i64, metres: i64| {
            json!({ "step": kind, "shift": shift, "at": ago(minutes), "position": position(metres) })
        };
        let early = json!([step("start", 200, 0), step("waypoint", 175, 100)]);
        let told = ok(post(&stage.rider.1, "/v1/shifts/steps", early.clone()).await, 200);
        assert_eq!(told["accepted"], 2, "{told}");
        let into = stage.story.members[0];
        let merge = format!("/v1/members/{}/merge", stage.rider.0);
        ok(post(&stage.admin, &merge, json!({ "into": into.0 })).await, 200);

        let late = json!([
            step("start", 200, 0), step("waypoint", 155, 200), step("waypoint", 140, 300), { "step": "end", "shift": shift, "at": ago(130) },
        ]);
        let told = ok(post(&stage.other, "/v1/shifts/steps", late).await, 200);
        assert_eq!(told["results"][0]["problem"]["code"], "deed_state", "{told}");
        assert_eq!((&told["accepted"], &told["refused"]), (&json!(3), &json!(1)), "{told}");
        let ended = &told["results"][3]["receipt"];
        assert_eq!((&ended["award_state"], &ended["shift"]["minutes"]), (&json!("vested"), &json!(70)), "{told}");
        let balance = format!("/v1/members/{}/balance", into.0);
        assert_eq!(ok(stage.other.get(&balance).await.unwrap(), 200)["available"], ended["points"]);
        let again = ok(post(&stage.other, "/v1/shifts/steps", json!([step("start", 200, 0)])).await, 200);
        assert_eq!(again["results"][0]["problem"]["code"], "deed_state", "{again}");
        let report = stage.story.ledger.verify(stage.story.program, |_| {}).await.unwrap();
        assert_eq!(report.problems, []);
    }
}
