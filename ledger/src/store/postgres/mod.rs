//! PostgreSQL: arrays for rows, row locks, many processes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow};
use sqlx::{Arguments as _, Connection as _, Executor as _};
use uuid::Uuid;

use super::StoreError;
use super::columns::Column;
use super::save::Save;
use super::statement::Statement;
use crate::ids::ProgramId;

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

use run::{encode, of_program};

/// Rows are never given in pieces.
const PIECE: usize = usize::MAX;

/// Row locks are taken.
const LOCKS: bool = true;

/// Begins a transaction that sees one moment.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

type Transaction<'c> = sqlx::Transaction<'c, sqlx::Postgres>;
type Db = sqlx::Postgres;
type Arguments = PgArguments;
type Pool = PgPool;

/// A row type that this database's rows become.
pub trait Row: for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin {}
impl<T: for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin> Row for T {}

/// The role that serves: it may not change what is written.
const SERVING_ROLE: &str = "jifen_serve";

/// How many connections keep the jobs' records, and how long they stay for nothing.
const KEEPERS: u32 = 2;
const KEEPER_IDLE: Duration = Duration::from_secs(120);

/// How to connect to write, a pool to read with, and one for the jobs' records.
#[derive(Debug, Clone)]
pub struct Store {
    writing: PgConnectOptions,
    reader: PgPool,
    keeper: PgPool,
}

impl Store {
    /// Connects. Both pools serve as the role without the right to change the journal.
    pub async fn open(url: &str, readers: u32) -> Result<Self, StoreError> {
        let options = options(url)?.options([("role", SERVING_ROLE)]);
        // Every statement looks rows up by key. The planner would rather scan while a table is small, and keep that plan as it grows.
        let writing = options.clone().application_name("jifen writer").options([
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
            ("enable_material", "off"),
            ("enable_bitmapscan", "off"),
            ("random_page_cost", "0.1"),
            ("plan_cache_mode", "force_generic_plan"),
            // What is read after the lock must be newer than the lock, whatever the database's default.
            ("default_transaction_isolation", "read committed"),
            ("lock_timeout", "2s"),
            ("idle_in_transaction_session_timeout", "60s"),
        ]);
        let reader = PgPoolOptions::new()
            .test_before_acquire(false)
            .max_connections(readers)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(options.application_name("jifen reader"));
        let keeper = PgPoolOptions::new()
            .max_connections(KEEPERS)
            .acquire_timeout(Duration::from_secs(5))
            .idle_timeout(KEEPER_IDLE)
            .connect_lazy_with(writing.clone().application_name("jifen keeper"));
        Ok(Self {
            writing,
            reader,
            keeper,
        })
    }

    /// Brings the schema up to this build's; as the owner of the database.
    pub async fn migrate(url: &str) -> Result<(), StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .connect_with(options(url)?)
            .await?;
        sqlx::migrate!("../migrations/postgres").run(&pool).await?;
        pool.close().await;
        Ok(())
    }

    /// A connection of the writer's own.
    pub async fn connect(&self) -> Result<Connection, StoreError> {
        let inner = PgConnection::connect_with(&self.writing).await?;
        Ok(Connection { inner, batches: 0 })
    }

    /// What reads.
    pub const fn reader(&self) -> &Pool {
        &self.reader
    }

    /// What keeps the jobs' own records.
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
    inner: PgConnection,
    batches: u64,
}

impl Connection {
    /// Disconnects in order.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.inner.close().await?)
    }

    /// Has the database check a statement's text, names and types.
    pub async fn prepare(&mut self, statement: &'static Statement) -> Result<(), StoreError> {
        self.inner
            .prepare(sqlx::SqlStr::from_static(sql(statement, 0)))
            .await?;
        Ok(())
    }

    /// Begins a batch. Plans are made for the sizes tables have at the time, so they are made anew while the tables are young: after
    /// 1, 2, 4 … batches, and then every 4,096.
    pub async fn begin(&mut self, program: ProgramId) -> Result<Tx<'_>, StoreError> {
        self.batches += 1;
        if self.batches.is_power_of_two() || self.batches.is_multiple_of(4_096) {
            sqlx::query("DISCARD PLANS")
                .execute(&mut self.inner)
                .await?;
        }
        let transaction = self.inner.begin().await?;
        Ok(Tx {
            transaction,
            program,
            locks: LOCKS,
            watched: false,
        })
    }
}

fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| StoreError::Schema(format!("the database URL cannot be read: {error}")))?;
    Ok(options.statement_cache_capacity(200))
}

/// Binds a piece of the rows, an array a column.
fn bind_columns(
    arguments: &mut Arguments,
    columns: &[Column],
    piece: &Range<usize>,
) -> Result<(), StoreError> {
    for column in columns {
        encode(match column {
            Column::Uuid(values) => arguments.add(&values[piece.clone()]),
            Column::Int(values) => arguments.add(&values[piece.clone()]),
            Column::Text(values) => arguments.add(&values[piece.clone()]),
        })?;
    }
    Ok(())
}

/// Runs every save in one round trip: each is a WITH part of one statement. They touch different rows, so their order does not matter.
async fn save_all(
    transaction: &mut Transaction<'_>,
    program: Uuid,
    saves: &[Save],
) -> Result<(), StoreError> {
    if saves.is_empty() {
        return Ok(());
    }
    let mut arguments = of_program(program)?;
    for (_, columns) in saves {
        let rows = columns.first().map_or(0, Column::len);
        bind_columns(&mut arguments, columns, &(0..rows))?;
    }
    let query = sqlx::query_with(combined(saves), arguments);
    query.execute(&mut **transaction).await?;
    Ok(())
}

/// The text for this combination of statements, made once: a batch touches one of a few dozen combinations of tables.
fn combined(saves: &[Save]) -> &'static str {
    static TEXTS: Mutex<BTreeMap<Vec<&'static str>, &'static str>> = Mutex::new(BTreeMap::new());
    let names: Vec<&'static str> = saves.iter().map(|(statement, _)| statement.name).collect();
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(text) = texts.get(&names) {
        return text;
    }
    let mut parameter = 2;
    let mut parts = Vec::with_capacity(saves.len());
    for (index, (statement, _)) in saves.iter().enumerate() {
        let (text, next) = statement.postgres_from(parameter);
        parts.push(format!("s{index} AS ({text})"));
        parameter = next;
    }
    let text: &'static str = format!("WITH {} SELECT 1", parts.join(", ")).leak();
    texts.insert(names, text);
    text
}

/// A check joins whole tables. Where they grew since they were last analysed, the planner would believe them small and go through one
/// for each row of the other.
async fn read_whole_tables(
    transaction: &mut Transaction<'_>,
    whole: bool,
) -> Result<(), StoreError> {
    let setting = if whole {
        "SET LOCAL enable_nestloop = off"
    } else {
        "SET LOCAL enable_nestloop = on"
    };
    sqlx::query(setting).execute(&mut **transaction).await?;
    Ok(())
}

fn sql(statement: &'static Statement, _: usize) -> &'static str {
    statement.postgres()
}

impl Tx<'_> {
    /// Nothing to do here: VACUUM removes what rows were before.
    pub(super) async fn overwrite(&mut self, _on: bool) -> Result<(), StoreError> {
        Ok(())
    }
}
