//! `jifen grid`: puts cells on a programme's map and lists them.

use std::path::PathBuf;
use std::process::ExitCode;

use ledger::Ledger;
use ledger::community::patrol::Grid;
use ledger::community::{GridDefaults, Program, grids_of};
use ledger::ids::OrganizationId;
use ledger::machine::Command;
use ledger::machine::deeds::PatrolCommand;
use uuid::Uuid;

use super::choose::Where;
use super::program::operator;
use super::{Failure, read_json};
use crate::datum::DatumName;

/// How many cells are read at a time.
const PAGE: i64 = 500;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Put cells on the map, or change them, from a GeoJSON file (RFC 7946): a FeatureCollection with a feature of polygons for each cell, whose
    /// properties are code and name; exit code 1 and every mistake if it has any
    Import(Import),
    /// List the cells: code, name, corners, and since when one is patrolled no more
    List(Where),
}

#[derive(clap::Args)]
struct Import {
    /// The GeoJSON file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// In which coordinates it is: gcj02 for those of maps published in China
    #[arg(long, value_enum, default_value_t)]
    datum: DatumName,
    /// The id of whose the cells are that do not say so themselves
    #[arg(long, value_name = "ID")]
    organization: Option<Uuid>,
    #[command(flatten)]
    at: Where,
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        match self.action {
            Action::Import(import) => {
                let said = async |ledger: &Ledger, of: &Program| import.run(ledger, of).await;
                println!("{}", import.at.with(said).await?);
            }
            Action::List(list) => {
                let lines = list.with(async |ledger, program| lines(ledger, program).await);
                let lines = lines.await?;
                lines.iter().for_each(|line| println!("{line}"));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Import {
    /// What came of it.
    async fn run(&self, ledger: &Ledger, program: &Program) -> Result<String, Failure> {
        let file = self.file.display();
        let document = read_json(&self.file)?;
        let defaults = GridDefaults {
            datum: self.datum.into(),
            organization: self.organization.map(OrganizationId),
            rule: None,
        };
        let grids = grids_of(&document, &defaults)
            .map_err(|errors| Failure(format!("{file}: nothing was put on the map:\n{errors}")))?;
        let count = grids.len();
        let command = Command::Patrol(Box::new(PatrolCommand::Import { grids }));
        ledger.execute(&operator(program.id), command).await?;
        Ok(format!("{count} cells are on the map"))
    }
}

async fn lines(ledger: &Ledger, program: &Program) -> Result<Vec<String>, Failure> {
    let (mut lines, mut after) = (Vec::new(), String::new());
    loop {
        let grids = ledger.grids(program.id, &after, PAGE).await?;
        let Some(last) = grids.last() else {
            return Ok(lines);
        };
        after.clone_from(&last.code);
        lines.extend(grids.iter().map(line));
    }
}

fn line(grid: &Grid) -> String {
    let retired = grid.retired_at;
    let retired = retired.map_or_else(String::new, |at| at.to_string());
    format!(
        "{}\t{}\t{}\t{retired}",
        grid.code,
        grid.name,
        grid.area.corners()
    )
}
