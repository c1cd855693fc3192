-- Hazards that were reported, and how long may be taken for them.

CREATE TABLE hazards (
    program_id   UUID NOT NULL REFERENCES programs,
    hazard_id    UUID NOT NULL,
    -- Who reported it, whoever they are now; nobody for what a resident reported.
    member_id    UUID,
    -- The member's deed.
    deed_id      UUID,
    -- Whose it is to see to.
    node_id      UUID,
    category     TEXT NOT NULL,
    severity     TEXT,
    -- In millionths of a degree; rounded to a hundredth of one at round_at.
    latitude     BIGINT,
    longitude    BIGINT,
    state        TEXT NOT NULL CHECK (state IN ('received', 'triaged', 'verified', 'invalid', 'duplicate', 'assigned', 'fixed', 'confirmed')),
    -- The report that goes on for it.
    duplicate_of UUID,
    -- What it came to: nothing, that it is so, that it is mended.
    found        BIGINT NOT NULL CHECK (found IN (0, 1, 2)),
    seen_at      BIGINT NOT NULL,
    received_at  BIGINT NOT NULL,
    -- Until when the next step is to be taken.
    due_at       BIGINT,
    -- From when on its place need not be known exactly.
    round_at     BIGINT,
    -- What shows it, and the steps taken.
    body         TEXT NOT NULL,
    PRIMARY KEY (program_id, hazard_id),
    FOREIGN KEY (program_id, member_id) REFERENCES members,
    FOREIGN KEY (program_id, node_id) REFERENCES organizations,
    FOREIGN KEY (program_id, duplicate_of) REFERENCES hazards,
    CHECK ((member_id IS NULL) = (deed_id IS NULL)),
    CHECK ((latitude IS NULL) = (longitude IS NULL)),
    CHECK (state <> 'duplicate' OR duplicate_of IS NOT NULL)
);
CREATE INDEX hazards_by_moment ON hazards (program_id, received_at, hazard_id);
CREATE INDEX hazards_by_place ON hazards (program_id, category, latitude, seen_at);
CREATE INDEX hazards_of_member ON hazards (program_id, member_id, received_at, hazard_id) WHERE member_id IS NOT NULL;
CREATE UNIQUE INDEX hazards_of_deed ON hazards (program_id, deed_id) WHERE deed_id IS NOT NULL;
CREATE INDEX hazards_of_same ON hazards (program_id, duplicate_of, hazard_id) WHERE duplicate_of IS NOT NULL;
CREATE INDEX hazards_following ON hazards (program_id, received_at, hazard_id) WHERE state = 'duplicate' AND found < 2;
CREATE INDEX hazards_to_round ON hazards (program_id, round_at) WHERE round_at IS NOT NULL;

-- What a programme says for itself; else what holds for all does.
CREATE TABLE hazard_terms (
    program_id   UUID NOT NULL REFERENCES programs,
    category     TEXT NOT NULL,
    decide_hours BIGINT NOT NULL CHECK (decide_hours > 0),
    fix_hours    BIGINT NOT NULL CHECK (fix_hours > 0),
    PRIMARY KEY (program_id, category)
);
GRANT SELECT, INSERT, UPDATE ON hazards, hazard_terms TO jifen_serve;
