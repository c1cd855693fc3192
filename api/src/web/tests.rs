//! The pages' story: a rider earns, pays, and the clerk undoes it.

mod accountable;
mod activities;
mod doors;
mod hazards;
mod ledgers;
mod listing;
mod lists;
mod members;
mod merchant;
mod merchants;
mod nodes;
mod offering;
mod offers;
mod orders;
mod pages;
mod patrols;
mod pending;
mod people;
mod pins;
mod policies;
mod policy_form;
mod statements;
mod taken;
mod town;
mod unseen;
mod work;

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use ledger::clock::Clock;
use ledger::community::personal::Keyring;
use ledger::community::{Actor, Origin, Role};
use ledger::ids::{ActorId, MemberId};
use ledger::machine::{Command, Outcome};
use ledger::policy::Position;
use ledger::{AwardRequest, Ledger, Options};
use tower::ServiceExt;

use super::*;
use crate::demo::{NOODLES, REPAIR, enter_without_history, people, store};
use crate::edge::{Proxies, Quotas};
use crate::outside::Outside;
use crate::records::RecordKeys;
use crate::state::Limits;

/// A browser: somebody's cookie, on our own origin.
struct Browser {
    pages: Router,
    cookie: String,
    /// What its forms carry.
    csrf: String,
}

struct Answer {
    status: StatusCode,
    location: String,
    /// What it is to bring back.
    cookie: String,
    text: String,
}

impl Browser {
    async fn at_door(pages: &Router) -> Self {
        let mut browser = Self {
            pages: pages.clone(),
            cookie: String::new(),
            csrf: String::new(),
        };
        let door = browser.get("/").await;
        browser.csrf = between(&door.text, "name=\"csrf\" value=\"", "\"").to_owned();
        browser.cookie = door.cookie;
        browser
    }

    async fn of(pages: &Router, name: &str) -> Self {
        let people = people();
        let person = people.iter().find(|p| p.name == name).expect(name);
        let mut browser = Self::at_door(pages).await;
        let entered = browser
            .post("/enter", &format!("person={}", person.id))
            .await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
        browser.cookie = entered.cookie;
        let home = browser.get(&entered.location).await;
        let home = browser.get(&home.location).await;
        browser.csrf = between(&home.text, "name=\"csrf\" value=\"", "\"").to_owned();
        browser
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self
            .pages
            .clone()
            .oneshot(request)
            .await
            .expect("an answer");
        let location = response.headers().get(header::LOCATION);
        let location = location.map_or("", |value| value.to_str().expect("text"));
        let (status, location) = (response.status(), location.to_owned());
        let cookies = response.headers().get_all(header::SET_COOKIE).iter();
        let cookies = cookies.filter_map(|set| set.to_str().ok()?.split(';').next());
        let cookie = cookies.collect::<Vec<_>>().join("; ");
        let body = response.into_body().collect().await.expect("a body");
        let text = String::from_utf8(body.to_bytes().to_vec()).expect("text");
        // What the content security policy would not run.
        for inline in [
            "<style",
            " style=",
            "<script>",
            " onclick=",
            " onload=",
            "javascript:",
        ] {
            assert!(!text.contains(inline), "{inline} in {text}");
        }
        Answer {
            status,
            location,
            cookie,
            text,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::COOKIE, &self.cookie);
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    async fn post(&self, path: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(
            request
                .body(Body::from(format!("csrf={}&{form}", self.csrf)))
                .expect("a request"),
        )
        .await
    }
}

/// What stands between two marks.
fn between<'t>(text: &'t str, from: &str, until: &str) -> &'t str {
    let (_, rest) = text.split_once(from).expect(from);
    rest.split_once(until).expect(until).0
}

async fn pages() -> (Router, std::path::PathBuf) {
    let (site, _, file) = web(Clock::System).await;
    (router(site), file)
}

async fn web(clock: Clock) -> (Arc<Site>, Arc<Web>, std::path::PathBuf) {
    let random = ledger::ids::random_bytes::<8>();
    let file = std::env::temp_dir().join(format!("jifen-pages-{:x}", u64::from_be_bytes(random)));
    std::fs::create_dir(&file).expect("a folder");
    let url = format!("sqlite:{}", file.join("pages.sqlite").display());
    let keys = "lookup 00000000000000000000000000000000000000000000000000000000000000aa;\
        first 00000000000000000000000000000000000000000000000000000000000000bb";
    let keyring = Arc::new(Keyring::parse(keys).expect("keys"));
    let entered = enter_without_history(&url, Arc::clone(&keyring)).await;
    entered.expect("a programme");
    let options = Options {
        clock,
        keyring: Some(keyring),
        ..Options::default()
    };
    let ledger = Ledger::open(&url, options).await.expect("a ledger");
    let program = ledger.programs().await.expect("programmes").remove(0);
    let limits = Limits {
        timeout: Duration::from_secs(30),
        body: 1 << 18,
        in_flight: 64,
        addresses_kept: 86_400,
    };
    let app = App::new(
        Arc::new(ledger),
        Outside::of_test(),
        limits,
        Proxies::default(),
        Quotas::new([None; 5]),
        false,
        records(),
    );
    let site = Site::new(app, Some((program.id, people())));
    let web = site.remember(program);
    (Arc::new(site), web, file)
}

/// Who runs the programme.
fn operator(web: &Web) -> ledger::Request {
    ledger::Request {
        program: web.program.id,
        key: None,
        origin: Origin::default(),
        actor: Actor {
            id: ActorId(web.program.id.0),
            role: Role::Admin,
            member: None,
            store: None,
            node: None,
        },
    }
}

fn records() -> RecordKeys {
    RecordKeys::parse(&format!("test {}", "5a".repeat(32))).expect("a key")
}

/// Told ahead, the rider reads it until it is over.
#[tokio::test]
async fn what_was_told_ahead_stands_by_what_expires() {
    let clock = Clock::fixed(Clock::System.now());
    let (site, web, file) = web(clock.clone()).await;
    let pages = router(site);
    let rider = Browser::of(&pages, "赵立军").await;
    let people = people();
    let person = people.iter().find(|p| p.name == "赵立军").expect("him");
    let member = MemberId(person.id);
    let request = operator(&web);
    let deed = serde_json::json!({
        "kind": "request_fulfilled", "reference": "r", "occurred_at": clock.now(),
        "facts": { "category": "errand", "beneficiary": "community", "confirmed": true },
    });
    let award = AwardRequest {
        member,
        deed: serde_json::from_value(deed).expect("a deed"),
        policy: None,
        position: Position::from_millionths(41_795_200, 123_308_500),
    };
    let receipt = web.ledger.submit_award(&request, &award).await;
    let Outcome::Award { expires_at, .. } = receipt.expect("an award").outcome else {
        panic!("no award");
    };
    let expires_at = expires_at.expect("it expires");
    assert!(!rider.get("/yuhong/me").await.text.contains("已提醒"));
    clock.set(expires_at.plus_seconds(-20 * 24 * 3_600));
    // Nobody stays in so long.
    assert_eq!(rider.get("/yuhong/me").await.location, "/yuhong/login");
    let rider = Browser::of(&pages, "赵立军").await;
    let tell = Command::TellExpiring { member };
    web.ledger.execute(&request, tell).await.expect("told");
    let page = rider.get("/yuhong/me").await.text;
    let said = format!(
        "已提醒：当时剩余 6 分，{}到期。",
        format::last_day(expires_at, &web.zone())
    );
    assert!(page.contains(&said), "{said} in {page}");
    clock.set(expires_at);
    assert!(!rider.get("/yuhong/me").await.text.contains("已提醒"));
    std::fs::remove_dir_all(file).expect("the folder is ours");
}

#[tokio::test]
async fn earned_paid_and_undone() {
    let clock = Clock::fixed(Clock::System.now());
    let (site, web, file) = web(clock.clone()).await;
    let pages = router(site);
    let desk = Browser::of(&pages, "张敏").await;
    let approver = Browser::of(&pages, "李红梅").await;
    let rider = Browser::of(&pages, "赵立军").await;

    // The desk: what is not enough is said, and what was typed stays.
    let found = desk
        .post("/yuhong/desk", "q=%E8%B5%B5%E7%AB%8B%E5%86%9B")
        .await;
    assert!(found.text.contains("赵**") && !found.text.contains("赵立军</b>"));
    let member = between(&found.text, "deed?member=", "\"");
    let form = desk
        .get(&format!(
            "/yuhong/desk/deed?member={member}&kind=hazard_report"
        ))
        .await;
    let key = between(&form.text, "name=\"key\" value=\"", "\"");
    let when = between(&form.text, "name=\"when\" value=\"", "\"").replace(':', "%3A");
    let fields = |evidence| {
        format!(
            "member={member}&kind=hazard_report&key={key}&when={when}&place=41.7952%2C123.3085&fact.category=fire&fact.severity=high&fact.outcome=verified{evidence}"
        )
    };
    let photo = "&evidence.photo=on";
    let short = desk.post("/yuhong/desk/preview", &fields("")).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.text.contains("照片") && short.text.contains("value=\"fire\" selected"));
    let preview = desk.post("/yuhong/desk/preview", &fields(photo)).await;
    assert!(preview.text.contains("共得 30 分"));
    let seen = between(&preview.text, "name=\"previewed\" value=\"", "\"");
    let seen = format!("{}&previewed={seen}", fields(photo));
    let first = desk.post("/yuhong/desk/award", &seen).await;
    let second = desk.post("/yuhong/desk/award", &seen).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    assert_eq!(first.location, second.location);

    // Nobody approves what they submitted.
    let award = first.location.rsplit('=').next().expect("an award");
    let queue = "/yuhong/desk/approvals";
    let approve = format!("act=approve&award={award}");
    let own = desk.post(queue, &approve).await;
    assert_eq!(own.status, StatusCode::CONFLICT);
    assert!(own.text.contains("不能审核自己登记的"));
    let approved = approver.post(queue, &approve).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER);

    // Others may report the same for a day; then the job gives it.
    assert!(!rider.get("/yuhong/me").await.text.contains("+30"));
    clock.set(clock.now().plus_seconds(24 * 3_600));
    let request = operator(&web);
    let award_id = award.parse().expect("an id");
    let vest = Command::VestAward { award: award_id };
    web.ledger.execute(&request, vest).await.expect("vested");

    // The rider sees it and why, and draws a code.
    let clerk = Browser::of(&pages, "刘春燕").await;
    assert!(rider.get("/yuhong/me").await.text.contains("+30"));
    let why = rider.get(&format!("/yuhong/me/awards/{award}")).await;
    assert!(why.text.contains("上报安全隐患并经核实"));
    let pay = rider.post("/yuhong/me/code", "").await;
    let code = between(&pay.text, "aria-label=\"付款码数字\">", "</p>").replace("<span>", "");
    let code = code.replace("</span>", "");

    // The counter: too much is refused and kept; the same form twice charges once; undone once.
    let charge = |key, points| format!("key={key}&code={code}&points={points}");
    let refused = clerk.post("/yuhong/counter", &charge("a", 900)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("可用 30 分") && refused.text.contains("value=\"900\""));
    let first = clerk.post("/yuhong/counter", &charge("b", 12)).await;
    let second = clerk.post("/yuhong/counter", &charge("b", 12)).await;
    assert_eq!(first.location, second.location);
    assert!(rider.get("/yuhong/me").await.text.contains("余额 18"));
    let redemption = first.location.rsplit('=').next().expect("a redemption");
    let undo = format!("/yuhong/counter/redemptions/{redemption}");
    for _ in 0..2 {
        let undone = clerk.post(&undo, "act=undo").await;
        assert_eq!(undone.status, StatusCode::SEE_OTHER);
    }
    assert!(rider.get("/yuhong/me").await.text.contains("余额 30"));

    // The auditor reads who did what, and asks for one thing at a time.
    let auditor = Browser::of(&pages, "何静").await;
    let changes = auditor.get("/yuhong/audit/changes").await;
    assert_eq!(changes.status, StatusCode::OK);
    for said in [
        "审核通过奖励",
        "登记奖励",
        "退回兑换",
        "登录后操作",
        "李红梅",
    ] {
        assert!(changes.text.contains(said), "{said} in {}", changes.text);
    }
    let of = format!("/yuhong/audit/changes?object={award}&operation=award.approve");
    let approvals = auditor.get(&of).await.text;
    assert!(approvals.contains("<b>审核通过奖励</b>") && !approvals.contains("<b>登记奖励</b>"));
    let wrong = auditor.get("/yuhong/audit/changes?actor=abc&from=x").await;
    assert!(wrong.text.contains("操作人要填编号") && wrong.text.contains("value=\"abc\""));
    assert_eq!(
        clerk.get("/yuhong/audit/changes").await.status,
        StatusCode::FORBIDDEN
    );

    // Each to their own pages.
    assert_eq!(clerk.get("/yuhong/me").await.status, StatusCode::FORBIDDEN);
    assert_eq!(rider.get("/other/me").await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        rider.get("/yuhong/me/awards/x").await.status,
        StatusCode::NOT_FOUND
    );
    let other = Browser::of(&pages, "周海波").await;
    let others = other.get(&format!("/yuhong/me/awards/{award}")).await;
    assert_eq!(others.status, StatusCode::NOT_FOUND);
    std::fs::remove_dir_all(file).expect("the folder is ours");
}
