//! The statements of budgets. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    BUDGET_RECORDS = "SELECT b.budget_id, b.provided, b.told, b.plan, b.closed_at FROM {rows budget_id:uuid} CROSS JOIN budgets b \
        WHERE b.program_id = r.program_id AND b.budget_id = r.budget_id";
    CHANGE_BUDGETS = "UPDATE budgets SET provided = r.provided, told = r.told, plan = r.plan, closes_at = r.closes_at, closed_at = r.closed_at \
        FROM {rows budget_id:uuid provided:int told:int plan:text closes_at:int closed_at:int} \
        WHERE budgets.program_id = r.program_id AND budgets.budget_id = r.budget_id";

    BUDGETS = "SELECT b.budget_id, b.code, b.name, a.balance, COALESCE(w.balance, 0), COALESCE(q.used, 0), b.provided, b.told, b.plan, b.closed_at \
        FROM budgets b JOIN accounts a ON a.program_id = b.program_id AND a.owner = b.budget_id AND a.kind = 2 \
        LEFT JOIN accounts w ON w.program_id = b.program_id AND w.owner = b.budget_id AND w.kind = 3 \
        LEFT JOIN counters q ON q.program_id = b.program_id AND q.subject = b.budget_id AND q.window_start = 0 AND q.cap = 'budget/queue' \
        WHERE b.program_id = $1 ORDER BY b.code";
    /// Budgets of which a share is used that was not told: since now, because the moment at which it was reached is not kept. A fifth left is 80 %
    /// used, a twentieth 95 %.
    BUDGETS_LOW = "SELECT CAST($2 AS BIGINT), b.budget_id FROM budgets b \
        JOIN accounts a ON a.program_id = b.program_id AND a.owner = b.budget_id AND a.kind = 2 \
        WHERE b.program_id = $1 AND b.closed_at IS NULL AND b.provided > 0 \
        AND ((b.told < 80 AND a.balance <= b.provided / 5) OR (b.told < 95 AND a.balance <= b.provided / 20)) \
        AND (CAST($2 AS BIGINT), b.budget_id) > ($3, $4) ORDER BY b.budget_id LIMIT $5";
    /// Budgets whose time to settle is over, and closed ones that something came back to.
    BUDGETS_ENDED = "SELECT b.closes_at, b.budget_id FROM budgets b \
        JOIN accounts a ON a.program_id = b.program_id AND a.owner = b.budget_id AND a.kind = 2 \
        WHERE b.program_id = $1 AND b.closes_at <= $2 AND (b.closed_at IS NULL OR a.balance > 0) \
        AND (b.closes_at, b.budget_id) > ($3, $4) ORDER BY b.closes_at, b.budget_id LIMIT $5";
}
