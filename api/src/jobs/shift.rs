//! What a job has at hand while it runs.

use ledger::clock::Timestamp;
use ledger::community::{Actor, Role, Via};
use ledger::ids::{ActorId, ProgramId, derived};
use ledger::machine::Command;
use ledger::views::Due;
use ledger::{Ledger, Request, WriteError};

use super::PAGE;
use crate::state::App;

/// One programme, at one moment.
#[derive(Debug)]
pub struct Shift {
    app: App,
    job: &'static str,
    /// Whose points.
    pub program: ProgramId,
    /// When the run began.
    pub now: Timestamp,
}

/// What a page came to.
#[derive(Debug, Default)]
pub struct Page {
    /// How many things were done.
    pub done: u64,
    /// How many could not be done; they come again with the next run.
    pub failed: u64,
    /// The first thing that went wrong.
    pub error: Option<String>,
    /// The ledger takes nothing now, so the run ends.
    pub ledger_away: bool,
    /// Where the next page begins; `None` after the last.
    pub next: Option<Due>,
}

impl Page {
    /// Of what fell due up to here, nothing of it done yet.
    pub(super) fn of(due: &[Due]) -> Self {
        let is_last = i64::try_from(due.len()).unwrap_or(PAGE) < PAGE;
        Self {
            next: due.last().copied().filter(|_| !is_last),
            ..Self::default()
        }
    }

    /// Of so many that are gone: they are not found again, so the next page begins at the beginning.
    pub(super) fn again(shift: &Shift, done: u64) -> Self {
        let is_last = i64::try_from(done).unwrap_or(PAGE) < PAGE;
        let beginning = Due {
            since: shift.now,
            id: shift.program.0,
        };
        Self {
            done,
            next: (!is_last).then_some(beginning),
            ..Self::default()
        }
    }
}

impl Shift {
    pub(super) fn new(app: App, job: &'static str, program: ProgramId) -> Self {
        let now = app.ledger.clock().now();
        Self {
            app,
            job,
            program,
            now,
        }
    }

    /// How long is kept from which addresses changes were made, in seconds.
    pub fn addresses_kept(&self) -> i64 {
        self.app.limits.addresses_kept
    }

    /// The server.
    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// The points.
    pub fn ledger(&self) -> &Ledger {
        &self.app.ledger
    }

    /// Executes a command for each of up to [`PAGE`] due things, side by side, so that they share commits. Its key makes the command safe
    /// to repeat: derive it from the thing and from what may make it fall due once more.
    pub async fn execute(&self, due: Vec<Due>, command: impl Fn(Due) -> (String, Command)) -> Page {
        let mut page = Page::of(&due);
        let commands = due.into_iter().map(|due| self.execute_one(command(due)));
        for outcome in futures::future::join_all(commands).await {
            match outcome {
                Ok(()) => page.done += 1,
                // Somebody else was quicker.
                Err(WriteError::Rejected(_)) => {}
                Err(error) => {
                    page.failed += 1;
                    page.ledger_away |= matches!(error, WriteError::Unavailable | WriteError::Busy);
                    page.error.get_or_insert(error.to_string());
                }
            }
        }
        page
    }

    async fn execute_one(&self, (key, command): (String, Command)) -> Result<(), WriteError> {
        let actor = Actor {
            id: ActorId(derived(&[b"jobs"])),
            role: Role::Admin,
            member: None,
            store: None,
            node: None,
        };
        let request = Request {
            program: self.program,
            actor,
            origin: Via::Job(self.job).into(),
            key: Some(key),
        };
        let outcome = self.app.execute(&request, command).await.map(|_| ());
        match &outcome {
            Ok(()) => {}
            Err(WriteError::Rejected(rejection)) => {
                tracing::debug!(%rejection, key = request.key, "a job found nothing to do");
            }
            Err(error) => tracing::warn!(%error, key = request.key, "a job comes again later"),
        }
        outcome
    }
}
