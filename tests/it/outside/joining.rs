//! 报到 with a phone that a code proves: on the page and over the API.

use ledger::clock::Clock;
use ledger::community::{JoinCode, Organization, Registration, Role};
use ledger::ids::{OrganizationId, random_bytes};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::browser::{Browser, csrf};
use tests::http::Client;
use tests::on_both;
use tests::server::Server;
use tests::story::{KEYS, Story};
use uuid::Uuid;

use super::phone::{code_in, serve, shape};
use super::{NOBODYS, PHONE, member_with};
use tests::listener::Listener;

/// The code that is posted at a station.
async fn station(story: &Story) -> String {
    let node = Organization {
        id: OrganizationId(Uuid::from_u128(0x57a7)),
        parent: None,
        kind: "community".to_owned(),
        name: "黄海社区".to_owned(),
    };
    let now = Clock::System.now();
    let code = JoinCode::new(node.id, random_bytes(), now, JoinCode::DAYS);
    let posted = code.code.clone();
    story.register(Registration::Organization(node)).await;
    story.register(Registration::JoinCode(code)).await;
    posted
}

/// A code that is not this one.
fn wrong(code: &str) -> &'static str {
    match code {
        "000000" => "000001",
        _ => "000000",
    }
}

on_both! {
    async fn a_phone_is_proved_on_the_page_or_left_to_staff(db: Database) {
        let story = Story::begin(&db).await;
        member_with(&story, PHONE).await;
        let posted = station(&story).await;
        let gateway = Listener::start(|_| (200, "{}".to_owned())).await;
        let server = serve(&db, &gateway.url).await;
        let path = format!("/{}/join/{posted}", story.program);
        let mut browser = Browser::new(server.base_url());
        let door = csrf(&browser.get(&path).await);
        let said = |key: &str, phone: &str| {
            format!("csrf={door}&key={key}&name=%E6%AC%A7%E9%98%B3&phone={phone}&platforms=A&agreed=2026-1")
        };
        // What is wrong is told before anything is sent.
        let unread = said("a", PHONE).replace("&agreed=2026-1", "");
        assert_eq!(browser.form(&path, &unread).await.status, 422);

        let somebody = browser.form(&path, &said("a", PHONE)).await;
        let nobody = browser.form(&path, &said("a", NOBODYS)).await;
        assert_eq!((somebody.status, shape(&somebody)), (200, shape(&nobody)));
        assert_eq!(somebody.text, nobody.text.replace(NOBODYS, PHONE), "they tell who is known");
        let sent = gateway.heard_by_now(2).await;
        let code_of = |phone: &str| {
            let to = sent.iter().find(|heard| heard.body.contains(phone)).unwrap();
            assert!(to.body.contains("报到验证码"), "{}", to.body);
            code_in(&to.body)
        };
        let code = code_of(PHONE);
        let again = browser.form(&path, &said("a", PHONE)).await;
        assert!(again.status == 429 && again.text.contains("操作太频繁"), "{}", again.text);

        // It lets nobody in, and what was sent to another phone proves nothing.
        let client = Client::anonymous(server.base_url());
        let log_in = json!({ "program": story.program.to_string(), "phone": PHONE, "code": code });
        assert_eq!(client.post("/v1/login/phone/code", None, &log_in).await.unwrap().status, 422);
        let second = format!("{path}/phone");
        let with = |key: &str, phone: &str, more: &str| format!("{}&{more}", said(key, phone));
        for guess in [wrong(&code), "", "abc"] {
            let refused = browser.form(&second, &with("a", PHONE, &format!("code={guess}"))).await;
            assert!(refused.status == 422 && refused.text.contains("验证码不对"), "{}", refused.text);
            assert!(refused.text.contains(PHONE), "what was said stays");
        }
        let done = browser.form(&second, &with("a", PHONE, &format!("code={code}"))).await;
        assert!(done.status == 200 && done.text.contains("手机号已验证"), "{}", done.text);
        // Pressed twice it is one asking; the code is used up for any other.
        let twice = browser.form(&second, &with("a", PHONE, &format!("code={code}"))).await;
        assert_eq!((twice.status, twice.text), (200, done.text));
        let other = browser.form(&second, &with("b", PHONE, &format!("code={code}"))).await;
        assert_eq!(other.status, 422, "{}", other.text);
        let unproved = browser.form(&second, &with("c", NOBODYS, "code=&act=unproved")).await;
        assert!(unproved.status == 200 && unproved.text.contains("出示填写的手机"), "{}", unproved.text);

        let staff = Client::new(server.base_url(), &story.token(Role::Admin, None).await);
        let listed = staff.get("/v1/joining").await.unwrap().body;
        let mut proved: Vec<bool> = listed.as_array().unwrap().iter().map(|one| one["phone_proved_at"].is_string()).collect();
        proved.sort_unstable();
        assert_eq!(proved, [false, true], "{listed}");
        let log = server.stderr();
        for said in [PHONE, NOBODYS, code.as_str()] {
            assert!(!log.contains(said), "{said} is in the log: {log}");
        }
    }

    async fn a_phone_is_proved_over_the_api(db: Database) {
        let story = Story::begin(&db).await;
        let member = member_with(&story, PHONE).await;
        let posted = station(&story).await;
        let gateway = Listener::start(|_| (200, "{}".to_owned())).await;
        let server = serve(&db, &gateway.url).await;
        let client = Client::anonymous(server.base_url());
        let text = client.get("/v1/consent").await.unwrap();
        assert!(text.status == 200 && text.body["text"].as_str().unwrap().chars().count() > 100, "{}", text.text);
        let said = |phone: &str, code: Value| json!({
            "program": story.program.to_string(), "join_code": posted, "name": "欧阳明", "phone": phone,
            "platforms": [{ "name": "快送" }], "consent": text.body["version"], "code": code,
        });
        let ask = async |key: Option<&str>, said: Value| client.post("/v1/joining", key, &said).await.unwrap();
        let asking = |phone: &str, station: &str| json!({ "program": story.program.to_string(), "join_code": station, "phone": phone });
        let path = "/v1/joining/code";
        let nowhere = client.post(path, None, &asking(PHONE, "nothing")).await.unwrap();
        assert_eq!(nowhere.status, 404, "{}", nowhere.text);
        let mut old = said(PHONE, Value::Null);
        old["consent"] = json!("2019-1");
        let old = ask(None, old).await;
        assert_eq!((old.status, &old.body["errors"][0]["pointer"]), (422, &json!("/consent")), "{}", old.text);

        // A code for logging in proves nothing here, and goes on being one.
        let log_in = json!({ "program": story.program.to_string(), "phone": PHONE });
        assert_eq!(client.post("/v1/login/phone", None, &log_in).await.unwrap().status, 202);
        let code = code_in(&gateway.heard_by_now(1).await[0].body);
        let refused = ask(Some("one"), said(PHONE, json!(code))).await;
        assert_eq!((refused.status, &refused.body["code"]), (422, &json!("wrong_login_code")));
        let log_in = json!({ "program": story.program.to_string(), "phone": PHONE, "code": code });
        assert_eq!(client.post("/v1/login/phone/code", None, &log_in).await.unwrap().status, 200);

        let sent = client.post(path, None, &asking(NOBODYS, &posted)).await.unwrap();
        assert_eq!((sent.status, &sent.body["next_in"]), (202, &json!(60)), "{}", sent.text);
        let soon = client.post(path, None, &asking(NOBODYS, &posted)).await.unwrap();
        assert_eq!((soon.status, soon.header("retry-after").is_some()), (429, true));
        let code = code_in(&gateway.heard_by_now(2).await[1].body);
        let guess = ask(Some("two"), said(NOBODYS, json!(wrong(&code)))).await;
        assert_eq!(guess.body["code"], "wrong_login_code", "{}", guess.text);
        let kept = ask(Some("two"), said(NOBODYS, json!(code))).await;
        assert!(kept.status == 202 && kept.body["phone_proved_at"].is_string(), "{}", kept.text);
        assert_eq!(ask(Some("two"), said(NOBODYS, json!(code))).await.body, kept.body, "the same key, the same answer");
        // Without a code it is as it was: staff look at the phone.
        let unproved = ask(Some("three"), said(PHONE, Value::Null)).await;
        assert_eq!((unproved.status, &unproved.body["phone_proved_at"]), (202, &Value::Null), "{}", unproved.text);

        let staff = Client::new(server.base_url(), &story.token(Role::Admin, None).await);
        let mut known = Vec::new();
        for one in staff.get("/v1/joining").await.unwrap().body.as_array().unwrap() {
            let id = one["id"].as_str().unwrap();
            let done = staff.post(&format!("/v1/joining/{id}/confirm"), Some(id), &json!({})).await.unwrap();
            known.push((one["phone_proved_at"].is_string(), done.body["known"].clone()));
            if done.body["known"] == true {
                assert_eq!(done.body["id"], json!(member.0));
            }
        }
        known.sort_by_key(|(proved, _)| *proved);
        assert_eq!(known, [(false, json!(true)), (true, json!(false))]);
    }

    async fn without_a_gateway_it_works_as_it_did(db: Database) {
        let story = Story::begin(&db).await;
        let posted = station(&story).await;
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS);
        })
        .await;
        let path = format!("/{}/join/{posted}", story.program);
        let mut browser = Browser::new(server.base_url());
        let door = csrf(&browser.get(&path).await);
        let said = format!("csrf={door}&key=a&name=A&phone={PHONE}&agreed=2026-1");
        let done = browser.form(&path, &said).await;
        assert!(done.status == 200 && done.text.contains("出示填写的手机"), "{}", done.text);
        let client = Client::anonymous(server.base_url());
        let asking = json!({ "program": story.program.to_string(), "join_code": posted, "phone": PHONE });
        let none = client.post("/v1/joining/code", None, &asking).await.unwrap();
        assert_eq!((none.status, &none.body["code"]), (503, &json!("phone_login_unavailable")));
    }
}
