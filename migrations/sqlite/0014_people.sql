-- Who is erased is nobody's any more: their own row in merged_members says so, where every batch looks already. A row of somebody who asks to
-- join stands in personal before there is a member.

CREATE TABLE new_merged_members (
    program_id BLOB NOT NULL,
    member_id  BLOB NOT NULL,
    -- Who they are at last; themselves once they are erased.
    into_id    BLOB NOT NULL,
    PRIMARY KEY (program_id, member_id),
    FOREIGN KEY (program_id, member_id) REFERENCES members,
    FOREIGN KEY (program_id, into_id) REFERENCES members
) STRICT, WITHOUT ROWID;
INSERT INTO new_merged_members SELECT program_id, member_id, into_id FROM merged_members;
INSERT INTO new_merged_members SELECT p.program_id, p.member_id, p.member_id FROM personal p
    WHERE p.wrapped IS NULL AND NOT EXISTS (SELECT 1 FROM merged_members x WHERE x.program_id = p.program_id AND x.member_id = p.member_id);
DROP TABLE merged_members;
ALTER TABLE new_merged_members RENAME TO merged_members;
CREATE INDEX merged_members_into ON merged_members (program_id, into_id);

CREATE TABLE new_personal (
    program_id BLOB NOT NULL,
    -- A member; or who would be one, of a row in joining.
    member_id  BLOB NOT NULL,
    version    INTEGER NOT NULL,
    key_id     TEXT,
    wrapped    TEXT,
    nonce      TEXT,
    body       TEXT,
    PRIMARY KEY (program_id, member_id),
    CHECK ((wrapped IS NULL) = (body IS NULL)),
    CHECK ((wrapped IS NULL) = (key_id IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO new_personal SELECT program_id, member_id, version, key_id, wrapped, nonce, body FROM personal;
-- No copy of a wrapped key is left that an erasure would not find.
PRAGMA secure_delete = ON;
DROP TABLE personal;
PRAGMA secure_delete = OFF;
ALTER TABLE new_personal RENAME TO personal;

-- Hashes that are suppressed, by when that ends.
CREATE INDEX personal_index_suppressed ON personal_index (program_id, suppressed_until) WHERE suppressed_until IS NOT NULL;

-- The code (报到码) with which riders ask a station's organization to be enrolled: one at a time.
CREATE TABLE join_codes (
    program_id      BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    code            TEXT NOT NULL,
    expires_at      INTEGER NOT NULL,
    PRIMARY KEY (program_id, organization_id),
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX join_codes_by_code ON join_codes (program_id, code);

-- Who asked to be enrolled and was neither confirmed nor refused yet. What they said stands in personal.
CREATE TABLE joining (
    program_id      BLOB NOT NULL,
    member_id       BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    asked_at        INTEGER NOT NULL,
    -- The masked name, for lists.
    name            TEXT NOT NULL,
    -- When a one-time code proved that the phone is theirs.
    proved_at       INTEGER,
    PRIMARY KEY (program_id, member_id),
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations
) STRICT, WITHOUT ROWID;
CREATE INDEX joining_by_age ON joining (program_id, asked_at);
