//! A backup made under load is the beginning of the journal, and a ledger goes on from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tests::backend::{Backend, Database};
use tests::books::{Books, Sql};
use tests::http::Client;
use tests::postgres::{self, Cluster};
use tests::server::{Server, jifen};
use tests::sqlite;
use tests::story::Story;
use uuid::Uuid;

use crate::process::{Subject, Told, gather, prepare};

/// Whether it succeeded, and all it said.
async fn run(mut command: Command) -> (bool, String) {
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.unwrap().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

/// Runs `jifen` with these arguments.
async fn says(arguments: &[&str]) -> (bool, String) {
    let mut command = jifen();
    command.args(arguments);
    run(command).await
}

async fn done(command: Command) -> String {
    let (success, said) = run(command).await;
    assert!(success, "{said}");
    said
}

async fn backup(url: &str, out: &Path) -> (bool, String) {
    says(&["backup", "--database-url", url, "--out", text(out)]).await
}

async fn restore(from: &Path, url: &str) -> (bool, String) {
    says(&["restore", "--from", text(from), "--database-url", url]).await
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| name(entry.unwrap())).collect();
    names.sort();
    names
}

/// Waits until so many more awards are on record, however slow the machine is.
async fn more_awards(url: &str, subject: &Subject, more: usize) {
    let mut sql = Sql::connect(url).await;
    let before = Books::read_from(&mut sql, subject.program).await;
    for _ in 0..600 {
        let now = Books::read_from(&mut sql, subject.program).await;
        if now.awards.len() >= before.awards.len() + more {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing is written");
}

/// The restored journal is where the live one once was: each account's first entries, each transfer with all of its own.
fn assert_prefix(restored: &Books, live: &Books) {
    type Entry = (Uuid, i64, i64, Uuid, i64, i64);
    let by_account = |books: &Books| {
        let mut accounts: BTreeMap<(Uuid, i64), Vec<Entry>> = BTreeMap::new();
        for entry in &books.entries {
            accounts.entry((entry.0, entry.1)).or_default().push(*entry);
        }
        accounts
    };
    let whole = by_account(live);
    for (account, entries) in by_account(restored) {
        let first = whole.get(&account).and_then(|all| all.get(..entries.len()));
        assert_eq!(Some(entries.as_slice()), first, "{account:?}");
    }
    let transfers: BTreeSet<Uuid> = restored.transfers.iter().map(|t| t.0).collect();
    let of_them = |books: &Books| -> BTreeSet<Entry> {
        let entries = books.entries.iter().copied();
        entries
            .filter(|entry| transfers.contains(&entry.3))
            .collect()
    };
    assert_eq!(
        of_them(restored),
        of_them(live),
        "a transfer is there in part"
    );
    assert_eq!(of_them(restored).len(), restored.entries.len());
    let kept: Vec<_> = live
        .transfers
        .iter()
        .filter(|t| transfers.contains(&t.0))
        .collect();
    assert_eq!(restored.transfers.iter().collect::<Vec<_>>(), kept);
}

/// What was told before the backup is told again, and what is new is taken.
async fn assert_goes_on(subject: &Subject, url: &str, told: &Told) {
    let before = Books::read_from(&mut Sql::connect(url).await, subject.program).await;
    let awards: BTreeSet<String> = before
        .awards
        .iter()
        .map(|award| award.0.to_string())
        .collect();
    let kept = told.iter().filter(|(_, answer)| {
        let id = answer["id"].as_str().unwrap_or_default();
        awards.contains(id)
    });
    let kept: Told = kept
        .map(|(key, answer)| (key.clone(), answer.clone()))
        .collect();
    assert!(!kept.is_empty(), "no answer is known of what was backed up");
    let server = Server::start(url).await;
    subject.ask_again(server.base_url(), &kept).await;
    let client = Client::new(server.base_url(), &subject.token);
    for key in ["after-1", "after-22", "after-333"] {
        assert!(
            subject.award(&client, key).await.is_some(),
            "{}",
            server.stderr()
        );
    }
    let after = Books::read_from(&mut Sql::connect(url).await, subject.program).await;
    after.assert_sound();
    assert_eq!(after.awards.len(), before.awards.len() + 3);
    assert_prefix(&before, &after);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_a_prefix_and_goes_on_when_restored() {
    let db = Backend::Sqlite.fresh().await;
    let subject = prepare(&db.url).await;
    let server = Server::start(&db.url).await;
    let stop = std::sync::Arc::default();
    let load = subject.load(server.base_url(), "l", &stop);
    more_awards(&db.url, &subject, 20).await;
    let place = sqlite::fresh_file();
    let copy = place.directory().join("copy 100% # 备份.sqlite");
    let (success, said) = backup(&db.url, &copy).await;
    assert!(success && said.contains("schema version"), "{said}");
    more_awards(&db.url, &subject, 20).await;
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    let told = gather(load).await;

    let bytes = fs::read(&copy).unwrap();
    let (success, said) = restore(&copy, &place.url).await;
    assert!(
        success && said.contains("awards, as their policies price them: holds"),
        "{said}"
    );
    assert_eq!(
        fs::read(&copy).unwrap(),
        bytes,
        "restoring changes no backup"
    );
    assert_eq!(
        names(place.directory()),
        ["copy 100% # 备份.sqlite", "jifen.sqlite"]
    );

    let live = Books::read_from(&mut Sql::connect(&db.url).await, subject.program).await;
    let restored = Books::read_from(&mut Sql::connect(&place.url).await, subject.program).await;
    restored.assert_sound();
    assert!(
        restored.transfers.len() < live.transfers.len(),
        "nothing was written meanwhile"
    );
    assert_prefix(&restored, &live);
    let (success, said) = says(&["verify", "--database-url", &place.url]).await;
    assert!(success, "{said}");
    assert_goes_on(&subject, &place.url, &told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_what_a_crash_left_holds_all_of_it() {
    let db = Backend::Sqlite.fresh().await;
    let subject = prepare(&db.url).await;
    let mut server = Server::start(&db.url).await;
    let client = Client::new(server.base_url(), &subject.token);
    assert!(subject.award(&client, "before").await.is_some());
    server.kill_9();
    let place = sqlite::fresh_file();
    let copy = place.directory().join("copy");
    let (success, said) = backup(&db.url, &copy).await;
    assert!(success, "{said}");
    let (success, said) = restore(&copy, &place.url).await;
    assert!(success, "{said}");
    // Nobody has served it yet.
    let again = place.directory().join("again");
    let (success, said) = backup(&place.url, &again).await;
    assert!(success, "{said}");
    let read =
        async |url: &str| Books::read_from(&mut Sql::connect(url).await, subject.program).await;
    assert_eq!(read(&db.url).await, read(&place.url).await);
    assert_eq!(
        read(&format!("sqlite://{}", again.display())).await,
        read(&db.url).await
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_overwritten_and_nothing_unsound_is_kept() {
    let db = Backend::Sqlite.fresh().await;
    let story = Story::begin(&db).await;
    story
        .award(&story.service_of(0, "visit", 10))
        .await
        .unwrap();
    let place = sqlite::fresh_file();
    let folder = place.directory();
    let (copy, bad) = (folder.join("copy"), folder.join("bad"));
    let refused = |(success, said): (bool, String), why: &str| {
        assert!(!success && said.contains(why), "expected {why:?}: {said}");
    };
    assert!(backup(&db.url, &copy).await.0);
    refused(backup(&db.url, &copy).await, "exists already");
    refused(restore(&copy, &db.url).await, "exists already");
    refused(backup(&place.url, &bad).await, "unable to open");
    refused(restore(&bad, &place.url).await, "no such file");

    // The log of a file that is gone would be read into the new one.
    let log = folder.join("jifen.sqlite-wal");
    fs::write(&log, "left over").unwrap();
    refused(restore(&copy, &place.url).await, "exists already");
    fs::rename(&log, folder.join("copy-wal")).unwrap();
    refused(restore(&copy, &place.url).await, "not to a backup");
    fs::remove_file(folder.join("copy-wal")).unwrap();

    fs::write(&bad, "no database").unwrap();
    refused(restore(&bad, &place.url).await, "is not a ledger");
    let mut bytes = fs::read(&copy).unwrap();
    // The page of the award: others are read before the pages are checked.
    let deed = bytes.windows(7).position(|text| text == b"\"visit\"");
    let page = deed.unwrap() / 4096 * 4096;
    bytes[page..page + 4096].fill(0xA5);
    fs::write(&bad, &bytes).unwrap();
    refused(restore(&bad, &place.url).await, "is damaged");

    // Sound pages, unsound books.
    let mut sql = Sql::connect(&db.url).await;
    sql.run("UPDATE accounts SET balance = balance + 1 WHERE kind = 4")
        .await
        .unwrap();
    let spoilt = "INSERT INTO accounts (program_id, owner, kind, balance, version, newest_at) SELECT program_id, owner, 4, 7, 1, 0 FROM accounts WHERE kind = 1";
    sql.run(spoilt).await.unwrap();
    refused(backup(&db.url, &folder.join("unsound")).await, "not kept");
    assert_eq!(names(folder), ["bad", "copy"]);
    let unsound = folder.join("unsound");
    let arguments = [
        "backup",
        "--database-url",
        &db.url,
        "--no-verify",
        "--out",
        text(&unsound),
    ];
    assert!(says(&arguments).await.0);
    refused(restore(&unsound, &place.url).await, "not kept");
    assert_eq!(names(folder), ["bad", "copy", "unsound"]);

    // An older schema is copied as it is, and said so.
    sql.run("DELETE FROM _sqlx_migrations WHERE version > 1")
        .await
        .unwrap();
    let (success, said) = backup(&db.url, &folder.join("older")).await;
    assert!(
        success && said.contains("the schema is version 1, this build's is"),
        "{said}"
    );
    let (success, said) = restore(&folder.join("older"), &place.url).await;
    assert!(success && said.contains("brings it to version"), "{said}");

    let postgres = "postgres://nobody@127.0.0.1:1/nothing";
    refused(backup(postgres, &folder.join("pg")).await, "pg_dump -Fc");
    refused(restore(&copy, postgres).await, "pg_restore");
}

/// By PostgreSQL's own tools, into another cluster, as README says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_of_postgres_under_load_goes_on_in_another_cluster() {
    let db = Backend::Postgres.fresh().await;
    let subject = prepare(&db.url).await;
    let server = Server::start(&db.url).await;
    let stop = std::sync::Arc::default();
    let load = subject.load(server.base_url(), "l", &stop);
    more_awards(&db.url, &subject, 20).await;
    let place = sqlite::fresh_file();
    let dump = place.directory().join("jifen.dump");
    let mut command = postgres::client("pg_dump");
    command.args(["-Fc", "--file", text(&dump), &db.url]);
    done(command).await;
    more_awards(&db.url, &subject, 20).await;
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    let told = gather(load).await;

    let cluster = Cluster::start();
    let url = cluster.url();
    let mut sql = Sql::connect(&url).await;
    sql.run("CREATE ROLE jifen_serve NOLOGIN").await.unwrap();
    sql.run("GRANT jifen_serve TO CURRENT_USER").await.unwrap();
    let mut command = postgres::client("pg_restore");
    command.args([
        "--exit-on-error",
        "--single-transaction",
        "--dbname",
        &url,
        text(&dump),
    ]);
    done(command).await;

    let live = Books::read(&db, subject.program).await;
    let restored = Books::read(&Database::at(&url), subject.program).await;
    restored.assert_sound();
    assert!(
        restored.transfers.len() < live.transfers.len(),
        "nothing was written meanwhile"
    );
    assert_prefix(&restored, &live);
    let (success, said) = says(&["verify", "--database-url", &url]).await;
    assert!(success, "{said}");
    for statement in [
        "UPDATE entries SET amount = amount + 1",
        "DELETE FROM transfers",
        "TRUNCATE events",
    ] {
        let refusal = sql.run(statement).await.expect_err(statement);
        assert!(refusal.contains("append-only"), "{statement}: {refusal}");
    }
    sql.run("SET ROLE jifen_serve").await.unwrap();
    for statement in [
        "UPDATE entries SET amount = amount + 1",
        "DELETE FROM accounts",
        "UPDATE policies SET source = ''",
    ] {
        let refusal = sql.run(statement).await.expect_err(statement);
        assert!(
            refusal.contains("permission denied"),
            "{statement}: {refusal}"
        );
    }
    assert_goes_on(&subject, &url, &told).await;
}
