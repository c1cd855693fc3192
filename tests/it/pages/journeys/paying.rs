//! A rider pays, a counter takes: by the rider's code, and by the store's.

use serde_json::Value;
use tests::chromium::Chromium;

use super::{Scene, balance, hundredths, shown_code, sound, unfold};

/// What a rider's new code is typed into at the counter, and charged.
pub async fn charge(clerk: &Chromium, code: &str, points: &str) {
    clerk.fill("#code", code).await;
    clerk.fill("#points", points).await;
    clerk.click("main .go").await;
    clerk.wait(".success").await;
}

pub async fn a_rider_pays_by_a_code_objects_and_has_it_undone(scene: &Scene) {
    let (rider, clerk) = scene.at_counter().await;
    let before = balance(&rider).await;
    rider.press("付款").await;
    let code = shown_code(&rider).await;
    // Nobody's code comes first: what else was typed is still there.
    clerk.fill("#code", "123456789012345").await;
    clerk.fill("#points", "12").await;
    clerk.click("main .form .go").await;
    clerk.wait_for_text("付款码无效").await;
    let held = clerk.run("return document.getElementById('points').value");
    assert_eq!(held.await, "12");
    sound(&[&clerk]).await;
    charge(&clerk, &code, "12").await;
    assert!(clerk.text(".success").await.contains("12"));
    sound(&[&rider, &clerk]).await;
    assert_eq!(balance(&rider).await, before - 1_200);
    // The newest line says where it went, and from there one objects.
    rider.click("a.line[href*='/redemptions/']").await;
    rider.press("这笔不对").await;
    rider.wait("select[name=ground]").await;
    sound(&[&rider]).await;
    rider.choose("select[name=ground]", "wrong_amount").await;
    rider.click("details .go").await;
    rider.wait_for_text("已提异议").await;
    sound(&[&rider]).await;
    // Before it is undone, it is said what that means.
    clerk.press("撤销这笔").await;
    clerk.wait_for_text("退回骑手").await;
    sound(&[&clerk]).await;
    clerk.press("确认撤销").await;
    clerk.wait_for_text("已撤销").await;
    assert_eq!(balance(&rider).await, before);
    sound(&[&rider, &clerk]).await;
}

pub async fn a_code_as_an_address_fills_the_counter_and_stays_nowhere(scene: &Scene) {
    let (rider, clerk) = scene.at_counter().await;
    rider.press("付款").await;
    let code = shown_code(&rider).await;
    clerk.go(&format!("/yuhong/pay#{code}")).await;
    clerk.wait("#code").await;
    let held = "return [document.getElementById('code').value, location.href]";
    let held = clerk.run(held).await;
    assert_eq!(held[0], code.as_str());
    let address = held[1].as_str().unwrap_or_default();
    assert!(!address.contains(&code), "{held}");
}

pub async fn a_charge_pressed_twice_is_one(scene: &Scene) {
    let (rider, clerk) = scene.at_counter().await;
    let before = balance(&rider).await;
    rider.press("付款").await;
    let code = shown_code(&rider).await;
    clerk.fill("#code", &code).await;
    clerk.fill("#points", "3").await;
    // Sent by the script and by the button, whatever the page's own guard says.
    clerk
        .run(
            "const form = document.getElementById('code').form;
        fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
        form.submit()",
        )
        .await;
    clerk.wait(".success").await;
    assert_eq!(balance(&rider).await, before - 300);
}

/// What has the focus.
async fn focus(browser: &Chromium) -> Value {
    browser.run("return document.activeElement.id").await
}

/// A keyboard-wedge scanner types what it reads where the focus is, and then Enter: the digits, or the address that the square says. What
/// is missing gets the focus, and after a charge the field for the next code has it.
pub async fn a_scanner_types_like_a_keyboard(scene: &Scene) {
    let (rider, clerk) = scene.at_counter().await;
    for before in ["", "http://127.0.0.1:8080/yuhong/pay#"] {
        rider.go("/yuhong/me").await;
        rider.press("付款").await;
        let code = shown_code(&rider).await;
        assert_eq!(focus(&clerk).await, "code");
        for typed in format!("{before}{code}\u{E007}").chars() {
            clerk.key(&typed.to_string()).await;
        }
        clerk.wait("#points:focus").await;
        clerk.key("2").await;
        clerk.key("\u{E007}").await;
        clerk.wait(".success").await;
    }
}

/// What a rider did not get is given back from the record of payments: in part, and not before it was said what that means.
pub async fn a_manager_gives_a_part_back(scene: &Scene) {
    let (rider, manager) = scene.at_counter().await;
    let before = balance(&rider).await;
    rider.press("付款").await;
    charge(&manager, &shown_code(&rider).await, "9").await;
    manager.press("记录").await;
    manager.click(".lines .line").await;
    manager.wait("#points").await;
    manager.fill("#points", "9999").await;
    manager.press("退回骑手").await;
    manager.wait_for_text("最多还能退 9 分").await;
    sound(&[&manager]).await;
    manager.fill("#points", "4").await;
    manager.press("退回骑手").await;
    manager.wait("[name=confirmed][value=yes]").await;
    let said = manager.text("main").await;
    assert!(said.contains("退回 4 分给骑手"), "{said}");
    assert_eq!(balance(&rider).await, before - 900);
    sound(&[&manager]).await;
    manager.press("确认退款").await;
    manager.wait(".notice").await;
    assert_eq!(balance(&rider).await, before - 500);
    sound(&[&rider, &manager]).await;
}

/// The other way round: the store shows a code, and the rider says how much.
pub async fn a_rider_pays_by_the_code_on_the_wall(scene: &Scene) {
    let (rider, clerk) = scene.at_counter().await;
    clerk.press("收款码").await;
    clerk.press("印制收款码").await;
    clerk.wait("svg.square").await;
    let address = clerk.text(".sheet .quiet").await;
    let path = address.find("/yuhong/").map(|at| address[at..].trim());
    let before = balance(&rider).await;
    // What the phone's own camera does with the square.
    sound(&[&clerk]).await;
    rider.go(path.expect("an address")).await;
    rider.fill("#points", "0").await;
    rider.press("下一步").await;
    rider.wait_for_text("请填多少积分").await;
    sound(&[&rider]).await;
    rider.fill("#points", "7").await;
    rider.press("下一步").await;
    rider.wait_for_text("请先核对门店和要付的").await;
    assert!(rider.text(".big").await.contains('7'));
    sound(&[&rider]).await;
    rider.press("确认付款").await;
    rider.wait_for_text("用的是哪些积分").await;
    assert_eq!(balance(&rider).await, before - 700);
    // The till, which lies open at the counter, has it on top.
    clerk.press("今日").await;
    clerk.wait("[data-newest] .line").await;
    assert!(clerk.text("[data-newest] .line").await.contains('7'));
    sound(&[&rider, &clerk]).await;
}

/// What a store is owed: read line by line, and agreed with.
pub async fn a_store_reads_its_statement_and_agrees(scene: &Scene) {
    let clerk = scene.on_phone("刘春燕").await;
    clerk.press("结算").await;
    clerk.click(".lines .line").await;
    clerk.wait_for_text("请核对").await;
    let owed = clerk.text("main .huge").await;
    assert!(hundredths(owed.trim_end_matches('元').trim()) > 0, "{owed}");
    assert!(!clerk.text("table tbody tr").await.is_empty());
    unfold(&clerk, "核对无误，确认").await;
    sound(&[&clerk]).await;
    clerk.press("确认这张结算单").await;
    clerk.wait(".notice").await;
    assert!(
        clerk.text(".tag").await.contains("已确认"),
        "{}",
        clerk.text("main").await
    );
    sound(&[&clerk]).await;
}
