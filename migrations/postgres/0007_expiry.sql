-- Lots know where what expires of them goes, for how long they reopen, and when their member is told ahead.

ALTER TABLE lots
    ADD COLUMN to_budget     BIGINT NOT NULL DEFAULT 0 CHECK (to_budget IN (0, 1)),
    ADD COLUMN grace_seconds BIGINT NOT NULL DEFAULT 604800 CHECK (grace_seconds >= 0),
    ADD COLUMN notice_days   BIGINT CHECK (notice_days > 0);
-- What policies promised before is told as well.
UPDATE lots SET notice_days = (SELECT (a.terms::jsonb -> 'expiry_notice_days' ->> 0)::bigint FROM awards a
    WHERE a.program_id = lots.program_id AND a.award_id = lots.lot_id);
-- What is still to be told, by how many days ahead: only lots of policies that have their members told are in it.
CREATE INDEX lots_to_tell ON lots (program_id, notice_days, expires_at) WHERE remaining > 0 AND notice_days IS NOT NULL;

-- What a member was told.
CREATE INDEX events_expiring ON events (program_id, subject, event_id) WHERE kind = 'lots.expiring';
