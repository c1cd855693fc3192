//! The statements of things reported by several, and of awards that wait for room under a cap. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    /// Things first seen in a strip of latitude and a stretch of time.
    SIGHTINGS = "SELECT s.thing_id, s.alike_id, s.latitude, s.longitude, s.occurred_at, s.closes_at \
        FROM {rows alike_id:uuid south:int north:int since:int until:int} CROSS JOIN sightings s \
        WHERE s.program_id = r.program_id AND s.alike_id = r.alike_id AND s.latitude >= r.south AND s.latitude <= r.north \
        AND s.occurred_at >= r.since AND s.occurred_at <= r.until";
    THINGS = "SELECT t.thing_id FROM {rows award_id:uuid} CROSS JOIN reports t {by reports_of_award} \
        WHERE t.program_id = r.program_id AND t.award_id = r.award_id";
    REPORTS = "SELECT t.thing_id, t.award_id, t.shares FROM {rows thing_id:uuid} CROSS JOIN reports t \
        WHERE t.program_id = r.program_id AND t.thing_id = r.thing_id";
    NEW_SIGHTINGS = "INSERT INTO sightings (program_id, alike_id, latitude, occurred_at, thing_id, longitude, closes_at) \
        SELECT r.program_id, r.alike_id, r.latitude, r.occurred_at, r.thing_id, r.longitude, r.closes_at \
        FROM {rows alike_id:uuid latitude:int occurred_at:int thing_id:uuid longitude:int closes_at:int}";
    NEW_REPORTS = "INSERT INTO reports (program_id, thing_id, award_id, shares) SELECT r.program_id, r.thing_id, r.award_id, r.shares \
        FROM {rows thing_id:uuid award_id:uuid shares:int}";
    DIVIDED_REPORTS = "UPDATE reports SET shares = r.shares FROM {rows thing_id:uuid award_id:uuid shares:int} \
        WHERE reports.program_id = r.program_id AND reports.thing_id = r.thing_id AND reports.award_id = r.award_id";

    OLDEST_SIGHTING = "SELECT closes_at FROM sightings WHERE program_id = $1 ORDER BY closes_at LIMIT 1";
    FORGET_SIGHTINGS = "DELETE FROM sightings WHERE (program_id, alike_id, latitude, occurred_at, thing_id) IN ( \
        SELECT s.program_id, s.alike_id, s.latitude, s.occurred_at, s.thing_id FROM sightings s \
        WHERE s.program_id = $1 AND s.closes_at <= $2 ORDER BY s.closes_at LIMIT $3) RETURNING thing_id";

    /// In order of submission.
    QUEUED = "SELECT * FROM awards WHERE program_id = $1 AND state = 'queued' AND (submitted_at, award_id) > ($2, $3) \
        ORDER BY submitted_at, award_id LIMIT $4";
}
