-- Paying at a counter: by which number a member's codes begin.
CREATE TABLE handles (
    program_id BLOB NOT NULL,
    handle     TEXT NOT NULL,
    member_id  BLOB NOT NULL,
    PRIMARY KEY (program_id, handle),
    FOREIGN KEY (program_id, member_id) REFERENCES members
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX handles_of_members ON handles (program_id, member_id);
-- A member's code takes the place of those before it.
CREATE INDEX codes_unspent ON codes (program_id, member_id) WHERE spent_by IS NULL;

-- As what a clerk works, and whether at every store of the merchant. Those of before did all that there is.
ALTER TABLE clerks ADD COLUMN role TEXT NOT NULL DEFAULT 'manager' CHECK (role IN ('clerk', 'manager', 'finance'));
ALTER TABLE clerks ADD COLUMN whole_merchant INTEGER NOT NULL DEFAULT 0;
-- What redeeming let a key do takes three words now.
UPDATE api_keys SET verbs = verbs || ' manage takings' WHERE ' ' || verbs || ' ' LIKE '% redeem %';

-- What a store has on its wall; a version more, and what hangs there leads nowhere.
CREATE TABLE store_codes (
    program_id BLOB NOT NULL,
    store_id   BLOB NOT NULL,
    number     TEXT NOT NULL,
    version    INTEGER NOT NULL,
    PRIMARY KEY (program_id, store_id),
    FOREIGN KEY (program_id, store_id) REFERENCES stores
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX store_codes_by_number ON store_codes (program_id, number);

-- What shows codes without signal. Its secret follows from its id and is stored nowhere.
CREATE TABLE devices (
    program_id BLOB NOT NULL,
    device_id  BLOB NOT NULL,
    member_id  BLOB NOT NULL,
    made_at    INTEGER NOT NULL,
    ended_at   INTEGER,
    PRIMARY KEY (program_id, device_id),
    FOREIGN KEY (program_id, member_id) REFERENCES members
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_of_members ON devices (program_id, member_id);

-- Each of a device's time steps pays once.
CREATE TABLE device_steps (
    program_id    BLOB NOT NULL,
    device_id     BLOB NOT NULL,
    step          INTEGER NOT NULL,
    redemption_id BLOB NOT NULL,
    PRIMARY KEY (program_id, device_id, step),
    FOREIGN KEY (program_id, device_id) REFERENCES devices
) STRICT, WITHOUT ROWID;

-- What a member paid by themselves, or a device without signal, on the newest day on which they did.
CREATE TABLE paid_days (
    program_id BLOB NOT NULL REFERENCES programs,
    who        BLOB NOT NULL,
    day        INTEGER NOT NULL,
    payments   INTEGER NOT NULL,
    points     INTEGER NOT NULL,
    PRIMARY KEY (program_id, who)
) STRICT, WITHOUT ROWID;

-- A rider objects to a charge, once; who manages the store, or staff, answers.
CREATE TABLE charge_objections (
    program_id    BLOB NOT NULL,
    redemption_id BLOB NOT NULL,
    store_id      BLOB NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('open', 'refunded', 'dismissed')),
    body          TEXT NOT NULL,
    PRIMARY KEY (program_id, redemption_id),
    FOREIGN KEY (program_id, redemption_id) REFERENCES redemptions
) STRICT, WITHOUT ROWID;
CREATE INDEX charge_objections_open ON charge_objections (program_id, redemption_id) WHERE state = 'open';
