//! `jifen serve`.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use ledger::clock::Clock;
use ledger::community::Role;
use ledger::community::personal::{Keyring, masked};
use ledger::{Ledger, Options};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use super::{Failure, personal, record};
use crate::config::{self, Database, MasterKeys};
use crate::edge::{self, Bounds, Certificate, Tls};
use crate::outside::Outside;
use crate::records::RecordKeys;
use crate::state::{App, Limits};
use crate::web::{self, Site};
use crate::{demo, jobs, meter, routes};

/// How long requests under way may take to finish once the server is asked to end.
const FAREWELL: Duration = Duration::from_secs(20);
/// How often is written down when keys were used.
const MINUTE: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    database: Database,
    /// Where to listen
    #[arg(
        long,
        env = "JIFEN_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS:PORT"
    )]
    listen: SocketAddr,
    #[command(flatten)]
    keys: MasterKeys,
    #[command(flatten)]
    records: config::RecordKeyFile,
    #[command(flatten)]
    outside: config::Outside,
    /// Bring a PostgreSQL schema up to this build's first; an SQLite file always is
    #[arg(long, env = "JIFEN_MIGRATE")]
    migrate: bool,
    /// Serve a made-up programme with people to enter as; on loopback only, in --demo-database unless --database-url is given
    #[arg(long, env = "JIFEN_DEMO")]
    demo: bool,
    /// Where the demo's data is
    #[arg(
        long,
        env = "JIFEN_DEMO_DATABASE",
        default_value = "sqlite:data/demo.sqlite",
        value_name = "URL"
    )]
    demo_database: String,
    /// Show the demo as it will be so many days from now: its clock runs ahead, so notices close and points run out
    #[arg(
        long,
        env = "JIFEN_DEMO_AHEAD",
        requires = "demo",
        default_value_t = 0,
        hide_default_value = true,
        value_name = "DAYS"
    )]
    demo_ahead: u16,
    /// How log lines are written, to standard error
    #[arg(
        long,
        visible_alias = "log-format",
        env = "JIFEN_LOG",
        default_value = "text",
        value_enum
    )]
    log: LogFormat,
    /// Which log lines: a level, or `target=level` directives. `info,access=debug` adds a line for each request; without it, those
    /// refused, failed or slow have one
    #[arg(
        long,
        env = "JIFEN_LOG_LEVEL",
        default_value = "info",
        value_name = "FILTER"
    )]
    log_level: String,
    /// How long one request may take, in seconds
    #[arg(
        long,
        env = "JIFEN_REQUEST_TIMEOUT",
        default_value_t = 30,
        value_name = "SECONDS"
    )]
    request_timeout: u64,
    /// The largest body taken, in KiB; a batch of awards may be four times as large
    #[arg(
        long,
        env = "JIFEN_BODY_LIMIT",
        default_value_t = 256,
        value_name = "KIB"
    )]
    body_limit: usize,
    /// How many requests may be under way; more are answered 503
    #[arg(
        long,
        env = "JIFEN_IN_FLIGHT",
        default_value_t = 2_048,
        value_name = "N"
    )]
    in_flight: usize,
    /// Callers reach this server over TLS, by a proxy that ends it: cookies are for TLS alone then
    #[arg(long, env = "JIFEN_BEHIND_TLS")]
    behind_tls: bool,
    /// Tell /metrics to everybody who can reach this server. Without it, only callers on this machine are told, and only if no header
    /// says that a proxy asks for somebody else; a proxy that adds none must keep /metrics to itself
    #[arg(long, env = "JIFEN_METRICS_PUBLIC")]
    metrics_public: bool,
    #[command(flatten)]
    edge: edge::Network,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum LogFormat {
    /// One JSON object a line
    Json,
    /// For people
    Text,
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        self.log_to_stderr()?;
        let certificate = self.edge.certificate()?.map(Arc::new);
        let url = self.url();
        let keyring = self.keyring(&url)?;
        let demo = self.prepare_database(&url, keyring.as_ref()).await?;
        let metrics = self.count(&url)?;
        let ledger = Arc::new(self.open(&url, keyring).await?);
        let outside = Outside::open(&self.outside, &ledger, self.demo).map_err(Failure)?;
        let (proxies, quotas) = (self.edge.proxies(), self.edge.quotas());
        let secure = self.behind_tls || certificate.is_some();
        let app = App::new(
            Arc::clone(&ledger),
            outside,
            self.limits(),
            proxies,
            quotas,
            secure,
            self.record_keys(&url)?,
        );
        let entering = demo
            .as_ref()
            .map(|demo| (demo.program, demo.people.clone()));
        let pages = web::router(Arc::new(Site::new(app.clone(), entering)));
        if !ledger.has_keyring() {
            tracing::warn!(
                "without a master key nobody can be invited to log in: see --master-key-file"
            );
        }
        let listener = TcpListener::bind(self.listen)
            .await
            .map_err(|error| Failure(format!("cannot listen on {}: {error}", self.listen)))?;
        let address = listener.local_addr()?;
        let stopped = app.stop.subscribe();
        let ending = watch_signals(app.stop.clone())?;
        let jobs = jobs::start(app.clone(), stopped.clone());
        let uses = tokio::spawn(note_uses(app.clone(), stopped.clone()));
        let tls = certificate.as_ref().map(Certificate::tls).transpose()?;
        let fresh = certificate.map(edge::keep_fresh).transpose()?;
        announce(address, tls.is_some(), demo.as_ref())?;
        let router = routes::router(app.clone(), pages.merge(metrics));
        let in_time = serve(listener, router, tls, self.edge.bounds(), stopped).await;
        if let Some(fresh) = fresh {
            fresh.abort();
        }
        // The server may also end by itself.
        app.stop.send_replace(true);
        ending.abort();
        let _ = ending.await;
        let _ = tokio::time::timeout(FAREWELL, jobs).await;
        let _ = tokio::time::timeout(FAREWELL, uses).await;
        let (requests, commands) = app.done.totals();
        drop(app);
        let closed = close(ledger).await;
        println!("served {requests} requests; {commands} commands took effect");
        if !(in_time && closed) {
            tracing::warn!("some requests were cut off; their callers ask again with the same key");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn log_to_stderr(&self) -> Result<(), Failure> {
        let filter = EnvFilter::try_new(&self.log_level)?;
        let lines = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr);
        match self.log {
            LogFormat::Json => {
                let lines = lines.json().flatten_event(true).with_span_list(false);
                lines.init();
                std::panic::set_hook(Box::new(log_panic));
            }
            LogFormat::Text => lines.init(),
        }
        Ok(())
    }

    /// Begins to count. Answers with the route that tells.
    fn count(&self, url: &str) -> Result<Router, Failure> {
        let database = if url.starts_with("sqlite:") {
            "sqlite"
        } else {
            "postgres"
        };
        meter::start(self.metrics_public, database)
            .map_err(|error| Failure(format!("nothing can be counted: {error}")))
    }

    fn limits(&self) -> Limits {
        Limits {
            timeout: Duration::from_secs(self.request_timeout),
            body: self.body_limit.saturating_mul(1_024),
            in_flight: self.in_flight,
            addresses_kept: self.edge.keep_addresses(),
        }
    }

    /// The database's schema brought up to date where that may be done unasked, and the demo filled in if it is wanted.
    async fn prepare_database(
        &self,
        url: &str,
        keyring: Option<&Arc<Keyring>>,
    ) -> Result<Option<demo::Seeded>, Failure> {
        if self.demo && !self.listen.ip().is_loopback() {
            let why = "--demo lets anybody enter as anybody: it listens on loopback only";
            return Err(Failure(why.into()));
        }
        let is_sqlite = url.starts_with("sqlite:");
        if is_sqlite {
            make_folder_of(url)?;
        }
        if is_sqlite || self.migrate {
            Ledger::migrate(url).await?;
        }
        Ok(match (self.demo, keyring) {
            (true, Some(keyring)) => Some(demo::seed(url, Arc::clone(keyring)).await?),
            _ => None,
        })
    }

    fn url(&self) -> String {
        let given = &self.database.database_url;
        if self.demo && given == Database::DEFAULT_URL {
            return self.demo_database.clone();
        }
        given.clone()
    }

    /// What seals what is held about people. A demo has its own unless one is given.
    fn keyring(&self, url: &str) -> Result<Option<Arc<Keyring>>, Failure> {
        match personal::read(&self.keys)? {
            None if self.demo => personal::of_demo(url),
            given => Ok(given),
        }
    }

    /// What signs service records. A demo has its own unless one is given.
    fn record_keys(&self, url: &str) -> Result<RecordKeys, Failure> {
        let keys = record::given(self.records.record_key_file.as_deref())?;
        match self.demo && !keys.can_sign() {
            true => record::of_demo(url),
            false => Ok(keys),
        }
    }

    async fn open(&self, url: &str, keyring: Option<Arc<Keyring>>) -> Result<Ledger, Failure> {
        let clock = match self.demo_ahead {
            0 => Clock::System,
            days => Clock::Ahead(i64::from(days) * 86_400),
        };
        let options = Options {
            clock,
            readers: self.database.readers,
            keyring,
        };
        let hint = "if its schema is not up to date, run `jifen migrate` with the same --database-url, or serve with --migrate";
        let ledger = Ledger::open(url, options)
            .await
            .map_err(|error| Failure(format!("{error}\n{hint}")))?;
        personal::must_open(&ledger).await?;
        Ok(ledger)
    }
}

/// So that every line stays JSON.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let payload = panic.payload();
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    let error = owned.or_else(|| payload.downcast_ref::<&str>().copied());
    tracing::error!(error, panic.place = place, "a thread panicked");
}

fn make_folder_of(url: &str) -> Result<(), Failure> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = path.split('?').next().unwrap_or(path);
    match std::path::Path::new(path).parent() {
        Some(folder) if !folder.as_os_str().is_empty() => Ok(std::fs::create_dir_all(folder)?),
        _ => Ok(()),
    }
}

/// Scripts wait for the first line, so it is written whole and at once. The demo tells whom to enter as.
fn announce(address: SocketAddr, tls: bool, demo: Option<&demo::Seeded>) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let scheme = if tls { "https" } else { "http" };
    writeln!(out, "listening on {scheme}://{address}")?;
    if let Some(demo) = demo {
        writeln!(
            out,
            "\npages: {scheme}://{address}/      API docs: {scheme}://{address}/docs\n"
        )?;
        let made = if demo.fresh {
            "made just now"
        } else {
            "as it was left"
        };
        writeln!(
            out,
            "the demo programme is {made}; people to enter as, on the first page:"
        )?;
        for person in &demo.people {
            writeln!(
                out,
                "  {:<9} {}  {}",
                person.role.name(),
                listed(person.role, &person.name),
                person.hint
            )?;
        }
        writeln!(out, "\ntokens for the API (this demo's only):")?;
        for token in &demo.tokens {
            writeln!(
                out,
                "  {:<9} {}  {}",
                token.role.name(),
                token.token,
                listed(token.role, &token.name)
            )?;
        }
    }
    Ok(out.flush()?)
}

/// Riders are listed as everywhere.
fn listed(role: Role, name: &str) -> String {
    match role {
        Role::Member => masked(name),
        _ => name.to_owned(),
    }
}

/// Writes down once a minute when keys were used, and a last time at the end.
async fn note_uses(app: App, mut stopped: watch::Receiver<bool>) {
    loop {
        // What is waited for holds a lock, so it is let go before anything is written.
        let ended = tokio::time::timeout(MINUTE, stopped.wait_for(|stop| *stop))
            .await
            .is_ok();
        app.keys.write_down(&app.ledger).await;
        if ended {
            return;
        }
    }
}

/// Says `true` once the process is asked to end.
fn watch_signals(stop: watch::Sender<bool>) -> Result<tokio::task::JoinHandle<()>, Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to end: finishing what was taken");
        let _ = stop.send(true);
        // Held open until the server has ended.
        std::future::pending::<()>().await;
    }))
}

/// Serves until told to stop, then until what was taken is answered or the time for that is over. Whether all was answered.
async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    bounds: Bounds,
    mut stopped: watch::Receiver<bool>,
) -> bool {
    let server = edge::serve(listener, router, tls, bounds, stopped.clone());
    let overdue = async {
        let _ = stopped.wait_for(|stop| *stop).await;
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        () = server => true,
        () = overdue => false,
    }
}

/// Only the last holder can close the ledger; a request that was cut off may still hold it.
async fn close(mut ledger: Arc<Ledger>) -> bool {
    for _ in 0..100 {
        match Arc::try_unwrap(ledger) {
            Ok(ledger) => {
                ledger.close().await;
                return true;
            }
            Err(shared) => ledger = shared,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}
