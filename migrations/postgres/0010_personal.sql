-- What is held about people, sealed: one row a member. Nothing else holds a name in full, a phone or a number.

CREATE TABLE personal (
    program_id UUID NOT NULL,
    member_id  UUID NOT NULL,
    version    BIGINT NOT NULL,
    -- Which master key wraps the member's data key, and that key, wrapped. Both are gone once the member is erased, and the rest with them.
    key_id     TEXT COLLATE "C",
    wrapped    TEXT,
    nonce      TEXT,
    body       TEXT,
    PRIMARY KEY (program_id, member_id),
    FOREIGN KEY (program_id, member_id) REFERENCES members,
    CHECK ((wrapped IS NULL) = (body IS NULL)),
    CHECK ((wrapped IS NULL) = (key_id IS NULL))
);

-- Keyed hashes under which members are found: one person is one member of a programme.
CREATE TABLE personal_index (
    program_id       UUID NOT NULL,
    kind             TEXT COLLATE "C" NOT NULL CHECK (kind IN ('phone', 'identity')),
    hash             TEXT COLLATE "C" NOT NULL,
    member_id        UUID NOT NULL,
    -- Its member was erased; it leads to nobody, and nobody else has it before this moment.
    suppressed_until BIGINT,
    PRIMARY KEY (program_id, kind, hash),
    FOREIGN KEY (program_id, member_id) REFERENCES members
);
CREATE INDEX personal_index_of_member ON personal_index (program_id, member_id);

-- Members who are probably one person, for somebody to decide; once they are merged, they are no longer two.
CREATE TABLE personal_doubles (
    program_id UUID NOT NULL,
    member_id  UUID NOT NULL,
    other_id   UUID NOT NULL CHECK (other_id <> member_id),
    found_at   BIGINT NOT NULL,
    -- When somebody said that they are two.
    distinct_at BIGINT,
    PRIMARY KEY (program_id, member_id, other_id),
    FOREIGN KEY (program_id, member_id) REFERENCES members,
    FOREIGN KEY (program_id, other_id) REFERENCES members
);
GRANT SELECT, INSERT, UPDATE ON personal, personal_doubles TO jifen_serve;
GRANT SELECT, INSERT, UPDATE, DELETE ON personal_index TO jifen_serve;
GRANT UPDATE (name) ON members TO jifen_serve;
