//! Every file under `policies/` is read, and its own cases pass.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::Policy;

pub fn all() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
    let mut files = Vec::new();
    let entries = |folder: &Path| {
        let entries = fs::read_dir(folder).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.collect::<Vec<_>>()
    };
    let programs = entries(&root).into_iter().filter(|path| path.is_dir());
    for path in programs.flat_map(|program| entries(&program)) {
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let source = fs::read_to_string(&path).expect("a readable policy");
            files.push((path, source));
        }
    }
    files.sort();
    files
}

pub fn policy(name: &str) -> Policy {
    let file = format!("{name}.toml");
    let (_, source) = all()
        .into_iter()
        .find(|(path, _)| path.ends_with(&file))
        .expect(name);
    Policy::parse(&file, &source).expect(name)
}

#[test]
fn every_policy_passes_its_own_cases() {
    let files = all();
    assert!(files.len() >= 4);
    for (path, source) in files {
        let path = path.display().to_string();
        let policy = Policy::parse(&path, &source).unwrap_or_else(|errors| panic!("{errors}"));
        let cases = policy.run_cases();
        assert!(cases.len() >= 5, "{path}");
        for case in cases {
            if let Err(differences) = case.outcome {
                panic!("{path}:{}: {}: {differences:#?}", case.line, case.name);
            }
        }
        assert_eq!(policy.digest(), crate::ids::sha256_hex(source.as_bytes()));
        assert_eq!(policy.source(), source);
    }
}
