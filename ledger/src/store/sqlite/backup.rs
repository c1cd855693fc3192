//! Copies of an SQLite file: made while it is written to, checked, and put in place whole or not at all.
//!
//! `VACUUM INTO` writes what one read transaction sees into a new file. SQLite's other way, the page-by-page backup, begins anew whenever
//! another process writes, and a server always does; this one keeps nobody waiting. It goes through every table and index by its
//! order, so a page that cannot be read is found while there is still a database to mend. Its price: the log is not folded in beyond
//! the moment it began until it ends.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::future::Future;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePoolOptions};

use super::{MIGRATOR, Store, options};
use crate::ids::random_bytes;
use crate::store::StoreError;

/// How often it is told how far a copy has come.
const TELL: Duration = Duration::from_millis(200);

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The URL names PostgreSQL, which has tools of its own.
    #[error(
        "PostgreSQL is backed up and restored by its own tools: pg_dump -Fc and pg_restore, or pg_basebackup with WAL archiving"
    )]
    Postgres,
    /// Something is there already.
    #[error("{} exists already, and a server may be using it: name another file, or move it away first", path.display())]
    Exists {
        /// What is there: the file, or the log of one that was.
        path: PathBuf,
    },
    /// There is a log beside the file, so that the file alone is not all of it.
    #[error("{} belongs to a database in use, not to a backup: make one with `jifen backup`", path.display())]
    Unfinished {
        /// The log.
        path: PathBuf,
    },
    /// It is no database of this ledger's.
    #[error("{} is not a ledger of jifen's: {problem}", path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
        /// What the database said.
        problem: String,
    },
    /// Rows or pages do not fit together.
    #[error("{} is damaged: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first thing found.
        problem: String,
    },
    /// The operating system refused.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The database could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::File { path, error }
    }
}

/// Which migration a file is at, and which this build is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The file's.
    pub found: i64,
    /// This build's.
    pub build: i64,
}

/// A copy that is complete and checked, but not yet under its name. Dropped, it is removed.
#[derive(Debug)]
pub struct FileCopy {
    part: Part,
    target: PathBuf,
    /// Its schema.
    pub schema: Schema,
    /// Its length in bytes.
    pub bytes: u64,
}

/// A file beside its target under a name of its own, removed on drop.
#[derive(Debug)]
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        // Whoever looks for a backup does not take it for one; that it is still there is not worth failing for.
        let _ = fs::remove_file(&self.0);
    }
}

/// Copies the database of a URL as it is at one moment, for `target`. Whoever writes to it goes on. `progress` is told bytes written and
/// about how many there will be.
pub async fn back_up(
    url: &str,
    target: &Path,
    progress: impl FnMut(u64, u64),
) -> Result<FileCopy, BackupError> {
    must_not_exist(target)?;
    let part = Part::beside(target)?;
    // Not by `options`: a file that was never served has no log, and a reader cannot give it one.
    let source = from_url(url)?
        .read_only(true)
        .busy_timeout(Duration::from_secs(5));
    let mut connection = connect(&source).await?;
    let written = vacuum(&mut connection, &part.0);
    let expected = length(source.get_filename());
    following(written, &part.0, expected, progress).await?;
    connection.close().await.map_err(StoreError::from)?;
    let schema = check(&part.0).await?;
    FileCopy::new(part, target, schema)
}

/// Copies a backup to where a URL names no file yet. The backup is checked first and left as it is.
pub async fn restore(
    from: &Path,
    url: &str,
    progress: impl FnMut(u64, u64),
) -> Result<FileCopy, BackupError> {
    let target = from_url(url)?.get_filename().to_owned();
    must_not_exist(&target)?;
    for log in logs(from) {
        if length(&log) > 0 {
            return Err(BackupError::Unfinished { path: log });
        }
    }
    let schema = check(from).await?;
    let part = Part::beside(&target)?;
    let (source, copy) = (from.to_owned(), part.0.clone());
    let copied = tokio::task::spawn_blocking(move || {
        let mut writing = OpenOptions::new().write(true).open(copy)?;
        io::copy(&mut File::open(source)?, &mut writing)
    });
    let copied = following(copied, &part.0, length(from), progress).await;
    let copied = copied.unwrap_or_else(|error| Err(io::Error::other(error)));
    copied.map_err(BackupError::file(&part.0))?;
    // A log, such as readers of a served file expect, before anybody serves it.
    let made_ready = options(&part.url())?;
    let connection = connect(&made_ready).await?;
    connection.close().await.map_err(StoreError::from)?;
    FileCopy::new(part, &target, schema)
}

async fn vacuum(connection: &mut SqliteConnection, into: &Path) -> Result<(), BackupError> {
    let path = into.to_str().ok_or_else(|| BackupError::File {
        path: into.to_owned(),
        error: io::Error::new(ErrorKind::InvalidInput, "the path is not UTF-8"),
    })?;
    let query = sqlx::query("VACUUM INTO $1").bind(path);
    query.execute(connection).await.map_err(StoreError::from)?;
    Ok(())
}

/// Whether pages, indexes and references fit together, and which schema it is. Nothing is changed, not even a log opened: the file
/// may lie on a medium that cannot be written.
async fn check(file: &Path) -> Result<Schema, BackupError> {
    let path = || file.to_owned();
    let not_a_ledger = |problem: String| BackupError::NotALedger {
        path: path(),
        problem,
    };
    if !file.is_file() {
        return Err(not_a_ledger("there is no such file".to_owned()));
    }
    let mut connection = connect(&still(file)).await?;
    let at = "SELECT MAX(version) FROM _sqlx_migrations WHERE success";
    let version: Result<Option<i64>, _> = sqlx::query_scalar(at).fetch_one(&mut connection).await;
    let version = version.map_err(|error| not_a_ledger(error.to_string()))?;
    let found = version.ok_or_else(|| not_a_ledger("it was never migrated".to_owned()))?;
    let damaged = |problem: String| BackupError::Damaged {
        path: path(),
        problem,
    };
    let pages = sqlx::query_scalar("PRAGMA integrity_check(1)");
    let verdict: String = pages
        .fetch_one(&mut connection)
        .await
        .map_err(|error| damaged(error.to_string()))?;
    if verdict != "ok" {
        return Err(damaged(verdict));
    }
    let lost = sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut connection);
    if lost.await.map_err(StoreError::from)?.is_some() {
        return Err(damaged("a row refers to one that is not there".to_owned()));
    }
    connection.close().await.map_err(StoreError::from)?;
    let build = MIGRATOR.iter().map(|migration| migration.version).max();
    Ok(Schema {
        found,
        build: build.unwrap_or_default(),
    })
}

impl FileCopy {
    fn new(part: Part, target: &Path, schema: Schema) -> Result<Self, BackupError> {
        let metadata = fs::metadata(&part.0).map_err(BackupError::file(&part.0))?;
        Ok(Self {
            part,
            target: target.to_owned(),
            schema,
            bytes: metadata.len(),
        })
    }

    /// A store that reads it and cannot write.
    pub(in crate::store) fn open(&self, readers: u32) -> Store {
        let writing = still(&self.part.0);
        let reader = SqlitePoolOptions::new()
            .max_connections(readers)
            .connect_lazy_with(writing.clone());
        Store {
            writing,
            keeper: reader.clone(),
            reader,
        }
    }

    /// Makes it durable and gives it its name, unless something has got that name meanwhile.
    ///
    /// # Errors
    /// [`BackupError::Exists`], and what the operating system says.
    pub fn keep(self) -> Result<(), BackupError> {
        let (part, target) = (&self.part.0, &self.target);
        let written = File::open(part).and_then(|file| file.sync_all());
        written.map_err(BackupError::file(part))?;
        must_not_exist(target)?;
        // A second name never replaces a file, as renaming would; some file systems know no second names.
        match fs::hard_link(part, target) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let path = target.clone();
                return Err(BackupError::Exists { path });
            }
            Err(_) => fs::rename(part, target).map_err(BackupError::file(target))?,
        }
        let folder = folder(target);
        let named = File::open(&folder).and_then(|folder| folder.sync_all());
        named.map_err(BackupError::file(&folder))
    }
}

impl Part {
    /// Made empty and for its owner alone: a ledger is nobody else's to read.
    fn beside(target: &Path) -> Result<Self, BackupError> {
        let target = std::path::absolute(target).map_err(BackupError::file(target))?;
        let mark = u32::from_be_bytes(random_bytes());
        let path = with_suffix(&target, &format!(".{mark:08x}.part"));
        let mut new = OpenOptions::new();
        new.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
        new.open(&path).map_err(BackupError::file(&path))?;
        Ok(Self(path))
    }

    /// As a URL, with whatever a path may hold that a URL may not.
    fn url(&self) -> String {
        let escape = |part: &str| {
            part.replace('%', "%25")
                .replace('?', "%3F")
                .replace('#', "%23")
        };
        format!("sqlite://{}", escape(&self.0.to_string_lossy()))
    }
}

fn must_not_exist(target: &Path) -> Result<(), BackupError> {
    // The log of a file that is gone would be taken for the new file's.
    for path in [target.to_owned()].into_iter().chain(logs(target)) {
        if path.symlink_metadata().is_ok() {
            return Err(BackupError::Exists { path });
        }
    }
    Ok(())
}

fn logs(file: &Path) -> [PathBuf; 3] {
    ["-wal", "-shm", "-journal"].map(|suffix| with_suffix(file, suffix))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

fn from_url(url: &str) -> Result<SqliteConnectOptions, StoreError> {
    SqliteConnectOptions::from_str(url)
        .map_err(|error| StoreError::Schema(format!("the database URL cannot be read: {error}")))
}

/// A file that nobody writes to.
fn still(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .immutable(true)
}

async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, StoreError> {
    Ok(SqliteConnection::connect_with(options).await?)
}

/// Waits for the work, telling how long the file is meanwhile.
async fn following<T>(
    work: impl Future<Output = T>,
    file: &Path,
    expected: u64,
    mut progress: impl FnMut(u64, u64),
) -> T {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(TELL) => progress(length(file), expected),
        }
    }
}
