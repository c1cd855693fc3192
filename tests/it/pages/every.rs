//! What holds for every page: nothing that keeps somebody from using it, no complaint in the console, little to load.

use std::collections::BTreeMap;

use serde_json::{Value, json};
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
        let mut look = async |script: &str, what: &str| {
            let found = browser.run(script).await;
            let found: Vec<String> = serde_json::from_value(found).expect("texts");
            let told = found.iter().map(|text| named(&format!("{what} {text}")));
            wrongs.extend(told);
        };
        if language == "en" {
            look(UNTRANSLATED, "is not in English:").await;
        }
        if size == "large" {
            look(SMALL, "is too small:").await;
        }
    }
    wrongs
}

/// Buttons, labels and headings of an English page that are Chinese, but for what is called so on record.
const UNTRANSLATED: &str = "return [...document.querySelectorAll('main h1, main h2, main h3, main summary, main button, main a.button, main a.small, main label, main legend, main th, main dt, nav.places span, title')]
    .filter((e) => !e.closest('[lang=zh-CN], .person, [data-record]'))
    .map((e) => e.textContent.trim()).filter((text) => /^[\\u4e00-\\u9fff\\s，。：]+$/.test(text))";

/// In 大字, what is written smaller than 18 px, or pressed on less than 60 px of height. Links in the midst of text are as high as it; charts are told
/// by a table beside them.
const SMALL: &str = "const box = (e) => e.getBoundingClientRect();
    const shown = (e) => box(e).height > 0 && e.checkVisibility({ visibilityProperty: true }) && !e.closest('.unseen, .skip');
    const name = (e) => `${e.tagName} ${e.className} ${e.textContent.trim().slice(0, 20)}`;
    const low = [...document.querySelectorAll('a, button, select, textarea, summary, input:not([type=hidden], [type=checkbox], [type=radio])')]
      .filter((e) => shown(e) && !e.closest('svg') && getComputedStyle(e).display !== 'inline' && box(e).height < 59.5)
      .map((e) => `${name(e)} is ${box(e).height} px high`);
    const ticks = [...document.querySelectorAll('label:has(input)')].filter((e) => shown(e) && box(e).height < 59.5).map((e) => `${name(e)} is ${box(e).height} px high`);
    const small = [...document.querySelectorAll('body *')]
      .filter((e) => shown(e) && !e.closest('svg, script') && [...e.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim()))
      .filter((e) => parseFloat(getComputedStyle(e).fontSize) < 18)
      .map((e) => `${name(e)} is written in ${getComputedStyle(e).fontSize}`);
    return [...new Set([...low, ...ticks, ...small])]";

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

/// A browser offers to install a rider's pages: it finds all that it wants in the manifest.
async fn must_be_installable(browser: &Chromium) {
    browser.go("/yuhong/me").await;
    let found = browser.cdp("Page.getAppManifest", json!({})).await;
    let manifest: Value = found["data"]
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok())
        .expect("a manifest");
    assert_eq!(found["errors"], json!([]));
    assert_eq!(manifest["start_url"], "/yuhong/me");
    let wanting = browser.cdp("Page.getInstallabilityErrors", json!({})).await;
    assert_eq!(wanting["installabilityErrors"], json!([]));
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
    must_be_installable(&browser).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_can_use_every_page_of_a_desk() {
    let db = Backend::Sqlite.fresh().await;
    let server = demo(&db).await;
    let browser = Chromium::start(server.base_url()).await;
    walk(&browser, &DESKS, &[]).await;
}
