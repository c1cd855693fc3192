//! Documents name what exists, and both databases have the same migrations.

use std::collections::BTreeSet;

use super::source::{file, files, root};

const DOCUMENTS: [&str; 3] = ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md"];
const FOLDERS: [&str; 6] = ["ledger", "api", "tests", "migrations", "policies", ".ci"];

#[test]
fn docs_name_what_exists() {
    let exists = |path: &str| root().join(path).exists();
    let documents = DOCUMENTS.into_iter().filter_map(file);
    let missing: Vec<String> = documents
        .flat_map(|document| missing_paths(&document.path, &document.text, exists))
        .collect();
    assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database: &str| {
        let folder = format!("migrations/{database}");
        let files = files(&folder, ".sql").into_iter();
        let name = |path: String| path[folder.len() + 1..].to_owned();
        files.map(|file| name(file.path)).collect::<BTreeSet<_>>()
    };
    let (postgres, sqlite) = (names("postgres"), names("sqlite"));
    let lone = lone_names(&postgres, &sqlite);
    assert!(lone.is_empty(), "on one database only: {lone:?}");
}

/// Each path in backticks, outside fenced blocks, that is not there.
fn missing_paths(document: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut missing = Vec::new();
    let mut fenced = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for path in line.split('`').skip(1).step_by(2).filter_map(as_path) {
            if !exists(path) {
                missing.push(format!("{document}:{}: there is no {path}", number + 1));
            }
        }
    }
    missing
}

/// The span's first word, if it looks like a path of ours: `tests/run --soak` names `tests/run`;
/// `policies/<program>` is a pattern.
fn as_path(span: &str) -> Option<&str> {
    let path = span.split_whitespace().next()?;
    let ours = FOLDERS.iter().any(|folder| {
        let rest = path.strip_prefix(folder);
        rest.is_some_and(|rest| rest.starts_with(['/', '.']))
    });
    let is_file = [".rs", ".toml", ".md"]
        .iter()
        .any(|ending| path.ends_with(ending));
    let is_pattern = path.contains(['<', '*', '{', '…']) || path.contains("::");
    (ours && !is_pattern && (path.contains('/') || is_file)).then_some(path)
}

fn lone_names<'a>(one: &'a BTreeSet<String>, other: &'a BTreeSet<String>) -> Vec<&'a String> {
    one.symmetric_difference(other).collect()
}

#[test]
fn a_path_that_is_not_there_is_found() {
    let text = "\
See `ledger/src/points.rs`, `ledger/src/gone.rs:12` and `tests/run --soak`.
`api/gone/` `api::gone` `/v1/api/gone` `policies/<program>/x.toml` `migrations/*` `other/gone.rs`
```
`ledger/gone.rs`
```
`.ci/gone`, `ledger.toml`";
    let exists = |path: &str| ["ledger/src/points.rs", "tests/run"].contains(&path);
    let missing = missing_paths("README.md", text, exists);
    let expected = [
        "README.md:1: there is no ledger/src/gone.rs:12",
        "README.md:2: there is no api/gone/",
        "README.md:6: there is no .ci/gone",
        "README.md:6: there is no ledger.toml",
    ];
    assert_eq!(missing, expected);
}

#[test]
fn a_migration_of_one_database_only_is_found() {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let (one, other) = (names(&["0001_a.sql", "0002_b.sql"]), names(&["0001_a.sql"]));
    assert_eq!(lone_names(&one, &other), ["0002_b.sql"]);
    assert_eq!(lone_names(&other, &one), ["0002_b.sql"]);
    assert!(lone_names(&one, &one).is_empty());
}
