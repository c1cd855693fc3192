//! `jifen migrate`.

use std::process::ExitCode;

use ledger::Ledger;

use super::Failure;
use crate::config::Database;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    database: Database,
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        Ledger::migrate(&self.database.database_url).await?;
        println!("the schema is up to date");
        Ok(ExitCode::SUCCESS)
    }
}
