//! `jifen import`, end to end.

use std::io::Write;
use std::process::{Output, Stdio};

use tests::backend::Database;
use tests::on_both;
use tests::server::jifen;

use super::{begin_lasting, everything, file, patrol, service};

/// Runs it with this file on its standard input, or with this answer to its question.
fn run(db: &Database, arguments: &[&str], input: &str) -> (bool, String, String) {
    let mut child = jifen()
        .arg("import")
        .args(arguments)
        .args(["--database-url", &db.url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever refuses its arguments has gone before it reads.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.success(), text(stdout), text(stderr))
}

on_both! {
    async fn the_console_shows_asks_and_imports(db: Database) {
        let story = begin_lasting(&db).await;
        let text = file(&[service(&story, 0, "a", 100), service(&story, 0, "b", 100), patrol(&story, 1, "p", 60)]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("march.csv");
        std::fs::write(&path, &text).unwrap();
        let path = path.to_str().unwrap();

        let before = everything(&db, &story).await;
        let (fine, out, err) = run(&db, &["awards", path, "--preview"], "");
        assert!(fine, "{out}{err}");
        let member = story.members[0];
        for line in [
            format!("    2     100.00  new      {member}  骑手 1"),
            format!("    3      20.00  new      {member}  骑手 1  100.00 cut by service/member-day"),
            format!("    4      30.00  new      {}  骑手 2  submitted", story.members[1]),
            "UTF-8: 3 new lines, 150.00 points; 0 already there".to_owned(),
        ] {
            assert!(out.lines().any(|told| told == line), "{line}\n{out}");
        }
        let (fine, _, err) = run(&db, &["awards", path], "n\n");
        assert!(!fine && err.contains("all of them or none? [y/N] Nothing was imported."), "{err}");
        let (fine, _, err) = run(&db, &["awards", "-"], &text);
        assert!(!fine && err.contains("--preview or --yes"), "{err}");
        assert_eq!(everything(&db, &story).await, before);

        let (fine, out, err) = run(&db, &["awards", path], "y\n");
        assert!(fine && out.ends_with("Imported: 3 new lines, 150.00 points; 0 already there\n"), "{out}{err}");
        assert_eq!(story.available(0).await, 12_000);
        let after = everything(&db, &story).await;
        let (fine, out, err) = run(&db, &["awards", "-", "--yes"], &text);
        assert!(fine && out.contains("already there") && out.ends_with("Nothing is new.\n"), "{out}{err}");

        let wrong = text.replace("G-7", "七号 网格");
        let (fine, out, _) = run(&db, &["awards", "-", "--yes"], &wrong);
        assert!(!fine, "{out}");
        let told = "line 4, column 网格: expected a code of at most 64 letters, digits and -_.:/, found \"七号 网格\"";
        assert!(out.contains(told) && out.ends_with("1 errors: nothing was imported.\n"), "{out}");
        let (fine, _, err) = run(&db, &["awards", "no-such.csv"], "");
        assert!(!fine && err.contains("cannot read no-such.csv"), "{err}");
        assert_eq!(everything(&db, &story).await, after);

        let (fine, out, err) = run(&db, &["members", "-", "--yes"], "工号,姓名\nR-1,赵立军\n");
        assert!(fine && out.ends_with("Imported: 1 new lines; 0 already there\n"), "{out}{err}");
        let (fine, out, err) = run(&db, &["merchants", "-", "--yes"], "编号,商户,门店,地址\nS-1,沙县,一店,银山路\n");
        assert!(fine && out.ends_with("Imported: 1 new lines; 0 already there\n"), "{out}{err}");
        story.sound_books(&db).await;
    }
}
