//! The statements of activities, deeds and the awards asked for with them. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    /// Locks activities in the order of their key.
    LOCK_ACTIVITIES = "SELECT e.activity_id FROM {rows activity_id:uuid} CROSS JOIN activities e \
        WHERE e.program_id = r.program_id AND e.activity_id = r.activity_id ORDER BY e.activity_id {lock e}";
    ACTIVITIES = "SELECT e.plan, e.secret, e.taken FROM {rows activity_id:uuid} CROSS JOIN activities e \
        WHERE e.program_id = r.program_id AND e.activity_id = r.activity_id";
    PARTS = "SELECT d.deed_id, d.member_id, d.state, d.began_at, d.ended_at, d.due_at, d.body \
        FROM {rows activity_id:uuid slot:int member_id:uuid} CROSS JOIN deeds d {by deeds_of_activity} \
        WHERE d.program_id = r.program_id AND d.activity_id = r.activity_id AND d.slot = r.slot AND d.member_id = r.member_id";
    DEEDS = "SELECT d.deed_id, d.member_id, d.state, d.began_at, d.ended_at, d.due_at, d.body \
        FROM {rows deed_id:uuid} CROSS JOIN deeds d WHERE d.program_id = r.program_id AND d.deed_id = r.deed_id";
    /// What has an award that stands, or asks for one. A deed lasts at most a day, so what overlaps a time began at most a day before it.
    COUNTED = "SELECT d.member_id, d.deed_id, d.began_at, d.ended_at \
        FROM {rows member_id:uuid since:int until:int} CROSS JOIN deeds d {by deeds_of_member} \
        WHERE d.program_id = r.program_id AND d.member_id = r.member_id AND d.began_at > r.since AND d.began_at < r.until \
        AND d.state = 'done' AND d.ended_at IS NOT NULL AND EXISTS (SELECT 1 FROM award_requests q \
        LEFT JOIN awards a ON a.program_id = q.program_id AND a.award_id = q.award_id \
        WHERE q.program_id = d.program_id AND q.deed_id = d.deed_id \
        AND (q.state = 'open' OR a.state IN ('queued', 'submitted', 'pending', 'frozen', 'vested')))";
    /// The deeds of awards that stand, submitted after a place among awards. What vested is found by its lot, and there is an index of what has not.
    ENTERED = "WITH asked AS (SELECT r.program_id, r.member_id, r.award_id FROM {rows member_id:uuid award_id:uuid}) \
        SELECT a.member_id, a.deed_id, a.deed FROM asked r CROSS JOIN lots l CROSS JOIN awards a \
        WHERE l.program_id = r.program_id AND l.member_id = r.member_id AND l.lot_id > r.award_id \
        AND a.program_id = l.program_id AND a.award_id = l.lot_id AND a.state = 'vested' \
        UNION ALL SELECT a.member_id, a.deed_id, a.deed FROM asked r CROSS JOIN awards a {by awards_not_vested} \
        WHERE a.program_id = r.program_id AND a.member_id = r.member_id AND a.award_id > r.award_id \
        AND a.state IN ('queued', 'submitted', 'pending', 'frozen', 'rejected') AND a.state <> 'rejected'";
    LOCK_ASKED = "SELECT q.deed_id FROM {rows deed_id:uuid} CROSS JOIN award_requests q \
        WHERE q.program_id = r.program_id AND q.deed_id = r.deed_id ORDER BY q.deed_id {lock q}";
    ASKED = "SELECT q.deed_id, q.member_id, q.actor, q.request, q.asked_at, q.attempt, q.award_id, q.why_not, q.place \
        FROM {rows deed_id:uuid} CROSS JOIN award_requests q WHERE q.program_id = r.program_id AND q.deed_id = r.deed_id";
    LINK_DEEDS = "SELECT d.deed_id, d.member_id, d.activity_id FROM {rows deed_id:uuid} CROSS JOIN deeds d \
        WHERE d.program_id = r.program_id AND d.deed_id = r.deed_id";

    NEW_ACTIVITIES = "INSERT INTO activities (program_id, activity_id, organization_id, form, starts_at, ends_at, cancelled, plan, secret, taken) \
        SELECT r.program_id, r.activity_id, r.organization_id, r.form, r.starts_at, r.ends_at, r.cancelled, r.plan, r.secret, r.taken \
        FROM {rows activity_id:uuid organization_id:uuid form:text starts_at:int ends_at:int cancelled:int plan:text secret:text taken:text}";
    CHANGED_ACTIVITIES = "UPDATE activities SET organization_id = r.organization_id, form = r.form, starts_at = r.starts_at, ends_at = r.ends_at, \
        cancelled = r.cancelled, plan = r.plan, taken = r.taken \
        FROM {rows activity_id:uuid organization_id:uuid form:text starts_at:int ends_at:int cancelled:int plan:text secret:text taken:text} \
        WHERE activities.program_id = r.program_id AND activities.activity_id = r.activity_id";
    NEW_DEEDS = "INSERT INTO deeds (program_id, deed_id, kind, member_id, activity_id, slot, state, began_at, ended_at, due_at, body) \
        SELECT r.program_id, r.deed_id, r.kind, r.member_id, r.activity_id, r.slot, r.state, r.began_at, r.ended_at, r.due_at, r.body \
        FROM {rows deed_id:uuid kind:text member_id:uuid activity_id:uuid slot:int state:text began_at:int ended_at:int due_at:int body:text}";
    CHANGED_DEEDS = "UPDATE deeds SET state = r.state, began_at = r.began_at, ended_at = r.ended_at, due_at = r.due_at, body = r.body \
        FROM {rows deed_id:uuid kind:text member_id:uuid activity_id:uuid slot:int state:text began_at:int ended_at:int due_at:int body:text} \
        WHERE deeds.program_id = r.program_id AND deeds.deed_id = r.deed_id";
    NEW_ASKED = "INSERT INTO award_requests (program_id, deed_id, member_id, actor, request, asked_at, attempt, state, award_id, why_not, \
        place) \
        SELECT r.program_id, r.deed_id, r.member_id, r.actor, r.request, r.asked_at, r.attempt, r.state, r.award_id, r.why_not, r.place \
        FROM {rows deed_id:uuid member_id:uuid actor:text request:text asked_at:int attempt:int state:text award_id:uuid why_not:text \
        place:text}";
    CHANGED_ASKED = "UPDATE award_requests SET actor = r.actor, request = r.request, asked_at = r.asked_at, attempt = r.attempt, \
        state = r.state, award_id = r.award_id, why_not = r.why_not, place = r.place \
        FROM {rows deed_id:uuid member_id:uuid actor:text request:text asked_at:int attempt:int state:text award_id:uuid why_not:text \
        place:text} \
        WHERE award_requests.program_id = r.program_id AND award_requests.deed_id = r.deed_id";
    MOVE_DEEDS = "UPDATE deeds SET member_id = r.into_id FROM {rows from_id:uuid into_id:uuid} \
        WHERE deeds.program_id = r.program_id AND deeds.member_id = r.from_id";
    MOVE_ASKED = "UPDATE award_requests SET member_id = r.into_id FROM {rows from_id:uuid into_id:uuid} \
        WHERE award_requests.program_id = r.program_id AND award_requests.member_id = r.from_id";

    OLDEST_ASKED_PLACE = "SELECT asked_at FROM award_requests WHERE program_id = $1 AND state = 'refused' AND place IS NOT NULL \
        ORDER BY asked_at LIMIT 1";
    /// Where deeds were whose requests were refused long ago.
    FORGET_ASKED_PLACES = "UPDATE award_requests SET place = NULL WHERE program_id = $1 AND deed_id IN ( \
        SELECT q.deed_id FROM award_requests q {by award_requests_placed} WHERE q.program_id = $1 AND q.state = 'refused' \
        AND q.place IS NOT NULL AND q.asked_at <= $2 ORDER BY q.asked_at LIMIT $3) RETURNING deed_id";

    ACTIVITY = "SELECT plan, secret, taken FROM activities WHERE program_id = $1 AND activity_id = $2";
    /// Those that are not over at a moment, the one that ends first at first.
    ACTIVITIES_FROM = "SELECT plan, secret, taken FROM activities WHERE program_id = $1 AND (ends_at, activity_id) > ($2, $3) \
        ORDER BY ends_at, activity_id LIMIT $4";
    PARTS_OF_ACTIVITY = "SELECT d.deed_id, d.member_id, d.state, d.began_at, d.ended_at, d.due_at, d.body, q.award_id, q.why_not, q.attempt \
        FROM deeds d LEFT JOIN award_requests q ON q.program_id = d.program_id AND q.deed_id = d.deed_id \
        WHERE d.program_id = $1 AND d.activity_id = $2 AND (d.slot, d.member_id) > ($3, $4) ORDER BY d.slot, d.member_id LIMIT $5";
    /// The newest first.
    DEEDS_OF_MEMBER = "SELECT d.deed_id, d.member_id, d.state, d.began_at, d.ended_at, d.due_at, d.body, q.award_id, q.why_not, q.attempt \
        FROM deeds d LEFT JOIN award_requests q ON q.program_id = d.program_id AND q.deed_id = d.deed_id \
        WHERE d.program_id = $1 AND d.member_id = $2 AND (d.began_at, d.deed_id) < ($3, $4) ORDER BY d.began_at DESC, d.deed_id DESC LIMIT $5";
    DEED = "SELECT d.deed_id, d.member_id, d.state, d.began_at, d.ended_at, d.due_at, d.body, q.award_id, q.why_not, q.attempt \
        FROM deeds d LEFT JOIN award_requests q ON q.program_id = d.program_id AND q.deed_id = d.deed_id \
        WHERE d.program_id = $1 AND d.deed_id = $2";
    DEEDS_OF = "SELECT d.deed_id, d.member_id, d.state, d.began_at, d.ended_at, d.due_at, d.body, q.award_id, q.why_not, q.attempt \
        FROM {rows deed_id:uuid} CROSS JOIN deeds d LEFT JOIN award_requests q ON q.program_id = d.program_id AND q.deed_id = d.deed_id \
        WHERE d.program_id = r.program_id AND d.deed_id = r.deed_id";
    PRESENT = "SELECT COUNT(*) FROM deeds d {by deeds_of_activity} WHERE d.program_id = $1 AND d.activity_id = $2 AND d.state IN ('begun', 'done')";
    ASKED_FOR = "SELECT deed_id, member_id, actor, request, asked_at, attempt, award_id, why_not, place FROM award_requests \
        WHERE program_id = $1 AND deed_id = $2";
    /// What is due about deeds by itself.
    DEEDS_DUE = "SELECT d.due_at, d.deed_id FROM deeds d WHERE d.program_id = $1 AND d.due_at <= $2 \
        AND (d.due_at, d.deed_id) > ($3, $4) ORDER BY d.due_at, d.deed_id LIMIT $5";
    /// Awards asked for and not answered by a moment.
    ASKED_OPEN = "SELECT asked_at, deed_id FROM award_requests WHERE program_id = $1 AND state = 'open' AND asked_at <= $2 \
        AND (asked_at, deed_id) > ($3, $4) ORDER BY asked_at, deed_id LIMIT $5";
}
