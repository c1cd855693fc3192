-- Awards that wait for room under a cap, and reports of one and the same thing.

CREATE INDEX awards_queued ON awards (program_id, submitted_at, award_id) WHERE state = 'queued';

-- Where and when the first report of a thing was, for as long as a later deed may be about the same. Nothing else holds a position.
-- A strip of latitude is what is searched: it needs no map cells, and no care at the poles or where longitude begins again.
CREATE TABLE sightings (
    program_id  UUID NOT NULL,
    alike_id    UUID NOT NULL,
    latitude    BIGINT NOT NULL,
    occurred_at BIGINT NOT NULL,
    thing_id    UUID NOT NULL,
    longitude   BIGINT NOT NULL,
    closes_at   BIGINT NOT NULL,
    PRIMARY KEY (program_id, alike_id, latitude, occurred_at, thing_id)
);
CREATE INDEX sightings_by_age ON sightings (program_id, closes_at);

-- Which awards are for one thing, named after the first of them, and among how many of them it was divided.
CREATE TABLE reports (
    program_id UUID NOT NULL,
    thing_id   UUID NOT NULL,
    award_id   UUID NOT NULL,
    shares     BIGINT CHECK (shares > 0),
    PRIMARY KEY (program_id, thing_id, award_id)
);
CREATE UNIQUE INDEX reports_of_award ON reports (program_id, award_id);
GRANT SELECT, INSERT, DELETE ON sightings TO jifen_serve;
GRANT SELECT, INSERT, UPDATE ON reports TO jifen_serve;
