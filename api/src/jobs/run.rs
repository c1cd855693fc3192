//! One run of one job for one programme, under a lease.
//!
//! The lease is a row's `claimed_until`: renewed while the run works, given up at its end, and taken over by another process when it is
//! let run out. A run that was cut off leaves how far it came, and whoever takes over goes on there.

use std::pin::pin;
use std::time::Duration;

use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::views::{Due, Lease, RunReport};
use tokio::sync::watch;
use uuid::Uuid;

use super::{Job, Page, Shift};
use crate::meter;

/// How often a lease is renewed while it lasts.
const RENEWALS: u32 = 4;
/// A job of which something failed is due again after this long, or sooner if it is more often.
const AFTER_FAILURE: Duration = Duration::from_secs(60);

/// A run under way.
struct Run<'a> {
    job: &'static dyn Job,
    shift: &'a Shift,
    by: Uuid,
    reached: Option<Due>,
    done: u64,
    failed: u64,
    error: Option<String>,
}

/// How it ended.
enum End {
    /// Nothing more is due, or nothing more can be done now.
    Finished,
    /// The server is to stop: the next process goes on.
    Stopped,
    /// Another process has the lease.
    Lost,
}

/// Runs the job if it is due and no process is at it.
pub async fn if_due(
    job: &'static dyn Job,
    shift: &Shift,
    by: Uuid,
    stop: &watch::Receiver<bool>,
) -> Result<(), StoreError> {
    let jobs = shift.ledger().jobs(shift.program).await?;
    let known = jobs.iter().find(|state| state.job == job.name());
    if known.is_some_and(|state| !state.is_due(shift.now)) {
        return Ok(());
    }
    let lease = lease(job, by, until(job, shift.now));
    let claimed = shift.ledger().claim_job(shift.program, &lease, shift.now);
    let Some(reached) = claimed.await? else {
        return Ok(());
    };
    let run = Run {
        job,
        shift,
        by,
        reached,
        done: 0,
        failed: 0,
        error: None,
    };
    run.go(stop).await
}

/// Until when a lease lasts that is taken or renewed now.
fn until(job: &dyn Job, now: Timestamp) -> Timestamp {
    let seconds = i64::try_from(job.lease().as_secs()).unwrap_or(i64::MAX);
    now.plus_seconds(seconds)
}

fn lease(job: &'static dyn Job, by: Uuid, until: Timestamp) -> Lease {
    let job = job.name();
    Lease { job, by, until }
}

impl Run<'_> {
    async fn go(mut self, stop: &watch::Receiver<bool>) -> Result<(), StoreError> {
        let end = match self.pages(stop).await {
            Ok(end) => end,
            Err(error) => {
                self.error.get_or_insert(error.to_string());
                End::Finished
            }
        };
        match end {
            End::Finished => self.finish().await,
            End::Stopped => self.renew_until(self.now()).await.map(|_| ()),
            End::Lost => {
                tracing::warn!(job = self.job.name(), "another process took this job over");
                Ok(())
            }
        }
    }

    async fn pages(&mut self, stop: &watch::Receiver<bool>) -> Result<End, StoreError> {
        loop {
            if *stop.borrow() {
                return Ok(End::Stopped);
            }
            let Some(page) = self.page_under_lease().await? else {
                return Ok(End::Lost);
            };
            self.done += page.done;
            self.failed += page.failed;
            self.error = self.error.take().or(page.error);
            self.reached = page.next;
            if page.next.is_none() || page.ledger_away {
                return Ok(End::Finished);
            }
            if !self.renew().await? {
                return Ok(End::Lost);
            }
        }
    }

    /// One page, the lease renewed meanwhile; `None` when it was lost. What the page set going then goes on by itself.
    async fn page_under_lease(&self) -> Result<Option<Page>, StoreError> {
        let mut page = pin!(self.job.page(self.shift, self.reached));
        loop {
            tokio::select! {
                page = &mut page => return page.map(Some),
                () = tokio::time::sleep(self.job.lease() / RENEWALS) => {
                    if !self.renew().await? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    async fn renew(&self) -> Result<bool, StoreError> {
        self.renew_until(until(self.job, self.now())).await
    }

    async fn renew_until(&self, until: Timestamp) -> Result<bool, StoreError> {
        let lease = lease(self.job, self.by, until);
        let Shift { program, .. } = *self.shift;
        let ledger = self.shift.ledger();
        ledger.renew_job(program, &lease, self.reached).await
    }

    async fn finish(self) -> Result<(), StoreError> {
        let Self {
            done,
            failed,
            error,
            ..
        } = &self;
        let name = self.job.name();
        if let Some(error) = error {
            tracing::warn!(job = name, done, failed, error, "a job did not do all");
        } else if *done > 0 {
            tracing::info!(job = name, done, "a job is done");
        }
        meter::job_run(name, *done, *failed, error.is_none());
        let every = match error {
            Some(_) => self.job.every().min(AFTER_FAILURE),
            None => self.job.every(),
        };
        let every = i64::try_from(every.as_secs()).unwrap_or(i64::MAX);
        let report = RunReport {
            finished: self.now(),
            done: *done,
            failed: *failed,
            error: error.clone(),
            next_run: self.shift.now.plus_seconds(every),
        };
        let lease = lease(self.job, self.by, self.shift.now);
        let ledger = self.shift.ledger();
        ledger
            .finish_job(self.shift.program, &lease, &report)
            .await?;
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.shift.ledger().clock().now()
    }
}
