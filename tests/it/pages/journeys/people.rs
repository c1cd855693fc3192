//! Who comes, and who is there: at the door, at a station, and behind a counter.

use ledger::clock::Clock;
use ledger::community::totp_at;
use serde_json::json;
use tests::chromium::Chromium;
use tests::counter::bytes_of;

use super::paying::charge;
use super::{Scene, shown_code, sound, unfold};

const PASSWORD: &str = "correct horse battery";

/// What is typed at the door.
async fn log_in(browser: &Chromium, handle: &str, password: &str) {
    browser.fill("#handle", handle).await;
    browser.fill("#password", password).await;
    browser.press("下一步").await;
}

pub async fn a_wrong_password_is_told_at_the_door(scene: &Scene) {
    let visitor = scene.phone().await;
    visitor.go("/yuhong/login").await;
    log_in(&visitor, "liuchunyan", "not the password").await;
    visitor.wait_for_text("用户名或密码不对").await;
    // The name is still there, the password is not.
    let held = "return [document.getElementById('handle').value, document.getElementById('password').value]";
    assert_eq!(visitor.run(held).await, json!(["liuchunyan", ""]));
    sound(&[&visitor]).await;
}

/// Somebody new at a store, what they log in with, and their PIN: one that is nobody else's, and no row of digits.
const CLERK: &str = "小孟";
const HANDLE: &str = "xiaomeng";
const PIN: &str = "2580";

/// A manager puts somebody on record and invites them. Answers with where to type the invitation, and with the invitation.
async fn employ(manager: &Chromium) -> (String, String) {
    manager.press("记录").await;
    manager.click("nav.kinds a[href*='/counter/clerks']").await;
    manager.fill("#name", CLERK).await;
    manager.choose("#role", "clerk").await;
    manager.press("登记").await;
    manager.wait_for_text("请在名单里找到新店员").await;
    sound(&[manager]).await;
    manager.fill("#q", CLERK).await;
    manager.click("main form.tools button").await;
    manager.wait_for_text("看全部").await;
    unfold(manager, "登录邀请").await;
    manager.fill("[name=handle]", HANDLE).await;
    manager.press("生成登录邀请").await;
    manager.wait(".success .signed").await;
    sound(&[manager]).await;
    let address = manager.text(".success code").await;
    (address, manager.text(".success .signed").await)
}

/// What is typed where one chooses how to log in.
async fn choose(clerk: &Chromium, again: &str) {
    let secret = clerk.text("form code").await;
    let code = totp_at(&bytes_of(&secret), Clock::System.now());
    clerk.fill("#password", PASSWORD).await;
    clerk.fill("#again", again).await;
    clerk.fill("#code", &code).await;
    clerk.press("完成").await;
}

/// The invited one follows the invitation and logs in, with each mistake that is easily made.
async fn follow(clerk: &Chromium, (address, invitation): (String, String)) {
    clerk.go(&address).await;
    clerk.fill("#invitation", "ji_nothing").await;
    clerk.press("下一步").await;
    clerk.wait_for_text("邀请码不对").await;
    sound(&[clerk]).await;
    clerk.fill("#invitation", &invitation).await;
    clerk.press("下一步").await;
    clerk.wait("#again").await;
    sound(&[clerk]).await;
    choose(clerk, "correct horse batterie").await;
    clerk.wait_for_text("两次输入的密码不一样").await;
    sound(&[clerk]).await;
    choose(clerk, PASSWORD).await;
    clerk.wait_for_text("只显示这一次").await;
    sound(&[clerk]).await;
    // The digits of this half minute are used up; a recovery code is as good.
    let recovery = clerk.text("ol.lines code").await;
    clerk.press("抄好了").await;
    log_in(clerk, HANDLE, PASSWORD).await;
    clerk.wait("#code").await;
    clerk.fill("#code", "000000").await;
    clerk.press("登录").await;
    clerk.wait_for_text("动态码不对").await;
    sound(&[clerk]).await;
    clerk.fill("#code", &recovery).await;
    clerk.press("登录").await;
    clerk.wait(".who").await;
}

/// They set a PIN; one that is easily guessed is refused.
async fn set_pin(clerk: &Chromium) {
    clerk.click(".who a").await;
    for (pin, told) in [("1234", "连着的数字"), (PIN, "PIN 码已设置")] {
        unfold(clerk, "收银台 PIN 码").await;
        clerk.fill("#pin", pin).await;
        clerk.fill("#pin-again", pin).await;
        clerk.fill("#pin-password", PASSWORD).await;
        clerk.press("设置 PIN 码").await;
        clerk.wait_for_text(told).await;
        sound(&[clerk]).await;
    }
}

/// A store takes somebody on, who takes over the counter and charges under their own name.
pub async fn a_new_clerk_takes_over_with_a_pin(scene: &Scene) {
    let manager = scene.on_phone("刘春燕").await;
    let invited = employ(&manager).await;
    let clerk = scene.phone().await;
    follow(&clerk, invited).await;
    set_pin(&clerk).await;
    // From here on it is one device for both.
    let counter = manager;
    counter.go("/yuhong/counter").await;
    counter.press("换人").await;
    counter.wait("#clerk").await;
    let whose = format!(
        "return [...document.querySelectorAll('#clerk option')].find((one) => one.textContent.includes('{CLERK}')).value"
    );
    let whose = counter.run(&whose).await;
    counter
        .choose("#clerk", whose.as_str().expect("an id"))
        .await;
    counter.fill("#pin", "2581").await;
    counter.click("main form .go").await;
    counter.wait_for_text("PIN 码不对").await;
    sound(&[&counter]).await;
    // Who was chosen still is.
    counter.fill("#pin", PIN).await;
    counter.click("main form .go").await;
    counter.wait("#points").await;
    for line in ["header .who", "main .line.acts"] {
        let said = counter.text(line).await;
        assert!(said.contains(CLERK) && !said.contains("刘春燕"), "{said}");
    }
    sound(&[&counter]).await;
    let rider = scene.on_phone("赵立军").await;
    rider.press("付款").await;
    charge(&counter, &shown_code(&rider).await, "3").await;
    counter.press("记录").await;
    counter.wait_for_text(&format!("经办：{CLERK}")).await;
    sound(&[&counter]).await;
}

/// Somebody who comes to a station; nobody else has this family name.
const NEWCOMER: &str = "慕容雪";
const FAMILY: &str = "慕";

/// What they fill in on their phone.
async fn report(newcomer: &Chromium, station: &str, phone: &str) {
    newcomer.go(station).await;
    newcomer.fill("#name", NEWCOMER).await;
    newcomer.fill("#phone", phone).await;
    newcomer.click("[name=agreed]").await;
    newcomer.press("提交").await;
}

/// They report under each of these numbers, and leave it to the station to see whose they are.
async fn report_each(newcomer: &Chromium, station: &str, phones: &[&str]) {
    report(newcomer, station, "139").await;
    newcomer.wait(".wrong, .problem").await;
    sound(&[newcomer]).await;
    for phone in phones {
        report(newcomer, station, phone).await;
        newcomer.wait_for_text("验证手机号").await;
        sound(&[newcomer]).await;
        newcomer.press("不验证，直接提交").await;
        newcomer.wait_for_text("已收到").await;
        sound(&[newcomer]).await;
    }
}

/// Looks at what the newcomer said, as who is at the station's desk.
async fn look(desk: &Chromium) {
    desk.go("/yuhong/desk/join").await;
    desk.fill("#q", FAMILY).await;
    desk.click("main form.tools button").await;
    desk.wait_for_text("看全部").await;
    desk.click("[value=look]").await;
    desk.wait_for_text("这次查看已记录").await;
    sound(&[desk]).await;
}

/// Where the station's code leads.
async fn station(desk: &Chromium) -> String {
    desk.go("/yuhong/desk/join").await;
    if desk.text(".centre code").await.is_empty() {
        desk.press("生成报到码").await;
        desk.wait(".centre code").await;
    }
    desk.text(".centre code").await
}

/// From the list of riders to the page that shows two of them side by side. Answers with whose account ends.
async fn compare(admin: &Chromium) -> String {
    admin.press("骑手名册").await;
    admin.fill("#q", FAMILY).await;
    admin.click("main form.tools button").await;
    admin.wait_for_text("看全部").await;
    sound(&[admin]).await;
    admin.click("main tbody a").await;
    admin.wait("#with").await;
    let one = admin.path().await;
    admin.fill("#with", "慕容无名").await;
    admin.press("查找另一位").await;
    admin.wait_for_text("没有找到这样的骑手").await;
    sound(&[admin]).await;
    admin.fill("#with", NEWCOMER).await;
    admin.press("查找另一位").await;
    admin.wait_for_text("合并后会怎样").await;
    one
}

/// Who reported three times is enrolled twice and turned down once, and then the two are made one.
pub async fn somebody_enrolled_twice_is_made_one(scene: &Scene) {
    let desk = scene.at_desk("张敏").await;
    let newcomer = scene.phone().await;
    let station = station(&desk).await;
    let phones = ["13900138001", "13900138002", "13900138003"];
    report_each(&newcomer, &station, &phones).await;
    for _ in 0..2 {
        look(&desk).await;
        desk.press("确认登记").await;
        desk.wait_for_text("已登记").await;
    }
    look(&desk).await;
    unfold(&desk, "退回…").await;
    sound(&[&desk]).await;
    desk.press("确定退回").await;
    desk.wait_for_text("填写的内容已删除").await;
    sound(&[&desk]).await;

    let admin = scene.at_desk("林志远").await;
    let one = compare(&admin).await;
    let said = admin.text("main").await;
    assert!(said.contains("合并以后不能撤回"), "{said}");
    sound(&[&admin]).await;
    admin.press("确认是同一个人，合并").await;
    admin.wait_for_text("的账户并入这里").await;
    sound(&[&admin]).await;
    // The one that ended says where to go on.
    let other = admin.path().await;
    assert_ne!(one, other);
    admin.go(&one).await;
    admin.wait_for_text("这个账户已并入另一个账户").await;
    sound(&[&admin]).await;
    admin.click(".problem a").await;
    admin.wait_for_text("已并入这里的").await;
    assert_eq!(admin.path().await, other);
}
