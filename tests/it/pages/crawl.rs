//! Every page by its links: who begins where, and what may be wrong with a page whatever it says.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::chromium::Chromium;

/// Riders, and who works at a counter.
pub const RIDERS_AND_COUNTERS: [&str; 8] = [
    "赵立军",
    "孙晓梅",
    "周海波",
    "金永哲",
    "刘春燕",
    "周晓燕",
    "韩梅",
    "佟建国",
];

/// Who works at a desk, or audits.
pub const DESKS: [&str; 8] = [
    "张敏",
    "李红梅",
    "林志远",
    "陈立波",
    "赵婷",
    "关海龙",
    "周敏",
    "何静",
];

/// What no page of theirs leads to: it is for who has not entered.
pub const DOOR: [&str; 4] = ["/", "/styleguide", "/yuhong/login", "/yuhong/invitation"];

/// Follows every link, first from these paths as nobody, then from where each of these people begins. Of each route a page is visited, and
/// once more wherever it has other forms for somebody else. Answers with the routes.
pub async fn crawl(
    browser: &Chromium,
    people: &[&str],
    start: &[&str],
    mut visit: impl AsyncFnMut(&str),
) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let nobody = (!start.is_empty()).then_some(None);
    for name in nobody.into_iter().chain(people.iter().map(Some)) {
        let mut waiting: Vec<String> = start.iter().map(|path| (*path).to_owned()).collect();
        if let Some(name) = name {
            browser.enter(name).await;
            waiting = vec![browser.path().await];
        }
        let mut own = BTreeSet::new();
        while let Some(path) = waiting.pop() {
            let route = route_of(&path);
            if !is_page(&path) || !own.insert(route.clone()) {
                continue;
            }
            browser.go(&path).await;
            if seen.insert((route, forms(browser).await)) {
                visit(&path).await;
            }
            waiting.extend(links(browser).await);
        }
    }
    seen.into_iter().map(|(route, _)| route).collect()
}

/// Where the forms of a page lead.
async fn forms(browser: &Chromium) -> BTreeSet<String> {
    let script = "return [...document.querySelectorAll('main form')].map((form) => new URL(form.getAttribute('action') ?? '', location).pathname)";
    let found: Vec<String> = serde_json::from_value(browser.run(script).await).expect("paths");
    found.iter().map(|path| route_of(path)).collect()
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
async fn links(browser: &Chromium) -> Vec<String> {
    let script = "return [...document.querySelectorAll('a[href]:not([download])')].filter((a) => a.origin === location.origin).map((a) => a.pathname + a.search)";
    let found = browser.run(script).await;
    serde_json::from_value(found).expect("paths")
}

/// What is no page: the API and its description, files.
fn is_page(path: &str) -> bool {
    !(path.starts_with("/v1/")
        || path.starts_with("/docs")
        || path.starts_with("/assets/")
        || path.ends_with("/calendar"))
}

/// What is wrong with a page as it stands: what axe-core finds, what the console said since it was last asked, and whether it is wider than
/// its screen.
pub async fn faults(browser: &Chromium) -> Vec<String> {
    let found = browser.violations().await;
    let found = found
        .iter()
        .map(|one| format!("{} {}", one.rule, one.found));
    let mut faults: Vec<String> = found.collect();
    faults.extend(browser.complaints().await);
    let wider =
        "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
    if browser.run(wider).await == Value::Bool(true) {
        faults.push("is wider than its screen".to_owned());
    }
    faults
}
