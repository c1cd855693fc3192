-- With what a clerk takes over a counter from another: Argon2id of the PIN, as of passwords.
CREATE TABLE login_pins (
    program_id BLOB NOT NULL,
    clerk_id   BLOB NOT NULL,
    pin        TEXT NOT NULL,
    PRIMARY KEY (program_id, clerk_id),
    FOREIGN KEY (program_id, clerk_id) REFERENCES clerks,
    -- Of who has something to log in with.
    FOREIGN KEY (program_id, clerk_id) REFERENCES logins
) STRICT, WITHOUT ROWID;
-- The store at whose counter a clerk took over; where there is none, they work at their own.
ALTER TABLE sessions ADD COLUMN store_id BLOB;
