//! The commands, one file each: its flags, and what it does.

mod audit;
mod backup;
mod bench;
mod choose;
mod export;
mod grid;
mod import;
mod key;
mod layer;
mod login;
mod migrate;
mod moment;
mod personal;
mod policy;
mod program;
mod record;
mod restore;
mod serve;
mod settle;
mod simulate;
mod verify;

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

/// Why a command could not do what it was asked to, in words for the operator.
#[derive(Debug)]
pub struct Failure(pub String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a file holds, in JSON.
fn read_json(file: &Path) -> Result<serde_json::Value, Failure> {
    let name = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure(format!("cannot read {name}: {error}")))?;
    serde_json::from_str(&text).map_err(|error| Failure(format!("{name} is no JSON: {error}")))
}

/// What to do.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Serve the API and the pages
    Serve(Box<serve::Args>),
    /// Bring the schema of the database up to this build's
    Migrate(migrate::Args),
    /// Check, test and simulate policy files
    Policy(policy::Args),
    /// Make and list programmes
    Program(program::Args),
    /// Put layers on a programme's map
    Layer(layer::Args),
    /// Put cells that members patrol on a programme's map
    Grid(grid::Args),
    /// Make API keys
    Key(key::Args),
    /// Invite people to choose what they log in with
    Login(login::Args),
    /// Keys of what is held about people: make, rotate, list; seal names
    Personal(personal::Args),
    /// Keys that sign service records, and checking a record
    Record(record::Args),
    /// Import lists of deeds, riders or stores
    Import(import::Args),
    /// Export the journal
    Export(export::Args),
    /// Who changed what, by what and from where
    Audit(audit::Args),
    /// Freeze the next statement of every store
    Settle(settle::Args),
    /// Recompute the ledger's invariants from its rows
    Verify(verify::Args),
    /// Copy an SQLite ledger while it serves
    Backup(backup::Args),
    /// Make an SQLite ledger of a backup
    Restore(restore::Args),
    /// Measure throughput and latency
    Bench(bench::Args),
}

impl Command {
    /// Runs it.
    pub async fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Serve(args) => (*args).run().await,
            Self::Migrate(args) => args.run().await,
            Self::Policy(args) => args.run().await,
            Self::Program(args) => args.run().await,
            Self::Layer(args) => args.run().await,
            Self::Grid(args) => args.run().await,
            Self::Key(args) => args.run().await,
            Self::Login(args) => args.run().await,
            Self::Personal(args) => args.run().await,
            Self::Record(args) => args.run(),
            Self::Import(args) => args.run().await,
            Self::Export(args) => args.run().await,
            Self::Audit(args) => args.run().await,
            Self::Settle(args) => args.run().await,
            Self::Verify(args) => args.run().await,
            Self::Backup(args) => args.run().await,
            Self::Restore(args) => args.run().await,
            Self::Bench(args) => args.run().await,
        }
    }
}
