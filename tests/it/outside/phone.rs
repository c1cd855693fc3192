//! Log-in by phone over HTTP, through a gateway.

use std::io::Write;

use hyper::Method;
use hyper::body::Bytes;
use serde_json::{Value, json};
use tests::backend::{Backend, Database};
use tests::browser::{Browser, csrf};
use tests::http::{Answer, Client};
use tests::on_both;
use tests::server::Server;
use tests::story::{DAY, KEYS, Story};

use super::{NOBODYS, PHONE, member_with, number};
use tests::listener::Listener;

/// A server that sends codes through a gateway.
pub async fn serve(db: &Database, gateway: &str) -> Server {
    let mut headers = tempfile::NamedTempFile::new().unwrap();
    writeln!(headers, "# of the gateway\nX-Secret: open sesame").unwrap();
    Server::start_with(&db.url, |command| {
        command
            .env("JIFEN_MASTER_KEY", KEYS)
            .env("NO_PROXY", "127.0.0.1");
        command.args(["--sms-url", gateway, "--sms-headers-file"]);
        command.arg(headers.path());
        command.args(["--sms-body", r#"{"to": ["{phone}"], "says": "{text}"}"#]);
        command.args(["--log-level", "info,access=debug"]);
    })
    .await
}

async fn ask(client: &Client, story: &Story, phone: &str) -> Answer {
    let body = json!({ "program": story.program.to_string(), "phone": phone });
    client.post("/v1/login/phone", None, &body).await.unwrap()
}

async fn log_in(client: &Client, story: &Story, phone: &str, code: &str) -> Answer {
    let body = json!({ "program": story.program.to_string(), "phone": phone, "code": code });
    let path = "/v1/login/phone/code";
    client.post(path, None, &body).await.unwrap()
}

/// Gives another member a phone.
async fn member_phone(story: &Story) -> &'static str {
    const SECOND: &str = "13811112222";
    let (request, second) = (story.request(story.staff(0), None), number(SECOND));
    let given = story
        .ledger
        .change_phone(&request, story.members[0], &second);
    given.await.unwrap();
    SECOND
}

/// The six digits of a message.
pub fn code_in(message: &str) -> String {
    let says: Value = serde_json::from_str(message).unwrap();
    let text = says["says"].as_str().unwrap();
    let start = text.find("验证码 ").unwrap() + "验证码 ".len();
    text[start..start + 6].to_owned()
}

/// What an answer tells beside what it says.
pub fn shape(answer: &Answer) -> (u16, Vec<String>) {
    let names = answer.headers.keys().map(ToString::to_string);
    (answer.status, names.collect())
}

on_both! {
    async fn a_code_comes_by_sms_and_logs_in(db: Database) {
        let story = Story::begin(&db).await;
        let member = member_with(&story, PHONE).await;
        let gateway = Listener::start(|_| (200, "{}".to_owned())).await;
        let server = serve(&db, &gateway.url).await;
        let client = Client::anonymous(server.base_url());
        let nobody = ask(&client, &story, NOBODYS).await;
        let somebody = ask(&client, &story, "+86 139-1234-5678").await;
        assert_eq!(somebody.status, 202, "{}", somebody.text);
        assert_eq!((shape(&nobody), &nobody.body), (shape(&somebody), &somebody.body), "they tell who is known");

        let sent = gateway.heard_by_now(1).await;
        assert_eq!((sent.len(), sent[0].method.as_str()), (1, "POST"));
        assert_eq!(sent[0].headers["x-secret"], "open sesame");
        assert!(sent[0].body.contains("\"+8613912345678\"") && sent[0].body.contains("于洪"), "{}", sent[0].body);
        let code = code_in(&sent[0].body);

        let again = ask(&client, &story, PHONE).await;
        let nobody = ask(&client, &story, NOBODYS).await;
        assert_eq!((again.status, &again.body["code"]), (429, &json!("too_many_requests")));
        assert_eq!(shape(&again), shape(&nobody));
        let seconds: u32 = again.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");

        let wrong = if code == "000000" { "000001" } else { "000000" };
        let guess = log_in(&client, &story, PHONE, wrong).await;
        let nobody = log_in(&client, &story, NOBODYS, wrong).await;
        let unasked = log_in(&client, &story, "13711111111", wrong).await;
        assert_eq!((guess.status, &guess.body["code"]), (422, &json!("wrong_login_code")));
        for other in [nobody, unasked] {
            assert_eq!(shape(&other), shape(&guess));
            assert_eq!(other.body["detail"], guess.body["detail"]);
        }
        let in_ = log_in(&client, &story, PHONE, &format!(" {} {}", &code[..3], &code[3..])).await;
        assert_eq!((in_.status, &in_.body["member"]), (200, &json!(member.0)), "{}", in_.text);
        // Their phone is their own: it stays there.
        let set = in_.header("set-cookie").unwrap();
        assert!(set.contains(&format!("; Max-Age={}", 180 * DAY)), "{set}");
        let replayed = log_in(&client, &story, PHONE, &code).await;
        assert_eq!(replayed.status, 422, "{}", replayed.text);

        let log = server.stderr();
        assert!(log.contains("/v1/login/phone"), "{log}");
        for said in ["13912345678", "13700000000", "open sesame"] {
            assert!(!log.contains(said), "{said} is in the log: {log}");
        }
        // Six digits may well be part of a duration.
        let mut words = log.split(|c: char| !c.is_alphanumeric() && c != '.');
        assert!(!words.any(|word| word == code), "{code} is in the log: {log}");
        assert_eq!(gateway.heard().len(), 1, "nobody else was sent anything");
    }

    async fn the_pages_ask_and_tell_the_same(db: Database) {
        let story = Story::begin(&db).await;
        member_with(&story, PHONE).await;
        let gateway = Listener::start(|_| (200, "{}".to_owned())).await;
        let server = serve(&db, &gateway.url).await;
        let mut browser = Browser::new(server.base_url());
        let path = format!("/{}/login/phone", story.program);
        let page = browser.get(&path).await;
        assert!(page.status == 200 && page.text.contains("获取验证码"), "{}", page.text);
        assert_eq!(browser.get("/nowhere/login/phone").await.status, 404);
        let token = csrf(&page);
        for without in [String::new(), "&csrf=guessed".to_owned(), format!("&csrf={}", csrf(&Browser::new(server.base_url()).get(&path).await))] {
            let refused = browser.form(&path, &format!("phone={PHONE}{without}")).await;
            assert!(refused.status == 403 && refused.text.contains("已经失效"), "{}", refused.text);
        }
        let nobody = browser.form(&path, &format!("csrf={token}&phone={NOBODYS}")).await;
        let somebody = browser.form(&path, &format!("csrf={token}&phone={PHONE}")).await;
        assert_eq!(shape(&nobody), shape(&somebody));
        assert_eq!(nobody.text.replace(NOBODYS, PHONE), somebody.text);
        assert!(somebody.text.contains("one-time-code"), "{}", somebody.text);
        let none = browser.form(&path, &format!("csrf={token}&phone=139")).await;
        assert!(none.status == 422 && none.text.contains("这不像手机号"), "{}", none.text);
        let soon = browser.form(&path, &format!("csrf={token}&phone={PHONE}")).await;
        assert!(soon.status == 429 && soon.header("retry-after").is_some(), "{}", soon.text);

        let code = code_in(&gateway.heard_by_now(1).await[0].body);
        let path = format!("{path}/code");
        let using = |token: &str, code: &str| format!("csrf={token}&phone={PHONE}&code={code}");
        let wrong = browser.form(&path, &using(&token, "x")).await;
        assert!(wrong.status == 422 && wrong.text.contains("验证码不对"), "{}", wrong.text);
        assert_eq!(browser.form(&path, &using("guessed", &code)).await.status, 403);
        let visit = browser.cookies["jifen-visit"].clone();
        let in_ = browser.form(&path, &using(&token, &code)).await;
        assert_eq!(in_.status, 303, "{}", in_.text);
        let home = format!("/{}/home", story.program);
        assert_eq!(in_.header("location"), Some(home.as_str()));
        let me = format!("/{}/me", story.program);
        assert_eq!(browser.get(&home).await.header("location"), Some(me.as_str()));
        assert_eq!(browser.get(&me).await.status, 200);
        assert_ne!(browser.cookies["jifen-visit"], visit, "another visit");
        assert_eq!(browser.form(&path, &using(&token, &code)).await.status, 403, "of the visit before");
        let token = csrf(&browser.get(path.trim_end_matches("/code")).await);
        let replayed = browser.form(&path, &using(&token, &code)).await;
        assert!(replayed.status == 422 && replayed.text.contains("验证码不对"), "{}", replayed.text);
    }

    async fn a_gateway_that_is_away_tells_nothing(db: Database) {
        let story = Story::begin(&db).await;
        member_with(&story, PHONE).await;
        let gateway = Listener::start(|_| (500, "{}".to_owned())).await;
        let away = gateway.url.clone();
        let refusing = serve(&db, &away).await;
        let client = Client::anonymous(refusing.base_url());
        assert_eq!(ask(&client, &story, PHONE).await.status, 202);
        gateway.heard_by_now(1).await;
        for _ in 0..500 {
            if refusing.stderr().contains("a code was not sent") {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let log = refusing.stderr();
        assert!(log.contains("the gateway answered 500"), "{log}");
        assert!(!log.contains(PHONE), "{log}");
        assert_eq!(gateway.heard().len(), 1, "what arrived is not sent again");
        drop((refusing, gateway));

        let server = serve(&db, &away).await;
        let client = Client::anonymous(server.base_url());
        let second = member_phone(&story).await;
        assert_eq!(ask(&client, &story, second).await.status, 202);
        for _ in 0..500 {
            if server.stderr().contains("cannot be reached") {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{}", server.stderr());
    }
}

/// The limit of an address, whatever it asks; and a server that sends no codes says so.
#[tokio::test]
async fn an_address_is_held_back_and_without_a_gateway_nobody_logs_in() {
    let db = Backend::Sqlite.fresh().await;
    let story = Story::begin(&db).await;
    let gateway = Listener::start(|_| (200, "{}".to_owned())).await;
    let server = Server::start_with(&db.url, |command| {
        command
            .env("JIFEN_MASTER_KEY", KEYS)
            .args(["--sms-url", &gateway.url])
            .args(["--login-rate", "3", "--trusted-proxy", "127.0.0.0/8"]);
    })
    .await;
    let client = Client::anonymous(server.base_url());
    let from = async |address: &str, phone: &str| {
        let body = json!({ "program": story.program.to_string(), "phone": phone }).to_string();
        let headers = [
            ("content-type", "application/json"),
            ("x-forwarded-for", address),
        ];
        let path = "/v1/login/phone";
        let answer = client.send(Method::POST, path, &headers, Bytes::from(body));
        answer.await.unwrap()
    };
    for last in 0..3 {
        let phone = format!("1390000000{last}");
        assert_eq!(from("10.0.0.1", &phone).await.status, 202);
    }
    let held = from("10.0.0.1", "13900000009").await;
    assert_eq!(held.status, 429, "{}", held.text);
    assert!(held.header("retry-after").is_some());
    assert_eq!(from("10.0.0.2", "13900000009").await.status, 202);
    drop(server);

    let without = Server::start_with(&db.url, |command| {
        command.env("JIFEN_MASTER_KEY", KEYS);
    })
    .await;
    let client = Client::anonymous(without.base_url());
    let answer = ask(&client, &story, PHONE).await;
    let code = &answer.body["code"];
    assert_eq!(
        (answer.status, code),
        (503, &json!("phone_login_unavailable"))
    );
    let page = format!("/{}/login/phone", story.program);
    let page = client.get(&page).await.unwrap();
    assert!(page.status == 503 && page.text.contains("还没有开通"));
    drop(without);

    let no_key = Server::try_start_with(&db.url, |command| {
        command.args(["--sms-url", &gateway.url]);
    });
    let why = no_key.await.unwrap_err();
    assert!(why.contains("--master-key-file"), "{why}");
}
