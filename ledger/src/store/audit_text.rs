//! The statements that recompute the invariants, and those that page through a snapshot. See [`super::statement`].
//!
//! A check answers with the first row that does not fit and nothing when all do: its key (an id and up to two numbers), what was
//! expected of it and what was found, both in words, amounts in hundredths as the rows hold them. Literal kinds are those of
//! `account_kinds`, which is itself compared with the chart of accounts.

use super::statement::{Statement, statements};

statements! {
    // 1. Transfers balance.
    TRANSFER_SUM = "SELECT e.transfer_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), k.commodity || ' 0', \
        k.commodity || ' ' || CAST(SUM(e.amount) AS TEXT) \
        FROM entries e JOIN account_kinds k ON k.kind = e.kind WHERE e.program_id = $1 \
        GROUP BY e.transfer_id, k.commodity HAVING SUM(e.amount) <> 0 ORDER BY e.transfer_id LIMIT 1";
    TRANSFER_SIZE = "SELECT t.transfer_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'two entries or more', \
        CAST(COUNT(e.version) AS TEXT) \
        FROM transfers t LEFT JOIN entries e ON e.program_id = t.program_id AND e.transfer_id = t.transfer_id \
        WHERE t.program_id = $1 GROUP BY t.transfer_id HAVING COUNT(e.version) < 2 ORDER BY t.transfer_id LIMIT 1";
    ENTRY_TRANSFER = "SELECT e.owner, e.kind, e.version, 'its transfer', 'none' FROM entries e \
        WHERE e.program_id = $1 AND NOT EXISTS (SELECT 1 FROM transfers t \
        WHERE t.program_id = e.program_id AND t.transfer_id = e.transfer_id) ORDER BY e.owner, e.kind, e.version LIMIT 1";
    JOURNAL_SUM = "SELECT e.program_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), k.commodity || ' 0', \
        k.commodity || ' ' || CAST(SUM(e.amount) AS TEXT) \
        FROM entries e JOIN account_kinds k ON k.kind = e.kind WHERE e.program_id = $1 \
        GROUP BY e.program_id, k.commodity HAVING SUM(e.amount) <> 0 ORDER BY k.commodity LIMIT 1";

    // 2. Balances and versions.
    ENTRY_CHAIN = "SELECT x.owner, x.kind, x.version, \
        CASE WHEN x.version <> x.before + 1 THEN 'version ' || CAST(x.before + 1 AS TEXT) \
        WHEN x.balance_after <> x.held + x.amount THEN 'balance_after ' || CAST(x.held + x.amount AS TEXT) \
        ELSE 'recorded_at ' || CAST(x.earlier AS TEXT) || ' or later' END, \
        CASE WHEN x.version <> x.before + 1 THEN 'version ' || CAST(x.version AS TEXT) \
        WHEN x.balance_after <> x.held + x.amount THEN 'balance_after ' || CAST(x.balance_after AS TEXT) \
        ELSE 'recorded_at ' || CAST(x.recorded_at AS TEXT) END \
        FROM (SELECT e.owner, e.kind, e.version, e.amount, e.balance_after, t.recorded_at, \
            LAG(e.version, 1, CAST(0 AS BIGINT)) OVER account AS before, \
            LAG(e.balance_after, 1, CAST(0 AS BIGINT)) OVER account AS held, \
            LAG(t.recorded_at) OVER account AS earlier \
            FROM entries e LEFT JOIN transfers t ON t.program_id = e.program_id AND t.transfer_id = e.transfer_id \
            WHERE e.program_id = $1 WINDOW account AS (PARTITION BY e.owner, e.kind ORDER BY e.version)) x \
        WHERE x.version <> x.before + 1 OR x.balance_after <> x.held + x.amount OR x.recorded_at < x.earlier \
        ORDER BY x.owner, x.kind, x.version LIMIT 1";
    ACCOUNT_SUM = "SELECT x.owner, x.kind, CAST(0 AS BIGINT), \
        'balance ' || CAST(SUM(x.total) AS TEXT) || ', version ' || CAST(SUM(x.entries) AS TEXT), \
        CASE WHEN SUM(x.here) = 0 THEN 'no account' ELSE \
        'balance ' || CAST(SUM(x.balance) AS TEXT) || ', version ' || CAST(SUM(x.version) AS TEXT) END \
        FROM (SELECT owner, kind, balance, version, 1 AS here, 0 AS total, 0 AS entries FROM accounts WHERE program_id = $1 \
            UNION ALL SELECT owner, kind, 0, 0, 0, amount, 1 FROM entries WHERE program_id = $1) x \
        GROUP BY x.owner, x.kind \
        HAVING SUM(x.here) = 0 OR SUM(x.balance) <> SUM(x.total) OR SUM(x.version) <> SUM(x.entries) \
        ORDER BY x.owner, x.kind LIMIT 1";
    ACCOUNT_NEWEST = "SELECT a.owner, a.kind, CAST(0 AS BIGINT), \
        'balance ' || COALESCE(CAST(e.balance_after AS TEXT), 'of its newest entry') || ', newest_at ' \
        || COALESCE(CAST(t.recorded_at AS TEXT), 'of its newest transfer') || ' or later', \
        'balance ' || CAST(a.balance AS TEXT) || ', newest_at ' || CAST(a.newest_at AS TEXT) \
        FROM accounts a \
        LEFT JOIN entries e ON e.program_id = a.program_id AND e.owner = a.owner AND e.kind = a.kind AND e.version = a.version \
        LEFT JOIN transfers t ON t.program_id = e.program_id AND t.transfer_id = e.transfer_id \
        WHERE a.program_id = $1 AND a.version > 0 \
        AND (e.version IS NULL OR e.balance_after <> a.balance OR a.newest_at < t.recorded_at) \
        ORDER BY a.owner, a.kind LIMIT 1";

    // 3. Signs.
    ACCOUNT_SIGN = "SELECT a.owner, a.kind, CAST(0 AS BIGINT), \
        CASE WHEN k.kind IS NULL THEN 'a kind of the chart' WHEN a.balance < 0 THEN 'balance 0 or more' \
        ELSE 'balance 0 or less' END, 'balance ' || CAST(a.balance AS TEXT) \
        FROM accounts a LEFT JOIN account_kinds k ON k.kind = a.kind \
        WHERE a.program_id = $1 AND (k.kind IS NULL OR (a.balance < 0 AND NOT k.may_be_negative) \
        OR (a.balance > 0 AND a.kind IN (1, 13))) ORDER BY a.owner, a.kind LIMIT 1";
    ENTRY_SIGN = "SELECT e.owner, e.kind, e.version, \
        CASE WHEN k.kind IS NULL THEN 'a kind of the chart' WHEN e.balance_after < 0 THEN 'balance_after 0 or more' \
        ELSE 'balance_after 0 or less' END, 'balance_after ' || CAST(e.balance_after AS TEXT) \
        FROM entries e LEFT JOIN account_kinds k ON k.kind = e.kind \
        WHERE e.program_id = $1 AND (k.kind IS NULL OR (e.balance_after < 0 AND NOT k.may_be_negative) \
        OR (e.balance_after > 0 AND e.kind IN (1, 13))) ORDER BY e.owner, e.kind, e.version LIMIT 1";

    // 4. Lots and redemptions.
    WALLET_LOTS = "SELECT x.owner, CAST(11 AS BIGINT), CAST(0 AS BIGINT), 'balance ' || CAST(SUM(x.rows) AS TEXT) || ' as in its lots', \
        'balance ' || CAST(SUM(x.balance) AS TEXT) \
        FROM (SELECT owner, balance, 0 AS rows FROM accounts WHERE program_id = $1 AND kind = 11 \
            UNION ALL SELECT member_id, 0, remaining FROM lots WHERE program_id = $1) x \
        GROUP BY x.owner HAVING SUM(x.balance) <> SUM(x.rows) ORDER BY x.owner LIMIT 1";
    DEBT_LOTS = "SELECT x.owner, CAST(13 AS BIGINT), CAST(0 AS BIGINT), \
        'balance ' || CAST(-SUM(x.rows) AS TEXT) || ' as owed on its lots', 'balance ' || CAST(SUM(x.balance) AS TEXT) \
        FROM (SELECT owner, balance, 0 AS rows FROM accounts WHERE program_id = $1 AND kind = 13 \
            UNION ALL SELECT member_id, 0, owed FROM lots WHERE program_id = $1) x \
        GROUP BY x.owner HAVING SUM(x.balance) <> -SUM(x.rows) ORDER BY x.owner LIMIT 1";
    RECOVERABLE_LOTS = "SELECT x.owner, CAST(3 AS BIGINT), CAST(0 AS BIGINT), \
        'balance ' || CAST(SUM(x.rows) AS TEXT) || ' as owed on lots of this budget', 'balance ' || CAST(SUM(x.balance) AS TEXT) \
        FROM (SELECT owner, balance, 0 AS rows FROM accounts WHERE program_id = $1 AND kind = 3 \
            UNION ALL SELECT budget_id, 0, owed FROM lots WHERE program_id = $1) x \
        GROUP BY x.owner HAVING SUM(x.balance) <> SUM(x.rows) ORDER BY x.owner LIMIT 1";
    HOLD_REDEMPTIONS = "SELECT x.owner, CAST(12 AS BIGINT), CAST(0 AS BIGINT), \
        'balance ' || CAST(SUM(x.rows) AS TEXT) || ' as in held redemptions', 'balance ' || CAST(SUM(x.balance) AS TEXT) \
        FROM (SELECT owner, balance, 0 AS rows FROM accounts WHERE program_id = $1 AND kind = 12 \
            UNION ALL SELECT member_id, 0, authorised FROM redemptions WHERE program_id = $1 AND state = 'held') x \
        GROUP BY x.owner HAVING SUM(x.balance) <> SUM(x.rows) ORDER BY x.owner LIMIT 1";
    PENDING_AWARDS = "SELECT x.owner, CAST(10 AS BIGINT), CAST(0 AS BIGINT), \
        'balance ' || CAST(SUM(x.rows) AS TEXT) || ' as in awards on notice', 'balance ' || CAST(SUM(x.balance) AS TEXT) \
        FROM (SELECT owner, balance, 0 AS rows FROM accounts WHERE program_id = $1 AND kind = 10 \
            UNION ALL SELECT member_id, 0, points FROM awards WHERE program_id = $1 AND state IN ('pending', 'frozen')) x \
        GROUP BY x.owner HAVING SUM(x.balance) <> SUM(x.rows) ORDER BY x.owner LIMIT 1";
    ACCEPTED_REDEMPTIONS = "SELECT x.owner, CAST(20 AS BIGINT), CAST(0 AS BIGINT), \
        'balance ' || CAST(SUM(x.rows) AS TEXT) || ' as captured, not refunded and on no statement', 'balance ' || CAST(SUM(x.balance) AS TEXT) \
        FROM (SELECT owner, balance, 0 AS rows FROM accounts WHERE program_id = $1 AND kind = 20 \
            UNION ALL SELECT store_id, 0, captured - refunded FROM redemptions WHERE program_id = $1 \
            UNION ALL SELECT store_id, 0, -points FROM statements WHERE program_id = $1) x \
        GROUP BY x.owner HAVING SUM(x.balance) <> SUM(x.rows) ORDER BY x.owner LIMIT 1";
    STATEMENT_RANGE = "SELECT x.statement_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'from_version ' || CAST(x.before + 1 AS TEXT), \
        'from_version ' || CAST(x.from_version AS TEXT) \
        FROM (SELECT statement_id, from_version, LAG(through_version, 1, CAST(0 AS BIGINT)) \
            OVER (PARTITION BY store_id ORDER BY through_version) AS before FROM statements WHERE program_id = $1) x \
        WHERE x.from_version <> x.before + 1 ORDER BY x.statement_id LIMIT 1";
    STATEMENT_SUM = "SELECT s.statement_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
        'points ' || CAST(COALESCE(SUM(x.amount), 0) AS TEXT), 'points ' || CAST(s.points AS TEXT) \
        FROM statements s LEFT JOIN (SELECT e.owner, e.version, e.amount FROM entries e \
            JOIN transfers t ON t.program_id = e.program_id AND t.transfer_id = e.transfer_id \
            WHERE e.program_id = $1 AND e.kind = 20 AND t.kind <> 'freeze_statement') x \
        ON x.owner = s.store_id AND x.version BETWEEN s.from_version AND s.through_version \
        WHERE s.program_id = $1 GROUP BY s.statement_id, s.points HAVING COALESCE(SUM(x.amount), 0) <> s.points \
        ORDER BY s.statement_id LIMIT 1";
    LINE_ENTRY = "SELECT x.owner, CAST(20 AS BIGINT), x.version, 'one line of ' || CAST(SUM(x.entry) AS TEXT), \
        CAST(COUNT(*) - 1 AS TEXT) || ' of ' || CAST(SUM(x.line) AS TEXT) \
        FROM (SELECT e.owner, e.version, t.subject AS redemption, s.statement_id, e.amount AS entry, CAST(0 AS BIGINT) AS line \
            FROM statements s JOIN entries e ON e.program_id = s.program_id AND e.owner = s.store_id AND e.kind = 20 \
                AND e.version BETWEEN s.from_version AND s.through_version \
            JOIN transfers t ON t.program_id = e.program_id AND t.transfer_id = e.transfer_id AND t.kind <> 'freeze_statement' \
            WHERE s.program_id = $1 \
            UNION ALL SELECT store_id, version, redemption_id, statement_id, 0, points FROM statement_lines WHERE program_id = $1) x \
        GROUP BY x.owner, x.version, x.redemption, x.statement_id HAVING COUNT(*) <> 2 OR SUM(x.entry) <> SUM(x.line) \
        ORDER BY x.owner, x.version LIMIT 1";
    /// In money, too; where lines have none of their own, they were rounded as a whole.
    STATEMENT_LINES = "SELECT s.statement_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
        CAST(COALESCE(SUM(l.points), 0) AS TEXT) || ' points for ' || CAST(COALESCE(SUM(l.amount), 0) AS TEXT) || ' fen', \
        CAST(s.points AS TEXT) || ' points for ' || CAST(s.amount AS TEXT) || ' fen' \
        FROM statements s LEFT JOIN statement_lines l ON l.program_id = s.program_id AND l.statement_id = s.statement_id \
        WHERE s.program_id = $1 GROUP BY s.statement_id, s.points, s.amount \
        HAVING COALESCE(SUM(l.points), 0) <> s.points OR (COUNT(l.amount) = COUNT(l.version) AND COALESCE(SUM(l.amount), 0) <> s.amount) \
        ORDER BY s.statement_id LIMIT 1";
    /// Each funder with its lines.
    STATEMENT_FUNDERS = "SELECT x.statement_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(SUM(x.due) AS TEXT) || ' fen of a fund', \
        CAST(-SUM(x.moved) AS TEXT) || ' fen of a fund' \
        FROM (SELECT t.subject AS statement_id, e.owner AS funder, e.amount AS moved, CAST(0 AS BIGINT) AS due \
            FROM transfers t JOIN entries e ON e.program_id = t.program_id AND e.transfer_id = t.transfer_id \
            WHERE t.program_id = $1 AND t.kind = 'freeze_statement' AND e.kind = 31 \
            UNION ALL SELECT statement_id, funder_id, 0, amount FROM statement_lines \
            WHERE program_id = $1 AND bearer = 'fund' AND amount IS NOT NULL \
            UNION ALL SELECT s.statement_id, s.funder_id, 0, s.amount FROM statements s WHERE s.program_id = $1 \
            AND EXISTS (SELECT 1 FROM statement_lines l WHERE l.program_id = s.program_id AND l.store_id = s.store_id \
                AND l.version BETWEEN s.from_version AND s.through_version AND l.amount IS NULL)) x \
        GROUP BY x.statement_id, x.funder HAVING SUM(x.moved) + SUM(x.due) <> 0 ORDER BY x.statement_id LIMIT 1";
    /// Frozen with its points and its money, and paid with the same; where both are nothing, without a transfer.
    STATEMENT_TRANSFER = "SELECT s.statement_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
        s.state || ', ' || CAST(s.points AS TEXT) || ' points for ' || CAST(s.amount AS TEXT) || ' fen', \
        'frozen ' || CAST(COALESCE(x.points, 0) AS TEXT) || ' for ' || CAST(COALESCE(x.amount, 0) AS TEXT) \
        || ', paid ' || CAST(COALESCE(x.redeemed, 0) AS TEXT) || ' for ' || CAST(COALESCE(x.banked, 0) AS TEXT) \
        FROM statements s LEFT JOIN (SELECT t.subject, \
            SUM(CASE WHEN t.kind = 'freeze_statement' AND e.kind = 21 THEN e.amount ELSE 0 END) AS points, \
            SUM(CASE WHEN t.kind = 'freeze_statement' AND e.kind = 32 THEN e.amount ELSE 0 END) AS amount, \
            SUM(CASE WHEN t.kind = 'pay_statement' AND e.kind = 5 THEN e.amount ELSE 0 END) AS redeemed, \
            SUM(CASE WHEN t.kind = 'pay_statement' AND e.kind = 30 THEN e.amount ELSE 0 END) AS banked \
            FROM transfers t JOIN entries e ON e.program_id = t.program_id AND e.transfer_id = t.transfer_id \
            WHERE t.program_id = $1 AND t.kind IN ('freeze_statement', 'pay_statement') GROUP BY t.subject) x \
        ON x.subject = s.statement_id \
        WHERE s.program_id = $1 AND (COALESCE(x.points, 0) <> s.points OR COALESCE(x.amount, 0) <> s.amount \
        OR COALESCE(x.redeemed, 0) <> CASE s.state WHEN 'paid' THEN s.points ELSE 0 END \
        OR COALESCE(x.banked, 0) <> CASE s.state WHEN 'paid' THEN s.amount ELSE 0 END) ORDER BY s.statement_id LIMIT 1";
    STATEMENT_BALANCES = "SELECT x.owner, x.kind, CAST(0 AS BIGINT), 'balance ' || CAST(SUM(x.rows) AS TEXT) || ' as on unpaid statements', \
        'balance ' || CAST(SUM(x.balance) AS TEXT) \
        FROM (SELECT owner, kind, balance, 0 AS rows FROM accounts WHERE program_id = $1 AND kind IN (21, 32) \
            UNION ALL SELECT store_id, 21, 0, points FROM statements WHERE program_id = $1 AND state <> 'paid' \
            UNION ALL SELECT store_id, 32, 0, amount FROM statements WHERE program_id = $1 AND state <> 'paid') x \
        GROUP BY x.owner, x.kind HAVING SUM(x.balance) <> SUM(x.rows) ORDER BY x.owner, x.kind LIMIT 1";
    MERGED_EMPTY = "SELECT m.member_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'nothing of their own', \
        CASE WHEN a.owner IS NOT NULL THEN 'a balance' WHEN l.member_id IS NOT NULL THEN 'a lot' \
        WHEN d.member_id IS NOT NULL THEN 'a redemption' WHEN w.member_id IS NOT NULL THEN 'an award' ELSE 'merged into one merged' END \
        FROM merged_members m \
        LEFT JOIN (SELECT DISTINCT owner FROM accounts WHERE program_id = $1 AND balance <> 0) a ON a.owner = m.member_id \
        LEFT JOIN (SELECT DISTINCT member_id FROM lots WHERE program_id = $1) l ON l.member_id = m.member_id \
        LEFT JOIN (SELECT DISTINCT member_id FROM redemptions WHERE program_id = $1) d ON d.member_id = m.member_id \
        LEFT JOIN (SELECT DISTINCT member_id FROM awards WHERE program_id = $1) w ON w.member_id = m.member_id \
        LEFT JOIN merged_members n ON n.program_id = m.program_id AND n.member_id = m.into_id AND n.into_id <> n.member_id \
        WHERE m.program_id = $1 AND m.into_id <> m.member_id AND (a.owner IS NOT NULL OR l.member_id IS NOT NULL OR d.member_id IS NOT NULL \
        OR w.member_id IS NOT NULL OR n.member_id IS NOT NULL) ORDER BY m.member_id LIMIT 1";
    LOT_BOUNDS = "SELECT l.lot_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'remaining, expired and owed of 0 to opened ' || CAST(l.opened AS TEXT), \
        'remaining ' || CAST(l.remaining AS TEXT) || ', expired ' || CAST(l.expired AS TEXT) || ', owed ' || CAST(l.owed AS TEXT) \
        FROM lots l WHERE l.program_id = $1 AND (l.opened <= 0 OR l.remaining < 0 OR l.expired < 0 OR l.owed < 0 \
        OR l.remaining + l.expired > l.opened OR l.owed > l.opened OR (l.owed > 0 AND l.reversed = 0)) \
        ORDER BY l.member_id, l.lot_id LIMIT 1";
    /// What has left a lot was spent, expired or went to an earlier debt as it opened; of a reversed lot also to its budget.
    LOT_USE = "SELECT l.lot_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
        CAST(l.opened - l.remaining - l.expired AS TEXT) || CASE WHEN l.reversed = 0 THEN ' spent' ELSE ' spent at most' END, \
        CAST(COALESCE(s.outstanding, 0) + COALESCE(r.amount, 0) AS TEXT) || ' in redemptions and recovered debt' \
        FROM lots l \
        LEFT JOIN (SELECT lot_id, SUM(taken - returned) AS outstanding FROM redemption_lots \
            WHERE program_id = $1 GROUP BY lot_id) s ON s.lot_id = l.lot_id \
        LEFT JOIN (SELECT t.subject, SUM(e.amount) AS amount FROM transfers t \
            JOIN entries e ON e.program_id = t.program_id AND e.transfer_id = t.transfer_id AND e.kind = 13 \
            WHERE t.program_id = $1 AND t.kind = 'award' GROUP BY t.subject) r ON r.subject = l.lot_id \
        WHERE l.program_id = $1 AND (l.opened - l.remaining - l.expired < COALESCE(s.outstanding, 0) + COALESCE(r.amount, 0) \
        OR (l.reversed = 0 AND l.opened - l.remaining - l.expired <> COALESCE(s.outstanding, 0) + COALESCE(r.amount, 0))) \
        ORDER BY l.member_id, l.lot_id LIMIT 1";
    BREAKAGE_LOTS = "SELECT x.owner, CAST(4 AS BIGINT), CAST(0 AS BIGINT), \
        'balance ' || CAST(SUM(x.rows) AS TEXT) || ' as expired on lots that go to no budget', 'balance ' || CAST(SUM(x.balance) AS TEXT) \
        FROM (SELECT owner, balance, 0 AS rows FROM accounts WHERE program_id = $1 AND kind = 4 \
            UNION ALL SELECT program_id, 0, expired FROM lots WHERE program_id = $1 AND to_budget = 0) x \
        GROUP BY x.owner HAVING SUM(x.balance) <> SUM(x.rows) ORDER BY x.owner LIMIT 1";
    /// What expires comes to a budget by a sweep or while points come back. There a budget is credited with what is owed to it as well, and that is
    /// what program:recoverable:B is debited.
    BUDGET_LOTS = "SELECT x.owner, CAST(2 AS BIGINT), CAST(0 AS BIGINT), \
        CAST(SUM(x.rows) AS TEXT) || ' expired on its lots', CAST(SUM(x.credited) AS TEXT) || ' credited as expired' \
        FROM (SELECT e.owner, e.amount AS credited, 0 AS rows FROM transfers t \
                JOIN entries e ON e.program_id = t.program_id AND e.transfer_id = t.transfer_id AND e.kind IN (2, 3) \
                WHERE t.program_id = $1 AND t.kind IN ('expire', 'capture', 'void', 'release', 'refund') \
            UNION ALL SELECT budget_id, 0, expired FROM lots WHERE program_id = $1 AND to_budget = 1) x \
        GROUP BY x.owner HAVING SUM(x.credited) <> SUM(x.rows) ORDER BY x.owner LIMIT 1";
    REDEMPTION_TAKINGS = "SELECT d.redemption_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
        'taken ' || CAST(d.authorised AS TEXT) || ', returned ' || CAST(CASE d.state WHEN 'held' THEN 0 \
        WHEN 'captured' THEN d.authorised - d.captured + d.refunded ELSE d.authorised END AS TEXT), \
        'taken ' || CAST(COALESCE(s.taken, 0) AS TEXT) || ', returned ' || CAST(COALESCE(s.returned, 0) AS TEXT) \
        FROM redemptions d \
        LEFT JOIN (SELECT redemption_id, SUM(taken) AS taken, SUM(returned) AS returned FROM redemption_lots \
            WHERE program_id = $1 GROUP BY redemption_id) s ON s.redemption_id = d.redemption_id \
        WHERE d.program_id = $1 AND (COALESCE(s.taken, 0) <> d.authorised \
        OR COALESCE(s.returned, 0) <> CASE d.state WHEN 'held' THEN 0 \
        WHEN 'captured' THEN d.authorised - d.captured + d.refunded ELSE d.authorised END) \
        ORDER BY d.redemption_id LIMIT 1";
    REDEMPTION_STATE = "SELECT d.redemption_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
        CASE WHEN t.transfer_id IS NULL THEN 'a transfer that authorised it' \
        ELSE 'captured points in state captured, and in no other' END, \
        CASE WHEN t.transfer_id IS NULL THEN 'none' ELSE d.state || ', authorised ' || CAST(d.authorised AS TEXT) \
        || ', captured ' || CAST(d.captured AS TEXT) || ', refunded ' || CAST(d.refunded AS TEXT) END \
        FROM redemptions d LEFT JOIN transfers t \
        ON t.program_id = d.program_id AND t.transfer_id = d.redemption_id AND t.kind IN ('authorise', 'charge') \
        WHERE d.program_id = $1 AND (t.transfer_id IS NULL OR d.captured > d.authorised OR d.refunded > d.captured \
        OR d.refunded < 0 OR (d.captured > 0) <> (d.state = 'captured')) ORDER BY d.redemption_id LIMIT 1";
    TAKING_LOT = "SELECT t.redemption_id, t.position, CAST(0 AS BIGINT), 'a redemption and a lot of its member, returned of 0 to taken', \
        CASE WHEN d.redemption_id IS NULL THEN 'no redemption' WHEN l.lot_id IS NULL THEN 'no such lot' \
        ELSE 'taken ' || CAST(t.taken AS TEXT) || ', returned ' || CAST(t.returned AS TEXT) END \
        FROM redemption_lots t \
        LEFT JOIN redemptions d ON d.program_id = t.program_id AND d.redemption_id = t.redemption_id \
        LEFT JOIN lots l ON l.program_id = t.program_id AND l.member_id = d.member_id AND l.lot_id = t.lot_id \
        WHERE t.program_id = $1 AND (l.lot_id IS NULL OR t.returned < 0 OR t.returned > t.taken) \
        ORDER BY t.redemption_id, t.position LIMIT 1";

    // Offers.
    OFFER_TAKEN = "SELECT o.offer_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'taken ' || CAST(COALESCE(x.taken, 0) AS TEXT), \
        'taken ' || CAST(o.taken AS TEXT) || COALESCE(' of ' || CAST(o.stock AS TEXT), '') FROM offers o \
        LEFT JOIN (SELECT d.offer_id, COUNT(*) AS taken FROM redemptions d WHERE d.program_id = $1 AND d.offer_id IS NOT NULL \
            AND (d.state = 'held' OR (d.state = 'captured' AND d.refunded < d.captured)) GROUP BY d.offer_id) x ON x.offer_id = o.offer_id \
        WHERE o.program_id = $1 AND (o.taken <> COALESCE(x.taken, 0) OR o.taken > o.stock) ORDER BY o.offer_id LIMIT 1";
    REDEMPTION_OFFER = "SELECT d.redemption_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'an offer of the store''s merchant, and its terms', \
        CASE WHEN d.offer_id IS NULL THEN 'terms of no offer' WHEN d.terms IS NULL THEN 'no terms' ELSE 'another offer' END \
        FROM redemptions d LEFT JOIN offers o ON o.program_id = d.program_id AND o.offer_id = d.offer_id \
        LEFT JOIN stores s ON s.program_id = d.program_id AND s.store_id = d.store_id \
        WHERE d.program_id = $1 AND (d.offer_id IS NOT NULL OR d.terms IS NOT NULL) \
        AND (d.offer_id IS NULL OR d.terms IS NULL OR o.merchant_id IS NULL OR s.merchant_id <> o.merchant_id) \
        ORDER BY d.redemption_id LIMIT 1";
    STORE_SHUT = "SELECT s.store_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
        'its merchant ' || m.state || CASE m.state WHEN 'active' THEN ': open' ELSE ': shut' END, \
        CASE COALESCE(a.shut, 0) WHEN 0 THEN 'open' ELSE 'shut' END \
        FROM stores s JOIN merchants m ON m.program_id = s.program_id AND m.merchant_id = s.merchant_id \
        LEFT JOIN accounts a ON a.program_id = s.program_id AND a.owner = s.store_id AND a.kind = 20 \
        WHERE s.program_id = $1 AND COALESCE(a.shut, 0) <> CASE m.state WHEN 'active' THEN 0 ELSE 1 END ORDER BY s.store_id LIMIT 1";
    COUNT_BUDGETS = "SELECT COUNT(*) FROM budgets WHERE program_id = $1";
    BUDGET_PROVIDED = "SELECT b.budget_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'given ' || CAST(COALESCE(SUM(x.amount), 0) AS TEXT), \
        'given ' || CAST(b.provided AS TEXT) FROM budgets b LEFT JOIN (SELECT e.owner, e.amount FROM entries e \
        JOIN transfers t ON t.program_id = e.program_id AND t.transfer_id = e.transfer_id WHERE e.program_id = $1 AND e.kind = 2 \
        AND t.kind IN ('appropriate', 'return_budget', 'carry_over')) x ON x.owner = b.budget_id WHERE b.program_id = $1 \
        GROUP BY b.budget_id, b.provided HAVING COALESCE(SUM(x.amount), 0) <> b.provided ORDER BY b.budget_id LIMIT 1";
    COUNT_OFFERS = "SELECT COUNT(*) FROM offers WHERE program_id = $1";
    COUNT_STORES = "SELECT COUNT(*) FROM stores WHERE program_id = $1";
    COUNT_AGREED = "SELECT COUNT(*) FROM redemptions WHERE program_id = $1 AND offer_id IS NOT NULL";
    OFFER_REVISIONS = "SELECT v.offer_id, v.revision, v.terms FROM offer_revisions v WHERE v.program_id = $1";
    AGREED_AFTER = "SELECT d.* FROM redemptions d {by redemptions_of_offer} WHERE d.program_id = $1 AND d.offer_id IS NOT NULL \
        AND (d.offer_id, d.member_id, d.authorised_at, d.redemption_id) > ($2, $3, $4, $5) \
        ORDER BY d.offer_id, d.member_id, d.authorised_at, d.redemption_id LIMIT $6";

    // 5. One key, one effect.
    CLAIM_EFFECT = "SELECT c.claim_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'an event or a rejection', \
        CASE WHEN c.rejection IS NULL THEN 'neither' ELSE 'both' END \
        FROM claims c LEFT JOIN events e ON e.program_id = c.program_id AND e.event_id = c.command_id \
        WHERE c.program_id = $1 AND (e.event_id IS NULL) = (c.rejection IS NULL) ORDER BY c.claim_id LIMIT 1";
    TRANSFER_EVENT = "SELECT t.transfer_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'an event of the same id', 'none' \
        FROM transfers t WHERE t.program_id = $1 AND NOT EXISTS (SELECT 1 FROM events e \
        WHERE e.program_id = t.program_id AND e.event_id = t.transfer_id) ORDER BY t.transfer_id LIMIT 1";
    /// A group's event holds the receipts of its members, who have events of their own.
    EVENT_TRANSFER = "SELECT e.event_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'the transfer its receipt tells of', 'none' \
        FROM events e WHERE e.program_id = $1 AND e.kind <> 'group' AND e.receipt LIKE '%\"moved\":true%' \
        AND NOT EXISTS (SELECT 1 FROM transfers t WHERE t.program_id = e.program_id AND t.transfer_id = e.event_id) \
        ORDER BY e.event_id LIMIT 1";

    // 6. Awards. What their policies make of their deeds is computed outside the database.
    AWARD_LOT = "SELECT a.award_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
        CASE WHEN a.state IN ('vested', 'reversed') THEN a.state || ', a lot opened with ' || CAST(a.points AS TEXT) \
        ELSE a.state || ', no lot' END, \
        CASE WHEN l.lot_id IS NULL THEN 'no lot' ELSE 'opened ' || CAST(l.opened AS TEXT) || ', reversed ' || CAST(l.reversed AS TEXT) END \
        FROM awards a LEFT JOIN lots l ON l.program_id = a.program_id AND l.member_id = a.member_id AND l.lot_id = a.award_id \
        WHERE a.program_id = $1 AND ((l.lot_id IS NULL) = (a.state IN ('vested', 'reversed')) OR l.opened <> a.points \
        OR l.budget_id <> a.budget_id OR (l.reversed = 1) <> (a.state = 'reversed')) ORDER BY a.award_id LIMIT 1";
    LOT_AWARD = "SELECT l.lot_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'the award that opened it', 'none' FROM lots l \
        WHERE l.program_id = $1 AND NOT EXISTS (SELECT 1 FROM awards a WHERE a.program_id = l.program_id \
        AND a.award_id = l.lot_id AND a.member_id = l.member_id) ORDER BY l.member_id, l.lot_id LIMIT 1";
    AWARD_TRANSFER = "SELECT a.award_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
        'credited ' || CAST(CASE WHEN a.state IN ('vested', 'reversed') THEN a.points ELSE 0 END AS TEXT), \
        'credited ' || CAST(COALESCE(x.credited, 0) AS TEXT) \
        FROM awards a LEFT JOIN (SELECT t.subject, COALESCE(m.into_id, e.owner) AS owner, SUM(e.amount) AS credited FROM transfers t \
            JOIN entries e ON e.program_id = t.program_id AND e.transfer_id = t.transfer_id AND e.kind IN (11, 13) \
            LEFT JOIN merged_members m ON m.program_id = e.program_id AND m.member_id = e.owner \
            WHERE t.program_id = $1 AND t.kind = 'award' GROUP BY t.subject, COALESCE(m.into_id, e.owner)) x \
        ON x.subject = a.award_id AND x.owner = a.member_id \
        WHERE a.program_id = $1 AND COALESCE(x.credited, 0) <> CASE WHEN a.state IN ('vested', 'reversed') THEN a.points ELSE 0 END \
        ORDER BY a.award_id LIMIT 1";
    TRANSFER_AWARD = "SELECT t.transfer_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'the award it is about', 'none' FROM transfers t \
        WHERE t.program_id = $1 AND t.kind = 'award' AND NOT EXISTS (SELECT 1 FROM awards a \
        WHERE a.program_id = t.program_id AND a.award_id = t.subject) ORDER BY t.transfer_id LIMIT 1";
    /// With an objection, and of its two moments at most one; with none of them once it is thawed.
    AWARD_FROZEN = "SELECT a.award_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'an objection, and at most one moment at which it goes on by itself', \
        a.state || CASE WHEN a.objection IS NULL THEN ', no objection' ELSE ', an objection' END || CASE WHEN a.escalates_at IS NULL THEN '' ELSE ', escalates' END \
        || CASE WHEN a.settles_at IS NULL THEN '' ELSE ', settles' END FROM awards a WHERE a.program_id = $1 AND \
        ((a.state = 'frozen' AND (a.objection IS NULL OR (a.escalates_at IS NOT NULL AND a.settles_at IS NOT NULL))) \
        OR (a.state <> 'frozen' AND (a.escalates_at IS NOT NULL OR a.settles_at IS NOT NULL))) ORDER BY a.award_id LIMIT 1";
    AWARD_TWICE = "SELECT a.deed_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'one live award under ' || a.policy, CAST(COUNT(*) AS TEXT) \
        FROM awards a WHERE a.program_id = $1 AND a.state IN ('queued', 'submitted', 'pending', 'frozen', 'vested') \
        GROUP BY a.deed_id, a.policy HAVING COUNT(*) > 1 ORDER BY a.deed_id LIMIT 1";

    DEED_MERGED = "SELECT d.deed_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'a member who is not merged', 'one merged into another' \
        FROM merged_members m CROSS JOIN deeds d {by deeds_of_member} WHERE m.program_id = $1 AND m.into_id <> m.member_id \
        AND d.program_id = m.program_id AND d.member_id = m.member_id ORDER BY d.deed_id LIMIT 1";
    TEAM_AWARD = "SELECT a.award_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'its row among what teams did', 'none' \
        FROM awards a WHERE a.program_id = $1 AND a.deed LIKE '%\"team\":\"%' \
        AND a.award_id NOT IN (SELECT t.award_id FROM team_awards t WHERE t.program_id = $1) ORDER BY a.award_id LIMIT 1";
    DEED_ASKED = "SELECT d.deed_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'the award it asks for', 'none' FROM deeds d \
        WHERE d.program_id = $1 AND d.state = 'done' AND NOT EXISTS (SELECT 1 FROM award_requests q \
        WHERE q.program_id = d.program_id AND q.deed_id = d.deed_id) ORDER BY d.deed_id LIMIT 1";
    ASKED_AWARD = "SELECT q.deed_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'the award of this deed', \
        CASE WHEN a.award_id IS NULL THEN 'none' ELSE 'one of another deed' END \
        FROM award_requests q LEFT JOIN awards a ON a.program_id = q.program_id AND a.award_id = q.award_id \
        WHERE q.program_id = $1 AND q.state = 'awarded' AND (a.award_id IS NULL OR a.deed_id <> q.deed_id) ORDER BY q.deed_id LIMIT 1";
    REPORT_AWARD = "SELECT t.award_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'the award it is', 'none' FROM reports t \
        WHERE t.program_id = $1 AND NOT EXISTS (SELECT 1 FROM awards a WHERE a.program_id = t.program_id AND a.award_id = t.award_id) \
        ORDER BY t.award_id LIMIT 1";
    AWARD_REPORT = "SELECT a.award_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), 'the thing it reports', 'none' FROM awards a \
        WHERE a.program_id = $1 AND a.terms LIKE '%\"duplicates\":%' AND NOT EXISTS (SELECT 1 FROM reports t \
        WHERE t.program_id = a.program_id AND t.award_id = a.award_id) ORDER BY a.award_id LIMIT 1";
    /// Where it is shared, nothing counts before it vests; where the first is rewarded, every award that stands.
    THING_ONCE = "SELECT t.thing_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
        'divided once, among ' || COALESCE(CAST(MIN(t.shares) AS TEXT), 'none'), \
        CAST(COUNT(*) AS TEXT) || ' awards, divided among up to ' || COALESCE(CAST(MAX(t.shares) AS TEXT), 'none') \
        FROM reports t JOIN awards a ON a.program_id = t.program_id AND a.award_id = t.award_id \
        WHERE t.program_id = $1 AND a.state IN ('queued', 'submitted', 'pending', 'frozen', 'vested') \
        AND (t.shares IS NOT NULL OR a.state = 'vested') \
        GROUP BY t.thing_id HAVING COUNT(*) > COALESCE(MIN(t.shares), 0) OR MIN(t.shares) <> MAX(t.shares) OR COUNT(t.shares) <> COUNT(*) \
        ORDER BY t.thing_id LIMIT 1";

    COUNT_TRANSFERS = "SELECT COUNT(*) FROM transfers WHERE program_id = $1";
    COUNT_ENTRIES = "SELECT COUNT(*) FROM entries WHERE program_id = $1";
    COUNT_ACCOUNTS = "SELECT COUNT(*) FROM accounts WHERE program_id = $1";
    COUNT_LOTS = "SELECT COUNT(*) FROM lots WHERE program_id = $1";
    COUNT_REDEMPTIONS = "SELECT COUNT(*) FROM redemptions WHERE program_id = $1";
    COUNT_TAKINGS = "SELECT COUNT(*) FROM redemption_lots WHERE program_id = $1";
    COUNT_STATEMENTS = "SELECT COUNT(*) FROM statements WHERE program_id = $1";
    COUNT_LINES = "SELECT COUNT(*) FROM statement_lines WHERE program_id = $1";
    COUNT_MERGED = "SELECT COUNT(*) FROM merged_members WHERE program_id = $1 AND into_id <> member_id";
    COUNT_CLAIMS = "SELECT COUNT(*) FROM claims WHERE program_id = $1";
    COUNT_EVENTS = "SELECT COUNT(*) FROM events WHERE program_id = $1";
    COUNT_AWARDS = "SELECT COUNT(*) FROM awards WHERE program_id = $1";
    COUNT_DEEDS = "SELECT COUNT(*) FROM deeds WHERE program_id = $1";
    COUNT_ASKED = "SELECT COUNT(*) FROM award_requests WHERE program_id = $1";
    COUNT_REPORTS = "SELECT COUNT(*) FROM reports WHERE program_id = $1";
    COUNT_TEAM_AWARDS = "SELECT COUNT(*) FROM team_awards WHERE program_id = $1";
    COUNT_ORDERS = "SELECT COUNT(*) FROM orders WHERE program_id = $1";
    COUNT_COUNTERS = "SELECT COUNT(*) FROM counters WHERE program_id = $1";

    KINDS = "SELECT kind, code, commodity, CASE WHEN may_be_negative THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END \
        FROM account_kinds WHERE $1 = $1 ORDER BY kind";
    BUDGET_CODES = "SELECT budget_id, code FROM budgets WHERE program_id = $1";
    AWARDS_AFTER = "SELECT * FROM awards WHERE program_id = $1 AND award_id > $2 ORDER BY award_id LIMIT $3";
    LOT_TERMS_AFTER = "SELECT a.award_id, l.to_budget, l.grace_seconds, l.notice_days, l.expires_at, a.expires_at, a.terms \
        FROM awards a CROSS JOIN lots l WHERE a.program_id = $1 AND a.award_id > $2 \
        AND l.program_id = $1 AND l.member_id = a.member_id AND l.lot_id = a.award_id ORDER BY a.award_id LIMIT $3";
    /// What counts for teams, with the deed of its award.
    TEAM_AWARDS_AFTER = "SELECT t.code, t.occurred_at, t.award_id, t.reference, t.minutes, t.people, \
        (SELECT a.deed FROM awards a WHERE a.program_id = t.program_id AND a.award_id = t.award_id) FROM team_awards t \
        WHERE t.program_id = $1 AND (t.code, t.occurred_at, t.award_id) > ($2, $3, $4) ORDER BY t.code, t.occurred_at, t.award_id LIMIT $5";
    /// Orders, and how many of their parts are promised, begun and done.
    ORDER_COUNTS_AFTER = "SELECT o.order_id, o.body, o.state, \
        (SELECT COUNT(*) FROM order_parts p CROSS JOIN deeds d WHERE p.program_id = o.program_id AND p.order_id = o.order_id \
        AND d.program_id = p.program_id AND d.deed_id = p.deed_id AND d.state = 'promised'), \
        (SELECT COUNT(*) FROM order_parts p CROSS JOIN deeds d WHERE p.program_id = o.program_id AND p.order_id = o.order_id \
        AND d.program_id = p.program_id AND d.deed_id = p.deed_id AND d.state = 'begun'), \
        (SELECT COUNT(*) FROM order_parts p CROSS JOIN deeds d WHERE p.program_id = o.program_id AND p.order_id = o.order_id \
        AND d.program_id = p.program_id AND d.deed_id = p.deed_id AND d.state = 'done') \
        FROM orders o WHERE o.program_id = $1 AND o.order_id > $2 ORDER BY o.order_id LIMIT $3";
    /// When awards were submitted, page by page in order of id.
    AWARD_TIMES_AFTER = "SELECT award_id, submitted_at, policy FROM awards \
        WHERE program_id = $1 AND award_id > $2 AND submitted_at >= $3 ORDER BY award_id LIMIT $4";
    /// What became of a budget, after a version of its account.
    BUDGET_ENTRIES_AFTER = "SELECT e.version, e.amount, e.balance_after, \
        (SELECT t.kind FROM transfers t WHERE t.program_id = $1 AND t.transfer_id = e.transfer_id), \
        (SELECT t.subject FROM transfers t WHERE t.program_id = $1 AND t.transfer_id = e.transfer_id), \
        (SELECT t.recorded_at FROM transfers t WHERE t.program_id = $1 AND t.transfer_id = e.transfer_id) \
        FROM entries e WHERE e.program_id = $1 AND e.owner = $2 AND e.kind = 2 AND e.version > $3 ORDER BY e.version LIMIT $4";
    COUNTERS_AFTER = "SELECT subject, window_start, cap, used FROM counters \
        WHERE program_id = $1 AND (subject, window_start, cap) > ($2, $3, $4) ORDER BY subject, window_start, cap LIMIT $5";
}
