-- What counted for a team before it was counted has the moment of its deed to the microsecond: it was read to the millisecond.

UPDATE team_awards SET occurred_at = (SELECT
    unixepoch(substr(json_extract(a.deed, '$.occurred_at'), 1, 19)) * 1000000
    + CAST(substr(rtrim(substr(json_extract(a.deed, '$.occurred_at'), 21), 'Z') || '000000', 1, 6) AS INTEGER)
    FROM awards a WHERE a.program_id = team_awards.program_id AND a.award_id = team_awards.award_id)
    WHERE EXISTS (SELECT 1 FROM awards a WHERE a.program_id = team_awards.program_id AND a.award_id = team_awards.award_id);
