-- Awards between their submission and the wallet: two approvals, public notice, objection, waiting for room under a cap.

CREATE TABLE awards_rebuilt (
    program_id   BLOB NOT NULL,
    award_id     BLOB NOT NULL,
    member_id    BLOB NOT NULL,
    budget_id    BLOB NOT NULL,
    deed_id      BLOB NOT NULL,
    deed         TEXT NOT NULL,
    policy       TEXT NOT NULL,
    digest       TEXT NOT NULL,
    rule         TEXT NOT NULL,
    points       INTEGER NOT NULL CHECK (points > 0),
    trace        TEXT NOT NULL,
    counted      TEXT NOT NULL,
    expires_at   INTEGER,
    terms        TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('queued', 'submitted', 'pending', 'frozen', 'vested', 'rejected', 'reversed')),
    submitted_by BLOB NOT NULL,
    submitted_at INTEGER NOT NULL,
    approvals    TEXT,
    notice_until INTEGER,
    objection    TEXT,
    decided_by   BLOB,
    decided_at   INTEGER,
    reason       TEXT,
    PRIMARY KEY (program_id, award_id)
) STRICT;
INSERT INTO awards_rebuilt (program_id, award_id, member_id, budget_id, deed_id, deed, policy, digest, rule, points, trace, counted,
    expires_at, terms, state, submitted_by, submitted_at, decided_by, decided_at, reason)
SELECT program_id, award_id, member_id, budget_id, deed_id, deed, policy, digest, rule, points, trace, counted,
    expires_at,
    CASE WHEN decided_by IS NULL AND state = 'vested' THEN '{"approval":"none"' ELSE '{"approval":"single"' END
        || CASE WHEN debt_cap IS NULL THEN '}'
                ELSE ',"debt_cap":"' || (debt_cap / 100) || '.' || substr('0' || (debt_cap % 100), -2) || '"}' END,
    state, submitted_by, submitted_at, decided_by, decided_at, reason
FROM awards;
DROP TABLE awards;
ALTER TABLE awards_rebuilt RENAME TO awards;

-- One deed, one award a policy: a rejected or reversed one makes room for another.
CREATE UNIQUE INDEX awards_of_deed ON awards (program_id, deed_id, policy)
    WHERE state IN ('queued', 'submitted', 'pending', 'frozen', 'vested');
-- What vested is found by its lot, which is kept by member; so these stay small.
CREATE INDEX awards_not_vested ON awards (program_id, member_id, award_id)
    WHERE state IN ('queued', 'submitted', 'pending', 'frozen', 'rejected');
CREATE INDEX awards_waiting ON awards (program_id, award_id) WHERE state IN ('queued', 'submitted', 'frozen');
CREATE INDEX awards_on_notice ON awards (program_id, notice_until) WHERE state = 'pending';

-- What is owed is written off in time.
CREATE INDEX lots_owed ON lots (program_id, lot_id) WHERE owed > 0;

-- Whom a cap counts on when it is neither a member nor a budget: a grid, a team, an approver. The row is what is locked.
CREATE TABLE cap_subjects (
    program_id BLOB NOT NULL,
    subject_id BLOB NOT NULL,
    PRIMARY KEY (program_id, subject_id)
) STRICT, WITHOUT ROWID;
