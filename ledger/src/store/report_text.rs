//! The statements of reports on points: what was awarded and what became of it, what went in and out of the programme, what stores took. See
//! [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    /// What became of what was awarded in these periods and vested, by budget.
    AWARDED_BY_BUDGET = "SELECT r.since, a.budget_id, COUNT(*), CAST(SUM(l.opened) AS BIGINT), CAST(SUM(l.remaining) AS BIGINT), \
        CAST(SUM(l.expired) AS BIGINT), CAST(SUM(CASE WHEN l.reversed = 1 THEN l.opened - l.remaining - l.expired ELSE 0 END) AS BIGINT) \
        FROM {rows first:uuid last:uuid since:int until:int} CROSS JOIN awards a CROSS JOIN lots l \
        WHERE a.program_id = r.program_id AND a.award_id >= r.first AND a.award_id < r.last AND a.submitted_at >= r.since AND a.submitted_at < r.until \
        AND l.program_id = a.program_id AND l.member_id = a.member_id AND l.lot_id = a.award_id GROUP BY r.since, a.budget_id";
    /// The same by policy and rule.
    AWARDED_BY_RULE = "SELECT r.since, a.policy || '/' || a.rule, COUNT(*), CAST(SUM(l.opened) AS BIGINT), CAST(SUM(l.remaining) AS BIGINT), \
        CAST(SUM(l.expired) AS BIGINT), CAST(SUM(CASE WHEN l.reversed = 1 THEN l.opened - l.remaining - l.expired ELSE 0 END) AS BIGINT) \
        FROM {rows first:uuid last:uuid since:int until:int} CROSS JOIN awards a CROSS JOIN lots l \
        WHERE a.program_id = r.program_id AND a.award_id >= r.first AND a.award_id < r.last AND a.submitted_at >= r.since AND a.submitted_at < r.until \
        AND l.program_id = a.program_id AND l.member_id = a.member_id AND l.lot_id = a.award_id GROUP BY r.since, a.policy || '/' || a.rule";
    /// The same by the organization that looks after the member now.
    AWARDED_BY_ORGANIZATION = "SELECT r.since, m.organization_id, COUNT(*), CAST(SUM(l.opened) AS BIGINT), CAST(SUM(l.remaining) AS BIGINT), \
        CAST(SUM(l.expired) AS BIGINT), CAST(SUM(CASE WHEN l.reversed = 1 THEN l.opened - l.remaining - l.expired ELSE 0 END) AS BIGINT) \
        FROM {rows first:uuid last:uuid since:int until:int} CROSS JOIN awards a CROSS JOIN lots l CROSS JOIN members m \
        WHERE a.program_id = r.program_id AND a.award_id >= r.first AND a.award_id < r.last AND a.submitted_at >= r.since AND a.submitted_at < r.until \
        AND l.program_id = a.program_id AND l.member_id = a.member_id AND l.lot_id = a.award_id \
        AND m.program_id = a.program_id AND m.member_id = a.member_id GROUP BY r.since, m.organization_id";
    /// What was issued and taken back (1), and what fell to the programme because it expired (4), by when it was recorded.
    FLOWS = "SELECT r.since, e.kind, CAST(SUM(e.amount) AS BIGINT) FROM {rows since:int until:int} CROSS JOIN entries e CROSS JOIN transfers t \
        WHERE e.program_id = r.program_id AND e.owner = r.program_id AND e.kind IN (1, 4) \
        AND t.program_id = e.program_id AND t.transfer_id = e.transfer_id AND t.recorded_at >= r.since AND t.recorded_at < r.until \
        GROUP BY r.since, e.kind";
    /// What stores took of what was authorised in these periods, and gave back since.
    TAKEN = "SELECT r.since, d.store_id, COUNT(*), CAST(SUM(d.captured) AS BIGINT), CAST(SUM(d.refunded) AS BIGINT) \
        FROM {rows first:uuid last:uuid since:int until:int} CROSS JOIN redemptions d \
        WHERE d.program_id = r.program_id AND d.redemption_id >= r.first AND d.redemption_id < r.last \
        AND d.authorised_at >= r.since AND d.authorised_at < r.until AND d.captured > 0 GROUP BY r.since, d.store_id";
    /// The same of each offer, wherever it was taken up.
    TAKEN_UP = "SELECT r.since, d.offer_id, COUNT(*), CAST(SUM(d.captured) AS BIGINT), CAST(SUM(d.refunded) AS BIGINT) \
        FROM {rows first:uuid last:uuid since:int until:int} CROSS JOIN redemptions d \
        WHERE d.program_id = r.program_id AND d.redemption_id >= r.first AND d.redemption_id < r.last \
        AND d.authorised_at >= r.since AND d.authorised_at < r.until AND d.captured > 0 AND d.offer_id IS NOT NULL \
        GROUP BY r.since, d.offer_id";
}
