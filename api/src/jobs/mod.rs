//! What the server does by itself: gives back holds and expires points whose time ran out.
//!
//! Each job is a command under a derived key, so that two servers, or one that was killed in between, have one effect.

mod holds;
mod lots;

use std::time::Duration;

use ledger::community::{Actor, Role};
use ledger::ids::{ActorId, ProgramId, derived};
use ledger::machine::Command;
use ledger::{Request, StoreError, WriteError};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::state::App;

/// How often.
const EVERY: Duration = Duration::from_secs(30);
/// How many are asked for, and executed side by side, at a time.
const PAGE: i64 = 200;

/// Starts the jobs; they end when `stop` turns true or its sender is gone.
pub fn start(app: App, mut stop: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            if let Err(error) = all(&app, &stop).await {
                tracing::warn!(%error, "the jobs could not read what is due");
            }
        }
    })
}

async fn all(app: &App, stop: &watch::Receiver<bool>) -> Result<(), StoreError> {
    for program in app.ledger.programs().await? {
        let released = while_due(app, program.id, Due::Holds, stop).await?;
        let expired = while_due(app, program.id, Due::Lots, stop).await?;
        if released + expired > 0 {
            tracing::info!(program = program.code, released, expired, "jobs done");
        }
    }
    Ok(())
}

/// What a page came to.
struct Page {
    found: i64,
    done: u64,
}

/// What has run out.
#[derive(Clone, Copy)]
enum Due {
    Holds,
    Lots,
}

/// Page after page, as long as pages are full and get something done.
async fn while_due(
    app: &App,
    program: ProgramId,
    due: Due,
    stop: &watch::Receiver<bool>,
) -> Result<u64, StoreError> {
    let mut total = 0;
    while !*stop.borrow() {
        let Page { found, done } = match due {
            Due::Holds => holds::release_due(app, program).await?,
            Due::Lots => lots::expire_due(app, program).await?,
        };
        total += done;
        if found < PAGE || done == 0 {
            break;
        }
    }
    Ok(total)
}

/// Executes commands side by side, so that they share commits; what fails is logged and comes again.
async fn execute_all(
    app: &App,
    program: ProgramId,
    commands: impl IntoIterator<Item = (String, Command)>,
) -> u64 {
    let actor = Actor {
        id: ActorId(derived(&[b"jobs"])),
        role: Role::Admin,
        member: None,
        store: None,
    };
    let run = |(key, command): (String, Command)| async move {
        let request = Request {
            program,
            actor,
            key: Some(key),
        };
        match app.execute(&request, command).await {
            Ok(_) => 1,
            // Somebody else was quicker.
            Err(WriteError::Rejected(rejection)) => {
                tracing::debug!(%rejection, key = request.key, "a job found nothing to do");
                0
            }
            Err(error) => {
                tracing::warn!(%error, key = request.key, "a job comes again later");
                0
            }
        }
    };
    futures::future::join_all(commands.into_iter().map(run))
        .await
        .into_iter()
        .sum()
}
