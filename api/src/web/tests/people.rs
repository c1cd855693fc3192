//! Riders who report in at a station, and what is held about them.

use super::*;

/// A rider scans the station's code and asks; staff look and confirm; asked again, what is new is added.
#[tokio::test]
async fn a_rider_reports_in_and_is_enrolled() {
    let (pages, file) = pages().await;
    let desk = Browser::of(&pages, "张敏").await;
    let nobody = Browser::at_door(&pages).await;
    assert!(
        desk.get("/yuhong/desk/join")
            .await
            .text
            .contains("还没有报到码")
    );
    let made = desk.post("/yuhong/desk/join/code", "").await;
    assert_eq!(made.location, "/yuhong/desk/join");
    let posted = desk.get("/yuhong/desk/join").await.text;
    let code = between(&posted, "http://localhost/yuhong/join/", "<");
    let path = format!("/yuhong/join/{code}");
    let ask = async |platform: &str| {
        let form = nobody.get(&path).await;
        assert!(
            form.text.contains("告知书") && form.text.contains("黄海社区"),
            "{}",
            form.text
        );
        let key = between(&form.text, "name=\"key\" value=\"", "\"").to_owned();
        let said =
            format!("key={key}&name=%E6%AC%A7%E9%98%B3&phone=154+1234+5678&platforms={platform}");
        let refused = nobody.post(&path, &said).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("勾选同意") && refused.text.contains("154 1234 5678"));
        assert!(
            refused.text.contains("id=\"agreed-wrong\"")
                && !refused.text.contains("id=\"phone-wrong\""),
            "{}",
            refused.text
        );
        let said = format!("{said}&agreed=2026-1");
        let step = nobody.post(&path, &said).await.text;
        assert!(step.contains("验证手机号"), "{step}");
        let (path, said) = (format!("{path}/phone"), format!("{said}&act=unproved"));
        let first = nobody.post(&path, &said).await;
        let second = nobody.post(&path, &said).await;
        assert_eq!((first.status, &first.text), (StatusCode::OK, &second.text));
        first.text
    };
    let answer = ask("A").await;
    let listed = desk.get("/yuhong/desk/join").await.text;
    assert!(listed.contains("1 人") && listed.contains("欧*") && !listed.contains("15412345678"));
    let id = listed.rsplit("/yuhong/desk/join/").next().expect("one");
    let id = id.split('"').next();
    let decide = format!("/yuhong/desk/join/{}", id.expect("an id"));
    let looked = desk.post(&decide, "act=look").await.text;
    assert!(
        looked.contains("+8615412345678") && looked.contains("欧阳"),
        "{looked}"
    );
    // Turning somebody down says first what happens then.
    assert!(
        looked.contains("<summary>退回…</summary>") && looked.contains("立即删除，不能恢复"),
        "{looked}"
    );
    for _ in 0..2 {
        let confirmed = desk.post(&decide, "act=confirm").await;
        assert_eq!(confirmed.location, "/yuhong/desk/join?done=enrolled");
    }
    // The answer is the same for somebody who is a member.
    assert_eq!(ask("B").await, answer);
    let listed = desk.get("/yuhong/desk/join").await.text;
    let again = listed.rsplit("/yuhong/desk/join/").next().expect("one");
    let again = format!(
        "/yuhong/desk/join/{}",
        again.split('"').next().expect("an id")
    );
    let added = desk.post(&again, "act=confirm").await;
    assert_eq!(added.location, "/yuhong/desk/join?done=added");
    let found = desk.post("/yuhong/desk", "q=15412345678").await.text;
    let member = between(&found, "deed?member=", "\"");
    let person = format!("/yuhong/desk/people/{member}");
    assert_eq!(
        desk.post(&person, "purpose=").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let short = desk
        .post(&format!("{person}/phone"), "key=k&phone=154+12")
        .await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        short.text.contains("id=\"phone-wrong\"") && short.text.contains("value=\"154 12\""),
        "{}",
        short.text
    );
    let held = desk.post(&person, "purpose=contact").await.text;
    for said in [
        "欧阳",
        "+8615412345678",
        "<dd>A</dd>",
        "<dd>B</dd>",
        "2026-1 版",
    ] {
        assert!(held.contains(said), "{said} in {held}");
    }
    // Refused, nothing is left; another code, and the old one leads nowhere.
    ask("C").await;
    let listed = desk.get("/yuhong/desk/join").await.text;
    let third = listed.rsplit("/yuhong/desk/join/").next().expect("one");
    let third = format!(
        "/yuhong/desk/join/{}",
        third.split('"').next().expect("an id")
    );
    assert!(
        desk.post(&third, "act=refuse")
            .await
            .location
            .ends_with("done=refused")
    );
    assert!(
        desk.get("/yuhong/desk/join")
            .await
            .text
            .contains("没有人等待核对")
    );
    assert_eq!(
        desk.post(&third, "act=look").await.status,
        StatusCode::NOT_FOUND
    );
    desk.post("/yuhong/desk/join/code", "").await;
    let over = nobody.get(&path).await;
    assert_eq!(over.status, StatusCode::NOT_FOUND);
    assert!(over.text.contains("报到码已失效"));
    std::fs::remove_dir_all(file).expect("the folder is ours");
}

/// All that is held is shown and taken along; erased after it was said what that means, and typed out.
#[tokio::test]
async fn a_rider_reads_takes_along_and_erases_what_is_held() {
    let (pages, file) = pages().await;
    let rider = Browser::of(&pages, "周海波").await;
    let held = rider.get("/yuhong/me/data").await.text;
    for said in [
        "周海波",
        "+8615431858397",
        "同路出行",
        "身份证号",
        "2026-1 版",
    ] {
        assert!(held.contains(said), "{said} in {held}");
    }
    let export = rider.post("/yuhong/me/data/export", "").await.text;
    let export: serde_json::Value = serde_json::from_str(&export).expect("JSON");
    assert_eq!(export["held"]["phones"][0], "+8615431858397");
    let before = rider.get("/yuhong/me/data/erase").await.text;
    assert!(
        before.contains("可用积分 0 分") && before.contains("无法恢复"),
        "{before}"
    );
    let unsure = rider.post("/yuhong/me/data/erase", "confirm=").await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(rider.get("/yuhong/me/data").await.text.contains("周海波"));
    let erased = rider
        .post("/yuhong/me/data/erase", "confirm=%E6%B3%A8%E9%94%80")
        .await;
    assert!(erased.text.contains("已注销"), "{}", erased.text);
    // Whoever was erased is not logged in any more.
    let after = rider.get("/yuhong/me/data").await;
    assert!(
        after.location.starts_with("/yuhong/login"),
        "{}",
        after.text
    );
    let twice = rider
        .post("/yuhong/me/data/erase", "confirm=%E6%B3%A8%E9%94%80")
        .await;
    assert!(
        twice.location.starts_with("/yuhong/login"),
        "{}",
        twice.text
    );
    std::fs::remove_dir_all(file).expect("the folder is ours");
}
