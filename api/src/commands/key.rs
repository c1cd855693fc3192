//! `jifen key`.

use std::process::ExitCode;

use super::Failure;

#[derive(clap::Args)]
pub struct Args {}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        Err(Failure("being built".into()))
    }
}
