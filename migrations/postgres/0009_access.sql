-- Who may do what: roles of staff on nodes, staff who leave, and keys that reach less, end and are looked after.

CREATE TABLE appointments (
    program_id      UUID NOT NULL REFERENCES programs,
    appointment_id  UUID NOT NULL,
    staff_id        UUID NOT NULL,
    role            TEXT NOT NULL,
    -- NULL is the whole programme.
    organization_id UUID,
    ended_at        BIGINT,
    ended_by        UUID,
    PRIMARY KEY (program_id, staff_id, appointment_id),
    FOREIGN KEY (program_id, staff_id) REFERENCES staff,
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations
);
CREATE UNIQUE INDEX appointments_by_id ON appointments (program_id, appointment_id);

ALTER TABLE staff ADD COLUMN left_at BIGINT;

-- NULL verbs are all of the role's, a NULL node is the whole programme.
ALTER TABLE api_keys ADD COLUMN verbs TEXT;
ALTER TABLE api_keys ADD COLUMN organization_id UUID;
ALTER TABLE api_keys ADD COLUMN expires_at BIGINT;
ALTER TABLE api_keys ADD COLUMN ended_at BIGINT;
ALTER TABLE api_keys ADD COLUMN ended_by UUID;
ALTER TABLE api_keys ADD COLUMN last_used_at BIGINT;
CREATE UNIQUE INDEX api_keys_by_id ON api_keys (program_id, api_key_id);
CREATE INDEX api_keys_of_staff ON api_keys (program_id, subject_id) WHERE role = 'staff';

-- The members of a node, in order.
CREATE INDEX members_of_organization ON members (program_id, organization_id, member_id) WHERE organization_id IS NOT NULL;

GRANT SELECT, INSERT ON appointments TO jifen_serve;
GRANT UPDATE (ended_at, ended_by) ON appointments TO jifen_serve;
GRANT UPDATE (left_at) ON staff TO jifen_serve;
GRANT UPDATE (ended_at, ended_by, last_used_at) ON api_keys TO jifen_serve;
