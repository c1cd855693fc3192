//! From an empty programme to vested points over HTTP, as a rider's phone and the desk would.

use hyper::Method;
use hyper::body::Bytes;
use ledger::accounts::Account;
use ledger::clock::Clock;
use ledger::community::{Budget, Registration, Role};
use ledger::ids::{BudgetId, random_bytes};
use ledger::machine::Command;
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{Answer, Client, ok, refused};
use tests::on_both;
use tests::photo::{jpeg, scene};
use tests::server::Server;
use tests::story::{DAY, KEYS, points};
use uuid::Uuid;

use super::beat::{Beat, SHARED};

async fn put(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    let body = Bytes::from(body.to_string());
    client
        .send(Method::PUT, path, &headers, body)
        .await
        .unwrap()
}

struct Stage {
    beat: Beat,
    _server: Server,
    staff: Client,
    admin: Client,
    riders: Vec<Client>,
    organization: Uuid,
}

impl Stage {
    async fn begin(db: &Database, rest: &str) -> Self {
        let beat = Beat::begin(db, rest).await;
        let story = &beat.story;
        let organization = story.community().await;
        let staff = story.staff_token(Some(organization)).await;
        let admin = story.token(Role::Admin, None).await;
        let tokens = story.member_tokens().await;
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS);
        })
        .await;
        let client = |token: &String| Client::new(server.base_url(), token);
        Self {
            staff: client(&staff),
            admin: client(&admin),
            riders: tokens.iter().map(client).collect(),
            organization: organization.0,
            beat,
            _server: server,
        }
    }

    /// What a rider says, here, with a photo of the scene.
    async fn said(&self, rider: usize, seed: u32) -> Value {
        let client = &self.riders[rider];
        let photo = jpeg(&scene(seed), 80);
        let photo = ok(
            client
                .upload("/v1/attachments", "image/jpeg", photo)
                .await
                .unwrap(),
            200,
        );
        let text = client
            .upload("/v1/attachments", "text/plain", "井盖缺失".into())
            .await
            .unwrap();
        let text = ok(text, 200);
        json!({
            "category": "facility", "position": { "latitude": 41.7952, "longitude": 123.3085 },
            "photos": [photo["id"]], "text": text["id"], "grid": "YH-0312",
        })
    }

    async fn reported(&self, rider: usize, seed: u32) -> String {
        let said = self.said(rider, seed).await;
        let taken = self.riders[rider]
            .post("/v1/hazards", Some(&format!("r-{seed}")), &said)
            .await
            .unwrap();
        let taken = ok(taken, 201);
        format!("/v1/hazards/{}", taken["hazard"].as_str().unwrap())
    }

    async fn step(&self, hazard: &str, step: &str, body: Value) -> Value {
        let key = Uuid::from_bytes(random_bytes()).to_string();
        let answer = self
            .staff
            .post(&format!("{hazard}/{step}"), Some(&key), &body)
            .await
            .unwrap();
        ok(answer, 200)
    }
}

on_both! {
    async fn a_rider_reports_staff_see_to_it_and_it_is_awarded(db: Database) {
        let stage = Stage::begin(&db, "").await;
        let [one, two, _] = &stage.riders[..] else { panic!("three riders") };
        let said = stage.said(0, 1).await;
        let taken = ok(one.post("/v1/hazards", Some("first"), &said).await.unwrap(), 201);
        assert_eq!((&taken["state"], &taken["asks"]), (&json!("received"), &json!(false)));
        let again = ok(one.post("/v1/hazards", Some("first"), &said).await.unwrap(), 201);
        assert_eq!(again, taken);
        let hazard = format!("/v1/hazards/{}", taken["hazard"].as_str().unwrap());
        for (wrong, pointer) in [
            (json!({ "category": "dragon" }), "/category"),
            (json!({ "category": "road", "position": { "latitude": 123.3, "longitude": 41.7 } }), "/position/latitude"),
            (json!({ "category": "road", "photos": vec![Uuid::nil(); 7] }), "/photos"),
            (json!({ "category": "road", "speed": 9 }), "/speed"),
        ] {
            let answer = one.post("/v1/hazards", Some("wrong"), &wrong).await.unwrap();
            assert_eq!((answer.status, &answer.body["errors"][0]["pointer"]), (422, &json!(pointer)), "{}", answer.text);
        }
        refused(two.get(&hazard).await.unwrap(), "not_found");
        refused(one.post(&format!("{hazard}/triage"), Some("t"), &json!({ "severity": "high" })).await.unwrap(), "forbidden");
        refused(two.post("/v1/hazards", Some("theirs"), &json!({ "category": "road", "member": stage.beat.story.members[0].0 })).await.unwrap(), "not_found");

        let early = stage.staff.post(&format!("{hazard}/verify"), Some("v"), &json!({})).await.unwrap();
        assert_eq!((early.status, &early.body["code"], &early.body["state"]), (409, &json!("hazard_state"), &json!("received")), "{}", early.text);
        stage.step(&hazard, "triage", json!({ "severity": "high", "category": "road" })).await;
        let done = stage.step(&hazard, "verify", json!({})).await;
        assert_eq!((&done["state"], &done["award_state"], &done["points"], &done["why_not"]), (&json!("verified"), &json!("vested"), &json!("10.00"), &Value::Null));
        let known = ok(one.get(&hazard).await.unwrap(), 200);
        assert_eq!((&known["category"], &known["award"], &known["may"]), (&json!("road"), &done["award"], &json!(["reopen"])));
        let photo = format!("/v1/attachments/{}", known["photos"][0].as_str().unwrap());
        for client in [one, &stage.staff] {
            let seen = client.get(&photo).await.unwrap();
            assert_eq!((seen.status, seen.header("content-type")), (200, Some("image/jpeg")));
        }
        refused(two.get(&photo).await.unwrap(), "not_found");
        stage.step(&hazard, "assign", json!({ "organization": stage.organization })).await;
        stage.step(&hazard, "fix", json!({})).await;
        ok(one.post(&format!("{hazard}/confirm"), Some("c"), &json!({})).await.unwrap(), 200);
        let known = ok(stage.staff.get(&hazard).await.unwrap(), 200);
        let steps: Vec<_> = known["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
        assert_eq!(steps, ["report", "triage", "verify", "assign", "fix", "confirm"]);
        assert!(known["decided_after"].is_number() && known["fixed_after"].is_number(), "{known}");
        assert_eq!(known["due_at"], Value::Null);
        let deed = ok(one.get(&format!("/v1/deeds/{}", known["deed"].as_str().unwrap())).await.unwrap(), 200);
        assert_eq!((&deed["kind"], &deed["hazard"], &deed["award"]), (&json!("hazard_report"), &known["id"], &done["award"]));
        let balance = ok(one.get(&format!("/v1/members/{}/balance", stage.beat.story.members[0].0)).await.unwrap(), 200);
        assert_eq!(balance["available"], "10.00");
        let dump = crate::leaks::dump(&db, stage.beat.story.program).await;
        assert!(!String::from_utf8_lossy(&dump).contains("井盖缺失"));
        stage.beat.clean(&db, 1_000).await;
    }

    /// What the desk looks for: lists, the map, hints, photos seen before; and how fast it is.
    async fn the_desk_finds_what_is_to_be_done(db: Database) {
        let stage = Stage::begin(&db, SHARED).await;
        let (first, second) = (stage.reported(0, 1).await, stage.reported(1, 1).await);
        let third = stage.reported(2, 2).await;
        let ids = |list: &Value| list["items"].as_array().unwrap().iter().map(|item| format!("/v1/hazards/{}", item["id"].as_str().unwrap())).collect::<Vec<_>>();
        let get = async |path: &str| ok(stage.staff.get(path).await.unwrap(), 200);
        assert_eq!(ids(&get("/v1/hazards").await), [third.clone(), second.clone(), first.clone()]);
        let page = get("/v1/hazards?limit=2").await;
        let next = get(&format!("/v1/hazards?limit=2&cursor={}", page["next_cursor"].as_str().unwrap())).await;
        assert_eq!((ids(&next), &next["next_cursor"]), (vec![first.clone()], &Value::Null));
        let detail = get(&first).await;
        assert_eq!((detail["twins"].as_array().unwrap().len(), &detail["twins"][0]["distance"]), (1, &json!(0)));
        assert_eq!(detail["near"].as_array().unwrap().len(), 2);
        let own = ok(stage.riders[0].get(&first).await.unwrap(), 200);
        assert_eq!((&own["twins"], &own["near"]), (&json!([]), &json!([])), "that is for staff to know");
        assert_eq!(ids(&ok(stage.riders[1].get("/v1/hazards").await.unwrap(), 200)), vec![second.clone()]);

        stage.step(&first, "triage", json!({ "severity": "low" })).await;
        let done = stage.step(&first, "verify", json!({})).await;
        assert_eq!(done["award_state"], "pending");
        let of = get(&first).await["id"].clone();
        stage.step(&third, "duplicate", json!({ "of": of })).await;
        assert_ne!(get(&third).await["award"], Value::Null);
        stage.step(&second, "duplicate", json!({ "of": of })).await;
        let told = ok(stage.riders[1].get(&second).await.unwrap(), 200);
        assert_eq!((&told["why_not"]["code"], &told["duplicate_of"]), (&json!("photo_used"), &of));
        let gone = stage.reported(0, 3).await;
        stage.step(&gone, "invalid", json!({ "reason": "not_found" })).await;

        assert_eq!(ids(&get("/v1/hazards?state=verified").await), vec![first.clone()]);
        assert_eq!(ids(&get("/v1/hazards?category=gas").await), Vec::<String>::new());
        assert_eq!(ids(&get("/v1/hazards?overdue=true").await), Vec::<String>::new());
        assert_eq!(ids(&get("/v1/hazards?bbox=123.3,41.79,123.31,41.8").await).len(), 4);
        assert_eq!(ids(&get("/v1/hazards?bbox=120,40,121,41").await).len(), 0);
        refused(stage.staff.get("/v1/hazards?bbox=1,2,3").await.unwrap(), "invalid_query");
        let map = stage.staff.get("/v1/hazards.geojson?state=verified").await.unwrap();
        assert_eq!(map.header("content-type"), Some("application/geo+json"));
        let map: Value = serde_json::from_str(&map.text).unwrap();
        assert_eq!(map["features"].as_array().unwrap().len(), 1);
        let feature = &map["features"][0];
        assert_eq!(feature["geometry"], json!({ "type": "Point", "coordinates": [123.3085, 41.7952] }));
        assert_eq!((&feature["properties"]["category"], &feature["properties"]["severity"], &feature["properties"]["state"]), (&json!("facility"), &json!("low"), &json!("verified")));
        assert!(feature["properties"]["due_at"].is_string());
        refused(stage.riders[0].get("/v1/hazards.geojson").await.unwrap(), "forbidden");

        let hours = json!({ "decide_hours": 1, "fix_hours": 8 });
        refused(put(&stage.staff, "/v1/hazards/terms/road", "s", &hours).await, "forbidden");
        ok(put(&stage.admin, "/v1/hazards/terms/road", "s", &hours).await, 200);
        refused(put(&stage.admin, "/v1/hazards/terms/dragon", "d", &hours).await, "invalid_query");
        let terms = get("/v1/hazards/terms").await;
        assert_eq!((terms.as_array().unwrap().len(), &terms[1]), (9, &json!({ "category": "road", "decide_hours": 1, "fix_hours": 8 })));
        let now = Clock::System.now();
        let (from, until) = (now.plus_seconds(-DAY), now.plus_seconds(DAY));
        let figures = get(&format!("/v1/hazards/figures?from={from}&until={until}")).await;
        assert_eq!((&figures[0]["category"], &figures[0]["reported"], &figures[0]["decided"]["count"]), (&json!("facility"), &json!(4), &json!(4)));
        refused(stage.staff.get("/v1/hazards/figures?from=2026-01-01T00:00:00Z&until=2028-01-01T00:00:00Z").await.unwrap(), "invalid_query");
    }

    /// The district's own policy: two riders see one thing, from two sides of a street, and have half of it each, whoever was first.
    async fn two_riders_share_one_hazard_under_the_districts_policy(db: Database) {
        let stage = Stage::begin(&db, "").await;
        let story = &stage.beat.story;
        let budget = BudgetId(Uuid::from_bytes(random_bytes()));
        let record = Budget { id: budget, code: "hazard-report".to_owned(), name: String::new() };
        story.register(Registration::Budget(record)).await;
        let appropriate = Command::Appropriate { budget, points: points(100) };
        story.execute(story.admin(), None, appropriate).await.unwrap();
        story.enact("hazard-report", include_str!("../../../policies/yuhong/hazard-report.toml")).await;
        let mut reported = Vec::new();
        for (rider, longitude) in [(0, 123.3085), (1, 123.3088), (2, 123.3185)] {
            let mut said = stage.said(rider, 1 + u32::try_from(rider).unwrap()).await;
            said["position"]["longitude"] = json!(longitude);
            let taken = stage.riders[rider].post("/v1/hazards", Some("said"), &said).await.unwrap();
            reported.push(format!("/v1/hazards/{}", ok(taken, 201)["hazard"].as_str().unwrap()));
        }
        // The second is looked at before the first: that makes no difference.
        for hazard in [&reported[1], &reported[0], &reported[2]] {
            stage.step(hazard, "triage", json!({ "severity": "high" })).await;
            let done = stage.step(hazard, "verify", json!({ "policy": "hazard-report" })).await;
            assert_eq!((&done["award_state"], &done["points"]), (&json!("submitted"), &json!("20.00")), "{done}");
            let approve = format!("/v1/awards/{}/approve", done["award"].as_str().unwrap());
            let approved = ok(stage.admin.post(&approve, Some(&approve), &json!({})).await.unwrap(), 200);
            assert_eq!(approved["state"], "pending", "until nobody else can report the same: {approved}");
        }
        assert_eq!(story.holds(Account::budget(budget)).await, 4_000);
        story.clock.set(Clock::System.now().plus_seconds(DAY + 60));
        stage.beat.vest().await;
        for (rider, has) in [(0, "10.00"), (1, "10.00"), (2, "20.00")] {
            let path = format!("/v1/members/{}/balance", story.members[rider].0);
            assert_eq!(ok(stage.riders[rider].get(&path).await.unwrap(), 200)["available"], has);
        }
        assert_eq!(story.holds(Account::budget(budget)).await, 6_000, "what is divided came back");
        let known = ok(stage.riders[0].get(&reported[0]).await.unwrap(), 200);
        let why = format!("/v1/awards/{}/explanation?lang=zh", known["award"].as_str().unwrap());
        let why = ok(stage.riders[0].get(&why).await.unwrap(), 200).to_string();
        assert!(why.contains('2') && why.contains('平'), "{why}");
        stage.beat.clean(&db, 0).await;
    }
}
