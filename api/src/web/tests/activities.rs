//! An activity from the desk's form to the rider's points, page by page.

use super::*;

/// Its address, of what was planned.
async fn planned(desk: &Browser) -> String {
    let form = desk.get("/yuhong/desk/activities").await.text;
    assert!(form.contains("还没有要举办的活动"), "{form}");
    let field = |name: &str| {
        let from = format!("name=\"{name}\" value=\"");
        between(&form, &from, "\"").replace(':', "%3A")
    };
    let (key, from, until) = (field("key"), field("from"), field("until"));
    let said = format!(
        "key={key}&form=volunteer&beneficiary=elderly&from={from}&until={until}&quota=1&forgotten=half"
    );
    let refused = desk.post("/yuhong/desk/activities", &said).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains(&from.replace("%3A", ":")),
        "what was typed stays"
    );
    let said = format!("{said}&title=%E9%80%81%E9%A4%90&place=%E9%A9%BF%E7%AB%99");
    let first = desk.post("/yuhong/desk/activities", &said).await;
    let second = desk.post("/yuhong/desk/activities", &said).await;
    assert_eq!(
        (first.status, &first.location),
        (StatusCode::SEE_OTHER, &second.location),
        "{}",
        first.text
    );
    first.location
}

fn key_of(page: &str) -> String {
    between(page, "name=\"key\" value=\"", "\"").to_owned()
}

#[tokio::test]
async fn a_rider_signs_up_checks_in_with_the_screen_and_is_told_what_came_of_it() {
    let clock = Clock::fixed(Clock::System.now());
    let (site, _, file) = web(clock.clone()).await;
    let pages = router(site);
    let (desk, rider, other) = (
        Browser::of(&pages, "张敏").await,
        Browser::of(&pages, "赵立军").await,
        Browser::of(&pages, "金永哲").await,
    );
    let screen = planned(&desk).await;
    let path = screen.replace("/desk", "");
    assert!(
        rider
            .get("/yuhong/deeds")
            .await
            .text
            .contains("/yuhong/activities")
    );
    let list = rider.get("/yuhong/activities").await.text;
    assert!(
        list.contains("送餐") && list.contains("还有 1 个名额"),
        "{list}"
    );
    let file_of = rider.get(&format!("{path}/calendar")).await.text;
    assert!(file_of.contains("SUMMARY:送餐"), "{file_of}");

    let act = async |browser: &Browser, act: &str, code: &str| {
        let key = key_of(&browser.get(&path).await.text);
        browser
            .post(&path, &format!("act={act}&slot=0&key={key}&code={code}"))
            .await
    };
    assert_eq!(
        act(&rider, "sign_up", "").await.location,
        format!("{path}?done=sign_up")
    );
    let full = act(&other, "sign_up", "").await;
    assert!(full.text.contains("名额已满"), "{}", full.text);
    let early = act(&rider, "check_in", "000000").await;
    assert!(early.text.contains("还没有开始签到"), "{}", early.text);

    clock.set(clock.now().plus_seconds(24 * 3_600));
    // The session of a shift is over by then.
    let desk = Browser::of(&pages, "张敏").await;
    let shown = desk.get(&screen).await.text;
    assert!(
        shown.contains("http-equiv=\"refresh\"") && shown.contains("<svg"),
        "{shown}"
    );
    let digits = between(&shown, "签到数字\"><span>", "<").to_owned();
    let here = rider.get(&format!("{path}?c={digits}")).await.text;
    assert!(
        here.contains(&format!("value=\"{digits}\"")),
        "the scanned code is filled in: {here}"
    );
    let wrong = act(&rider, "check_in", "12").await;
    assert_eq!(wrong.status, StatusCode::CONFLICT);
    assert_eq!(
        act(&rider, "check_in", &digits).await.location,
        format!("{path}?done=check_in")
    );
    assert!(desk.get(&screen).await.text.contains("到场 1 人"));

    clock.set(clock.now().plus_seconds(3_600));
    let digits = between(&desk.get(&screen).await.text, "签到数字\"><span>", "<").to_owned();
    let out = act(&rider, "check_out", &digits).await;
    assert_eq!(
        out.location,
        format!("{path}?done=check_out"),
        "{}",
        out.text
    );
    let done = rider.get(&path).await.text;
    assert!(
        done.contains("计 60 分钟") && done.contains(" 分，"),
        "{done}"
    );
    assert!(
        rider
            .get("/yuhong/activities")
            .await
            .text
            .contains("我参加的")
    );
    assert!(
        !other
            .get("/yuhong/activities")
            .await
            .text
            .contains("我参加的")
    );
    let cancelled = desk.post(&format!("{screen}/cancel"), "").await;
    assert_eq!(cancelled.location, "/yuhong/desk/activities");
    assert!(rider.get(&path).await.text.contains("活动已取消"));
    std::fs::remove_dir_all(file).expect("the folder is ours");
}
