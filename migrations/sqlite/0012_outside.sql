-- Log-ins from outside: codes sent to phones, visits to identity providers that are under way, and who is who there.

-- One row a phone that was ever asked for, whether or not it is a member's; a newer code takes the place of the one before.
CREATE TABLE login_codes (
    program_id   BLOB NOT NULL REFERENCES programs,
    -- The keyed hash members are found by.
    phone_hash   TEXT NOT NULL,
    -- Keyed too. NULL once it was used.
    code_hash    TEXT,
    expires_at   INTEGER NOT NULL,
    guesses      INTEGER NOT NULL,
    asked_at     INTEGER NOT NULL,
    -- Since when codes are counted, and how many there were.
    day_began_at INTEGER NOT NULL,
    asked        INTEGER NOT NULL,
    PRIMARY KEY (program_id, phone_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX login_codes_by_age ON login_codes (program_id, asked_at);

-- Browsers that were sent to a provider and have not come back. What binds a browser to its row is in its cookie alone.
CREATE TABLE login_visits (
    program_id BLOB NOT NULL REFERENCES programs,
    state_hash TEXT NOT NULL,
    provider   TEXT NOT NULL,
    -- Who is to be linked to the identity; NULL to log in.
    role       TEXT,
    subject_id BLOB,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (program_id, state_hash),
    CHECK ((role IS NULL) = (subject_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX login_visits_by_age ON login_visits (program_id, expires_at);

-- Who somebody is whom a provider knows. What the provider calls them is kept as a hash.
CREATE TABLE identities (
    program_id   BLOB NOT NULL REFERENCES programs,
    issuer       TEXT NOT NULL,
    subject_hash TEXT NOT NULL,
    identity_id  BLOB NOT NULL,
    role         TEXT NOT NULL CHECK (role IN ('staff', 'merchant', 'member')),
    subject_id   BLOB NOT NULL,
    PRIMARY KEY (program_id, issuer, subject_hash)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX identities_by_id ON identities (program_id, identity_id);
CREATE INDEX identities_of_subject ON identities (program_id, subject_id);
