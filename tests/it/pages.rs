//! The pages in a real browser, on the demo: what people come to do, and what holds for every page.

mod every;
mod journeys;
mod pictures;

use tests::backend::Database;
use tests::chromium::Chromium;
use tests::server::Server;

/// The demo over a database, and a browser at its door.
async fn demo(db: &Database) -> (Server, Chromium) {
    let server = Server::start_with(&db.url, |command| {
        command.args(["--demo"]);
        // Where the database is no file, the key of the demo has no place beside it.
        command.env("JIFEN_MASTER_KEY", tests::story::KEYS);
    });
    let server = server.await;
    let browser = Chromium::start(server.base_url()).await;
    (server, browser)
}
