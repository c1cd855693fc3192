-- Settlement: who funds, and what stores are owed. Members merged. Programmes that close.

CREATE TABLE funders (
    program_id BLOB NOT NULL REFERENCES programs,
    funder_id  BLOB NOT NULL,
    name       TEXT NOT NULL,
    PRIMARY KEY (program_id, funder_id)
) STRICT;

-- A range of versions of a store's merchant:accepted account. The entries that freeze statements are part of no statement.
CREATE TABLE statements (
    program_id      BLOB NOT NULL,
    statement_id    BLOB NOT NULL,
    store_id        BLOB NOT NULL,
    funder_id       BLOB NOT NULL,
    from_version    INTEGER NOT NULL CHECK (from_version >= 1),
    through_version INTEGER NOT NULL CHECK (through_version >= from_version),
    points          INTEGER NOT NULL CHECK (points > 0),
    amount          INTEGER NOT NULL CHECK (amount > 0),
    rate            TEXT NOT NULL,
    rounding        TEXT NOT NULL,
    frozen_by       BLOB NOT NULL,
    frozen_at       INTEGER NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('frozen', 'paid')),
    paid_by         BLOB,
    paid_at         INTEGER,
    reference       TEXT,
    PRIMARY KEY (program_id, statement_id),
    UNIQUE (program_id, store_id, through_version),
    FOREIGN KEY (program_id, store_id) REFERENCES stores,
    FOREIGN KEY (program_id, funder_id) REFERENCES funders,
    CHECK ((state = 'paid') = (paid_by IS NOT NULL AND paid_at IS NOT NULL AND reference IS NOT NULL))
) STRICT;
CREATE TRIGGER statements_refuse_update BEFORE UPDATE OF program_id, statement_id, store_id, funder_id, from_version, through_version,
    points, amount, rate, rounding, frozen_by, frozen_at ON statements BEGIN
    SELECT RAISE(ABORT, 'statements is append-only: post a correcting transfer instead');
END;
CREATE TRIGGER statements_refuse_delete BEFORE DELETE ON statements BEGIN
    SELECT RAISE(ABORT, 'statements is append-only: post a correcting transfer instead');
END;

-- Whose points, lots, awards and redemptions are another member's now: always whose they are at last.
CREATE TABLE merged_members (
    program_id BLOB NOT NULL,
    member_id  BLOB NOT NULL,
    into_id    BLOB NOT NULL CHECK (into_id <> member_id),
    PRIMARY KEY (program_id, member_id),
    FOREIGN KEY (program_id, member_id) REFERENCES members,
    FOREIGN KEY (program_id, into_id) REFERENCES members
) STRICT, WITHOUT ROWID;
CREATE INDEX merged_members_into ON merged_members (program_id, into_id);
CREATE INDEX redemptions_of_member ON redemptions (program_id, member_id);

-- After these moments nothing is earned, nothing is spent.
ALTER TABLE programs ADD COLUMN last_earning INTEGER;
ALTER TABLE programs ADD COLUMN last_spending INTEGER;
