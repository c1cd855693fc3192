-- Photos and texts that show deeds, sealed: uploaded first, named by a command after.

CREATE TABLE attachments (
    program_id    BLOB NOT NULL REFERENCES programs,
    attachment_id BLOB NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('photo', 'text')),
    -- Who uploaded it, and which member that is.
    by_id         BLOB NOT NULL,
    member_id     BLOB,
    media_type    TEXT NOT NULL,
    -- SHA-256 of a picture as it is kept, and what it looks like, in 64 bits.
    digest        TEXT,
    looks         INTEGER,
    -- The deed or report it shows.
    of_id         BLOB,
    -- Until when it is kept; then, or when its member is erased, the key and what it opens are gone.
    keep_until    INTEGER,
    key_id        TEXT,
    wrapped       TEXT,
    body          BLOB,
    PRIMARY KEY (program_id, attachment_id),
    CHECK ((wrapped IS NULL) = (body IS NULL)),
    CHECK ((wrapped IS NULL) = (key_id IS NULL)),
    CHECK ((wrapped IS NULL) = (keep_until IS NULL))
) STRICT;
CREATE INDEX attachments_kept ON attachments (program_id, keep_until) WHERE keep_until IS NOT NULL;
CREATE INDEX attachments_loose ON attachments (program_id, by_id) WHERE of_id IS NULL;
CREATE INDEX attachments_of ON attachments (program_id, of_id) WHERE of_id IS NOT NULL;
CREATE INDEX attachments_of_member ON attachments (program_id, member_id) WHERE member_id IS NOT NULL;

-- The quarters, of 16 bits, of what attached photos look like: photos alike have one in common, but for a bit.
CREATE TABLE photo_looks (
    program_id    BLOB NOT NULL,
    place         INTEGER NOT NULL,
    quarter       INTEGER NOT NULL,
    attachment_id BLOB NOT NULL,
    PRIMARY KEY (program_id, place, quarter, attachment_id),
    FOREIGN KEY (program_id, attachment_id) REFERENCES attachments
) STRICT, WITHOUT ROWID;
