-- Policies on their way into force: imported, tested, simulated, approved by another.

CREATE TABLE policy_drafts (
    program_id     BLOB NOT NULL REFERENCES programs,
    draft_id       BLOB NOT NULL,
    name           TEXT NOT NULL,
    digest         TEXT NOT NULL,
    source         TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('draft', 'tested', 'simulated', 'approved')),
    imported_by    BLOB NOT NULL,
    imported_at    INTEGER NOT NULL,
    simulated      TEXT,
    approved_by    BLOB,
    approved_at    INTEGER,
    effective_from INTEGER,
    PRIMARY KEY (program_id, draft_id),
    CHECK (approved_by IS NULL OR approved_by <> imported_by),
    CHECK ((state = 'approved') = (effective_from IS NOT NULL))
) STRICT;
CREATE INDEX policy_drafts_by_time ON policy_drafts (program_id, imported_at, draft_id);
