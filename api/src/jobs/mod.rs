//! What the server does by itself: gives back holds and expires points whose time ran out, tells members ahead, and forgets what need not be kept.
//!
//! A job is a [`Job`] and a line in [`JOBS`]. What it does is commands under derived keys, or deletions: done twice,
//! they have one effect. So the lease under which a process runs a job (`run`) only saves work; nothing is wrong where it fails.

mod addresses;
mod debts;
mod deeds;
mod due;
mod forget;
mod notices;
mod queue;
mod run;
mod shift;
mod status;
mod webhooks;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::ids::random_bytes;
use ledger::views::Due;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

use crate::meter;
use crate::state::App;
pub use shift::{Page, Shift};

/// Every job. Each has a task of its own, so that none waits for another.
pub static JOBS: &[&dyn Job] = &[
    &due::RELEASE_HOLDS,
    &due::VEST_AWARDS,
    &due::ESCALATE_OBJECTIONS,
    &due::SETTLE_OBJECTIONS,
    &queue::AdmitAwards,
    &due::CLOSE_DEEDS,
    &due::FOLLOW_HAZARDS,
    &due::CLOSE_ORDERS,
    &deeds::AwardDeeds,
    &due::EXPIRE_LOTS,
    &due::TELL_BUDGETS,
    &due::CLOSE_BUDGETS,
    &notices::TellExpiring,
    &webhooks::TellEvents,
    &debts::WriteOffDebts,
    &forget::FORGET_REJECTIONS,
    &forget::FORGET_CODES,
    &forget::FORGET_SIGHTINGS,
    &forget::FORGET_SESSIONS,
    &forget::FORGET_GUESSES,
    &forget::FORGET_LOGIN_CODES,
    &forget::FORGET_VISITS,
    &forget::FORGET_ATTACHMENTS,
    &forget::FORGET_DELIVERIES,
    &forget::FORGET_ASKED_PLACES,
    &forget::FORGET_SUPPRESSED,
    &forget::FORGET_WAYPOINTS,
    &due::FORGET_JOINING,
    &forget::ROUND_HAZARD_PLACES,
    &addresses::ForgetAddresses,
];

/// How often each task looks whether its job is due; one that is due more often looks as often as that.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How many things are asked for, and executed side by side, at a time.
pub const PAGE: i64 = 200;

/// What a job answers, in its own time.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Something to be done again and again, for each programme.
pub trait Job: Sync {
    /// Its name: in the table `jobs`, in metrics and in `/v1/jobs`.
    fn name(&self) -> &'static str;
    /// How long after a run began the next is due.
    fn every(&self) -> Duration;
    /// How long another process leaves a run alone that was cut off. What waits that long is late; what is done twice does no harm.
    fn lease(&self) -> Duration {
        Duration::from_secs(60)
    }
    /// Since when that which waits longest is due; `None` when nothing is.
    fn waits_since<'a>(&'a self, shift: &'a Shift) -> Answer<'a, Option<Timestamp>>;
    /// Does what is due after a place in the order in which it fell due, up to [`PAGE`] things.
    ///
    /// # Errors
    /// When it cannot be found out what is due. What cannot be done is counted in the page, and the next one goes on after it.
    fn page<'a>(&'a self, shift: &'a Shift, after: Option<Due>) -> Answer<'a, Page>;
}

/// Starts the jobs; they end when `stop` turns true or its sender is gone.
pub fn start(app: App, stop: watch::Receiver<bool>) -> JoinHandle<()> {
    let process = Uuid::from_bytes(random_bytes());
    tokio::spawn(async move {
        let mut tasks = JoinSet::new();
        for job in JOBS {
            tasks.spawn(keep_at(app.clone(), *job, process, stop.clone()));
        }
        while tasks.join_next().await.is_some() {}
    })
}

/// Looks again and again. A panic ends one look; the lease it held runs out.
async fn keep_at(app: App, job: &'static dyn Job, by: Uuid, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(LOOK_EVERY.min(job.every())) => {}
        }
        let look = AssertUnwindSafe(look(&app, job, by, &stop)).catch_unwind();
        match look.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, job = job.name(), "a job could not look for its programmes");
            }
            Err(_) => tracing::error!(job = job.name(), "a job panicked"),
        }
    }
}

/// Every programme in turn; one that fails does not keep the others waiting.
async fn look(
    app: &App,
    job: &'static dyn Job,
    by: Uuid,
    stop: &watch::Receiver<bool>,
) -> Result<(), StoreError> {
    let mut lag = 0;
    for program in app.ledger.programs().await? {
        if *stop.borrow() {
            break;
        }
        let shift = Shift::new(app.clone(), job.name(), program.id);
        // What is looked for every second runs, and writes that it ran, only where something waits.
        let seldom = job.every() >= LOOK_EVERY;
        let runs = seldom || job.waits_since(&shift).await?.is_some();
        if runs && let Err(error) = run::if_due(job, &shift, by, stop).await {
            tracing::warn!(%error, job = job.name(), program = program.code, "a job failed");
        }
        let since = job.waits_since(&shift).await?;
        lag = since.map_or(lag, |since| lag.max(shift.now.seconds_since(since)));
    }
    meter::job_lag(job.name(), lag);
    Ok(())
}
