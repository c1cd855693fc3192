//! How the jobs of a programme stand.

use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::ids::ProgramId;
use ledger::views::JobState;

use super::{JOBS, Shift};
use crate::state::App;

/// How a job stands.
#[derive(Debug)]
pub struct Status {
    /// Its name.
    pub name: &'static str,
    /// How many seconds after a run began the next is due.
    pub every_seconds: u64,
    /// Its last run; `None` when there was none yet.
    pub state: Option<JobState>,
    /// Whether a process is at it now.
    pub running: bool,
    /// Since when that which waits longest is due.
    pub waits_since: Option<Timestamp>,
    /// How long that is, in seconds; 0 when nothing waits.
    pub lag_seconds: i64,
}

impl App {
    /// Every job of this build, as it stands for a programme.
    pub async fn job_statuses(&self, program: ProgramId) -> Result<Vec<Status>, StoreError> {
        let mut states = self.ledger.jobs(program).await?;
        let mut statuses = Vec::with_capacity(JOBS.len());
        for job in JOBS {
            let shift = Shift::new(self.clone(), job.name(), program);
            let known = states.iter().position(|state| state.job == job.name());
            let state = known.map(|index| states.swap_remove(index));
            let waits_since = job.waits_since(&shift).await?;
            statuses.push(Status {
                name: job.name(),
                every_seconds: job.every().as_secs(),
                running: state.as_ref().is_some_and(|s| s.is_running(shift.now)),
                state,
                waits_since,
                lag_seconds: waits_since.map_or(0, |since| shift.now.seconds_since(since)),
            });
        }
        Ok(statuses)
    }
}
