-- By what and from where every change was made: one row a caller, address and day, named by the events of that day.

CREATE TABLE origins (
    program_id BLOB NOT NULL,
    origin_id  BLOB NOT NULL,
    actor      BLOB NOT NULL,
    role       TEXT NOT NULL,
    -- A key, a session, the console, a job.
    via        TEXT NOT NULL,
    via_id     BLOB,
    -- It tells of a person, so it is forgotten after a while; the rest stays as it was written.
    address    TEXT,
    day        INTEGER NOT NULL,
    PRIMARY KEY (program_id, origin_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX origins_of_actor ON origins (program_id, actor);
CREATE INDEX origins_with_address ON origins (program_id, day) WHERE address IS NOT NULL;

-- NULL in what was written before.
ALTER TABLE events ADD COLUMN origin_id BLOB;
ALTER TABLE events ADD COLUMN reason TEXT;

CREATE TRIGGER origins_refuse_update BEFORE UPDATE OF program_id, origin_id, actor, role, via, via_id, day ON origins BEGIN
    SELECT RAISE(ABORT, 'origins is append-only: post a correcting transfer instead');
END;
CREATE TRIGGER origins_only_forgotten BEFORE UPDATE OF address ON origins WHEN NEW.address IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'origins is append-only: post a correcting transfer instead');
END;
CREATE TRIGGER origins_refuse_delete BEFORE DELETE ON origins BEGIN
    SELECT RAISE(ABORT, 'origins is append-only: post a correcting transfer instead');
END;
