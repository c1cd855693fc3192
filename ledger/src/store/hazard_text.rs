//! The statements of hazards. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    LINK_HAZARDS = "SELECT h.hazard_id, h.member_id, h.deed_id FROM {rows hazard_id:uuid} CROSS JOIN hazards h \
        WHERE h.program_id = r.program_id AND h.hazard_id = r.hazard_id AND h.deed_id IS NOT NULL";
    LINK_REPORTS = "SELECT h.deed_id, h.body FROM {rows deed_id:uuid} CROSS JOIN hazards h {by hazards_of_deed} \
        WHERE h.program_id = r.program_id AND h.deed_id = r.deed_id AND h.deed_id IS NOT NULL";
    /// Photos that show deeds by themselves.
    LINK_SHOWN = "SELECT a.of_id, a.attachment_id FROM {rows deed_id:uuid} CROSS JOIN attachments a {by attachments_of} \
        WHERE a.program_id = r.program_id AND a.of_id = r.deed_id AND a.of_id IS NOT NULL AND a.kind = 'photo'";
    HAZARDS = "SELECT h.* FROM {rows hazard_id:uuid} CROSS JOIN hazards h WHERE h.program_id = r.program_id AND h.hazard_id = r.hazard_id";
    HAZARDS_OF_DEEDS = "SELECT h.* FROM {rows deed_id:uuid} CROSS JOIN hazards h {by hazards_of_deed} \
        WHERE h.program_id = r.program_id AND h.deed_id = r.deed_id AND h.deed_id IS NOT NULL";
    /// The duplicates of hazards.
    HAZARDS_OF_SAME = "SELECT h.* FROM {rows hazard_id:uuid} CROSS JOIN hazards h {by hazards_of_same} \
        WHERE h.program_id = r.program_id AND h.duplicate_of = r.hazard_id AND h.duplicate_of IS NOT NULL";
    /// The awards that stand for deeds, by whichever policies.
    AWARDS_OF_DEEDS = "SELECT a.* FROM {rows deed_id:uuid} CROSS JOIN awards a {by awards_of_deed} \
        WHERE a.program_id = r.program_id AND a.deed_id = r.deed_id AND a.state IN ('queued', 'submitted', 'pending', 'frozen', 'vested')";
    HAZARD_TERMS = "SELECT category, decide_hours, fix_hours FROM hazard_terms WHERE program_id = $1 ORDER BY category";

    NEW_HAZARDS = "INSERT INTO hazards (program_id, hazard_id, member_id, deed_id, node_id, home_id, category, severity, latitude, longitude, state, \
        duplicate_of, found, seen_at, received_at, due_at, round_at, body) \
        SELECT r.program_id, r.hazard_id, r.member_id, r.deed_id, r.node_id, r.home_id, r.category, r.severity, r.latitude, r.longitude, r.state, \
        r.duplicate_of, r.found, r.seen_at, r.received_at, r.due_at, r.round_at, r.body \
        FROM {rows hazard_id:uuid member_id:uuid deed_id:uuid node_id:uuid home_id:uuid category:text severity:text latitude:int longitude:int state:text \
        duplicate_of:uuid found:int seen_at:int received_at:int due_at:int round_at:int body:text}";
    CHANGED_HAZARDS = "UPDATE hazards SET node_id = r.node_id, category = r.category, severity = r.severity, latitude = r.latitude, \
        longitude = r.longitude, state = r.state, duplicate_of = r.duplicate_of, found = r.found, due_at = r.due_at, round_at = r.round_at, \
        body = r.body \
        FROM {rows hazard_id:uuid member_id:uuid deed_id:uuid node_id:uuid home_id:uuid category:text severity:text latitude:int longitude:int state:text \
        duplicate_of:uuid found:int seen_at:int received_at:int due_at:int round_at:int body:text} \
        WHERE hazards.program_id = r.program_id AND hazards.hazard_id = r.hazard_id";
    SET_HAZARD_TERMS = "INSERT INTO hazard_terms (program_id, category, decide_hours, fix_hours) \
        SELECT r.program_id, r.category, r.decide_hours, r.fix_hours FROM {rows category:text decide_hours:int fix_hours:int} WHERE TRUE \
        ON CONFLICT (program_id, category) DO UPDATE SET decide_hours = excluded.decide_hours, fix_hours = excluded.fix_hours";
    MOVE_HAZARDS = "UPDATE hazards SET member_id = r.into_id FROM {rows from_id:uuid into_id:uuid} \
        WHERE hazards.program_id = r.program_id AND hazards.member_id = r.from_id";
    /// What is attached to a member's reports.
    ERASE_REPORTS = "UPDATE attachments SET key_id = NULL, wrapped = NULL, body = NULL, keep_until = NULL \
        FROM {rows member_id:uuid} WHERE attachments.program_id = r.program_id AND attachments.of_id IN \
        (SELECT h.hazard_id FROM hazards h WHERE h.program_id = r.program_id AND h.member_id = r.member_id)";

    HAZARD = "SELECT h.* FROM hazards h WHERE h.program_id = $1 AND h.hazard_id = $2";
    HAZARD_OF_DEED = "SELECT h.* FROM hazards h {by hazards_of_deed} WHERE h.program_id = $1 AND h.deed_id = $2 AND h.deed_id IS NOT NULL";
    /// The newest first, before a place among them (`$2`, `$3`); in a state (`$5`) and of a category (`$6`), where these are said, due by a
    /// moment (`$7`), received since one (`$8`), and between south, north, west and east (`$9` to `$12`).
    HAZARDS_BY_MOMENT = "SELECT h.* FROM hazards h {by hazards_by_moment} \
        WHERE h.program_id = $1 AND (h.received_at, h.hazard_id) < ($2, $3) AND ($5 = '' OR h.state = $5) AND ($6 = '' OR h.category = $6) \
        AND (CAST($7 AS BIGINT) IS NULL OR h.due_at <= $7) AND h.received_at >= $8 \
        AND (CAST($9 AS BIGINT) IS NULL OR h.latitude BETWEEN $9 AND $10 AND h.longitude BETWEEN $11 AND $12) \
        ORDER BY h.received_at DESC, h.hazard_id DESC LIMIT $4";
    /// The same of those that are a node's (`$13`) or of one below it, or were when they were reported.
    HAZARDS_WITHIN = "WITH RECURSIVE below(id) AS ( \
        SELECT organization_id FROM organizations WHERE program_id = $1 AND organization_id = $13 \
        UNION SELECT o.organization_id FROM below CROSS JOIN organizations o WHERE o.program_id = $1 AND o.parent_id = below.id) \
        SELECT h.* FROM hazards h {by hazards_by_moment} \
        WHERE h.program_id = $1 AND (h.received_at, h.hazard_id) < ($2, $3) AND ($5 = '' OR h.state = $5) AND ($6 = '' OR h.category = $6) \
        AND (CAST($7 AS BIGINT) IS NULL OR h.due_at <= $7) AND h.received_at >= $8 \
        AND (CAST($9 AS BIGINT) IS NULL OR h.latitude BETWEEN $9 AND $10 AND h.longitude BETWEEN $11 AND $12) \
        AND (h.node_id IN (SELECT id FROM below) OR h.home_id IN (SELECT id FROM below)) ORDER BY h.received_at DESC, h.hazard_id DESC LIMIT $4";
    HAZARDS_OF_MEMBER = "SELECT h.* FROM hazards h {by hazards_of_member} WHERE h.program_id = $1 AND h.member_id = $2 AND h.member_id IS NOT NULL \
        AND (h.received_at, h.hazard_id) < ($3, $4) ORDER BY h.received_at DESC, h.hazard_id DESC LIMIT $5";
    DUPLICATES_OF = "SELECT h.* FROM hazards h {by hazards_of_same} WHERE h.program_id = $1 AND h.duplicate_of = $2 AND h.duplicate_of IS NOT NULL \
        ORDER BY h.hazard_id LIMIT $3";
    /// Of one category, in a strip of latitude, seen about the same time.
    HAZARDS_NEAR = "SELECT h.* FROM hazards h {by hazards_by_place} WHERE h.program_id = $1 AND h.category = $2 \
        AND h.latitude BETWEEN $3 AND $4 AND h.seen_at BETWEEN $5 AND $6 ORDER BY h.latitude LIMIT $7";
    /// Duplicates of what came to more since, or to nothing.
    HAZARDS_FOLLOWING = "SELECT h.received_at, h.hazard_id FROM hazards h {by hazards_following} CROSS JOIN hazards o \
        WHERE h.program_id = $1 AND h.state = 'duplicate' AND h.found < 2 AND h.received_at <= $2 AND (h.received_at, h.hazard_id) > ($3, $4) \
        AND o.program_id = h.program_id AND o.hazard_id = h.duplicate_of AND (o.found > h.found OR o.state = 'invalid') \
        ORDER BY h.received_at, h.hazard_id LIMIT $5";

    OLDEST_PLACE = "SELECT round_at FROM hazards WHERE program_id = $1 AND round_at IS NOT NULL ORDER BY round_at LIMIT 1";
    /// To a hundredth of a degree, towards zero.
    ROUND_PLACES = "UPDATE hazards SET latitude = latitude / 10000 * 10000, longitude = longitude / 10000 * 10000, round_at = NULL \
        WHERE program_id = $1 AND hazard_id IN (SELECT h.hazard_id FROM hazards h WHERE h.program_id = $1 AND h.round_at <= $2 \
        ORDER BY h.round_at LIMIT $3) RETURNING hazard_id";
}
