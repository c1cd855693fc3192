//! The pages in a real browser, on the demo: what people come to do, and what holds for every page.

mod crawl;
mod every;
mod journeys;
mod phones;
mod pictures;

use std::process::Command;

use tests::backend::Database;
use tests::server::Server;
use tests::story::KEYS;

/// The demo over a database.
async fn demo(db: &Database) -> Server {
    Server::start_with(&db.url, as_demo).await
}

/// Where the database is no file, the key of the demo has no place beside it.
fn as_demo(command: &mut Command) {
    command.arg("--demo").env("JIFEN_MASTER_KEY", KEYS);
}
