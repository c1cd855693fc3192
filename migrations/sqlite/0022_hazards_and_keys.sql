-- Whose a hazard was to see to when it was reported: they see it still when others are to mend it.
ALTER TABLE hazards ADD COLUMN home_id BLOB;
UPDATE hazards SET home_id = node_id;

-- Under which master keys attachments are sealed is asked at every start, and the index alone tells.
CREATE INDEX attachments_under_key ON attachments (program_id, key_id, attachment_id) WHERE key_id IS NOT NULL;
