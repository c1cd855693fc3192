//! The workspace builds one binary, leaves no crate out, and gives a reason for each ban.

use std::process::Command;

use serde_json::{Value, json};

use super::source::{file, root};

#[test]
fn there_is_one_binary() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let metadata = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&metadata.stderr);
    assert!(metadata.status.success(), "{errors}");
    let metadata = serde_json::from_slice(&metadata.stdout).unwrap();
    assert_eq!(binaries(&metadata), ["jifen"]);
}

/// With default-members, clippy and the tests would pass over the other crates in silence.
#[test]
fn no_crate_is_left_out_by_default() {
    let manifest = file("Cargo.toml").unwrap();
    assert!(!has_default_members(&manifest.text));
}

#[test]
fn each_ban_has_its_reason() {
    if let Some(clippy) = file("clippy.toml") {
        let without = bans_without_reason(&clippy.text);
        assert!(without.is_empty(), "clippy.toml: no reason: {without:?}");
    }
}

fn binaries(metadata: &Value) -> Vec<&str> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages
        .flat_map(|package| package["targets"].as_array().into_iter().flatten())
        .filter(|target| target["kind"] == json!(["bin"]))
        .filter_map(|target| target["name"].as_str())
        .collect()
}

fn has_default_members(manifest: &str) -> bool {
    let manifest: toml::Table = manifest.parse().unwrap();
    manifest["workspace"].get("default-members").is_some()
}

/// Entries of clippy.toml's `disallowed-…` lists that are a bare path, or whose reason is empty.
fn bans_without_reason(clippy: &str) -> Vec<String> {
    let clippy: toml::Table = clippy.parse().unwrap();
    let lists = clippy
        .iter()
        .filter(|(key, _)| key.starts_with("disallowed-"));
    let entries = lists.flat_map(|(_, list)| list.as_array().into_iter().flatten());
    let has_reason = |entry: &&toml::Value| {
        let reason = entry.get("reason").and_then(toml::Value::as_str);
        reason.is_some_and(|reason| !reason.trim().is_empty())
    };
    let without = entries.filter(|entry| !has_reason(entry));
    without.map(toml::Value::to_string).collect()
}

#[test]
fn a_second_binary_is_found() {
    let metadata = json!({ "packages": [
        { "targets": [{ "kind": ["lib"], "name": "ledger" }, { "kind": ["bin"], "name": "extra" }] },
        { "targets": [{ "kind": ["bin"], "name": "jifen" }, { "kind": ["test"], "name": "it" }] },
    ]});
    assert_eq!(binaries(&metadata), ["extra", "jifen"]);
}

#[test]
fn default_members_are_found() {
    assert!(has_default_members("[workspace]\ndefault-members = []"));
    assert!(!has_default_members("[workspace]\nmembers = []"));
}

#[test]
fn a_ban_without_reason_is_found() {
    let text = r#"
        disallowed-methods = [{ path = "a", reason = "so" }, { path = "b" }, "c"]
        disallowed-types = [{ path = "d", reason = " " }]
        allow-unwrap-in-tests = true
    "#;
    assert_eq!(bans_without_reason(text).len(), 3);
}
