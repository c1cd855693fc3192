-- What the servers do by themselves: which job ran when, how it went, and who is at it now.

CREATE TABLE jobs (
    program_id    BLOB NOT NULL REFERENCES programs,
    job           TEXT NOT NULL,
    next_run      INTEGER NOT NULL,
    last_started  INTEGER,
    last_finished INTEGER,
    last_done     INTEGER NOT NULL DEFAULT 0,
    last_failed   INTEGER NOT NULL DEFAULT 0,
    last_error    TEXT,
    -- The lease: whose run it is, until when unless renewed, and how far it came.
    claimed_by    BLOB,
    claimed_until INTEGER,
    reached_at    INTEGER,
    reached_id    BLOB,
    PRIMARY KEY (program_id, job)
) STRICT, WITHOUT ROWID;

-- What is deleted once it is old: rejections kept under their keys, and codes.
CREATE INDEX claims_rejected ON claims (program_id, claimed_at) WHERE rejection IS NOT NULL;
CREATE INDEX codes_by_age ON codes (program_id, expires_at);
