//! What jobs need: what is due, what is too old to keep, and that one process at a time runs a job.

use super::Ledger;
use crate::clock::Timestamp;
use crate::ids::ProgramId;
use crate::store::views::{Due, JobState, Lease, RunReport};
use crate::store::{Store, StoreError, either};

/// How long a rejection is kept under its key, and a code after it ran out, in seconds: 30 days.
pub const KEPT_SECONDS: i64 = 30 * 24 * 3_600;

impl Ledger {
    /// Holds whose time has run out, after a place in the order in which they did.
    pub async fn due_holds(
        &self,
        program: ProgramId,
        now: Timestamp,
        after: Option<Due>,
        limit: i64,
    ) -> Result<Vec<Due>, StoreError> {
        either!(&self.store, Store, store => store.due_holds(program, now, after, limit).await)
    }

    /// Awards whose public notice has closed with nobody objecting, or no longer, after a place in the order in which it did.
    pub async fn due_notices(
        &self,
        program: ProgramId,
        now: Timestamp,
        after: Option<Due>,
        limit: i64,
    ) -> Result<Vec<Due>, StoreError> {
        either!(&self.store, Store, store => store.due_notices(program, now, after, limit).await)
    }

    /// Members with lots whose time has run out, after a place in the order in which it did.
    pub async fn due_lots(
        &self,
        program: ProgramId,
        now: Timestamp,
        after: Option<Due>,
        limit: i64,
    ) -> Result<Vec<Due>, StoreError> {
        either!(&self.store, Store, store => store.due_lots(program, now, after, limit).await)
    }

    /// Since when the oldest rejection has been kept too long.
    pub async fn stale_rejections_since(
        &self,
        program: ProgramId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let oldest = either!(&self.store, Store, store => store.oldest_rejection(program).await)?;
        Ok(stale_since(oldest, now))
    }

    /// Forgets rejections kept for [`KEPT_SECONDS`]: their keys are free again. Keys with an effect are kept for ever.
    pub async fn forget_rejections(
        &self,
        program: ProgramId,
        now: Timestamp,
        limit: i64,
    ) -> Result<u64, StoreError> {
        let until = now.plus_seconds(-KEPT_SECONDS);
        either!(&self.store, Store, store => store.forget_rejections(program, until, limit).await)
    }

    /// Since when the oldest code has been kept too long.
    pub async fn stale_codes_since(
        &self,
        program: ProgramId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let oldest = either!(&self.store, Store, store => store.oldest_code(program).await)?;
        Ok(stale_since(oldest, now))
    }

    /// Forgets codes that ran out [`KEPT_SECONDS`] ago, spent or not.
    pub async fn forget_codes(
        &self,
        program: ProgramId,
        now: Timestamp,
        limit: i64,
    ) -> Result<u64, StoreError> {
        let until = now.plus_seconds(-KEPT_SECONDS);
        either!(&self.store, Store, store => store.forget_codes(program, until, limit).await)
    }

    /// Every job that ever ran, by name.
    pub async fn jobs(&self, program: ProgramId) -> Result<Vec<JobState>, StoreError> {
        either!(&self.store, Store, store => store.jobs(program).await)
    }

    /// Takes a job that is due and free; `None` when it is neither. Answers with how far a run that was cut off came.
    ///
    /// Leases are compared by the clocks of the processes that ask. A clock that runs ahead takes a job over early, which does no harm:
    /// what jobs do has one effect however often it is done.
    pub async fn claim_job(
        &self,
        program: ProgramId,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Option<Option<Due>>, StoreError> {
        either!(&self.store, Store, store => store.claim_job(program, lease, now).await)
    }

    /// Keeps a lease, and how far the run came; `false` when another has it.
    pub async fn renew_job(
        &self,
        program: ProgramId,
        lease: &Lease,
        reached: Option<Due>,
    ) -> Result<bool, StoreError> {
        either!(&self.store, Store, store => store.renew_job(program, lease, reached).await)
    }

    /// Ends a run and says when the next is due; `false` when another has the lease.
    pub async fn finish_job(
        &self,
        program: ProgramId,
        lease: &Lease,
        report: &RunReport,
    ) -> Result<bool, StoreError> {
        either!(&self.store, Store, store => store.finish_job(program, lease, report).await)
    }
}

/// Since when what is as old as this should be gone.
fn stale_since(oldest: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let since = oldest?.plus_seconds(KEPT_SECONDS);
    (since <= now).then_some(since)
}
