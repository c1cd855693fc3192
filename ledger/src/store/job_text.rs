//! The statements of the jobs: what is due, what is old enough to be deleted, and who is at which job. See [`super::statement`].
//!
//! They run by themselves, each its own transaction.

use super::statement::{Statement, statements};

statements! {
    DUE_HOLDS = "SELECT hold_expires_at, redemption_id FROM redemptions \
        WHERE program_id = $1 AND state = 'held' AND hold_expires_at <= $2 AND (hold_expires_at, redemption_id) > ($3, $4) \
        ORDER BY hold_expires_at, redemption_id LIMIT $5";
    /// On the awards whose public notice has closed with nobody objecting, or no longer.
    DUE_NOTICES = "SELECT notice_until, award_id FROM awards WHERE program_id = $1 AND state = 'pending' AND notice_until <= $2 \
        AND (notice_until, award_id) > ($3, $4) ORDER BY notice_until, award_id LIMIT $5";
    /// Once a programme is over, every wallet that holds anything.
    DUE_AT_CLOSING = "SELECT a.owner FROM accounts a WHERE a.program_id = $1 AND a.kind = 11 AND a.balance > 0 AND a.owner > $2 \
        ORDER BY a.owner LIMIT $3";
    /// Members, as often as they have lots of different times. The index of what is due does not hold the member: lots that run out together would
    /// be written into it everywhere instead of at its end.
    DUE_LOTS = "SELECT expires_at, member_id FROM lots \
        WHERE program_id = $1 AND remaining > 0 AND expires_at IS NOT NULL AND expires_at <= $2 \
        AND (expires_at, member_id) > ($3, $4) GROUP BY expires_at, member_id ORDER BY expires_at, member_id LIMIT $5";

    /// The numbers of days ahead of which something is still to be told: a look-up each, however many lots there are.
    NOTICE_DAYS = "WITH RECURSIVE ahead(days) AS ( \
        SELECT (SELECT l.notice_days FROM lots l {by lots_to_tell} \
        WHERE l.program_id = $1 AND l.remaining > 0 AND l.notice_days IS NOT NULL ORDER BY l.notice_days LIMIT 1) \
        UNION ALL SELECT (SELECT l.notice_days FROM lots l {by lots_to_tell} \
        WHERE l.program_id = $1 AND l.remaining > 0 AND l.notice_days IS NOT NULL AND l.notice_days > a.days \
        ORDER BY l.notice_days LIMIT 1) FROM ahead a WHERE a.days IS NOT NULL) \
        SELECT days FROM ahead WHERE days IS NOT NULL";
    /// Whom to tell so many days ahead (`$2`) what expires between now (`$3`) and then (`$4`), as often as their lots have different times.
    UNTOLD = "SELECT l.expires_at, l.member_id FROM lots l {by lots_to_tell} \
        WHERE l.program_id = $1 AND l.remaining > 0 AND l.notice_days IS NOT NULL AND l.notice_days = $2 AND l.expires_at > $3 AND l.expires_at <= $4 \
        AND (l.expires_at, l.member_id) > ($5, $6) GROUP BY l.expires_at, l.member_id ORDER BY l.expires_at, l.member_id LIMIT $7";
    ZONE = "SELECT zone FROM programs WHERE program_id = $1";
    /// What a member was told of expiries, newest first.
    EXPIRY_NOTICES = "SELECT event_id, receipt FROM events e {by events_expiring} \
        WHERE e.program_id = $1 AND e.subject = $2 AND e.kind = 'lots.expiring' AND e.event_id < $3 ORDER BY e.event_id DESC LIMIT $4";

    OLDEST_REJECTION = "SELECT claimed_at FROM claims WHERE program_id = $1 AND rejection IS NOT NULL ORDER BY claimed_at LIMIT 1";
    /// A key with an effect is kept for ever: this deletes only what was turned down.
    FORGET_REJECTIONS = "DELETE FROM claims WHERE (program_id, claim_id) IN ( \
        SELECT c.program_id, c.claim_id FROM claims c \
        WHERE c.program_id = $1 AND c.rejection IS NOT NULL AND c.claimed_at <= $2 AND NOT EXISTS ( \
        SELECT 1 FROM events e WHERE e.program_id = c.program_id AND e.event_id = c.command_id) \
        ORDER BY c.claimed_at LIMIT $3) RETURNING claim_id";
    OLDEST_CODE = "SELECT expires_at FROM codes WHERE program_id = $1 ORDER BY expires_at LIMIT 1";
    /// Spent or not: one that has run out is worth nothing either way.
    FORGET_CODES = "DELETE FROM codes WHERE (program_id, code_hash) IN ( \
        SELECT c.program_id, c.code_hash FROM codes c WHERE c.program_id = $1 AND c.expires_at <= $2 \
        ORDER BY c.expires_at LIMIT $3) RETURNING member_id";

    JOBS = "SELECT job, next_run, last_started, last_finished, last_done, last_failed, last_error, claimed_until \
        FROM jobs WHERE program_id = $1 ORDER BY job";
    /// Takes a job that is due and that nobody is at, or whose holder let the lease run out. Answers with how far that one came.
    CLAIM_JOB = "INSERT INTO jobs (program_id, job, next_run, last_started, claimed_by, claimed_until) \
        VALUES ($1, $2, $3, $3, $4, $5) \
        ON CONFLICT (program_id, job) DO UPDATE SET last_started = excluded.last_started, \
        claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until \
        WHERE jobs.next_run <= excluded.last_started \
        AND (jobs.claimed_until IS NULL OR jobs.claimed_until <= excluded.last_started) \
        RETURNING reached_at, reached_id";
    /// Keeps the lease, unless another has it.
    RENEW_JOB = "UPDATE jobs SET claimed_until = $4, reached_at = $5, reached_id = $6 \
        WHERE program_id = $1 AND job = $2 AND claimed_by = $3 RETURNING job";
    FINISH_JOB = "UPDATE jobs SET last_finished = $4, last_done = $5, last_failed = $6, last_error = $7, next_run = $8, \
        claimed_by = NULL, claimed_until = NULL, reached_at = NULL, reached_id = NULL \
        WHERE program_id = $1 AND job = $2 AND claimed_by = $3 RETURNING job";
}
