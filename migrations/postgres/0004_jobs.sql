-- What the servers do by themselves: which job ran when, how it went, and who is at it now.

CREATE TABLE jobs (
    program_id    UUID NOT NULL REFERENCES programs,
    job           TEXT COLLATE "C" NOT NULL,
    next_run      BIGINT NOT NULL,
    last_started  BIGINT,
    last_finished BIGINT,
    last_done     BIGINT NOT NULL DEFAULT 0,
    last_failed   BIGINT NOT NULL DEFAULT 0,
    last_error    TEXT,
    -- The lease: whose run it is, until when unless renewed, and how far it came.
    claimed_by    UUID,
    claimed_until BIGINT,
    reached_at    BIGINT,
    reached_id    UUID,
    PRIMARY KEY (program_id, job)
);

-- What is deleted once it is old: rejections kept under their keys, and codes.
CREATE INDEX claims_rejected ON claims (program_id, claimed_at) WHERE rejection IS NOT NULL;
CREATE INDEX codes_by_age ON codes (program_id, expires_at);

GRANT SELECT, INSERT, UPDATE ON jobs TO jifen_serve;
GRANT DELETE ON claims, codes TO jifen_serve;
