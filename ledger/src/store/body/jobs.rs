//! Jobs. This file is compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::run::fetch;
use super::{Row, Store};
use crate::clock::Timestamp;
use crate::ids::ProgramId;
use crate::machine::Closing;
use crate::machine::joining::JOINING_SECONDS;
use crate::store::statement::Statement;
use crate::store::value::Value;
use crate::store::views::{Due, Falling, JobState, Kept, Lease, RunReport};
use crate::store::{
    StoreError, attachment_text, budget_text, deed_text, hazard_text, job_text as text,
    log_in_text, order_text, outside_text, patrol_text, personal_text, waiting_text, webhook_text,
    work_text,
};

impl Store {
    /// A statement that changes something beside the journal, its own transaction.
    pub(super) async fn keep<T: Row>(
        &self,
        program: ProgramId,
        statement: &'static Statement,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>, StoreError> {
        let values: Vec<Value> = values.into_iter().collect();
        fetch(self.keeper(), statement, program.0, &values).await
    }

    /// What has fallen due by `now`, after a place in the order in which it did.
    pub async fn due(
        &self,
        program: ProgramId,
        what: Falling,
        now: Timestamp,
        after: Option<Due>,
        limit: i64,
    ) -> Result<Vec<Due>, StoreError> {
        let statement = match what {
            Falling::Holds => &text::DUE_HOLDS,
            Falling::Notices => &text::DUE_NOTICES,
            Falling::Deeds => &deed_text::DEEDS_DUE,
            Falling::Orders => &order_text::ORDERS_DUE,
            Falling::Asked => &deed_text::ASKED_OPEN,
            Falling::Hazards => &hazard_text::HAZARDS_FOLLOWING,
            Falling::Escalations => &work_text::ESCALATIONS_DUE,
            Falling::Settlements => &work_text::SETTLEMENTS_DUE,
            Falling::LowBudgets => &budget_text::BUDGETS_LOW,
            Falling::EndedBudgets => &budget_text::BUDGETS_ENDED,
            Falling::Joining => {
                let until = now.plus_seconds(-JOINING_SECONDS);
                let after = after.map(|due| Due {
                    since: due.since.plus_seconds(-JOINING_SECONDS),
                    ..due
                });
                let due = self.due_by(program, &personal_text::DUE_JOINING, until, after, limit);
                let since = |due: Due| Due {
                    since: due.since.plus_seconds(JOINING_SECONDS),
                    ..due
                };
                return Ok(due.await?.into_iter().map(since).collect());
            }
            Falling::Lots => {
                let over = self.closing(program).await?;
                if let Some(over) = over.filter(|closing| closing.last_spending < now) {
                    return self.due_at_closing(program, over, after, limit).await;
                }
                &text::DUE_LOTS
            }
        };
        self.due_by(program, statement, now, after, limit).await
    }

    async fn due_by(
        &self,
        program: ProgramId,
        statement: &'static Statement,
        now: Timestamp,
        after: Option<Due>,
        limit: i64,
    ) -> Result<Vec<Due>, StoreError> {
        let (since, id) = after.map_or((i64::MIN, Uuid::nil()), |due| {
            (due.since.as_micros(), due.id)
        });
        let values = [
            now.as_micros().into(),
            since.into(),
            id.into(),
            limit.into(),
        ];
        let rows: Vec<(i64, Uuid)> = self.query(program, statement, values).await?;
        let due = |(since, id)| Due {
            since: Timestamp::from_micros(since),
            id,
        };
        Ok(rows.into_iter().map(due).collect())
    }

    async fn due_at_closing(
        &self,
        program: ProgramId,
        over: Closing,
        after: Option<Due>,
        limit: i64,
    ) -> Result<Vec<Due>, StoreError> {
        let after = after.map_or(Uuid::nil(), |due| due.id);
        let values = [after.into(), limit.into()];
        let rows: Vec<(Uuid,)> = self.query(program, &text::DUE_AT_CLOSING, values).await?;
        let since = over.last_spending;
        Ok(rows.into_iter().map(|(id,)| Due { since, id }).collect())
    }

    /// Since when the oldest of these has been kept.
    pub async fn oldest(
        &self,
        program: ProgramId,
        what: Kept,
    ) -> Result<Option<Timestamp>, StoreError> {
        let statement = match what {
            Kept::Rejections => &text::OLDEST_REJECTION,
            Kept::Codes => &text::OLDEST_CODE,
            Kept::Sightings => &waiting_text::OLDEST_SIGHTING,
            Kept::Sessions => &log_in_text::OLDEST_SESSION,
            Kept::Guesses => &log_in_text::OLDEST_GUESS,
            Kept::LoginCodes => &outside_text::OLDEST_LOGIN_CODE,
            Kept::Visits => &outside_text::OLDEST_VISIT,
            Kept::Suppressed => &personal_text::OLDEST_SUPPRESSED,
            Kept::HazardPlaces => &hazard_text::OLDEST_PLACE,
            Kept::Attachments => &attachment_text::OLDEST_ATTACHMENT,
            Kept::Waypoints => &patrol_text::OLDEST_WAYPOINT,
            Kept::Deliveries => &webhook_text::OLDEST_DELIVERY,
            Kept::AskedPlaces => &deed_text::OLDEST_ASKED_PLACE,
        };
        let rows: Vec<(i64,)> = self.query(program, statement, []).await?;
        Ok(rows.first().map(|(at,)| Timestamp::from_micros(*at)))
    }

    /// Deletes what has been kept since then or for longer, the oldest first; answers with how many.
    pub async fn forget(
        &self,
        program: ProgramId,
        what: Kept,
        until: Timestamp,
        limit: i64,
    ) -> Result<u64, StoreError> {
        let statement = match what {
            Kept::Rejections => &text::FORGET_REJECTIONS,
            Kept::Codes => &text::FORGET_CODES,
            Kept::Sightings => &waiting_text::FORGET_SIGHTINGS,
            Kept::Sessions => &log_in_text::FORGET_SESSIONS,
            Kept::Guesses => &log_in_text::FORGET_GUESSES,
            Kept::LoginCodes => &outside_text::FORGET_LOGIN_CODES,
            Kept::Visits => &outside_text::FORGET_VISITS,
            Kept::Suppressed => &personal_text::FORGET_SUPPRESSED,
            Kept::HazardPlaces => &hazard_text::ROUND_PLACES,
            Kept::Attachments => &attachment_text::FORGET_ATTACHMENTS,
            Kept::Waypoints => &patrol_text::FORGET_WAYPOINTS,
            Kept::Deliveries => &webhook_text::FORGET_DELIVERIES,
            Kept::AskedPlaces => &deed_text::FORGET_ASKED_PLACES,
        };
        let values = [until.as_micros().into(), limit.into()];
        let rows: Vec<(Uuid,)> = self.keep(program, statement, values).await?;
        if what == Kept::Attachments && !rows.is_empty() {
            self.drop_attachments(program).await?;
        }
        Ok(rows.len() as u64)
    }

    /// Every job that ever ran, by name.
    pub async fn jobs(&self, program: ProgramId) -> Result<Vec<JobState>, StoreError> {
        type Row = (
            String,
            i64,
            Option<i64>,
            Option<i64>,
            i64,
            i64,
            Option<String>,
            Option<i64>,
        );
        let rows: Vec<Row> = self.query(program, &text::JOBS, []).await?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        let moment = |at: Option<i64>| at.map(Timestamp::from_micros);
        let state =
            |(job, next_run, started, finished, done, failed, error, until): Row| JobState {
                job,
                next_run: Timestamp::from_micros(next_run),
                last_started: moment(started),
                last_finished: moment(finished),
                last_done: count(done),
                last_failed: count(failed),
                last_error: error,
                claimed_until: moment(until),
            };
        Ok(rows.into_iter().map(state).collect())
    }

    /// Takes a job that is due and free; `None` when it is neither. Answers with how far a run that was cut off came.
    pub async fn claim_job(
        &self,
        program: ProgramId,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<Option<Option<Due>>, StoreError> {
        let values = [
            lease.job.into(),
            now.as_micros().into(),
            lease.by.into(),
            lease.until.as_micros().into(),
        ];
        let rows: Vec<(Option<i64>, Option<Uuid>)> =
            self.keep(program, &text::CLAIM_JOB, values).await?;
        let reached = |(since, id): &(Option<i64>, Option<Uuid>)| {
            since.zip(*id).map(|(since, id)| Due {
                since: Timestamp::from_micros(since),
                id,
            })
        };
        Ok(rows.first().map(reached))
    }

    /// Keeps a lease, and how far the run came; `false` when another has it.
    pub async fn renew_job(
        &self,
        program: ProgramId,
        lease: &Lease,
        reached: Option<Due>,
    ) -> Result<bool, StoreError> {
        let values = [
            lease.job.into(),
            lease.by.into(),
            lease.until.as_micros().into(),
            reached.map(|due| due.since.as_micros()).into(),
            reached.map(|due| due.id).into(),
        ];
        let rows: Vec<(String,)> = self.keep(program, &text::RENEW_JOB, values).await?;
        Ok(!rows.is_empty())
    }

    /// Ends a run and says when the next is due; `false` when another has the lease.
    pub async fn finish_job(
        &self,
        program: ProgramId,
        lease: &Lease,
        report: &RunReport,
    ) -> Result<bool, StoreError> {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let values = [
            lease.job.into(),
            lease.by.into(),
            report.finished.as_micros().into(),
            number(report.done).into(),
            number(report.failed).into(),
            report.error.as_deref().into(),
            report.next_run.as_micros().into(),
        ];
        let rows: Vec<(String,)> = self.keep(program, &text::FINISH_JOB, values).await?;
        Ok(!rows.is_empty())
    }
}
