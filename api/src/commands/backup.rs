//! `jifen backup`: a copy of an SQLite ledger, made while it serves.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use ledger::{FileCopy, Ledger, Options};

use super::{Failure, verify};
use crate::config;

#[derive(clap::Args)]
#[command(
    after_help = "The copy is of one moment: every transfer is wholly in it or wholly not. It is written beside FILE under a name that ends \
    in .part,\nchecked, made durable, and only then named FILE.\nPostgreSQL has its own tools: pg_dump -Fc and pg_restore, or pg_basebackup \
    with WAL archiving for any point in time."
)]
pub struct Args {
    #[command(flatten)]
    database: config::Database,
    /// Where to write; what exists is never overwritten
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
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
        let copy = Ledger::back_up(database_url, &self.out, |done, of| tell(&bar, done, of)).await;
        bar.finish_and_clear();
        finish(copy?, &self.out, !self.no_verify, *readers).await
    }
}

/// A bar on standard error where that is a terminal.
pub(super) fn bar(does: &'static str) -> Result<ProgressBar, Failure> {
    let style = ProgressStyle::with_template("{prefix} [{bar:24}] {bytes} of about {total_bytes}")?;
    Ok(ProgressBar::new(0).with_style(style).with_prefix(does))
}

pub(super) fn tell(bar: &ProgressBar, done: u64, of: u64) {
    bar.set_length(of.max(done));
    bar.set_position(done);
}

/// Verifies the copy if asked to, and keeps it if it is clean.
pub(super) async fn finish(
    copy: FileCopy,
    target: &Path,
    verifies: bool,
    readers: u32,
) -> Result<ExitCode, Failure> {
    let (schema, bytes) = (copy.schema, copy.bytes);
    println!(
        "copied {}; pages and references are sound",
        HumanBytes(bytes)
    );
    if !verifies {
        println!("the ledger's invariants were not verified");
    } else if schema.found != schema.build {
        println!(
            "the ledger's invariants were not verified: the schema is version {}, this build's is {}",
            schema.found, schema.build
        );
    } else {
        let options = Options {
            readers,
            ..Options::default()
        };
        let ledger = Ledger::open_copy(&copy, options).await?;
        let clean = verify::all(&ledger, None).await;
        ledger.close().await;
        if !clean? {
            return Err(Failure(
                "the copy is not kept: a row does not fit (--no-verify keeps it all the same)"
                    .into(),
            ));
        }
    }
    copy.keep()?;
    println!("{} is schema version {}", target.display(), schema.found);
    Ok(ExitCode::SUCCESS)
}
