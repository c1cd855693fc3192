//! What the tests stand on. `tests/run` starts what they need and says so in the environment.
//!
//! - [`backend`]: a fresh database on SQLite or PostgreSQL; [`on_both!`] runs one test body on each
//! - [`postgres`]: a fresh database on the shared server, and a private [`postgres::Cluster`] to crash
//! - [`sqlite`]: a fresh file
//! - [`server`]: the built binary `jifen`, serving, and killed or terminated at will
//! - [`http`]: a keep-alive JSON client that reports a broken connection as an error
//! - [`settling`]: its statements, from frozen to paid
//! - [`listener`]: a small HTTP server that remembers what it heard
//! - [`browser`]: somebody with cookies and forms, without a screen; [`chromium`]: a real browser, by the [`hands`] of somebody
//! - [`keys`]: API keys for a story's people
//! - [`policies`]: policies that several stories go by
//! - [`story`]: a small programme to tell stories about, its clock standing still
//! - [`people`]: who else is in it
//! - [`waiting`]: how its awards stand, and the job that lets in those that wait
//! - [`town`]: a programme made at the console and filled over HTTP
//! - [`counter`]: somebody at a store's counter, who has logged in
//! - [`books`]: its rows, read without the ledger's own code, and what must be true of them
//! - [`hledger`]: a journal as another program of double entry reads it
//!
//! Something missing (PostgreSQL, hledger, the binary) panics with a sentence that says what to run:
//! a test that skips itself reports a success nobody had.
#![allow(
    clippy::unwrap_used,
    reason = "only tests call this crate, and a test fails by panicking"
)]

pub mod backend;
pub mod books;
pub mod browser;
pub mod chromium;
pub mod counter;
pub mod hands;
pub mod hledger;
pub mod html;
pub mod http;
pub mod keys;
pub mod listener;
pub mod people;
pub mod photo;
pub mod policies;
pub mod postgres;
pub mod server;
pub mod settling;
pub mod sqlite;
pub mod story;
pub mod town;
pub mod waiting;

/// The value of an environment variable that `tests/run` sets.
///
/// # Panics
/// When it is missing.
pub(crate) fn from_tests_run(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run the tests with tests/run, which starts a PostgreSQL")
    })
}

/// Whether the longer tests were asked for (`tests/run --soak`).
pub fn soak() -> bool {
    std::env::var_os("JIFEN_SOAK").is_some_and(|value| !value.is_empty())
}
