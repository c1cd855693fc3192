//! Balances and statements as of any moment, against sums made the plain way.

use std::collections::BTreeSet;

use ledger::accounts::{Account, AccountKind};
use ledger::clock::Timestamp;
use ledger::ids::MemberId;
use ledger::machine::Command;
use ledger::views::{AsOf, OccurredFilter, StatementLine};
use ledger::{AwardRequest, Ledger};
use serde_json::Value;
use tests::backend::Database;
use tests::books::Sql;
use tests::http::Client;
use tests::on_both;
use tests::server::Server;
use tests::story::{DAY, HOUR, Story, deed};
use uuid::Uuid;

use crate::{chronicle, process};

/// An entry with the moments of its transfer.
#[derive(Clone, Copy, Debug)]
struct Known {
    account: Account,
    version: i64,
    amount: i64,
    occurred_at: Timestamp,
    recorded_at: Timestamp,
}

impl Known {
    fn moment(&self, by: AsOf) -> Timestamp {
        match by {
            AsOf::Recorded => self.recorded_at,
            AsOf::Occurred => self.occurred_at,
        }
    }
}

async fn entries(db: &Database, story: &Story) -> Vec<Known> {
    type Row = (Uuid, i64, i64, i64, i64, i64);
    let sql = "SELECT e.owner, e.kind, e.version, e.amount, t.occurred_at, t.recorded_at FROM entries e \
        JOIN transfers t ON t.program_id = e.program_id AND t.transfer_id = e.transfer_id \
        WHERE e.program_id = $1 ORDER BY e.owner, e.kind, e.version";
    let rows: Vec<Row> = Sql::connect(&db.url).await.rows(story.program, sql).await;
    let known = |(owner, kind, version, amount, occurred, recorded): Row| Known {
        account: Account {
            owner,
            kind: AccountKind::from_number(kind).unwrap(),
        },
        version,
        amount,
        occurred_at: Timestamp::from_micros(occurred),
        recorded_at: Timestamp::from_micros(recorded),
    };
    rows.into_iter().map(known).collect()
}

/// A deed of earlier, recorded now.
fn late(
    story: &Story,
    member: usize,
    reference: &str,
    seconds_ago: i64,
    minutes: i64,
) -> AwardRequest {
    let at = story.clock.now().plus_seconds(-seconds_ago);
    AwardRequest {
        member: story.members[member],
        deed: deed("volunteer_service", reference, at, minutes),
        policy: None,
        position: None,
    }
}

/// The chronicle, and deeds of the last weeks recorded in no order.
async fn told_late(db: &Database) -> Story {
    let story = chronicle::tell(db).await;
    for number in 0..12_i64 {
        story.later(HOUR * (1 + number % 3));
        let ago = (number * 7 % 25) * DAY + number * HOUR;
        let request = late(
            &story,
            number as usize % 3,
            &format!("late-{number}"),
            ago,
            5 + number,
        );
        story.award(&request).await.unwrap();
        if number % 4 == 0 {
            story.spend(number as usize % 3, 0, 3, true).await.unwrap();
        }
    }
    story
}

async fn held(
    ledger: &Ledger,
    story: &Story,
    account: Account,
    at: Timestamp,
    by: AsOf,
) -> (i64, i64) {
    let view = ledger
        .account_as_of(story.program, account, at, by)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(view.account, account);
    (view.balance.hundredths(), view.version)
}

async fn by_occurrence(
    story: &Story,
    account: Account,
    at: Timestamp,
    known: i64,
    page: i64,
) -> Vec<StatementLine> {
    let mut filter = OccurredFilter {
        at,
        known,
        before: None,
        kind: None,
        from: None,
        until: None,
        limit: page,
    };
    let mut lines: Vec<StatementLine> = Vec::new();
    loop {
        let more = story
            .ledger
            .statement_by_occurrence(story.program, account, &filter)
            .await
            .unwrap();
        let Some(last) = more.last() else {
            return lines;
        };
        filter.before = Some((last.occurred_at, last.version));
        lines.extend(more);
    }
}

on_both! {
    async fn what_was_known_and_what_was_true_differ_by_a_late_deed(db: Database) {
        let story = Story::begin(&db).await;
        let before = story.clock.now().plus_seconds(-1);
        story.award(&story.service_of(0, "visit-1", 30)).await.unwrap();
        story.later(10 * DAY);
        let meanwhile = story.clock.now();
        story.later(10 * DAY);
        story.award(&late(&story, 0, "visit-2", 15 * DAY, 20)).await.unwrap();
        story.spend(0, 0, 7, true).await.unwrap();
        let now = story.clock.now();

        let member = story.members[0];
        let ask = async |at, by| story.ledger.balance_as_of(story.program, member, at, by).await.unwrap().unwrap();
        for (at, by, hundredths) in [
            (before, AsOf::Recorded, 0),
            (before, AsOf::Occurred, 0),
            (meanwhile, AsOf::Recorded, 3_000),
            (meanwhile, AsOf::Occurred, 5_000),
            (now, AsOf::Recorded, 4_300),
            (now, AsOf::Occurred, 4_300),
        ] {
            let balance = ask(at, by).await;
            assert_eq!((balance.available.hundredths(), balance.as_of), (hundredths, at), "{by:?} {at}");
        }
        let lines = by_occurrence(&story, Account::wallet(member), now, i64::MAX, 50).await;
        let lines: Vec<(i64, i64)> = lines.iter().map(|l| (l.version, l.balance_after.hundredths())).collect();
        assert_eq!(lines, [(3, 4_300), (2, 5_000), (1, 3_000)]);
        let then = by_occurrence(&story, Account::wallet(member), meanwhile, i64::MAX, 50).await;
        let then: Vec<i64> = then.iter().map(|l| l.version).collect();
        assert_eq!(then, [2, 1]);
        let unknown = MemberId(Uuid::from_u128(1));
        for by in [AsOf::Recorded, AsOf::Occurred] {
            assert_eq!(story.ledger.balance_as_of(story.program, unknown, now, by).await.unwrap(), None);
        }
    }

    async fn every_account_at_every_moment_is_the_sum_of_its_entries(db: Database) {
        let story = told_late(&db).await;
        let entries = entries(&db, &story).await;
        let accounts: BTreeSet<Account> = entries.iter().map(|entry| entry.account).collect();
        let late = entries.iter().filter(|entry| entry.occurred_at < entry.recorded_at).count();
        assert!(accounts.len() > 10 && late > 20, "{} accounts, {late} late entries", accounts.len());
        for account in accounts {
            let own: Vec<&Known> = entries.iter().filter(|entry| entry.account == account).collect();
            for by in [AsOf::Recorded, AsOf::Occurred] {
                let moments: BTreeSet<i64> = own.iter().map(|entry| entry.moment(by).as_micros()).collect();
                for at in moments.iter().flat_map(|at| [at - 1, *at]).chain([0, i64::MIN, i64::MAX]) {
                    let at = Timestamp::from_micros(at);
                    let then = own.iter().filter(|entry| entry.moment(by) <= at);
                    let expected = (then.clone().map(|entry| entry.amount).sum(), then.count() as i64);
                    assert_eq!(held(&story.ledger, &story, account, at, by).await, expected, "{account} {by:?} {at}");
                }
            }
        }
    }

    async fn a_statement_by_occurrence_runs_in_that_order_whatever_the_page(db: Database) {
        let story = told_late(&db).await;
        let entries = entries(&db, &story).await;
        let now = story.clock.now();
        for account in [Account::wallet(story.members[0]), Account::wallet(story.members[1]), Account::budget(story.service)] {
            let mut own: Vec<&Known> = entries.iter().filter(|entry| entry.account == account).collect();
            own.sort_by_key(|entry| (entry.occurred_at, entry.version));
            let mut sum = 0;
            let mut expected: Vec<(i64, i64)> = own.iter().map(|entry| { sum += entry.amount; (entry.version, sum) }).collect();
            expected.reverse();
            for page in [1, 3, 200] {
                let lines = by_occurrence(&story, account, now, i64::MAX, page).await;
                let lines: Vec<(i64, i64)> = lines.iter().map(|l| (l.version, l.balance_after.hundredths())).collect();
                assert_eq!(lines, expected, "{account} in pages of {page}");
            }
            // What is recorded after the first page was read is not on the next.
            let known = own.len() as i64 - 3;
            let lines = by_occurrence(&story, account, now, known, 2).await;
            assert!(lines.len() as i64 == known && lines.iter().all(|line| line.version <= known));
        }
    }

    async fn as_of_now_is_the_present(db: Database) {
        let story = told_late(&db).await;
        story.later(40 * DAY);
        for &member in &story.members {
            // Nothing may have run out and still be in the books.
            let _ = story.execute(story.admin(), None, Command::ExpireLots { member }).await;
        }
        story.award(&story.service_of(0, "last", 40)).await.unwrap();
        story.spend(0, 1, 9, false).await.unwrap();
        let now = story.clock.now();
        for &member in &story.members {
            let mut present = story.ledger.balance(story.program, member, now).await.unwrap().unwrap();
            present.expiring.clear();
            for by in [AsOf::Recorded, AsOf::Occurred] {
                let then = story.ledger.balance_as_of(story.program, member, now, by).await.unwrap().unwrap();
                assert_eq!(then, present, "{by:?}");
            }
        }
        for view in story.ledger.accounts(story.program, None, 1_000).await.unwrap() {
            for by in [AsOf::Recorded, AsOf::Occurred] {
                let then = story.ledger.account_as_of(story.program, view.account, now, by).await.unwrap();
                assert_eq!(then, Some(view), "{by:?}");
            }
        }
        assert!(story.available(0).await > 0);
    }

    async fn the_api_answers_as_of_a_moment(db: Database) {
        let subject = process::prepare(&db.url).await;
        let server = Server::start(&db.url).await;
        let client = Client::new(server.base_url(), &subject.token);
        for key in ["a-1", "b-1", "c-1"] {
            subject.award(&client, key).await.unwrap();
        }
        let member = subject.members["a-1".len() % subject.members.len()].0;
        let get = async |rest: &str| client.get(&format!("/v1/members/{member}/{rest}")).await.unwrap();
        let available = async |query: &str| {
            let answer = get(&format!("balance?{query}")).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            answer.body["available"].as_str().unwrap().to_owned()
        };
        // They happened on the 6th of March and are recorded today.
        assert_eq!(available("as_of=2026-03-06T02:00:00Z").await, "0.00");
        assert_eq!(available("as_of=2026-03-06T02:00:00Z&by=occurred").await, "3.00");
        assert_eq!(available("as_of=2026-03-06T01:59:59Z&by=occurred").await, "0.00");
        assert_eq!(available("by=recorded").await, "3.00");
        let present = get("balance").await.body;
        assert!(present["expiring"].is_array() && present.get("by").is_none(), "{present}");
        for query in ["balance?as_of=2999-01-01T00:00:00Z", "statement?as_of=2999-01-01T00:00:00Z", "balance?by=hearsay", "statement?by=occurred&cursor=MTI"] {
            let answer = get(query).await;
            assert_eq!((answer.status, &answer.body["code"]), (400, &Value::from("invalid_query")), "{query}");
        }
        let empty = get("statement?as_of=2026-03-06T02:00:00Z").await;
        assert_eq!(empty.body["items"].as_array().unwrap().len(), 0);

        // Two pages of one state of knowledge, with an award recorded in between.
        let first = get("statement?by=occurred&limit=2").await.body;
        subject.award(&client, "d-1").await.unwrap();
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = get(&format!("statement?by=occurred&limit=2&cursor={cursor}")).await.body;
        let lines = |page: &Value| -> Vec<(i64, String)> {
            let line = |line: &Value| (line["version"].as_i64().unwrap(), line["balance_after"].as_str().unwrap().to_owned());
            page["items"].as_array().unwrap().iter().map(line).collect()
        };
        let told = [lines(&first), lines(&second)].concat();
        assert_eq!(told, [(3, "3.00".to_owned()), (2, "2.00".to_owned()), (1, "1.00".to_owned())]);
        assert!(second["next_cursor"].is_null());
    }
}
