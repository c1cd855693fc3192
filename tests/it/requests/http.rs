//! From an empty programme to vested points over HTTP and the pages, as residents, riders and staff would.

use ledger::clock::Clock;
use ledger::community::{Appointment, JoinCode, Registration, Role, Staff, StaffRole};
use ledger::ids::{AppointmentId, OrganizationId, StaffId, random_bytes};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::browser::{Browser, csrf};
use tests::http::{Client, ok, refused};
use tests::on_both;
use tests::photo::{jpeg, scene};
use tests::server::Server;
use tests::story::{KEYS, Story};
use uuid::Uuid;

use super::Desk;

const ADDRESS: &str = "幸福里3号楼502王奶奶13940012345";

struct Stage {
    story: Story,
    server: Server,
    staff: Client,
    riders: Vec<Client>,
    organization: Uuid,
    code: String,
}

impl Stage {
    async fn begin(db: &Database) -> Self {
        let story = Story::begin(db).await;
        let desk = Desk::open(&story).await;
        let organization = desk.organization;
        let code = JoinCode::new(
            organization,
            random_bytes(),
            Clock::System.now(),
            JoinCode::DAYS,
        );
        let posted = code.code.clone();
        story.register(Registration::JoinCode(code)).await;
        let staff = story.staff_token(Some(organization)).await;
        let tokens = story.member_tokens().await;
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS);
        })
        .await;
        let client = |token: &String| Client::new(server.base_url(), token);
        Self {
            staff: client(&staff),
            riders: tokens.iter().map(client).collect(),
            organization: organization.0,
            code: posted,
            story,
            server,
        }
    }
}

fn wanted(title: &str) -> Value {
    json!({
        "category": "delivery", "beneficiary": "elderly", "title": title,
        "wanted_by": Clock::System.now().plus_seconds(86_400),
        "position": { "latitude": 41.7952, "longitude": 123.3085 },
    })
}

on_both! {
    /// A resident without an account asks over the API as on the page: once a key, seen by nobody but staff.
    async fn a_wish_comes_over_the_api(db: Database) {
        let stage = Stage::begin(&db).await;
        let nobody = Client::new(stage.server.base_url(), "");
        let wish = |category: &str, code: &str| json!({
            "program": stage.story.program.to_string(), "join_code": code, "category": category, "beneficiary": "elderly",
            "words": ADDRESS, "name": "王奶奶", "phone": "13940012345",
        });
        refused(nobody.post("/v1/wishes", Some("w"), &wish("delivery", "none")).await.unwrap(), "not_found");
        let wrong = nobody.post("/v1/wishes", Some("w-0"), &wish("gold", &stage.code)).await.unwrap();
        assert!((400..500).contains(&wrong.status), "{}", wrong.text);
        let asked = ok(nobody.post("/v1/wishes", Some("w"), &wish("delivery", &stage.code)).await.unwrap(), 202);
        let again = ok(nobody.post("/v1/wishes", Some("w"), &wish("delivery", &stage.code)).await.unwrap(), 202);
        assert_eq!(asked, again);
        let waiting = ok(stage.staff.get("/v1/orders/waiting").await.unwrap(), 200);
        let waiting = waiting["items"].as_array().unwrap();
        assert_eq!((waiting.len(), &waiting[0]["id"], &waiting[0]["state"]), (1, &asked["order"], &json!("asked")));
        assert_eq!(ok(stage.riders[0].get("/v1/orders").await.unwrap(), 200)["items"], json!([]));
        let details = format!("/v1/orders/{}/details", asked["order"].as_str().unwrap());
        let details = ok(stage.staff.get(&details).await.unwrap(), 200);
        assert!(details["text"].as_str().unwrap().starts_with(ADDRESS), "{details}");
        stage.story.sound_books(&db).await;
    }

    /// What a resident said is read by who does it, while they do, and by staff; it stands in the clear nowhere.
    async fn a_residents_order_is_done_and_awarded(db: Database) {
        let mut stage = Stage::begin(&db).await;
        let [one, two, _] = &stage.riders[..] else { panic!("three riders") };
        let details = ok(stage.staff.upload("/v1/attachments", "text/plain", ADDRESS.into()).await.unwrap(), 200);
        let order = json!({ "organization": stage.organization, "wanted": wanted("送药上门"), "details": details["id"] });
        refused(one.post("/v1/orders", Some("post"), &order).await.unwrap(), "forbidden");
        let posted = ok(stage.staff.post("/v1/orders", Some("post"), &order).await.unwrap(), 201);
        let again = ok(stage.staff.post("/v1/orders", Some("post"), &order).await.unwrap(), 201);
        assert_eq!((&again["id"], &again["code"]), (&posted["id"], &posted["code"]));
        let path = format!("/v1/orders/{}", posted["id"].as_str().unwrap());
        let to = |step: &str| format!("{path}/{step}");

        let list = ok(one.get("/v1/orders").await.unwrap(), 200);
        assert_eq!((&list["items"][0]["title"], &list["items"][0]["has_details"]), (&json!("送药上门"), &json!(true)));
        assert!(!list.to_string().contains("41.79"), "where it is is for who does it");
        refused(one.get(&to("details")).await.unwrap(), "not_found");
        refused(one.get(&format!("/v1/attachments/{}", details["id"].as_str().unwrap())).await.unwrap(), "not_found");
        let taken = ok(one.post(&to("claim"), Some("take"), &json!({})).await.unwrap(), 200);
        refused(two.post(&to("claim"), Some("take"), &json!({})).await.unwrap(), "order_taken");
        refused(two.post(&to("claim"), Some("for"), &json!({ "member": stage.story.members[0].0 })).await.unwrap(), "not_found");
        assert_eq!(ok(one.get(&to("details")).await.unwrap(), 200)["text"], ADDRESS);
        let written = format!("/v1/attachments/{}", details["id"].as_str().unwrap());
        assert_eq!(one.get(&written).await.unwrap().text, ADDRESS);
        refused(two.get(&written).await.unwrap(), "not_found");
        assert_eq!(ok(stage.staff.get(&to("details")).await.unwrap(), 200)["text"], ADDRESS);
        refused(two.get(&to("details")).await.unwrap(), "not_found");

        let deed = format!("/v1/deeds/{}", taken["deed"].as_str().unwrap());
        let photo = ok(one.upload("/v1/attachments", "image/jpeg", jpeg(&scene(3), 80)).await.unwrap(), 200);
        let words = ok(one.upload("/v1/attachments", "text/plain", "放在门口了".into()).await.unwrap(), 200);
        let done = json!({ "attachments": [photo["id"], words["id"]] });
        refused(two.post(&format!("{deed}/done"), Some("done"), &done).await.unwrap(), "not_found");
        ok(one.post(&format!("{deed}/done"), Some("done"), &done).await.unwrap(), 200);
        refused(one.get(&to("details")).await.unwrap(), "not_found");
        refused(one.get(&written).await.unwrap(), "not_found");
        let held = ok(one.get(&format!("/v1/members/{}/personal", stage.story.members[0].0)).await.unwrap(), 200);
        let theirs = &held["deeds"][0];
        assert_eq!((&theirs["kind"], &theirs["order"]["title"]), (&json!("request_fulfilled"), &json!("送药上门")), "{held}");
        let uploaded = held["attachments"].as_array().unwrap();
        let uploaded: Vec<_> = uploaded.iter().map(|item| (&item["kind"], &item["about"], &item["text"])).collect();
        let about = &taken["deed"];
        assert_eq!(uploaded, [(&json!("photo"), about, &Value::Null), (&json!("text"), about, &json!("放在门口了"))], "and not what the resident wrote");
        refused(one.post(&format!("{deed}/confirm"), Some("self"), &json!({})).await.unwrap(), "forbidden");
        let waiting = ok(stage.staff.get("/v1/orders/waiting").await.unwrap(), 200);
        assert_eq!(waiting["items"][0]["id"], posted["id"]);

        // The resident has the code, and nothing else.
        let mut browser = Browser::new(stage.server.base_url());
        let page = format!("/{}/confirm/{}", stage.story.program, posted["id"].as_str().unwrap());
        let door = csrf(&browser.get(&page).await);
        let wrong = browser.form(&page, &format!("csrf={door}&key=a&code=22222222")).await;
        assert!(wrong.status == 422 && !wrong.text.contains("送药"), "{}", wrong.text);
        let right = format!("csrf={door}&key=b&code={}", posted["code"].as_str().unwrap());
        let confirmed = browser.form(&page, &right).await;
        assert!(confirmed.status == 200 && confirmed.text.contains("谢谢"), "{}", confirmed.text);
        let view = ok(one.get(&deed).await.unwrap(), 200);
        assert_eq!((&view["kind"], &view["state"], &view["confirmed_by_resident"]), (&json!("request_fulfilled"), &json!("done"), &json!(true)));
        let award = ok(one.get(&format!("/v1/awards/{}", view["award"].as_str().unwrap())).await.unwrap(), 200);
        assert_eq!((&award["state"], &award["points"]), (&json!("vested"), &json!("6.00")));
        assert_eq!(ok(one.get(&path).await.unwrap(), 200)["state"], "confirmed");
        assert_eq!(ok(stage.staff.get(&to("details")).await.unwrap(), 200)["latitude"], Value::Null, "where it was is forgotten");

        let dump = crate::leaks::dump(&db, stage.story.program).await;
        let dump = String::from_utf8_lossy(&dump);
        for told in [ADDRESS, "13940012345", posted["code"].as_str().unwrap()] {
            assert!(!dump.contains(told), "{told} stands in the clear");
        }
        // Where it was is gone with what the log holds of earlier pages.
        stage.server.terminate_and_wait().await;
        stage.story.ledger.close().await;
        let dump = crate::leaks::dump(&db, stage.story.program).await;
        assert!(!String::from_utf8_lossy(&dump).contains("41795200"));
    }

    /// Where a member belongs says nothing of who sees to an order that they did.
    async fn what_shows_an_order_goes_to_who_sees_to_it(db: Database) {
        let stage = Stage::begin(&db).await;
        let story = &stage.story;
        let other = Desk::open_another(story).await.organization;
        let mut staff = Vec::new();
        for node in [OrganizationId(stage.organization), other] {
            let person = Staff { id: StaffId(Uuid::from_bytes(random_bytes())), organization: Some(node), name: "值班".to_owned(), member: None };
            let appointment = Appointment {
                id: AppointmentId(Uuid::from_bytes(random_bytes())),
                staff: person.id,
                role: StaffRole::Awarder,
                organization: Some(node),
            };
            let token = story.token(Role::Staff, Some(person.id.0)).await;
            story.register(Registration::Staff(person)).await;
            story.register(Registration::Appointment(appointment)).await;
            staff.push(Client::new(stage.server.base_url(), &token));
        }
        let [near, far] = &staff[..] else { panic!("two") };
        let rider = &stage.riders[0];
        let details = ok(near.upload("/v1/attachments", "text/plain", ADDRESS.into()).await.unwrap(), 200);
        let order = json!({ "organization": stage.organization, "wanted": wanted("送药上门"), "details": details["id"] });
        let posted = ok(near.post("/v1/orders", Some("post"), &order).await.unwrap(), 201);
        let path = format!("/v1/orders/{}/claim", posted["id"].as_str().unwrap());
        let taken = ok(rider.post(&path, Some("take"), &json!({})).await.unwrap(), 200);
        let photo = ok(rider.upload("/v1/attachments", "image/jpeg", jpeg(&scene(3), 80)).await.unwrap(), 200);
        let done = format!("/v1/deeds/{}/done", taken["deed"].as_str().unwrap());
        ok(rider.post(&done, Some("done"), &json!({ "attachments": [photo["id"]] })).await.unwrap(), 200);
        for attached in [&details, &photo] {
            let path = format!("/v1/attachments/{}", attached["id"].as_str().unwrap());
            assert_eq!(near.get(&path).await.unwrap().status, 200);
            refused(far.get(&path).await.unwrap(), "not_found");
            refused(stage.riders[1].get(&path).await.unwrap(), "not_found");
        }
    }

    async fn a_wish_comes_by_the_public_page(db: Database) {
        let stage = Stage::begin(&db).await;
        let rider = &stage.riders[0];
        let mut browser = Browser::new(stage.server.base_url());
        let page = format!("/{}/wish/{}", stage.story.program, stage.code);
        assert_eq!(browser.get(&format!("/{}/wish/nothing", stage.story.program)).await.status, 404);
        let door = csrf(&browser.get(&page).await);
        let said = |key: &str, more: &str| format!("csrf={door}&key={key}&category=wish&beneficiary=child&words=%E4%B8%80%E5%8F%8C%E7%90%83%E9%9E%8B&name=%E5%BC%A0&phone=13940012345{more}");
        let unsaid = said("a", "").replace("13940012345", "");
        assert_eq!(browser.form(&page, &unsaid).await.status, 422);
        let machine = browser.form(&page, &said("machine", "&website=spam")).await;
        assert_eq!(machine.status, 200, "what is no resident is not told so");
        let kept = browser.form(&page, &said("b", "")).await;
        assert!(kept.status == 200 && kept.text.contains("已收到"), "{}", kept.text);
        let code = kept.text.split("<b>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let confirm = kept.text.split("href=\"").find(|rest| rest.contains("/confirm/")).unwrap();
        let confirm = confirm.split('"').next().unwrap().to_owned();
        assert_eq!(browser.form(&page, &said("b", "")).await.text, kept.text, "once more is once");

        let nothing = ok(rider.get("/v1/orders").await.unwrap(), 200);
        assert_eq!(nothing["items"], json!([]));
        let waiting = ok(stage.staff.get("/v1/orders/waiting").await.unwrap(), 200);
        assert_eq!(waiting["items"].as_array().unwrap().len(), 1);
        let order = format!("/v1/orders/{}", waiting["items"][0]["id"].as_str().unwrap());
        refused(rider.get(&order).await.unwrap(), "not_found");
        let text = ok(stage.staff.get(&format!("{order}/details")).await.unwrap(), 200);
        assert_eq!(text["text"], "一双球鞋\n张\n13940012345");
        let accept = format!("{order}/accept");
        refused(rider.post(&accept, Some("in"), &wanted("一双球鞋")).await.unwrap(), "forbidden");
        ok(stage.staff.post(&accept, Some("in"), &wanted("一双球鞋")).await.unwrap(), 200);
        let taken = ok(rider.post(&format!("{order}/claim"), Some("take"), &json!({})).await.unwrap(), 200);
        let deed = format!("/v1/deeds/{}", taken["deed"].as_str().unwrap());
        ok(rider.post(&format!("{deed}/release"), Some("back"), &json!({})).await.unwrap(), 200);
        ok(rider.post(&format!("{order}/claim"), Some("take-2"), &json!({})).await.unwrap(), 200);
        ok(rider.post(&format!("{deed}/done"), Some("done"), &json!({ "people_served": 1 })).await.unwrap(), 200);
        let door = csrf(&browser.get(&confirm).await);
        let thanks = browser.form(&confirm, &format!("csrf={door}&key=c&code={code}")).await;
        assert!(thanks.text.contains("谢谢"), "{}", thanks.text);
        let balance = ok(rider.get(&format!("/v1/members/{}/balance", stage.story.members[0].0)).await.unwrap(), 200);
        assert_eq!(balance["available"], "6.00");
    }

    /// Teams, skills, pledges and exceptional deeds, as far as they are asked about over HTTP.
    async fn what_members_are_and_promise_is_told(db: Database) {
        let stage = Stage::begin(&db).await;
        let (staff, rider) = (&stage.staff, &stage.riders[0]);
        let member = stage.story.members[0].0;
        let team = json!({ "code": "yifeng", "team": { "organization": stage.organization, "kind": "volunteer", "name": "益蜂使者" } });
        ok(staff.post("/v1/teams", Some("form"), &team).await.unwrap(), 201);
        ok(staff.post("/v1/teams/yifeng/members", Some("join"), &json!({ "member": member })).await.unwrap(), 200);
        let order = json!({ "organization": stage.organization, "wanted": wanted("送餐") });
        let posted = ok(staff.post("/v1/orders", Some("post"), &order).await.unwrap(), 201);
        let path = format!("/v1/orders/{}/claim", posted["id"].as_str().unwrap());
        let taken = ok(rider.post(&path, Some("take"), &json!({ "team": "yifeng" })).await.unwrap(), 200);
        let deed = format!("/v1/deeds/{}", taken["deed"].as_str().unwrap());
        ok(rider.post(&format!("{deed}/done"), Some("done"), &json!({ "people_served": 4 })).await.unwrap(), 200);
        let told = ok(staff.post(&format!("{deed}/confirm"), Some("yes"), &json!({})).await.unwrap(), 200);
        assert_eq!((&told["award_state"], &told["points"]), (&json!("vested"), &json!("6.00")));
        let now = Clock::System.now();
        let within = format!("/v1/teams/yifeng/totals?from={}&until={}", now.plus_seconds(-3_600), now.plus_seconds(3_600));
        let totals = ok(rider.get(&within).await.unwrap(), 200);
        assert_eq!(totals, json!({ "deeds": 1, "minutes": 0, "people_served": 4, "points": "6.00", "members": 1 }));
        let members = ok(staff.get("/v1/teams/yifeng/members").await.unwrap(), 200);
        assert_eq!(members["items"][0]["member"], member.to_string());

        let pledge = json!({ "measure": "deeds", "target": 1, "every": "quarter", "from": now.plus_seconds(-3_600), "until": now.plus_seconds(86_400 * 90) });
        let pledges = format!("/v1/members/{member}/pledges");
        let made = ok(rider.post(&pledges, Some("pledge"), &pledge).await.unwrap(), 201);
        refused(stage.riders[1].post(&pledges, Some("pledge"), &pledge).await.unwrap(), "not_found");
        let list = ok(rider.get(&pledges).await.unwrap(), 200);
        assert_eq!((&list["items"][0]["periods"][0]["done"], &list["items"][0]["periods"][0]["kept"]), (&json!(1), &json!(true)));
        ok(rider.post(&format!("{pledges}/end"), Some("end"), &json!({ "pledge": made["id"] })).await.unwrap(), 200);

        let words = ok(staff.upload("/v1/attachments", "text/plain", "爬进店里关了煤气".into()).await.unwrap(), 200);
        let fire = json!({ "member": member, "category": "firefighting", "occurred_at": now.plus_seconds(-3_600), "attachments": [words["id"]] });
        let proposed = ok(staff.post("/v1/exceptional", Some("fire"), &fire).await.unwrap(), 201);
        assert_eq!(proposed["state"], "begun");
        let deed = format!("/v1/deeds/{}", proposed["deed"].as_str().unwrap());
        refused(staff.post(&format!("{deed}/confirm"), Some("own"), &json!({})).await.unwrap(), "own_proposal");
        let waiting = ok(staff.get("/v1/exceptional").await.unwrap(), 200);
        assert_eq!(waiting["items"][0]["category"], "firefighting");
        let dump = crate::leaks::dump(&db, stage.story.program).await;
        assert!(!String::from_utf8_lossy(&dump).contains("关了煤气"));
    }
}
