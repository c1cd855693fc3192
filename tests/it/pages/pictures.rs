//! `tests/run --screenshots DIRECTORY`: every page as people see it, for somebody to look at.

use std::collections::BTreeSet;
use std::path::PathBuf;

use tests::backend::Backend;
use tests::chromium::Chromium;

use super::demo;
use super::every::{is_page, links, route_of};

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
    let mut seen = BTreeSet::new();
    for name in [
        "赵立军",
        "孙晓梅",
        "刘春燕",
        "张敏",
        "李红梅",
        "林志远",
        "赵婷",
        "关海龙",
        "何静",
    ] {
        browser.enter(name).await;
        let mut waiting = vec![
            "/".to_owned(),
            "/styleguide".to_owned(),
            browser.path().await,
        ];
        while let Some(path) = waiting.pop() {
            if !is_page(&path) || !seen.insert(route_of(&path)) {
                continue;
            }
            let name = route_of(&path).trim_matches('/').replace(['/', '*'], "-");
            for (language, size, width) in READINGS {
                browser.read_as(language, size).await;
                browser.resize(width, 740).await;
                browser.go(&path).await;
                let file = folder.join(format!("{name}.{language}.{size}.{width}.png"));
                browser.picture(&file).await;
            }
            waiting.extend(links(&browser).await);
        }
    }
    assert!(seen.len() > 20, "{seen:?}");
}
