//! `jifen export`: the books in the forms of other programs.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use ledger::export::hledger::ExportError;

use super::program::open;
use super::{Failure, choose};
use crate::config;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    form: Form,
}

#[derive(clap::Subcommand)]
enum Form {
    /// The journal for hledger, every running balance asserted: `jifen export hledger | hledger -f - check`
    Hledger(Hledger),
}

#[derive(clap::Args)]
struct Hledger {
    #[command(flatten)]
    database: config::Database,
    #[command(flatten)]
    program: config::Program,
    /// Where to write; standard output if not given
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        match self.form {
            Form::Hledger(args) => args.run().await,
        }
    }
}

impl Hledger {
    async fn run(self) -> Result<ExitCode, Failure> {
        let ledger = open(&self.database).await?;
        let program = choose::one(&ledger, &self.program).await?;
        let to_file = self.output.is_some();
        let bar = if to_file || !io::stdout().is_terminal() {
            let style =
                ProgressStyle::with_template("[{bar:40}] {pos}/{len} transfers, {eta} left")?;
            ProgressBar::new(0).with_style(style)
        } else {
            // A bar would run through the journal on the same screen.
            ProgressBar::hidden()
        };
        let out: Box<dyn Write> = match &self.output {
            Some(path) => Box::new(BufWriter::new(File::create(path).map_err(|error| {
                Failure(format!("cannot write {}: {error}", path.display()))
            })?)),
            None => Box::new(BufWriter::new(io::stdout())),
        };
        let written = ledger.export_hledger(&program, out, |done, of| {
            bar.set_length(of);
            bar.set_position(done);
        });
        let written = written.await;
        bar.finish_and_clear();
        ledger.close().await;
        match written {
            // Whoever reads has seen enough.
            Err(ExportError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Err(error) => return Err(error.into()),
            Ok(transfers) if to_file => eprintln!("{transfers} transfers"),
            Ok(_) => {}
        }
        Ok(ExitCode::SUCCESS)
    }
}
