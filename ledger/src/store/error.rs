//! What can go wrong with the database, sorted by what to do about it.

/// A database error.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The connection was lost, could not be made, or the server is going down. Trying again may help, and is safe because
    /// keys are claimed first.
    #[error("the database is not reachable: {0}")]
    Lost(#[source] sqlx::Error),
    /// A serialization failure, a deadlock or a busy file. Trying again helps.
    #[error("another transaction was in the way: {0}")]
    Conflict(#[source] sqlx::Error),
    /// Waited too long for a lock that another process holds.
    #[error("waited too long for a lock: {0}")]
    LockTimeout(#[source] sqlx::Error),
    /// A unique key is taken.
    #[error("a unique key is taken: {0}")]
    Duplicate(#[source] sqlx::Error),
    /// A row refers to a record that does not exist.
    #[error("a record that is referred to does not exist: {0}")]
    Reference(#[source] sqlx::Error),
    /// A row that the code cannot read, named so that it can be found.
    #[error("{table}.{column} of {row}: {problem}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key.
        row: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A migration failed or the schema is not the one this build knows.
    #[error("{0}")]
    Schema(String),
    /// The operating system had no thread or file left for the writer.
    #[error("the writer could not start: {0}")]
    System(#[from] std::io::Error),
    /// Anything else.
    #[error("database error: {0}")]
    Other(#[source] sqlx::Error),
}

impl StoreError {
    /// Whether the same transaction may be tried again.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Conflict(_))
    }

    /// A wait for a lock other than a key's is another transaction in the way, nothing more.
    pub fn not_for_a_key(self) -> Self {
        match self {
            Self::LockTimeout(error) => Self::Conflict(error),
            other => other,
        }
    }

    /// Whether one command of a batch may be to blame, so that splitting the batch finds it.
    pub const fn has_culprit(&self) -> bool {
        !matches!(self, Self::Lost(_) | Self::Conflict(_))
    }

    /// A value that the code cannot read.
    pub fn corrupt(
        table: &'static str,
        column: &'static str,
        row: impl ToString,
        problem: impl ToString,
    ) -> Self {
        Self::Corrupt {
            table,
            column,
            row: row.to_string(),
            problem: problem.to_string(),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed
            | sqlx::Error::Protocol(_) => Self::Lost(error),
            sqlx::Error::Database(database) => match database.code().as_deref() {
                Some("40001" | "40P01") => Self::Conflict(error),
                Some("55P03") => Self::LockTimeout(error),
                // Class 57 operator intervention (shutdown, crash recovery), class 08 connection; 25P03 idle timeout.
                Some(code) if code.starts_with("57P") || code.starts_with("08") => {
                    Self::Lost(error)
                }
                Some("25P03" | "53300") => Self::Lost(error),
                // SQLITE_BUSY and its extended codes; LOCKED.
                Some("5" | "261" | "517" | "773" | "6" | "262") => Self::Conflict(error),
                _ if database.is_unique_violation() => Self::Duplicate(error),
                _ if database.is_foreign_key_violation() => Self::Reference(error),
                _ => Self::Other(error),
            },
            _ => Self::Other(error),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Schema(error.to_string())
    }
}
