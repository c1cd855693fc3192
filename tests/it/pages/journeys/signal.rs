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

pub async fn without_a_network_the_balance_stays_and_a_report_goes_out_once(scene: &mut Scene) {
    let rider = scene.on_phone("金永哲").await;
    let before = rider.text(".purse .huge").await;
    rider.go("/yuhong/hazards").await;
    // The worker is there, and has kept both pages under its eyes.
    rider.run_async(READY, Vec::new()).await;
    rider.go("/yuhong/me").await;
    rider.go("/yuhong/hazards").await;
    phones::a_rider_gets_ready_to_pay_without_a_network(&rider).await;
    scene.server.kill_9();
    phones::a_square_is_drawn_without_a_network(&rider).await;
    rider.go("/yuhong/me").await;
    rider.wait(".offline").await;
    assert_eq!(rider.text(".purse .huge").await, before);
    rider.go("/yuhong/hazards").await;
    rider.wait(".offline").await;
    rider.fill("#text", "电动车停在楼道里充电").await;
    rider.click("label:has([value=fire])").await;
    rider.press("我已停好车").await;
    rider.wait_for_text("存好了").await;
    rider.go("/yuhong/me").await;
    rider.wait_for_text("1 份没有发出").await;
    let url = scene.db.url.clone();
    scene.server.start_again(&url, as_demo).await;
    // Pages are asked for again until it has gone out; then it is there, and only once.
    for _ in 0..120 {
        rider.go("/yuhong/hazards").await;
        if rider.text("main").await.contains("我报的") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    rider.go("/yuhong/hazards").await;
    let mine = "return document.querySelectorAll('.lines .line').length";
    let mine = rider.run(mine).await;
    let kept = rider.run_async(KEPT, Vec::new()).await;
    assert_eq!(mine, 1, "kept: {kept}; shown: {}", rider.text("main").await);
    assert_eq!(kept, json!([]));
}
