-- By what and from where every change was made: one row a caller, address and day, named by the events of that day.

CREATE TABLE origins (
    program_id UUID NOT NULL,
    origin_id  UUID NOT NULL,
    actor      UUID NOT NULL,
    role       TEXT NOT NULL,
    -- A key, a session, the console, a job.
    via        TEXT NOT NULL,
    via_id     UUID,
    -- It tells of a person, so it is forgotten after a while; the rest stays as it was written.
    address    TEXT,
    day        BIGINT NOT NULL,
    PRIMARY KEY (program_id, origin_id)
);
CREATE INDEX origins_of_actor ON origins (program_id, actor);
CREATE INDEX origins_with_address ON origins (program_id, day) WHERE address IS NOT NULL;

-- NULL in what was written before.
ALTER TABLE events ADD COLUMN origin_id UUID;
ALTER TABLE events ADD COLUMN reason TEXT;

CREATE TRIGGER append_only BEFORE UPDATE OF program_id, origin_id, actor, role, via, via_id, day OR DELETE OR TRUNCATE ON origins
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER only_forgotten BEFORE UPDATE OF address ON origins
    FOR EACH ROW WHEN (NEW.address IS NOT NULL) EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON origins TO jifen_serve;
GRANT UPDATE (address) ON origins TO jifen_serve;
