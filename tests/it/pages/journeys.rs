//! What people come to do.

use tests::backend::Database;
use tests::chromium::Chromium;
use tests::on_both;
use tests::photo::{jpeg, scene};
use tests::server::Server;

use super::{as_demo, demo};

/// The digits of the code that a rider shows.
async fn shown_code(rider: &Chromium) -> String {
    rider.wait(".digits").await;
    let digits = rider.text(".digits").await;
    digits.chars().filter(char::is_ascii_digit).collect()
}

/// What a rider can spend, in hundredths.
async fn balance(rider: &Chromium) -> i64 {
    rider.go("/yuhong/me").await;
    let text = rider.text(".purse .huge").await.replace(',', "");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    whole.parse::<i64>().expect(&text) * 100
        + format!("{fraction:0<2}").parse::<i64>().expect(&text)
}

async fn a_rider_pays_by_a_code_objects_and_has_it_undone(server: &Server) {
    let rider = Chromium::start(server.base_url()).await;
    let clerk = Chromium::start(server.base_url()).await;
    rider.enter("赵立军").await;
    clerk.enter("刘春燕").await;
    let before = balance(&rider).await;
    rider.press("出示付款码").await;
    let code = shown_code(&rider).await;
    clerk.fill("#code", &code).await;
    clerk.fill("#points", "12").await;
    clerk.click("main .go").await;
    clerk.wait(".success").await;
    assert!(clerk.text(".success").await.contains("12"));
    assert_eq!(balance(&rider).await, before - 1_200);
    // The newest line says where it went, and from there one objects.
    rider.click(".lines .line").await;
    rider.press("这笔不对").await;
    rider.wait("select[name=ground]").await;
    rider.choose("select[name=ground]", "wrong_amount").await;
    rider.click("details .go").await;
    rider.wait_for_text("异议").await;
    clerk.press("撤销这笔").await;
    clerk.wait_for_text("撤销").await;
    assert_eq!(balance(&rider).await, before);
    assert_eq!(
        (rider.complaints().await, clerk.complaints().await),
        (Vec::new(), Vec::new())
    );
}

async fn a_code_as_an_address_fills_the_counter_and_stays_nowhere(server: &Server) {
    let rider = Chromium::start(server.base_url()).await;
    let clerk = Chromium::start(server.base_url()).await;
    rider.enter("赵立军").await;
    clerk.enter("刘春燕").await;
    rider.press("出示付款码").await;
    let code = shown_code(&rider).await;
    clerk.go(&format!("/yuhong/pay#{code}")).await;
    clerk.wait("#code").await;
    let held = clerk
        .run("return [document.getElementById('code').value, location.href]")
        .await;
    assert_eq!(held[0], code.as_str());
    assert!(
        !held[1].as_str().unwrap_or_default().contains(&code),
        "{held}"
    );
}

async fn a_charge_pressed_twice_is_one(server: &Server) {
    let rider = Chromium::start(server.base_url()).await;
    let clerk = Chromium::start(server.base_url()).await;
    rider.enter("赵立军").await;
    clerk.enter("刘春燕").await;
    let before = balance(&rider).await;
    rider.press("出示付款码").await;
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

async fn the_keyboard_alone_charges(server: &Server) {
    let rider = Chromium::start(server.base_url()).await;
    let clerk = Chromium::start(server.base_url()).await;
    rider.enter("赵立军").await;
    clerk.enter("刘春燕").await;
    rider.press("出示付款码").await;
    let code = shown_code(&rider).await;
    // A keyboard-wedge scanner types into what has the focus, which is the field for the code.
    for digit in code.chars() {
        clerk.key(&digit.to_string()).await;
    }
    clerk.fill("#points", "2").await;
    clerk.key("\u{E007}").await;
    clerk.wait(".success").await;
}

/// As many patrols on a list: all of one rider, each on a day of its own, so that no two are of one time.
async fn listed(desk: &Chromium, lines: usize) -> String {
    let member = "6926dad2-aa40-8cff-90e2-557aadfe3987";
    let script = format!(
        "return [...Array({lines}).keys()].map((day) => new Date(Date.now() - (day + 1) * 86400000).toISOString().slice(0, 10))"
    );
    let days: Vec<String> = serde_json::from_value(desk.run(&script).await).expect("days");
    let line = |(number, day): (usize, &String)| {
        format!("{member},网格巡查,walk-{number},{day} 10:00,60,YH-0312\n")
    };
    let lines: String = days.iter().enumerate().map(line).collect();
    format!("骑手,类型,编号,时间,时长,网格\n{lines}")
}

async fn a_list_is_previewed_and_awarded(server: &Server) {
    let desk = Chromium::start(server.base_url()).await;
    desk.enter("张敏").await;
    desk.resize(1_280, 740).await;
    let list = listed(&desk, 20).await;
    desk.go("/yuhong/desk/list").await;
    desk.fill("#list", &list.replace("YH-0312", "nowhere at all"))
        .await;
    desk.click("form .go").await;
    desk.wait(".problem").await;
    // What was typed is still there, to be corrected.
    let typed = desk
        .run("return document.getElementById('list').value.split('\\n').length")
        .await;
    assert!(typed.as_u64() >= Some(21), "{typed}");
    desk.go("/yuhong/desk/list").await;
    desk.fill("#list", &list).await;
    desk.click("form .go").await;
    desk.wait("textarea[readonly]").await;
    let rows = desk
        .run("return document.querySelectorAll('table tbody tr').length")
        .await;
    assert_eq!(rows, 20, "{}", desk.text("main").await);
    desk.click("form .go").await;
    desk.wait(".notice").await;
}

async fn a_hazard_is_pictured_triaged_on_the_map_and_awarded(server: &Server) {
    let rider = Chromium::start(server.base_url()).await;
    let desk = Chromium::start(server.base_url()).await;
    rider.enter("赵立军").await;
    desk.enter("张敏").await;
    let photo = tempfile::NamedTempFile::with_suffix(".jpg").unwrap();
    std::fs::write(photo.path(), jpeg(&scene(7), 90)).unwrap();
    rider.stand_at(41.7953, 123.3085).await;
    // Three taps: the photo, what it is, and that one has parked.
    rider.go("/yuhong/hazards").await;
    rider.fill("#photo", photo.path().to_str().unwrap()).await;
    rider.wait("img.shown").await;
    rider.wait_for_text("已填好当前位置").await;
    rider.click("label:has([value=fire])").await;
    rider.press("我已停好车").await;
    rider.wait_for_text("已收到").await;
    // It is the newest on the list; with a place it lies on the map.
    desk.go("/yuhong/desk/hazards").await;
    desk.click(".lines .line").await;
    desk.wait("#severity").await;
    let report = desk.path().await;
    desk.choose("#severity", "high").await;
    desk.press("完成分类").await;
    desk.wait("[value=verify]").await;
    desk.go("/yuhong/desk/hazards?state=triaged").await;
    desk.wait(&format!("svg.map a[href='{report}'] circle"))
        .await;
    desk.go(&report).await;
    desk.press("属实").await;
    desk.wait_for_text("已核实").await;
    rider.press("返回").await;
    rider.wait_for_text("已核实").await;
    assert_eq!(
        (rider.complaints().await, desk.complaints().await),
        (Vec::new(), Vec::new())
    );
}

async fn without_a_network_the_balance_stays_and_a_report_goes_out_once(
    server: &mut Server,
    db: &Database,
) {
    let rider = Chromium::start(server.base_url()).await;
    rider.enter("孙晓梅").await;
    let before = rider.text(".purse .huge").await;
    rider.go("/yuhong/hazards").await;
    // The worker is there, and has kept both pages under its eyes.
    rider
        .run_async(
            "const done = arguments[0]; navigator.serviceWorker.ready.then(() => done(true))",
            Vec::new(),
        )
        .await;
    rider.go("/yuhong/me").await;
    rider.go("/yuhong/hazards").await;
    server.kill_9();
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
    server.start_again(&db.url, as_demo).await;
    // Pages are asked for again until it has gone out; then it is there, and only once.
    for _ in 0..120 {
        rider.go("/yuhong/hazards").await;
        if rider.text("main").await.contains("我报的") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    rider.go("/yuhong/hazards").await;
    let mine = rider.run("return document.querySelectorAll('.lines .line').length");
    let mine = mine.await;
    let kept = rider.run_async(KEPT, Vec::new()).await;
    assert_eq!(mine, 1, "kept: {kept}; shown: {}", rider.text("main").await);
    assert_eq!(kept, serde_json::json!([]));
}

/// What waits to be sent: where to, and why it was refused if it was.
const KEPT: &str = "const done = arguments[0]; const open = indexedDB.open('jifen-queue', 1);
    open.onsuccess = () => { const all = open.result.transaction('forms').objectStore('forms').getAll();
      all.onsuccess = () => done(all.result.map(({ url, refused }) => [url, refused ?? ''])); };";

async fn a_phone_without_signal_shows_codes_of_its_own(server: &Server) {
    let rider = Chromium::start(server.base_url()).await;
    let clerk = Chromium::start(server.base_url()).await;
    rider.enter("赵立军").await;
    clerk.enter("刘春燕").await;
    let before = balance(&rider).await;
    rider.go("/yuhong/me/offline").await;
    rider.press("在这部手机上开启").await;
    rider.wait("[data-on]:not([hidden]) .digits span").await;
    // The key it made them from is told to nobody.
    let kept = rider.run("return JSON.stringify(localStorage)").await;
    assert_eq!(kept, "{}");
    let code = shown_code(&rider).await;
    assert_eq!(code.len(), 15);
    clerk.fill("#code", &code).await;
    clerk.fill("#points", "5").await;
    clerk.click("main .go").await;
    clerk.wait(".success").await;
    assert_eq!(balance(&rider).await, before - 500);
}

on_both! {
    // One demo for all of them: to tell it takes longer than any journey.
    async fn people_come_to_do_what_they_came_for(db: Database) {
        let mut server = demo(&db).await;
        a_rider_pays_by_a_code_objects_and_has_it_undone(&server).await;
        a_code_as_an_address_fills_the_counter_and_stays_nowhere(&server).await;
        a_charge_pressed_twice_is_one(&server).await;
        the_keyboard_alone_charges(&server).await;
        a_hazard_is_pictured_triaged_on_the_map_and_awarded(&server).await;
        a_list_is_previewed_and_awarded(&server).await;
        a_phone_without_signal_shows_codes_of_its_own(&server).await;
        // The last: it kills the server.
        without_a_network_the_balance_stays_and_a_report_goes_out_once(&mut server, &db).await;
    }
}
