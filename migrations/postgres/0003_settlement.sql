-- Settlement: who funds, and what stores are owed. Members merged. Programmes that close.

CREATE TABLE funders (
    program_id UUID NOT NULL REFERENCES programs,
    funder_id  UUID NOT NULL,
    name       TEXT NOT NULL,
    PRIMARY KEY (program_id, funder_id)
);

-- A range of versions of a store's merchant:accepted account. The entries that freeze statements are part of no statement.
CREATE TABLE statements (
    program_id      UUID NOT NULL,
    statement_id    UUID NOT NULL,
    store_id        UUID NOT NULL,
    funder_id       UUID NOT NULL,
    from_version    BIGINT NOT NULL CHECK (from_version >= 1),
    through_version BIGINT NOT NULL CHECK (through_version >= from_version),
    points          BIGINT NOT NULL CHECK (points > 0),
    amount          BIGINT NOT NULL CHECK (amount > 0),
    rate            TEXT NOT NULL,
    rounding        TEXT NOT NULL,
    frozen_by       UUID NOT NULL,
    frozen_at       BIGINT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('frozen', 'paid')),
    paid_by         UUID,
    paid_at         BIGINT,
    reference       TEXT,
    PRIMARY KEY (program_id, statement_id),
    UNIQUE (program_id, store_id, through_version),
    FOREIGN KEY (program_id, store_id) REFERENCES stores,
    FOREIGN KEY (program_id, funder_id) REFERENCES funders,
    CHECK ((state = 'paid') = (paid_by IS NOT NULL AND paid_at IS NOT NULL AND reference IS NOT NULL))
);
CREATE TRIGGER append_only BEFORE UPDATE OF program_id, statement_id, store_id, funder_id, from_version, through_version, points, amount,
    rate, rounding, frozen_by, frozen_at OR DELETE OR TRUNCATE ON statements EXECUTE FUNCTION refuse_change();

-- Whose points, lots, awards and redemptions are another member's now: always whose they are at last.
CREATE TABLE merged_members (
    program_id UUID NOT NULL,
    member_id  UUID NOT NULL,
    into_id    UUID NOT NULL CHECK (into_id <> member_id),
    PRIMARY KEY (program_id, member_id),
    FOREIGN KEY (program_id, member_id) REFERENCES members,
    FOREIGN KEY (program_id, into_id) REFERENCES members
);
CREATE INDEX merged_members_into ON merged_members (program_id, into_id);
CREATE INDEX redemptions_of_member ON redemptions (program_id, member_id);

-- After these moments nothing is earned, nothing is spent.
ALTER TABLE programs
    ADD COLUMN last_earning BIGINT,
    ADD COLUMN last_spending BIGINT,
    ADD CHECK (last_earning <= last_spending);

GRANT SELECT, INSERT ON funders, statements, merged_members TO jifen_serve;
GRANT UPDATE (state, paid_by, paid_at, reference) ON statements TO jifen_serve;
GRANT UPDATE (into_id) ON merged_members TO jifen_serve;
