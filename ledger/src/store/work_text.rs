//! The statements of awards as work: what waits for whom, what is on public notice, what was served, who decided for whom. See
//! [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    /// Awards that wait for an approver, but for what they submitted (`$3`), benefit from (`$4`) or somebody approved whom they are (`$5`) or on
    /// whose node they are (`$6`). Approvals are few: they are looked for in their text.
    APPROVALS = "SELECT a.* FROM awards a {by awards_waiting} WHERE a.program_id = $1 AND a.award_id > $2 \
        AND a.state IN ('queued', 'submitted', 'frozen') AND a.state = 'submitted' AND a.submitted_by <> $3 AND a.member_id <> $4 \
        AND (a.approvals IS NULL OR (a.approvals NOT LIKE $5 AND a.approvals NOT LIKE $6)) ORDER BY a.award_id LIMIT $7";
    /// The same for members below a node (`$8`); each member is looked up, as for what waits there.
    APPROVALS_WITHIN = "WITH RECURSIVE below(id) AS ( \
        SELECT organization_id FROM organizations WHERE program_id = $1 AND organization_id = $8 \
        UNION SELECT o.organization_id FROM below CROSS JOIN organizations o WHERE o.program_id = $1 AND o.parent_id = below.id) \
        SELECT a.* FROM awards a {by awards_waiting} WHERE a.program_id = $1 AND a.award_id > $2 \
        AND a.state IN ('queued', 'submitted', 'frozen') AND a.state = 'submitted' AND a.submitted_by <> $3 AND a.member_id <> $4 \
        AND (a.approvals IS NULL OR (a.approvals NOT LIKE $5 AND a.approvals NOT LIKE $6)) AND (SELECT m.organization_id FROM members m \
        WHERE m.program_id = a.program_id AND m.member_id = a.member_id) IN (SELECT id FROM below) ORDER BY a.award_id LIMIT $7";
    /// What waits for a reviewer: 0 is escalated, 1 is not.
    DISPUTES = "SELECT a.* FROM awards a {by awards_frozen} WHERE a.program_id = $1 AND a.state = 'frozen' AND a.settles_at IS NULL \
        AND (CASE WHEN a.escalates_at IS NULL THEN 0 ELSE 1 END, a.award_id) > ($2, $3) \
        ORDER BY CASE WHEN a.escalates_at IS NULL THEN 0 ELSE 1 END, a.award_id LIMIT $4";
    DISPUTES_WITHIN = "WITH RECURSIVE below(id) AS ( \
        SELECT organization_id FROM organizations WHERE program_id = $1 AND organization_id = $5 \
        UNION SELECT o.organization_id FROM below CROSS JOIN organizations o WHERE o.program_id = $1 AND o.parent_id = below.id) \
        SELECT a.* FROM awards a {by awards_frozen} WHERE a.program_id = $1 AND a.state = 'frozen' AND a.settles_at IS NULL \
        AND (CASE WHEN a.escalates_at IS NULL THEN 0 ELSE 1 END, a.award_id) > ($2, $3) AND (SELECT m.organization_id FROM members m \
        WHERE m.program_id = a.program_id AND m.member_id = a.member_id) IN (SELECT id FROM below) \
        ORDER BY CASE WHEN a.escalates_at IS NULL THEN 0 ELSE 1 END, a.award_id LIMIT $4";
    ESCALATIONS_DUE = "SELECT escalates_at, award_id FROM awards WHERE program_id = $1 AND escalates_at IS NOT NULL AND escalates_at <= $2 \
        AND (escalates_at, award_id) > ($3, $4) ORDER BY escalates_at, award_id LIMIT $5";
    SETTLEMENTS_DUE = "SELECT settles_at, award_id FROM awards WHERE program_id = $1 AND settles_at IS NOT NULL AND settles_at <= $2 \
        AND (settles_at, award_id) > ($3, $4) ORDER BY settles_at, award_id LIMIT $5";

    /// What is on public notice; whose it is and where they belong is looked up for each. What only waits to be shared is not: its terms say nothing
    /// of a notice.
    ON_NOTICE = "SELECT a.award_id, a.points, a.deed, a.trace, a.notice_until, CAST(CASE WHEN a.objection IS NULL THEN 0 ELSE 1 END AS BIGINT), \
        (SELECT m.name FROM members m WHERE m.program_id = a.program_id AND m.member_id = a.member_id), \
        (SELECT o.name FROM organizations o WHERE o.program_id = a.program_id AND o.organization_id = (SELECT m.organization_id FROM members m \
        WHERE m.program_id = a.program_id AND m.member_id = a.member_id)) \
        FROM awards a {by awards_on_notice} WHERE a.program_id = $1 AND a.state = 'pending' AND a.notice_until > $2 AND a.terms LIKE '%\"notice_seconds\":%' \
        AND (a.notice_until, a.award_id) > ($3, $4) ORDER BY a.notice_until, a.award_id LIMIT $5";
    ON_NOTICE_WITHIN = "WITH RECURSIVE below(id) AS ( \
        SELECT organization_id FROM organizations WHERE program_id = $1 AND organization_id = $6 \
        UNION SELECT o.organization_id FROM below CROSS JOIN organizations o WHERE o.program_id = $1 AND o.parent_id = below.id) \
        SELECT a.award_id, a.points, a.deed, a.trace, a.notice_until, CAST(CASE WHEN a.objection IS NULL THEN 0 ELSE 1 END AS BIGINT), \
        (SELECT m.name FROM members m WHERE m.program_id = a.program_id AND m.member_id = a.member_id), \
        (SELECT o.name FROM organizations o WHERE o.program_id = a.program_id AND o.organization_id = (SELECT m.organization_id FROM members m \
        WHERE m.program_id = a.program_id AND m.member_id = a.member_id)) \
        FROM awards a {by awards_on_notice} WHERE a.program_id = $1 AND a.state = 'pending' AND a.notice_until > $2 AND a.terms LIKE '%\"notice_seconds\":%' \
        AND (a.notice_until, a.award_id) > ($3, $4) AND (SELECT m.organization_id FROM members m \
        WHERE m.program_id = a.program_id AND m.member_id = a.member_id) IN (SELECT id FROM below) \
        ORDER BY a.notice_until, a.award_id LIMIT $5";
    NOTICED = "SELECT award_id FROM awards {by awards_on_notice} WHERE program_id = $1 AND state = 'pending' AND notice_until > $2 \
        AND terms LIKE '%\"notice_seconds\":%'";

    // Where a few rows lead to others by their whole key, LIMIT keeps PostgreSQL from seeing through them that the programme is the same: it would read
    // all of a programme for each, as good as any while the tables are empty.

    /// What vested has a lot, which is kept by member; whether it stands is told.
    SERVED = "SELECT a.award_id, a.deed_id, a.deed, a.state FROM (SELECT l.program_id, l.lot_id FROM lots l \
        WHERE l.program_id = $1 AND l.member_id = $2 AND l.lot_id > $3 ORDER BY l.lot_id LIMIT $4) ids CROSS JOIN awards a \
        WHERE a.program_id = ids.program_id AND a.award_id = ids.lot_id ORDER BY a.award_id";
    /// Other awards for the same thing.
    ALIKE = "SELECT y.award_id FROM (SELECT x.program_id, x.thing_id, x.award_id, x.shares FROM reports x {by reports_of_award} \
        WHERE x.program_id = $1 AND x.award_id = $2 LIMIT 1) of_it CROSS JOIN reports y \
        WHERE y.program_id = of_it.program_id AND y.thing_id = of_it.thing_id AND y.award_id <> of_it.award_id ORDER BY y.award_id LIMIT 20";
    ISSUED_RECORD = "SELECT subject, receipt, recorded_at FROM events WHERE program_id = $1 AND event_id = $2 AND kind = 'record.issue'";

    /// Who acted before origins were written down is told by the transfer, where points moved.
    APPROVERS = "SELECT e.since, COALESCE(o.actor, t.actor), COUNT(*), CAST(SUM(a.points) AS BIGINT), \
        CAST(SUM(CASE WHEN e.recorded_at - a.submitted_at < 10000000 THEN 1 ELSE 0 END) AS BIGINT) \
        FROM (SELECT r.since, v.program_id, v.event_id, v.subject, v.recorded_at, v.origin_id \
        FROM {rows first:uuid last:uuid since:int until:int} CROSS JOIN events v \
        WHERE v.program_id = r.program_id AND v.event_id >= r.first AND v.event_id < r.last AND v.kind = 'award.approve' \
        AND v.recorded_at >= r.since AND v.recorded_at < r.until LIMIT 9223372036854775807) e CROSS JOIN awards a \
        LEFT JOIN origins o ON o.program_id = e.program_id AND o.origin_id = e.origin_id \
        LEFT JOIN transfers t ON t.program_id = e.program_id AND t.transfer_id = e.event_id AND e.origin_id IS NULL \
        WHERE a.program_id = e.program_id AND a.award_id = e.subject AND COALESCE(o.actor, t.actor) IS NOT NULL \
        GROUP BY e.since, COALESCE(o.actor, t.actor)";
    /// Who submitted what was granted, and for whom: those who met often (`$6`) and so many times (`$7`) as often as chance would have it, or
    /// so much (`$8`, in per cent) of what the member has, if they have less than half of all.
    SUBMITTER_PAIRS = "SELECT actor, member, observed, points, by_actor, by_member, total FROM ( \
        SELECT actor, member, observed, points, CAST(SUM(observed) OVER (PARTITION BY actor) AS BIGINT) AS by_actor, \
        CAST(SUM(observed) OVER (PARTITION BY member) AS BIGINT) AS by_member, CAST(SUM(observed) OVER () AS BIGINT) AS total FROM ( \
        SELECT a.submitted_by AS actor, a.member_id AS member, COUNT(*) AS observed, CAST(SUM(a.points) AS BIGINT) AS points FROM awards a \
        WHERE a.program_id = $1 AND a.award_id >= $2 AND a.award_id < $3 AND a.submitted_at >= $4 AND a.submitted_at < $5 \
        AND a.state IN ('pending', 'frozen', 'vested') GROUP BY a.submitted_by, a.member_id) met) sums \
        WHERE observed >= $6 AND (observed * total >= CAST($7 AS BIGINT) * by_actor * by_member \
        OR (observed * 100 >= CAST($8 AS BIGINT) * by_member AND by_actor * 2 < total)) ORDER BY observed DESC, actor, member LIMIT $9";
    /// The same of who approved it.
    APPROVER_PAIRS = "SELECT actor, member, observed, points, by_actor, by_member, total FROM ( \
        SELECT actor, member, observed, points, CAST(SUM(observed) OVER (PARTITION BY actor) AS BIGINT) AS by_actor, \
        CAST(SUM(observed) OVER (PARTITION BY member) AS BIGINT) AS by_member, CAST(SUM(observed) OVER () AS BIGINT) AS total FROM ( \
        SELECT COALESCE(o.actor, t.actor) AS actor, a.member_id AS member, COUNT(*) AS observed, CAST(SUM(a.points) AS BIGINT) AS points \
        FROM (SELECT v.program_id, v.event_id, v.subject, v.origin_id FROM events v WHERE v.program_id = $1 AND v.event_id >= $2 \
        AND v.event_id < $3 AND v.recorded_at >= $4 AND v.recorded_at < $5 AND v.kind = 'award.approve' LIMIT 9223372036854775807) e \
        CROSS JOIN awards a LEFT JOIN origins o ON o.program_id = e.program_id AND o.origin_id = e.origin_id \
        LEFT JOIN transfers t ON t.program_id = e.program_id AND t.transfer_id = e.event_id AND e.origin_id IS NULL \
        WHERE a.program_id = e.program_id AND a.award_id = e.subject \
        AND COALESCE(o.actor, t.actor) IS NOT NULL GROUP BY COALESCE(o.actor, t.actor), a.member_id) met) sums \
        WHERE observed >= $6 AND (observed * total >= CAST($7 AS BIGINT) * by_actor * by_member \
        OR (observed * 100 >= CAST($8 AS BIGINT) * by_member AND by_actor * 2 < total)) ORDER BY observed DESC, actor, member LIMIT $9";
    NEAR_TIERS = "SELECT a.submitted_by, r.digest, r.tier, CAST(SUM(CASE WHEN a.points >= r.low AND a.points < r.tier THEN 1 ELSE 0 END) AS BIGINT), \
        COUNT(*) FROM {rows digest:text low:int tier:int first:uuid last:uuid since:int until:int} CROSS JOIN awards a \
        WHERE a.program_id = r.program_id AND a.award_id >= r.first AND a.award_id < r.last AND a.digest = r.digest \
        AND a.submitted_at >= r.since AND a.submitted_at < r.until AND a.state IN ('submitted', 'pending', 'frozen', 'vested') \
        GROUP BY a.submitted_by, r.digest, r.tier";
}
