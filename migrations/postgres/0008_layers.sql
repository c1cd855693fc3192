-- Layers of the map in which policies want deeds to have happened: every version, each on the map from a moment on.

CREATE TABLE layers (
    program_id     UUID NOT NULL REFERENCES programs,
    name           TEXT COLLATE "C" NOT NULL,
    effective_from BIGINT NOT NULL,
    digest         TEXT COLLATE "C" NOT NULL,
    -- Polygons of rings of [longitude, latitude] in WGS-84, in millionths of a degree, as JSON.
    area           TEXT NOT NULL,
    polygons       BIGINT NOT NULL CHECK (polygons > 0),
    corners        BIGINT NOT NULL CHECK (corners > 0),
    PRIMARY KEY (program_id, name, effective_from)
);
GRANT SELECT, INSERT ON layers TO jifen_serve;
