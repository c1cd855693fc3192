//! `jifen bench`: how many a second, and how long each waits.
//!
//! The load is a closed loop: each of N connections (or tasks) asks for the next thing once the last is answered. Every award is of
//! a deed of its own, priced by a policy, counted on two caps and durable before it is answered.

mod day;
mod direct;
mod http;
mod load;
mod policies;
mod settle;
mod setup;
mod simulate;
mod tally;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;

use self::load::{Load, Plan, Workload};
use self::setup::Setup;
use self::tally::Tally;
use super::Failure;
use crate::config;

#[derive(clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "First, once for a database: jifen bench prepare --database-url URL\n\
    Then a running server: jifen bench --url http://127.0.0.1:8080 --connections 64 --workload awards\n\
    Or a whole day:        jifen bench day --database-url sqlite:day.sqlite\n\
    Or the library alone:  jifen bench --in-process --database-url URL --workload groups --concurrency 4\n\
    Numbers of a debug build mean nothing."
)]
pub struct Args {
    #[command(subcommand)]
    prepare: Option<Task>,
    #[command(flatten)]
    run: Run,
}

#[derive(clap::Subcommand)]
enum Task {
    /// Make the programme that the load goes to, and write the ids and tokens needed to a file
    Prepare(setup::Prepare),
    /// Live through a day of a district: check-ins, patrols, hazards with photos, and what is awarded for them
    Day(day::Args),
    /// Make a month of redemptions, settle it from frozen to paid, and say where every point is
    Settle(settle::Args),
    /// Make a year of deeds in a programme of its own and simulate it
    #[command(hide = true)]
    Simulate(simulate::Args),
}

#[derive(clap::Args)]
struct Run {
    #[command(flatten)]
    database: config::Database,
    /// What `bench prepare` wrote
    #[arg(long, default_value = "bench.json", value_name = "FILE")]
    setup: PathBuf,
    /// The server to drive, over HTTP/1.1 with connections kept open
    #[arg(
        long,
        default_value = "http://127.0.0.1:8080",
        conflicts_with = "in_process"
    )]
    url: String,
    /// Drive the library in this process instead, without HTTP
    #[arg(long)]
    in_process: bool,
    /// What to ask for; mixed is six awards, two redemptions and two balances in ten
    #[arg(long, value_enum, default_value_t = Workload::Awards)]
    workload: Workload,
    /// Connections to the server, or tasks in this process
    #[arg(
        long,
        visible_alias = "concurrency",
        default_value_t = 64,
        value_name = "N"
    )]
    connections: usize,
    /// How long to measure, in seconds
    #[arg(long, default_value_t = 20, value_name = "SECONDS")]
    seconds: u64,
    /// How long to run before measuring, in seconds
    #[arg(long, default_value_t = 3, value_name = "SECONDS")]
    warmup: u64,
    /// How many of the members take part; all of them otherwise
    #[arg(long, value_name = "N")]
    members: Option<usize>,
    /// How many of the budgets and their policies take part: 1 is one hot account; all of them otherwise
    #[arg(long, value_name = "N")]
    budgets: Option<usize>,
    /// How many awards a group holds, for --workload groups
    #[arg(long, default_value_t = 200, value_name = "N")]
    group_size: usize,
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        if cfg!(debug_assertions) {
            eprintln!("jifen: this is a debug build: its numbers say nothing about a release");
        }
        match self.prepare {
            Some(Task::Prepare(prepare)) => prepare.run().await?,
            Some(Task::Day(day)) => day.run().await?,
            Some(Task::Settle(settle)) => settle.run().await?,
            Some(Task::Simulate(simulate)) => simulate.run().await?,
            None => self.run.run().await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Run {
    async fn run(self) -> Result<(), Failure> {
        let mut setup = Setup::read(&self.setup)?;
        keep(&mut setup.members, self.members, "members", &self.setup)?;
        keep(&mut setup.policies, self.budgets, "budgets", &self.setup)?;
        if self.workload == Workload::Groups && !self.in_process {
            let why =
                "groups have no place in the HTTP API: use --in-process with --workload groups";
            return Err(Failure(why.into()));
        }
        let load = Load {
            plan: Plan::new(self.workload, &setup, self.connections),
            warmup: Duration::from_secs(self.warmup),
            measured: Duration::from_secs(self.seconds.max(1)),
        };
        let mode = if self.in_process {
            "in-process"
        } else {
            "http"
        };
        let budgets = setup.policies.len();
        let members = setup.members.len();
        let tally = if self.in_process {
            direct::drive(setup, load, &self.database, self.group_size).await?
        } else {
            http::drive(setup, load, self.url.clone()).await?
        };
        self.print(&tally, mode, members, budgets)
    }

    fn print(
        &self,
        tally: &Tally,
        mode: &str,
        members: usize,
        budgets: usize,
    ) -> Result<(), Failure> {
        let seconds = self.seconds.max(1);
        let each = if self.workload == Workload::Groups {
            self.group_size
        } else {
            1
        };
        tally.print(seconds, each as u64);
        let line = json!({
            "bench": self.workload.name(),
            "mode": mode,
            "connections": self.connections,
            "seconds": seconds,
            "members": members,
            "budgets": budgets,
            "debug_build": cfg!(debug_assertions),
            "per_second": tally.per_second(seconds, each as u64),
            "operations": tally.operations(seconds),
            "errors": tally.errors(),
        });
        println!("{line}");
        if tally.is_empty() {
            return Err(Failure("nothing was answered".into()));
        }
        Ok(())
    }
}

/// Keeps the first so many.
fn keep<T>(
    all: &mut Vec<T>,
    wanted: Option<usize>,
    what: &str,
    file: &Path,
) -> Result<(), Failure> {
    let there = all.len();
    let wanted = wanted.unwrap_or(there);
    if wanted == 0 || wanted > there {
        let file = file.display();
        return Err(Failure(format!(
            "{wanted} {what} asked for, {file} has {there}"
        )));
    }
    all.truncate(wanted);
    Ok(())
}
