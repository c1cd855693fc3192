//! What ARCHITECTURE.md promises about the code, checked by reading it.
//!
//! Each rule is a function from a file's path and text to its complaints, so that a test can show
//! that it bites.

mod documents;
mod source;
mod workspace;

use source::{Named, Source, files, module_of, paths};

/// The rooms of the ledger, lower ones first. A room may name its own rank and those below; one that
/// is not listed stands at the top with lib.rs, and so does what lib.rs defines.
const ROOMS: [&[&str]; 6] = [
    &["points", "ids", "clock"],
    &["accounts", "journal", "lots"],
    &["machine", "policy", "community"],
    &["simulation"],
    &["store"],
    &["writer"],
];

/// Not even within their rank: (who, whom).
const NOT_EVEN: [(&str, &str); 1] = [("policy", "machine")];

const PURE: [&str; 5] = ["machine", "policy", "community", "simulation", "import"];
const FACES: [&str; 3] = ["http", "web", "open311"];

/// One file is to be read in one sitting.
const MOST_LINES: usize = 450;

#[test]
fn only_the_store_names_sqlx() {
    check(&["ledger", "api"], |path, text| {
        names_crate_only_at("sqlx", "ledger/src/store", path, text)
    });
}

#[test]
fn only_the_api_names_axum() {
    check(&["ledger", "api", "tests"], |path, text| {
        names_crate_only_at("axum", "api", path, text)
    });
}

#[test]
fn decisions_are_pure() {
    check(&["ledger/src"], stays_pure);
}

#[test]
fn imports_run_one_way() {
    check(&["ledger/src"], imports_downwards);
}

#[test]
fn the_ledger_does_not_know_the_api() {
    check(&["ledger"], |path, text| {
        complain(path, text, |named| {
            (named.len() > 1 && named[0] == "api").then_some("the ledger must not know the api")
        })
    });
}

#[test]
fn the_api_asks_the_ledger_not_its_store() {
    check(&["api"], knows_no_store);
}

#[test]
fn the_faces_do_not_know_each_other() {
    check(&["api/src"], knows_no_other_face);
}

#[test]
fn files_stay_readable() {
    check(&["ledger", "api", "tests"], stays_readable);
}

fn check(folders: &[&str], rule: impl Fn(&str, &str) -> Vec<String>) {
    let sources = folders.iter().flat_map(|folder| {
        let found = files(folder, ".rs");
        assert!(
            !found.is_empty(),
            "{folder} holds no code: is it elsewhere now?"
        );
        found
    });
    let complaints: Vec<String> = sources
        .flat_map(|Source { path, text }| rule(&path, &text))
        .collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// A complaint for each path that the rule has something to say about.
fn complain(
    path: &str,
    text: &str,
    rule: impl Fn(&[String]) -> Option<&'static str>,
) -> Vec<String> {
    let named = paths(text, &module_of(path)).into_iter();
    named
        .filter_map(|Named { line, segments }| {
            let why = rule(&segments)?;
            Some(format!("{path}:{line}: {}: {why}", segments.join("::")))
        })
        .collect()
}

/// Whether the path is this folder's, or the file's that a folder may begin as.
fn is_in(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
}

/// A crate and those that come with it: `axum`, `axum_extra`.
fn names_crate_only_at(krate: &str, home: &str, path: &str, text: &str) -> Vec<String> {
    if is_in(home, path) {
        return Vec::new();
    }
    complain(path, text, |named| {
        let rest = named[0].strip_prefix(krate);
        let family = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
        family.then_some("this crate has one home, and this is not it")
    })
}

fn stays_pure(path: &str, text: &str) -> Vec<String> {
    let pure = |room: &&str| is_in(&format!("ledger/src/{room}"), path);
    // Their tests may read the policies that the project ships.
    if !PURE.iter().any(pure) || path.contains("/tests/") {
        return Vec::new();
    }
    complain(path, text, |named| {
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        let says = |word: &str| named.contains(&word);
        match named[..] {
            ["std", "fs" | "env" | "net" | "process", ..] => Some("decisions do no I/O"),
            ["std" | "core", "time", ..] => Some("decisions read no clock"),
            ["crate", "store" | "writer", ..] => Some("decisions do no I/O"),
            [.., id, "new"] if id.ends_with("Id") => {
                Some("a new id is drawn at random: take it as a parameter, or derive it")
            }
            _ if says("tokio") => Some("decisions wait for nothing"),
            _ if says("Clock") => Some("decisions read no clock: take a Timestamp"),
            _ if says("getrandom") || says("random_bytes") => Some("decisions draw no chance"),
            _ => None,
        }
    })
}

fn imports_downwards(path: &str, text: &str) -> Vec<String> {
    let rank = |room: &str| {
        let listed = ROOMS.iter().position(|rooms| rooms.contains(&room));
        listed.unwrap_or(ROOMS.len())
    };
    let own_module = module_of(path);
    let own = own_module.get(1).map_or("lib", String::as_str);
    complain(path, text, |named| {
        let [krate, other, ..] = named else {
            return None;
        };
        if krate != "crate" || other == own {
            None
        } else if rank(other) > rank(own) {
            Some("a lower room names a higher one (ROOMS in tests/it/architecture.rs)")
        } else if NOT_EVEN.contains(&(own, other)) {
            Some("these two are of one rank, but the import runs the other way")
        } else {
            None
        }
    })
}

fn knows_no_store(path: &str, text: &str) -> Vec<String> {
    complain(path, text, |named| {
        let store = matches!(named, [krate, room, ..] if krate == "ledger" && room == "store");
        store.then_some("the store is the ledger's own affair")
    })
}

fn knows_no_other_face(path: &str, text: &str) -> Vec<String> {
    let own_module = module_of(path);
    let own = own_module.get(1).map_or("", String::as_str);
    if !FACES.contains(&own) {
        return Vec::new();
    }
    complain(path, text, |named| {
        let other = match named {
            [krate, room, ..] if krate == "crate" => room.as_str(),
            _ => return None,
        };
        (other != own && FACES.contains(&other))
            .then_some("the faces of the ledger do not know each other")
    })
}

fn stays_readable(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    if lines <= MOST_LINES {
        return Vec::new();
    }
    vec![format!(
        "{path}: {lines} lines, more than {MOST_LINES}: part it where its subject parts"
    )]
}

mod each_rule_bites {
    use super::*;

    /// The lines complained of, each once.
    fn lines(complaints: &[String]) -> Vec<usize> {
        let line = |complaint: &String| complaint.split(':').nth(1)?.parse().ok();
        let mut lines: Vec<usize> = complaints.iter().filter_map(line).collect();
        lines.dedup();
        lines
    }

    #[test]
    fn on_a_crate_away_from_home() {
        let text = "//! sqlx\nuse sqlx::Row;\n// sqlx\nfn f() -> sqlx_core::X { \"sqlx\" }";
        let rule = |path| names_crate_only_at("sqlx", "ledger/src/store", path, text);
        assert_eq!(lines(&rule("ledger/src/journal.rs")), [2, 4]);
        assert_eq!(lines(&rule("ledger/src/stores.rs")), [2, 4]);
        assert!(rule("ledger/src/store/mod.rs").is_empty());
        assert!(rule("ledger/src/store.rs").is_empty());
        let extra = names_crate_only_at("axum", "api", "ledger/src/x.rs", "use {axum_extra as a};");
        assert_eq!(lines(&extra), [1]);
        assert!(
            names_crate_only_at("axum", "api", "ledger/src/x.rs", "let axumuth = 1;").is_empty()
        );
    }

    #[test]
    fn on_each_impurity() {
        let impure = [
            "use tokio::sync::mpsc;",
            "use std::{collections::BTreeMap, fs};",
            "let home = std::env::var(HOME);",
            "use std::net::TcpStream;",
            "std::process::exit(1)",
            "use std::time::{Duration, Instant};",
            "fn f(clock: &Clock) {}",
            "use crate::{points, clock::Clock};",
            "use super::super::store::Store;",
            "crate::writer::submit()",
            "getrandom::fill(&mut bytes)",
            "use crate::ids::random_bytes;",
            "let id = AwardId::new(now);",
        ];
        for text in impure {
            for room in [
                "machine/award.rs",
                "policy/rules.rs",
                "community/deeds.rs",
                "machine.rs",
            ] {
                let path = format!("ledger/src/{room}");
                // In machine.rs, super::super leads nowhere.
                if room == "machine.rs" && text.contains("super") {
                    continue;
                }
                assert_eq!(lines(&stays_pure(&path, text)), [1], "{path}: {text}");
            }
            assert!(stays_pure("ledger/src/writer.rs", text).is_empty());
        }
        let pure = "use crate::clock::Timestamp; use std::collections::BTreeMap; Vec::new()";
        assert!(stays_pure("ledger/src/machine/award.rs", pure).is_empty());
    }

    #[test]
    fn on_an_import_upwards() {
        let upwards = [
            ("points.rs", "use crate::journal::Entry;"),
            ("clock.rs", "use crate::Ledger;"),
            ("lots.rs", "fn f(x: crate::machine::State) {}"),
            ("journal.rs", "use super::{points, policy};"),
            ("machine/award.rs", "use super::super::store;"),
            (
                "machine/mod.rs",
                "use crate::{points::Points,\nstore::Store};",
            ),
            ("policy/mod.rs", "use crate::machine::decide;"),
            ("store/postgres/mod.rs", "use crate::writer;"),
            ("writer.rs", "use crate::export::hledger;"),
        ];
        for (file, text) in upwards {
            let complaints = imports_downwards(&format!("ledger/src/{file}"), text);
            assert_eq!(complaints.len(), 1, "{file}: {text}: {complaints:?}");
        }
        let downwards = [
            (
                "journal.rs",
                "use crate::{points::Points, accounts::Account, ids};",
            ),
            (
                "machine/award.rs",
                "use crate::policy::Price; use super::State; use crate::lots::Lot;",
            ),
            ("points.rs", "mod tests { use super::*; }"),
            ("export/csv.rs", "use crate::{Ledger, store, writer};"),
            (
                "lib.rs",
                "use crate::writer::Writer; pub use self::export::x;",
            ),
        ];
        for (file, text) in downwards {
            let complaints = imports_downwards(&format!("ledger/src/{file}"), text);
            assert!(complaints.is_empty(), "{complaints:?}");
        }
    }

    #[test]
    fn on_faces_that_know_each_other_or_the_store() {
        let text = "use crate::state::State;\nuse crate::{web, open311::x};\nuse http::StatusCode;";
        assert_eq!(
            lines(&knows_no_other_face("api/src/http/awards.rs", text)),
            [2]
        );
        assert_eq!(lines(&knows_no_other_face("api/src/web.rs", text)), [2]);
        assert!(knows_no_other_face("api/src/commands/serve.rs", text).is_empty());
        let text = "use ledger::{points, store::Store};\nledger::store::x()";
        assert_eq!(lines(&knows_no_store("api/src/state.rs", text)), [1, 2]);
        assert!(knows_no_store("api/src/state.rs", "use ledger::{points, Ledger};").is_empty());
    }

    #[test]
    fn on_a_file_too_long() {
        assert!(stays_readable("a.rs", &"x\n".repeat(450)).is_empty());
        assert_eq!(stays_readable("a.rs", &"x\n".repeat(451)).len(), 1);
    }
}
