-- Who is told of events over HTTP (webhooks), and what each is still to be told.

CREATE TABLE endpoints (
    program_id  BLOB NOT NULL REFERENCES programs,
    endpoint_id BLOB NOT NULL,
    -- Of this store's events alone.
    store_id    BLOB,
    state       TEXT NOT NULL CHECK (state IN ('active', 'paused', 'ended')),
    -- Operations, each with a space before and after it; or *.
    kinds       TEXT NOT NULL,
    -- Name, address, and which secrets sign: their numbers, no secrets.
    body        TEXT NOT NULL,
    -- How often in a row it could not be told anything, and until when it is left alone.
    failures    INTEGER NOT NULL DEFAULT 0,
    rests_until INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (program_id, endpoint_id),
    FOREIGN KEY (program_id, store_id) REFERENCES stores
) STRICT, WITHOUT ROWID;

-- Written with the event. What is told of one subject is told in the order of its turns.
CREATE TABLE deliveries (
    program_id  BLOB NOT NULL,
    endpoint_id BLOB NOT NULL,
    event_id    BLOB NOT NULL,
    subject     BLOB NOT NULL,
    turn        INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    state       TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    -- While it waits: from when on it may be tried.
    due_at      INTEGER NOT NULL,
    -- What came of the last attempt, and when.
    tried_at    INTEGER,
    answer      TEXT,
    PRIMARY KEY (program_id, endpoint_id, event_id),
    FOREIGN KEY (program_id, endpoint_id) REFERENCES endpoints
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_in_turn ON deliveries (program_id, endpoint_id, subject, turn);
CREATE INDEX deliveries_due ON deliveries (program_id, endpoint_id, due_at) WHERE state = 'waiting';
-- For whoever asks what was given up, or sends it again.
CREATE INDEX deliveries_dead ON deliveries (program_id, endpoint_id, event_id) WHERE state = 'dead';
CREATE INDEX deliveries_settled ON deliveries (program_id, tried_at) WHERE state <> 'waiting';
