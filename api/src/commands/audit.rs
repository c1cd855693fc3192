//! `jifen audit`: who changed what, when, by what, from where and why.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use ledger::Ledger;
use ledger::community::Program;
use ledger::export::trail::Form;
use ledger::ids::ActorId;
use ledger::views::TrailFilter;
use uuid::Uuid;

use super::moment::at_midnight;
use super::program::open;
use super::{Failure, choose};
use crate::config;

/// How many changes are read at a time.
const PIECE: i64 = 1_000;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Write the audit trail to a file, newest first
    Export(Export),
}

#[derive(clap::Args)]
struct Export {
    #[command(flatten)]
    database: config::Database,
    #[command(flatten)]
    program: config::Program,
    /// csv, or jsonl for one JSON object a line
    #[arg(long, default_value = "csv", value_enum)]
    format: Format,
    /// Only what this staff member, member, store or key did
    #[arg(long, value_name = "ID")]
    actor: Option<Uuid>,
    /// Only what was done to this award, member, redemption, budget, store, key …
    #[arg(long, value_name = "ID")]
    object: Option<Uuid>,
    /// Only this operation, such as award.approve
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// From this day or moment on, such as 2026-04-01
    #[arg(long, value_name = "MOMENT")]
    from: Option<String>,
    /// Before this day or moment
    #[arg(long, value_name = "MOMENT")]
    to: Option<String>,
    /// Where to write; standard output if not given
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Csv,
    Jsonl,
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        match self.what {
            What::Export(args) => args.run().await,
        }
    }
}

impl Export {
    async fn run(self) -> Result<ExitCode, Failure> {
        let ledger = open(&self.database).await?;
        let program = choose::one(&ledger, &self.program).await?;
        let written = self.write(&ledger, &program).await;
        ledger.close().await;
        // On standard output they are seen.
        if let (Some(changes), Some(_)) = (written?, &self.output) {
            eprintln!("{changes} changes");
        }
        Ok(ExitCode::SUCCESS)
    }

    /// How many changes were written; `None` when nobody reads any more.
    async fn write(&self, ledger: &Ledger, program: &Program) -> Result<Option<usize>, Failure> {
        let moment = |text: &Option<String>| {
            let moment = text.as_deref().map(|text| at_midnight(text, &program.zone));
            moment.transpose()
        };
        let mut filter = TrailFilter {
            actor: self.actor.map(ActorId),
            object: self.object,
            operation: self.operation.clone(),
            from: moment(&self.from)?,
            until: moment(&self.to)?,
            before: None,
            limit: PIECE,
        };
        let form = match self.format {
            Format::Csv => Form::Csv,
            Format::Jsonl => Form::JsonLines,
        };
        let mut out: Box<dyn Write> = match &self.output {
            Some(path) => Box::new(BufWriter::new(File::create(path).map_err(|error| {
                Failure(format!("cannot write {}: {error}", path.display()))
            })?)),
            None => Box::new(BufWriter::new(io::stdout())),
        };
        let mut changes = 0;
        let mut lines = form.head();
        loop {
            let page = ledger.trail(program.id, &filter).await?;
            changes += page.changes.len();
            lines.extend(form.lines(&page.changes)?);
            let last = page.next.is_none();
            let written = out.write_all(&lines).and_then(|()| match last {
                true => out.flush(),
                false => Ok(()),
            });
            match written {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(None),
                written => written?,
            }
            if last {
                return Ok(Some(changes));
            }
            filter.before = page.next;
            lines.clear();
        }
    }
}
