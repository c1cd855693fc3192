-- Cells of the map that members patrol, and where those who are on a shift were. What the shift counts is kept with the deed.

CREATE TABLE grids (
    program_id      BLOB NOT NULL REFERENCES programs,
    -- As deeds name it in their fact `grid`.
    code            TEXT NOT NULL,
    name            TEXT NOT NULL,
    organization_id BLOB,
    -- As layers of the map keep theirs, and the rectangle around it: millionths of a degree.
    area            TEXT NOT NULL,
    west            INTEGER NOT NULL,
    south           INTEGER NOT NULL,
    east            INTEGER NOT NULL,
    north           INTEGER NOT NULL,
    -- What counts as a patrol here, and in whose name it is awarded.
    rule            TEXT NOT NULL,
    keeper          TEXT NOT NULL,
    retired_at      INTEGER,
    PRIMARY KEY (program_id, code),
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations
) STRICT, WITHOUT ROWID;

-- Deleted with the end of the shift.
CREATE TABLE waypoints (
    program_id BLOB NOT NULL,
    deed_id    BLOB NOT NULL,
    at         INTEGER NOT NULL,
    latitude   INTEGER NOT NULL,
    longitude  INTEGER NOT NULL,
    PRIMARY KEY (program_id, deed_id, at),
    FOREIGN KEY (program_id, deed_id) REFERENCES deeds
) STRICT, WITHOUT ROWID;
CREATE INDEX waypoints_by_age ON waypoints (program_id, at);
CREATE INDEX deeds_of_patrols ON deeds (program_id, began_at, deed_id) WHERE kind = 'patrol_shift';
