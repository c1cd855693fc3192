-- What a budget was given: issued into it or carried over, less what was returned.
ALTER TABLE budgets ADD COLUMN provided BIGINT NOT NULL DEFAULT 0;
UPDATE budgets SET provided = COALESCE((SELECT CAST(SUM(e.amount) AS BIGINT) FROM entries e
    JOIN transfers t ON t.program_id = e.program_id AND t.transfer_id = e.transfer_id
    WHERE e.program_id = budgets.program_id AND e.owner = budgets.budget_id AND e.kind = 2
    AND t.kind IN ('appropriate', 'return_budget')), 0);
-- The share of that in percent that was told last to be used.
ALTER TABLE budgets ADD COLUMN told BIGINT NOT NULL DEFAULT 0 CHECK (told IN (0, 80, 95));
-- What is planned; when it is closed by that, and when it was.
ALTER TABLE budgets ADD COLUMN plan TEXT;
ALTER TABLE budgets ADD COLUMN closes_at BIGINT;
ALTER TABLE budgets ADD COLUMN closed_at BIGINT;
GRANT UPDATE (provided, told, plan, closes_at, closed_at) ON budgets TO jifen_serve;
