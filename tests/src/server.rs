//! The built binary, serving: started, killed and started again as an operator or a power cut would.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// How long it may take to say where it listens (a demo tells its half year first), or to end after being asked to.
const PATIENCE: Duration = Duration::from_secs(150);

/// A running `jifen serve`; killed on drop.
#[derive(Debug)]
pub struct Server {
    child: Child,
    base_url: String,
    said: Arc<Mutex<String>>,
    /// Reads its standard error to the end.
    listening: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Starts `jifen serve` over this database on a free loopback port and waits until it listens.
    ///
    /// # Panics
    /// When it does not; the message holds what it wrote to its standard error.
    pub async fn start(database_url: &str) -> Self {
        Self::start_with(database_url, |_| {}).await
    }

    /// [`Server::start`] with more arguments or environment.
    ///
    /// # Panics
    /// As [`Server::start`].
    pub async fn start_with(database_url: &str, configure: impl FnOnce(&mut Command)) -> Self {
        Self::try_start_with(database_url, configure)
            .await
            .unwrap_or_else(|why| panic!("{why}"))
    }

    /// [`Server::start_with`] for tests of what it refuses: the error says why it did not listen.
    pub async fn try_start_with(
        database_url: &str,
        configure: impl FnOnce(&mut Command),
    ) -> Result<Self, String> {
        Self::listen_at("127.0.0.1:0", database_url, configure).await
    }

    /// Kills it, if it still runs, and starts it again where it listened.
    ///
    /// # Panics
    /// As [`Server::start`].
    pub async fn start_again(&mut self, database_url: &str, configure: impl FnOnce(&mut Command)) {
        self.kill_9();
        let address = self.base_url.trim_start_matches("http://").to_owned();
        *self = Self::listen_at(&address, database_url, configure)
            .await
            .unwrap_or_else(|why| panic!("{why}"));
    }

    async fn listen_at(
        address: &str,
        database_url: &str,
        configure: impl FnOnce(&mut Command),
    ) -> Result<Self, String> {
        let mut command = jifen();
        command.args(["serve", "--database-url", database_url]);
        command.args(["--listen", address]);
        configure(&mut command);
        Self::wait_for(command).await
    }

    /// `http://127.0.0.1:PORT`, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to its standard error so far.
    pub fn stderr(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Kills it (SIGKILL): no handler runs, no buffer is flushed. Twice is harmless.
    pub fn kill_9(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end (SIGTERM), and waits until it has.
    ///
    /// # Panics
    /// When it is still there after half a minute.
    pub async fn terminate_and_wait(&mut self) -> ExitStatus {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .expect("run kill");
        assert!(asked.success(), "it was not there any more");
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("its status") {
                self.heard_out();
                return status;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.kill_9();
        panic!("it ignored SIGTERM; it said:\n{}", self.stderr());
    }

    /// What it said before it ended is read to its end.
    fn heard_out(&mut self) {
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }

    async fn wait_for(mut command: Command) -> Result<Self, String> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{command:?} cannot be run: {error}"))?;
        let stdout = child.stdout.take().expect("its standard output");
        let stderr = child.stderr.take().expect("its standard error");
        let said = Arc::default();
        let mut server = Self {
            child,
            base_url: String::new(),
            said: Arc::clone(&said),
            listening: Some(thread::spawn(move || collect(stderr, &said))),
        };
        let mut addresses = addresses(stdout);
        match tokio::time::timeout(PATIENCE, addresses.recv()).await {
            Ok(Some(address)) => {
                server.base_url = address;
                Ok(server)
            }
            Ok(None) => {
                // Its output has ended, so has it, or it is about to: what it said is complete then.
                server.kill_if_lingering().await;
                server.heard_out();
                let status = server.child.wait().map_err(|error| error.to_string())?;
                Err(format!(
                    "jifen ended before it listened ({status}); it said:\n{}",
                    server.stderr()
                ))
            }
            Err(_) => {
                server.kill_9();
                Err(format!(
                    "jifen did not listen within {PATIENCE:?}; it said:\n{}",
                    server.stderr()
                ))
            }
        }
    }

    /// Gives a process that closed its output a moment to end by itself.
    async fn kill_if_lingering(&mut self) {
        for _ in 0..100 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.kill_9();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill_9();
    }
}

/// A command that runs the built binary, without the `JIFEN_…` variables of whoever runs the tests.
///
/// # Panics
/// When it is not built.
pub fn jifen() -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("JIFEN_") {
            command.env_remove(name);
        }
    }
    command
}

/// The tests run from target/PROFILE/deps (documentation examples from elsewhere), and the binary is
/// in target/PROFILE.
fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("this test's path");
    let name = format!("jifen{}", std::env::consts::EXE_SUFFIX);
    test.ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(&name))
        .find(|path| path.is_file())
        .unwrap_or_else(|| {
            let near = test.parent().and_then(Path::parent).unwrap_or(&test);
            panic!(
                "there is no {name} in {}: run tests/run, or cargo build --bin jifen -p api",
                near.display()
            )
        })
}

/// Sends on each address it says it listens on, and reads on to the end: a full pipe would stop it.
fn addresses(stdout: impl Read + Send + 'static) -> mpsc::UnboundedReceiver<String> {
    let (send, receive) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("listening on ")
                && (address.starts_with("http://") || address.starts_with("https://"))
            {
                let address = address.split_whitespace().next().unwrap_or(address);
                let _ = send.send(address.trim_end_matches('/').to_owned());
            }
        }
    });
    receive
}

/// Keeps what is read, up to the end, as it comes.
fn collect(mut from: impl Read, into: &Mutex<String>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let text = String::from_utf8_lossy(&buffer[..count]);
        into.lock().unwrap().push_str(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn the_address_is_read_from_its_output() {
        let script = "echo starting; echo listening on http://127.0.0.1:7/; exec sleep 60";
        let mut server = Server::wait_for(shell(script)).await.expect("it listens");
        assert_eq!(server.base_url(), "http://127.0.0.1:7");
        let status = server.terminate_and_wait().await;
        assert!(!status.success(), "sleep has no handler for SIGTERM");
        server.kill_9();
    }

    #[tokio::test]
    async fn what_it_said_explains_why_it_does_not_listen() {
        let script = "echo the database is locked >&2; exit 3";
        let why = Server::wait_for(shell(script)).await.expect_err("it ends");
        assert!(why.contains("exit status: 3"), "{why}");
        assert!(why.contains("the database is locked"), "{why}");
    }
}
