//! SQLite: VALUES for rows, one writer, no row locks, one file.

use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Arguments as _, Connection as _, Executor as _};
use uuid::Uuid;

use super::StoreError;
use super::columns::Column;
use super::save::Save;
use super::statement::{PIECE, Statement};
use crate::ids::ProgramId;

pub mod backup;
mod fold;

#[path = "../body/accounts.rs"]
mod accounts;
#[path = "../body/attachments.rs"]
mod attachments;
#[path = "../body/audit.rs"]
pub mod audit;
#[path = "../body/books.rs"]
pub mod books;
#[path = "../body/budgets.rs"]
mod budgets;
#[path = "../body/closing.rs"]
mod closing;
#[path = "../body/deeds.rs"]
mod deeds;
#[path = "../body/expiry.rs"]
mod expiry;
#[path = "../body/guesses.rs"]
mod guesses;
#[path = "../body/hazards.rs"]
mod hazards;
#[path = "../body/jobs.rs"]
pub mod jobs;
#[path = "../body/joining.rs"]
mod joining;
#[path = "../body/layers.rs"]
pub mod layers;
#[path = "../body/log_in.rs"]
pub mod log_in;
#[path = "../body/merging.rs"]
mod merging;
#[path = "../body/offers.rs"]
mod offers;
#[path = "../body/orders.rs"]
mod orders;
#[path = "../body/outside.rs"]
mod outside;
#[path = "../body/patrols.rs"]
mod patrols;
#[path = "../body/paying.rs"]
mod paying;
#[path = "../body/people.rs"]
mod people;
#[path = "../body/personal.rs"]
mod personal;
#[path = "../body/pins.rs"]
mod pins;
#[path = "../body/places.rs"]
mod places;
#[path = "../body/queries.rs"]
pub mod queries;
#[path = "../body/reports.rs"]
mod reports;
#[path = "../body/revisions.rs"]
mod revisions;
#[path = "../body/run.rs"]
mod run;
#[path = "../body/settling.rs"]
mod settling;
#[path = "../body/teams.rs"]
mod teams;
#[path = "../body/trail.rs"]
mod trail;
#[path = "../body/tx.rs"]
pub mod tx;
#[path = "../body/waiting.rs"]
mod waiting;
#[path = "../body/webhooks.rs"]
mod webhooks;
#[path = "../body/work.rs"]
mod work;

pub use audit::Snapshot;
pub use tx::Tx;

use fold::Fold;
use run::{encode, run_rows};

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../migrations/sqlite");

/// BEGIN IMMEDIATE keeps every other writer out, so nothing else is locked.
const LOCKS: bool = false;

/// Begins a transaction that sees the moment of its first query.
const SNAPSHOT: &str = "BEGIN";

type Transaction<'c> = sqlx::Transaction<'c, sqlx::Sqlite>;
type Db = sqlx::Sqlite;
type Arguments = SqliteArguments;
type Pool = SqlitePool;

/// A row type that this database's rows become.
pub trait Row: for<'r> sqlx::FromRow<'r, SqliteRow> + Send + Unpin {}
impl<T: for<'r> sqlx::FromRow<'r, SqliteRow> + Send + Unpin> Row for T {}

/// How long the connection for the jobs' records stays for nothing.
const KEEPER_IDLE: Duration = Duration::from_secs(120);

/// How to connect to write, a read-only pool, and a connection for the jobs' records.
#[derive(Debug, Clone)]
pub struct Store {
    writing: SqliteConnectOptions,
    reader: SqlitePool,
    keeper: SqlitePool,
}

impl Store {
    /// Opens the file, which must exist and be migrated.
    pub async fn open(url: &str, readers: u32) -> Result<Self, StoreError> {
        let writing = options(url)?;
        let reader = SqlitePoolOptions::new()
            .test_before_acquire(false)
            .max_connections(readers)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(writing.clone().read_only(true));
        let keeper = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(5))
            .idle_timeout(KEEPER_IDLE)
            .connect_lazy_with(writing.clone());
        Ok(Self {
            writing,
            reader,
            keeper,
        })
    }

    /// Makes the file if need be and brings its schema up to this build's.
    pub async fn migrate(url: &str) -> Result<(), StoreError> {
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options(url)?.create_if_missing(true))
            .await?;
        MIGRATOR.run(&pool).await?;
        pool.close().await;
        Ok(())
    }

    /// A connection of the writer's own.
    pub async fn connect(&self) -> Result<Connection, StoreError> {
        Ok(Connection {
            sqlite: SqliteConnection::connect_with(&self.writing).await?,
            fold: Box::new(Fold::new(self.writing.clone())),
        })
    }

    /// What reads.
    pub const fn reader(&self) -> &Pool {
        &self.reader
    }

    /// What keeps the jobs' own records; it waits for its turn at the file.
    pub const fn keeper(&self) -> &Pool {
        &self.keeper
    }

    /// Waits for the queries under way and disconnects.
    pub async fn close(&self) {
        self.keeper.close().await;
        self.reader.close().await;
    }
}

/// The writer's connection.
#[derive(Debug)]
pub struct Connection {
    sqlite: SqliteConnection,
    fold: Box<Fold>,
}

impl Connection {
    /// Disconnects in order.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.sqlite.close().await?)
    }

    /// Has the database check a statement's text, names and types, with room for as many rows as it may be given.
    pub async fn prepare(&mut self, statement: &'static Statement) -> Result<(), StoreError> {
        self.sqlite
            .prepare(sqlx::SqlStr::from_static(sql(statement, PIECE)))
            .await?;
        Ok(())
    }

    /// Begins a batch, keeping other writers out.
    pub async fn begin(&mut self, program: ProgramId) -> Result<Tx<'_>, StoreError> {
        self.fold.step(&mut self.sqlite).await?;
        let transaction = self.sqlite.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Tx {
            transaction,
            program,
            locks: LOCKS,
            watched: false,
        })
    }
}

impl Tx<'_> {
    /// Whether what statements free in the file is overwritten with zeros: what was erased must not be found in unused pages.
    pub(super) async fn overwrite(&mut self, on: bool) -> Result<(), StoreError> {
        let pragma = match on {
            true => "PRAGMA secure_delete = ON",
            false => "PRAGMA secure_delete = OFF",
        };
        self.transaction.execute(pragma).await?;
        Ok(())
    }
}

/// Durable at every commit (synchronous = FULL). The write-ahead log is folded in by [`Fold`]; should that fail, by a commit that finds
/// 100,000 pages in it.
fn options(url: &str) -> Result<SqliteConnectOptions, StoreError> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|error| StoreError::Schema(format!("the database URL cannot be read: {error}")))?;
    Ok(options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(500)
        .row_buffer_size(PIECE)
        .pragma("recursive_triggers", "ON")
        .pragma("wal_autocheckpoint", "100000")
        .pragma("cache_size", "-65536"))
}

/// Binds a piece of the rows, one after another.
fn bind_columns(
    arguments: &mut Arguments,
    columns: &[Column],
    piece: &Range<usize>,
) -> Result<(), StoreError> {
    arguments.reserve(piece.len() * columns.len(), 0);
    for row in piece.clone() {
        for column in columns {
            encode(match column {
                Column::Uuid(values) => arguments.add(values[row]),
                Column::Int(values) => arguments.add(values[row]),
                Column::Text(values) => arguments.add(values[row].clone()),
            })?;
        }
    }
    Ok(())
}

/// Runs every save in turn: there is no network between.
async fn save_all(
    transaction: &mut Transaction<'_>,
    program: Uuid,
    saves: &[Save],
) -> Result<(), StoreError> {
    for (statement, columns) in saves {
        run_rows(transaction, statement, program, columns).await?;
    }
    Ok(())
}

/// SQLite makes the index it lacks for the length of a statement.
async fn read_whole_tables(_: &mut Transaction<'_>, _: bool) -> Result<(), StoreError> {
    Ok(())
}

fn sql(statement: &'static Statement, rows: usize) -> &'static str {
    statement.sqlite(rows)
}
