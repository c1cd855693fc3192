-- Who is erased is nobody's any more: their own row in merged_members says so, where every batch looks already. A row of somebody who asks to
-- join stands in personal before there is a member.

-- Who they are at last; themselves once they are erased.
ALTER TABLE merged_members DROP CONSTRAINT merged_members_check;
INSERT INTO merged_members SELECT p.program_id, p.member_id, p.member_id FROM personal p
    WHERE p.wrapped IS NULL AND NOT EXISTS (SELECT 1 FROM merged_members x WHERE x.program_id = p.program_id AND x.member_id = p.member_id);

-- A member; or who would be one, of a row in joining.
ALTER TABLE personal DROP CONSTRAINT personal_program_id_member_id_fkey;

-- Hashes that are suppressed, by when that ends.
CREATE INDEX personal_index_suppressed ON personal_index (program_id, suppressed_until) WHERE suppressed_until IS NOT NULL;

-- The code (报到码) with which riders ask a station's organization to be enrolled: one at a time.
CREATE TABLE join_codes (
    program_id      UUID NOT NULL,
    organization_id UUID NOT NULL,
    code            TEXT COLLATE "C" NOT NULL,
    expires_at      BIGINT NOT NULL,
    PRIMARY KEY (program_id, organization_id),
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations
);
CREATE UNIQUE INDEX join_codes_by_code ON join_codes (program_id, code);

-- Who asked to be enrolled and was neither confirmed nor refused yet. What they said stands in personal.
CREATE TABLE joining (
    program_id      UUID NOT NULL,
    member_id       UUID NOT NULL,
    organization_id UUID NOT NULL,
    asked_at        BIGINT NOT NULL,
    -- The masked name, for lists.
    name            TEXT NOT NULL,
    -- When a one-time code proved that the phone is theirs.
    proved_at       BIGINT,
    PRIMARY KEY (program_id, member_id),
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations
);
CREATE INDEX joining_by_age ON joining (program_id, asked_at);

GRANT SELECT, INSERT, UPDATE ON join_codes TO jifen_serve;
GRANT SELECT, INSERT, DELETE ON joining TO jifen_serve;
GRANT DELETE ON personal TO jifen_serve;
