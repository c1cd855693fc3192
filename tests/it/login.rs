//! Logging in: who is let in, for how long, and who is refused.

mod guessing;
mod people;
mod pins;

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::Method;
use hyper::body::Bytes;
use ledger::clock::{Clock, Timestamp};
use ledger::community::personal::Keyring;
use ledger::community::{Access, Registration, Role, Staff, Way, totp_at};
use ledger::ids::{StaffId, random_bytes, sha256_hex};
use ledger::machine::Command;
use ledger::{Known, Ledger, Opening, Options};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::counter::bytes_of;
use tests::http::{Answer, Client};
use tests::on_both;
use tests::server::Server;
use tests::story::{DAY, HOUR, KEYS, Story};
use uuid::Uuid;

const PASSWORD: &str = "correct horse battery";
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

pub async fn staff(story: &Story) -> StaffId {
    let person = Staff {
        id: StaffId(Uuid::from_bytes(random_bytes())),
        organization: None,
        name: "张敏".to_owned(),
        member: None,
    };
    let id = person.id;
    story.register(Registration::Staff(person)).await;
    id
}

/// What somebody chose in the ledger of a story, long before the server's present.
pub struct Chosen {
    pub subject: Uuid,
    handle: String,
    pub secret: Vec<u8>,
    recovery: Vec<String>,
}

/// A staff member who followed an invitation.
async fn chosen(story: &Story, handle: &str) -> Chosen {
    let subject = staff(story).await.0;
    choose(story, Role::Staff, subject, handle).await
}

pub async fn choose(story: &Story, role: Role, subject: Uuid, handle: &str) -> Chosen {
    let hash = sha256_hex(&random_bytes::<32>());
    let request = story.request(story.admin(), None);
    let whom = (role, subject);
    story
        .ledger
        .invite(&request, whom, handle, &hash)
        .await
        .unwrap();
    let offer = ledger::Offer::draw("yuhong", handle);
    let secret = bytes_of(&offer.secret);
    let code = totp_at(&secret, story.clock.now());
    let accepted = story.ledger.accept_invitation(
        story.program,
        &hash,
        PASSWORD,
        (&offer.secret, &code),
        None,
    );
    Chosen {
        subject,
        handle: handle.to_owned(),
        secret,
        recovery: accepted.await.unwrap(),
    }
}

/// A server that can open what is sealed.
async fn server(db: &Database) -> Server {
    Server::start_with(&db.url, |command| {
        command.env("JIFEN_MASTER_KEY", KEYS);
    })
    .await
}

/// A story, somebody who may log in, a server, and a client without a key.
async fn begin(db: &Database, handle: &str) -> (Story, Chosen, Server, Client) {
    let story = Story::begin(db).await;
    let person = chosen(&story, handle).await;
    let server = server(db).await;
    let client = Client::anonymous(server.base_url());
    (story, person, server, client)
}

async fn admin(story: &Story, server: &Server) -> Client {
    let token = story.token(Role::Admin, None).await;
    Client::new(server.base_url(), &token)
}

pub fn code_now(secret: &[u8]) -> String {
    totp_at(secret, Clock::System.now())
}

/// A browser with a session.
#[derive(Clone)]
struct Browser {
    client: Client,
    cookie: String,
    csrf: String,
    id: Uuid,
}

impl Browser {
    async fn get(&self, path: &str) -> Answer {
        let headers = [("cookie", self.cookie.as_str())];
        let sent = self.client.send(Method::GET, path, &headers, Bytes::new());
        sent.await.unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with(path, body, Some(&self.csrf)).await
    }

    async fn post_with(&self, path: &str, body: &Value, csrf: Option<&str>) -> Answer {
        let mut headers = vec![
            ("content-type", "application/json"),
            ("cookie", self.cookie.as_str()),
        ];
        headers.extend(csrf.map(|csrf| ("x-csrf-token", csrf)));
        let body = Bytes::from(body.to_string());
        let sent = self.client.send(Method::POST, path, &headers, body);
        sent.await.unwrap()
    }
}

async fn first(client: &Client, story: &Story, handle: &str, password: &str) -> Answer {
    let body = json!({ "program": story.program, "handle": handle, "password": password });
    client.post("/v1/sessions", None, &body).await.unwrap()
}

async fn second(client: &Client, story: &Story, pending: &Value, code: &str) -> Answer {
    let body = json!({ "program": story.program, "pending": pending, "code": code });
    client.post("/v1/sessions/code", None, &body).await.unwrap()
}

/// Both steps.
async fn log_in(client: &Client, story: &Story, person: &Chosen, code: &str) -> Browser {
    let pending = first(client, story, &person.handle, PASSWORD).await;
    assert_eq!(pending.status, 202, "{}", pending.text);
    let opened = second(client, story, &pending.body["pending"], code).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    let cookie = opened.header("set-cookie").unwrap();
    Browser {
        client: client.clone(),
        cookie: cookie.split(';').next().unwrap().to_owned(),
        csrf: opened.body["csrf"].as_str().unwrap().to_owned(),
        id: opened.body["id"].as_str().unwrap().parse().unwrap(),
    }
}

/// A ledger at another moment.
async fn ledger_at(db: &Database, moment: Timestamp) -> Ledger {
    let options = Options {
        clock: Clock::fixed(moment),
        keyring: Some(Arc::new(Keyring::parse(KEYS).unwrap())),
        ..Options::default()
    };
    Ledger::open(&db.url, options).await.unwrap()
}

/// The cookie of a session opened so many seconds ago.
pub async fn opened_ago(db: &Database, story: &Story, known: Known, seconds: i64) -> String {
    let ledger = ledger_at(db, Clock::System.now().plus_seconds(-seconds)).await;
    let secret = random_bytes::<32>();
    let opening = Opening {
        known,
        secret_hash: &sha256_hex(&secret),
        agent: "test",
        address: None,
    };
    ledger.open_session(story.program, &opening).await.unwrap();
    ledger.close().await;
    let text = [story.program.0.as_bytes().as_slice(), &secret].concat();
    format!("jifen=js_{}", URL_SAFE_NO_PAD.encode(text))
}

async fn status_with(server: &Server, cookie: &str) -> u16 {
    let client = Client::anonymous(server.base_url());
    let headers = [("cookie", cookie)];
    let sent = client.send(Method::GET, "/v1/sessions", &headers, Bytes::new());
    sent.await.unwrap().status
}

on_both! {
    async fn a_password_and_a_code_let_in_once(db: Database) {
        let (story, person, server, client) = begin(&db, "zhang.min").await;
        let code = code_now(&person.secret);
        let browser = log_in(&client, &story, &person, &code).await;
        assert!(browser.cookie.starts_with("jifen=js_"), "{}", browser.cookie);
        let own = browser.get("/v1/sessions").await;
        assert_eq!(own.status, 200, "{}", own.text);
        let listed = own.body["items"].as_array().unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((&listed[0]["own"], &listed[0]["way"]), (&json!(true), &json!("password")));
        // The same desk as with a key of theirs.
        assert_eq!(browser.get("/v1/members").await.status, 200);
        assert_eq!(browser.get("/v1/transfers").await.status, 403);

        // The code of that moment is used up; a recovery code stands in, once.
        let pending = first(&client, &story, "Zhang.Min", PASSWORD).await.body["pending"].clone();
        let replayed = second(&client, &story, &pending, &code).await;
        assert_eq!((replayed.status, &replayed.body["code"]), (401, &json!("log_in_refused")));
        assert_eq!(second(&client, &story, &pending, "no code").await.status, 401);
        let recovered = second(&client, &story, &pending, &person.recovery[3].to_uppercase()).await;
        assert_eq!(recovered.status, 201, "{}", recovered.text);
        assert_eq!(second(&client, &story, &pending, &person.recovery[3]).await.status, 401);
        assert_eq!(story.ledger.recovery_left(story.program, person.subject).await.unwrap(), 9);

        // What is between the steps is nothing by itself, nor what was made up.
        let made_up = second(&client, &story, &json!("first~AAAA"), &person.recovery[4]).await;
        assert_eq!(made_up.status, 401);
        let as_cookie = format!("jifen={}", pending.as_str().unwrap());
        assert_eq!(status_with(&server, &as_cookie).await, 401);
    }

    async fn the_cookie_is_out_of_reach_and_never_adopted(db: Database) {
        let story = Story::begin(&db).await;
        let person = chosen(&story, "zhangmin").await;
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS).arg("--behind-tls");
        }).await;
        let client = Client::anonymous(server.base_url());
        let secret = random_bytes::<48>();
        let planted = format!("__Host-jifen=js_{}", URL_SAFE_NO_PAD.encode(secret));
        let pending = first(&client, &story, "zhangmin", PASSWORD).await.body["pending"].clone();
        let body = json!({ "program": story.program, "pending": pending, "code": code_now(&person.secret) });
        let headers = [("content-type", "application/json"), ("cookie", planted.as_str())];
        let sent = client.send(Method::POST, "/v1/sessions/code", &headers, Bytes::from(body.to_string()));
        let opened = sent.await.unwrap();
        let set = opened.header("set-cookie").unwrap().to_owned();
        for part in ["__Host-jifen=js_", "; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/"] {
            assert!(set.contains(part), "{part} in {set}");
        }
        assert!(!set.contains("Domain"));
        // Desks are shared: it ends with the browser.
        assert!(!set.contains("Max-Age") && !set.contains("Expires"), "{set}");
        assert!(!set.starts_with(&planted));
        assert_eq!(status_with(&server, &planted).await, 401);
        assert_eq!(status_with(&server, set.split(';').next().unwrap()).await, 200);
    }

    async fn what_may_change_something_needs_the_sessions_own_token(db: Database) {
        let story = Story::begin(&db).await;
        let (one, other) = (chosen(&story, "one").await, chosen(&story, "other").await);
        let server = server(&db).await;
        let client = Client::anonymous(server.base_url());
        let one = log_in(&client, &story, &one, &code_now(&one.secret)).await;
        let other = log_in(&client, &story, &other, &code_now(&other.secret)).await;
        let end = format!("/v1/sessions/{}/revoke", one.id);
        let wrong = "0".repeat(32);
        for csrf in [None, Some(""), Some(wrong.as_str()), Some(other.csrf.as_str())] {
            let refused = one.post_with(&end, &json!({}), csrf).await;
            assert_eq!((refused.status, &refused.body["code"]), (403, &json!("csrf_token")), "{csrf:?}");
        }
        // Another's session does not exist for them.
        assert_eq!(other.post(&end, &json!({})).await.status, 404);
        assert_eq!(one.post(&end, &json!({})).await.status, 200);
        assert_eq!(one.get("/v1/sessions").await.status, 401);
        assert_eq!(other.get("/v1/sessions").await.status, 200);
    }

    async fn sessions_end_unused_and_in_any_case(db: Database) {
        let story = Story::begin(&db).await;
        let subject = staff(&story).await.0;
        let known = Known { role: Role::Staff, subject, way: Way::Sms };
        let rider = Known { role: Role::Member, subject: story.members[0].0, way: Way::Sms };
        let server = server(&db).await;
        for (known, ago, status) in [
            (known, 2 * HOUR - 120, 200),
            (known, 2 * HOUR, 401),
            (rider, 30 * DAY - 120, 200),
            (rider, 30 * DAY, 401),
        ] {
            let cookie = opened_ago(&db, &story, known, ago).await;
            assert_eq!(status_with(&server, &cookie).await, status, "{known:?} {ago}");
        }
        // Used all the time, it still ends after twelve hours.
        for (ago, status) in [(12 * HOUR - 120, 200), (12 * HOUR, 401)] {
            let cookie = opened_ago(&db, &story, known, ago).await;
            let sessions = story.ledger.sessions_of(story.program, subject, ledger::ids::SessionId(Uuid::nil()), 50);
            let newest = sessions.await.unwrap().into_iter().min_by_key(|session| session.opened_at).unwrap();
            let used = [(newest.id, Clock::System.now().plus_seconds(-60))];
            story.ledger.note_sessions_used(story.program, &used).await.unwrap();
            assert_eq!(status_with(&server, &cookie).await, status, "{ago}");
        }
    }

    async fn who_leaves_loses_every_session_at_once(db: Database) {
        let (story, person, server, client) = begin(&db, "zhangmin").await;
        let admin = admin(&story, &server).await;
        let code = code_now(&person.secret);
        let browser = log_in(&client, &story, &person, &code).await;
        let of = format!("/v1/sessions?subject={}", person.subject);
        let seen = admin.get(&of).await.unwrap();
        assert_eq!(seen.body["items"][0]["id"], json!(browser.id), "{}", seen.text);
        let leave = format!("/v1/staff/{}/leave", person.subject);
        assert_eq!(admin.post(&leave, None, &json!({})).await.unwrap().status, 200);
        assert_eq!(browser.get("/v1/sessions").await.status, 401);
        // The password is right, and says nothing more than a wrong one once the code has been asked for.
        let pending = first(&client, &story, "zhangmin", PASSWORD).await.body["pending"].clone();
        let refused = second(&client, &story, &pending, &person.recovery[0]).await;
        assert_eq!((refused.status, &refused.body["code"]), (401, &json!("log_in_refused")));
    }

    async fn sessions_are_listed_and_ended_by_their_owner_and_administrators(db: Database) {
        let (story, person, server, client) = begin(&db, "zhangmin").await;
        let admin = admin(&story, &server).await;
        let here = log_in(&client, &story, &person, &code_now(&person.secret)).await;
        let there = log_in(&client, &story, &person, &person.recovery[0]).await;
        let third = log_in(&client, &story, &person, &person.recovery[1]).await;
        assert_eq!(here.get("/v1/sessions").await.body["items"].as_array().map(Vec::len), Some(3));
        let end = |browser: &Browser| format!("/v1/sessions/{}/revoke", browser.id);
        assert_eq!(here.post(&end(&there), &json!({})).await.status, 200);
        assert_eq!(there.get("/v1/sessions").await.status, 401);
        assert_eq!(admin.post(&end(&third), None, &json!({})).await.unwrap().status, 200);
        assert_eq!(third.get("/v1/sessions").await.status, 401);
        let again = admin.post(&end(&third), None, &json!({})).await.unwrap();
        assert_eq!(again.body["code"], "already_ended");
        assert_eq!(here.get("/v1/sessions").await.status, 200);
        let event = story.ledger.session(story.program, ledger::ids::SessionId(there.id)).await.unwrap().unwrap();
        assert_eq!(event.ended_by.map(|by| by.0), Some(person.subject));
    }

    async fn another_password_ends_all_other_sessions(db: Database) {
        let (story, person, _server, client) = begin(&db, "zhangmin").await;
        let here = log_in(&client, &story, &person, &code_now(&person.secret)).await;
        let there = log_in(&client, &story, &person, &person.recovery[0]).await;
        let path = "/v1/logins/password";
        let wrong = here.post(path, &json!({ "old": "not the old one", "password": "a new password" })).await;
        assert_eq!(wrong.status, 401, "{}", wrong.text);
        let short = here.post(path, &json!({ "old": PASSWORD, "password": "short" })).await;
        assert_eq!(short.body["errors"][0]["code"], "short", "{}", short.text);
        let done = here.post(path, &json!({ "old": PASSWORD, "password": "a new password" })).await;
        assert_eq!(done.status, 200, "{}", done.text);
        assert_eq!(here.get("/v1/sessions").await.status, 200);
        assert_eq!(there.get("/v1/sessions").await.status, 401);
        assert_eq!(first(&client, &story, "zhangmin", PASSWORD).await.status, 401);
        assert_eq!(first(&client, &story, "zhangmin", "a new password").await.status, 202);
        // New recovery codes: the old ones are worthless.
        let renewed = here.post("/v1/logins/recovery", &json!({ "password": "a new password" })).await;
        assert_eq!(renewed.body["recovery_codes"].as_array().map(Vec::len), Some(10), "{}", renewed.text);
        let pending = first(&client, &story, "zhangmin", "a new password").await.body["pending"].clone();
        assert_eq!(second(&client, &story, &pending, &person.recovery[5]).await.status, 401);
    }
}

/// A member who is merged into another, or erased, has no session any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_leaves_by_merging_has_no_session() {
    let db = tests::backend::Backend::Sqlite.fresh().await;
    let story = Story::begin(&db).await;
    let known = |member: usize| Known {
        role: Role::Member,
        subject: story.members[member].0,
        way: Way::Sms,
    };
    let hash = sha256_hex(b"a session");
    let opening = Opening {
        known: known(0),
        secret_hash: &hash,
        agent: "",
        address: None,
    };
    story
        .ledger
        .open_session(story.program, &opening)
        .await
        .unwrap();
    let holder = || story.ledger.session_holder(story.program, &hash);
    let now = story.clock.now();
    assert!(holder().await.unwrap().unwrap().is_valid_at(now));
    let merge = Command::MergeMembers {
        from: story.members[0],
        into: story.members[1],
    };
    story.execute(story.admin(), None, merge).await.unwrap();
    assert!(!holder().await.unwrap().unwrap().is_valid_at(now));
    let again = story.ledger.open_session(story.program, &opening).await;
    assert_eq!(tests::story::code_of(again), "member_merged");
    let unknown = Access::Session(ledger::ids::SessionId(Uuid::nil()));
    let end = Command::EndAccess {
        access: unknown,
        at: None,
    };
    let ended = story.execute(story.admin(), None, end).await;
    assert_eq!(tests::story::code_of(ended), "unknown_access");
}
