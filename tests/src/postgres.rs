//! PostgreSQL: fresh databases on the server `tests/run` started, and private clusters to crash.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

use crate::from_tests_run;

/// Creates an empty database with a name of its own and returns its URL.
///
/// It goes away with the server, so that a failure's data can be looked at until then.
///
/// # Panics
/// When `JIFEN_TEST_POSTGRES` is missing or does not answer.
pub async fn fresh_database() -> String {
    let server = from_tests_run("JIFEN_TEST_POSTGRES");
    let name = format!(
        "jifen_{:032x}",
        u128::from_be_bytes(ledger::ids::random_bytes())
    );
    let mut connection = PgConnection::connect(&server)
        .await
        .unwrap_or_else(|error| {
            panic!("JIFEN_TEST_POSTGRES={server} does not answer ({error}): run tests/run")
        });
    sqlx::query(AssertSqlSafe(format!(
        "CREATE DATABASE {name} TEMPLATE template0"
    )))
    .execute(&mut connection)
    .await
    .expect("create a database");
    connection.close().await.expect("close the connection");
    with_database(&server, &name)
}

/// One of PostgreSQL's client programs, such as `pg_dump`.
///
/// # Panics
/// When `JIFEN_TEST_PG_BIN` is missing.
pub fn client(program: &str) -> Command {
    Command::new(PathBuf::from(from_tests_run("JIFEN_TEST_PG_BIN")).join(program))
}

/// The URL with the database's name replaced.
fn with_database(url: &str, name: &str) -> String {
    let (address, options) = match url.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (url, String::new()),
    };
    let after_scheme = address.find("://").map_or(0, |at| at + 3);
    let server = match address[after_scheme..].find('/') {
        Some(slash) => &address[..after_scheme + slash],
        None => address,
    };
    format!("{server}/{name}{options}")
}

/// A private PostgreSQL that a test may crash; stopped and removed on drop.
#[derive(Debug)]
pub struct Cluster {
    directory: TempDir,
    port: u16,
}

impl Cluster {
    /// Creates a cluster with the superuser `jifen` and an empty database `postgres`, and starts it.
    /// It writes to disk as a real one does (fsync is on): crash tests depend on it.
    ///
    /// # Panics
    /// When `JIFEN_TEST_PG_BIN` is missing, or PostgreSQL does not start.
    pub fn start() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("jifen-cluster-")
            .tempdir()
            .expect("a temporary directory");
        if is_root() {
            let owned = Command::new("chown")
                .arg("postgres:")
                .arg(directory.path())
                .output();
            succeed("chown", owned);
        }
        let mut cluster = Self { directory, port: 0 };
        let data = cluster.data();
        cluster.succeed(
            "initdb",
            &[
                &format!("--pgdata={data}"),
                "--username=jifen",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
            ],
        );
        cluster.start_on_a_free_port();
        cluster
    }

    /// `postgres://jifen@127.0.0.1:PORT/postgres`; the same before and after a crash.
    pub fn url(&self) -> String {
        format!("postgres://jifen@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops it as a crash would: connections are cut, nothing is flushed, and starting again
    /// means recovering from the log.
    ///
    /// # Panics
    /// When it was not running.
    pub fn stop_immediately(&mut self) {
        self.succeed(
            "pg_ctl",
            &[
                "stop",
                "--mode=immediate",
                "--wait",
                &format!("--pgdata={}", self.data()),
            ],
        );
    }

    /// Starts it again on the same port and waits until it has recovered.
    ///
    /// # Panics
    /// When it does not start; the message holds its log.
    pub fn start_again(&mut self) {
        if !self.try_start() {
            panic!(
                "PostgreSQL did not start on port {}:\n{}",
                self.port,
                self.log()
            );
        }
    }

    /// The server's log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Another process may take the port between our looking and PostgreSQL's listening.
    fn start_on_a_free_port(&mut self) {
        for _ in 0..5 {
            self.port = free_port();
            if self.try_start() {
                return;
            }
        }
        panic!("PostgreSQL did not start:\n{}", self.log());
    }

    fn try_start(&self) -> bool {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c timezone=UTC",
            self.port
        );
        let log = self.directory.path().join("log");
        let started = self
            .command("pg_ctl")
            .args(["start", "--wait", "--silent", "--timeout=60"])
            .arg(format!("--pgdata={}", self.data()))
            .arg(format!("--log={}", log.display()))
            .arg(format!("--options={options}"))
            // PostgreSQL would inherit our pipes and keep them open for as long as it lives.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        started.expect("run pg_ctl").success()
    }

    fn data(&self) -> String {
        self.directory.path().join("data").display().to_string()
    }

    /// One of PostgreSQL's programs, as the user `postgres` where we are root: it refuses to be root.
    fn command(&self, program: &str) -> Command {
        let program = PathBuf::from(from_tests_run("JIFEN_TEST_PG_BIN")).join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command
            .current_dir(self.directory.path())
            .stdin(Stdio::null());
        command
    }

    fn succeed(&self, program: &str, arguments: &[&str]) {
        succeed(program, self.command(program).args(arguments).output());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A test may have left it stopped, and a drop must not panic.
        let _ = self
            .command("pg_ctl")
            .args(["stop", "--mode=immediate", "--wait", "--silent"])
            .arg(format!("--pgdata={}", self.data()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("run id");
    id.stdout.trim_ascii() == b"0"
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

fn succeed(program: &str, output: std::io::Result<Output>) {
    let output = output.unwrap_or_else(|error| panic!("{program} cannot be run: {error}"));
    assert!(
        output.status.success(),
        "{program}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn the_database_is_the_path_and_options_stay() {
        let renamed = |url| with_database(url, "x");
        assert_eq!(
            renamed("postgres://jifen@127.0.0.1:5/postgres"),
            "postgres://jifen@127.0.0.1:5/x"
        );
        assert_eq!(renamed("postgres://h:5"), "postgres://h:5/x");
        assert_eq!(
            renamed("postgres://h/a?sslmode=disable"),
            "postgres://h/x?sslmode=disable"
        );
    }
}
