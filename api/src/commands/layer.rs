//! `jifen layer`: puts layers on a programme's map and lists them.

use std::path::PathBuf;
use std::process::ExitCode;

use ledger::Ledger;
use ledger::community::{LayerVersion, Program, Registration, area_of, standings};
use ledger::machine::Command;

use super::choose::Where;
use super::program::operator;
use super::{Failure, moment, read_json};
use crate::datum::DatumName;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Put a layer on the map, or change one, from a GeoJSON file (RFC 7946): polygons, longitude first; exit code 1 and every
    /// mistake if it has any
    Import(Import),
    /// List every version of every layer: name, from when on, how it stands, polygons, corners, digest
    List(Where),
}

#[derive(clap::Args)]
struct Import {
    /// The GeoJSON file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Its name, as policies write it in `geofence`: small letters, digits and hyphens
    #[arg(long)]
    name: String,
    /// In which coordinates it is: gcj02 for those of maps published in China
    #[arg(long, value_enum, default_value_t)]
    datum: DatumName,
    /// From when on deeds are held against it: a day such as 2026-04-01, which begins at midnight, or a moment (RFC 3339); never in the
    /// past. From now on if not said
    #[arg(long, value_name = "DATE")]
    effective_from: Option<String>,
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
        let area = area_of(&document, self.datum.into())
            .map_err(|errors| Failure(format!("{file}: nothing was put on the map:\n{errors}")))?;
        let name = &self.name;
        if self.is_known(ledger, program, &area.digest()).await? {
            return Ok(format!("{name} is unchanged"));
        }
        let (polygons, corners) = (area.polygons(), area.corners());
        let from = self.effective_from.as_deref();
        let effective_from = from
            .map(|text| moment::at_midnight(text, &program.zone))
            .transpose()?;
        let version = LayerVersion {
            name: name.clone(),
            area,
            effective_from,
        };
        let command = Command::Register(Registration::Layer(version));
        let receipt = ledger.execute(&operator(program.id), command).await?;
        let from = effective_from.unwrap_or(receipt.recorded_at);
        Ok(format!(
            "{name}: {polygons} polygons, {corners} corners, on the map from {from}"
        ))
    }

    /// Whether the newest version covers the same.
    async fn is_known(
        &self,
        ledger: &Ledger,
        program: &Program,
        digest: &str,
    ) -> Result<bool, Failure> {
        let layers = ledger.layer_views(program.id).await?;
        let newest = layers.iter().rfind(|layer| layer.name == self.name);
        Ok(newest.is_some_and(|newest| newest.digest == digest))
    }
}

async fn lines(ledger: &Ledger, program: &Program) -> Result<Vec<String>, Failure> {
    let layers = ledger.layer_views(program.id).await?;
    let now = ledger.clock().now();
    let layers = standings(
        layers,
        |layer| (layer.name.as_str(), layer.effective_from),
        now,
    );
    let line = |(layer, standing): (ledger::views::LayerView, ledger::community::Standing)| {
        format!(
            "{}\t{}\t{}\t{}\t{}\t{}",
            layer.name,
            layer.effective_from,
            standing.name(),
            layer.polygons,
            layer.corners,
            layer.digest
        )
    };
    Ok(layers.into_iter().map(line).collect())
}
