//! SQLite: JSON for rows, one writer, no row locks, one file.

use std::str::FromStr;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Arguments, Connection as _, Executor as _};
use uuid::Uuid;

use super::StoreError;
use super::columns::{Column, to_json};
use super::save::Save;
use super::statement::Statement;
use super::value::Value;
use crate::ids::ProgramId;

#[path = "../body/audit.rs"]
pub mod audit;
#[path = "../body/books.rs"]
pub mod books;
#[path = "../body/queries.rs"]
pub mod queries;
#[path = "../body/tx.rs"]
pub mod tx;

pub use audit::Snapshot;
pub use tx::Tx;

/// BEGIN IMMEDIATE keeps every other writer out, so nothing else is locked.
const LOCKS: bool = false;

/// Begins a transaction that sees the moment of its first query.
const SNAPSHOT: &str = "BEGIN";

type Transaction<'c> = sqlx::Transaction<'c, sqlx::Sqlite>;
type Pool = SqlitePool;

/// A row type that this database's rows become.
pub trait Row: for<'r> sqlx::FromRow<'r, SqliteRow> + Send + Unpin {}
impl<T: for<'r> sqlx::FromRow<'r, SqliteRow> + Send + Unpin> Row for T {}

/// How to connect to write, and a read-only pool.
#[derive(Debug, Clone)]
pub struct Store {
    writing: SqliteConnectOptions,
    reader: SqlitePool,
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
        Ok(Self { writing, reader })
    }

    /// Makes the file if need be and brings its schema up to this build's.
    pub async fn migrate(url: &str) -> Result<(), StoreError> {
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options(url)?.create_if_missing(true))
            .await?;
        sqlx::migrate!("../migrations/sqlite").run(&pool).await?;
        pool.close().await;
        Ok(())
    }

    /// A connection of the writer's own.
    pub async fn connect(&self) -> Result<Connection, StoreError> {
        Ok(Connection(
            SqliteConnection::connect_with(&self.writing).await?,
        ))
    }

    /// What reads.
    pub const fn reader(&self) -> &Pool {
        &self.reader
    }

    /// Waits for the queries under way and disconnects.
    pub async fn close(&self) {
        self.reader.close().await;
    }
}

/// The writer's connection.
#[derive(Debug)]
pub struct Connection(SqliteConnection);

impl Connection {
    /// Disconnects in order.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.0.close().await?)
    }

    /// Has the database check a statement's text, names and types.
    pub async fn prepare(&mut self, statement: &'static Statement) -> Result<(), StoreError> {
        self.0
            .prepare(sqlx::SqlStr::from_static(sql(statement)))
            .await?;
        Ok(())
    }

    /// Begins a batch, keeping other writers out.
    pub async fn begin(&mut self, program: ProgramId) -> Result<Tx<'_>, StoreError> {
        let transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Tx {
            transaction,
            program,
        })
    }
}

/// Durable at every commit (synchronous = FULL); the write-ahead log is folded in every 32,000 pages. What could undo a
/// statement half done is kept in memory.
fn options(url: &str) -> Result<SqliteConnectOptions, StoreError> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|error| StoreError::Schema(format!("the database URL cannot be read: {error}")))?;
    Ok(options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(200)
        .pragma("recursive_triggers", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", "32000")
        .pragma("cache_size", "-65536"))
}

fn encode(result: Result<(), sqlx::error::BoxDynError>) -> Result<(), StoreError> {
    result.map_err(|error| StoreError::Other(sqlx::Error::Encode(error)))
}

fn bind(program: Uuid, columns: &[Column]) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    encode(arguments.add(program))?;
    if !columns.is_empty() {
        encode(arguments.add(to_json(columns)))?;
    }
    Ok(arguments)
}

fn bind_values(program: Uuid, values: &[Value]) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    encode(arguments.add(program))?;
    for value in values {
        encode(match value {
            Value::Uuid(value) => arguments.add(*value),
            Value::Int(value) => arguments.add(*value),
            Value::Text(value) => arguments.add(value.clone()),
        })?;
    }
    Ok(arguments)
}

async fn fetch_rows<T: Row>(
    transaction: &mut Transaction<'_>,
    statement: &'static Statement,
    program: Uuid,
    columns: &[Column],
) -> Result<Vec<T>, StoreError> {
    let arguments = bind(program, columns)?;
    let query = sqlx::query_as_with::<_, T, _>(sql(statement), arguments);
    Ok(query.fetch_all(&mut **transaction).await?)
}

async fn run_rows(
    transaction: &mut Transaction<'_>,
    statement: &'static Statement,
    program: Uuid,
    columns: &[Column],
) -> Result<u64, StoreError> {
    let arguments = bind(program, columns)?;
    let query = sqlx::query_with(sql(statement), arguments);
    Ok(query.execute(&mut **transaction).await?.rows_affected())
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

async fn fetch<T: Row>(
    pool: &Pool,
    statement: &'static Statement,
    program: Uuid,
    values: &[Value],
) -> Result<Vec<T>, StoreError> {
    let arguments = bind_values(program, values)?;
    let query = sqlx::query_as_with::<_, T, _>(sql(statement), arguments);
    Ok(query.fetch_all(pool).await?)
}

/// SQLite makes the index it lacks for the length of a statement.
async fn read_whole_tables(_: &mut Transaction<'_>, _: bool) -> Result<(), StoreError> {
    Ok(())
}

async fn fetch_in<T: Row>(
    transaction: &mut Transaction<'_>,
    statement: &'static Statement,
    program: Uuid,
    values: &[Value],
) -> Result<Vec<T>, StoreError> {
    let arguments = bind_values(program, values)?;
    let query = sqlx::query_as_with::<_, T, _>(sql(statement), arguments);
    Ok(query.fetch_all(&mut **transaction).await?)
}

fn sql(statement: &'static Statement) -> &'static str {
    statement.sqlite()
}
