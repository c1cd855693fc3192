//! Every page, by everybody who may come: as the table beside this file says.

use std::collections::BTreeMap;

use super::*;

const ROUTES: &str = include_str!("../mod.rs");
const TABLE: &str = include_str!("pages.txt");

/// The methods and paths of the router, as its source names them.
fn routes() -> Vec<(&'static str, &'static str)> {
    let calls = ROUTES.split(".route(").skip(1);
    let routes = calls.flat_map(|call| {
        let path = call.split('"').nth(1).expect("a path");
        let methods = [("GET", "get("), ("POST", "post(")];
        let taken = methods.into_iter().filter(|(_, name)| call.contains(name));
        taken.map(move |(method, _)| (method, path))
    });
    let mut routes: Vec<_> = routes.collect();
    // Whoever leaves is not in any more.
    routes.sort_by_key(|(_, path)| *path == "/leave");
    routes
}

async fn cell(browser: &Browser, method: &str, path: &str) -> char {
    let path = path
        .replace("{program}", "yuhong")
        .replace("{id}", &uuid::Uuid::nil().to_string())
        .replace("{file}", "page.css")
        .replace("{code}", "nothing")
        .replace("{provider}", "none");
    let answer = match method {
        "GET" => browser.get(&path).await,
        _ => browser.post(&path, "").await,
    };
    let outside = answer.location == "/yuhong/login";
    assert!(!answer.status.is_server_error(), "{path}: {}", answer.text);
    match answer.status == StatusCode::FORBIDDEN || outside {
        true => '-',
        false => '+',
    }
}

#[tokio::test]
async fn every_page_lets_in_whom_the_table_says() {
    let (pages, file) = pages().await;
    let mut browsers = vec![Browser::at_door(&pages).await];
    for name in ["赵立军", "刘春燕", "张敏", "何静"] {
        browsers.push(Browser::of(&pages, name).await);
    }
    let mut found = BTreeMap::new();
    for (method, path) in routes() {
        let mut cells = String::new();
        for browser in &browsers {
            cells.push(cell(browser, method, path).await);
        }
        found.insert(format!("{method} {path}"), cells);
    }
    assert!(found.len() > 30, "{found:?}");
    let lines = TABLE.lines().filter(|line| !line.starts_with(['#', ' ']));
    let expected: BTreeMap<String, String> = lines
        .map(|line| {
            let mut words = line.split_whitespace();
            let route = words.by_ref().take(2).collect::<Vec<_>>().join(" ");
            (route, words.collect())
        })
        .collect();
    let told = found
        .iter()
        .map(|(route, cells)| format!("{route} {cells}\n"));
    assert_eq!(found, expected, "{}", told.collect::<String>());
    std::fs::remove_dir_all(file).expect("the folder is ours");
}
