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
