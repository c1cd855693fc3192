-- What a statement comes to follows from its lines, each with who bears it; it is confirmed, approved and paid with others.

CREATE TABLE new_statements (
    program_id      BLOB NOT NULL,
    statement_id    BLOB NOT NULL,
    store_id        BLOB NOT NULL,
    -- Who pays, at which rate, for what was redeemed without terms of its own.
    funder_id       BLOB,
    from_version    INTEGER NOT NULL CHECK (from_version >= 1),
    through_version INTEGER NOT NULL CHECK (through_version >= from_version),
    points          INTEGER NOT NULL CHECK (points >= 0),
    amount          INTEGER NOT NULL CHECK (amount >= 0),
    rate            TEXT,
    rounding        TEXT,
    frozen_by       BLOB NOT NULL,
    frozen_at       INTEGER NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('frozen', 'disputed', 'confirmed', 'approved', 'paid')),
    -- The lines that its merchant disputes, and what came of it, in JSON.
    disputes        TEXT NOT NULL DEFAULT '[]',
    confirmed_by    BLOB,
    confirmed_at    INTEGER,
    approved_by     BLOB,
    approved_at     INTEGER,
    -- 1 where it was approved because its merchant had not answered in time.
    unanswered      INTEGER NOT NULL DEFAULT 0 CHECK (unanswered IN (0, 1)),
    batch_id        BLOB,
    paid_by         BLOB,
    paid_at         INTEGER,
    reference       TEXT,
    PRIMARY KEY (program_id, statement_id),
    UNIQUE (program_id, store_id, through_version),
    FOREIGN KEY (program_id, store_id) REFERENCES stores,
    FOREIGN KEY (program_id, funder_id) REFERENCES funders,
    CHECK ((funder_id IS NULL) = (rate IS NULL) AND (funder_id IS NULL) = (rounding IS NULL)),
    CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL) AND (approved_by IS NULL) = (approved_at IS NULL)),
    CHECK (state <> 'confirmed' OR confirmed_by IS NOT NULL),
    CHECK (state <> 'approved' OR approved_by IS NOT NULL),
    CHECK ((state = 'paid') = (paid_by IS NOT NULL AND paid_at IS NOT NULL AND reference IS NOT NULL))
) STRICT;
INSERT INTO new_statements (program_id, statement_id, store_id, funder_id, from_version, through_version, points, amount, rate, rounding,
    frozen_by, frozen_at, state, paid_by, paid_at, reference)
    SELECT program_id, statement_id, store_id, funder_id, from_version, through_version, points, amount, rate, rounding,
        frozen_by, frozen_at, state, paid_by, paid_at, reference FROM statements;
DROP TABLE statements;
ALTER TABLE new_statements RENAME TO statements;
CREATE INDEX statements_to_pay ON statements (program_id, statement_id) WHERE state = 'approved';
CREATE INDEX statements_of_batch ON statements (program_id, batch_id) WHERE batch_id IS NOT NULL;
CREATE TRIGGER statements_refuse_update BEFORE UPDATE OF program_id, statement_id, store_id, funder_id, from_version, through_version,
    points, amount, rate, rounding, frozen_by, frozen_at ON statements BEGIN
    SELECT RAISE(ABORT, 'statements is append-only: post a correcting transfer instead');
END;
CREATE TRIGGER statements_refuse_delete BEFORE DELETE ON statements BEGIN
    SELECT RAISE(ABORT, 'statements is append-only: post a correcting transfer instead');
END;

-- An entry of merchant:accepted on a statement, and who bears it: as its redemption's terms say, or as was named when it was frozen.
CREATE TABLE statement_lines (
    program_id    BLOB NOT NULL,
    store_id      BLOB NOT NULL,
    version       INTEGER NOT NULL,
    statement_id  BLOB NOT NULL,
    redemption_id BLOB NOT NULL,
    points        INTEGER NOT NULL CHECK (points <> 0),
    bearer        TEXT NOT NULL CHECK (bearer IN ('merchant', 'fund', 'in_kind')),
    funder_id     BLOB,
    rate          TEXT,
    rounding      TEXT,
    -- In fen. NULL on statements from before lines had money of their own: those were rounded as a whole.
    amount        INTEGER,
    PRIMARY KEY (program_id, store_id, version),
    FOREIGN KEY (program_id, statement_id) REFERENCES statements,
    FOREIGN KEY (program_id, funder_id) REFERENCES funders,
    CHECK ((bearer = 'fund') = (funder_id IS NOT NULL AND rate IS NOT NULL AND rounding IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX statement_lines_of_redemption ON statement_lines (program_id, redemption_id, version);
INSERT INTO statement_lines
    SELECT s.program_id, s.store_id, e.version, s.statement_id, t.subject, e.amount, 'fund', s.funder_id, s.rate, s.rounding, NULL
    FROM statements s
    JOIN entries e ON e.program_id = s.program_id AND e.owner = s.store_id AND e.kind = 20
        AND e.version BETWEEN s.from_version AND s.through_version
    JOIN transfers t ON t.program_id = e.program_id AND t.transfer_id = e.transfer_id AND t.kind <> 'freeze_statement';
CREATE TRIGGER statement_lines_refuse_update BEFORE UPDATE ON statement_lines BEGIN
    SELECT RAISE(ABORT, 'statement_lines is append-only: post a correcting transfer instead');
END;
CREATE TRIGGER statement_lines_refuse_delete BEFORE DELETE ON statement_lines BEGIN
    SELECT RAISE(ABORT, 'statement_lines is append-only: post a correcting transfer instead');
END;

-- Statements that are paid together.
CREATE TABLE payment_batches (
    program_id BLOB NOT NULL,
    batch_id   BLOB NOT NULL,
    made_by    BLOB NOT NULL,
    made_at    INTEGER NOT NULL,
    statements INTEGER NOT NULL CHECK (statements > 0),
    amount     INTEGER NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (program_id, batch_id)
) STRICT, WITHOUT ROWID;

-- To whom a merchant's money goes: sealed, but for the last digits of the account number.
CREATE TABLE payees (
    program_id  BLOB NOT NULL,
    merchant_id BLOB NOT NULL,
    key_id      TEXT NOT NULL,
    body        TEXT NOT NULL,
    tail        TEXT NOT NULL,
    PRIMARY KEY (program_id, merchant_id),
    FOREIGN KEY (program_id, merchant_id) REFERENCES merchants
) STRICT, WITHOUT ROWID;
