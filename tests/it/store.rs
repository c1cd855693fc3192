//! The databases refuse what the ledger must never do, whoever asks.

use std::fs;

use ledger::machine::Command;
use ledger::{Ledger, Options, prepare_all_statements};
use tests::backend::{Backend, Database};
use tests::books::Sql;
use tests::on_both;
use tests::story::{DAY, SERVICE, Story};

on_both! {
    async fn every_statement_prepares(db: Database) {
        Ledger::migrate(&db.url).await.unwrap();
        let (rooms, refused) = prepare_all_statements(&db.url).await.unwrap();
        assert!(refused.is_empty(), "\n{}\n", refused.join("\n"));
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../ledger/src/store");
        let written = fs::read_dir(folder).unwrap().filter(|entry| {
            let path = entry.as_ref().unwrap().path();
            path.is_file() && fs::read_to_string(path).unwrap().contains("\nstatements! {")
        });
        assert_eq!(rooms, written.count(), "a room of statements is not listed in ROOMS");
    }

    async fn migrating_twice_changes_nothing(db: Database) {
        let story = Story::begin(&db).await;
        let before = story.sound_books(&db).await;
        Ledger::migrate(&db.url).await.unwrap();
        assert_eq!(before, story.sound_books(&db).await);
    }

    /// SQLite takes 1,024 rows at a time.
    async fn rows_in_several_pieces_are_all_kept(db: Database) {
        let story = Story::begin(&db).await;
        story.later(1);
        story.enact("service", &SERVICE.replace("points = 120", "points = 9000")).await;
        for group in ["one", "two"] {
            let lines: Vec<_> = (0..1_000).map(|line| story.service_of(0, &format!("{group} {line}"), 1 + line % 5)).collect();
            let request = story.request(story.staff(0), Some(group));
            story.ledger.submit_awards(&request, &lines).await.unwrap();
        }
        assert_eq!(story.available(0).await, 600_000);
        let books = story.sound_books(&db).await;
        assert_eq!((books.lots.len(), books.awards.len()), (2_000, 2_000));
        story.later(31 * DAY);
        let command = Command::ExpireLots { member: story.members[0] };
        story.execute(story.admin(), None, command).await.unwrap();
        let books = story.clean(&db).await;
        assert!(books.lots.iter().all(|(_, _, _, opened, remaining, expired, ..)| *remaining == 0 && opened == expired));
    }

    async fn what_is_written_stays_written(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 10)).await.unwrap();
        let mut sql = Sql::connect(&db.url).await;
        for statement in [
            "UPDATE transfers SET recorded_at = 0",
            "DELETE FROM transfers",
            "UPDATE entries SET amount = amount + 1",
            "DELETE FROM entries",
            "UPDATE events SET receipt = ''",
            "DELETE FROM events",
        ] {
            let refusal = sql.run(statement).await.expect_err(statement);
            assert!(refusal.contains("append-only"), "{statement}: {refusal}");
        }
        if db.backend == Backend::Postgres {
            for statement in ["TRUNCATE transfers", "TRUNCATE entries", "TRUNCATE events"] {
                let refusal = sql.run(statement).await.expect_err(statement);
                assert!(refusal.contains("append-only"), "{statement}: {refusal}");
            }
        }
        story.sound_books(&db).await;
    }

    async fn what_cannot_be_is_refused(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 10)).await.unwrap();
        story.award(&story.service_of(1, "visit-2", 10)).await.unwrap();
        story.spend(0, 0, 5, false).await.unwrap();
        let mut sql = Sql::connect(&db.url).await;
        for statement in [
            "UPDATE accounts SET balance = -1 WHERE kind = 2",
            "UPDATE accounts SET balance = -1 WHERE kind = 11",
            "UPDATE accounts SET balance = -1 WHERE kind = 12",
            "UPDATE accounts SET balance = 1 WHERE kind = 1",
            "UPDATE accounts SET kind = 99",
            "UPDATE accounts SET version = -1",
            "UPDATE lots SET remaining = opened + 1",
            "UPDATE lots SET remaining = -1",
            "UPDATE lots SET owed = -1",
            "UPDATE counters SET used = -1",
            "UPDATE awards SET points = 0",
            "UPDATE awards SET state = 'lost'",
            "UPDATE redemptions SET captured = authorised + 1",
            "UPDATE redemptions SET refunded = captured + 1",
            "UPDATE redemption_lots SET returned = taken + 1",
            "INSERT INTO entries SELECT program_id, owner, kind, version, transfer_id, amount, balance_after FROM entries",
            "INSERT INTO entries SELECT program_id, owner, kind, version + 1000, transfer_id, amount, -1 FROM entries WHERE kind = 11",
            "INSERT INTO transfers SELECT * FROM transfers",
        ] {
            let refusal = sql.run(statement).await;
            assert!(refusal.is_err(), "{statement} was taken");
        }
        story.sound_books(&db).await;
    }
}

/// The log is folded in while commands go on, so it begins anew again and again instead of growing.
#[tokio::test]
async fn sqlite_folds_its_log_in_beside_the_writer() {
    let db = Backend::Sqlite.fresh().await;
    let story = Story::begin(&db).await;
    for line in 0..1_000 {
        let service = story.service_of(line % 3, &format!("visit-{line}"), 10);
        // The day's cap stops most of them; a rejection is written down too.
        let _ = story.award(&service).await;
    }
    let file = db
        .url
        .trim_start_matches("sqlite:")
        .trim_start_matches("//");
    let log = fs::metadata(format!("{file}-wal")).unwrap().len();
    assert!(log < 8_000_000, "{log} bytes");
    story.sound_books(&db).await;
}

/// Triggers can be dropped by whoever owns a table; the role that serves does not own it.
#[tokio::test]
async fn the_serving_role_may_not_rewrite_the_journal() {
    let db = Backend::Postgres.fresh().await;
    let story = Story::begin(&db).await;
    story
        .award(&story.service_of(0, "visit", 10))
        .await
        .unwrap();
    let mut sql = Sql::connect(&db.url).await;
    for table in ["transfers", "entries", "events", "origins"] {
        let disable: &'static str = format!("ALTER TABLE {table} DISABLE TRIGGER ALL").leak();
        sql.run(disable).await.unwrap();
    }
    sql.run("SET ROLE jifen_serve").await.unwrap();
    for statement in [
        "UPDATE transfers SET recorded_at = 0",
        "DELETE FROM transfers",
        "TRUNCATE transfers",
        "UPDATE entries SET amount = amount + 1",
        "DELETE FROM entries",
        "UPDATE events SET receipt = ''",
        "DELETE FROM events",
        "UPDATE origins SET actor = origin_id",
        "DELETE FROM origins",
        "DELETE FROM accounts",
        "DELETE FROM lots",
        "DELETE FROM awards",
        "UPDATE account_kinds SET may_be_negative = TRUE",
        "UPDATE policies SET source = ''",
        "DELETE FROM policies",
        "UPDATE _sqlx_migrations SET success = FALSE",
        "ALTER TABLE transfers ENABLE TRIGGER ALL",
        "DROP TABLE entries",
    ] {
        let refusal = sql.run(statement).await.expect_err(statement);
        let denied = refusal.contains("permission denied") || refusal.contains("must be owner");
        assert!(denied, "{statement}: {refusal}");
    }
    story.sound_books(&db).await;
}

/// A database's owner is seldom a superuser.
#[tokio::test]
async fn an_owner_who_is_no_superuser_can_migrate_and_serve() {
    let db = Backend::Postgres.fresh().await;
    let mut sql = Sql::connect(&db.url).await;
    let name = db.url.rsplit_once('/').expect("a database").1;
    let owner = format!("owner_{name}");
    for statement in [
        format!("CREATE ROLE {owner} LOGIN CREATEROLE"),
        format!("ALTER DATABASE {name} OWNER TO {owner}"),
        format!("ALTER SCHEMA public OWNER TO {owner}"),
    ] {
        sql.run(statement.leak()).await.unwrap();
    }
    let url = db.url.replace("jifen@", &format!("{owner}@"));
    Ledger::migrate(&url).await.unwrap();
    let ledger = Ledger::open(&url, Options::default()).await.unwrap();
    assert!(ledger.programs().await.unwrap().is_empty());
    ledger.close().await;
}
