//! What nobody has looked at is not awarded, and what a counter does not list is summed up all the same.

use ledger::community::StaffRole::Awarder;
use ledger::community::{ClerkRole, Code, Registration};
use ledger::ids::{random_bytes, sha256_hex};
use ledger::machine::Charge;
use ledger::points::Points;

use super::town::Town;
use super::*;

const PREVIEW: &str = "/yuhong/desk/preview";
const AWARD: &str = "/yuhong/desk/award";

/// What the browser presses when Enter is pressed in the form.
fn first_button(page: &str) -> &str {
    let mark = format!("action=\"{PREVIEW}\"");
    let (_, form) = page.split_once(&mark).expect("the form");
    between(form, "<button", ">")
}

/// The mark of what was looked at.
fn mark(page: &str) -> &str {
    between(page, "name=\"previewed\" value=\"", "\"")
}

#[tokio::test]
async fn only_what_was_looked_at_is_awarded() {
    let town = Town::begin().await;
    let worker = town.worker(&[Awarder], Some(town.nodes[0])).await;
    let member = town.members[0];
    let form = format!("/yuhong/desk/deed?member={member}&kind=hazard_report");
    let page = worker.get(&form).await.text;
    assert!(!page.contains("name=\"previewed\""), "{page}");
    let key = between(&page, "name=\"key\" value=\"", "\"");
    let when = between(&page, "name=\"when\" value=\"", "\"").replace(':', "%3A");
    let fields = |severity: &str, place: &str| {
        format!(
            "member={member}&kind=hazard_report&key={key}&when={when}&fact.category=fire&fact.severity={severity}&fact.outcome=verified&evidence.photo=on&place={place}"
        )
    };
    let here = "41.8052%2C123.3085";

    // Enter looks again, whatever stands first on the page.
    let looked = worker.post(PREVIEW, &fields("high", here)).await;
    assert_eq!(looked.status, StatusCode::OK, "{}", looked.text);
    assert!(looked.text.contains("共得 30 分"), "{}", looked.text);
    let first = first_button(&looked.text);
    assert!(!first.contains("formaction"), "{first}");
    assert!(looked.text.contains("确认"), "{}", looked.text);

    // Changed since, or never looked at: it is shown, and not awarded.
    let seen = mark(&looked.text).to_owned();
    let changed = format!("{}&previewed={seen}", fields("medium", here));
    let changed = worker.post(AWARD, &changed).await;
    assert_eq!(changed.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["改动过，请看新的结果再确认", "共得 15 分"] {
        assert!(changed.text.contains(said), "{said} in {}", changed.text);
    }
    assert_ne!(mark(&changed.text), seen);
    let never = worker.post(AWARD, &fields("high", here)).await;
    assert_eq!(never.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(never.text.contains("请先看看得多少分"), "{}", never.text);
    assert_eq!(mark(&never.text), seen, "the same is marked the same");

    // A mistake about one field stands beside it, and leaves nothing to confirm.
    let nowhere = format!("{}&previewed={seen}", fields("high", "here"));
    let nowhere = worker.post(AWARD, &nowhere).await;
    assert_eq!(nowhere.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = between(&nowhere.text, "id=\"place-wrong\">", "<");
    assert!(said.contains("地点坐标要填"), "{said}");
    assert!(
        !nowhere.text.contains("class=\"problem\"") && !nowhere.text.contains("name=\"previewed\""),
        "{}",
        nowhere.text
    );

    // What was seen is awarded, once however often it is sent.
    let seen = format!(
        "{}&previewed={}",
        fields("medium", here),
        mark(&changed.text)
    );
    let made = worker.post(AWARD, &seen).await;
    let again = worker.post(AWARD, &seen).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    assert_eq!(made.location, again.location);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

/// What the first rider pays at the first store, in hundredths of a point; taken at once, or held for a day.
async fn charge(town: &Town, hundredths: i64, capture: bool) {
    let web = &town.web;
    let hash = sha256_hex(&random_bytes::<16>());
    let code = Registration::Code(Code {
        hash: hash.clone(),
        member: town.members[0],
        expires_at: web.now().plus_seconds(100),
    });
    let code = Command::Register(code);
    let drawn = web.app.execute(&operator(web), code).await;
    drawn.expect("a code");
    let store = town.stores[0];
    let counter = ledger::Request {
        actor: Actor {
            id: ActorId(store.0),
            role: Role::Merchant,
            member: None,
            store: Some(store),
            node: None,
        },
        ..operator(web)
    };
    let charge = Command::Authorise {
        payer: hash.into(),
        store,
        charge: Charge::Points(Points::from_hundredths(hundredths)),
        capture,
        hold_seconds: 24 * 3_600,
    };
    let paid = web.ledger.execute(&counter, charge).await;
    paid.expect("a payment");
}

/// Whoever stands at the first store's counter.
async fn clerk(town: &Town) -> Browser {
    let clerk = town.employ(0, ClerkRole::Clerk).await;
    town.let_in(Role::Merchant, clerk.0).await.1
}

#[tokio::test]
async fn a_counter_sums_up_all_of_today_and_shows_every_hold() {
    let clock = Clock::fixed(Clock::System.now());
    let town = Town::begin_at(clock.clone()).await;
    // Older than what is listed: one point in the town's own payment, and a hold.
    charge(&town, 40, false).await;
    clock.set(clock.now().plus_seconds(1));
    for _ in 0..301 {
        charge(&town, 1, true).await;
    }
    let hold = "冻结的 0.4 分马上退回骑手";
    let browser = clerk(&town).await;
    let page = browser.get("/yuhong/counter").await.text;
    let today = town.web.now().to_jiff().to_zoned(town.web.zone()).date();
    let list = format!("/yuhong/counter/payments?day={today}");
    for said in [
        "<b class=\"total\">4.01 分</b>",
        "今天更早的 3 笔没有列在这里",
        list.as_str(),
        hold,
    ] {
        assert!(page.contains(said), "{said} in {page}");
    }
    assert_eq!(page.matches("<summary>撤销</summary>").count(), 300);

    // A hold of the day before is there as long as it lasts.
    clock.set(clock.now().plus_seconds(23 * 3_600));
    let browser = clerk(&town).await;
    let page = browser.get("/yuhong/counter").await.text;
    assert!(page.contains(hold), "{page}");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn what_is_wrong_with_a_charge_stands_beside_its_field() {
    let town = Town::begin().await;
    let browser = clerk(&town).await;
    let typed = "key=a&code=12&points=";
    let page = browser.post("/yuhong/counter", typed).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (field, words) in [("code", "付款码是 15 位数字"), ("points", "请填多少积分")]
    {
        let said = between(&page.text, &format!("id=\"{field}-wrong\">"), "<");
        assert!(said.contains(words), "{said}");
    }
    assert!(
        page.text.contains("value=\"12\"") && !page.text.contains("class=\"problem\""),
        "{}",
        page.text
    );
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
