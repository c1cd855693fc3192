//! `jifen personal`: the keys of what is held about people.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use ledger::Ledger;
use ledger::clock::Clock;
use ledger::community::personal::Keyring;
use ledger::ids::random_bytes;

use super::program::{open_with, operator};
use super::{Failure, choose};
use crate::config::{self, Database, MasterKeys};

/// Where a keyring may come from besides a file.
const VARIABLE: &str = "JIFEN_MASTER_KEY";

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Add a master key to a file, which is made if it is not there; from then on it seals, and those before it still open
    Key(Key),
    /// Wrap every member's key by the newest master key; may be cut off and run again
    Rotate(Over),
    /// Seal the names of members who were registered without a master key, and mask them in lists
    Seal(Over),
    /// List the master keys that are still needed, and for how many members
    Keys(Over),
}

#[derive(clap::Args)]
struct Key {
    /// The file
    #[arg(long, env = "JIFEN_MASTER_KEY_FILE", value_name = "FILE")]
    master_key_file: PathBuf,
    /// What to call the key; the moment if not said
    #[arg(long)]
    name: Option<String>,
}

#[derive(clap::Args)]
struct Over {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    keys: MasterKeys,
    #[command(flatten)]
    program: config::Program,
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        match self.action {
            Action::Key(key) => {
                let name = key.name.unwrap_or_else(name_of_now);
                add_key(&key.master_key_file, &name)?;
                let file = key.master_key_file.display();
                println!(
                    "{file}: {name} seals from now on; keep a copy where no backup of the database is"
                );
            }
            Action::Rotate(over) => {
                let (ledger, request) = over.open().await?;
                let done = ledger.rotate(&request).await;
                ledger.close().await;
                println!("{} data keys wrapped anew", done?);
            }
            Action::Seal(over) => {
                let (ledger, request) = over.open().await?;
                let done = ledger.seal_names(&request).await;
                ledger.close().await;
                println!("{} names sealed", done?);
            }
            Action::Keys(over) => {
                let (ledger, request) = over.open().await?;
                let keys = ledger.master_keys(request.program).await;
                ledger.close().await;
                for (key, members) in keys? {
                    println!("{key}\t{members}");
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Over {
    async fn open(&self) -> Result<(Ledger, ledger::Request), Failure> {
        let keyring = read(&self.keys)?;
        if keyring.is_none() {
            return Err(Failure(format!(
                "no master key: give --master-key-file, or {VARIABLE} in the environment"
            )));
        }
        let ledger = open_with(&self.database, keyring).await?;
        let program = choose::one(&ledger, &self.program).await?;
        Ok((ledger, operator(program.id)))
    }
}

/// The keyring that was given, if one was.
pub(super) fn read(keys: &MasterKeys) -> Result<Option<Arc<Keyring>>, Failure> {
    let (from, text) = match (&keys.master_key_file, std::env::var(VARIABLE)) {
        (Some(_), Ok(_)) => {
            return Err(Failure(format!(
                "both --master-key-file and {VARIABLE} are given: give one of them"
            )));
        }
        (Some(file), _) => {
            let text = fs::read_to_string(file);
            let name = file.display().to_string();
            let why = |error| Failure(format!("cannot read the master keys in {name}: {error}"));
            (name.clone(), text.map_err(why)?)
        }
        (None, Ok(text)) => (VARIABLE.to_owned(), text),
        (None, Err(_)) => return Ok(None),
    };
    let keyring = Keyring::parse(&text).map_err(|error| Failure(format!("{from}: {error}")))?;
    Ok(Some(Arc::new(keyring)))
}

/// Says what to do where there are rows that this ledger has no master key for.
pub(super) async fn must_open(ledger: &Ledger) -> Result<(), Failure> {
    for program in ledger.programs().await? {
        for (key, members) in ledger.master_keys(program.id).await? {
            if !ledger.has_key(&key) {
                return Err(Failure(format!(
                    "what is held about {members} members of {} is sealed under the master key {key:?}, which was not given: \
                     give --master-key-file with the file that `jifen personal key` made, or {VARIABLE} in the environment",
                    program.code
                )));
            }
        }
    }
    Ok(())
}

/// Where the keyring of a demo is that has no file.
const DEMO_KEYS: &str = "data/demo.keys";

/// The keyring of a demo, beside its file; made if it is not there.
pub(super) fn of_demo(url: &str) -> Result<Option<Arc<Keyring>>, Failure> {
    let file = match url.strip_prefix("sqlite:") {
        Some(path) => {
            let path = path.trim_start_matches("//");
            let path = path.split('?').next().unwrap_or(path);
            PathBuf::from(format!("{path}.keys"))
        }
        None => PathBuf::from(DEMO_KEYS),
    };
    if !file.exists() {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        add_key(&file, &name_of_now())?;
    }
    read(&MasterKeys {
        master_key_file: Some(file),
    })
}

/// Adds a key, and the secret of lookups to a new file. Nobody but its owner may read the file.
fn add_key(file: &Path, name: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure(format!("{}: {error}", file.display()));
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_:.".contains(c);
    if name.is_empty() || name == "lookup" || !name.chars().all(plain) {
        let why = "a key's name has letters, digits and -_:. only, and is not `lookup`";
        return Err(Failure(why.to_owned()));
    }
    let mut lines = Keyring::line(name, &random_bytes());
    let known = match fs::read_to_string(file) {
        Ok(known) => known,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(error)),
    };
    if known.is_empty() {
        lines.insert_str(0, &Keyring::line("lookup", &random_bytes()));
    } else if !known.ends_with('\n') {
        lines.insert(0, '\n');
    }
    // What would not be a keyring is not written.
    let whole = format!("{known}{}", lines.as_str());
    Keyring::parse(&whole).map_err(|error| Failure(format!("{}: {error}", file.display())))?;
    let mut options = OpenOptions::new();
    let mut out = options
        .append(true)
        .create(true)
        .mode(0o600)
        .open(file)
        .map_err(failed)?;
    out.write_all(lines.as_bytes()).map_err(failed)?;
    out.sync_all().map_err(failed)
}

fn name_of_now() -> String {
    let now = Clock::System.now().to_string();
    let second = now.split('.').next().unwrap_or(&now);
    second.trim_end_matches('Z').to_owned()
}
