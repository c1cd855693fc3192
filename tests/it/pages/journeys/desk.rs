//! What the desk does: hazards, lists, policies.

use tests::chromium::Chromium;
use tests::photo::{jpeg, scene as pictured};

use super::super::as_demo;
use super::{Scene, balance, sound};

/// A rider of the demo, by their id.
const RIDER: &str = "6926dad2-aa40-8cff-90e2-557aadfe3987";

pub async fn a_hazard_is_pictured_triaged_on_the_map_and_awarded(scene: &Scene) {
    let rider = scene.on_phone("赵立军").await;
    let desk = scene.at_desk("张敏").await;
    let photo = tempfile::NamedTempFile::with_suffix(".jpg").expect("a file");
    std::fs::write(photo.path(), jpeg(&pictured(7), 90)).expect("a photo");
    rider.stand_at(41.7953, 123.3085).await;
    // Three taps: the photo, what it is, and that one has parked.
    rider.go("/yuhong/hazards").await;
    let path = photo.path().to_str().expect("a path");
    rider.fill("#photo", path).await;
    rider.wait("img.shown").await;
    rider.wait_for_text("已填好当前位置").await;
    rider.click("label:has([value=fire])").await;
    rider.press("我已停好车").await;
    rider.wait_for_text("已收到").await;
    sound(&[&rider]).await;
    // It is the newest on the list; with a place it lies on the map.
    desk.press("隐患").await;
    desk.click(".lines .line").await;
    desk.wait("#severity").await;
    let report = desk.path().await;
    desk.choose("#severity", "high").await;
    desk.press("完成分类").await;
    desk.wait("[value=verify]").await;
    sound(&[&desk]).await;
    desk.go("/yuhong/desk/hazards?state=triaged").await;
    let spot = format!("svg.map a[href='{report}'] circle");
    desk.wait(&spot).await;
    desk.click(&format!("svg.map a[href='{report}']")).await;
    desk.wait("[value=verify]").await;
    assert_eq!(desk.path().await, report);
    desk.press("属实").await;
    desk.wait_for_text("已核实").await;
    rider.press("返回").await;
    rider.wait_for_text("已核实").await;
    sound(&[&rider, &desk]).await;
}

pub async fn what_is_wrong_with_a_list_is_told_and_nothing_is_lost(scene: &Scene) {
    let desk = scene.at_desk("张敏").await;
    desk.press("批量登记").await;
    desk.wait("#list").await;
    let line = |number: usize| format!("{RIDER},网格巡查,walk-{number},昨天,60,YH-0312\n");
    let lines: String = (1..=9).map(line).collect();
    let list = format!("骑手,类型,编号,时间,时长,网格\n{lines}");
    desk.paste("#list", &list).await;
    desk.click("form .go").await;
    desk.wait(".problem").await;
    // What was typed is still there, to be corrected.
    let typed = "return document.getElementById('list').value.trim().split('\\n').length";
    assert_eq!(desk.run(typed).await, 10);
    sound(&[&desk]).await;
}

/// What the text of a policy is to be instead: somebody approves, it stands on public notice for three days, and there may be more a month.
fn changed(source: &str) -> String {
    source
        .replace("approval = \"none\"", "approval = \"single\"")
        .replacen(
            "approval = \"single\"\n",
            "approval = \"single\"\nnotice = \"3 days\"\n",
            1,
        )
        .replace("count = 8\n", "count = 31\n")
        .replace("member-month-times = 8", "member-month-times = 31")
}

/// The text of a policy is changed by one in charge, tried on what is on record, and put in force by another.
pub async fn a_policy_is_changed_simulated_and_approved(scene: &Scene) {
    let author = scene.at_desk("林志远").await;
    let second = scene.at_desk("陈立波").await;
    let policy = "/yuhong/desk/policies/organizational-life";
    author.go(&format!("{policy}/edit")).await;
    author.wait("#source").await;
    let held = "return document.getElementById('source').value";
    let source = author.run(held).await;
    let source = source.as_str().expect("a text");
    // A mistake is told by its line, and nothing is lost.
    let wrong = source.replacen("approval = \"none\"", "approval = \"somebody\"", 1);
    author.paste("#source", &wrong).await;
    author.press("检查").await;
    author.wait_for_text("处错误，没有保存").await;
    assert_eq!(
        author.run(held).await.as_str().map(str::trim),
        Some(wrong.trim())
    );
    sound(&[&author]).await;
    author.paste("#source", &changed(source)).await;
    author.press("存为草案").await;
    author.wait("#until").await;
    sound(&[&author]).await;
    let draft = author.path().await;
    author.click("[value=simulate]").await;
    author.wait_for_text("模拟结果").await;
    sound(&[&author]).await;
    let own = "return document.querySelector('[value=approve]') === null";
    assert_eq!(author.run(own).await, true, "nobody approves their own");
    second.go(&draft).await;
    second.click("[value=approve]").await;
    second.wait(".notice").await;
    sound(&[&second]).await;
    second.go(policy).await;
    second.wait_for_text("3 天").await;
    sound(&[&second]).await;
}

/// So many awards come from one list.
const MANY: usize = 200;

/// The ids of riders, from the register as a spreadsheet takes it.
async fn riders(desk: &Chromium) -> Vec<String> {
    let script = "const done = arguments[0]; fetch('/yuhong/desk/members?as=csv').then((answer) => answer.text()).then(done)";
    let file = desk.run_async(script, Vec::new()).await;
    let file = file.as_str().expect("a file");
    let is_id = |cell: &&str| cell.len() == 36 && cell.matches('-').count() == 4;
    let id = |line: &str| line.split(',').find(is_id).map(str::to_owned);
    file.lines().filter_map(id).collect()
}

/// Ticks what is on the page and approves it, until nothing waits.
async fn approve_all(approver: &Chromium) {
    approver.press("审批").await;
    for _ in 0..MANY {
        approver.wait("main h1").await;
        if approver.text("[href*='tick=all']").await.is_empty() {
            return;
        }
        approver.click("[href*='tick=all']").await;
        approver.wait("input[name=award]:checked").await;
        approver.press("通过勾选的").await;
        approver.wait(".notice").await;
    }
    panic!("there is no end of approving");
}

/// Two hundred riders came to a lesson. Their awards are approved by another, stand on public notice, and vest when that has closed.
pub async fn two_hundred_are_awarded_from_a_list_and_their_notice_closes(scene: &mut Scene) {
    let desk = scene.at_desk("张敏").await;
    let approver = scene.at_desk("李红梅").await;
    let rider = scene.on_phone("孙晓梅").await;
    let before = balance(&rider).await;
    let riders = riders(&desk).await;
    assert!(riders.len() >= MANY, "{}", riders.len());
    let now = desk.run("return new Date().toISOString()").await;
    let now = now.as_str().expect("a moment");
    let line =
        |(number, id): (usize, &String)| format!("{id},参加活动,school-{number},{now},60,学习\n");
    let lines: String = riders.iter().enumerate().take(MANY).map(line).collect();
    desk.press("批量登记").await;
    desk.wait("#list").await;
    let list = format!("骑手,类型,编号,时间,时长,活动类型\n{lines}");
    desk.paste("#list", &list).await;
    desk.click("form .go").await;
    desk.wait("textarea[readonly]").await;
    let rows = "return document.querySelectorAll('table tbody tr').length";
    assert_eq!(desk.run(rows).await, MANY, "{}", desk.text("main").await);
    sound(&[&desk]).await;
    desk.press("全部登记").await;
    desk.wait_for_text("已登记 200 笔").await;
    sound(&[&desk]).await;
    approve_all(&approver).await;
    // Everybody sees them, and nobody has them yet.
    assert_eq!(balance(&rider).await, before);
    rider.go("/yuhong/notice").await;
    rider.wait_for_text("组织生活").await;
    sound(&[&desk, &approver, &rider]).await;
    // The notice closes in three days; the job that sees to it runs by itself.
    let later = |command: &mut std::process::Command| {
        as_demo(command);
        command.args(["--demo-ahead", "4"]);
    };
    let url = scene.db.url.clone();
    scene.server.start_again(&url, later).await;
    for _ in 0..120 {
        if balance(&rider).await > before {
            return a_verified_hazard_is_paid(scene).await;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    panic!("nothing vested: {}", rider.text("main").await);
}

/// The hazard that was verified days ago, approved among the others, has brought its reporter points by now.
async fn a_verified_hazard_is_paid(scene: &Scene) {
    let rider = scene.on_phone("赵立军").await;
    rider.go("/yuhong/hazards").await;
    let verified = "return [...document.querySelectorAll('a.line')].find((one) => one.textContent.includes('已核实')).pathname";
    let verified = rider.run(verified).await;
    rider.go(verified.as_str().expect("a report")).await;
    rider.wait_for_text("30 分，已发放").await;
    sound(&[&rider]).await;
}
