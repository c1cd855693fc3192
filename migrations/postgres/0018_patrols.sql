-- Cells of the map that members patrol, and where those who are on a shift were. What the shift counts is kept with the deed.

CREATE TABLE grids (
    program_id      UUID NOT NULL REFERENCES programs,
    -- As deeds name it in their fact `grid`.
    code            TEXT NOT NULL,
    name            TEXT NOT NULL,
    organization_id UUID,
    -- As layers of the map keep theirs, and the rectangle around it: millionths of a degree.
    area            TEXT NOT NULL,
    west            BIGINT NOT NULL,
    south           BIGINT NOT NULL,
    east            BIGINT NOT NULL,
    north           BIGINT NOT NULL,
    -- What counts as a patrol here, and in whose name it is awarded.
    rule            TEXT NOT NULL,
    keeper          TEXT NOT NULL,
    retired_at      BIGINT,
    PRIMARY KEY (program_id, code),
    FOREIGN KEY (program_id, organization_id) REFERENCES organizations
);

-- Deleted with the end of the shift.
CREATE TABLE waypoints (
    program_id UUID NOT NULL,
    deed_id    UUID NOT NULL,
    at         BIGINT NOT NULL,
    latitude   BIGINT NOT NULL,
    longitude  BIGINT NOT NULL,
    PRIMARY KEY (program_id, deed_id, at),
    FOREIGN KEY (program_id, deed_id) REFERENCES deeds
);
CREATE INDEX waypoints_by_age ON waypoints (program_id, at);
CREATE INDEX deeds_of_patrols ON deeds (program_id, began_at, deed_id) WHERE kind = 'patrol_shift';
GRANT SELECT, INSERT, UPDATE ON grids TO jifen_serve;
GRANT SELECT, INSERT, DELETE ON waypoints TO jifen_serve;
