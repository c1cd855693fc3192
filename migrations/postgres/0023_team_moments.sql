-- What counted for a team before it was counted has the moment of its deed to the microsecond. Here it was read so at once.

UPDATE team_awards SET occurred_at = (EXTRACT(EPOCH FROM (a.deed::jsonb ->> 'occurred_at')::timestamptz) * 1000000)::bigint
    FROM awards a WHERE a.program_id = team_awards.program_id AND a.award_id = team_awards.award_id
    AND team_awards.occurred_at <> (EXTRACT(EPOCH FROM (a.deed::jsonb ->> 'occurred_at')::timestamptz) * 1000000)::bigint;
