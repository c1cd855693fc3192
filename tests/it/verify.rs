//! `verify` finds nothing in what the ledger wrote, and whatever else somebody wrote.

use ledger::verify::{Problem, Report};
use tests::backend::{Backend, Database};
use tests::books::Sql;
use tests::on_both;
use tests::story::Story;

use crate::chronicle;

/// One row spoilt: in which table, how, and of which invariant what no longer holds.
struct Spoilt {
    table: &'static str,
    how: &'static str,
    invariant: u8,
    says: &'static str,
}

macro_rules! spoilt {
    ($($invariant:literal $table:literal $says:literal by $how:literal;)+) => {
        const SPOILT: &[Spoilt] = &[$(Spoilt { table: $table, how: $how, invariant: $invariant, says: $says }),+];
    };
}

spoilt! {
    1 "entries" "every transfer sums to zero per commodity"
        by "UPDATE entries SET amount = amount + 1, balance_after = balance_after + 1 WHERE kind = 20 AND version = 1";
    1 "entries" "the whole journal sums to zero per commodity"
        by "UPDATE entries SET amount = amount + 1, balance_after = balance_after + 1 WHERE kind = 20 AND version = 1";
    1 "entries" "every transfer has two entries or more" by "DELETE FROM entries WHERE kind = 20 AND version = 1";
    1 "transfers" "every entry belongs to a transfer" by "DELETE FROM transfers WHERE kind = 'capture'";
    2 "entries" "an account's entries follow each other in version, balance and time"
        by "UPDATE entries SET version = 1000 WHERE kind = 2 AND version = 2";
    2 "entries" "an account's entries follow each other in version, balance and time"
        by "UPDATE entries SET balance_after = balance_after + 1 WHERE kind = 2 AND version = 2";
    2 "transfers" "an account's entries follow each other in version, balance and time"
        by "UPDATE transfers SET recorded_at = recorded_at + 1000000 WHERE kind = 'capture'";
    2 "entries" "a balance is the sum of its account's entries" by "DELETE FROM entries WHERE kind = 11 AND version = 2";
    2 "accounts" "a balance is the sum of its account's entries" by "UPDATE accounts SET balance = balance + 1 WHERE kind = 4";
    2 "accounts" "a balance is the sum of its account's entries" by "DELETE FROM accounts WHERE kind = 4";
    2 "accounts" "a balance is that after its account's newest entry" by "UPDATE accounts SET version = version + 1 WHERE kind = 4";
    2 "accounts" "a balance is that after its account's newest entry" by "UPDATE accounts SET newest_at = 0 WHERE kind = 4";
    3 "accounts" "only the permitted kinds of account are below zero" by "UPDATE accounts SET balance = -1 WHERE kind = 12";
    3 "accounts" "only the permitted kinds of account are below zero" by "UPDATE accounts SET balance = 1 WHERE kind = 1";
    3 "entries" "only the permitted kinds of account were ever below zero"
        by "UPDATE entries SET balance_after = -1 WHERE kind = 11 AND version = 1";
    3 "account_kinds" "the chart of accounts is the one this build knows" by "DELETE FROM account_kinds WHERE kind = 32";
    4 "lots" "the open lots of a wallet sum to its balance" by "UPDATE lots SET remaining = remaining - 1 WHERE remaining > 0";
    4 "lots" "a lot holds no less than nothing and no more than it opened with" by "UPDATE lots SET expired = opened + 1";
    4 "lots" "what has left a lot was spent, expired, recovered or returned" by "UPDATE lots SET opened = opened + 1 WHERE reversed = 0";
    4 "lots" "a member's debt is what is owed on their lots" by "UPDATE lots SET owed = 1 WHERE reversed = 1";
    4 "lots" "what a budget can recover is owed on its lots" by "UPDATE lots SET owed = 1 WHERE reversed = 1";
    4 "lots" "breakage is what expired on lots that go to no budget" by "UPDATE lots SET to_budget = 1 - to_budget WHERE expired > 0";
    4 "lots" "what expired on lots that go to their budget was credited to it"
        by "UPDATE lots SET to_budget = 1 - to_budget WHERE expired > 0";
    4 "accounts" "breakage is what expired on lots that go to no budget" by "UPDATE accounts SET balance = balance + 1 WHERE kind = 4";
    4 "lots" "a lot expires as the terms of its award have it" by "UPDATE lots SET to_budget = 1 - to_budget WHERE expired = 0";
    4 "lots" "a lot expires as the terms of its award have it" by "UPDATE lots SET grace_seconds = grace_seconds + 1";
    4 "lots" "a lot expires as the terms of its award have it" by "UPDATE lots SET notice_days = 5";
    4 "lots" "a lot expires as the terms of its award have it" by "UPDATE lots SET expires_at = expires_at - 1";
    4 "lots" "a lot expires as the terms of its award have it" by "UPDATE lots SET expires_at = NULL";
    4 "redemptions" "a member's hold is that of their held redemptions"
        by "UPDATE redemptions SET authorised = authorised + 1 WHERE state = 'held'";
    4 "awards" "a member's pending is that of their awards on notice" by "UPDATE awards SET state = 'pending' WHERE state = 'rejected'";
    4 "redemptions" "a store accepted what was captured, not refunded and on no statement"
        by "UPDATE redemptions SET refunded = refunded + 1 WHERE refunded > 0";
    4 "statements" "a store's statements follow each other without a gap" by "DELETE FROM statements WHERE from_version = 1";
    4 "statements" "a store's statements follow each other without a gap"
        by "UPDATE statements SET from_version = from_version + 1 WHERE from_version > 1";
    4 "statements" "a statement is the sum of the entries it covers" by "UPDATE statements SET points = points + 1";
    4 "statements" "a statement was frozen and paid as it says" by "UPDATE statements SET amount = amount + 1 WHERE state = 'paid'";
    4 "statements" "a statement was frozen and paid as it says"
        by "UPDATE statements SET state = 'paid', paid_by = store_id, paid_at = 0, reference = 'x' WHERE state = 'frozen'";
    4 "statements" "a store is owed what is on its unpaid statements"
        by "UPDATE statements SET state = 'frozen', paid_by = NULL, paid_at = NULL, reference = NULL WHERE state = 'paid'";
    4 "statements" "a line is worth what its redemption is worth after it less what it was worth before" by "UPDATE statements SET rate = '85'";
    4 "statements" "a statement is approved and paid by another than who froze it"
        by "UPDATE statements SET paid_by = frozen_by WHERE state = 'paid'";
    4 "statements" "a statement is approved and paid by another than who froze it"
        by "UPDATE statements SET approved_by = frozen_by WHERE state = 'paid'";
    4 "statements" "a statement is the sum of its lines" by "UPDATE statements SET amount = amount + 1";
    4 "statement_lines" "a statement is the sum of its lines" by "UPDATE statement_lines SET amount = amount + 1";
    4 "statement_lines" "a statement has a line for each entry it covers, and no other" by "DELETE FROM statement_lines WHERE version = 1";
    4 "statement_lines" "a statement has a line for each entry it covers, and no other" by "UPDATE statement_lines SET points = points + 1";
    4 "statement_lines" "a fund pays for what it bears of a statement"
        by "UPDATE statement_lines SET bearer = 'in_kind', funder_id = NULL, rate = NULL, rounding = NULL";
    4 "statement_lines" "a line is worth what its redemption is worth after it less what it was worth before"
        by "UPDATE statement_lines SET rate = '85' WHERE points > 0";
    4 "redemptions" "a redemption's amounts agree with its state" by "UPDATE redemptions SET state = 'voided' WHERE state = 'captured'";
    4 "redemption_lots" "a redemption took what it holds or captured from lots"
        by "UPDATE redemption_lots SET returned = returned + 1 WHERE returned > 0";
    4 "redemption_lots" "what was taken came from a lot of the same member" by "UPDATE redemption_lots SET lot_id = redemption_id";
    5 "claims" "one key, one effect: an event or a rejection" by "UPDATE claims SET rejection = NULL";
    5 "claims" "one key, one effect: an event or a rejection" by "UPDATE claims SET rejection = '{}'";
    5 "events" "every transfer has its event" by "DELETE FROM events WHERE kind = 'redemption.void'";
    5 "transfers" "every receipt that tells of a transfer has it" by "DELETE FROM transfers WHERE kind = 'void'";
    6 "awards" "a vested award opened its lot, and no other did" by "UPDATE awards SET state = 'vested' WHERE state = 'rejected'";
    6 "lots" "a vested award opened its lot, and no other did" by "UPDATE lots SET reversed = 0";
    6 "awards" "every lot was opened by an award" by "DELETE FROM awards WHERE state = 'reversed'";
    6 "awards" "a vested award was credited with its points, and no other was" by "UPDATE awards SET points = points + 1";
    6 "awards" "every transfer of an award has the award" by "DELETE FROM awards WHERE state = 'reversed'";
    6 "awards" "a deed has one live award under a policy" by "UPDATE awards SET deed_id = program_id, policy = 'service'";
    6 "policies" "every policy version is what its digest says" by "UPDATE policies SET source = source || '# spoilt'";
    6 "policies" "every award is what its pinned policy makes of its deed" by "DELETE FROM policies WHERE name = 'patrol'";
    6 "awards" "every award is what its pinned policy makes of its deed" by "UPDATE awards SET points = points + 1";
    6 "awards" "every award is what its pinned policy makes of its deed" by "UPDATE awards SET rule = 'another'";
    6 "awards" "every award is what its pinned policy makes of its deed"
        by "UPDATE awards SET deed = replace(deed, '\"minutes\":100', '\"minutes\":101')";
    6 "awards" "every award is what its pinned policy makes of its deed"
        by "UPDATE awards SET trace = replace(trace, '\"used_before\":9000', '\"used_before\":8000')";
    6 "awards" "every award is what its pinned policy makes of its deed" by "UPDATE awards SET trace = 'no JSON'";
    6 "awards" "every award is what its pinned policy makes of its deed" by "UPDATE awards SET counted = '[]'";
    6 "award_requests" "a deed that is done asked for its award" by "DELETE FROM award_requests";
    6 "award_requests" "an award asked for and made is that of its deed" by "UPDATE award_requests SET award_id = deed_id WHERE state = 'awarded'";
    6 "counters" "a counter is what live awards counted on it" by "UPDATE counters SET used = used + 1 WHERE used > 0";
    6 "counters" "a counter is what live awards counted on it" by "DELETE FROM counters WHERE used = 10000";
}

const SAVE: &[(&str, &str, &str)] = &[
    (
        "entries",
        "CREATE TABLE saved_entries AS SELECT * FROM entries",
        "INSERT INTO entries SELECT * FROM saved_entries",
    ),
    (
        "transfers",
        "CREATE TABLE saved_transfers AS SELECT * FROM transfers",
        "INSERT INTO transfers SELECT * FROM saved_transfers",
    ),
    (
        "accounts",
        "CREATE TABLE saved_accounts AS SELECT * FROM accounts",
        "INSERT INTO accounts SELECT * FROM saved_accounts",
    ),
    (
        "account_kinds",
        "CREATE TABLE saved_kinds AS SELECT * FROM account_kinds",
        "INSERT INTO account_kinds SELECT * FROM saved_kinds",
    ),
    (
        "lots",
        "CREATE TABLE saved_lots AS SELECT * FROM lots",
        "INSERT INTO lots SELECT * FROM saved_lots",
    ),
    (
        "redemptions",
        "CREATE TABLE saved_redemptions AS SELECT * FROM redemptions",
        "INSERT INTO redemptions SELECT * FROM saved_redemptions",
    ),
    (
        "redemption_lots",
        "CREATE TABLE saved_takings AS SELECT * FROM redemption_lots",
        "INSERT INTO redemption_lots SELECT * FROM saved_takings",
    ),
    (
        "claims",
        "CREATE TABLE saved_claims AS SELECT * FROM claims",
        "INSERT INTO claims SELECT * FROM saved_claims",
    ),
    (
        "events",
        "CREATE TABLE saved_events AS SELECT * FROM events",
        "INSERT INTO events SELECT * FROM saved_events",
    ),
    (
        "awards",
        "CREATE TABLE saved_awards AS SELECT * FROM awards",
        "INSERT INTO awards SELECT * FROM saved_awards",
    ),
    (
        "policies",
        "CREATE TABLE saved_policies AS SELECT * FROM policies",
        "INSERT INTO policies SELECT * FROM saved_policies",
    ),
    (
        "statements",
        "CREATE TABLE saved_statements AS SELECT * FROM statements",
        "INSERT INTO statements SELECT * FROM saved_statements",
    ),
    (
        "statement_lines",
        "CREATE TABLE saved_lines AS SELECT * FROM statement_lines",
        "INSERT INTO statement_lines SELECT * FROM saved_lines",
    ),
    (
        "award_requests",
        "CREATE TABLE saved_requests AS SELECT * FROM award_requests",
        "INSERT INTO award_requests SELECT * FROM saved_requests",
    ),
    (
        "counters",
        "CREATE TABLE saved_counters AS SELECT * FROM counters",
        "INSERT INTO counters SELECT * FROM saved_counters",
    ),
];

const EMPTY: &[(&str, &str)] = &[
    ("entries", "DELETE FROM entries"),
    ("transfers", "DELETE FROM transfers"),
    ("accounts", "DELETE FROM accounts"),
    ("account_kinds", "DELETE FROM account_kinds"),
    ("lots", "DELETE FROM lots"),
    ("redemptions", "DELETE FROM redemptions"),
    ("redemption_lots", "DELETE FROM redemption_lots"),
    ("claims", "DELETE FROM claims"),
    ("events", "DELETE FROM events"),
    ("awards", "DELETE FROM awards"),
    ("policies", "DELETE FROM policies"),
    ("award_requests", "DELETE FROM award_requests"),
    ("counters", "DELETE FROM counters"),
    ("statements", "DELETE FROM statements"),
    ("statement_lines", "DELETE FROM statement_lines"),
];

/// Takes away what keeps the database itself from being spoilt, and keeps a copy of every table.
async fn lay_bare(db: &Database, sql: &mut Sql) {
    let postgres = [
        "DROP TRIGGER append_only ON transfers",
        "DROP TRIGGER append_only ON entries",
        "DROP TRIGGER append_only ON events",
        "DROP TRIGGER append_only ON statements",
        "DROP TRIGGER append_only ON statement_lines",
        "ALTER TABLE statement_lines DROP CONSTRAINT statement_lines_program_id_statement_id_fkey",
        "DO $$ DECLARE r record; BEGIN \
         FOR r IN SELECT conrelid::regclass AS home, conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace \
         LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.home, r.conname); END LOOP; END $$",
    ];
    let sqlite = [
        "DROP TRIGGER transfers_refuse_update",
        "DROP TRIGGER transfers_refuse_delete",
        "DROP TRIGGER entries_refuse_update",
        "DROP TRIGGER entries_refuse_delete",
        "DROP TRIGGER events_refuse_update",
        "DROP TRIGGER events_refuse_delete",
        "DROP TRIGGER statements_refuse_update",
        "DROP TRIGGER statements_refuse_delete",
        "DROP TRIGGER statement_lines_refuse_update",
        "DROP TRIGGER statement_lines_refuse_delete",
        "PRAGMA ignore_check_constraints = ON",
        "PRAGMA foreign_keys = OFF",
    ];
    let statements: &[&'static str] = match db.backend {
        Backend::Postgres => &postgres,
        Backend::Sqlite => &sqlite,
    };
    let saves = SAVE.iter().map(|(_, save, _)| *save);
    for statement in statements
        .iter()
        .copied()
        .chain(["DROP INDEX awards_of_deed"])
        .chain(saves)
    {
        sql.run(statement).await.unwrap();
    }
}

async fn restore(sql: &mut Sql, table: &str) {
    let (_, empty) = EMPTY.iter().find(|(name, _)| *name == table).unwrap();
    let (_, _, fill) = SAVE.iter().find(|(name, _, _)| *name == table).unwrap();
    sql.run(empty).await.unwrap();
    sql.run(fill).await.unwrap();
}

async fn verify(story: &Story) -> Report {
    story.ledger.verify(story.program, |_| {}).await.unwrap()
}

on_both! {
    async fn what_the_ledger_wrote_fits(db: Database) {
        let story = chronicle::tell(&db).await;
        let mut steps = 0;
        let report = story.ledger.verify(story.program, |_| steps += 1).await.unwrap();
        assert_eq!(report.problems, []);
        let checked = |invariant| report.checked.iter().filter(|c| c.invariant == invariant).map(|c| c.rows).sum::<u64>();
        for invariant in 1..=6 {
            assert!(checked(invariant) > 10, "invariant {invariant}: {} rows", checked(invariant));
        }
        assert!(steps > report.checked.len());
        story.sound_books(&db).await;
    }

    async fn whatever_else_was_written_is_found_and_named(db: Database) {
        let story = chronicle::tell(&db).await;
        let mut sql = Sql::connect(&db.url).await;
        lay_bare(&db, &mut sql).await;
        for Spoilt { table, how, invariant, says } in SPOILT {
            let changed = sql.run(how).await.unwrap();
            assert!(changed > 0, "nothing to spoil by {how}");
            let problems = verify(&story).await.problems;
            let found = problems.iter().any(|p| p.invariant == *invariant && p.says == *says);
            assert!(found, "{how}: expected {says:?}, found {problems:#?}");
            restore(&mut sql, table).await;
        }
        assert_eq!(verify(&story).await.problems, []);
    }

    async fn the_first_row_is_named_with_its_account(db: Database) {
        let story = chronicle::tell(&db).await;
        let mut sql = Sql::connect(&db.url).await;
        lay_bare(&db, &mut sql).await;
        sql.run("UPDATE accounts SET balance = balance + 7 WHERE kind = 4").await.unwrap();
        let problems = verify(&story).await.problems;
        let Problem { table, row, expected, found, .. } = &problems[0];
        assert_eq!((*table, row.as_str()), ("accounts", "program:breakage"));
        assert_eq!((expected.as_str(), found.as_str()), ("balance 12000, version 2", "balance 12007, version 2"));
    }

    async fn another_programme_is_another_matter(db: Database) {
        let spoilt = chronicle::tell(&db).await;
        let sound = Story::begin_as(&db, [7; 16]).await;
        let mut sql = Sql::connect(&db.url).await;
        sql.run("UPDATE accounts SET balance = balance + 1 WHERE kind = 4").await.unwrap();
        assert!(!verify(&spoilt).await.is_clean());
        assert_eq!(verify(&sound).await.problems, []);
    }
}
