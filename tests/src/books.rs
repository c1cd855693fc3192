//! The rows of one programme, read without the ledger's own code, and what must be true of them.

use std::collections::{BTreeMap, BTreeSet};

use ledger::ids::ProgramId;
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, FromRow, PgConnection, SqliteConnection};
use uuid::Uuid;

use crate::backend::Database;
use crate::story::Story;

/// What a balance may be below zero in: issued, debt, accepted, bank (design of the chart of accounts).
const MAY_BE_NEGATIVE: [i64; 4] = [1, 13, 20, 30];
const BUDGET_OWED: i64 = 3;
const WALLET: i64 = 11;
const HOLD: i64 = 12;
const DEBT: i64 = 13;
const ACCEPTED: i64 = 20;
const SETTLING: i64 = 21;
const PAYABLE: i64 = 32;
/// From here on an account's number is of money, not of points.
const FIRST_CNY: i64 = 30;

type Key = (Uuid, i64);

/// Every row that makes up a programme's points, in order of key. Two ledgers that went through the same are equal.
#[derive(Debug, PartialEq)]
pub struct Books {
    /// Owner, kind, balance, version, newest entry's moment.
    pub accounts: Vec<(Uuid, i64, i64, i64, i64)>,
    /// Id, kind, subject, recorded at.
    pub transfers: Vec<(Uuid, String, Uuid, i64)>,
    /// Owner, kind, version, transfer, amount, balance after.
    pub entries: Vec<(Uuid, i64, i64, Uuid, i64, i64)>,
    /// Member, lot, budget, opened, remaining, expired, owed, reversed, expires at.
    pub lots: Vec<Lot>,
    /// Subject, window, cap, used.
    pub counters: Vec<(Uuid, i64, String, i64)>,
    /// Id, member, state, points, what it counted.
    pub awards: Vec<(Uuid, Uuid, String, i64, String)>,
    /// Id, member, store, state, authorised, captured, refunded.
    pub redemptions: Vec<(Uuid, Uuid, Uuid, String, i64, i64, i64)>,
    /// Redemption, position, lot, taken, returned.
    pub takings: Vec<(Uuid, i64, Uuid, i64, i64)>,
    /// Store, from version, through version, points, money, state.
    pub statements: Vec<(Uuid, i64, i64, i64, i64, String)>,
    /// Id, kind.
    pub events: Vec<(Uuid, String)>,
}

type Lot = (Uuid, Uuid, Uuid, i64, i64, i64, i64, i64, Option<i64>);

/// A row of either database.
pub trait Row: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin
{}

/// A connection of a test's own, as the database's owner.
#[derive(Debug)]
pub enum Sql {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Sql {
    /// # Panics
    /// When the database does not answer.
    pub async fn connect(url: &str) -> Self {
        if url.starts_with("postgres") {
            Self::Postgres(
                PgConnection::connect(url)
                    .await
                    .expect("PostgreSQL answers"),
            )
        } else {
            Self::Sqlite(
                SqliteConnection::connect(url)
                    .await
                    .expect("the file opens"),
            )
        }
    }

    /// All rows of a query about one programme (`$1`).
    ///
    /// # Panics
    /// When it fails.
    pub async fn rows<T: Row>(&mut self, program: ProgramId, sql: &'static str) -> Vec<T> {
        let rows = match self {
            Self::Postgres(connection) => {
                let query = sqlx::query_as(sql).bind(program.0);
                query.fetch_all(connection).await
            }
            Self::Sqlite(connection) => {
                let query = sqlx::query_as(sql).bind(program.0);
                query.fetch_all(connection).await
            }
        };
        rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Runs a statement without parameters; the error's text when it is refused.
    pub async fn run(&mut self, sql: &'static str) -> Result<u64, String> {
        match self {
            Self::Postgres(connection) => {
                let done = sqlx::query(sql).execute(connection).await;
                done.map(|done| done.rows_affected())
            }
            Self::Sqlite(connection) => {
                let done = sqlx::query(sql).execute(connection).await;
                done.map(|done| done.rows_affected())
            }
        }
        .map_err(|error| error.to_string())
    }
}

impl Story {
    /// Asserts that the ledger finds nothing wrong with its program, and that the books are sound; answers with them.
    ///
    /// # Panics
    /// When something is wrong.
    pub async fn clean(&self, db: &Database) -> Books {
        let report = self.ledger.verify(self.program, |_| {}).await;
        assert_eq!(report.expect("an answer").problems, []);
        self.sound_books(db).await
    }
}

impl Books {
    /// Reads them.
    pub async fn read(db: &Database, program: ProgramId) -> Self {
        Self::read_from(&mut Sql::connect(&db.url).await, program).await
    }

    /// Reads them over a connection at hand.
    pub async fn read_from(sql: &mut Sql, program: ProgramId) -> Self {
        Self {
            accounts: sql.rows(program, "SELECT owner, kind, balance, version, newest_at FROM accounts WHERE program_id = $1 ORDER BY owner, kind").await,
            transfers: sql.rows(program, "SELECT transfer_id, kind, subject, recorded_at FROM transfers WHERE program_id = $1 ORDER BY transfer_id").await,
            entries: sql.rows(program, "SELECT owner, kind, version, transfer_id, amount, balance_after FROM entries WHERE program_id = $1 ORDER BY owner, kind, version").await,
            lots: sql.rows(program, "SELECT member_id, lot_id, budget_id, opened, remaining, expired, owed, reversed, expires_at FROM lots WHERE program_id = $1 ORDER BY member_id, lot_id").await,
            counters: sql.rows(program, "SELECT subject, window_start, cap, used FROM counters WHERE program_id = $1 ORDER BY subject, window_start, cap").await,
            awards: sql.rows(program, "SELECT award_id, member_id, state, points, counted FROM awards WHERE program_id = $1 ORDER BY award_id").await,
            redemptions: sql.rows(program, "SELECT redemption_id, member_id, store_id, state, authorised, captured, refunded FROM redemptions WHERE program_id = $1 ORDER BY redemption_id").await,
            takings: sql.rows(program, "SELECT redemption_id, position, lot_id, taken, returned FROM redemption_lots WHERE program_id = $1 ORDER BY redemption_id, position").await,
            statements: sql.rows(program, "SELECT store_id, from_version, through_version, points, amount, state FROM statements WHERE program_id = $1 ORDER BY store_id, through_version").await,
            events: sql.rows(program, "SELECT event_id, kind FROM events WHERE program_id = $1 ORDER BY event_id").await,
        }
    }

    /// # Panics
    /// When an invariant does not hold; the message names every place.
    pub fn assert_sound(&self) {
        let problems = self.problems();
        assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
    }

    /// Whatever does not add up.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        self.transfers_balance(&mut problems);
        self.accounts_follow_from_entries(&mut problems);
        self.lots_make_wallets(&mut problems);
        self.redemptions_make_holds_and_sales(&mut problems);
        self.live_awards_make_counters(&mut problems);
        self.takings_fit(&mut problems);
        problems
    }

    /// Hundredths on an account; nothing when it was never opened.
    pub fn balance(&self, owner: Uuid, kind: i64) -> i64 {
        let of = |account: &&(Uuid, i64, i64, i64, i64)| (account.0, account.1) == (owner, kind);
        self.accounts.iter().find(of).map_or(0, |account| account.2)
    }

    fn transfers_balance(&self, problems: &mut Vec<String>) {
        let mut sums: BTreeMap<(Uuid, bool), i128> = BTreeMap::new();
        for (_, kind, _, transfer, amount, _) in &self.entries {
            *sums.entry((*transfer, *kind >= FIRST_CNY)).or_default() += i128::from(*amount);
        }
        for ((transfer, _), sum) in &sums {
            if *sum != 0 {
                problems.push(format!("transfer {transfer} sums to {sum}"));
            }
        }
        let posted: BTreeSet<Uuid> = sums.keys().map(|(transfer, _)| *transfer).collect();
        let listed: BTreeSet<Uuid> = self.transfers.iter().map(|transfer| transfer.0).collect();
        if posted != listed {
            problems.push("transfers and entries do not name the same transfers".to_owned());
        }
        let events: BTreeSet<Uuid> = self.events.iter().map(|event| event.0).collect();
        for transfer in &self.transfers {
            // The members of a group share the group's event.
            let grouped = self.events.iter().any(|event| event.1 == "group");
            if !events.contains(&transfer.0) && !grouped {
                problems.push(format!("transfer {} has no event", transfer.0));
            }
        }
    }

    fn accounts_follow_from_entries(&self, problems: &mut Vec<String>) {
        let recorded: BTreeMap<Uuid, i64> = self.transfers.iter().map(|t| (t.0, t.3)).collect();
        let mut running: BTreeMap<Key, (i64, i64, i64)> = BTreeMap::new();
        for (owner, kind, version, transfer, amount, after) in &self.entries {
            let name = format!("entry {version} of account {kind} of {owner}");
            let (balance, last, newest) = running.entry((*owner, *kind)).or_default();
            if *version != *last + 1 {
                problems.push(format!("{name} follows {last}"));
            }
            if *after != *balance + amount {
                problems.push(format!("{name} leaves {after}, not {balance} + {amount}"));
            }
            if *after < 0 && !MAY_BE_NEGATIVE.contains(kind) {
                problems.push(format!("{name} leaves {after}"));
            }
            let moment = recorded.get(transfer).copied().unwrap_or(0);
            if moment < *newest {
                problems.push(format!("{name} is recorded before the one before"));
            }
            (*balance, *last, *newest) = (*after, *version, moment);
        }
        for (owner, kind, balance, version, _) in &self.accounts {
            let (sum, last, _) = running.remove(&(*owner, *kind)).unwrap_or_default();
            if (sum, last) != (*balance, *version) {
                let found = format!("holds {balance} at version {version}");
                problems.push(format!(
                    "account {kind} of {owner} {found}; its entries say {sum} at {last}"
                ));
            }
        }
        for ((owner, kind), _) in running {
            problems.push(format!("account {kind} of {owner} has entries but no row"));
        }
    }

    fn lots_make_wallets(&self, problems: &mut Vec<String>) {
        let mut expected: BTreeMap<Key, i64> = BTreeMap::new();
        for (member, _, budget, _, remaining, _, owed, _, _) in &self.lots {
            *expected.entry((*member, WALLET)).or_default() += remaining;
            *expected.entry((*member, DEBT)).or_default() -= owed;
            *expected.entry((*budget, BUDGET_OWED)).or_default() += owed;
        }
        self.compare(&[WALLET, DEBT, BUDGET_OWED], &expected, "lots", problems);
    }

    fn redemptions_make_holds_and_sales(&self, problems: &mut Vec<String>) {
        let mut expected: BTreeMap<Key, i64> = BTreeMap::new();
        for (_, member, store, state, authorised, captured, refunded) in &self.redemptions {
            if state == "held" {
                *expected.entry((*member, HOLD)).or_default() += authorised;
            }
            *expected.entry((*store, ACCEPTED)).or_default() += captured - refunded;
        }
        for (store, _, _, points, amount, state) in &self.statements {
            *expected.entry((*store, ACCEPTED)).or_default() -= points;
            if state != "paid" {
                *expected.entry((*store, SETTLING)).or_default() += points;
                *expected.entry((*store, PAYABLE)).or_default() += amount;
            }
        }
        let kinds = [HOLD, ACCEPTED, SETTLING, PAYABLE];
        self.compare(&kinds, &expected, "redemptions and statements", problems);
        self.statements_cover_every_entry(problems);
    }

    /// Each entry that took or gave back is on one statement or on none yet: none between, none twice.
    fn statements_cover_every_entry(&self, problems: &mut Vec<String>) {
        let frozen: BTreeSet<Uuid> = self
            .transfers
            .iter()
            .filter(|transfer| transfer.1 == "freeze_statement")
            .map(|transfer| transfer.0)
            .collect();
        let mut covered: BTreeMap<Uuid, i64> = BTreeMap::new();
        for (store, from, through, points, _, _) in &self.statements {
            let last = covered.entry(*store).or_default();
            let taken = self.entries.iter().filter(|entry| {
                (entry.0, entry.1) == (*store, ACCEPTED)
                    && (*last + 1..=*through).contains(&entry.2)
                    && !frozen.contains(&entry.3)
            });
            let sum: i64 = taken.map(|entry| entry.4).sum();
            if (*last + 1, sum) != (*from, *points) {
                problems.push(format!(
                    "the statement {from}..={through} of {store} says {points}; {last} is covered before, its entries say {sum}"
                ));
            }
            *last = *through;
        }
    }

    fn compare(
        &self,
        kinds: &[i64],
        expected: &BTreeMap<Key, i64>,
        what: &str,
        problems: &mut Vec<String>,
    ) {
        let owners = self.accounts.iter().map(|account| (account.0, account.1));
        let keys: BTreeSet<Key> = owners.chain(expected.keys().copied()).collect();
        for (owner, kind) in keys.into_iter().filter(|key| kinds.contains(&key.1)) {
            let wanted = expected.get(&(owner, kind)).copied().unwrap_or(0);
            let found = self.balance(owner, kind);
            if wanted != found {
                problems.push(format!(
                    "account {kind} of {owner} holds {found}; the {what} say {wanted}"
                ));
            }
        }
    }

    fn live_awards_make_counters(&self, problems: &mut Vec<String>) {
        let mut counted: BTreeMap<(Uuid, String), i64> = BTreeMap::new();
        for (_, _, state, _, text) in &self.awards {
            let value: Value = serde_json::from_str(text).expect("what an award counted is JSON");
            let each = value.as_array().expect("a list").iter();
            let unfunded = each
                .clone()
                .any(|each| each["key"]["cap"] == "budget/queue");
            for each in each {
                let subject = each["key"]["subject"]
                    .as_str()
                    .and_then(|id| id.parse().ok());
                let cap = each["key"]["cap"].as_str().unwrap_or_default().to_owned();
                // One that waits counts in a queue, and is the only one that does; and on no cap, unless it waits for its budget.
                let fits = match state.as_str() {
                    "queued" => unfunded || cap.ends_with("/queue"),
                    "rejected" => true,
                    _ => !cap.ends_with("/queue"),
                };
                if !fits {
                    problems.push(format!("an award that is {state} counts on {cap}"));
                }
                let live = !matches!(state.as_str(), "rejected" | "reversed");
                let add = if live {
                    each["add"].as_i64().unwrap_or(0)
                } else {
                    0
                };
                *counted
                    .entry((subject.expect("a subject"), cap))
                    .or_default() += add;
            }
        }
        // Windows are told apart by their start; the sum over all of them has to agree in any case.
        let mut used: BTreeMap<(Uuid, String), i64> = BTreeMap::new();
        for (subject, _, cap, value) in &self.counters {
            *used.entry((*subject, cap.clone())).or_default() += value;
        }
        // What counted for a member merged into another counts for the other now.
        counted.retain(|_, add| *add != 0);
        used.retain(|_, add| *add != 0);
        if counted != used {
            problems.push(format!(
                "awards count {counted:?}, the counters say {used:?}"
            ));
        }
    }

    fn takings_fit(&self, problems: &mut Vec<String>) {
        let mut kept: BTreeMap<Uuid, i64> = BTreeMap::new();
        for (redemption, _, _, taken, returned) in &self.takings {
            *kept.entry(*redemption).or_default() += taken - returned;
        }
        for (id, _, _, state, authorised, captured, refunded) in &self.redemptions {
            let expected = match state.as_str() {
                "held" => *authorised,
                "captured" => captured - refunded,
                _ => 0,
            };
            let found = kept.get(id).copied().unwrap_or(0);
            if found != expected {
                problems.push(format!(
                    "redemption {id} keeps {expected}; its lots say {found}"
                ));
            }
        }
    }
}
