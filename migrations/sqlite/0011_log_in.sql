-- Log-in: clerks of stores, what staff and clerks log in with, sessions, and how often somebody guessed.

CREATE TABLE clerks (
    program_id BLOB NOT NULL,
    clerk_id   BLOB NOT NULL,
    store_id   BLOB NOT NULL,
    name       TEXT NOT NULL,
    left_at    INTEGER,
    PRIMARY KEY (program_id, clerk_id),
    FOREIGN KEY (program_id, store_id) REFERENCES stores
) STRICT, WITHOUT ROWID;

-- Of the secret only its SHA-256 is kept, as with keys.
CREATE TABLE sessions (
    program_id   BLOB NOT NULL REFERENCES programs,
    secret_hash  TEXT NOT NULL,
    session_id   BLOB NOT NULL,
    role         TEXT NOT NULL,
    -- The staff member, clerk or member whose it is.
    subject_id   BLOB NOT NULL,
    way          TEXT NOT NULL,
    agent        TEXT NOT NULL,
    opened_at    INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    idle_seconds INTEGER NOT NULL,
    -- The absolute limit, or when it was ended before that.
    ends_at      INTEGER NOT NULL,
    ended_by     BLOB,
    PRIMARY KEY (program_id, secret_hash)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sessions_by_id ON sessions (program_id, session_id);
CREATE INDEX sessions_of_subject ON sessions (program_id, subject_id, session_id);
CREATE INDEX sessions_by_end ON sessions (program_id, ends_at);

-- What a staff member or clerk logs in with. Until they have followed an invitation there is no password.
CREATE TABLE logins (
    program_id     BLOB NOT NULL REFERENCES programs,
    subject_id     BLOB NOT NULL,
    role           TEXT NOT NULL CHECK (role IN ('staff', 'merchant')),
    handle         TEXT NOT NULL,
    password       TEXT,
    -- The secret of the one-time codes, sealed under that master key, and the newest time step that was used.
    totp_key       TEXT,
    totp           TEXT,
    totp_step      INTEGER NOT NULL DEFAULT 0,
    invite_hash    TEXT,
    invite_ends_at INTEGER,
    PRIMARY KEY (program_id, subject_id),
    CHECK ((totp IS NULL) = (totp_key IS NULL)),
    CHECK ((invite_hash IS NULL) = (invite_ends_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX logins_by_handle ON logins (program_id, handle);
CREATE UNIQUE INDEX logins_by_invitation ON logins (program_id, invite_hash) WHERE invite_hash IS NOT NULL;

-- Codes not used yet.
CREATE TABLE recovery_codes (
    program_id BLOB NOT NULL,
    subject_id BLOB NOT NULL,
    code_hash  TEXT NOT NULL,
    PRIMARY KEY (program_id, subject_id, code_hash),
    FOREIGN KEY (program_id, subject_id) REFERENCES logins
) STRICT, WITHOUT ROWID;

-- Failures to log in, by a hash of what was guessed at: a handle, or an address.
CREATE TABLE guesses (
    program_id BLOB NOT NULL REFERENCES programs,
    bucket     BLOB NOT NULL,
    failures   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (program_id, bucket)
) STRICT, WITHOUT ROWID;
CREATE INDEX guesses_by_age ON guesses (program_id, last_at);
