//! `jifen import`: a file of many lines, looked at, then imported wholly or not at all.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use ledger::ids::sha256_hex;
use ledger::import::ImportKind;
use ledger::{Import, ImportError, ImportLine, ImportVerdict, ImportedAward, Ledger, Request};

use super::program::{open_with, operator};
use super::{Failure, choose, personal};
use crate::{config, workbook};

/// No list of 1,000 lines is larger.
const MOST_BYTES: u64 = 8 << 20;

#[derive(clap::Args)]
#[command(
    after_help = "The first line names the columns, in English or Chinese; cells are parted by commas; the text is UTF-8 or GB18030.\n\
    A file has at most 1,000 lines under its header, and is imported wholly or not at all. A line that is on record as it\n\
    stands is left alone, so the same file can be imported again."
)]
pub struct Args {
    #[command(subcommand)]
    list: List,
}

#[derive(clap::Subcommand)]
enum List {
    /// Deeds to be awarded: member (骑手), kind (类型), reference (编号), occurred_at (时间), and a column for each fact
    ///
    /// A member is named by an id, or by the reference they were imported under. Times are RFC 3339, or local to the programme, such
    /// as 2026-03-05 19:30. If need be also: name (姓名), which must be the one on record; policy (办法); evidence (凭据);
    /// latitude (纬度) and longitude (经度).
    Awards(Source),
    /// Riders to be enrolled: reference (编号), name (姓名), and if need be organization (组织)
    ///
    /// The reference is a number of your own; a rider's id follows from it. With a master key also: phone (手机号), identity_number
    /// (身份证号), platforms (平台; several with 、 between, an account after a colon), home (流出地), consent (同意书版本). All of it is
    /// sealed. Whoever has the phone already is that rider, and what is new is added.
    Members(Source),
    /// Stores and their merchants: reference (编号), merchant (商户), store (门店), address (地址)
    Merchants(Source),
}

#[derive(clap::Args)]
struct Source {
    /// The CSV file, or a workbook (XLSX) of which the first sheet is read; `-` reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    database: config::Database,
    #[command(flatten)]
    keys: config::MasterKeys,
    #[command(flatten)]
    program: config::Program,
    /// Show what it would come to, and change nothing
    #[arg(long, conflicts_with = "yes")]
    preview: bool,
    /// Import without asking
    #[arg(long)]
    yes: bool,
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        let (kind, source) = match self.list {
            List::Awards(source) => (ImportKind::Awards, source),
            List::Members(source) => (ImportKind::Members, source),
            List::Merchants(source) => (ImportKind::Merchants, source),
        };
        let file = source.read()?;
        let keyring = personal::read(&source.keys)?;
        let ledger = open_with(&source.database, keyring).await?;
        let outcome = match personal::must_open(&ledger).await {
            Ok(()) => source.run(&ledger, kind, &file).await,
            Err(failure) => Err(failure),
        };
        ledger.close().await;
        outcome
    }
}

impl Source {
    fn read(&self) -> Result<Vec<u8>, Failure> {
        let name = self.file.display();
        let from_input = self.file.as_os_str() == "-";
        if from_input && !self.preview && !self.yes {
            let why =
                "a file from standard input leaves nothing to answer with: say --preview or --yes";
            return Err(Failure(why.into()));
        }
        let mut bytes = Vec::new();
        let read = if from_input {
            io::stdin().take(MOST_BYTES + 1).read_to_end(&mut bytes)
        } else {
            File::open(&self.file)
                .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        };
        read.map_err(|error| Failure(format!("cannot read {name}: {error}")))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(Failure(format!("{name} is larger than 8 MiB: split it")));
        }
        if workbook::is_workbook(&bytes) {
            let lines = workbook::lines(&bytes);
            return Ok(lines
                .map_err(|error| Failure(format!("{name}: {error}")))?
                .into_bytes());
        }
        Ok(bytes)
    }

    async fn run(
        &self,
        ledger: &Ledger,
        kind: ImportKind,
        file: &[u8],
    ) -> Result<ExitCode, Failure> {
        let program = choose::one(ledger, &self.program).await?;
        // The file's content is the key: pressed again after a cut-off, it is found. It tells nothing of who stands in the file.
        let digest = ledger.print_of(program.id, file);
        let digest = digest.map_or_else(|| sha256_hex(file), |print| print.to_string());
        let request = Request {
            key: Some(format!("import-{digest}")),
            ..operator(program.id)
        };
        let bar = bar(&program.code)?;
        let preview = ledger.preview_import(&request, kind, file, |done, of| show(&bar, done, of));
        let preview = preview.await;
        bar.finish_and_clear();
        let preview = match preview {
            Err(ImportError::Flawed(import)) => *import,
            other => other?,
        };
        print(&preview, kind)?;
        if !preview.flaws.is_empty() {
            return Ok(ExitCode::FAILURE);
        }
        let new = preview.count(ImportVerdict::New) + preview.count(ImportVerdict::Added);
        if new == 0 {
            println!("Nothing is new.");
            return Ok(ExitCode::SUCCESS);
        }
        if self.preview {
            return Ok(ExitCode::SUCCESS);
        }
        if !self.yes && !agreed(new)? {
            eprintln!("Nothing was imported.");
            return Ok(ExitCode::FAILURE);
        }
        let import = ledger.import(&request, kind, file, |done, of| show(&bar, done, of));
        let import = import.await;
        bar.finish_and_clear();
        match import {
            Ok(import) if import.repeated => {
                println!("This file was imported before: nothing was changed.");
                Ok(ExitCode::SUCCESS)
            }
            Ok(import) => {
                println!("Imported: {}", totals(&import, kind)?);
                Ok(ExitCode::SUCCESS)
            }
            Err(ImportError::Flawed(import)) => {
                println!("Something changed since the preview.");
                print(&import, kind)?;
                Ok(ExitCode::FAILURE)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Asked on standard error, so that the table alone is on standard output.
fn agreed(new: usize) -> Result<bool, Failure> {
    eprint!("Import {new} new lines, all of them or none? [y/N] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    let answer = answer.trim().to_lowercase();
    Ok(["y", "yes", "是"].contains(&answer.as_str()))
}

/// On standard error where that is a terminal.
fn bar(program: &str) -> Result<ProgressBar, Failure> {
    let template = "{prefix} [{bar:24}] {pos}/{len} lines, {eta} left";
    let bar = ProgressBar::new(0)
        .with_style(ProgressStyle::with_template(template)?)
        .with_prefix(program.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    Ok(bar)
}

fn show(bar: &ProgressBar, done: u64, of: u64) {
    bar.set_length(of);
    bar.set_position(done);
}

fn print(import: &Import, kind: ImportKind) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let deeds = kind == ImportKind::Awards;
    if !import.lines.is_empty() {
        let points = if deeds { "     points" } else { "" };
        writeln!(
            out,
            "{:>5}{points}  {:<7}  {:<36}  name, remark",
            "line", "", "id"
        )?;
    }
    for line in &import.lines {
        let points = match (&line.award, deeds) {
            (Some(award), _) => format!("{:>11}", award.points.to_string()),
            (None, true) => " ".repeat(11),
            (None, false) => String::new(),
        };
        let verdict = line.verdict.name();
        write!(
            out,
            "{:>5}{points}  {verdict:<7}  {}  {}",
            line.line, line.subject, line.name
        )?;
        match remark(line) {
            Some(remark) => writeln!(out, "  {remark}")?,
            None => writeln!(out)?,
        }
    }
    for flaw in &import.flaws.told {
        writeln!(out, "{flaw}")?;
    }
    if import.flaws.more > 0 {
        writeln!(out, "and {} more errors", import.flaws.more)?;
    }
    if let Some(encoding) = import.encoding {
        writeln!(out, "{}: {}", encoding.name(), totals(import, kind)?)?;
    }
    if !import.flaws.is_empty() {
        let errors = import.flaws.count();
        writeln!(out, "{errors} errors: nothing was imported.")?;
    }
    Ok(())
}

/// What a person should notice about a line.
fn remark(line: &ImportLine) -> Option<String> {
    if line.verdict == ImportVerdict::Known {
        return Some("already there".to_owned());
    }
    if line.verdict == ImportVerdict::Added {
        return Some("already there; what is new is added".to_owned());
    }
    if let [double, ..] = line.doubles.as_slice() {
        return Some(format!(
            "probably the same person as {double}: somebody has to decide"
        ));
    }
    let ImportedAward {
        state,
        quoted,
        points,
        trace,
        ..
    } = line.award.as_ref()?;
    let mut remarks = Vec::new();
    if points != quoted {
        let clipping = trace.caps.iter().filter(|cap| cap.clipped.is_positive());
        let caps: Vec<&str> = clipping.map(|cap| cap.cap.as_str()).collect();
        remarks.push(format!("{quoted} cut by {}", caps.join(", ")));
    }
    if *state != ledger::machine::AwardState::Vested {
        remarks.push(state.name().to_owned());
    }
    (!remarks.is_empty()).then(|| remarks.join("; "))
}

fn totals(import: &Import, kind: ImportKind) -> Result<String, Failure> {
    let count = |verdict| import.count(verdict);
    let mut text = format!("{} new lines", count(ImportVerdict::New));
    if kind == ImportKind::Awards {
        text.push_str(&format!(", {} points", import.points()?));
    }
    text.push_str(&format!("; {} already there", count(ImportVerdict::Known)));
    let added = count(ImportVerdict::Added);
    if added > 0 {
        text.push_str(&format!("; {added} added to"));
    }
    let refused = count(ImportVerdict::Refused);
    if refused > 0 {
        text.push_str(&format!("; {refused} refused"));
    }
    Ok(text)
}
