//! What holds for every page: nothing that keeps somebody from using it, no complaint in the console, little to load.

use std::collections::BTreeMap;

use serde_json::json;
use tests::backend::Backend;
use tests::chromium::Chromium;
use tests::soak;

use super::crawl::{DESKS, DOOR, RIDERS_AND_COUNTERS, crawl, faults};
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

/// What is wrong with a page, read in each of these ways.
async fn wrongs(browser: &Chromium, path: &str) -> Vec<String> {
    let mut wrongs = Vec::new();
    for (language, size, width) in readings() {
        browser.read_as(language, size).await;
        browser.resize(width, 740).await;
        browser.go(path).await;
        let named = |what: &str| format!("{path} ({language}, {size}, {width}): {what}");
        let found = faults(browser).await;
        wrongs.extend(found.iter().map(|one| named(one)));
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

/// Looks at one page of each route that these people come to, or that lies at the start.
async fn walk(browser: &Chromium, people: &[&str], start: &[&str]) {
    let mut wrongs = Vec::new();
    let look = async |path: &str| wrongs.extend(self::wrongs(browser, path).await);
    let seen = crawl(browser, people, start, look).await;
    assert!(seen.len() > 3, "{seen:?}");
    assert_eq!(wrongs, Vec::<String>::new(), "of {} routes", seen.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_can_use_every_page_of_riders_and_counters() {
    let db = Backend::Sqlite.fresh().await;
    let server = demo(&db).await;
    let browser = Chromium::start(server.base_url()).await;
    walk(&browser, &RIDERS_AND_COUNTERS, &DOOR).await;
    must_be_light(&browser, server.base_url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_can_use_every_page_of_a_desk() {
    let db = Backend::Sqlite.fresh().await;
    let server = demo(&db).await;
    let browser = Chromium::start(server.base_url()).await;
    walk(&browser, &DESKS, &[]).await;
}
