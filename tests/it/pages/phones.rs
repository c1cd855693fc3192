//! Phones as people have them: without signal, and in browsers that stand inside other apps.

use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tests::chromium::Chromium;
use tests::photo::{jpeg, scene as pictured};

use super::journeys::{Scene, sound};

/// Turns paying without signal on, and waits for the first code.
async fn turn_on(rider: &Chromium) {
    rider.go("/yuhong/me/offline").await;
    rider.press("在这部手机上开启").await;
    rider
        .wait("[data-on]:not([hidden]) .digits span:last-child")
        .await;
}

/// The digits that are shown, and what the server reads in the square beside them; or in a square of digits that it is given.
const READ_BACK: &str = "const done = arguments[arguments.length - 1];
    const shown = document.querySelector('[data-code]').textContent;
    const svg = document.querySelector('[data-offline] svg.square').cloneNode(true);
    const digits = arguments[0] || shown;
    if (arguments[0]) svg.querySelector('path').setAttribute('d', square(digits));
    svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
    svg.setAttribute('width', 290);
    svg.setAttribute('height', 290);
    const read = async () => {
      const image = new Image();
      image.src = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(svg)], { type: 'image/svg+xml' }));
      await image.decode();
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 290;
      canvas.getContext('2d').drawImage(image, 0, 0);
      const body = new FormData();
      body.set('csrf', document.querySelector('.who [name=csrf]').value);
      body.set('picture', await new Promise((drawn) => canvas.toBlob(drawn, 'image/png')), 'square.png');
      const answer = await fetch('/yuhong/scan', { method: 'POST', headers: { accept: 'application/json' }, body });
      return answer.ok ? (await answer.json()).text : String(answer.status);
    };
    read().then((text) => done([digits, text]), (error) => done([digits, String(error)]));";

/// A picture of the rider's screen, and the code on it: taken again if another one came meanwhile.
async fn photographed(rider: &Chromium) -> (String, NamedTempFile) {
    let photo = NamedTempFile::with_suffix(".png").expect("a file");
    loop {
        let before = rider.text("[data-code]").await;
        rider.picture(photo.path()).await;
        if rider.text("[data-code]").await == before {
            let digits = before.chars().filter(char::is_ascii_digit).collect();
            return (digits, photo);
        }
    }
}

/// The square that a phone draws says its digits: to the server's own reader, whatever the digits, and to a clerk with a photo of the screen.
pub async fn a_square_drawn_on_the_phone_is_read_and_paid_with(scene: &Scene) {
    let (rider, clerk) = scene.at_counter().await;
    turn_on(&rider).await;
    let chosen = [
        Value::Null,
        json!("000000000000000"),
        json!("999999999999999"),
        json!("100000000000001"),
        json!("314159265358979"),
        json!("271828182845904"),
    ];
    for digits in chosen {
        let read = rider.run_async(READ_BACK, vec![digits]).await;
        assert_eq!(read[0], read[1]);
        assert_eq!(read[0].as_str().map(str::len), Some(15), "{read}");
    }
    let named = "return document.querySelector('[data-on] svg[role=img]').getAttribute('aria-label') !== ''";
    assert_eq!(rider.run(named).await, true);
    let (code, photo) = photographed(&rider).await;
    clerk.press("拍一张照片来识别").await;
    clerk
        .fill("#picture", photo.path().to_str().expect("a path"))
        .await;
    clerk.click(".scan details .small").await;
    clerk.wait(&format!("#code[value='{code}']")).await;
    clerk.fill("#points", "4").await;
    clerk.click("main .form .go").await;
    clerk.wait(".success").await;
    assert!(clerk.text(".success").await.contains('4'));
    sound(&[&rider, &clerk]).await;
}

/// Before the network goes: a rider turns it on, and the worker keeps the page.
pub async fn a_rider_gets_ready_to_pay_without_a_network(rider: &Chromium) {
    let ready =
        "const done = arguments[0]; navigator.serviceWorker.ready.then(() => done(true), done)";
    rider.run_async(ready, Vec::new()).await;
    turn_on(rider).await;
}

/// Once the server is gone: the page, its codes and their squares are still there.
pub async fn a_square_is_drawn_without_a_network(rider: &Chromium) {
    rider.go("/yuhong/me/offline").await;
    rider.wait(".offline").await;
    rider
        .wait("[data-on]:not([hidden]) .digits span:last-child")
        .await;
    let drawn = "return [document.querySelector('[data-code]').textContent.length, document.querySelector('[data-square]').getAttribute('d')
        === square(document.querySelector('[data-code]').textContent)]";
    assert_eq!(rider.run(drawn).await, json!([15, true]));
}

/// What browsers inside other apps lack, or throw when they are asked for it.
const LACKS: &str = "const lacks = [
      [Navigator.prototype, 'serviceWorker'], [Navigator.prototype, 'geolocation'], [Navigator.prototype, 'mediaDevices'],
      [Crypto.prototype, 'subtle'], [Crypto.prototype, 'randomUUID'], [window, 'indexedDB'], [window, 'caches'],
      [window, 'BarcodeDetector'], [window, 'AudioContext'], [window, 'createImageBitmap'],
    ];
    for (const [owner, name] of lacks) Object.defineProperty(owner, name, { configurable: true, get: () => undefined });
    const refuse = () => { throw new DOMException('denied', 'SecurityError'); };
    for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { configurable: true, get: refuse });
    window.open = refuse;";

const WECHAT: &str = "Mozilla/5.0 (Linux; Android 10; HLK-AL00) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 \
    Chrome/86.0.4240.99 XWEB/4343 MMWEBSDK/20220903 Mobile Safari/537.36 MicroMessenger/8.0.28.2240(0x28001C57) WeChat/arm64 \
    NetType/4G Language/zh_CN ABI/arm64";

/// A browser inside another app.
async fn inside_an_app(scene: &Scene) -> Chromium {
    let browser = scene.phone().await;
    let lacks = json!({ "source": LACKS });
    browser
        .cdp("Page.addScriptToEvaluateOnNewDocument", lacks)
        .await;
    let agent = json!({ "userAgent": WECHAT, "acceptLanguage": "zh-CN" });
    browser.cdp("Network.setUserAgentOverride", agent).await;
    browser
}

/// Whether the places lie below, as wide as the screen; and whether the page tells how to come to another browser.
const LOOKS: &str = "const bar = document.querySelector('nav.places').getBoundingClientRect();
    const told = document.querySelector('[data-elsewhere]');
    return [bar.left === 0 && Math.round(bar.right) === document.documentElement.clientWidth && Math.round(bar.bottom) === innerHeight,
      told ? !told.hidden && told.textContent.includes('系统浏览器') : null]";

/// Every page of a rider opens inside another app without a complaint, and says what such a browser cannot do where it would be done.
pub async fn a_riders_pages_open_inside_other_apps(scene: &Scene) {
    let rider = inside_an_app(scene).await;
    rider.enter("赵立军").await;
    let lacking =
        "return [typeof navigator.serviceWorker, navigator.userAgent.includes('MicroMessenger')]";
    assert_eq!(rider.run(lacking).await, json!(["undefined", true]));
    for (path, tells) in [
        ("me", false),
        ("deeds", false),
        ("mine", true),
        ("places", false),
        ("me/offline", true),
        ("me/data", true),
        ("me/service", false),
        ("me/pledges", false),
        ("me/teams", false),
        ("activities", false),
        ("orders", false),
        ("hazards", false),
        ("patrol", true),
        ("notice", false),
    ] {
        rider.go(&format!("/yuhong/{path}")).await;
        rider.wait("main h1").await;
        let told = if tells { json!(true) } else { Value::Null };
        assert_eq!(rider.run(LOOKS).await, json!([true, told]), "{path}");
        sound(&[&rider]).await;
    }
    rider.go("/yuhong/me/offline").await;
    rider.wait_for_text("这个浏览器存不了密钥").await;
}

/// What needs no more than a page is done there as anywhere: a code is shown, charged by a clerk in such a browser, and a hazard reported with a photo.
pub async fn people_pay_and_report_inside_other_apps(scene: &Scene) {
    let rider = inside_an_app(scene).await;
    let clerk = inside_an_app(scene).await;
    rider.enter("赵立军").await;
    clerk.enter("刘春燕").await;
    rider.press("出示付款码").await;
    rider.wait(".square path").await;
    rider.wait_for_text("只能用一次").await;
    let shown = rider.text(".digits").await;
    let code: String = shown.chars().filter(char::is_ascii_digit).collect();
    clerk.fill("#code", &code).await;
    clerk.fill("#points", "2").await;
    clerk.click("main .form .go").await;
    clerk.wait(".success").await;
    clerk.go("/yuhong/counter/till").await;
    clerk.wait("[data-newest]").await;
    let photo = NamedTempFile::with_suffix(".jpg").expect("a file");
    std::fs::write(photo.path(), jpeg(&pictured(23), 90)).expect("a photo");
    rider.go("/yuhong/hazards").await;
    rider
        .fill("#photo", photo.path().to_str().expect("a path"))
        .await;
    rider.wait("img.shown").await;
    rider.click("[name=category][value=fire]").await;
    rider.press("我已停好车").await;
    rider.wait_for_text("已收到").await;
    rider.wait("img.photo").await;
    // Without a position there is no patrol, and it says so.
    rider.go("/yuhong/patrol").await;
    rider
        .click("[data-press]:not([data-press=end]):not([hidden])")
        .await;
    rider.wait_for_text("没有定位成功").await;
    sound(&[&rider, &clerk]).await;
}

/// Where a browser was made without the API for names, they are made all the same; where nothing is kept, it is kept while the page is shown.
pub async fn scripts_have_what_an_old_browser_lacks(scene: &Scene) {
    let rider = inside_an_app(scene).await;
    rider.enter("赵立军").await;
    let made = "localStorage.setItem('a', 1); return [crypto.randomUUID(), crypto.randomUUID(), localStorage.getItem('a'), localStorage.getItem('b')]";
    let made = rider.run(made).await;
    let name = made[0].as_str().unwrap_or_default();
    let id = uuid::Uuid::parse_str(name).expect("a name");
    assert_eq!((id.get_version_num(), name.len()), (4, 36));
    assert_ne!(made[0], made[1]);
    assert_eq!((&made[2], &made[3]), (&json!("1"), &Value::Null));
}

/// The public notice is everybody's: who has logged in keeps their places on it, and nobody is sent away.
pub async fn the_public_notice_keeps_a_visitors_places(scene: &Scene) {
    let visitor = scene.phone().await;
    for (name, places) in [("赵立军", 5), ("张敏", 6)] {
        visitor.enter(name).await;
        visitor.go("/yuhong/notice").await;
        visitor.wait("main h1").await;
        let found = visitor
            .run("return document.querySelectorAll('nav.places li').length")
            .await;
        assert!(found.as_u64() >= Some(places), "{name}: {found}");
    }
    visitor.cdp("Network.clearBrowserCookies", json!({})).await;
    visitor.go("/yuhong/notice").await;
    visitor.wait("main h1").await;
    assert_eq!(visitor.path().await, "/yuhong/notice");
    let places = "return document.querySelector('nav.places') === null";
    assert_eq!(visitor.run(places).await, true);
    sound(&[&visitor]).await;
}
