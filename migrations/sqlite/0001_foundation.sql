-- The foundation. Amounts are hundredths (of a point, of a yuan), moments are microseconds since 1970-01-01 UTC.
-- program_id leads every key, so that the tables can be distributed by programme.

CREATE TABLE programs (
    program_id  BLOB NOT NULL PRIMARY KEY,
    code        TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    zone        TEXT NOT NULL
) STRICT;

CREATE TABLE organizations (
    program_id      BLOB NOT NULL REFERENCES programs,
    organization_id BLOB NOT NULL,
    parent_id       BLOB,
    kind            TEXT NOT NULL,
    name            TEXT NOT NULL,
    PRIMARY KEY (program_id, organization_id),
    FOREIGN KEY (program_id, parent_id) REFERENCES organizations
) STRICT;

CREATE TABLE members (
    program_id      BLOB NOT NULL REFERENCES programs,
    member_id       BLOB NOT NULL,
    organization_id BLOB,
    name            TEXT NOT NULL,
    PRIMARY KEY (program_id, member_id),
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations
) STRICT;

CREATE TABLE staff (
    program_id      BLOB NOT NULL REFERENCES programs,
    staff_id        BLOB NOT NULL,
    organization_id BLOB,
    name            TEXT NOT NULL,
    member_id       BLOB,
    PRIMARY KEY (program_id, staff_id),
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations,
    FOREIGN KEY (program_id, member_id) REFERENCES members
) STRICT;

CREATE TABLE merchants (
    program_id  BLOB NOT NULL REFERENCES programs,
    merchant_id BLOB NOT NULL,
    name        TEXT NOT NULL,
    PRIMARY KEY (program_id, merchant_id)
) STRICT;

CREATE TABLE stores (
    program_id  BLOB NOT NULL REFERENCES programs,
    store_id    BLOB NOT NULL,
    merchant_id BLOB NOT NULL,
    name        TEXT NOT NULL,
    address     TEXT NOT NULL,
    PRIMARY KEY (program_id, store_id),
    FOREIGN KEY (program_id, merchant_id) REFERENCES merchants
) STRICT;

CREATE TABLE sites (
    program_id      BLOB NOT NULL REFERENCES programs,
    site_id         BLOB NOT NULL,
    organization_id BLOB,
    name            TEXT NOT NULL,
    address         TEXT NOT NULL,
    PRIMARY KEY (program_id, site_id),
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations
) STRICT;

CREATE TABLE budgets (
    program_id  BLOB NOT NULL REFERENCES programs,
    budget_id   BLOB NOT NULL,
    code        TEXT NOT NULL,
    name        TEXT NOT NULL,
    PRIMARY KEY (program_id, budget_id),
    UNIQUE (program_id, code)
) STRICT;

CREATE TABLE api_keys (
    program_id  BLOB NOT NULL REFERENCES programs,
    secret_hash TEXT NOT NULL,
    api_key_id  BLOB NOT NULL,
    role        TEXT NOT NULL,
    subject_id  BLOB,
    name        TEXT NOT NULL,
    PRIMARY KEY (program_id, secret_hash)
) STRICT;

CREATE TABLE policies (
    program_id     BLOB NOT NULL REFERENCES programs,
    name           TEXT NOT NULL,
    effective_from INTEGER NOT NULL,
    digest         TEXT NOT NULL,
    source         TEXT NOT NULL,
    PRIMARY KEY (program_id, name, effective_from)
) STRICT;

CREATE TABLE codes (
    program_id BLOB NOT NULL,
    code_hash  TEXT NOT NULL,
    member_id  BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    spent_by   BLOB,
    PRIMARY KEY (program_id, code_hash),
    FOREIGN KEY (program_id, member_id) REFERENCES members
) STRICT, WITHOUT ROWID;

-- The journal.

CREATE TABLE account_kinds (
    kind            INTEGER PRIMARY KEY,
    code            TEXT NOT NULL UNIQUE,
    commodity       TEXT NOT NULL,
    may_be_negative INTEGER NOT NULL
) STRICT;
INSERT INTO account_kinds VALUES
    (1, 'program:issued', 'PTS', 1),
    (2, 'program:budget', 'PTS', 0),
    (3, 'program:recoverable', 'PTS', 0),
    (4, 'program:breakage', 'PTS', 0),
    (5, 'program:redeemed', 'PTS', 0),
    (10, 'member:pending', 'PTS', 0),
    (11, 'member:wallet', 'PTS', 0),
    (12, 'member:hold', 'PTS', 0),
    (13, 'member:debt', 'PTS', 1),
    (20, 'merchant:accepted', 'PTS', 1),
    (21, 'merchant:settling', 'PTS', 0),
    (30, 'bank', 'CNY', 1),
    (31, 'funder:fund', 'CNY', 0),
    (32, 'merchant:payable', 'CNY', 0);

CREATE TABLE accounts (
    program_id BLOB NOT NULL,
    owner      BLOB NOT NULL,
    kind       INTEGER NOT NULL,
    balance    INTEGER NOT NULL,
    version    INTEGER NOT NULL CHECK (version >= 0),
    newest_at  INTEGER NOT NULL,
    PRIMARY KEY (program_id, owner, kind),
    CHECK (kind IN (1, 2, 3, 4, 5, 10, 11, 12, 13, 20, 21, 30, 31, 32)),
    CHECK (balance >= 0 OR kind IN (1, 13, 20, 30)),
    CHECK (balance <= 0 OR kind NOT IN (1, 13))
) STRICT, WITHOUT ROWID;

CREATE TABLE transfers (
    program_id  BLOB NOT NULL,
    transfer_id BLOB NOT NULL,
    kind        TEXT NOT NULL,
    subject     BLOB NOT NULL,
    actor       BLOB NOT NULL,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (program_id, transfer_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE entries (
    program_id    BLOB NOT NULL,
    owner         BLOB NOT NULL,
    kind          INTEGER NOT NULL,
    version       INTEGER NOT NULL CHECK (version >= 1),
    transfer_id   BLOB NOT NULL,
    amount        INTEGER NOT NULL CHECK (amount <> 0),
    balance_after INTEGER NOT NULL,
    PRIMARY KEY (program_id, owner, kind, version),
    CHECK (balance_after >= 0 OR kind IN (1, 13, 20, 30))
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_of_transfer ON entries (program_id, transfer_id);

-- Awards, lots, caps.

CREATE TABLE awards (
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
    debt_cap     INTEGER,
    state        TEXT NOT NULL CHECK (state IN ('submitted', 'vested', 'rejected', 'reversed')),
    submitted_by BLOB NOT NULL,
    submitted_at INTEGER NOT NULL,
    decided_by   BLOB,
    decided_at   INTEGER,
    reason       TEXT,
    PRIMARY KEY (program_id, award_id)
) STRICT;
-- One deed, one award a policy: a rejected or reversed one makes room for another.
CREATE UNIQUE INDEX awards_of_deed ON awards (program_id, deed_id, policy) WHERE state IN ('submitted', 'vested');
-- What vested is found by its lot, which is kept by member; so these two stay small.
CREATE INDEX awards_not_vested ON awards (program_id, member_id, award_id) WHERE state IN ('submitted', 'rejected');
CREATE INDEX awards_waiting ON awards (program_id, award_id) WHERE state = 'submitted';

-- With a rowid, so that the index of what is due grows at its end instead of everywhere.
CREATE TABLE lots (
    program_id BLOB NOT NULL,
    member_id  BLOB NOT NULL,
    lot_id     BLOB NOT NULL,
    budget_id  BLOB NOT NULL,
    opened     INTEGER NOT NULL CHECK (opened > 0),
    remaining  INTEGER NOT NULL CHECK (remaining BETWEEN 0 AND opened),
    expired    INTEGER NOT NULL CHECK (expired >= 0),
    owed       INTEGER NOT NULL CHECK (owed BETWEEN 0 AND opened),
    reversed   INTEGER NOT NULL CHECK (reversed IN (0, 1)),
    expires_at INTEGER,
    PRIMARY KEY (program_id, member_id, lot_id)
) STRICT;
CREATE INDEX lots_due ON lots (program_id, expires_at) WHERE remaining > 0 AND expires_at IS NOT NULL;

-- The window comes first, so that the counters of today lie together.
CREATE TABLE counters (
    program_id   BLOB NOT NULL,
    subject      BLOB NOT NULL,
    window_start INTEGER NOT NULL,
    cap          TEXT NOT NULL,
    used         INTEGER NOT NULL CHECK (used >= 0),
    PRIMARY KEY (program_id, window_start, subject, cap)
) STRICT, WITHOUT ROWID;

-- Redemptions.

CREATE TABLE redemptions (
    program_id      BLOB NOT NULL,
    redemption_id   BLOB NOT NULL,
    member_id       BLOB NOT NULL,
    store_id        BLOB NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('held', 'captured', 'voided', 'released')),
    authorised      INTEGER NOT NULL CHECK (authorised > 0),
    captured        INTEGER NOT NULL CHECK (captured BETWEEN 0 AND authorised),
    refunded        INTEGER NOT NULL CHECK (refunded BETWEEN 0 AND captured),
    authorised_at   INTEGER NOT NULL,
    hold_expires_at INTEGER NOT NULL,
    PRIMARY KEY (program_id, redemption_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX redemptions_of_store ON redemptions (program_id, store_id, redemption_id);
CREATE INDEX redemptions_held ON redemptions (program_id, hold_expires_at) WHERE state = 'held';

CREATE TABLE redemption_lots (
    program_id    BLOB NOT NULL,
    redemption_id BLOB NOT NULL,
    position      INTEGER NOT NULL,
    lot_id        BLOB NOT NULL,
    taken         INTEGER NOT NULL CHECK (taken > 0),
    returned      INTEGER NOT NULL CHECK (returned BETWEEN 0 AND taken),
    PRIMARY KEY (program_id, redemption_id, position)
) STRICT, WITHOUT ROWID;

-- Idempotency keys, and the outbox that also holds every receipt.

CREATE TABLE claims (
    program_id BLOB NOT NULL,
    claim_id   BLOB NOT NULL,
    body       BLOB NOT NULL,
    command_id BLOB NOT NULL,
    claimed_at INTEGER NOT NULL,
    rejection  TEXT,
    PRIMARY KEY (program_id, claim_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    program_id  BLOB NOT NULL,
    event_id    BLOB NOT NULL,
    kind        TEXT NOT NULL,
    subject     BLOB NOT NULL,
    recorded_at INTEGER NOT NULL,
    receipt     TEXT NOT NULL,
    PRIMARY KEY (program_id, event_id)
) STRICT;

-- What is written stays written.

CREATE TRIGGER transfers_refuse_update BEFORE UPDATE ON transfers BEGIN
    SELECT RAISE(ABORT, 'transfers is append-only: post a correcting transfer instead');
END;
CREATE TRIGGER transfers_refuse_delete BEFORE DELETE ON transfers BEGIN
    SELECT RAISE(ABORT, 'transfers is append-only: post a correcting transfer instead');
END;
CREATE TRIGGER entries_refuse_update BEFORE UPDATE ON entries BEGIN
    SELECT RAISE(ABORT, 'entries is append-only: post a correcting transfer instead');
END;
CREATE TRIGGER entries_refuse_delete BEFORE DELETE ON entries BEGIN
    SELECT RAISE(ABORT, 'entries is append-only: post a correcting transfer instead');
END;
CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events BEGIN
    SELECT RAISE(ABORT, 'events is append-only: post a correcting transfer instead');
END;
CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events BEGIN
    SELECT RAISE(ABORT, 'events is append-only: post a correcting transfer instead');
END;
