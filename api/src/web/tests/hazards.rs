//! A hazard from a rider's form to the desk and back, page by page.

use axum::http::{Method, header};
use ledger::ids::HazardId;
use ledger::policy::Position;

use super::*;

const BOUND: &str = "a-part-of-a-form";

async fn send(rider: &Browser, fields: &[(&str, &str)], photo: Option<&[u8]>) -> Answer {
    send_to(rider, "/yuhong/hazards", fields, photo).await
}

/// A form with these fields, and a photo if there is one, as a browser sends it.
pub async fn send_to(
    rider: &Browser,
    path: &str,
    fields: &[(&str, &str)],
    photo: Option<&[u8]>,
) -> Answer {
    let mut body = Vec::new();
    let csrf = [("csrf", rider.csrf.as_str())];
    for (name, value) in csrf.iter().chain(fields) {
        let head = format!("--{BOUND}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend(format!("{head}{value}\r\n").bytes());
    }
    let head = "content-disposition: form-data; name=\"photo\"; filename=\"p.jpg\"\r\n";
    body.extend(format!("--{BOUND}\r\n{head}content-type: image/jpeg\r\n\r\n").bytes());
    body.extend(photo.unwrap_or_default());
    body.extend(format!("\r\n--{BOUND}--\r\n").bytes());
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::COOKIE, &rider.cookie)
        .header("sec-fetch-site", "same-origin")
        .header(
            header::CONTENT_TYPE,
            format!("multipart/form-data; boundary={BOUND}"),
        )
        .body(Body::from(body));
    rider.send(request.expect("a request")).await
}

pub fn picture() -> Vec<u8> {
    let pixel = |x: u32, y: u32| image::Rgb([(x * 3 % 256) as u8, (y * 5 % 256) as u8, 40]);
    let picture = image::ImageBuffer::from_fn(160, 120, pixel);
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::DynamicImage::ImageRgb8(picture);
    let written = picture.write_to(&mut bytes, image::ImageFormat::Jpeg);
    written.expect("a picture");
    bytes.into_inner()
}

#[tokio::test]
async fn a_rider_reports_a_hazard_and_the_desk_sees_to_it() {
    let clock = Clock::fixed(Clock::System.now());
    let (site, site_web, file) = web(clock.clone()).await;
    let pages = router(site);
    let (desk, rider, other) = (
        Browser::of(&pages, "张敏").await,
        Browser::of(&pages, "赵立军").await,
        Browser::of(&pages, "金永哲").await,
    );
    let form = rider.get("/yuhong/hazards").await.text;
    for told in ["我已停好车", "multipart/form-data", "消防隐患", "capture="] {
        assert!(form.contains(told), "{told} in {form}");
    }
    let key = between(&form, "name=\"key\" value=\"", "\"").to_owned();
    let fields = [
        ("key", key.as_str()),
        ("category", "fire"),
        ("text", "楼道里堆着纸箱"),
        ("latitude", "41.7952"),
        ("longitude", "123.3085"),
    ];
    let riding = send(&rider, &fields, Some(&picture())).await;
    assert_eq!(riding.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        riding.text.contains("请先停好车再拍") && riding.text.contains("楼道里堆着纸箱"),
        "what was typed stays: {}",
        riding.text
    );
    let parked: Vec<_> = fields.into_iter().chain([("parked", "yes")]).collect();
    let broken = send(&rider, &parked, Some(b"no picture")).await;
    assert!(broken.text.contains("JPEG、PNG 或 WebP"), "{}", broken.text);
    let stranger = Browser {
        csrf: "another".to_owned(),
        pages: rider.pages.clone(),
        cookie: rider.cookie.clone(),
    };
    let forged = send(&stranger, &parked, Some(&picture())).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN, "{}", forged.text);
    let taken = send(&rider, &parked, Some(&picture())).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.text);
    let again = send(&rider, &parked, Some(&picture())).await;
    assert_eq!(again.location, taken.location, "the same form, one report");

    let path = taken.location.split('?').next().expect("a path").to_owned();
    let seen = rider.get(&taken.location).await.text;
    for told in ["已收到", "消防隐患", "楼道里堆着纸箱", "/v1/attachments/"] {
        assert!(seen.contains(told), "{told} in {seen}");
    }
    assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND);
    let list = desk.get("/yuhong/desk/hazards").await.text;
    assert!(
        list.contains("消防隐患") && list.contains("<circle"),
        "{list}"
    );
    for drawn in [
        "<path d=\"M",
        "<title>绿洲社区第1网格</title>",
        "yuhong-district",
    ] {
        assert!(list.contains(drawn), "{drawn} in {list}");
    }
    let one = path.replace("/hazards/", "/desk/hazards/");
    let act = async |fields: &str| {
        let page = desk.get(&one).await.text;
        let key = between(&page, "name=\"key\" value=\"", "\"").to_owned();
        desk.post(&one, &format!("key={key}&{fields}")).await
    };
    let early = act("act=verify").await;
    assert!(early.text.contains("现在是“已受理”"), "{}", early.text);
    let wrong = act("act=triage&severity=high&place=somewhere").await;
    assert!(wrong.text.contains("纬度, 经度"), "{}", wrong.text);
    // A place copied from a map of the country is put where it is on the ground, some hundreds of metres off.
    let place = async || {
        let id: uuid::Uuid = path
            .rsplit('/')
            .next()
            .expect("an id")
            .parse()
            .expect("an id");
        let hazard = site_web.ledger.hazard(site_web.program.id, HazardId(id));
        let hazard = hazard.await.expect("an answer").expect("a hazard");
        hazard.position.map(|place| place.latitude_millionths())
    };
    act("act=triage&severity=high&category=fire&place=41.7953,123.3085&datum=gcj02").await;
    let ground = place().await.expect("a place");
    assert!(
        (200..4_000).contains(&(41_795_300 - ground).abs()),
        "{ground}"
    );
    let done = act("act=triage&severity=high&category=fire&place=41.7953,123.3085").await;
    assert_eq!(place().await, Some(41_795_300));
    assert_eq!(
        (done.status, &done.location),
        (StatusCode::SEE_OTHER, &one),
        "{}",
        done.text
    );
    act("act=verify").await;
    let awaits = rider.get(&path).await.text;
    assert!(awaits.contains("30 分，待审核"), "{awaits}");
    clock.set(clock.now().plus_seconds(3_700));
    act("act=fix").await;
    let mended = rider.get(&path).await.text;
    assert!(
        mended.contains("整改好了") && mended.contains("1 小时 1 分"),
        "{mended}"
    );
    let id = path
        .rsplit('/')
        .next()
        .expect("an id")
        .parse()
        .expect("an id");
    let hazard = site_web.ledger.hazard(site_web.program.id, id).await;
    let hazard = hazard.expect("an answer").expect("a hazard");
    assert_eq!(
        hazard.position,
        Position::from_millionths(41_795_300, 123_308_500)
    );
    let not_yet = rider.post(&path, "act=reopen").await;
    assert_eq!(not_yet.location, format!("{path}?done=reopen"));
    act("act=fix").await;
    rider.post(&path, "act=confirm").await;
    let list = rider.get("/yuhong/hazards").await.text;
    assert!(list.contains("已复核"), "{list}");
    let deeds = rider.get("/yuhong/activities").await.text;
    assert!(deeds.contains("随手拍 · 消防隐患"), "{deeds}");
    std::fs::remove_dir_all(&file).expect("the folder is ours");
}
