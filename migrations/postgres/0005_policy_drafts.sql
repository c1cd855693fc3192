-- Policies on their way into force: imported, tested, simulated, approved by another.

CREATE TABLE policy_drafts (
    program_id     UUID NOT NULL REFERENCES programs,
    draft_id       UUID NOT NULL,
    name           TEXT COLLATE "C" NOT NULL,
    digest         TEXT COLLATE "C" NOT NULL,
    source         TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('draft', 'tested', 'simulated', 'approved')),
    imported_by    UUID NOT NULL,
    imported_at    BIGINT NOT NULL,
    simulated      TEXT,
    approved_by    UUID,
    approved_at    BIGINT,
    effective_from BIGINT,
    PRIMARY KEY (program_id, draft_id),
    CHECK (approved_by IS NULL OR approved_by <> imported_by),
    CHECK ((state = 'approved') = (effective_from IS NOT NULL))
);
CREATE INDEX policy_drafts_by_time ON policy_drafts (program_id, imported_at, draft_id);
GRANT SELECT, INSERT, UPDATE ON policy_drafts TO jifen_serve;
