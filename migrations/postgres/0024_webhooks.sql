-- Who is told of events over HTTP (webhooks), and what each is still to be told.

CREATE TABLE endpoints (
    program_id  UUID NOT NULL REFERENCES programs,
    endpoint_id UUID NOT NULL,
    -- Of this store's events alone.
    store_id    UUID,
    state       TEXT NOT NULL CHECK (state IN ('active', 'paused', 'ended')),
    -- Operations, each with a space before and after it; or *.
    kinds       TEXT NOT NULL,
    -- Name, address, and which secrets sign: their numbers, no secrets.
    body        TEXT NOT NULL,
    -- How often in a row it could not be told anything, and until when it is left alone.
    failures    BIGINT NOT NULL DEFAULT 0,
    rests_until BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (program_id, endpoint_id),
    FOREIGN KEY (program_id, store_id) REFERENCES stores
);

-- Written with the event. What is told of one subject is told in the order of its turns.
CREATE TABLE deliveries (
    program_id  UUID NOT NULL,
    endpoint_id UUID NOT NULL,
    event_id    UUID NOT NULL,
    subject     UUID NOT NULL,
    turn        BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempts    BIGINT NOT NULL DEFAULT 0,
    -- While it waits: from when on it may be tried.
    due_at      BIGINT NOT NULL,
    -- What came of the last attempt, and when.
    tried_at    BIGINT,
    answer      TEXT,
    PRIMARY KEY (program_id, endpoint_id, event_id),
    FOREIGN KEY (program_id, endpoint_id) REFERENCES endpoints
);
CREATE INDEX deliveries_in_turn ON deliveries (program_id, endpoint_id, subject, turn);
CREATE INDEX deliveries_due ON deliveries (program_id, endpoint_id, due_at) WHERE state = 'waiting';
-- For whoever asks what was given up, or sends it again.
CREATE INDEX deliveries_dead ON deliveries (program_id, endpoint_id, event_id) WHERE state = 'dead';
CREATE INDEX deliveries_settled ON deliveries (program_id, tried_at) WHERE state <> 'waiting';

GRANT SELECT, INSERT, UPDATE ON endpoints TO jifen_serve;
GRANT SELECT, INSERT, UPDATE, DELETE ON deliveries TO jifen_serve;
