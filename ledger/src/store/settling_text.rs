//! The statements of settlement, of members merged and of programmes that close. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    LINK_STATEMENTS = "SELECT s.statement_id, s.store_id FROM {rows statement_id:uuid} CROSS JOIN statements s \
        WHERE s.program_id = r.program_id AND s.statement_id = r.statement_id";
    STATEMENTS = "SELECT s.* FROM {rows statement_id:uuid} CROSS JOIN statements s \
        WHERE s.program_id = r.program_id AND s.statement_id = r.statement_id";
    /// The last version that a statement of the store covers.
    COVERED = "SELECT s.store_id, MAX(s.through_version) FROM {rows store_id:uuid} CROSS JOIN statements s \
        WHERE s.program_id = r.program_id AND s.store_id = r.store_id GROUP BY s.store_id";
    /// What a store took and gave back after the last version covered, with the redemptions.
    UNCOVERED = "SELECT e.owner, e.version, t.subject, e.amount, d.captured - d.refunded, d.terms \
        FROM {rows store_id:uuid covered:int} CROSS JOIN entries e CROSS JOIN transfers t CROSS JOIN redemptions d \
        WHERE e.program_id = r.program_id AND e.owner = r.store_id AND e.kind = 20 AND e.version > r.covered \
        AND t.program_id = e.program_id AND t.transfer_id = e.transfer_id AND t.kind <> 'freeze_statement' \
        AND d.program_id = t.program_id AND d.redemption_id = t.subject ORDER BY e.owner, e.version";
    /// On what the first line of a redemption was settled.
    PINNED = "SELECT l.* FROM {rows redemption_id:uuid} CROSS JOIN statement_lines l {by statement_lines_of_redemption} \
        WHERE l.program_id = r.program_id AND l.redemption_id = r.redemption_id AND l.points > 0";
    LINES_ASKED = "SELECT l.statement_id, l.version FROM {rows statement_id:uuid version:int} CROSS JOIN statements s CROSS JOIN statement_lines l \
        WHERE s.program_id = r.program_id AND s.statement_id = r.statement_id AND l.program_id = s.program_id \
        AND l.store_id = s.store_id AND l.version = r.version AND l.statement_id = s.statement_id";
    NEW_STATEMENTS = "INSERT INTO statements (program_id, statement_id, store_id, funder_id, from_version, through_version, points, \
        amount, rate, rounding, frozen_by, frozen_at, state, disputes, confirmed_by, confirmed_at, approved_by, approved_at, unanswered, \
        batch_id, paid_by, paid_at, reference) \
        SELECT r.program_id, r.statement_id, r.store_id, r.funder_id, r.from_version, r.through_version, r.points, r.amount, r.rate, \
        r.rounding, r.frozen_by, r.frozen_at, r.state, r.disputes, r.confirmed_by, r.confirmed_at, r.approved_by, r.approved_at, \
        r.unanswered, r.batch_id, r.paid_by, r.paid_at, r.reference \
        FROM {rows statement_id:uuid store_id:uuid funder_id:uuid from_version:int through_version:int points:int amount:int \
        rate:text rounding:text frozen_by:uuid frozen_at:int state:text disputes:text confirmed_by:uuid confirmed_at:int \
        approved_by:uuid approved_at:int unanswered:int batch_id:uuid paid_by:uuid paid_at:int reference:text}";
    CHANGED_STATEMENTS = "UPDATE statements SET state = r.state, disputes = r.disputes, confirmed_by = r.confirmed_by, \
        confirmed_at = r.confirmed_at, approved_by = r.approved_by, approved_at = r.approved_at, unanswered = r.unanswered, \
        batch_id = r.batch_id, paid_by = r.paid_by, paid_at = r.paid_at, reference = r.reference \
        FROM {rows statement_id:uuid state:text disputes:text confirmed_by:uuid confirmed_at:int approved_by:uuid approved_at:int \
        unanswered:int batch_id:uuid paid_by:uuid paid_at:int reference:text} \
        WHERE statements.program_id = r.program_id AND statements.statement_id = r.statement_id AND statements.state <> 'paid'";
    NEW_LINES = "INSERT INTO statement_lines (program_id, store_id, version, statement_id, redemption_id, points, bearer, funder_id, \
        rate, rounding, amount) \
        SELECT r.program_id, r.store_id, r.version, r.statement_id, r.redemption_id, r.points, r.bearer, r.funder_id, r.rate, r.rounding, r.amount \
        FROM {rows store_id:uuid version:int statement_id:uuid redemption_id:uuid points:int bearer:text funder_id:uuid rate:text \
        rounding:text amount:int}";
    NEW_BATCHES = "INSERT INTO payment_batches (program_id, batch_id, made_by, made_at, statements, amount) \
        SELECT r.program_id, r.batch_id, r.made_by, r.made_at, r.statements, r.amount \
        FROM {rows batch_id:uuid made_by:uuid made_at:int statements:int amount:int}";
    KEEP_PAYEES = "INSERT INTO payees (program_id, merchant_id, key_id, body, tail) \
        SELECT r.program_id, r.merchant_id, r.key_id, r.body, r.tail FROM {rows merchant_id:uuid key_id:text body:text tail:text} \
        WHERE true ON CONFLICT (program_id, merchant_id) DO UPDATE SET key_id = excluded.key_id, body = excluded.body, tail = excluded.tail";
    ADD_FUNDER = "INSERT INTO funders (program_id, funder_id, name) SELECT r.program_id, r.id, r.name FROM {rows id:uuid name:text}";

    /// And whether any deed is on record: where none is, nobody's time need be looked up.
    CLOSING = "SELECT last_earning, last_spending, (SELECT COUNT(*) FROM (SELECT d.deed_id FROM deeds d WHERE d.program_id = $1 LIMIT 1) known) \
        FROM programs WHERE program_id = $1";
    CLOSE = "UPDATE programs SET last_earning = r.last_earning, last_spending = r.last_spending \
        FROM {rows last_earning:int last_spending:int} WHERE programs.program_id = r.program_id";

    /// What vested has a lot; what did not has an index of its own.
    AWARDS_TO_MOVE = "SELECT a.award_id, a.counted FROM ( \
        SELECT lot_id AS id FROM lots WHERE program_id = $1 AND member_id = $2 \
        UNION ALL SELECT award_id FROM awards WHERE program_id = $1 AND member_id = $2 \
        AND state IN ('queued', 'submitted', 'pending', 'frozen', 'rejected')) ids \
        CROSS JOIN awards a WHERE a.program_id = $1 AND a.award_id = ids.id ORDER BY a.award_id";
    MOVE_AWARDS = "UPDATE awards SET member_id = r.into_id, counted = REPLACE(awards.counted, r.from_text, r.into_text) \
        FROM {rows award_id:uuid into_id:uuid from_text:text into_text:text} \
        WHERE awards.program_id = r.program_id AND awards.award_id = r.award_id";
    MOVE_LOTS = "UPDATE lots SET member_id = r.into_id FROM {rows from_id:uuid into_id:uuid} \
        WHERE lots.program_id = r.program_id AND lots.member_id = r.from_id";
    MOVE_REDEMPTIONS = "UPDATE redemptions SET member_id = r.into_id FROM {rows from_id:uuid into_id:uuid} \
        WHERE redemptions.program_id = r.program_id AND redemptions.member_id = r.from_id";
    /// Whoever was merged into the one before is the other now.
    MOVE_MERGED = "UPDATE merged_members SET into_id = r.into_id FROM {rows from_id:uuid into_id:uuid} \
        WHERE merged_members.program_id = r.program_id AND merged_members.into_id = r.from_id";
    NEW_MERGED = "INSERT INTO merged_members (program_id, member_id, into_id) \
        SELECT r.program_id, r.from_id, r.into_id FROM {rows from_id:uuid into_id:uuid}";
    MERGED_INTO = "SELECT into_id FROM merged_members WHERE program_id = $1 AND member_id = $2 AND into_id <> member_id";
    MERGED_FROM = "SELECT member_id FROM merged_members WHERE program_id = $1 AND into_id = $2 AND into_id <> member_id ORDER BY member_id";
    MERGED = "SELECT member_id, into_id FROM merged_members WHERE program_id = $1 AND into_id <> member_id";

    FUNDERS = "SELECT f.funder_id, f.name, a.balance FROM funders f \
        JOIN accounts a ON a.program_id = f.program_id AND a.owner = f.funder_id AND a.kind = 31 \
        WHERE f.program_id = $1 ORDER BY f.funder_id";
    SETTLEMENT = "SELECT * FROM statements WHERE program_id = $1 AND statement_id = $2";
    SETTLEMENTS = "SELECT * FROM statements WHERE program_id = $1 AND store_id = $2 AND through_version < $3 \
        ORDER BY through_version DESC LIMIT $4";
    SETTLEMENTS_AFTER = "SELECT * FROM statements WHERE program_id = $1 AND statement_id > $2 ORDER BY statement_id LIMIT $3";
    SETTLEMENT_LINES = "SELECT e.version, e.transfer_id, t.kind, t.subject, t.occurred_at, t.recorded_at, e.amount, e.balance_after, \
        l.bearer, l.funder_id, l.rate, l.rounding, l.amount AS money \
        FROM statement_lines l CROSS JOIN entries e CROSS JOIN transfers t \
        WHERE l.program_id = $1 AND l.store_id = $2 AND l.version > $3 AND l.version <= $4 \
        AND e.program_id = l.program_id AND e.owner = l.store_id AND e.kind = 20 AND e.version = l.version \
        AND t.program_id = e.program_id AND t.transfer_id = e.transfer_id ORDER BY l.version LIMIT $5";
    /// With what its redemption was agreed on, and what was named when its statement was frozen.
    LINES_AFTER = "SELECT l.*, d.terms, s.funder_id AS named_funder, s.rate AS named_rate, s.rounding AS named_rounding \
        FROM statement_lines l CROSS JOIN statements s CROSS JOIN redemptions d \
        WHERE l.program_id = $1 AND (l.redemption_id, l.version) > ($2, $3) \
        AND s.program_id = l.program_id AND s.statement_id = l.statement_id \
        AND d.program_id = l.program_id AND d.redemption_id = l.redemption_id ORDER BY l.redemption_id, l.version LIMIT $4";
    TOTALS = "SELECT kind, CAST(SUM(balance) AS BIGINT) FROM accounts WHERE program_id = $1 GROUP BY kind ORDER BY kind";
    /// Approved and in no batch, oldest first.
    TO_PAY = "SELECT * FROM statements WHERE program_id = $1 AND state = 'approved' AND batch_id IS NULL AND statement_id > $2 \
        ORDER BY statement_id LIMIT $3";
    BATCH = "SELECT batch_id, made_by, made_at, statements, amount FROM payment_batches WHERE program_id = $1 AND batch_id = $2";
    BATCHES = "SELECT batch_id, made_by, made_at, statements, amount FROM payment_batches WHERE program_id = $1 AND batch_id < $2 \
        ORDER BY batch_id DESC LIMIT $3";
    /// What a batch pays, with the store and its merchant.
    BATCH_STATEMENTS = "SELECT s.*, o.name AS store_name, m.merchant_id, m.name AS merchant_name, p.key_id, p.body \
        FROM statements s JOIN stores o ON o.program_id = s.program_id AND o.store_id = s.store_id \
        JOIN merchants m ON m.program_id = o.program_id AND m.merchant_id = o.merchant_id \
        LEFT JOIN payees p ON p.program_id = m.program_id AND p.merchant_id = m.merchant_id \
        WHERE s.program_id = $1 AND s.batch_id = $2 ORDER BY s.statement_id";
    PAYEE = "SELECT key_id, body, tail FROM payees WHERE program_id = $1 AND merchant_id = $2";
    PAYEES_UNDER_OTHER_KEYS = "SELECT merchant_id, key_id, body FROM payees WHERE program_id = $1 AND key_id <> $2 AND merchant_id > $3 \
        ORDER BY merchant_id LIMIT $4";
    RESEAL_PAYEE = "UPDATE payees SET key_id = $3, body = $4 WHERE program_id = $1 AND merchant_id = $2 AND body = $5 RETURNING merchant_id";
    /// Stores with something on merchant:accepted after their last statement, in order of id.
    UNSETTLED = "SELECT o.store_id FROM stores o JOIN accounts a ON a.program_id = o.program_id AND a.owner = o.store_id AND a.kind = 20 \
        WHERE o.program_id = $1 AND o.store_id > $2 AND EXISTS (SELECT 1 FROM entries e \
            JOIN transfers t ON t.program_id = e.program_id AND t.transfer_id = e.transfer_id AND t.kind <> 'freeze_statement' \
            WHERE e.program_id = o.program_id AND e.owner = o.store_id AND e.kind = 20 AND e.version > \
            COALESCE((SELECT MAX(s.through_version) FROM statements s WHERE s.program_id = o.program_id AND s.store_id = o.store_id), 0)) \
        ORDER BY o.store_id LIMIT $3";
}
