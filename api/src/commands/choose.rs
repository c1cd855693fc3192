//! Which programmes a command is about.

use ledger::Ledger;
use ledger::community::Program;

use super::Failure;
use super::program::open;
use crate::config::{self, Database};

/// Where a command about one programme finds it.
#[derive(clap::Args)]
pub struct Where {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    program: config::Program,
}

impl Where {
    /// Does something about the programme; whatever comes of it, the ledger is closed.
    pub async fn with<T>(
        &self,
        act: impl AsyncFnOnce(&Ledger, &Program) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let ledger = open(&self.database).await?;
        let done = match one(&ledger, &self.program).await {
            Ok(program) => act(&ledger, &program).await,
            Err(failure) => Err(failure),
        };
        ledger.close().await;
        done
    }
}

/// The programme that is named; if none is, the only one there is.
pub async fn one(ledger: &Ledger, named: &config::Program) -> Result<Program, Failure> {
    let mut programs = some(ledger, named.program.as_deref()).await?;
    match (programs.pop(), programs.is_empty()) {
        (Some(program), true) => Ok(program),
        (Some(last), false) => {
            programs.push(last);
            let text = codes(&programs);
            Err(Failure(format!(
                "there are several programmes: name one with --program ({text})"
            )))
        }
        (None, _) => Err(Failure(
            "the database has no programme yet: run `jifen program create`".into(),
        )),
    }
}

/// The programme of this code; without one, all of them.
pub async fn some(ledger: &Ledger, code: Option<&str>) -> Result<Vec<Program>, Failure> {
    let mut programs = ledger.programs().await?;
    let Some(code) = code else {
        return Ok(programs);
    };
    let known = codes(&programs);
    programs.retain(|program| program.code == code);
    if programs.is_empty() {
        return Err(Failure(format!(
            "no programme {code:?}; there are: {known}"
        )));
    }
    Ok(programs)
}

fn codes(programs: &[Program]) -> String {
    let codes: Vec<&str> = programs
        .iter()
        .map(|program| program.code.as_str())
        .collect();
    codes.join(", ")
}
