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
    /// What a store took and gave back after a version.
    LATER = "SELECT r.store_id, r.through, CAST(SUM(e.amount) AS BIGINT) FROM {rows store_id:uuid through:int} CROSS JOIN entries e \
        CROSS JOIN transfers t \
        WHERE e.program_id = r.program_id AND e.owner = r.store_id AND e.kind = 20 AND e.version > r.through \
        AND t.program_id = e.program_id AND t.transfer_id = e.transfer_id AND t.kind <> 'freeze_statement' \
        GROUP BY r.store_id, r.through";
    NEW_STATEMENTS = "INSERT INTO statements (program_id, statement_id, store_id, funder_id, from_version, through_version, points, \
        amount, rate, rounding, frozen_by, frozen_at, state, paid_by, paid_at, reference) \
        SELECT r.program_id, r.statement_id, r.store_id, r.funder_id, r.from_version, r.through_version, r.points, r.amount, r.rate, \
        r.rounding, r.frozen_by, r.frozen_at, r.state, r.paid_by, r.paid_at, r.reference \
        FROM {rows statement_id:uuid store_id:uuid funder_id:uuid from_version:int through_version:int points:int amount:int \
        rate:text rounding:text frozen_by:uuid frozen_at:int state:text paid_by:uuid paid_at:int reference:text}";
    PAID_STATEMENTS = "UPDATE statements SET state = r.state, paid_by = r.paid_by, paid_at = r.paid_at, reference = r.reference \
        FROM {rows statement_id:uuid state:text paid_by:uuid paid_at:int reference:text} \
        WHERE statements.program_id = r.program_id AND statements.statement_id = r.statement_id AND statements.state = 'frozen'";
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
    SETTLEMENT_LINES = "SELECT e.version, e.transfer_id, t.kind, t.subject, t.occurred_at, t.recorded_at, e.amount, e.balance_after \
        FROM entries e CROSS JOIN transfers t \
        WHERE t.program_id = e.program_id AND t.transfer_id = e.transfer_id AND t.kind <> 'freeze_statement' \
        AND e.program_id = $1 AND e.owner = $2 AND e.kind = 20 AND e.version > $3 AND e.version <= $4 ORDER BY e.version LIMIT $5";
}
