//! A patrol page by page: the desk puts cells on the map, a rider's phone sends what was pressed, the desk sees how many places count.

use ledger::community::StaffRole;

use super::town::Town;
use super::*;

/// As a form has it.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn key_of(page: &str) -> String {
    between(page, "name=\"key\" value=\"", "\"").to_owned()
}

/// Two cells, the second of them with this ring.
fn file(ring: &str) -> String {
    format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"code":"YH-0401","name":"永安第一网格"}},
        "geometry":{{"type":"Polygon","coordinates":[[[123.40,41.79],[123.42,41.79],[123.42,41.80],[123.40,41.80],[123.40,41.79]]]}}}},
        {{"type":"Feature","properties":{{"code":"YH-0402"}},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}]}}"#
    )
}

#[tokio::test]
async fn the_desk_puts_cells_on_the_map_and_is_told_what_is_wrong() {
    let town = Town::begin().await;
    let desk = town.worker(&[StaffRole::Administrator], None).await;
    let path = "/yuhong/desk/grids";
    let page = desk.get(path).await.text;
    assert!(
        page.contains("怒江第三网格") && page.contains("至少 3 个地点"),
        "{page}"
    );
    let send = async |text: &str, datum: &str| {
        let key = key_of(&desk.get(path).await.text);
        let form = format!("key={key}&datum={datum}&geojson={}", encoded(text));
        desk.post(path, &form).await
    };
    let broken = send("{\n  \"type\": ]", "wgs84").await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(broken.text.contains("第 2 行"), "{}", broken.text);
    let crossed = "[[123.42,41.79],[123.44,41.80],[123.44,41.79],[123.42,41.80],[123.42,41.79]]";
    let wrong = send(&file(crossed), "wgs84").await;
    assert!(
        wrong.text.contains("/features/1/geometry"),
        "{}",
        wrong.text
    );
    assert!(
        !desk.get(path).await.text.contains("永安第一网格"),
        "all or nothing"
    );
    let right = "[[123.42,41.79],[123.44,41.79],[123.44,41.80],[123.42,41.80],[123.42,41.79]]";
    // More than other forms may hold.
    let large = format!("{}{}", file(right), " ".repeat(100_000));
    let done = send(&large, "gcj02").await;
    assert_eq!(done.location, format!("{path}?done=2"), "{}", done.text);
    assert!(
        desk.get(&done.location)
            .await
            .text
            .contains("已导入 2 个网格")
    );
    let retired = desk.post("/yuhong/desk/grids/retire", "code=YH-0402").await;
    assert_eq!(retired.location, format!("{path}?retired=YH-0402"));
    let page = desk.get(&retired.location).await.text;
    assert!(page.contains("已停用网格 YH-0402") && page.contains("已停用</span>"));
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_rider_patrols_with_what_the_phone_kept() {
    let town = Town::begin().await;
    let desk = town.worker(&[StaffRole::Awarder], None).await;
    let rider = town.let_in(Role::Member, town.members[0].0).await.1;
    let path = "/yuhong/patrol";
    let page = rider.get(path).await.text;
    assert!(
        page.contains("怒江第三网格") && page.contains("到过 1 个不同的地点"),
        "{page}"
    );
    assert!(page.contains("/assets/patrol.js") && page.contains("不保留路线"));
    let listed = desk.get("/yuhong/desk/patrols").await.text;
    assert!(
        listed.contains("赵") && listed.contains("YH-0312"),
        "{listed}"
    );
    let end = format!("/yuhong/desk/patrols/{}", town.shifts[0]);
    assert_eq!(
        desk.post(&end, "act=end").await.location,
        "/yuhong/desk/patrols"
    );
    let listed = desk.get("/yuhong/desk/patrols").await.text;
    assert!(
        listed.contains("由工作人员结束") && listed.contains("站着不动"),
        "{listed}"
    );

    let shift = town::id();
    let now = town.web.now();
    let step = |kind: &str, minutes: i64, north: f64| {
        let at = now.plus_seconds(-minutes * 60);
        format!(
            r#"{{"step":"{kind}","shift":"{shift}","at":"{at}","latitude":{},"longitude":123.31}}"#,
            41.791_537 + north
        )
    };
    let send = async |steps: &[String]| {
        let form = format!("steps={}", encoded(&format!("[{}]", steps.join(","))));
        rider.post(path, &form).await
    };
    let orphan = send(&[step("waypoint", 90, 0.0)]).await;
    assert!(orphan.text.contains("没有开始成功"), "{}", orphan.text);
    let steps = [
        step("start", 100, 0.0),
        step("waypoint", 80, 0.001),
        step("waypoint", 79, 0.0011),
        step("waypoint", 60, 0.3),
        step("waypoint", 50, 0.002),
    ];
    let told = send(&steps).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    for words in [
        "巡查开始了",
        "这是一个新地点",
        "但不算新地点",
        "您不在这个网格里",
        "到过 3 个不同的地点",
    ] {
        assert!(told.text.contains(words), "{words}: {}", told.text);
    }
    let settled = between(&told.text, "data-settled=\"", "\"");
    assert_eq!(settled.split(' ').count(), 5, "{settled}");
    let mut again = steps.to_vec();
    again.push(step("end", 10, 0.003));
    let done = send(&again).await;
    // The demo's policies came into force while this ran, so there is nothing to award yet.
    assert!(done.text.contains("巡查结束，结果见下"), "{}", done.text);
    assert!(done.text.contains("还没有办法给这类事项计分"));
    assert!(done.text.contains("计 90 分钟"), "{}", done.text);
    let listed = desk.get("/yuhong/desk/patrols").await.text;
    assert!(listed.contains("计 90 分钟"), "{listed}");
    for page in [&told.text, &done.text, &listed] {
        assert!(!page.contains("41.79"), "{page}");
    }
    let nonsense = rider.post(path, "steps=none").await;
    assert_eq!(nonsense.status, StatusCode::UNPROCESSABLE_ENTITY);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
