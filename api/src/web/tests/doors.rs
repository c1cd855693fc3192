//! Whoever is at the door, and forms that are not their own.

use ledger::community::{Actor, Role, totp_at};
use ledger::ids::ActorId;

use super::*;
use crate::auth::session::Jar;
use crate::auth::{Kind, Token, session};
use crate::demo::people;
use crate::edge::ClientAddress;

async fn refused(browser: &Browser, path: &str, form: &str) -> StatusCode {
    let request = Request::post(path)
        .header(header::COOKIE, &browser.cookie)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = request.body(Body::from(form.to_owned()));
    browser.send(request.expect("a request")).await.status
}

/// A form carries its own session's token, or nothing happens.
#[tokio::test]
async fn a_form_without_its_sessions_token_is_refused() {
    let (pages, file) = pages().await;
    let rider = Browser::of(&pages, "赵立军").await;
    let other = Browser::of(&pages, "周海波").await;
    assert_ne!(rider.csrf, other.csrf);
    let path = "/yuhong/me/code";
    for form in ["", "csrf=", "csrf=00000000000000000000000000000000"] {
        assert_eq!(refused(&rider, path, form).await, StatusCode::FORBIDDEN);
    }
    let others = format!("csrf={}", other.csrf);
    assert_eq!(refused(&rider, path, &others).await, StatusCode::FORBIDDEN);
    let own = format!("csrf={}", rider.csrf);
    assert_eq!(refused(&rider, path, &own).await, StatusCode::OK);
    // Nor without the cookie, nor at the door, where there is no session yet.
    let nobody = Browser {
        cookie: String::new(),
        ..Browser::of(&pages, "赵立军").await
    };
    assert_eq!(refused(&nobody, path, &own).await, StatusCode::FORBIDDEN);
    assert_eq!(
        refused(&nobody, "/enter", "person=x").await,
        StatusCode::FORBIDDEN
    );
    // Who leaves is out.
    assert_eq!(rider.post("/leave", "").await.location, "/");
    let gone = rider.get("/yuhong/me").await;
    assert_eq!(gone.location, "/yuhong/login");
    assert_eq!(other.get("/yuhong/me").await.status, StatusCode::OK);
    std::fs::remove_dir_all(file).expect("the folder is ours");
}

/// Who chooses another language on the answer to a form comes to the form's address without it.
#[tokio::test]
async fn the_answer_to_a_form_is_not_opened_by_itself() {
    let (site, web, file) = web(Clock::System).await;
    let pages = crate::routes::router(web.app.clone(), router(site));
    let rider = Browser::of(&pages, "赵立军").await;
    for (kinds, said) in [("text/html", "返回键"), ("*/*", "method_not_allowed")] {
        let request = Request::get("/yuhong/me/code")
            .header(header::COOKIE, &rider.cookie)
            .header(header::ACCEPT, kinds);
        let request = request.body(Body::empty()).expect("a request");
        let shown = rider.send(request).await;
        assert_eq!(shown.status, StatusCode::METHOD_NOT_ALLOWED);
        assert!(shown.text.contains(said), "{}", shown.text);
    }
    std::fs::remove_dir_all(file).expect("the folder is ours");
}

/// What a header says of TLS is for the edge to believe, or not.
#[tokio::test]
async fn a_stations_code_leads_back_the_way_one_came() {
    let (pages, file) = pages().await;
    let desk = Browser::of(&pages, "张敏").await;
    desk.post("/yuhong/desk/join/code", "").await;
    for (secure, scheme) in [(false, "http"), (true, "https")] {
        let request = Request::get("/yuhong/desk/join")
            .header(header::COOKIE, &desk.cookie)
            .header(header::HOST, "points.example.cn")
            .header("x-forwarded-proto", "https");
        let mut request = request.body(Body::empty()).expect("a request");
        let ip = [192, 0, 2, 1].into();
        let client = ClientAddress { ip, secure };
        request.extensions_mut().insert(client);
        let page = desk.send(request).await.text;
        let leads = format!(">{scheme}://points.example.cn/yuhong/join/");
        assert!(page.contains(&leads), "{leads} in {page}");
    }
    std::fs::remove_dir_all(file).expect("the folder is ours");
}

fn typed(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The bytes of a secret in base32.
fn bytes_of(secret: &str) -> Vec<u8> {
    let bits: String = secret
        .bytes()
        .map(|letter| match letter {
            b'A'..=b'Z' => format!("{:05b}", letter - b'A'),
            _ => format!("{:05b}", letter - b'2' + 26),
        })
        .collect();
    let bytes = bits.as_bytes().chunks_exact(8);
    bytes
        .map(|byte| byte.iter().fold(0, |sum, bit| sum * 2 + (bit - b'0')))
        .collect()
}

/// From the invitation to the desk, and to another password.
#[tokio::test]
async fn invited_chosen_and_logged_in() {
    let clock = Clock::fixed(Clock::System.now());
    let (site, web, file) = web(clock.clone()).await;
    let pages = router(Arc::clone(&site));
    let person = people()
        .into_iter()
        .find(|p| p.name == "张敏")
        .expect("her");
    let admin = Actor {
        id: ActorId(web.program.id.0),
        role: Role::Admin,
        member: None,
        store: None,
        node: None,
    };
    let request = ledger::Request {
        program: web.program.id,
        actor: admin,
        origin: ledger::community::Origin::default(),
        key: None,
    };
    let token = Token::new(Kind::Invitation, web.program.id);
    let whom = (Role::Staff, person.id);
    let hash = token.hash();
    let invited = web.ledger.invite(&request, whom, "zhangmin", &hash);
    invited.await.expect("an invitation");

    let mut browser = Browser {
        pages: pages.clone(),
        cookie: String::new(),
        csrf: String::new(),
    };
    let door = browser.get("/yuhong/invitation").await;
    browser.csrf = between(&door.text, "name=\"csrf\" value=\"", "\"").to_owned();
    browser.cookie = door.cookie;
    let invitation = format!("invitation={}", token.text());
    let offer = browser.post("/yuhong/invitation/offer", &invitation).await;
    let secret = between(&offer.text, "name=\"secret\" value=\"", "\"").to_owned();
    let code = totp_at(&bytes_of(&secret), clock.now());
    let choose = |password: &str, again: &str| {
        format!(
            "{invitation}&secret={secret}&code={code}&password={}&again={}",
            typed(password),
            typed(again)
        )
    };
    let path = "/yuhong/invitation";
    let differ = browser
        .post(path, &choose("correct horse", "correct house"))
        .await;
    assert!(
        differ.text.contains("两次输入的密码不一样"),
        "{}",
        differ.text
    );
    let short = browser.post(path, &choose("short", "short")).await;
    assert!(short.text.contains("至少 10 个字符") && short.text.contains(&secret));
    let done = browser
        .post(path, &choose("correct horse", "correct horse"))
        .await;
    assert!(done.text.contains("只显示这一次"), "{}", done.text);
    let again = browser
        .post(path, &choose("correct horse", "correct horse"))
        .await;
    assert!(again.text.contains("邀请码不对"), "{}", again.text);

    // In two steps; a cookie that was brought along is not the session.
    let log_in = |password: &str| format!("handle=Zhangmin&password={}", typed(password));
    let wrong = browser
        .post("/yuhong/login", &log_in("wrong password"))
        .await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.text.contains("用户名或密码不对"));
    let pending = browser
        .post("/yuhong/login", &log_in("correct horse"))
        .await;
    assert_eq!(pending.location, "/yuhong/login/code");
    let visit = browser.cookie.clone();
    let planted = Token::new(Kind::Session, web.program.id).text();
    let planted = session::cookie(Jar::Session, false, planted);
    browser.cookie = format!(
        "{visit}; {}; {}={}",
        pending.cookie,
        planted.name(),
        planted.value()
    );
    clock.set(clock.now().plus_seconds(30));
    let code = totp_at(&bytes_of(&secret), clock.now());
    let entered = browser
        .post("/yuhong/login/code", &format!("code={code}"))
        .await;
    assert_eq!(entered.location, "/yuhong/home", "{}", entered.text);
    assert!(!entered.cookie.contains(planted.value()) && !entered.cookie.contains(&visit));
    let replayed = browser
        .post("/yuhong/login/code", &format!("code={code}"))
        .await;
    assert_eq!(replayed.status, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.get("/yuhong/desk").await.location, "/yuhong/login");

    browser.cookie = entered.cookie;
    assert_eq!(browser.get("/yuhong/home").await.location, "/yuhong/desk");
    let account = browser.get("/yuhong/account").await;
    assert!(
        account.text.contains("本机") && account.text.contains("还剩 10 个"),
        "{}",
        account.text
    );
    browser.csrf = between(&account.text, "name=\"csrf\" value=\"", "\"").to_owned();
    let change = |old: &str| {
        format!(
            "old={}&password={}&again={}",
            typed(old),
            typed("another one"),
            typed("another one")
        )
    };
    let wrong = browser
        .post("/yuhong/account/password", &change("wrong password"))
        .await;
    assert!(wrong.text.contains("当前密码不对"), "{}", wrong.text);
    let changed = browser
        .post("/yuhong/account/password", &change("correct horse"))
        .await;
    assert!(changed.text.contains("密码已更改"), "{}", changed.text);
    std::fs::remove_dir_all(file).expect("the folder is ours");
}
