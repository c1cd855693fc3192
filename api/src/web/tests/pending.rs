//! What a rider has not been paid out yet, and until when; and what is near where they are.

use ledger::machine::Reason;

use super::town::{Town, id};
use super::*;
use crate::demo::site;

const ME: &str = "/yuhong/me";
const PLACES: &str = "/yuhong/places";

/// In the name of somebody.
fn by(town: &Town, role: Role, id: uuid::Uuid) -> ledger::Request {
    let request = operator(&town.web);
    let actor = Actor {
        id: ActorId(id),
        role,
        ..request.actor
    };
    ledger::Request { actor, ..request }
}

async fn does(town: &Town, request: &ledger::Request, command: Command) {
    let done = town.web.ledger.execute(request, command).await;
    done.expect("it is done");
}

/// So many people agree to it.
async fn approved(town: &Town, award: ledger::ids::AwardId, people: usize) {
    for _ in 0..people {
        let approve = Command::ApproveAward { award };
        does(town, &by(town, Role::Staff, id()), approve).await;
    }
}

fn holds(page: &str, all: &[String]) {
    for said in all {
        assert!(page.contains(said), "{said} in {page}");
    }
}

#[tokio::test]
async fn what_is_on_notice_says_until_when() {
    let clock = Clock::fixed(Clock::System.now());
    let town = Town::begin_at(clock.clone()).await;
    let (began, zone) = (clock.now(), town.web.zone());
    let rider = town.let_in(Role::Member, town.members[0].0).await.1;
    let other = town.let_in(Role::Member, town.members[1].0).await.1;

    // What waits for somebody to approve it is in no balance.
    let hazard = town.awards[0];
    let page = rider.get(ME).await.text;
    let expected = [
        "待审核</span> 还要 1 人审核".to_owned(),
        "还没有计入余额".to_owned(),
        format!("href=\"{ME}/awards/{hazard}\""),
    ];
    holds(&page, &expected);
    assert!(!page.contains("<dt>公示中</dt>"), "{page}");

    // Others may report the same for a day; something exceptional is shown to the public for a week.
    approved(&town, hazard, 1).await;
    let deed = serde_json::json!({
        "kind": "exceptional", "reference": "wallet", "occurred_at": began,
        "evidence": ["photo", "witness", "document", "sign_off"],
        "facts": { "category": "honesty", "verified": true },
    });
    let honest = town.award(0, deed, false).await;
    approved(&town, honest, 2).await;
    let [soon, late] = [1, 7].map(|days| began.plus_seconds(days * 24 * 3_600));
    let page = rider.get(ME).await.text;
    let day = format::moment(soon, &zone);
    let expected = [
        "<dt>公示中</dt><dd>80</dd>".to_owned(),
        format!("其中最多 30 分 {day} 期满。"),
        format!("{day} 期满；此前有别人报了同一件事，就平分"),
        format!("公示中</span> 公示至 {}", format::moment(late, &zone)),
        format!("href=\"{ME}/awards/{honest}\""),
    ];
    holds(&page, &expected);
    let searched = rider.get(&format!("{ME}?q=nothing")).await.text;
    assert!(!searched.contains(&honest.to_string()), "{searched}");
    let theirs = other.get(ME).await.text;
    assert!(!theirs.contains(&honest.to_string()), "{theirs}");
    let english = Browser {
        pages: rider.pages.clone(),
        cookie: format!("{}; jifen-language=en", rider.cookie),
        csrf: rider.csrf.clone(),
    };
    let page = english.get(ME).await.text;
    let expected = [
        "Of these, at most 30 points are due on ",
        "on notice until ",
    ];
    holds(&page, &expected.map(str::to_owned));

    // Its own page has the dates.
    let one = format!("{ME}/awards/{honest}");
    let until = format::full(late, &zone);
    let expected = [
        format!("<dt>公示至</dt><dd>{until}</dd>"),
        "<dt>审核通过</dt>".to_owned(),
        "<dt>审核</dt>".to_owned(),
        "<dt>有效期至</dt>".to_owned(),
    ];
    holds(&rider.get(&one).await.text, &expected);
    let shared = rider.get(&format!("{ME}/awards/{hazard}")).await.text;
    let until = format::full(soon, &zone);
    holds(&shared, &[format!("<dt>期满</dt><dd>{until}</dd>")]);

    // Nobody knows when something is paid out that somebody objected to.
    let object = Command::ObjectAward {
        award: honest,
        ground: Reason::Evidence,
        words: None,
    };
    let objector = by(&town, Role::Member, town.members[1].0);
    does(&town, &objector, object).await;
    let page = rider.get(ME).await.text;
    let expected = [
        "其中 50 分有人提出异议，复核有结果以前不发放。",
        "有人提出异议，等复核，此前不发放",
    ];
    holds(&page, &expected.map(str::to_owned));
    let why = rider.get(&one).await.text;
    assert!(why.contains("<dt>原定公示至</dt>"), "{why}");

    // What is due is said to be, until the job has paid it out.
    clock.set(soon);
    let page = rider.get(ME).await.text;
    assert!(page.contains("其中最多 30 分已期满，即将发放。"), "{page}");
    let vest = Command::VestAward { award: hazard };
    does(&town, &operator(&town.web), vest).await;
    let page = rider.get(ME).await.text;
    assert!(
        page.contains("<dt>公示中</dt><dd>50</dd>") && !page.contains("即将发放"),
        "{page}"
    );
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn where_a_rider_is_comes_in_a_form_and_stays_in_it() {
    let town = Town::begin().await;
    let rider = town.let_in(Role::Member, town.members[0].0).await.1;
    let form = rider.get(PLACES).await.text;
    let expected = [
        "method=\"post\" action=\"/yuhong/places\"",
        "data-locate=",
        "name=\"latitude\"",
        "name=\"longitude\"",
        "不写进网址，也不保存",
    ];
    holds(&form, &expected.map(str::to_owned));

    // On foot from where they are, and nowhere else on the page.
    let (ledger, program) = (&town.web.ledger, town.web.program.id);
    let station = ledger.profile(program, site("怒江暖新驿站").0).await;
    let station = station.expect("the ledger").expect("a station");
    let here = station.position.expect("a position");
    let degrees = |millionths: i64| {
        let (whole, rest) = (millionths / 1_000_000, millionths % 1_000_000);
        format!("{whole}.{rest:06}")
    };
    let east = degrees(here.longitude_millionths());
    for (away, minutes) in [(0, 0), (9_000, 18)] {
        let north = degrees(here.latitude_millionths() + away);
        let sent = format!("latitude={north}&longitude={east}&minutes=60");
        let found = rider.post(PLACES, &sent).await;
        assert_eq!(found.status, StatusCode::OK, "{}", found.text);
        let told = between(&found.text, "<h2>怒江暖新驿站<small>", "</small>");
        let walk = format!("步行约 {minutes} 分钟");
        assert!(told.contains(&walk), "{walk} in {told}");
        for typed in [&north, &east] {
            let kept = format!("value=\"{typed}\"");
            assert!(found.text.contains(&kept), "{kept} in {}", found.text);
            assert_eq!(found.text.matches(typed.as_str()).count(), 1, "{typed}");
        }
        assert!(!found.text.contains("role=\"search\""), "{}", found.text);
    }

    // What is wrong stands by its field, and what was typed stays.
    for (sent, wrong) in [
        ("latitude=123.3&longitude=abc", [true, true]),
        ("latitude=41.7&longitude=", [false, true]),
        ("latitude=NaN&longitude=123.3", [true, false]),
        ("latitude=&longitude=", [true, false]),
    ] {
        let refused = rider.post(PLACES, sent).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{sent}");
        let beside = |field: &str| refused.text.contains(&format!("id=\"{field}-wrong\""));
        let found = ["latitude", "longitude"].map(beside);
        assert_eq!(found, wrong, "{sent}: {}", refused.text);
        let first = sent.split(['=', '&']).nth(1).expect("a latitude");
        assert!(refused.text.contains(&format!("value=\"{first}\"")));
        assert!(refused.text.contains("10 元住一晚"), "{}", refused.text);
    }

    // A station is still chosen by an address.
    let nowhere = format!("{PLACES}?near={}", town.members[0]);
    let nowhere = rider.get(&nowhere).await.text;
    assert!(nowhere.contains("id=\"near-wrong\""), "{nowhere}");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
