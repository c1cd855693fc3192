//! The statements of endpoints and of what they are told. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    ENDPOINTS = "SELECT e.body FROM {rows endpoint_id:uuid} CROSS JOIN endpoints e \
        WHERE e.program_id = r.program_id AND e.endpoint_id = r.endpoint_id";
    NEW_ENDPOINTS = "INSERT INTO endpoints (program_id, endpoint_id, store_id, state, kinds, body) \
        SELECT r.program_id, r.endpoint_id, r.store_id, r.state, r.kinds, r.body \
        FROM {rows endpoint_id:uuid store_id:uuid state:text kinds:text body:text}";
    /// Whoever changes an endpoint wants it tried again at once.
    CHANGED_ENDPOINTS = "UPDATE endpoints SET state = r.state, kinds = r.kinds, body = r.body, failures = 0, rests_until = 0 \
        FROM {rows endpoint_id:uuid store_id:uuid state:text kinds:text body:text} \
        WHERE endpoints.program_id = r.program_id AND endpoints.endpoint_id = r.endpoint_id";
    /// What waits for endpoints that have ended.
    DROP_DELIVERIES = "DELETE FROM deliveries WHERE (program_id, endpoint_id) IN (SELECT r.program_id, r.endpoint_id FROM {rows endpoint_id:uuid}) \
        AND state = 'waiting'";
    /// Notes events for whoever is told of them, in turn for each subject: what else happens to it waits for the same locks.
    NEW_DELIVERIES = "INSERT INTO deliveries (program_id, endpoint_id, event_id, subject, turn, recorded_at, due_at) \
        SELECT e.program_id, e.endpoint_id, r.event_id, r.subject, r.nth + COALESCE((SELECT MAX(d.turn) FROM deliveries d {by deliveries_in_turn} \
        WHERE d.program_id = e.program_id AND d.endpoint_id = e.endpoint_id AND d.subject = r.subject), 0), r.recorded_at, r.recorded_at \
        FROM {rows event_id:uuid kind:text subject:uuid store_id:uuid nth:int recorded_at:int} CROSS JOIN endpoints e \
        WHERE e.program_id = r.program_id AND e.state <> 'ended' AND (e.store_id IS NULL OR e.store_id = r.store_id) \
        AND (e.kinds = '*' OR e.kinds LIKE '% ' || r.kind || ' %')";
    REPEAT_EVENT = "UPDATE deliveries SET state = 'waiting', attempts = 0, due_at = r.due_at FROM {rows endpoint_id:uuid event_id:uuid due_at:int} \
        WHERE deliveries.program_id = r.program_id AND deliveries.endpoint_id = r.endpoint_id AND deliveries.event_id = r.event_id";
    REPEAT_DEAD = "UPDATE deliveries SET state = 'waiting', attempts = 0, due_at = r.due_at FROM {rows endpoint_id:uuid due_at:int} \
        WHERE deliveries.program_id = r.program_id AND deliveries.endpoint_id = r.endpoint_id AND deliveries.state = 'dead'";
    REPEAT_SINCE = "UPDATE deliveries SET state = 'waiting', attempts = 0, due_at = r.due_at FROM {rows endpoint_id:uuid since:int due_at:int} \
        WHERE deliveries.program_id = r.program_id AND deliveries.endpoint_id = r.endpoint_id AND deliveries.recorded_at >= r.since";

    ENDPOINT = "SELECT body FROM endpoints WHERE program_id = $1 AND endpoint_id = $2";
    LIVE_ENDPOINTS = "SELECT COUNT(*) FROM endpoints WHERE program_id = $1 AND state <> 'ended'";
    /// Of a range of ids, which is one or all.
    ENDPOINT_VIEWS = "SELECT e.body, e.failures, e.rests_until, \
        (SELECT COUNT(*) FROM deliveries d {by deliveries_due} WHERE d.program_id = e.program_id AND d.endpoint_id = e.endpoint_id AND d.state = 'waiting'), \
        (SELECT COUNT(*) FROM deliveries d {by deliveries_dead} WHERE d.program_id = e.program_id AND d.endpoint_id = e.endpoint_id AND d.state = 'dead') \
        FROM endpoints e WHERE e.program_id = $1 AND e.endpoint_id BETWEEN $2 AND $3 ORDER BY e.endpoint_id";
    /// Who can be told something now.
    ENDPOINTS_DUE = "SELECT e.body, e.failures FROM endpoints e WHERE e.program_id = $1 AND e.state = 'active' AND e.rests_until <= $2 \
        AND EXISTS (SELECT 1 FROM deliveries d {by deliveries_due} WHERE d.program_id = e.program_id AND d.endpoint_id = e.endpoint_id \
        AND d.state = 'waiting' AND d.due_at <= $2) ORDER BY e.endpoint_id";
    /// Since when it could have been.
    DELIVERIES_SINCE = "SELECT d.due_at FROM endpoints e CROSS JOIN deliveries d {by deliveries_due} \
        WHERE e.program_id = $1 AND e.state = 'active' AND e.rests_until <= $2 AND d.program_id = e.program_id AND d.endpoint_id = e.endpoint_id \
        AND d.state = 'waiting' AND d.due_at <= $2 ORDER BY d.due_at LIMIT 1";
    /// What an endpoint can be told now: of each subject what comes first.
    DELIVERIES_DUE = "SELECT d.event_id, d.attempts, v.kind, v.subject, v.recorded_at, v.receipt, v.reason \
        FROM deliveries d {by deliveries_due} JOIN events v ON v.program_id = d.program_id AND v.event_id = d.event_id \
        WHERE d.program_id = $1 AND d.endpoint_id = $2 AND d.state = 'waiting' AND d.due_at <= $3 \
        AND NOT EXISTS (SELECT 1 FROM deliveries b {by deliveries_in_turn} WHERE b.program_id = d.program_id AND b.endpoint_id = d.endpoint_id \
        AND b.subject = d.subject AND b.turn < d.turn AND b.state = 'waiting') ORDER BY d.due_at, d.event_id LIMIT $4";
    /// Beside the writer. What was asked for again meanwhile is tried again.
    SETTLE_DELIVERIES = "UPDATE deliveries SET state = r.state, attempts = r.attempts, due_at = r.due_at, tried_at = r.tried_at, answer = r.answer \
        FROM {rows endpoint_id:uuid event_id:uuid state:text attempts:int due_at:int tried_at:int answer:text} \
        WHERE deliveries.program_id = r.program_id AND deliveries.endpoint_id = r.endpoint_id AND deliveries.event_id = r.event_id \
        AND deliveries.state = 'waiting' AND deliveries.attempts = r.attempts - 1";
    NOTE_REST = "UPDATE endpoints SET failures = $3, rests_until = $4 WHERE program_id = $1 AND endpoint_id = $2 RETURNING endpoint_id";
    DELIVERIES = "SELECT d.event_id, v.kind, d.subject, d.recorded_at, d.state, d.attempts, d.due_at, d.tried_at, d.answer \
        FROM deliveries d JOIN events v ON v.program_id = d.program_id AND v.event_id = d.event_id \
        WHERE d.program_id = $1 AND d.endpoint_id = $2 AND d.event_id < $3 AND d.state IN ($4, $5, $6) ORDER BY d.event_id DESC LIMIT $7";
    OLDEST_DELIVERY = "SELECT d.tried_at FROM deliveries d {by deliveries_settled} WHERE d.program_id = $1 AND d.state <> 'waiting' ORDER BY d.tried_at LIMIT 1";
    FORGET_DELIVERIES = "DELETE FROM deliveries WHERE (program_id, endpoint_id, event_id) IN (SELECT d.program_id, d.endpoint_id, d.event_id \
        FROM deliveries d {by deliveries_settled} WHERE d.program_id = $1 AND d.state <> 'waiting' AND d.tried_at <= $2 ORDER BY d.tried_at LIMIT $3) \
        RETURNING event_id";
}
