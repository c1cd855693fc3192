-- The foundation. Amounts are hundredths (of a point, of a yuan), moments are microseconds since 1970-01-01 UTC.
-- program_id leads every key, so that the tables can be distributed by programme.

CREATE TABLE programs (
    program_id  UUID NOT NULL PRIMARY KEY,
    code        TEXT COLLATE "C" NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    zone        TEXT NOT NULL
);

CREATE TABLE organizations (
    program_id      UUID NOT NULL REFERENCES programs,
    organization_id UUID NOT NULL,
    parent_id       UUID,
    kind            TEXT NOT NULL,
    name            TEXT NOT NULL,
    PRIMARY KEY (program_id, organization_id),
    FOREIGN KEY (program_id, parent_id) REFERENCES organizations
);

CREATE TABLE members (
    program_id      UUID NOT NULL REFERENCES programs,
    member_id       UUID NOT NULL,
    organization_id UUID,
    name            TEXT NOT NULL,
    PRIMARY KEY (program_id, member_id),
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations
);

CREATE TABLE staff (
    program_id      UUID NOT NULL REFERENCES programs,
    staff_id        UUID NOT NULL,
    organization_id UUID,
    name            TEXT NOT NULL,
    member_id       UUID,
    PRIMARY KEY (program_id, staff_id),
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations,
    FOREIGN KEY (program_id, member_id) REFERENCES members
);

CREATE TABLE merchants (
    program_id  UUID NOT NULL REFERENCES programs,
    merchant_id UUID NOT NULL,
    name        TEXT NOT NULL,
    PRIMARY KEY (program_id, merchant_id)
);

CREATE TABLE stores (
    program_id  UUID NOT NULL REFERENCES programs,
    store_id    UUID NOT NULL,
    merchant_id UUID NOT NULL,
    name        TEXT NOT NULL,
    address     TEXT NOT NULL,
    PRIMARY KEY (program_id, store_id),
    FOREIGN KEY (program_id, merchant_id) REFERENCES merchants
);

CREATE TABLE sites (
    program_id      UUID NOT NULL REFERENCES programs,
    site_id         UUID NOT NULL,
    organization_id UUID,
    name            TEXT NOT NULL,
    address         TEXT NOT NULL,
    PRIMARY KEY (program_id, site_id),
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations
);

CREATE TABLE budgets (
    program_id  UUID NOT NULL REFERENCES programs,
    budget_id   UUID NOT NULL,
    code        TEXT COLLATE "C" NOT NULL,
    name        TEXT NOT NULL,
    PRIMARY KEY (program_id, budget_id),
    UNIQUE (program_id, code)
);

CREATE TABLE api_keys (
    program_id  UUID NOT NULL REFERENCES programs,
    secret_hash TEXT COLLATE "C" NOT NULL,
    api_key_id  UUID NOT NULL,
    role        TEXT NOT NULL,
    subject_id  UUID,
    name        TEXT NOT NULL,
    PRIMARY KEY (program_id, secret_hash)
);

CREATE TABLE policies (
    program_id     UUID NOT NULL REFERENCES programs,
    name           TEXT COLLATE "C" NOT NULL,
    effective_from BIGINT NOT NULL,
    digest         TEXT COLLATE "C" NOT NULL,
    source         TEXT NOT NULL,
    PRIMARY KEY (program_id, name, effective_from)
);

CREATE TABLE codes (
    program_id UUID NOT NULL,
    code_hash  TEXT COLLATE "C" NOT NULL,
    member_id  UUID NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_by   UUID,
    PRIMARY KEY (program_id, code_hash),
    FOREIGN KEY (program_id, member_id) REFERENCES members
);

-- The journal.

CREATE TABLE account_kinds (
    kind            BIGINT PRIMARY KEY,
    code            TEXT NOT NULL UNIQUE,
    commodity       TEXT NOT NULL,
    may_be_negative BOOLEAN NOT NULL
);
INSERT INTO account_kinds VALUES
    (1, 'program:issued', 'PTS', TRUE),
    (2, 'program:budget', 'PTS', FALSE),
    (3, 'program:recoverable', 'PTS', FALSE),
    (4, 'program:breakage', 'PTS', FALSE),
    (5, 'program:redeemed', 'PTS', FALSE),
    (10, 'member:pending', 'PTS', FALSE),
    (11, 'member:wallet', 'PTS', FALSE),
    (12, 'member:hold', 'PTS', FALSE),
    (13, 'member:debt', 'PTS', TRUE),
    (20, 'merchant:accepted', 'PTS', TRUE),
    (21, 'merchant:settling', 'PTS', FALSE),
    (30, 'bank', 'CNY', TRUE),
    (31, 'funder:fund', 'CNY', FALSE),
    (32, 'merchant:payable', 'CNY', FALSE);

-- fillfactor leaves room on the page, so that a new balance needs no new index entry.
CREATE TABLE accounts (
    program_id UUID NOT NULL,
    owner      UUID NOT NULL,
    kind       BIGINT NOT NULL,
    balance    BIGINT NOT NULL,
    version    BIGINT NOT NULL CHECK (version >= 0),
    newest_at  BIGINT NOT NULL,
    PRIMARY KEY (program_id, owner, kind),
    CHECK (kind IN (1, 2, 3, 4, 5, 10, 11, 12, 13, 20, 21, 30, 31, 32)),
    CHECK (balance >= 0 OR kind IN (1, 13, 20, 30)),
    CHECK (balance <= 0 OR kind NOT IN (1, 13))
) WITH (fillfactor = 50);

CREATE TABLE transfers (
    program_id  UUID NOT NULL,
    transfer_id UUID NOT NULL,
    kind        TEXT NOT NULL,
    subject     UUID NOT NULL,
    actor       UUID NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (program_id, transfer_id)
);

CREATE TABLE entries (
    program_id    UUID NOT NULL,
    owner         UUID NOT NULL,
    kind          BIGINT NOT NULL,
    version       BIGINT NOT NULL CHECK (version >= 1),
    transfer_id   UUID NOT NULL,
    amount        BIGINT NOT NULL CHECK (amount <> 0),
    balance_after BIGINT NOT NULL,
    PRIMARY KEY (program_id, owner, kind, version),
    CHECK (balance_after >= 0 OR kind IN (1, 13, 20, 30))
);
CREATE INDEX entries_of_transfer ON entries (program_id, transfer_id);

-- Awards, lots, caps.

CREATE TABLE awards (
    program_id   UUID NOT NULL,
    award_id     UUID NOT NULL,
    member_id    UUID NOT NULL,
    budget_id    UUID NOT NULL,
    deed_id      UUID NOT NULL,
    deed         TEXT NOT NULL,
    policy       TEXT COLLATE "C" NOT NULL,
    digest       TEXT COLLATE "C" NOT NULL,
    rule         TEXT NOT NULL,
    points       BIGINT NOT NULL CHECK (points > 0),
    trace        TEXT NOT NULL,
    counted      TEXT NOT NULL,
    expires_at   BIGINT,
    debt_cap     BIGINT,
    state        TEXT NOT NULL CHECK (state IN ('submitted', 'vested', 'rejected', 'reversed')),
    submitted_by UUID NOT NULL,
    submitted_at BIGINT NOT NULL,
    decided_by   UUID,
    decided_at   BIGINT,
    reason       TEXT,
    PRIMARY KEY (program_id, award_id)
);
-- One deed, one award a policy: a rejected or reversed one makes room for another.
CREATE UNIQUE INDEX awards_of_deed ON awards (program_id, deed_id, policy) WHERE state IN ('submitted', 'vested');
-- What vested is found by its lot, which is kept by member; so these two stay small.
CREATE INDEX awards_not_vested ON awards (program_id, member_id, award_id) WHERE state IN ('submitted', 'rejected');
CREATE INDEX awards_waiting ON awards (program_id, award_id) WHERE state = 'submitted';

CREATE TABLE lots (
    program_id UUID NOT NULL,
    member_id  UUID NOT NULL,
    lot_id     UUID NOT NULL,
    budget_id  UUID NOT NULL,
    opened     BIGINT NOT NULL CHECK (opened > 0),
    remaining  BIGINT NOT NULL CHECK (remaining BETWEEN 0 AND opened),
    expired    BIGINT NOT NULL CHECK (expired >= 0),
    owed       BIGINT NOT NULL CHECK (owed BETWEEN 0 AND opened),
    reversed   BIGINT NOT NULL CHECK (reversed IN (0, 1)),
    expires_at BIGINT,
    PRIMARY KEY (program_id, member_id, lot_id)
);
CREATE INDEX lots_due ON lots (program_id, expires_at) WHERE remaining > 0 AND expires_at IS NOT NULL;

-- The window comes first, so that the counters of today lie together.
CREATE TABLE counters (
    program_id   UUID NOT NULL,
    subject      UUID NOT NULL,
    window_start BIGINT NOT NULL,
    cap          TEXT COLLATE "C" NOT NULL,
    used         BIGINT NOT NULL CHECK (used >= 0),
    PRIMARY KEY (program_id, window_start, subject, cap)
) WITH (fillfactor = 70);

-- Redemptions.

CREATE TABLE redemptions (
    program_id      UUID NOT NULL,
    redemption_id   UUID NOT NULL,
    member_id       UUID NOT NULL,
    store_id        UUID NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('held', 'captured', 'voided', 'released')),
    authorised      BIGINT NOT NULL CHECK (authorised > 0),
    captured        BIGINT NOT NULL CHECK (captured BETWEEN 0 AND authorised),
    refunded        BIGINT NOT NULL CHECK (refunded BETWEEN 0 AND captured),
    authorised_at   BIGINT NOT NULL,
    hold_expires_at BIGINT NOT NULL,
    PRIMARY KEY (program_id, redemption_id)
);
CREATE INDEX redemptions_of_store ON redemptions (program_id, store_id, redemption_id);
CREATE INDEX redemptions_held ON redemptions (program_id, hold_expires_at) WHERE state = 'held';

CREATE TABLE redemption_lots (
    program_id    UUID NOT NULL,
    redemption_id UUID NOT NULL,
    position      BIGINT NOT NULL,
    lot_id        UUID NOT NULL,
    taken         BIGINT NOT NULL CHECK (taken > 0),
    returned      BIGINT NOT NULL CHECK (returned BETWEEN 0 AND taken),
    PRIMARY KEY (program_id, redemption_id, position)
);

-- Idempotency keys, and the outbox that also holds every receipt.

CREATE TABLE claims (
    program_id UUID NOT NULL,
    claim_id   UUID NOT NULL,
    body       UUID NOT NULL,
    command_id UUID NOT NULL,
    claimed_at BIGINT NOT NULL,
    rejection  TEXT,
    PRIMARY KEY (program_id, claim_id)
);

CREATE TABLE events (
    program_id  UUID NOT NULL,
    event_id    UUID NOT NULL,
    kind        TEXT NOT NULL,
    subject     UUID NOT NULL,
    recorded_at BIGINT NOT NULL,
    receipt     TEXT NOT NULL,
    PRIMARY KEY (program_id, event_id)
);

-- What is written stays written: by trigger for everyone, by privilege for the role that serves.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: post a correcting transfer instead', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfers EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entries EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events EXECUTE FUNCTION refuse_change();

-- Roles belong to the whole cluster, so another database's migration may have made this one, or be making it now.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'jifen_serve') THEN
        CREATE ROLE jifen_serve NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END $$;
-- Whoever migrates also serves, and steps down to this role to do so. Only a superuser may without being its member;
-- where the role is somebody else's to grant, they have to.
DO $$
BEGIN
    EXECUTE format('GRANT jifen_serve TO %I', current_user);
EXCEPTION WHEN insufficient_privilege THEN
    NULL;
END $$;
GRANT USAGE ON SCHEMA public TO jifen_serve;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO jifen_serve;
GRANT INSERT ON programs, organizations, members, staff, merchants, stores, sites, budgets, api_keys, policies, codes,
    accounts, transfers, entries, awards, lots, counters, redemptions, redemption_lots, claims, events TO jifen_serve;
-- On programs it stands for the right to lock.
GRANT UPDATE ON programs, codes, accounts, awards, lots, counters, redemptions, redemption_lots, claims TO jifen_serve;
GRANT DELETE ON claims TO jifen_serve;
