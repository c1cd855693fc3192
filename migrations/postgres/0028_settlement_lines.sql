-- What a statement comes to follows from its lines, each with who bears it; it is confirmed, approved and paid with others.

ALTER TABLE statements
    -- Who pays, at which rate, for what was redeemed without terms of its own.
    ALTER COLUMN funder_id DROP NOT NULL,
    ALTER COLUMN rate DROP NOT NULL,
    ALTER COLUMN rounding DROP NOT NULL,
    DROP CONSTRAINT statements_points_check,
    DROP CONSTRAINT statements_amount_check,
    DROP CONSTRAINT statements_state_check,
    -- The lines that its merchant disputes, and what came of it, in JSON.
    ADD COLUMN disputes TEXT NOT NULL DEFAULT '[]',
    ADD COLUMN confirmed_by UUID,
    ADD COLUMN confirmed_at BIGINT,
    ADD COLUMN approved_by UUID,
    ADD COLUMN approved_at BIGINT,
    -- 1 where it was approved because its merchant had not answered in time.
    ADD COLUMN unanswered BIGINT NOT NULL DEFAULT 0 CHECK (unanswered IN (0, 1)),
    ADD COLUMN batch_id UUID,
    ADD CHECK (points >= 0),
    ADD CHECK (amount >= 0),
    ADD CHECK (state IN ('frozen', 'disputed', 'confirmed', 'approved', 'paid')),
    ADD CHECK ((funder_id IS NULL) = (rate IS NULL) AND (funder_id IS NULL) = (rounding IS NULL)),
    ADD CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL) AND (approved_by IS NULL) = (approved_at IS NULL)),
    ADD CHECK (state <> 'confirmed' OR confirmed_by IS NOT NULL),
    ADD CHECK (state <> 'approved' OR approved_by IS NOT NULL);
CREATE INDEX statements_to_pay ON statements (program_id, statement_id) WHERE state = 'approved';
CREATE INDEX statements_of_batch ON statements (program_id, batch_id) WHERE batch_id IS NOT NULL;

-- An entry of merchant:accepted on a statement, and who bears it: as its redemption's terms say, or as was named when it was frozen.
CREATE TABLE statement_lines (
    program_id    UUID NOT NULL,
    store_id      UUID NOT NULL,
    version       BIGINT NOT NULL,
    statement_id  UUID NOT NULL,
    redemption_id UUID NOT NULL,
    points        BIGINT NOT NULL CHECK (points <> 0),
    bearer        TEXT NOT NULL CHECK (bearer IN ('merchant', 'fund', 'in_kind')),
    funder_id     UUID,
    rate          TEXT,
    rounding      TEXT,
    -- In fen. NULL on statements from before lines had money of their own: those were rounded as a whole.
    amount        BIGINT,
    PRIMARY KEY (program_id, store_id, version),
    FOREIGN KEY (program_id, statement_id) REFERENCES statements,
    FOREIGN KEY (program_id, funder_id) REFERENCES funders,
    CHECK ((bearer = 'fund') = (funder_id IS NOT NULL AND rate IS NOT NULL AND rounding IS NOT NULL))
);
CREATE INDEX statement_lines_of_redemption ON statement_lines (program_id, redemption_id, version);
INSERT INTO statement_lines
    SELECT s.program_id, s.store_id, e.version, s.statement_id, t.subject, e.amount, 'fund', s.funder_id, s.rate, s.rounding, NULL
    FROM statements s
    JOIN entries e ON e.program_id = s.program_id AND e.owner = s.store_id AND e.kind = 20
        AND e.version BETWEEN s.from_version AND s.through_version
    JOIN transfers t ON t.program_id = e.program_id AND t.transfer_id = e.transfer_id AND t.kind <> 'freeze_statement';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON statement_lines EXECUTE FUNCTION refuse_change();

-- Statements that are paid together.
CREATE TABLE payment_batches (
    program_id UUID NOT NULL,
    batch_id   UUID NOT NULL,
    made_by    UUID NOT NULL,
    made_at    BIGINT NOT NULL,
    statements BIGINT NOT NULL CHECK (statements > 0),
    amount     BIGINT NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (program_id, batch_id)
);

-- To whom a merchant's money goes: sealed, but for the last digits of the account number.
CREATE TABLE payees (
    program_id  UUID NOT NULL,
    merchant_id UUID NOT NULL,
    key_id      TEXT COLLATE "C" NOT NULL,
    body        TEXT NOT NULL,
    tail        TEXT NOT NULL,
    PRIMARY KEY (program_id, merchant_id),
    FOREIGN KEY (program_id, merchant_id) REFERENCES merchants
);

GRANT SELECT, INSERT ON statement_lines, payment_batches TO jifen_serve;
GRANT SELECT, INSERT, UPDATE ON payees TO jifen_serve;
GRANT UPDATE (disputes, confirmed_by, confirmed_at, approved_by, approved_at, unanswered, batch_id) ON statements TO jifen_serve;
