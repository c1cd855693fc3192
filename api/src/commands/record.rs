//! `jifen record`: the keys that sign service records, and checking a record away from any server.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ledger::community::personal::Keyring;
use ledger::ids::random_bytes;

use super::Failure;
use crate::records::{RecordKeys, verify};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Add a key to a file, which is made if it is not there; from then on it signs, and those before it stay published
    Key(Key),
    /// Print the public keys (JWKS), as they are served at /.well-known/jwks.json
    Jwks(File),
    /// Check a signed service record against public keys, and print what it says; exit code 1 if it is not as it was signed
    Verify(Verify),
}

#[derive(clap::Args)]
struct File {
    /// The file
    #[arg(long, env = "JIFEN_RECORD_KEY_FILE", value_name = "FILE")]
    record_key_file: PathBuf,
}

#[derive(clap::Args)]
struct Key {
    #[command(flatten)]
    file: File,
    /// What to call the key, for whoever looks after the file
    #[arg(long, default_value = "key")]
    name: String,
}

#[derive(clap::Args)]
struct Verify {
    /// The record, as it was issued; `-` reads standard input
    #[arg(value_name = "FILE")]
    record: PathBuf,
    /// The public keys, as /.well-known/jwks.json has them
    #[arg(long, value_name = "FILE")]
    jwks: PathBuf,
}

impl Args {
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self.action {
            Action::Key(Key { file, name }) => {
                let file = file.record_key_file;
                add_key(&file, &name)?;
                println!("{}: {name} signs from now on", file.display());
            }
            Action::Jwks(file) => {
                let keys = read(&file.record_key_file)?;
                println!("{}", serde_json::to_string_pretty(&keys.published())?);
            }
            Action::Verify(args) => return args.run(),
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Verify {
    fn run(self) -> Result<ExitCode, Failure> {
        let keys = text_of(&self.jwks)?;
        let not_keys = |error| Failure(format!("{}: no JWKS: {error}", self.jwks.display()));
        let keys = serde_json::from_str(&keys).map_err(not_keys)?;
        match verify(&keys, &text_of(&self.record)?) {
            Ok(statement) => {
                println!("{}", serde_json::to_string_pretty(&statement)?);
                Ok(ExitCode::SUCCESS)
            }
            Err(error) => {
                eprintln!("{error}");
                Ok(ExitCode::FAILURE)
            }
        }
    }
}

fn text_of(file: &Path) -> Result<String, Failure> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    text.map_err(|error| Failure(format!("{}: {error}", file.display())))
}

/// Where keys may come from besides a file.
const VARIABLE: &str = "JIFEN_RECORD_KEY";

/// The keys that were given, if any were.
pub(super) fn given(file: Option<&Path>) -> Result<RecordKeys, Failure> {
    match (file, std::env::var(VARIABLE)) {
        (Some(_), Ok(_)) => Err(Failure(format!(
            "both --record-key-file and {VARIABLE} are given: give one of them"
        ))),
        (Some(file), Err(_)) => read(file),
        (None, Ok(text)) => {
            RecordKeys::parse(&text).map_err(|error| Failure(format!("{VARIABLE}: {error}")))
        }
        (None, Err(_)) => Ok(RecordKeys::default()),
    }
}

/// The keys in a file.
fn read(file: &Path) -> Result<RecordKeys, Failure> {
    let keys = RecordKeys::parse(&text_of(file)?);
    keys.map_err(|error| Failure(format!("{}: {error}", file.display())))
}

/// Where the keys of a demo are that has no file.
const DEMO_KEYS: &str = "data/demo.record-keys";

/// The keys of a demo, beside its file; made if they are not there.
pub(super) fn of_demo(url: &str) -> Result<RecordKeys, Failure> {
    let path = url.strip_prefix("sqlite:").map(|path| {
        let path = path.trim_start_matches("//");
        path.split('?').next().unwrap_or(path)
    });
    let file = path.map_or_else(
        || PathBuf::from(DEMO_KEYS),
        |path| PathBuf::from(format!("{path}.record-keys")),
    );
    if !file.exists() {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        add_key(&file, "demo")?;
    }
    read(&file)
}

/// Adds a key. Nobody but its owner may read the file.
fn add_key(file: &Path, name: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure(format!("{}: {error}", file.display()));
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_:.".contains(c);
    if name.is_empty() || !name.chars().all(plain) {
        let why = "a key's name has letters, digits and -_:. only";
        return Err(Failure(why.to_owned()));
    }
    if file.exists() {
        // What would not be a list of keys is not made longer.
        read(file)?;
    }
    let mut out = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(file)
        .map_err(failed)?;
    // A last line without an end would swallow the next.
    let line = Keyring::line(name, &random_bytes());
    out.write_all(format!("\n{}", line.as_str()).as_bytes())
        .map_err(failed)?;
    out.sync_all().map_err(failed)
}
