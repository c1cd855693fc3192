//! What holds for every page: nothing that keeps somebody from using it, no complaint in the console, little to load.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tests::backend::Backend;
use tests::chromium::Chromium;
use tests::soak;

use super::demo;

/// The most that a rider's first view may weigh, in compressed bytes.
const FIRST_VIEW: u64 = 60 * 1_024;

/// How somebody reads: language and size, as the cookies have it, and how wide their screen is.
type Reading = (&'static str, &'static str, u32);

/// One of each by default; all of them in a soak.
fn readings() -> Vec<Reading> {
    let few = vec![("zh", "normal", 1_280), ("en", "large", 360)];
    match soak() {
        true => few
            .into_iter()
            .chain([("en", "normal", 768), ("zh", "large", 360)])
            .collect(),
        false => few,
    }
}

/// The route of a path: what stands for one thing of many is a star.
pub fn route_of(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let parts = path.split('/').map(|part| {
        let named = part.len() >= 8 && part.bytes().any(|byte| byte.is_ascii_digit());
        if named { "*" } else { part }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Where the links of a page lead on this server, files left out.
pub async fn links(browser: &Chromium) -> Vec<String> {
    let script = "return [...document.querySelectorAll('a[href]:not([download])')].filter((a) => a.origin === location.origin).map((a) => a.pathname + a.search)";
    let found = browser.run(script).await;
    serde_json::from_value(found).expect("paths")
}

/// What is no page: the API and its description, files.
pub fn is_page(path: &str) -> bool {
    !(path.starts_with("/v1/")
        || path.starts_with("/docs")
        || path.starts_with("/assets/")
        || path.ends_with("/calendar"))
}

/// What is wrong with a page, read in each of these ways.
async fn wrongs(browser: &Chromium, path: &str) -> Vec<String> {
    let mut wrongs = Vec::new();
    for (language, size, width) in readings() {
        browser.read_as(language, size).await;
        browser.resize(width, 740).await;
        browser.go(path).await;
        let named = |what: &str| format!("{path} ({language}, {size}, {width}): {what}");
        let found = browser.violations().await;
        wrongs.extend(
            found
                .iter()
                .map(|one| named(&format!("{} {}", one.rule, one.found))),
        );
        let said = browser.complaints().await;
        wrongs.extend(said.iter().map(|one| named(one)));
        let wider = browser.run("return document.documentElement.scrollWidth > document.documentElement.clientWidth").await;
        if wider == Value::Bool(true) {
            wrongs.push(named("is wider than its screen"));
        }
        if language == "en" {
            let left = browser.run(UNTRANSLATED).await;
            let left: Vec<String> = serde_json::from_value(left).expect("texts");
            wrongs.extend(
                left.iter()
                    .map(|text| named(&format!("is not in English: {text}"))),
            );
        }
    }
    wrongs
}

/// Buttons, labels and headings of an English page that are Chinese, but for what is called so on record.
const UNTRANSLATED: &str = "return [...document.querySelectorAll('main button, main label, main legend, main th, main dt, nav.places span, title')]
    .filter((e) => !e.closest('[lang=zh-CN], .person, [data-record]'))
    .map((e) => e.textContent.trim()).filter((text) => /^[\\u4e00-\\u9fff\\s，。：]+$/.test(text))";

/// What a first visit to a page loads, by address, in bytes as they were sent.
async fn loaded(browser: &Chromium) -> BTreeMap<String, u64> {
    let script = "return Object.fromEntries([...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .map((entry) => [entry.name, entry.transferSize]))";
    serde_json::from_value(browser.run(script).await).expect("sizes")
}

/// A rider's first view is light, and asks nobody else.
async fn must_be_light(browser: &Chromium, base_url: &str) {
    browser.enter("赵立军").await;
    // As on a first visit: nothing was kept.
    browser.cdp("Network.clearBrowserCache", json!({})).await;
    browser
        .cdp("Network.setBypassServiceWorker", json!({ "bypass": true }))
        .await;
    browser.go("/yuhong/me").await;
    let loaded = loaded(browser).await;
    browser
        .cdp("Network.setBypassServiceWorker", json!({ "bypass": false }))
        .await;
    let elsewhere = loaded
        .keys()
        .filter(|address| !address.starts_with(base_url));
    assert_eq!(elsewhere.collect::<Vec<_>>(), Vec::<&String>::new());
    let sum: u64 = loaded.values().sum();
    assert!(sum > 5_000 && sum <= FIRST_VIEW, "{sum} bytes: {loaded:?}");
}

/// Follows every link from where each of these people begins, and looks at one page of each route.
async fn walk(browser: &Chromium, people: &[&str]) {
    let mut wrongs = Vec::new();
    let mut seen = BTreeSet::new();
    for name in people {
        browser.enter(name).await;
        let mut waiting = vec![browser.path().await];
        while let Some(path) = waiting.pop() {
            if !is_page(&path) || !seen.insert(route_of(&path)) {
                continue;
            }
            wrongs.extend(self::wrongs(browser, &path).await);
            waiting.extend(links(browser).await);
        }
    }
    assert!(seen.len() > 3, "{seen:?}");
    assert_eq!(wrongs, Vec::<String>::new(), "of {} routes", seen.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_can_use_every_page_of_riders_and_counters() {
    let db = Backend::Sqlite.fresh().await;
    let server = demo(&db).await;
    let browser = Chromium::start(server.base_url()).await;
    must_be_light(&browser, server.base_url()).await;
    walk(
        &browser,
        &[
            "赵立军",
            "孙晓梅",
            "周海波",
            "金永哲",
            "刘春燕",
            "周晓燕",
            "韩梅",
            "佟建国",
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_can_use_every_page_of_a_desk() {
    let db = Backend::Sqlite.fresh().await;
    let server = demo(&db).await;
    let browser = Chromium::start(server.base_url()).await;
    walk(
        &browser,
        &[
            "张敏",
            "李红梅",
            "林志远",
            "陈立波",
            "赵婷",
            "关海龙",
            "周敏",
            "何静",
        ],
    )
    .await;
}
