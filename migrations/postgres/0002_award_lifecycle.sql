-- Awards between their submission and the wallet: two approvals, public notice, objection, waiting for room under a cap.

ALTER TABLE awards
    ADD COLUMN terms TEXT,
    ADD COLUMN approvals TEXT,
    ADD COLUMN notice_until BIGINT,
    ADD COLUMN objection TEXT,
    DROP CONSTRAINT awards_state_check,
    ADD CONSTRAINT awards_state_check
        CHECK (state IN ('queued', 'submitted', 'pending', 'frozen', 'vested', 'rejected', 'reversed'));
UPDATE awards SET terms =
    CASE WHEN decided_by IS NULL AND state = 'vested' THEN '{"approval":"none"' ELSE '{"approval":"single"' END
    || CASE WHEN debt_cap IS NULL THEN '}'
            ELSE ',"debt_cap":"' || (debt_cap / 100) || '.' || lpad((debt_cap % 100)::text, 2, '0') || '"}' END;
ALTER TABLE awards ALTER COLUMN terms SET NOT NULL, DROP COLUMN debt_cap;

-- One deed, one award a policy: a rejected or reversed one makes room for another.
DROP INDEX awards_of_deed;
CREATE UNIQUE INDEX awards_of_deed ON awards (program_id, deed_id, policy)
    WHERE state IN ('queued', 'submitted', 'pending', 'frozen', 'vested');
-- What vested is found by its lot, which is kept by member; so these stay small.
DROP INDEX awards_not_vested;
CREATE INDEX awards_not_vested ON awards (program_id, member_id, award_id)
    WHERE state IN ('queued', 'submitted', 'pending', 'frozen', 'rejected');
DROP INDEX awards_waiting;
CREATE INDEX awards_waiting ON awards (program_id, award_id) WHERE state IN ('queued', 'submitted', 'frozen');
CREATE INDEX awards_on_notice ON awards (program_id, notice_until) WHERE state = 'pending';

-- What is owed is written off in time.
CREATE INDEX lots_owed ON lots (program_id, lot_id) WHERE owed > 0;

-- Whom a cap counts on when it is neither a member nor a budget: a grid, a team, an approver. The row is what is locked.
CREATE TABLE cap_subjects (
    program_id UUID NOT NULL,
    subject_id UUID NOT NULL,
    PRIMARY KEY (program_id, subject_id)
);
GRANT SELECT, INSERT, UPDATE ON cap_subjects TO jifen_serve;
