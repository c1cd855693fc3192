//! `jifen verify`: recomputes the invariants from the rows.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use ledger::Ledger;
use ledger::community::Program;
use ledger::verify::Report;

use super::program::open;
use super::{Failure, choose};
use crate::config;

/// Exit codes: 0 everything fits, 1 a row does not fit, 2 it could not be found out.
#[derive(clap::Args)]
#[command(
    after_help = "Exit code: 0 everything fits, 1 a row does not fit, 2 it could not be found out.\n\
    It reads one moment and locks nothing, so it may run while the ledger serves."
)]
pub struct Args {
    #[command(flatten)]
    database: config::Database,
    /// Only the programme with this code, such as `yuhong`; all of them otherwise
    #[arg(long, env = "JIFEN_PROGRAM", value_name = "CODE")]
    program: Option<String>,
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        match self.verify().await {
            Ok(true) => Ok(ExitCode::SUCCESS),
            Ok(false) => Ok(ExitCode::from(1)),
            Err(failure) => {
                eprintln!("jifen: {failure}");
                Ok(ExitCode::from(2))
            }
        }
    }

    async fn verify(&self) -> Result<bool, Failure> {
        let ledger = open(&self.database).await?;
        let clean = all(&ledger, self.program.as_deref()).await;
        ledger.close().await;
        clean
    }
}

/// Verifies the programme of this code, or all of them, and prints what is found. Whether everything fits.
pub(super) async fn all(ledger: &Ledger, code: Option<&str>) -> Result<bool, Failure> {
    let mut clean = true;
    for program in choose::some(ledger, code).await? {
        let report = verify(ledger, &program).await?;
        print(&program, &report)?;
        clean &= report.is_clean();
    }
    Ok(clean)
}

/// With a bar on standard error where that is a terminal.
async fn verify(ledger: &Ledger, program: &Program) -> Result<Report, Failure> {
    let style = ProgressStyle::with_template("{prefix} [{bar:24}] {pos}/{len} {wide_msg}")?;
    let bar = ProgressBar::new(0)
        .with_style(style)
        .with_prefix(program.code.clone());
    bar.enable_steady_tick(Duration::from_millis(200));
    let report = ledger.verify(program.id, |progress| {
        let (done, of) = progress.checks;
        bar.set_length(of);
        bar.set_position(done);
        bar.set_message(match progress.rows {
            (0, rows) => format!("{} ({rows} rows)", progress.says),
            (done, rows) => format!("{} ({done} of {rows} rows)", progress.says),
        });
    });
    let report = report.await;
    bar.finish_and_clear();
    Ok(report?)
}

/// A line for each invariant, then what does not fit.
fn print(program: &Program, report: &Report) -> Result<(), Failure> {
    const NAMES: [&str; 6] = [
        "transfers balance",
        "balances and versions",
        "signs",
        "lots and redemptions",
        "one key, one effect",
        "awards, as their policies price them",
    ];
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} {}", program.code, program.name)?;
    for (number, name) in (1_u8..).zip(NAMES) {
        let checks = || {
            report
                .checked
                .iter()
                .filter(|check| check.invariant == number)
        };
        let rows: u64 = checks().map(|check| check.rows).sum();
        let took: Duration = checks().map(|check| check.took).sum();
        let problems = report
            .problems
            .iter()
            .filter(|p| p.invariant == number)
            .count();
        let verdict = match problems {
            0 => "holds".to_owned(),
            1 => "BROKEN (1 check failed)".to_owned(),
            several => format!("BROKEN ({several} checks failed)"),
        };
        let seconds = took.as_secs_f64();
        writeln!(
            out,
            "  {number} {name}: {verdict}; {} checks of {rows} rows in {seconds:.2} s",
            checks().count()
        )?;
    }
    for problem in &report.problems {
        writeln!(out, "{problem}")?;
    }
    Ok(())
}
