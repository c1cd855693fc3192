-- Awards that wait for room under a cap, and reports of one and the same thing.

CREATE INDEX awards_queued ON awards (program_id, submitted_at, award_id) WHERE state = 'queued';

-- Where and when the first report of a thing was, for as long as a later deed may be about the same. Nothing else holds a position.
-- A strip of latitude is what is searched: it needs no map cells, and no care at the poles or where longitude begins again.
CREATE TABLE sightings (
    program_id  BLOB NOT NULL,
    alike_id    BLOB NOT NULL,
    latitude    INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    thing_id    BLOB NOT NULL,
    longitude   INTEGER NOT NULL,
    closes_at   INTEGER NOT NULL,
    PRIMARY KEY (program_id, alike_id, latitude, occurred_at, thing_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sightings_by_age ON sightings (program_id, closes_at);

-- Which awards are for one thing, named after the first of them, and among how many of them it was divided.
CREATE TABLE reports (
    program_id BLOB NOT NULL,
    thing_id   BLOB NOT NULL,
    award_id   BLOB NOT NULL,
    shares     INTEGER CHECK (shares > 0),
    PRIMARY KEY (program_id, thing_id, award_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX reports_of_award ON reports (program_id, award_id);
