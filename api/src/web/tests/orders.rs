//! Orders, teams and activities on the pages: staff take a rider into a team, the rider does an order in its name and shows a photo of it.

use ledger::clock::Timestamp;
use ledger::ids::ActivityId;

use super::hazards::{picture, send_to};
use super::*;

fn key_of(page: &str) -> String {
    between(page, "name=\"key\" value=\"", "\"").to_owned()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A moment as a field of a form has it, so many days ahead.
fn in_days(web: &Web, days: i64) -> String {
    let at: Timestamp = web.now().plus_seconds(days * 86_400);
    encoded(&format::field(at, &web.zone()))
}

#[tokio::test]
async fn an_order_is_done_for_a_team_and_shown_by_a_photo() {
    let (site, web, file) = web(Clock::fixed(Clock::System.now())).await;
    let pages = router(site);
    let (desk, rider, other) = (
        Browser::of(&pages, "张敏").await,
        Browser::of(&pages, "赵立军").await,
        Browser::of(&pages, "金永哲").await,
    );
    let people = people();
    let member = people.iter().find(|one| one.name == "赵立军").expect("him");
    let theirs = format!("/yuhong/desk/people/{}/teams", member.id);

    // Teams and skills are for staff to note, and for the rider to see and to leave.
    let team = format!(
        "key=t&code=yifeng&kind=volunteer&name={}",
        encoded("驿蜂队")
    );
    let formed = desk.post("/yuhong/desk/teams", &team).await;
    assert_eq!(formed.status, StatusCode::SEE_OTHER, "{}", formed.text);
    let joined = desk.post(&theirs, "act=join&team=yifeng&key=j").await;
    assert_eq!(joined.location, theirs, "{}", joined.text);
    let wrong = format!("act=skills&key=w&skills={}", encoded("会修灯"));
    let wrong = desk.post(&theirs, &wrong).await;
    assert!(
        wrong.status == StatusCode::CONFLICT && wrong.text.contains("value=\"会修灯\""),
        "{}",
        wrong.text
    );
    let skills = format!(
        "act=skills&key=s&skills={}",
        encoded("electrician、first-aid")
    );
    assert_eq!(desk.post(&theirs, &skills).await.location, theirs);
    let mine = rider.get("/yuhong/me/teams").await.text;
    for told in ["驿蜂队", "electrician、first-aid", "退出"] {
        assert!(mine.contains(told), "{told} in {mine}");
    }
    let none = other.get("/yuhong/me/teams").await.text;
    assert!(none.contains("还没有加入队伍") && none.contains("驿蜂队"));

    let order = format!(
        "key=o&category=repair&beneficiary=elderly&title={}&skills=electrician&places=1&by={}",
        encoded("换灯泡"),
        in_days(&web, 2)
    );
    let posted = desk.post("/yuhong/desk/orders", &order).await;
    assert_eq!(posted.status, StatusCode::SEE_OTHER, "{}", posted.text);
    let at_desk = posted.location;
    let claim = at_desk.replace("/desk", "");
    let list = rider.get("/yuhong/orders").await.text;
    assert!(list.contains("<option value=\"yifeng\">驿蜂队"), "{list}");
    let unable = other.post(&claim, "act=claim&key=c&team=").await;
    assert!(unable.text.contains("要会：electrician"), "{}", unable.text);
    let taken = rider.post(&claim, "act=claim&key=c&team=yifeng").await;
    assert_eq!(taken.location, "/yuhong/orders", "{}", taken.text);

    // Done, with a photo: what is wrong is told, and what was typed stays.
    let list = rider.get("/yuhong/orders").await.text;
    let done = format!(
        "/yuhong/orders/mine/{}/done",
        between(&list, "/orders/mine/", "/done")
    );
    let fields = [("key", "d"), ("minutes", "35"), ("people", "2")];
    let broken = send_to(&rider, &done, &fields, Some(b"no picture")).await;
    assert!(
        broken.text.contains("JPEG、PNG 或 WebP") && broken.text.contains("value=\"35\""),
        "{}",
        broken.text
    );
    let others = send_to(&other, &done, &fields, Some(&picture())).await;
    assert_eq!(others.status, StatusCode::NOT_FOUND);
    let forged = Browser {
        csrf: "another".to_owned(),
        pages: rider.pages.clone(),
        cookie: rider.cookie.clone(),
    };
    let forged = send_to(&forged, &done, &fields, Some(&picture())).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    for _ in 0..2 {
        let sent = send_to(&rider, &done, &fields, Some(&picture())).await;
        assert_eq!(sent.location, "/yuhong/orders", "{}", sent.text);
    }
    let page = desk.get(&at_desk).await.text;
    assert!(
        page.contains("/v1/attachments/") && page.contains("等待确认"),
        "{page}"
    );
    let deed = between(&page, "name=\"deed\" value=\"", "\"").to_owned();
    let confirmed = format!("act=confirm&key={}&deed={deed}", key_of(&page));
    let confirmed = desk.post(&at_desk, &confirmed).await;
    assert_eq!(confirmed.location, at_desk, "{}", confirmed.text);
    let deed = ledger::ids::DeedId(deed.parse().expect("an id"));
    let asked = web.ledger.asked(web.program.id, deed).await;
    let asked = asked.expect("the ledger").expect("an award is asked for");
    let told = asked.request.deed;
    assert!(told.evidence.contains("photo"), "{told:?}");
    assert_eq!(told.facts.get("team"), Some(&"yifeng".into()));

    assert_eq!(
        rider
            .post("/yuhong/me/teams", "team=yifeng&key=l")
            .await
            .location,
        "/yuhong/me/teams"
    );
    let left = rider.get("/yuhong/me/teams").await.text;
    assert!(left.contains("还没有加入队伍"), "{left}");
    std::fs::remove_dir_all(file).expect("the folder is ours");
}

#[tokio::test]
async fn an_activity_is_planned_with_several_slots_and_a_fence() {
    let (site, web, file) = web(Clock::fixed(Clock::System.now())).await;
    let pages = router(site);
    let desk = Browser::of(&pages, "张敏").await;
    let path = "/yuhong/desk/activities";
    let key = key_of(&desk.get(path).await.text);
    let slot = |from, until| {
        let (from, until) = (in_days(&web, from), in_days(&web, until));
        format!("from={from}&until={until}&quota=8")
    };
    let about = format!(
        "key={key}&form=volunteer&beneficiary=elderly&title={}&place={}",
        encoded("送餐"),
        encoded("驿站")
    );
    let first = format!(
        "from={}&until={}&quota=8",
        in_days(&web, 1),
        in_days(&web, 2)
    );
    let more = desk.post(path, &format!("act=slot&{about}&{first}")).await;
    assert_eq!(more.status, StatusCode::OK);
    let next = format::field(web.now().plus_seconds(2 * 86_400), &web.zone());
    assert!(
        more.text.contains("时段 2")
            && more.text.matches(&format!("value=\"{next}\"")).count() == 2,
        "a day later, and what was typed stays: {}",
        more.text
    );
    let slots = format!("{}&{}&from=&until=&quota=", slot(1, 2), slot(2, 3));
    let wrong = format!("act=plan&{about}&{slots}&at=41.79&radius=100&datum=wgs84");
    let wrong = desk.post(path, &wrong).await;
    assert!(
        wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text.contains("签到位置要填"),
        "{}",
        wrong.text
    );
    let at = encoded("41.7952, 123.3085");
    let plan = format!("act=plan&{about}&{slots}&at={at}&radius=150&datum=gcj02");
    let planned = desk.post(path, &plan).await;
    assert_eq!(planned.status, StatusCode::SEE_OTHER, "{}", planned.text);
    let id = planned.location.rsplit('/').next().expect("an id");
    let id = ActivityId(id.parse().expect("an id"));
    let activity = web.ledger.activity(web.program.id, id).await;
    let activity = activity
        .expect("the ledger")
        .expect("it is planned")
        .activity;
    assert_eq!(activity.slots.len(), 2, "what has no time is left out");
    let fence = activity.fence.expect("a fence");
    let point = fence.position.point();
    assert_eq!(fence.radius, 150);
    assert!(
        (point.y() - 41.7952).abs() > 0.0005,
        "brought to WGS-84: {point:?}"
    );
    let rider = Browser::of(&pages, "赵立军").await;
    let page = planned.location.replace("/desk", "");
    let shown = rider.get(&page).await.text;
    assert!(shown.contains("name=\"slot\" value=\"1\""), "{shown}");
    let key = key_of(&shown);
    let sign_up = format!("act=sign_up&slot=1&key={key}");
    assert_eq!(
        rider.post(&page, &sign_up).await.status,
        StatusCode::SEE_OTHER
    );
    let shown = rider.get(&page).await.text;
    assert!(shown.contains("我：已报名"), "{shown}");
    std::fs::remove_dir_all(file).expect("the folder is ours");
}
