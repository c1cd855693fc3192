-- Layers of the map in which policies want deeds to have happened: every version, each on the map from a moment on.

CREATE TABLE layers (
    program_id     BLOB NOT NULL REFERENCES programs,
    name           TEXT NOT NULL,
    effective_from INTEGER NOT NULL,
    digest         TEXT NOT NULL,
    -- Polygons of rings of [longitude, latitude] in WGS-84, in millionths of a degree, as JSON.
    area           TEXT NOT NULL,
    polygons       INTEGER NOT NULL CHECK (polygons > 0),
    corners        INTEGER NOT NULL CHECK (corners > 0),
    PRIMARY KEY (program_id, name, effective_from)
) STRICT;
