//! `jifen policy`: checks policy files, runs their cases, explains what they make of a deed.

mod diff;
mod drafts;
mod explain;
mod import;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ledger::policy::{CaseResult, Policy, schema};

use super::{Failure, simulate};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(clap::Subcommand)]
enum Task {
    /// Read the files and report every mistake as file:line:column; exit code 1 if there is one
    Check(Paths),
    /// Run each file's own [[test]] cases and say what differed; exit code 1 if one fails
    Test(Paths),
    /// Say what a policy would make of a deed, step by step; exit code 1 if nothing
    Explain(explain::Args),
    /// Print a JSON Schema of the file form, for editors
    Schema,
    /// Say who would have gained and lost in a past period, had a policy been in force; changes nothing
    Simulate(simulate::Args),
    /// Say in words what is different between two policies, or between a file and what is in force
    Diff(diff::Args),
    /// Import policy files as drafts, all of them or none, and say what they change; exit code 1 if nothing could be imported
    Import(import::Args),
    /// List the drafts, those imported last first: id, name, how far it has come, by whom and when, from when on in force
    Drafts(drafts::List),
    /// Simulate a draft over a past period, as has to be done before it is approved
    SimulateDraft(drafts::Simulate),
    /// Put simulated drafts in force, all of them or none, as another person than who imported them
    Approve(drafts::Approve),
}

#[derive(clap::Args)]
struct Paths {
    /// Policy files, or directories of them
    #[arg(value_name = "PATH", default_value = "policies/")]
    paths: Vec<PathBuf>,
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        let passed = match self.task {
            Task::Check(paths) => check(&paths.files()?)?,
            Task::Test(paths) => test(&paths.files()?)?,
            Task::Explain(args) => args.run()?,
            Task::Schema => {
                writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&schema())?)?;
                true
            }
            Task::Simulate(args) => return args.run().await,
            Task::Diff(args) => args.run().await?,
            Task::Import(args) => args.run().await?,
            Task::Drafts(args) => args.run().await?,
            Task::SimulateDraft(args) => args.run().await?,
            Task::Approve(args) => args.run().await?,
        };
        Ok(if passed {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

impl Paths {
    fn files(&self) -> Result<Vec<PathBuf>, Failure> {
        files(&self.paths)
    }
}

/// The files named, and every `.toml` under the directories named, in order.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        collect(path, &mut files)?;
        if files.len() == before {
            return Err(Failure(format!(
                "no policy file (*.toml) under {}",
                path.display()
            )));
        }
    }
    Ok(files)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|error| unreadable(path, &error))?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() || path.extension().is_some_and(|ending| ending == "toml") {
            collect(&path, files)?;
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure(format!("cannot read {}: {error}", path.display()))
}

/// A policy; `None` when it has mistakes, which are then on standard output.
fn read(path: &Path) -> Result<Option<Policy>, Failure> {
    let source = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    Ok(match Policy::parse(&path.display().to_string(), &source) {
        Ok(policy) => Some(policy),
        Err(errors) => {
            println!("{errors}");
            None
        }
    })
}

fn check(files: &[PathBuf]) -> Result<bool, Failure> {
    let mut sound = 0;
    for path in files {
        if let Some(policy) = read(path)? {
            sound += 1;
            println!(
                "{}: {} ({} rules)",
                path.display(),
                policy.title(),
                policy.rules().count()
            );
        }
    }
    println!("{sound} of {} policies are sound", files.len());
    Ok(sound == files.len())
}

fn test(files: &[PathBuf]) -> Result<bool, Failure> {
    let (mut passed, mut failed, mut unread) = (0, 0, 0);
    for path in files {
        let Some(policy) = read(path)? else {
            unread += 1;
            continue;
        };
        println!("{}: {}", path.display(), policy.title());
        let results = policy.run_cases();
        if results.is_empty() {
            println!("  (no cases)");
        }
        for CaseResult {
            name,
            line,
            outcome,
        } in results
        {
            match outcome {
                Ok(()) => {
                    passed += 1;
                    println!("  ok     {name}");
                }
                Err(differences) => {
                    failed += 1;
                    println!("  FAILED {name} ({}:{line})", path.display());
                    for difference in differences {
                        println!("         {difference}");
                    }
                }
            }
        }
    }
    let unread_text = if unread == 0 {
        String::new()
    } else {
        format!(", {unread} of {} policies could not be read", files.len())
    };
    println!("{passed} cases passed, {failed} failed{unread_text}");
    Ok(failed == 0 && unread == 0)
}
