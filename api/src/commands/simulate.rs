//! `jifen policy simulate`: a past period under a policy that was not in force then.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use ledger::Ledger;
use ledger::community::Program;
use ledger::policy::Policy;
use ledger::simulation::{Crowd, Holding, MemberLine, Period, Report};

use super::program::open;
use super::{Failure, choose};
use crate::config;

#[derive(clap::Args)]
#[command(
    after_help = "It reads one moment, changes nothing and locks nothing. People do what they did, at the same moment:\n\
    who approved approves again, as far as that is needed, and what was rejected or reversed falls. Budgets hold what\n\
    was put into them. Deeds that were refused at the time left no record and are not simulated. The days between\n\
    which the file says it holds are put aside."
)]
pub struct Args {
    /// The policy file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    database: config::Database,
    #[command(flatten)]
    program: config::Program,
    /// The first day of the deeds replayed, such as 2026-01-01, by the policy's own calendar
    #[arg(long, value_name = "DATE")]
    from: Date,
    /// The first day no longer replayed
    #[arg(long, value_name = "DATE")]
    until: Date,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        let file = self.file.display().to_string();
        let source = fs::read_to_string(&self.file)
            .map_err(|error| Failure(format!("cannot read {file}: {error}")))?;
        let candidate = match Policy::parse(&file, &source) {
            Ok(candidate) => candidate,
            Err(errors) => {
                println!("{errors}");
                return Ok(ExitCode::FAILURE);
            }
        };
        let ledger = open(&self.database).await?;
        let program = choose::one(&ledger, &self.program).await?;
        let period = period(&candidate, self.from, self.until)?;
        let report = simulate(&ledger, &program, &candidate, period).await;
        ledger.close().await;
        let report = report?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print(&report, self.from, self.until)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

pub(super) fn period(candidate: &Policy, from: Date, until: Date) -> Result<Period, Failure> {
    let start = |day| {
        let start = candidate.start_of(day);
        start.ok_or_else(|| Failure(format!("{day} is beyond the calendar")))
    };
    Ok(Period {
        from: start(from)?,
        until: start(until)?,
    })
}

/// With a bar on standard error where that is a terminal.
pub(super) async fn simulate(
    ledger: &Ledger,
    program: &Program,
    candidate: &Policy,
    period: Period,
) -> Result<Report, Failure> {
    let template = "{prefix} [{bar:24}] {pos}/{len} deeds, {per_sec}, {eta} left";
    let bar = ProgressBar::new(0)
        .with_style(ProgressStyle::with_template(template)?)
        .with_prefix(program.code.clone());
    bar.enable_steady_tick(Duration::from_millis(200));
    let report = ledger.simulate(program.id, candidate, period, None, |progress| {
        bar.set_length(progress.of);
        bar.set_position(progress.done);
    });
    let report = report.await;
    bar.finish_and_clear();
    Ok(report?)
}

pub(super) fn print(report: &Report, from: Date, until: Date) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let Report {
        policy,
        title,
        recorded,
        simulated,
        ..
    } = report;
    writeln!(
        out,
        "{title} ({policy}), deeds from {from} until before {until}"
    )?;
    writeln!(
        out,
        "  on record:  {} awards, {} points",
        recorded.awards, recorded.points
    )?;
    writeln!(
        out,
        "  would be:   {} awards, {} points",
        simulated.awards, simulated.points
    )?;
    if report.fallen > 0 {
        writeln!(out, "  left out:   {} rejected or reversed", report.fallen)?;
    }
    if report.is_unchanged() {
        writeln!(out, "Nothing would have been different.")?;
        return Ok(());
    }
    writeln!(out, "{} awards would have been different.", report.changed)?;
    writeln!(out, "  {} more", crowd(&report.gaining))?;
    writeln!(out, "  {} less", crowd(&report.losing))?;
    print_counts(&mut out, report)?;
    print_tables(&mut out, report)?;
    print_budgets(&mut out, report)?;
    print_members(&mut out, "Who would have gained most", &report.gainers)?;
    print_members(&mut out, "Who would have lost most", &report.losers)
}

fn crowd(crowd: &Crowd) -> String {
    let members = if crowd.members == 1 {
        "member"
    } else {
        "members"
    };
    format!("{} {members} would have {}", crowd.members, crowd.points)
}

/// What is not nothing.
fn print_counts(out: &mut impl Write, report: &Report) -> Result<(), Failure> {
    let approvals = &report.approvals;
    for (count, says) in [
        (report.newly_refused, "would have been refused"),
        (report.newly_awarded, "would not have had to wait for room"),
        (report.newly_waiting, "would have had to wait for room"),
        (
            approvals.newly_needed,
            "would have needed approval and did not",
        ),
        (
            approvals.no_longer_needed,
            "would not have needed the approval they did",
        ),
        (
            approvals.second_needed,
            "would have needed a second approval",
        ),
        (
            approvals.second_dropped,
            "would have needed one approval, not two",
        ),
    ] {
        if count > 0 {
            writeln!(out, "  {count} awards {says}")?;
        }
    }
    for (both, says) in [
        (&report.unapproved, "wait for approval"),
        (&report.on_notice, "on public notice when the period ended"),
    ] {
        let (was, is) = (both.recorded, both.simulated);
        if was.awards + is.awards > 0 {
            let was = format!("{} awards ({} points)", was.awards, was.points);
            let is = format!("{} ({})", is.awards, is.points);
            writeln!(out, "  {says}: {was} on record, {is} would")?;
        }
    }
    Ok(())
}

fn print_tables(out: &mut impl Write, report: &Report) -> Result<(), Failure> {
    writeln!(out, "By rule: on record, would be (points gained, lost)")?;
    for line in &report.rules {
        let (was, is) = (line.recorded.points, line.simulated.points);
        let (name, title) = (&line.rule, &line.title);
        writeln!(
            out,
            "  {title} ({name}): {was}, {is} (+{}, -{})",
            line.gained, line.lost
        )?;
    }
    writeln!(
        out,
        "Caps: awards cut (points cut off) on record, would be; refused"
    )?;
    for line in &report.caps {
        let (was, is) = (line.recorded, line.simulated);
        let cut = format!(
            "{} ({}), {} ({})",
            was.clipped, was.points, is.clipped, is.points
        );
        writeln!(out, "  {}: {cut}; {}", line.cap, line.refused)?;
    }
    if !report.refusals.is_empty() {
        writeln!(out, "Refused, by reason: awards, points")?;
    }
    for line in &report.refusals {
        let (awards, points) = (line.recorded.awards, line.recorded.points);
        writeln!(out, "  {}: {awards}, {points}", line.code)?;
    }
    Ok(())
}

fn print_budgets(out: &mut impl Write, report: &Report) -> Result<(), Failure> {
    writeln!(
        out,
        "Drawn from budgets by month: on record, would be (put in)"
    )?;
    for line in &report.budgets {
        let (was, is, put) = (line.recorded, line.simulated, line.appropriated);
        writeln!(out, "  {} {}: {was}, {is} ({put})", line.budget, line.month)?;
    }
    writeln!(out, "Left in budgets: on record, would be")?;
    for line in &report.holdings {
        let (was, is) = (holding(&line.recorded), holding(&line.simulated));
        writeln!(out, "  {}: {was}; {is}", line.budget)?;
    }
    Ok(())
}

fn holding(holding: &Holding) -> String {
    let mut said = holding.closing.to_string();
    if let Some(day) = &holding.lowest_on {
        said += &format!(", lowest {} on {day}", holding.lowest);
    }
    if let Some(day) = &holding.ran_out_on {
        said += &format!(", ran out on {day}");
    }
    said
}

fn print_members(out: &mut impl Write, says: &str, members: &[MemberLine]) -> Result<(), Failure> {
    if !members.is_empty() {
        writeln!(out, "{says}: on record, would be (difference)")?;
    }
    for line in members {
        let (was, is, difference) = (line.recorded, line.simulated, line.difference);
        writeln!(out, "  {}: {was}, {is} ({difference})", line.member)?;
    }
    Ok(())
}
