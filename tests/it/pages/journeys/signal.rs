//! Where something is missing: the network, a script.

use serde_json::json;
use tests::chromium::Chromium;

use super::super::{as_demo, phones};
use super::{Scene, balance, shown_code, sound};

pub async fn a_phone_without_signal_shows_codes_of_its_own(scene: &Scene) {
    let (rider, clerk) = scene.at_counter().await;
    let before = balance(&rider).await;
    rider.go("/yuhong/me/offline").await;
    rider.press("在这部手机上开启").await;
    rider.wait("[data-on]:not([hidden]) .digits span").await;
    // The key it made them from is told to nobody.
    let kept = rider.run("return JSON.stringify(localStorage)").await;
    assert_eq!(kept, "{}");
    let code = shown_code(&rider).await;
    assert_eq!(code.len(), 15);
    sound(&[&rider]).await;
    clerk.fill("#code", &code).await;
    clerk.fill("#points", "5").await;
    clerk.click("main .form .go").await;
    clerk.wait(".success").await;
    assert_eq!(balance(&rider).await, before - 500);
}

/// Somebody whose browser runs no script.
async fn without_script(scene: &Scene, name: &str) -> Chromium {
    let browser = scene.on_phone(name).await;
    let off = json!({ "value": true });
    browser
        .cdp("Emulation.setScriptExecutionDisabled", off)
        .await;
    browser
}

/// Points are earned, seen, paid and given back by forms and links alone.
pub async fn a_page_needs_no_script(scene: &Scene) {
    let rider = without_script(scene, "赵立军").await;
    let clerk = without_script(scene, "刘春燕").await;
    rider.go("/yuhong/hazards").await;
    rider.fill("#text", "井盖松动").await;
    rider.click("label:has([value=road])").await;
    rider.press("我已停好车").await;
    rider.wait_for_text("已收到").await;
    rider.press("付款").await;
    let code = shown_code(&rider).await;
    clerk.go("/yuhong/counter").await;
    clerk.fill("#code", &code).await;
    clerk.fill("#points", "6").await;
    clerk.click("main .form .go").await;
    clerk.wait(".success").await;
    clerk.press("撤销这笔").await;
    clerk.press("确认撤销").await;
    clerk.wait_for_text("已撤销").await;
    let desk = without_script(scene, "张敏").await;
    desk.go("/yuhong/desk/hazards").await;
    desk.click(".lines .line").await;
    desk.wait("#severity").await;
    desk.wait_for_text("井盖松动").await;
}

/// What waits to be sent: where to, and why it was refused if it was.
const KEPT: &str = "const done = arguments[0]; const open = indexedDB.open('jifen-queue', 1);
    open.onsuccess = () => { const all = open.result.transaction('forms').objectStore('forms').getAll();
      all.onsuccess = () => done(all.result.map(({ url, refused }) => [url, refused ?? ''])); };";

const READY: &str =
    "const done = arguments[0]; navigator.serviceWorker.ready.then(() => done(true))";

/// What is kept to be sent: where to, and why it was refused, each.
async fn kept(rider: &Chromium) -> Vec<(String, String)> {
    let kept = rider.run_async(KEPT, Vec::new()).await;
    serde_json::from_value(kept).expect("what is kept")
}

/// A hazard is reported; without a word and a photo it will be refused.
async fn report(rider: &Chromium, text: &str) {
    rider.go("/yuhong/hazards").await;
    rider.wait(".offline").await;
    if !text.is_empty() {
        rider.fill("#text", text).await;
    }
    rider.click("label:has([value=fire])").await;
    rider.press("我已停好车").await;
    rider.wait_for_text("存好了").await;
}

/// Times of an event that goes on now, as its form takes them: the programme is eight hours ahead of UTC.
const GOES_ON: &str = "for (const [id, hours] of [['from-1', 8], ['until-1', 9]])
    document.getElementById(id).value = new Date(Date.now() + hours * 3600000).toISOString().slice(0, 16)";

/// The desk publishes an event that goes on now. Answers with its number.
async fn publish(desk: &Chromium) -> String {
    desk.go("/yuhong/desk/activities").await;
    desk.choose("#form", "study").await;
    desk.fill("#title", "离线签到学习会").await;
    desk.fill("#place", "黄海路驿站").await;
    desk.run(GOES_ON).await;
    desk.click("main form.card .go").await;
    desk.wait(".digits span").await;
    let screen = desk.path().await;
    screen.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Comes to an event, reads the digits off the screen and, the network gone, checks in with them.
async fn check_in_without_a_network(scene: &mut Scene, rider: &Chromium) -> String {
    let desk = scene.at_desk("张敏").await;
    let event = format!("/yuhong/activities/{}", publish(&desk).await);
    rider.go(&event).await;
    rider.wait("[name=code]").await;
    desk.go(&event.replace("/activities", "/desk/activities"))
        .await;
    sound(&[&desk]).await;
    let digits = desk.text(".digits span").await;
    scene.server.kill_9();
    // The square on the screen leads to the page with the digits.
    rider.go(&format!("{event}?c={digits}")).await;
    rider.wait(".offline").await;
    let held = rider.run("return document.querySelector('[name=code]').value");
    assert_eq!(held.await, digits);
    rider.press("签到").await;
    rider.wait_for_text("存好了").await;
    event
}

/// Asks for a page again and again until it says this: what was kept goes out by itself.
async fn until_it_says(rider: &Chromium, path: &str, text: &str) {
    for _ in 0..120 {
        rider.go(path).await;
        if rider.text("main").await.contains(text) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    let kept = kept(rider).await;
    panic!("no {text}, kept: {kept:?}\n{}", rider.text("main").await);
}

/// The last balance is there and says that it is old; a code is made on the phone; a check-in and a report go out later, once, and only for who
/// made them, who may have logged in anew.
pub async fn without_a_network_the_balance_stays_and_what_is_sent_goes_out_once(scene: &mut Scene) {
    let rider = scene.on_phone("金永哲").await;
    let before = rider.text(".purse .huge").await;
    rider.go("/yuhong/hazards").await;
    // The worker is there, and has kept both pages under its eyes.
    rider.run_async(READY, Vec::new()).await;
    rider.go("/yuhong/me").await;
    rider.go("/yuhong/hazards").await;
    phones::a_rider_gets_ready_to_pay_without_a_network(&rider).await;
    let event = check_in_without_a_network(scene, &rider).await;
    phones::a_square_is_drawn_without_a_network(&rider).await;
    rider.go("/yuhong/me").await;
    rider.wait(".offline").await;
    assert_eq!(rider.text(".purse .huge").await, before);
    rider.press("付款").await;
    rider
        .wait("[data-on]:not([hidden]) .digits span:last-child")
        .await;
    report(&rider, "电动车停在楼道里充电").await;
    report(&rider, "").await;
    rider.go("/yuhong/me").await;
    rider.wait_for_text("3 份没有发出").await;

    // Somebody else takes the phone: they neither see nor send what is not theirs.
    rider.cdp("Network.clearBrowserCookies", json!({})).await;
    let url = scene.db.url.clone();
    scene.server.start_again(&url, as_demo).await;
    rider.enter("孙晓梅").await;
    rider.run_async(READY, Vec::new()).await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert!(!rider.text("main").await.contains("没有发出"));
    let unsent = kept(&rider).await;
    assert!(
        unsent.len() == 3 && unsent.iter().all(|(_, refused)| refused.is_empty()),
        "{unsent:?}"
    );

    rider.enter("金永哲").await;
    // While there was no network the console said so.
    rider.complaints().await;
    until_it_says(&rider, "/yuhong/hazards", "我报的").await;
    until_it_says(&rider, &event, "签退").await;
    let mine = "return document.querySelectorAll('.lines .line').length";
    rider.go("/yuhong/hazards").await;
    assert_eq!(rider.run(mine).await, 1, "{}", rider.text("main").await);
    // What is refused says why, and waits until whoever wrote it sends it again or throws it away.
    rider.go("/yuhong/me").await;
    rider.wait_for_text("请拍一张照片").await;
    sound(&[&rider]).await;
    rider.press("丢掉这一份").await;
    for _ in 0..50 {
        if kept(&rider).await.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("kept: {:?}", kept(&rider).await);
}
