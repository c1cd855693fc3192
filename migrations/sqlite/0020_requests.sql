-- What residents ask for and who takes it on, exceptional deeds, teams, pledges.

CREATE TABLE orders (
    program_id      BLOB NOT NULL REFERENCES programs,
    order_id        BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('asked', 'posted', 'confirmed', 'withdrawn', 'expired')),
    -- Until when it is wanted.
    wanted_by       INTEGER NOT NULL,
    -- Since when something about it waits for staff: to be posted, or to be confirmed.
    waits_since     INTEGER,
    -- When it is to be closed by itself.
    due_at          INTEGER,
    -- All else that is known of it. Where it is, is taken out once it is over.
    body            TEXT NOT NULL,
    PRIMARY KEY (program_id, order_id),
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations
) STRICT, WITHOUT ROWID;
CREATE INDEX orders_posted ON orders (program_id, wanted_by, order_id) WHERE state = 'posted';
CREATE INDEX orders_waiting ON orders (program_id, waits_since, order_id) WHERE waits_since IS NOT NULL;
CREATE INDEX orders_due ON orders (program_id, due_at, order_id) WHERE due_at IS NOT NULL;

-- Which deed was done for which order.
CREATE TABLE order_parts (
    program_id BLOB NOT NULL,
    deed_id    BLOB NOT NULL,
    order_id   BLOB NOT NULL,
    PRIMARY KEY (program_id, deed_id),
    FOREIGN KEY (program_id, deed_id) REFERENCES deeds,
    FOREIGN KEY (program_id, order_id) REFERENCES orders
) STRICT, WITHOUT ROWID;
CREATE INDEX parts_of_order ON order_parts (program_id, order_id, deed_id);
-- What a member has promised to do for others.
CREATE INDEX deeds_promised ON deeds (program_id, member_id) WHERE kind = 'request_fulfilled' AND state = 'promised';
-- Exceptional deeds that nobody has verified.
CREATE INDEX deeds_proposed ON deeds (program_id, deed_id) WHERE kind = 'exceptional' AND state = 'begun';

-- What members are known to be able to do: codes.
CREATE TABLE member_skills (
    program_id BLOB NOT NULL,
    member_id  BLOB NOT NULL,
    skill      TEXT NOT NULL,
    PRIMARY KEY (program_id, member_id, skill),
    FOREIGN KEY (program_id, member_id) REFERENCES members
) STRICT, WITHOUT ROWID;

CREATE TABLE teams (
    program_id      BLOB NOT NULL REFERENCES programs,
    -- The fact `team` of deeds.
    code            TEXT NOT NULL,
    organization_id BLOB NOT NULL,
    kind            TEXT NOT NULL,
    name            TEXT NOT NULL,
    PRIMARY KEY (program_id, code),
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations
) STRICT, WITHOUT ROWID;
CREATE TABLE team_members (
    program_id BLOB NOT NULL,
    code       TEXT NOT NULL,
    member_id  BLOB NOT NULL,
    from_at    INTEGER NOT NULL,
    until_at   INTEGER,
    PRIMARY KEY (program_id, code, member_id, from_at),
    FOREIGN KEY (program_id, code) REFERENCES teams,
    FOREIGN KEY (program_id, member_id) REFERENCES members
) STRICT, WITHOUT ROWID;
CREATE INDEX teams_of_member ON team_members (program_id, member_id);
-- Awards of deeds that were done with a team: what its totals are counted from. Written with the award.
CREATE TABLE team_awards (
    program_id  BLOB NOT NULL,
    code        TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    award_id    BLOB NOT NULL,
    reference   TEXT NOT NULL,
    minutes     INTEGER NOT NULL,
    people      INTEGER NOT NULL,
    PRIMARY KEY (program_id, code, occurred_at, award_id)
) STRICT, WITHOUT ROWID;
INSERT INTO team_awards (program_id, code, occurred_at, award_id, reference, minutes, people)
    SELECT program_id, json_extract(deed, '$.facts.team'), CAST(ROUND(unixepoch(json_extract(deed, '$.occurred_at'), 'subsec') * 1000000) AS INTEGER),
    award_id, json_extract(deed, '$.reference'), CAST(COALESCE(json_extract(deed, '$.facts.minutes'), 0) AS INTEGER),
    CAST(COALESCE(json_extract(deed, '$.facts.people_served'), 0) AS INTEGER)
    FROM awards WHERE json_extract(deed, '$.facts.team') IS NOT NULL;

CREATE TABLE pledges (
    program_id BLOB NOT NULL,
    pledge_id  BLOB NOT NULL,
    member_id  BLOB NOT NULL,
    from_at    INTEGER NOT NULL,
    until_at   INTEGER NOT NULL,
    -- Whether everybody may see it.
    shown      INTEGER NOT NULL CHECK (shown IN (0, 1)),
    body       TEXT NOT NULL,
    PRIMARY KEY (program_id, pledge_id),
    FOREIGN KEY (program_id, member_id) REFERENCES members
) STRICT, WITHOUT ROWID;
CREATE INDEX pledges_of_member ON pledges (program_id, member_id, pledge_id);
CREATE INDEX pledges_shown ON pledges (program_id, pledge_id) WHERE shown = 1;
