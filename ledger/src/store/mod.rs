//! The only place that knows SQL.
//!
//! The statements are one set of texts for both databases ([`text`], [`query_text`]); the code that runs them is one body,
//! compiled once for each (`body/`, included by [`postgres`] and [`sqlite`], which differ in how they bind rows). A statement that
//! one database does not take is found by the test that prepares them all.

mod attachment_text;
mod attachments;
pub mod audit;
pub mod audit_text;
mod budget_text;
mod columns;
mod deed_text;
mod deeds;
mod error;
mod hazard_text;
mod hazards;
mod job_text;
mod log_in_text;
mod offer_text;
mod offers;
mod order_text;
mod orders;
mod outside_text;
mod patrol_text;
mod patrols;
mod paying;
mod paying_text;
mod people_text;
mod personal_text;
mod place_text;
mod postgres;
mod query_text;
mod records;
mod registers;
mod report_text;
mod save;
mod settling;
pub mod settling_text;
mod sqlite;
pub mod statement;
mod team_text;
mod teams;
mod text;
mod things;
mod trail_text;
mod value;
pub mod views;
mod waiting_text;
mod webhook_text;
mod webhooks;
mod work_text;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ids::{CommandId, ProgramId};
use crate::machine::needs::LinkNeeds;
use crate::machine::{Links, Needs, Receipt, Rejection, State};

pub use error::StoreError;
pub use sqlite::backup::{BackupError, FileCopy, Schema};

/// An idempotency key to be claimed: one key, one effect.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Derived from principal, operation and key.
    pub id: Uuid,
    /// Derived from what was asked: the same key with another body is refused.
    pub body: Uuid,
    /// The command that claims it.
    pub command: CommandId,
}

/// What became of a key claimed earlier.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// What was asked then.
    pub body: Uuid,
    /// What was answered.
    pub answer: Result<Receipt, Rejection>,
}

impl Claimed {
    fn read(
        id: Uuid,
        body: Uuid,
        rejection: Option<String>,
        receipt: Option<String>,
    ) -> Result<Self, StoreError> {
        let answer = match (rejection, receipt) {
            (Some(rejection), _) => Err(serde_json::from_str(&rejection)
                .map_err(|error| StoreError::corrupt("claims", "rejection", id, error))?),
            (None, Some(receipt)) => Ok(serde_json::from_str(&receipt)
                .map_err(|error| StoreError::corrupt("events", "receipt", id, error))?),
            (None, None) => {
                let problem = "a claim has neither an event nor a rejection";
                return Err(StoreError::corrupt("claims", "command_id", id, problem));
            }
        };
        Ok(Self { body, answer })
    }
}

/// A database, whichever it is.
#[derive(Debug, Clone)]
pub enum Store {
    /// PostgreSQL.
    Postgres(postgres::Store),
    /// SQLite.
    Sqlite(sqlite::Store),
}

/// The writer's connection, whichever the database.
#[derive(Debug)]
pub enum Connection {
    /// PostgreSQL.
    Postgres(postgres::Connection),
    /// SQLite.
    Sqlite(sqlite::Connection),
}

/// A batch's transaction, whichever the database.
pub enum Tx<'c> {
    /// PostgreSQL.
    Postgres(postgres::Tx<'c>),
    /// SQLite.
    Sqlite(sqlite::Tx<'c>),
}

/// The same call on whichever it is.
macro_rules! either {
    ($on:expr, $kind:ident, $inner:ident => $call:expr) => {
        match $on {
            $kind::Postgres($inner) => $call,
            $kind::Sqlite($inner) => $call,
        }
    };
}

pub(crate) use either;

/// Whether the URL names PostgreSQL.
fn is_postgres(url: &str) -> Result<bool, StoreError> {
    match url.split_once(':') {
        Some(("postgres" | "postgresql", _)) => Ok(true),
        Some(("sqlite", _)) => Ok(false),
        _ => Err(StoreError::Schema(
            "expected a database URL such as sqlite:jifen.sqlite or postgres://user@host/database"
                .into(),
        )),
    }
}

impl Store {
    /// Connects to a migrated database. `readers` is the size of the pool that reads.
    pub async fn open(url: &str, readers: u32) -> Result<Self, StoreError> {
        Ok(if is_postgres(url)? {
            Self::Postgres(postgres::Store::open(url, readers).await?)
        } else {
            Self::Sqlite(sqlite::Store::open(url, readers).await?)
        })
    }

    /// Brings the schema up to this build's.
    pub async fn migrate(url: &str) -> Result<(), StoreError> {
        if is_postgres(url)? {
            postgres::Store::migrate(url).await
        } else {
            sqlite::Store::migrate(url).await
        }
    }

    /// Copies a database as it is at one moment, beside its target and not yet under its name.
    pub async fn back_up(
        url: &str,
        target: &Path,
        progress: impl FnMut(u64, u64),
    ) -> Result<FileCopy, BackupError> {
        if is_postgres(url)? {
            return Err(BackupError::Postgres);
        }
        sqlite::backup::back_up(url, target, progress).await
    }

    /// Copies a backup to where a URL names no file yet, beside it and not yet under its name.
    pub async fn restore(
        from: &Path,
        url: &str,
        progress: impl FnMut(u64, u64),
    ) -> Result<FileCopy, BackupError> {
        if is_postgres(url)? {
            return Err(BackupError::Postgres);
        }
        sqlite::backup::restore(from, url, progress).await
    }

    /// What a copy holds, to be read.
    pub fn of_copy(copy: &FileCopy, readers: u32) -> Self {
        Self::Sqlite(copy.open(readers))
    }

    /// A connection of the writer's own.
    pub async fn connect(&self) -> Result<Connection, StoreError> {
        Ok(match self {
            Self::Postgres(store) => Connection::Postgres(store.connect().await?),
            Self::Sqlite(store) => Connection::Sqlite(store.connect().await?),
        })
    }

    /// Waits for the queries under way and disconnects.
    pub async fn close(&self) {
        either!(self, Self, store => store.close().await);
    }
}

impl Connection {
    /// Disconnects in order.
    pub async fn close(self) -> Result<(), StoreError> {
        either!(self, Self, connection => connection.close().await)
    }

    /// Begins a batch of one programme.
    pub async fn begin(&mut self, program: ProgramId) -> Result<Tx<'_>, StoreError> {
        Ok(match self {
            Self::Postgres(connection) => Tx::Postgres(connection.begin(program).await?),
            Self::Sqlite(connection) => Tx::Sqlite(connection.begin(program).await?),
        })
    }
}

impl Tx<'_> {
    /// Claims keys in sorted order; answers with those that are ours.
    pub async fn claim(
        &mut self,
        claims: &[Claim],
        at: Timestamp,
    ) -> Result<HashSet<Uuid>, StoreError> {
        either!(self, Self, tx => tx.claim(claims, at).await)
    }
    /// What became of keys that are not ours.
    pub async fn claimed(&mut self, ids: &[Uuid]) -> Result<HashMap<Uuid, Claimed>, StoreError> {
        either!(self, Self, tx => tx.claimed(ids).await)
    }
    /// Reads what never changes.
    pub async fn links(&mut self, needs: &LinkNeeds) -> Result<Links, StoreError> {
        either!(self, Self, tx => tx.links(needs).await)
    }
    /// Locks policies and guards, in order.
    pub async fn lock(&mut self, needs: &Needs) -> Result<(), StoreError> {
        either!(self, Self, tx => tx.lock(needs).await)
    }
    /// Reads everything mutable.
    pub async fn load(&mut self, needs: &Needs, now: Timestamp) -> Result<State, StoreError> {
        either!(self, Self, tx => tx.load(needs, now).await)
    }
    /// Keeps rejections, gives up the keys of commands that come again.
    pub async fn settle_claims(
        &mut self,
        rejected: Vec<(Uuid, String)>,
        again: Vec<Uuid>,
    ) -> Result<(), StoreError> {
        either!(self, Self, tx => tx.settle_claims(rejected, again).await)
    }
    /// Saves what changed.
    pub async fn save(&mut self, state: &State) -> Result<(), StoreError> {
        either!(self, Self, tx => tx.save(state).await)
    }
    /// Makes it durable.
    pub async fn commit(self) -> Result<(), StoreError> {
        either!(self, Self, tx => tx.commit().await)
    }
}

/// Every room of statements; a new one belongs here, or no test prepares it.
const ROOMS: [&[&statement::Statement]; 24] = [
    text::ALL,
    deed_text::ALL,
    hazard_text::ALL,
    attachment_text::ALL,
    patrol_text::ALL,
    paying_text::ALL,
    order_text::ALL,
    team_text::ALL,
    query_text::ALL,
    audit_text::ALL,
    job_text::ALL,
    settling_text::ALL,
    people_text::ALL,
    waiting_text::ALL,
    personal_text::ALL,
    log_in_text::ALL,
    outside_text::ALL,
    trail_text::ALL,
    webhook_text::ALL,
    report_text::ALL,
    budget_text::ALL,
    offer_text::ALL,
    place_text::ALL,
    work_text::ALL,
];

/// Prepares every statement on this migrated database. Answers with how many rooms of them there are, and what is wrong with
/// those that it does not take. For the tests.
#[doc(hidden)]
pub async fn prepare_all_statements(url: &str) -> Result<(usize, Vec<String>), StoreError> {
    let store = Store::open(url, 1).await?;
    let mut connection = store.connect().await?;
    let mut refused = Vec::new();
    for statement in ROOMS.into_iter().flatten() {
        if let Err(error) = either!(&mut connection, Connection, c => c.prepare(statement).await) {
            refused.push(format!("{}: {error}", statement.name));
        }
    }
    store.close().await;
    Ok((ROOMS.len(), refused))
}
