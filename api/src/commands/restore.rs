//! `jifen restore`: an SQLite ledger from a backup.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ledger::Ledger;

use super::Failure;
use super::backup::{bar, finish, tell};
use crate::config;

#[derive(clap::Args)]
#[command(
    after_help = "The backup is checked first and never changed. Nothing is migrated: the version of the schema is printed, and `jifen serve` \
    or\n`jifen migrate` brings it up to the build's.\nPostgreSQL has its own tools: pg_dump -Fc and pg_restore."
)]
pub struct Args {
    /// The backup, as `jifen backup` made it
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    database: config::Database,
    /// Check pages and references only, not the ledger's invariants
    #[arg(long)]
    no_verify: bool,
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        let config::Database {
            database_url,
            readers,
        } = &self.database;
        let bar = bar("copying")?;
        let copy = Ledger::restore(&self.from, database_url, |done, of| tell(&bar, done, of)).await;
        bar.finish_and_clear();
        let copy = copy?;
        let schema = copy.schema;
        let code = finish(copy, Path::new(database_url), !self.no_verify, *readers).await?;
        if schema.found > schema.build {
            println!("serve it with the build that wrote it, or a newer one than this");
        } else if schema.found < schema.build {
            println!(
                "the next `jifen serve` or `jifen migrate` brings it to version {}",
                schema.build
            );
        }
        Ok(code)
    }
}
