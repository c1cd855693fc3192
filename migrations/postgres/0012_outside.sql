-- Log-ins from outside: codes sent to phones, visits to identity providers that are under way, and who is who there.

-- One row a phone that was ever asked for, whether or not it is a member's; a newer code takes the place of the one before.
CREATE TABLE login_codes (
    program_id   UUID NOT NULL REFERENCES programs,
    -- The keyed hash members are found by.
    phone_hash   TEXT COLLATE "C" NOT NULL,
    -- Keyed too. NULL once it was used.
    code_hash    TEXT COLLATE "C",
    expires_at   BIGINT NOT NULL,
    guesses      BIGINT NOT NULL,
    asked_at     BIGINT NOT NULL,
    -- Since when codes are counted, and how many there were.
    day_began_at BIGINT NOT NULL,
    asked        BIGINT NOT NULL,
    PRIMARY KEY (program_id, phone_hash)
);
CREATE INDEX login_codes_by_age ON login_codes (program_id, asked_at);

-- Browsers that were sent to a provider and have not come back. What binds a browser to its row is in its cookie alone.
CREATE TABLE login_visits (
    program_id UUID NOT NULL REFERENCES programs,
    state_hash TEXT COLLATE "C" NOT NULL,
    provider   TEXT NOT NULL,
    -- Who is to be linked to the identity; NULL to log in.
    role       TEXT,
    subject_id UUID,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (program_id, state_hash),
    CHECK ((role IS NULL) = (subject_id IS NULL))
);
CREATE INDEX login_visits_by_age ON login_visits (program_id, expires_at);

-- Who somebody is whom a provider knows. What the provider calls them is kept as a hash.
CREATE TABLE identities (
    program_id   UUID NOT NULL REFERENCES programs,
    issuer       TEXT COLLATE "C" NOT NULL,
    subject_hash TEXT COLLATE "C" NOT NULL,
    identity_id  UUID NOT NULL,
    role         TEXT NOT NULL CHECK (role IN ('staff', 'merchant', 'member')),
    subject_id   UUID NOT NULL,
    PRIMARY KEY (program_id, issuer, subject_hash)
);
CREATE UNIQUE INDEX identities_by_id ON identities (program_id, identity_id);
CREATE INDEX identities_of_subject ON identities (program_id, subject_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON login_codes TO jifen_serve;
GRANT SELECT, INSERT, DELETE ON login_visits TO jifen_serve;
GRANT SELECT, INSERT, DELETE ON identities TO jifen_serve;
GRANT UPDATE (subject_id) ON identities TO jifen_serve;
