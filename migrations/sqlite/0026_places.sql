-- Where a deed was for which an award is asked for, apart from the rest of the request, so that it can be forgotten: with the award, or 30 days after
-- the request was refused, since it may be asked again until then.
ALTER TABLE award_requests ADD COLUMN place TEXT;
UPDATE award_requests SET place = json_extract(request, '$.position'), request = json_remove(request, '$.position')
    WHERE state <> 'awarded' AND json_type(request, '$.position') = 'object';
CREATE INDEX award_requests_placed ON award_requests (program_id, asked_at) WHERE state = 'refused' AND place IS NOT NULL;

-- Whose deeds were made in the batch in which their members were merged into others.
UPDATE deeds SET member_id = m.into_id FROM merged_members m
    WHERE m.program_id = deeds.program_id AND m.member_id = deeds.member_id AND m.into_id <> m.member_id;
UPDATE award_requests SET member_id = m.into_id FROM merged_members m
    WHERE m.program_id = award_requests.program_id AND m.member_id = award_requests.member_id AND m.into_id <> m.member_id;
UPDATE hazards SET member_id = m.into_id FROM merged_members m
    WHERE m.program_id = hazards.program_id AND m.member_id = hazards.member_id AND m.into_id <> m.member_id;
