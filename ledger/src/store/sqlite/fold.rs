//! Folds the write-ahead log into the file beside the writer, so that no batch waits for it.
//!
//! A checkpoint may run while another connection writes, but only one that catches up lets the log begin anew. So a second connection
//! copies nearly all of it, and the writer the few pages that came meanwhile.

use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::task::JoinHandle;

/// How many batches the log holds before it is folded in.
const EVERY: u32 = 64;

const CHECKPOINT: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// The writer's care for the log.
#[derive(Debug)]
pub struct Fold {
    options: SqliteConnectOptions,
    batches: u32,
    beside: Option<JoinHandle<Result<(), sqlx::Error>>>,
}

impl Fold {
    pub const fn new(options: SqliteConnectOptions) -> Self {
        Self {
            options,
            batches: 0,
            beside: None,
        }
    }

    /// Between two batches.
    pub async fn step(&mut self, writer: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        self.batches += 1;
        match self.beside.take() {
            None if self.batches >= EVERY => {
                self.beside = Some(tokio::spawn(checkpoint(self.options.clone())));
            }
            Some(beside) if beside.is_finished() => {
                self.batches = 0;
                if let Ok(Err(error)) = beside.await {
                    tracing::warn!(%error, "the log was not folded in; the next batches try again");
                }
                sqlx::query(CHECKPOINT).execute(writer).await?;
            }
            other => self.beside = other,
        }
        Ok(())
    }
}

async fn checkpoint(options: SqliteConnectOptions) -> Result<(), sqlx::Error> {
    let options = options.busy_timeout(Duration::ZERO);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::query(CHECKPOINT).execute(&mut connection).await?;
    connection.close().await
}
