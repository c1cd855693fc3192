-- Activities, members' parts in them, and the awards that are asked for with what came of these.

CREATE TABLE activities (
    program_id      BLOB NOT NULL REFERENCES programs,
    activity_id        BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    form            TEXT NOT NULL,
    -- When its first slot begins and its last one ends.
    starts_at       INTEGER NOT NULL,
    ends_at         INTEGER NOT NULL,
    cancelled       INTEGER NOT NULL CHECK (cancelled IN (0, 1)),
    -- As planned.
    plan            TEXT NOT NULL,
    -- What the codes on the organizer's screen follow from.
    secret          TEXT NOT NULL,
    -- How many have a place, by slot.
    taken           TEXT NOT NULL,
    PRIMARY KEY (program_id, activity_id),
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations
) STRICT, WITHOUT ROWID;
CREATE INDEX activities_by_end ON activities (program_id, ends_at, activity_id);

-- What members promised, began and did. The id is that of the deed that is awarded.
CREATE TABLE deeds (
    program_id BLOB NOT NULL,
    deed_id    BLOB NOT NULL,
    kind       TEXT NOT NULL,
    -- Whose; of who was merged, whoever they are now.
    member_id  BLOB NOT NULL,
    -- The activity it is a part of, and which slot of it.
    activity_id   BLOB,
    slot       INTEGER,
    state      TEXT NOT NULL CHECK (state IN ('promised', 'begun', 'done', 'void')),
    began_at   INTEGER NOT NULL,
    ended_at   INTEGER,
    due_at     INTEGER,
    body       TEXT NOT NULL,
    PRIMARY KEY (program_id, deed_id),
    FOREIGN KEY (program_id, member_id) REFERENCES members,
    FOREIGN KEY (program_id, activity_id) REFERENCES activities
) STRICT, WITHOUT ROWID;
CREATE INDEX deeds_of_activity ON deeds (program_id, activity_id, slot, member_id);
CREATE INDEX deeds_of_member ON deeds (program_id, member_id, began_at, deed_id);
CREATE INDEX deeds_due ON deeds (program_id, due_at, deed_id) WHERE due_at IS NOT NULL;

-- The awards that deeds ask for: written with the outcome, answered with the award.
CREATE TABLE award_requests (
    program_id BLOB NOT NULL,
    deed_id    BLOB NOT NULL,
    member_id  BLOB NOT NULL,
    -- In whose name.
    actor      TEXT NOT NULL,
    -- What is submitted; without the place once it is answered.
    request    TEXT NOT NULL,
    asked_at   INTEGER NOT NULL,
    attempt    INTEGER NOT NULL CHECK (attempt > 0),
    state      TEXT NOT NULL CHECK (state IN ('open', 'awarded', 'refused')),
    award_id   BLOB,
    why_not    TEXT,
    PRIMARY KEY (program_id, deed_id),
    FOREIGN KEY (program_id, deed_id) REFERENCES deeds,
    CHECK ((state = 'awarded') = (award_id IS NOT NULL)),
    CHECK ((state = 'refused') = (why_not IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX award_requests_open ON award_requests (program_id, asked_at, deed_id) WHERE state = 'open';
CREATE INDEX award_requests_of_member ON award_requests (program_id, member_id);
