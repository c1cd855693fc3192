-- Paying at a counter: by which number a member's codes begin.
CREATE TABLE handles (
    program_id UUID NOT NULL,
    handle     TEXT COLLATE "C" NOT NULL,
    member_id  UUID NOT NULL,
    PRIMARY KEY (program_id, handle),
    FOREIGN KEY (program_id, member_id) REFERENCES members
);
CREATE UNIQUE INDEX handles_of_members ON handles (program_id, member_id);
-- A member's code takes the place of those before it.
CREATE INDEX codes_unspent ON codes (program_id, member_id) WHERE spent_by IS NULL;

-- As what a clerk works, and whether at every store of the merchant. Those of before did all that there is.
ALTER TABLE clerks ADD COLUMN role TEXT NOT NULL DEFAULT 'manager' CHECK (role IN ('clerk', 'manager', 'finance'));
ALTER TABLE clerks ADD COLUMN whole_merchant BIGINT NOT NULL DEFAULT 0;
-- What redeeming let a key do takes three words now.
UPDATE api_keys SET verbs = verbs || ' manage takings' WHERE ' ' || verbs || ' ' LIKE '% redeem %';

-- What a store has on its wall; a version more, and what hangs there leads nowhere.
CREATE TABLE store_codes (
    program_id UUID NOT NULL,
    store_id   UUID NOT NULL,
    number     TEXT COLLATE "C" NOT NULL,
    version    BIGINT NOT NULL,
    PRIMARY KEY (program_id, store_id),
    FOREIGN KEY (program_id, store_id) REFERENCES stores
);
CREATE UNIQUE INDEX store_codes_by_number ON store_codes (program_id, number);

-- What shows codes without signal. Its secret follows from its id and is stored nowhere.
CREATE TABLE devices (
    program_id UUID NOT NULL,
    device_id  UUID NOT NULL,
    member_id  UUID NOT NULL,
    made_at    BIGINT NOT NULL,
    ended_at   BIGINT,
    PRIMARY KEY (program_id, device_id),
    FOREIGN KEY (program_id, member_id) REFERENCES members
);
CREATE INDEX devices_of_members ON devices (program_id, member_id);

-- Each of a device's time steps pays once.
CREATE TABLE device_steps (
    program_id    UUID NOT NULL,
    device_id     UUID NOT NULL,
    step          BIGINT NOT NULL,
    redemption_id UUID NOT NULL,
    PRIMARY KEY (program_id, device_id, step),
    FOREIGN KEY (program_id, device_id) REFERENCES devices
);

-- What a member paid by themselves, or a device without signal, on the newest day on which they did.
CREATE TABLE paid_days (
    program_id UUID NOT NULL REFERENCES programs,
    who        UUID NOT NULL,
    day        BIGINT NOT NULL,
    payments   BIGINT NOT NULL,
    points     BIGINT NOT NULL,
    PRIMARY KEY (program_id, who)
);

-- A rider objects to a charge, once; who manages the store, or staff, answers.
CREATE TABLE charge_objections (
    program_id    UUID NOT NULL,
    redemption_id UUID NOT NULL,
    store_id      UUID NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('open', 'refunded', 'dismissed')),
    body          TEXT NOT NULL,
    PRIMARY KEY (program_id, redemption_id),
    FOREIGN KEY (program_id, redemption_id) REFERENCES redemptions
);
CREATE INDEX charge_objections_open ON charge_objections (program_id, redemption_id) WHERE state = 'open';

GRANT SELECT, INSERT ON handles TO jifen_serve;
GRANT SELECT, INSERT, UPDATE ON store_codes, paid_days, charge_objections TO jifen_serve;
GRANT SELECT, INSERT ON devices, device_steps TO jifen_serve;
GRANT UPDATE (ended_at) ON devices TO jifen_serve;
