//! One test body, two databases.

use crate::{postgres, sqlite};

/// Where a test's points live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// An empty database of one test's own; on SQLite, the file lives as long as this value.
#[derive(Debug)]
pub struct Database {
    /// What `--database-url` and `Ledger::open` take.
    pub url: String,
    pub backend: Backend,
    _file: Option<sqlite::File>,
}

impl Backend {
    /// Both of them, for tests that compare one with the other.
    pub const BOTH: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// An empty database: no table, no row.
    ///
    /// # Panics
    /// When PostgreSQL is asked for and `tests/run` has not started one.
    pub async fn fresh(self) -> Database {
        let (url, file) = match self {
            Self::Sqlite => {
                let file = sqlite::fresh_file();
                (file.url.clone(), Some(file))
            }
            Self::Postgres => (postgres::fresh_database().await, None),
        };
        Database {
            url,
            backend: self,
            _file: file,
        }
    }
}

impl Database {
    /// One that is there already; whoever made it keeps it.
    pub fn at(url: &str) -> Self {
        let backend = if url.starts_with("postgres") {
            Backend::Postgres
        } else {
            Backend::Sqlite
        };
        Self {
            url: url.to_owned(),
            backend,
            _file: None,
        }
    }
}

/// Makes each `async fn name(db: Database)` two tests, `name::sqlite` and `name::postgres`, each with
/// a fresh database. Attributes (`#[ignore]`, `#[should_panic]`) go to both.
///
/// ```
/// # use tests::{backend::Database, on_both};
/// on_both! {
///     /// An award moves the balance once.
///     async fn an_award_moves_the_balance_once(db: Database) {
///         assert!(db.url.contains("jifen"));
///     }
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! on_both {
    ($($(#[$attribute:meta])* async fn $name:ident($db:ident: $database:ty) $body:block)+) => {$(
        #[cfg(test)]
        async fn $name($db: $database) $body

        #[cfg(test)]
        mod $name {
            use $crate::backend::Backend;

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(Backend::Sqlite.fresh().await).await;
            }

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(Backend::Postgres.fresh().await).await;
            }
        }
    )+};
}
