//! Log-in through a real provider of identities: a process of its own, from PyPI (`tests/run` installs it).

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hyper::Method;
use hyper::body::Bytes;
use ledger::community::{Registration, Role, Staff};
use ledger::ids::StaffId;
use serde_json::{Value, json};
use tests::backend::Database;
use tests::browser::csrf;
use tests::http::Client;
use tests::on_both;
use tests::story::Story;
use uuid::Uuid;

use super::browser::{Browser, parameter, serve, serve_at};
use super::{PHONE, member_with};

/// The process; killed on drop.
struct Provider {
    child: Child,
    url: String,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Provider {
    /// On a port that was free a moment ago; on another should somebody have taken it.
    async fn start() -> Self {
        let program = std::env::var("JIFEN_TEST_OIDC").expect(
            "JIFEN_TEST_OIDC is not set: run the tests with tests/run, which installs a provider",
        );
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let child = Command::new(&program)
                .args(["--port", &port.to_string()])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the provider runs");
            let mut provider = Self {
                child,
                url: format!("http://127.0.0.1:{port}"),
            };
            if provider.answers().await {
                return provider;
            }
        }
        panic!("the provider of identities does not start: run tests/run again");
    }

    async fn answers(&mut self) -> bool {
        for _ in 0..600 {
            if self
                .client()
                .get("/jwks")
                .await
                .is_ok_and(|keys| keys.status == 200)
            {
                return true;
            }
            if !matches!(self.child.try_wait(), Ok(None)) {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    }

    fn client(&self) -> Client {
        Client::anonymous(&self.url)
    }

    /// What it says of somebody.
    async fn knows(&self, sub: &str, claims: &Value) {
        let headers = [("content-type", "application/json")];
        let body = Bytes::from(claims.to_string());
        let client = self.client();
        let path = format!("/users/{sub}");
        let put = client.send(Method::PUT, &path, &headers, body);
        assert_eq!(put.await.unwrap().status, 204);
    }

    /// Somebody logs in there; the address that they are sent to.
    async fn log_in(&self, address: &str, sub: &str) -> String {
        let path = address
            .strip_prefix(&self.url)
            .expect("an address of the provider's");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let body = Bytes::from(match sub {
            "" => "action=deny".to_owned(),
            sub => format!("sub={sub}"),
        });
        let client = self.client();
        let answer = client
            .send(Method::POST, path, &headers, body)
            .await
            .unwrap();
        assert_eq!(answer.status, 302, "{}", answer.text);
        answer.header("location").unwrap().to_owned()
    }
}

async fn staff(story: &Story) -> StaffId {
    let person = Staff {
        id: StaffId(Uuid::from_u128(0x57aff)),
        organization: None,
        name: "王敏".to_owned(),
        member: None,
    };
    let id = person.id;
    story.register(Registration::Staff(person)).await;
    id
}

/// Every claim that tells somebody by their phone.
fn with_phone(verified: bool) -> Value {
    json!({ "phone_number": "+8613912345678", "phone_number_verified": verified })
}

on_both! {
    async fn a_member_comes_in_through_a_provider_once(db: Database) {
        let story = Story::begin(&db).await;
        let member = member_with(&story, PHONE).await;
        let provider = Provider::start().await;
        provider.knows("rider", &with_phone(true)).await;
        let server = serve(&db, &story, &provider.url, "phone_claim = \"phone_number\"").await;
        let mut browser = Browser::new(&server, &story);
        let address = browser.set_out().await;
        assert_eq!(parameter(&address, "code_challenge_method"), "S256");
        assert_eq!(parameter(&address, "response_type"), "code");
        let cookie = browser.cookies.clone();
        let back = browser.brought(&provider.log_in(&address, "rider").await);

        let wrong = back.replace(&parameter(&back, "state"), "of-somebody-else");
        assert_eq!(browser.clone().come_back(&wrong).await.status, 400, "wrong state");
        let mut stranger = Browser::new(&server, &story);
        assert_eq!(stranger.come_back(&back).await.status, 400, "another browser");
        let mut other = Browser::new(&server, &story);
        other.set_out().await;
        assert_eq!(other.come_back(&back).await.status, 400, "a browser with a visit of its own");

        let in_ = browser.come_back(&back).await;
        let home = format!("/{}/home", story.program);
        assert_eq!((in_.status, in_.header("location")), (303, Some(home.as_str())), "{}", in_.text);
        let balance = browser.get(&format!("/v1/members/{member}/balance")).await;
        assert_eq!(balance.status, 200, "a session was opened: {}", balance.text);
        assert_ne!(browser.cookies.get("jifen-visit"), None, "another visit begins");
        assert_eq!(browser.cookies.get("jifen-ticket"), None, "a ticket is for one way back");
        browser.cookies = cookie;
        let replayed = browser.come_back(&back).await;
        assert!(replayed.status == 400 && replayed.text.contains("重新登录"), "{}", replayed.text);
        assert!(!browser.cookies.contains_key("jifen"), "no session for a replay");
    }

    async fn who_is_not_known_is_told_one_thing(db: Database) {
        let story = Story::begin(&db).await;
        member_with(&story, PHONE).await;
        let provider = Provider::start().await;
        provider.knows("unverified", &with_phone(false)).await;
        provider.knows("another", &json!({ "phone_number": "+8613700000000", "phone_number_verified": true })).await;
        provider.knows("named", &json!({ "preferred_username": "nobody" })).await;
        let more = "phone_claim = \"phone_number\"\nstaff_claim = \"preferred_username\"";
        let server = serve(&db, &story, &provider.url, more).await;
        let mut told = Vec::new();
        for sub in ["unverified", "another", "named", "never-seen"] {
            let mut browser = Browser::new(&server, &story);
            let address = browser.set_out().await;
            let back = browser.brought(&provider.log_in(&address, sub).await);
            let answer = browser.come_back(&back).await;
            assert!(answer.status == 403 && answer.text.contains("街道办王老师"), "{sub}: {}", answer.text);
            assert!(!browser.cookies.contains_key("jifen"), "{sub}");
            told.push(answer.text);
        }
        assert!(told.iter().all(|text| *text == told[0]), "{told:?}");

        let mut browser = Browser::new(&server, &story);
        let address = browser.set_out().await;
        let denied = browser.brought(&provider.log_in(&address, "").await);
        let state = parameter(&address, "state");
        let denied = format!("{}&state={state}", denied.split("&state=").next().unwrap());
        let answer = browser.come_back(&denied).await;
        assert!(answer.status == 403 && answer.text.contains("没有登录"), "{}", answer.text);
        assert_eq!(Browser::new(&server, &story).get(&format!("/{}/login/oidc/none", story.program)).await.status, 404);
    }

    async fn a_linked_identity_is_who_it_was_linked_to(db: Database) {
        let story = Story::begin(&db).await;
        let person = staff(&story).await;
        let provider = Provider::start().await;
        let server = serve(&db, &story, &provider.url, "").await;
        let admin = Client::new(server.base_url(), &story.token(Role::Admin, None).await);
        let come = async |sub: &str| {
            let mut browser = Browser::new(&server, &story);
            let address = browser.set_out().await;
            let back = browser.brought(&provider.log_in(&address, sub).await);
            browser.come_back(&back).await
        };
        assert_eq!(come("wang").await.status, 403);
        let link = json!({ "issuer": provider.url, "sub": "wang", "role": "staff", "subject": person.0 });
        let linked = admin.post("/v1/identities", Some("link"), &link).await.unwrap();
        assert_eq!(linked.status, 201, "{}", linked.text);
        let again = admin.post("/v1/identities", Some("again"), &link).await.unwrap();
        assert_eq!(again.body["code"], "already_exists", "{}", again.text);
        let nobody = json!({ "issuer": provider.url, "sub": "li", "role": "staff", "subject": Uuid::nil() });
        let nobody = admin.post("/v1/identities", None, &nobody).await.unwrap();
        assert_eq!(nobody.body["code"], "unknown_reference", "{}", nobody.text);
        let listed = admin.get("/v1/identities").await.unwrap();
        assert_eq!(listed.body["items"][0]["subject"], json!(person.0), "{}", listed.text);
        assert!(!listed.text.contains("wang"), "what the provider calls them is not kept");

        let in_ = come("wang").await;
        let home = format!("/{}/home", story.program);
        assert_eq!((in_.status, in_.header("location")), (303, Some(home.as_str())), "{}", in_.text);
        assert_eq!(come("li").await.status, 403);
        let unlink = format!("/v1/identities/{}/unlink", linked.body["id"].as_str().unwrap());
        let unlinked = admin.post(&unlink, None, &json!({})).await.unwrap();
        assert_eq!(unlinked.status, 200, "{}", unlinked.text);
        assert_eq!(admin.post(&unlink, None, &json!({})).await.unwrap().status, 404);
        assert_eq!(come("wang").await.status, 403, "no more");

        let linked = admin.post("/v1/identities", None, &link).await.unwrap();
        assert_eq!(linked.status, 201, "{}", linked.text);
        admin.post(&format!("/v1/staff/{person}/leave"), None, &json!({})).await.unwrap();
        assert_eq!(come("wang").await.status, 403, "who left");
        assert_eq!(admin.get("/v1/identities").await.unwrap().body["items"], json!([]));
    }

    async fn somebody_links_an_identity_by_their_own_wish(db: Database) {
        let story = Story::begin(&db).await;
        member_with(&story, PHONE).await;
        let provider = Provider::start().await;
        provider.knows("rider", &with_phone(true)).await;
        let server = serve(&db, &story, &provider.url, "phone_claim = \"phone_number\"").await;
        let mut browser = Browser::new(&server, &story);
        let account = format!("/{}/account/identities", story.program);
        assert_eq!(browser.get(&account).await.status, 303, "to log in first");
        let address = browser.set_out().await;
        let back = browser.brought(&provider.log_in(&address, "rider").await);
        assert_eq!(browser.come_back(&back).await.status, 303);

        let page = browser.get(&account).await;
        let token = format!("csrf={}", csrf(&page));
        let link = format!("{account}/link/city");
        for without in ["", "csrf=guessed"] {
            assert_eq!(browser.form(&link, without).await.status, 403, "{without}");
        }
        let page = browser.form(&link, &token).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let door = page.text.split(&provider.url).nth(1).unwrap().split('"').next().unwrap();
        let door = format!("{}{door}", provider.url).replace("&#38;", "&").replace("&amp;", "&");
        assert_eq!(parameter(&door, "prompt"), "login");
        let back = browser.brought(&provider.log_in(&door, "a-name-without-a-phone").await);
        let linked = browser.come_back(&back).await;
        assert_eq!((linked.status, linked.header("location")), (303, Some(account.as_str())), "{}", linked.text);
        assert_eq!(browser.come_back(&back).await.status, 400, "once");

        let mut later = Browser::new(&server, &story);
        let address = later.set_out().await;
        let back = later.brought(&provider.log_in(&address, "a-name-without-a-phone").await);
        let in_ = later.come_back(&back).await;
        assert_eq!(in_.status, 303, "{}", in_.text);
        let page = later.get(&account).await;
        assert!(page.text.contains("市民账号"), "{}", page.text);
        let id = page.text.split("/unlink").next().unwrap().rsplit('/').next().unwrap().to_owned();
        let token = format!("csrf={}", csrf(&page));
        let unlink = format!("{account}/{id}/unlink");
        assert_eq!(later.form(&unlink, "").await.status, 403);
        let gone = later.form(&unlink, &token).await;
        assert_eq!(gone.status, 303, "{}", gone.text);
        let address = later.set_out().await;
        let back = later.brought(&provider.log_in(&address, "a-name-without-a-phone").await);
        assert_eq!(later.come_back(&back).await.status, 403);
    }

    async fn a_provider_that_is_away_stops_nobody_else(db: Database) {
        let story = Story::begin(&db).await;
        let provider = Provider::start().await;
        let server = serve(&db, &story, &provider.url, "").await;
        let mut browser = Browser::new(&server, &story);
        let address = browser.set_out().await;
        let back = browser.brought(&provider.log_in(&address, "rider").await);
        let url = provider.url.clone();
        drop(provider);
        let away = browser.come_back(&back).await;
        assert!(away.status == 503 && away.text.contains("联系不上市民账号"), "{}", away.text);
        assert_eq!(browser.get("/health/ready").await.status, 200);
        drop(server);
        let server = serve(&db, &story, &url, "").await;
        let mut browser = Browser::new(&server, &story);
        let away = browser.try_to_set_out().await;
        assert!(away.status == 503 && away.text.contains("联系不上"), "{}", away.text);
        assert_eq!(browser.get("/health/ready").await.status, 200);
    }

    async fn who_sets_out_too_often_is_told_to_wait(db: Database) {
        let story = Story::begin(&db).await;
        let server = serve_at(&db, &story, "http://127.0.0.1:9", "", "1").await;
        let mut browser = Browser::new(&server, &story);
        assert_eq!(browser.try_to_set_out().await.status, 503, "nobody is there");
        let back = browser.come_back("?code=abc&state=def").await;
        for held in [browser.try_to_set_out().await, back] {
            assert!(held.status == 429 && held.text.contains("操作太频繁了"), "{}", held.text);
            let wait: u32 = held.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=60).contains(&wait), "{wait}");
            let policies = held.headers.get_all("ratelimit-policy").iter();
            assert!(policies.into_iter().any(|policy| policy == "\"door\";q=1;w=60"), "{:?}", held.headers);
        }
    }
}
