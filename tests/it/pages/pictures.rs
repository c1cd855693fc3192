//! `tests/run --screenshots DIRECTORY`: every page as people see it, for somebody to look at.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tests::backend::Backend;
use tests::chromium::Chromium;

use super::crawl::{DESKS, DOOR, RIDERS_AND_COUNTERS, crawl, route_of};
use super::demo;

/// What the pictures are of: language, size, width.
const READINGS: [(&str, &str, u32); 5] = [
    ("zh", "normal", 360),
    ("zh", "normal", 768),
    ("zh", "normal", 1_280),
    ("en", "normal", 1_280),
    ("zh", "large", 360),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_pictured_where_that_was_asked_for() {
    let folder = std::env::var_os("JIFEN_PICTURES").filter(|folder| !folder.is_empty());
    let Some(folder) = folder.map(PathBuf::from) else {
        return;
    };
    let db = Backend::Sqlite.fresh().await;
    let server = demo(&db).await;
    let browser = Chromium::start(server.base_url()).await;
    let people = [RIDERS_AND_COUNTERS, DESKS].concat();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let picture = async |path: &str| {
        let route = route_of(path);
        let name = match route.trim_matches('/') {
            "" => "door".to_owned(),
            named => named.replace(['/', '*'], "-"),
        };
        // The same page as another sees it is numbered.
        let before = taken.entry(name.clone()).or_default();
        *before += 1;
        let name = match *before {
            1 => name,
            number => format!("{name}.{number}"),
        };
        for (language, size, width) in READINGS {
            browser.read_as(language, size).await;
            browser.resize(width, 740).await;
            browser.go(path).await;
            let file = folder.join(format!("{name}.{language}.{size}.{width}.png"));
            browser.picture(&file).await;
        }
    };
    let seen = crawl(&browser, &people, &DOOR, picture).await;
    assert!(seen.len() > 20, "{seen:?}");
}
