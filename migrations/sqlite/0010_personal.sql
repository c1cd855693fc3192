-- What is held about people, sealed: one row a member. Nothing else holds a name in full, a phone or a number.

CREATE TABLE personal (
    program_id BLOB NOT NULL,
    member_id  BLOB NOT NULL,
    version    INTEGER NOT NULL,
    -- Which master key wraps the member's data key, and that key, wrapped. Both are gone once the member is erased, and the rest with them.
    key_id     TEXT,
    wrapped    TEXT,
    nonce      TEXT,
    body       TEXT,
    PRIMARY KEY (program_id, member_id),
    FOREIGN KEY (program_id, member_id) REFERENCES members,
    CHECK ((wrapped IS NULL) = (body IS NULL)),
    CHECK ((wrapped IS NULL) = (key_id IS NULL))
) STRICT, WITHOUT ROWID;

-- Keyed hashes under which members are found: one person is one member of a programme.
CREATE TABLE personal_index (
    program_id       BLOB NOT NULL,
    kind             TEXT NOT NULL CHECK (kind IN ('phone', 'identity')),
    hash             TEXT NOT NULL,
    member_id        BLOB NOT NULL,
    -- Its member was erased; it leads to nobody, and nobody else has it before this moment.
    suppressed_until INTEGER,
    PRIMARY KEY (program_id, kind, hash),
    FOREIGN KEY (program_id, member_id) REFERENCES members
) STRICT, WITHOUT ROWID;
CREATE INDEX personal_index_of_member ON personal_index (program_id, member_id);

-- Members who are probably one person, for somebody to decide; once they are merged, they are no longer two.
CREATE TABLE personal_doubles (
    program_id BLOB NOT NULL,
    member_id  BLOB NOT NULL,
    other_id   BLOB NOT NULL CHECK (other_id <> member_id),
    found_at   INTEGER NOT NULL,
    -- When somebody said that they are two.
    distinct_at INTEGER,
    PRIMARY KEY (program_id, member_id, other_id),
    FOREIGN KEY (program_id, member_id) REFERENCES members,
    FOREIGN KEY (program_id, other_id) REFERENCES members
) STRICT, WITHOUT ROWID;
