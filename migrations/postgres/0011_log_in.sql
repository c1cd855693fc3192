-- Log-in: clerks of stores, what staff and clerks log in with, sessions, and how often somebody guessed.

CREATE TABLE clerks (
    program_id UUID NOT NULL,
    clerk_id   UUID NOT NULL,
    store_id   UUID NOT NULL,
    name       TEXT NOT NULL,
    left_at    BIGINT,
    PRIMARY KEY (program_id, clerk_id),
    FOREIGN KEY (program_id, store_id) REFERENCES stores
);

-- Of the secret only its SHA-256 is kept, as with keys.
CREATE TABLE sessions (
    program_id   UUID NOT NULL REFERENCES programs,
    secret_hash  TEXT COLLATE "C" NOT NULL,
    session_id   UUID NOT NULL,
    role         TEXT NOT NULL,
    -- The staff member, clerk or member whose it is.
    subject_id   UUID NOT NULL,
    way          TEXT NOT NULL,
    agent        TEXT NOT NULL,
    opened_at    BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL,
    idle_seconds BIGINT NOT NULL,
    -- The absolute limit, or when it was ended before that.
    ends_at      BIGINT NOT NULL,
    ended_by     UUID,
    PRIMARY KEY (program_id, secret_hash)
);
CREATE UNIQUE INDEX sessions_by_id ON sessions (program_id, session_id);
CREATE INDEX sessions_of_subject ON sessions (program_id, subject_id, session_id);
CREATE INDEX sessions_by_end ON sessions (program_id, ends_at);

-- What a staff member or clerk logs in with. Until they have followed an invitation there is no password.
CREATE TABLE logins (
    program_id     UUID NOT NULL REFERENCES programs,
    subject_id     UUID NOT NULL,
    role           TEXT NOT NULL CHECK (role IN ('staff', 'merchant')),
    handle         TEXT COLLATE "C" NOT NULL,
    password       TEXT,
    -- The secret of the one-time codes, sealed under that master key, and the newest time step that was used.
    totp_key       TEXT COLLATE "C",
    totp           TEXT,
    totp_step      BIGINT NOT NULL DEFAULT 0,
    invite_hash    TEXT COLLATE "C",
    invite_ends_at BIGINT,
    PRIMARY KEY (program_id, subject_id),
    CHECK ((totp IS NULL) = (totp_key IS NULL)),
    CHECK ((invite_hash IS NULL) = (invite_ends_at IS NULL))
);
CREATE UNIQUE INDEX logins_by_handle ON logins (program_id, handle);
CREATE UNIQUE INDEX logins_by_invitation ON logins (program_id, invite_hash) WHERE invite_hash IS NOT NULL;

-- Codes not used yet.
CREATE TABLE recovery_codes (
    program_id UUID NOT NULL,
    subject_id UUID NOT NULL,
    code_hash  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (program_id, subject_id, code_hash),
    FOREIGN KEY (program_id, subject_id) REFERENCES logins
);

-- Failures to log in, by a hash of what was guessed at: a handle, or an address.
CREATE TABLE guesses (
    program_id UUID NOT NULL REFERENCES programs,
    bucket     UUID NOT NULL,
    failures   BIGINT NOT NULL,
    last_at    BIGINT NOT NULL,
    PRIMARY KEY (program_id, bucket)
);
CREATE INDEX guesses_by_age ON guesses (program_id, last_at);

GRANT SELECT, INSERT ON clerks TO jifen_serve;
GRANT UPDATE (left_at) ON clerks TO jifen_serve;
GRANT SELECT, INSERT, DELETE ON sessions TO jifen_serve;
GRANT UPDATE (seen_at, ends_at, ended_by) ON sessions TO jifen_serve;
GRANT SELECT, INSERT ON logins TO jifen_serve;
GRANT UPDATE (handle, password, totp_key, totp, totp_step, invite_hash, invite_ends_at) ON logins TO jifen_serve;
GRANT SELECT, INSERT, DELETE ON recovery_codes TO jifen_serve;
GRANT SELECT, INSERT, UPDATE, DELETE ON guesses TO jifen_serve;
