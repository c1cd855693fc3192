//! From an empty programme to vested points over HTTP, as a rider's phone and the organizer's screen would.

use ledger::clock::{Clock, Timestamp};
use ledger::community::Role;
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{Client, ok, refused};
use tests::on_both;
use tests::server::Server;
use tests::story::Story;
use uuid::Uuid;

pub struct Stage {
    pub story: Story,
    _server: Server,
    pub admin: Client,
    pub staff: Client,
    pub riders: Vec<Client>,
    pub organization: Uuid,
}

impl Stage {
    pub async fn begin(db: &Database) -> Self {
        let story = Story::begin(db).await;
        let organization = story.community().await;
        let staff = story.staff_token(Some(organization)).await;
        let tokens = story.member_tokens().await;
        let admin = story.token(Role::Admin, None).await;
        let server = Server::start(&db.url).await;
        let client = |token: &String| Client::new(server.base_url(), token);
        Self {
            admin: client(&admin),
            staff: client(&staff),
            riders: tokens.iter().map(client).collect(),
            organization: organization.0,
            story,
            _server: server,
        }
    }

    pub fn now() -> Timestamp {
        Clock::System.now()
    }

    /// One that began 50 minutes ago and goes on for as long, for two.
    fn plan(&self) -> Value {
        let now = Self::now();
        json!({
            "organization": self.organization, "form": "volunteer", "title": "给独居老人送餐", "place": "幸福社区驿站",
            "fence": { "position": { "latitude": 41.7952, "longitude": 123.3085 }, "radius": 200 },
            "slots": [{ "starts_at": now.plus_seconds(-3_000), "ends_at": now.plus_seconds(3_000), "quota": 2 }],
            "facts": { "beneficiary": "elderly" },
        })
    }

    pub async fn sound(&self) {
        let report = self.story.ledger.verify(self.story.program, |_| {}).await;
        assert_eq!(report.unwrap().problems, []);
    }

    pub fn member(&self, index: usize) -> Uuid {
        self.story.members[index].0
    }
}

on_both! {
    async fn a_rider_signs_up_checks_in_and_is_awarded(db: Database) {
        let stage = Stage::begin(&db).await;
        let [one, two, three] = &stage.riders[..] else { panic!("three riders") };
        refused(one.post("/v1/activities", Some("plan"), &stage.plan()).await.unwrap(), "forbidden");
        let planned = ok(stage.staff.post("/v1/activities", Some("plan"), &stage.plan()).await.unwrap(), 201);
        let again = stage.staff.post("/v1/activities", Some("plan"), &stage.plan()).await.unwrap();
        refused(again, "idempotency_key_reused");
        let activity = format!("/v1/activities/{}", planned["id"].as_str().unwrap());
        let to = |step: &str| format!("{activity}/{step}");

        let list = ok(one.get("/v1/activities").await.unwrap(), 200);
        assert_eq!(list["items"][0]["title"], "给独居老人送餐");
        let file = one.get(&to("calendar")).await.unwrap();
        assert_eq!(file.header("content-type"), Some("text/calendar; charset=utf-8"));
        for line in ["BEGIN:VCALENDAR", "SUMMARY:给独居老人送餐", "LOCATION:幸福社区驿站", "END:VEVENT"] {
            assert!(file.text.contains(line), "{line}\n{}", file.text);
        }
        let start = file.text.lines().find(|line| line.starts_with("DTSTART:")).unwrap();
        assert_eq!(start.trim_end().len(), "DTSTART:20260305T020000Z".len());

        ok(one.post(&to("sign-up"), Some("up"), &json!({})).await.unwrap(), 200);
        ok(two.post(&to("sign-up"), Some("up"), &json!({})).await.unwrap(), 200);
        refused(three.post(&to("sign-up"), Some("up"), &json!({})).await.unwrap(), "activity_full");
        refused(three.post(&to("sign-up"), Some("up-2"), &json!({ "member": stage.member(0) })).await.unwrap(), "not_found");
        refused(one.get(&to("code")).await.unwrap(), "forbidden");
        refused(one.get(&to("attendances")).await.unwrap(), "forbidden");

        refused(one.post(&to("check-in"), Some("in-0"), &json!({})).await.unwrap(), "invalid_body");
        let nowhere = json!({ "position": { "latitude": 41.9, "longitude": 123.3 } });
        refused(one.post(&to("check-in"), Some("in-1"), &nowhere).await.unwrap(), "outside_fence");
        refused(one.post(&to("check-in"), Some("in-2"), &json!({ "code": "000000" })).await.unwrap(), "invalid_code");
        // The phone was offline 40 minutes ago, at the place.
        let at = Stage::now().plus_seconds(-2_400);
        let here = json!({ "position": { "latitude": 41.7953, "longitude": 123.3086 }, "at": at });
        let begun = ok(one.post(&to("check-in"), Some("in-3"), &here).await.unwrap(), 200);
        assert_eq!((&begun["state"], &begun["asks"]), (&json!("begun"), &json!(false)));

        let screen = ok(stage.staff.get(&to("code")).await.unwrap(), 200);
        let code = json!({ "code": screen["code"] });
        let done = ok(one.post(&to("check-out"), Some("out"), &code).await.unwrap(), 200);
        assert_eq!((&done["state"], &done["award_state"], &done["points"]), (&json!("done"), &json!("vested"), &json!("40.00")));
        let repeated = ok(one.post(&to("check-out"), Some("out"), &code).await.unwrap(), 200);
        assert_eq!(repeated["award"], done["award"]);
        let balance = ok(one.get(&format!("/v1/members/{}/balance", stage.member(0))).await.unwrap(), 200);
        assert_eq!(balance["available"], "40.00");

        // Staff at the door need no code, and say who.
        let nobody = stage.staff.post(&to("check-in"), Some("door-0"), &json!({})).await.unwrap();
        refused(nobody, "invalid_body");
        let come = json!({ "member": stage.member(1), "at": Stage::now().plus_seconds(-1_800) });
        ok(stage.staff.post(&to("check-in"), Some("door"), &come).await.unwrap(), 200);
        let parts = ok(stage.staff.get(&to("attendances")).await.unwrap(), 200);
        let states: Vec<&str> = parts["items"].as_array().unwrap().iter().map(|part| part["state"].as_str().unwrap()).collect();
        assert_eq!(states.len(), 2);
        assert!(states.contains(&"begun") && states.contains(&"done"), "{states:?}");
        let deeds = ok(one.get(&format!("/v1/members/{}/deeds", stage.member(0))).await.unwrap(), 200);
        assert_eq!((&deeds["items"][0]["minutes"], &deeds["items"][0]["checked_in"]["by"]), (&json!(40), &json!("fence")));
        refused(two.get(&format!("/v1/members/{}/deeds", stage.member(0))).await.unwrap(), "not_found");
        refused(two.get(&format!("/v1/deeds/{}", deeds["items"][0]["id"].as_str().unwrap())).await.unwrap(), "not_found");

        let entered = json!({ "member": stage.member(0), "from": Stage::now().plus_seconds(-600), "until": Stage::now().plus_seconds(-60) });
        refused(stage.staff.post(&to("backfill"), Some("late"), &entered).await.unwrap(), "deed_state");
        ok(stage.staff.post(&to("cancel"), Some("off"), &json!({})).await.unwrap(), 200);
        refused(three.post(&to("check-in"), Some("in"), &code).await.unwrap(), "activity_cancelled");
    }

    /// The same time at two activities counts once, and the rider is told so in words.
    async fn a_refusal_is_told_in_words(db: Database) {
        let stage = Stage::begin(&db).await;
        let mut told = Value::Null;
        for key in ["one", "other"] {
            let planned = ok(stage.staff.post("/v1/activities", Some(key), &stage.plan()).await.unwrap(), 201);
            let path = format!("/v1/activities/{}/backfill", planned["id"].as_str().unwrap());
            let now = Stage::now();
            let entered = json!({ "member": stage.member(0), "from": now.plus_seconds(-1_200), "until": now.plus_seconds(-600) });
            told = ok(stage.staff.post(&path, Some(key), &entered).await.unwrap(), 200);
        }
        assert_eq!((&told["award"], &told["why_not"]["code"]), (&Value::Null, &json!("time_counted")));
        assert_eq!(told["why_not"]["zh"][0], "这段时间与您已计分的另一件事重叠，同一时间只计一次。");
        let deed = format!("/v1/deeds/{}", told["deed"].as_str().unwrap());
        let seen = ok(stage.riders[0].get(&deed).await.unwrap(), 200);
        assert_eq!(seen["why_not"], told["why_not"]);

        // Typed in by hand it is the same time: refused, with what it counts for and when.
        let now = Stage::now();
        let entered = |reference: &str, at: i64| json!({
            "member": stage.member(0),
            "deed": {
                "kind": "volunteer_service", "reference": reference, "occurred_at": now.plus_seconds(at),
                "facts": { "minutes": 5, "beneficiary": "elderly" },
            },
        });
        let again = stage.staff.post("/v1/awards", Some("typed"), &entered("typed", -900)).await.unwrap();
        assert_eq!(again.status, 409);
        let problem = again.body.clone();
        refused(again, "time_counted");
        assert!(problem["deed"].is_string() && problem["from"].is_string() && problem["until"].is_string(), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("an hour counts once"), "{problem}");
        ok(stage.staff.post("/v1/awards", Some("later"), &entered("later", -420)).await.unwrap(), 201);
    }
}
