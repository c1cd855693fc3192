-- When something is to be done about an objection by itself: it has waited for a reviewer for too long; it was upheld, and not appealed in time.

ALTER TABLE awards ADD COLUMN escalates_at BIGINT, ADD COLUMN settles_at BIGINT;
-- Asked about too early, the ledger says that nothing is due and is asked again.
UPDATE awards SET escalates_at = submitted_at + 1296000000000 WHERE state = 'frozen';
CREATE INDEX awards_escalating ON awards (program_id, escalates_at, award_id) WHERE escalates_at IS NOT NULL;
CREATE INDEX awards_settling ON awards (program_id, settles_at, award_id) WHERE settles_at IS NOT NULL;
CREATE INDEX awards_frozen ON awards (program_id, award_id) WHERE state = 'frozen';
