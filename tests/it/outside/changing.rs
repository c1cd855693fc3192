//! A member who changes their own phone, and who is out then.

use hyper::Method;
use hyper::body::Bytes;
use ledger::Known;
use ledger::community::{Role, Way};
use ledger::ids::MemberId;
use ledger::machine::Command;
use serde_json::{Value, json};
use tests::backend::Database;
use tests::browser::{Browser, csrf};
use tests::http::{Answer, Client};
use tests::on_both;
use tests::server::Server;
use tests::story::{KEYS, Story};

use super::phone::{code_in, serve, shape};
use super::{NOBODYS, PHONE, member_with, number};
use crate::login::opened_ago;
use tests::listener::Listener;

/// A browser in which a member has logged in.
async fn logged_in(db: &Database, story: &Story, server: &Server, member: MemberId) -> Browser {
    let known = Known {
        role: Role::Member,
        subject: member.0,
        way: Way::Sms,
    };
    let cookie = opened_ago(db, story, known, 60).await;
    let (name, value) = cookie.split_once('=').unwrap();
    let mut browser = Browser::new(server.base_url());
    browser.cookies.insert(name.to_owned(), value.to_owned());
    browser
}

/// The API, as a script of a page of ours asks it.
struct Script {
    client: Client,
    cookie: String,
    csrf: String,
}

impl Script {
    async fn of(browser: &mut Browser, server: &Server, story: &Story) -> Self {
        let page = browser.get(&format!("/{}/me/data", story.program)).await;
        Self {
            client: Client::anonymous(server.base_url()),
            cookie: format!("jifen={}", browser.cookies["jifen"]),
            csrf: csrf(&page),
        }
    }

    async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        let headers = [
            ("content-type", "application/json"),
            ("cookie", self.cookie.as_str()),
            ("x-csrf-token", self.csrf.as_str()),
            ("idempotency-key", key),
        ];
        let body = Bytes::from(body.to_string());
        let sent = self.client.send(Method::POST, path, &headers, body);
        sent.await.unwrap()
    }
}

/// The code in the newest message, once there are so many.
async fn newest(gateway: &Listener, count: usize) -> String {
    let sent = gateway.heard_by_now(count).await;
    assert_eq!(sent.len(), count);
    assert!(sent[count - 1].body.contains("更换手机号验证码"));
    code_in(&sent[count - 1].body)
}

async fn owner(story: &Story, phone: &str) -> Option<MemberId> {
    let phone = number(phone);
    let found = story.ledger.member_by_phone(story.program, &phone);
    found.await.unwrap()
}

on_both! {
    async fn a_member_changes_their_phone_and_every_other_session_ends(db: Database) {
        let story = Story::begin(&db).await;
        let member = member_with(&story, PHONE).await;
        let gateway = Listener::start(|_| (200, "{}".to_owned())).await;
        let server = serve(&db, &gateway.url).await;
        let mut here = logged_in(&db, &story, &server, member).await;
        let mut there = logged_in(&db, &story, &server, member).await;
        let mut other = logged_in(&db, &story, &server, story.members[0]).await;
        let data = format!("/{}/me/data", story.program);
        let page = here.get(&data).await;
        assert!(page.text.contains("更换手机号") && page.text.contains(PHONE), "{}", page.text);
        assert_eq!(there.get(&data).await.status, 200);
        assert_eq!(other.get(&data).await.status, 200);

        let (csrf, path) = (csrf(&page), format!("{data}/phone"));
        let bad = here.form(&path, &format!("csrf={csrf}&phone=139")).await;
        assert!(bad.status == 422 && bad.text.contains("这不像手机号"), "{}", bad.text);
        let asked = here.form(&path, &format!("csrf={csrf}&phone={NOBODYS}")).await;
        assert!(asked.status == 200 && asked.text.contains("one-time-code"), "{}", asked.text);
        let code = newest(&gateway, 1).await;
        let second = format!("{path}/code");
        let with = |code: &str| format!("csrf={csrf}&key=change&phone={NOBODYS}&code={code}");
        let wrong = here.form(&second, &with("1")).await;
        assert!(wrong.status == 422 && wrong.text.contains("验证码不对"), "{}", wrong.text);
        // In another's name it is no code.
        let theirs = tests::browser::csrf(&other.get(&data).await);
        let stolen = format!("csrf={theirs}&key=change&phone={NOBODYS}&code={code}");
        assert_eq!(other.form(&second, &stolen).await.status, 422);
        assert_eq!(owner(&story, PHONE).await, Some(member));

        for _ in 0..2 {
            let done = here.form(&second, &with(&code)).await;
            assert_eq!((done.status, done.header("location")), (303, Some(data.as_str())), "{}", done.text);
        }
        let page = here.get(&data).await;
        assert!(page.status == 200 && page.text.contains(NOBODYS) && !page.text.contains(PHONE), "{}", page.text);
        let out = there.get(&data).await;
        assert_eq!(out.status, 303, "the other device is out at once: {}", out.text);
        assert_eq!(other.get(&data).await.status, 200, "and nobody else is");
        assert_eq!((owner(&story, PHONE).await, owner(&story, NOBODYS).await), (None, Some(member)));
        let log = server.stderr();
        for said in [PHONE, NOBODYS, code.as_str()] {
            assert!(!log.contains(said), "{said} is in the log: {log}");
        }
        story.clean(&db).await;
    }

    async fn that_a_phone_is_anothers_is_said_to_who_has_it_alone(db: Database) {
        let story = Story::begin(&db).await;
        let member = member_with(&story, PHONE).await;
        let (other, erased) = (story.members[0], story.members[1]);
        let (theirs, gone) = ("13811112222", "13811113333");
        let staff = || story.request(story.staff(0), None);
        story.ledger.change_phone(&staff(), other, &number(theirs)).await.unwrap();
        story.ledger.change_phone(&staff(), erased, &number(gone)).await.unwrap();
        story.execute(story.admin(), None, Command::ErasePersonal { member: erased }).await.unwrap();
        let gateway = Listener::start(|_| (200, "{}".to_owned())).await;
        let server = serve(&db, &gateway.url).await;
        let mut here = logged_in(&db, &story, &server, member).await;
        let mut there = logged_in(&db, &story, &server, member).await;
        let script = Script::of(&mut here, &server, &story).await;
        let (ask, change) = (format!("/v1/members/{member}/phone/code"), format!("/v1/members/{member}/phone/own"));
        let with = |phone: &str, code: &str| json!({ "phone": phone, "code": code });

        let mut told = Vec::new();
        let mut codes = Vec::new();
        for (count, phone) in [NOBODYS, theirs, gone].into_iter().enumerate() {
            let asked = script.post(&ask, "ask", &json!({ "phone": phone })).await;
            assert_eq!(asked.status, 202, "{}", asked.text);
            let code = newest(&gateway, count + 1).await;
            let wrong = if code == "000000" { "000001" } else { "000000" };
            let guess = script.post(&change, "guess", &with(phone, wrong)).await;
            assert_eq!((guess.status, &guess.body["code"]), (422, &json!("wrong_login_code")));
            told.push((shape(&asked), asked.body, shape(&guess), guess.body["detail"].clone()));
            codes.push(code);
        }
        assert!(told.iter().all(|one| *one == told[0]), "{told:?}");

        for (phone, code) in [(theirs, &codes[1]), (gone, &codes[2])] {
            let taken = script.post(&change, phone, &with(phone, code)).await;
            assert_eq!((taken.status, &taken.body["code"]), (409, &json!("phone_taken")), "{}", taken.text);
            for id in [other, erased] {
                assert!(!taken.text.contains(&id.to_string()), "{}", taken.text);
            }
        }
        assert_eq!((owner(&story, PHONE).await, owner(&story, theirs).await), (Some(member), Some(other)));
        assert_eq!(there.get(&format!("/{}/me/data", story.program)).await.status, 200, "nothing was changed");
        let admin = Client::new(server.base_url(), &story.token(Role::Admin, None).await);
        let doubles = admin.get("/v1/members/duplicates").await.unwrap();
        assert_eq!(doubles.body["items"].as_array().map(Vec::len), Some(1), "{}", doubles.text);
        assert_eq!((&doubles.body["items"][0]["member"], &doubles.body["items"][0]["other"]), (&json!(member.0), &json!(other.0)));

        let done = script.post(&change, "done", &with(NOBODYS, &codes[0])).await;
        assert_eq!(done.status, 200, "{}", done.text);
        assert_eq!(script.post(&change, "done", &with(NOBODYS, &codes[0])).await.body, done.body);
        assert_eq!(there.get(&format!("/{}/me/data", story.program)).await.status, 303);
        let agreed = format!("/v1/members/{member}/consents");
        let old = script.post(&agreed, "agree", &json!({ "consent": "2019-1" })).await;
        assert_eq!(old.status, 422, "{}", old.text);
        for _ in 0..2 {
            let agreed = script.post(&agreed, "agree", &json!({ "consent": "2026-1" })).await;
            assert_eq!((agreed.status, &agreed.body["version"]), (200, &json!("2026-1")), "{}", agreed.text);
        }
        let held = story.ledger.held_about(story.program, member).await.unwrap().own.unwrap();
        assert_eq!((held.consents.len(), held.phones), (1, vec![number(NOBODYS)]));
        story.clean(&db).await;
    }

    /// By staff, and for whom several accounts were made one: a lost phone lets nobody in, whichever account it was of.
    async fn once_staff_change_it_no_earlier_phone_leads_to_the_member(db: Database) {
        let story = Story::begin(&db).await;
        let (member, into) = (member_with(&story, PHONE).await, story.members[0]);
        let (second, third) = ("13811112222", "13811113333");
        let staff = || story.request(story.staff(0), None);
        story.ledger.change_phone(&staff(), into, &number(second)).await.unwrap();
        story.execute(story.admin(), None, Command::MergeMembers { from: member, into }).await.unwrap();
        assert_eq!(owner(&story, PHONE).await, Some(into));
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS);
        }).await;
        let mut browser = logged_in(&db, &story, &server, into).await;
        let data = format!("/{}/me/data", story.program);
        let page = browser.get(&data).await;
        assert!(page.status == 200 && !page.text.contains("更换手机号"), "no codes can be sent: {}", page.text);
        assert_eq!(browser.get(&format!("{data}/phone")).await.status, 404);

        // To one that leads to them already, and to another.
        let admin = Client::new(server.base_url(), &story.token(Role::Admin, None).await);
        let path = format!("/v1/members/{into}/phone");
        for (key, phone) in [("one", PHONE), ("two", third)] {
            let changed = admin.post(&path, Some(key), &json!({ "phone": phone })).await.unwrap();
            assert_eq!(changed.status, 200, "{}", changed.text);
            assert_eq!(browser.get(&data).await.status, 303);
            for lost in [PHONE, second, third] {
                assert_eq!(owner(&story, lost).await, (lost == phone).then_some(into), "{lost} after {phone}");
            }
            browser = logged_in(&db, &story, &server, into).await;
            assert_eq!(browser.get(&data).await.status, 200);
        }
        story.clean(&db).await;
    }
}
