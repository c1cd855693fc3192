//! The statements of queries. `$1` is the programme; single values follow. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    PROGRAMS = "SELECT program_id, code, name, zone FROM programs WHERE $1 = $1 ORDER BY code";

    MEMBERS = "SELECT member_id, name, organization_id, '' FROM members WHERE program_id = $1 AND member_id > $2 \
        ORDER BY member_id LIMIT $3";
    STAFF = "SELECT staff_id, name, organization_id, '' FROM staff WHERE program_id = $1 AND staff_id > $2 \
        ORDER BY staff_id LIMIT $3";
    MERCHANTS = "SELECT merchant_id, name, merchant_id, '' FROM merchants WHERE program_id = $1 AND merchant_id > $2 \
        ORDER BY merchant_id LIMIT $3";
    STORES = "SELECT store_id, name, merchant_id, address FROM stores WHERE program_id = $1 AND store_id > $2 \
        ORDER BY store_id LIMIT $3";
    MEMBERS_OF = "SELECT m.member_id, m.name, m.organization_id, '' FROM {rows member_id:uuid} CROSS JOIN members m \
        WHERE m.program_id = r.program_id AND m.member_id = r.member_id";
    MERCHANTS_OF = "SELECT m.merchant_id, m.name, m.merchant_id, '' FROM {rows merchant_id:uuid} CROSS JOIN merchants m \
        WHERE m.program_id = r.program_id AND m.merchant_id = r.merchant_id";
    STORES_OF = "SELECT s.store_id, s.name, s.merchant_id, s.address FROM {rows store_id:uuid} CROSS JOIN stores s \
        WHERE s.program_id = r.program_id AND s.store_id = r.store_id";
    ORGANIZATIONS_OF = "SELECT o.organization_id, o.name, o.parent_id, o.kind FROM {rows organization_id:uuid} CROSS JOIN organizations o \
        WHERE o.program_id = r.program_id AND o.organization_id = r.organization_id";
    STAFF_OF = "SELECT s.staff_id, s.name, s.organization_id, '' FROM {rows staff_id:uuid} CROSS JOIN staff s \
        WHERE s.program_id = r.program_id AND s.staff_id = r.staff_id";
    SITES_OF = "SELECT s.site_id, s.name, s.organization_id, s.address FROM {rows site_id:uuid} CROSS JOIN sites s \
        WHERE s.program_id = r.program_id AND s.site_id = r.site_id";
    SITES = "SELECT site_id, name, organization_id, address FROM sites WHERE program_id = $1 AND site_id > $2 \
        ORDER BY site_id LIMIT $3";
    ORGANIZATIONS = "SELECT organization_id, name, parent_id, kind FROM organizations \
        WHERE program_id = $1 AND organization_id > $2 ORDER BY organization_id LIMIT $3";
    MEMBER = "SELECT member_id, name, organization_id, '' FROM members WHERE program_id = $1 AND member_id = $2";
    STAFF_PERSON = "SELECT staff_id, name, organization_id, '' FROM staff WHERE program_id = $1 AND staff_id = $2";
    MERCHANT = "SELECT merchant_id, name, merchant_id, '' FROM merchants WHERE program_id = $1 AND merchant_id = $2";
    STORE = "SELECT store_id, name, merchant_id, address FROM stores WHERE program_id = $1 AND store_id = $2";
    SITE = "SELECT site_id, name, organization_id, address FROM sites WHERE program_id = $1 AND site_id = $2";
    ORGANIZATION = "SELECT organization_id, name, parent_id, kind FROM organizations WHERE program_id = $1 AND organization_id = $2";

    /// Accounts and open lots in one statement, so that they are of one moment. Kind 0 marks a lot.
    BALANCE = "SELECT a.kind, a.balance, CAST(NULL AS BIGINT) FROM accounts a WHERE a.program_id = $1 AND a.owner = $2 \
        UNION ALL SELECT 0, l.remaining, l.expires_at FROM lots l \
        WHERE l.program_id = $1 AND l.member_id = $2 AND l.remaining > 0";
    MERGED_AMONG = "SELECT m.member_id, m.into_id FROM {rows member_id:uuid} CROSS JOIN merged_members m \
        WHERE m.program_id = r.program_id AND m.member_id = r.member_id";
    /// Who members are now, and what they can spend at a moment: the open lots that have not expired by then.
    STANDINGS = "SELECT m.member_id, \
        (SELECT x.into_id FROM merged_members x WHERE x.program_id = r.program_id AND x.member_id = r.member_id), \
        (SELECT CAST(COALESCE(SUM(l.remaining), 0) AS BIGINT) FROM lots l WHERE l.program_id = r.program_id \
        AND l.member_id = r.member_id AND l.remaining > 0 AND (l.expires_at IS NULL OR l.expires_at > r.at)) \
        FROM {rows member_id:uuid at:int} CROSS JOIN members m WHERE m.program_id = r.program_id AND m.member_id = r.member_id";
    STATEMENT = "SELECT e.version, e.transfer_id, t.kind, t.subject, t.occurred_at, t.recorded_at, e.amount, e.balance_after \
        FROM entries e CROSS JOIN transfers t \
        WHERE t.program_id = e.program_id AND t.transfer_id = e.transfer_id AND e.program_id = $1 AND e.owner = $2 AND e.kind = $3 AND e.version < $4 AND ($5 = '' OR t.kind = $5) \
        AND t.recorded_at >= $6 AND t.recorded_at < $7 ORDER BY e.version DESC LIMIT $8";
    // A transfer is looked up in a scalar subquery, which both planners take by its whole key. In a join PostgreSQL, knowing the programme,
    // may read all of its transfers for each entry: as good as any while the tables are empty, and kept while they grow.

    /// The newest version recorded at or before `$5` of each account of an owner (kinds `$3` to `$4`), and the balance after it. Versions
    /// are in the order of recording, so it is searched by halving, each step a look-up by key; a version beyond the newest is
    /// recorded never.
    BALANCES_RECORDED = "WITH RECURSIVE search(kind, version, step) AS ( \
        SELECT a.kind, CAST(0 AS BIGINT), \
        CAST(CASE WHEN a.version < 1024 THEN 512 WHEN a.version < 1048576 THEN 524288 ELSE 4294967296 END AS BIGINT) \
        FROM accounts a WHERE a.program_id = $1 AND a.owner = $2 AND a.kind BETWEEN $3 AND $4 \
        UNION ALL SELECT s.kind, CASE WHEN (SELECT \
        (SELECT t.recorded_at FROM transfers t WHERE t.program_id = $1 AND t.transfer_id = e.transfer_id) \
        FROM entries e WHERE e.program_id = $1 AND e.owner = $2 AND e.kind = s.kind AND e.version = s.version + s.step) <= $5 \
        THEN s.version + s.step ELSE s.version END, s.step / 2 FROM search s WHERE s.step > 0) \
        SELECT s.kind, COALESCE((SELECT e.balance_after FROM entries e WHERE e.program_id = $1 AND e.owner = $2 \
        AND e.kind = s.kind AND e.version = s.version), 0), s.version FROM search s WHERE s.step = 0";
    /// The sum and the number of the entries of each account of an owner (kinds `$3` to `$4`) that had happened by `$5`.
    BALANCES_OCCURRED = "SELECT kind, CAST(SUM(amount) AS BIGINT), CAST(SUM(entries) AS BIGINT) FROM ( \
        SELECT a.kind, 0 AS amount, 0 AS entries FROM accounts a \
        WHERE a.program_id = $1 AND a.owner = $2 AND a.kind BETWEEN $3 AND $4 \
        UNION ALL SELECT e.kind, e.amount, 1 FROM entries e \
        WHERE e.program_id = $1 AND e.owner = $2 AND e.kind BETWEEN $3 AND $4 \
        AND (SELECT t.occurred_at FROM transfers t WHERE t.program_id = $1 AND t.transfer_id = e.transfer_id) <= $5) lines GROUP BY kind";
    /// Versions up to `$4` that had happened by `$5`, in the order in which they happened. What is left out of a page counts in its
    /// balances all the same, so the whole account is summed up for each page; the rest is looked up for the page alone. The
    /// innermost LIMIT keeps the planners from looking up a moment once more for each place that names it.
    STATEMENT_OCCURRED = "SELECT version, transfer_id, \
        (SELECT t.kind FROM transfers t WHERE t.program_id = $1 AND t.transfer_id = page.transfer_id), \
        (SELECT t.subject FROM transfers t WHERE t.program_id = $1 AND t.transfer_id = page.transfer_id), occurred_at, \
        (SELECT t.recorded_at FROM transfers t WHERE t.program_id = $1 AND t.transfer_id = page.transfer_id), amount, balance FROM ( \
        SELECT version, transfer_id, occurred_at, amount, balance FROM ( \
        SELECT version, transfer_id, occurred_at, amount, \
        CAST(SUM(amount) OVER (ORDER BY occurred_at, version ROWS UNBOUNDED PRECEDING) AS BIGINT) AS balance FROM ( \
        SELECT e.version, e.transfer_id, e.amount, \
        (SELECT t.occurred_at FROM transfers t WHERE t.program_id = $1 AND t.transfer_id = e.transfer_id) AS occurred_at \
        FROM entries e WHERE e.program_id = $1 AND e.owner = $2 AND e.kind = $3 AND e.version <= $4 \
        LIMIT 9223372036854775807) known \
        WHERE occurred_at <= $5) running \
        WHERE (occurred_at, version) < ($6, $7) AND occurred_at >= $9 AND occurred_at < $10 \
        AND ($8 = '' OR (SELECT t.kind FROM transfers t WHERE t.program_id = $1 AND t.transfer_id = running.transfer_id) = $8) \
        ORDER BY occurred_at DESC, version DESC LIMIT $11) page ORDER BY occurred_at DESC, version DESC";
    ACCOUNT = "SELECT owner, kind, balance, version FROM accounts WHERE program_id = $1 AND owner = $2 AND kind = $3";
    ACCOUNTS_PAGE = "SELECT owner, kind, balance, version FROM accounts WHERE program_id = $1 AND (owner, kind) > ($2, $3) \
        ORDER BY owner, kind LIMIT $4";
    TRANSFER = "SELECT transfer_id, kind, subject, actor, occurred_at, recorded_at FROM transfers \
        WHERE program_id = $1 AND transfer_id = $2";
    TRANSFERS_BEFORE = "SELECT transfer_id, kind, subject, actor, occurred_at, recorded_at FROM transfers \
        WHERE program_id = $1 AND transfer_id < $2 ORDER BY transfer_id DESC LIMIT $3";
    TRANSFERS_AFTER = "SELECT transfer_id, kind, subject, actor, occurred_at, recorded_at FROM transfers \
        WHERE program_id = $1 AND transfer_id > $2 ORDER BY transfer_id LIMIT $3";
    ENTRIES_OF = "SELECT e.transfer_id, e.owner, e.kind, e.version, e.amount, e.balance_after \
        FROM {rows transfer_id:uuid} CROSS JOIN entries e {by entries_of_transfer} \
        WHERE e.program_id = r.program_id AND e.transfer_id = r.transfer_id ORDER BY e.transfer_id, e.owner, e.kind";

    AWARD = "SELECT * FROM awards WHERE program_id = $1 AND award_id = $2";
    AWARDS_PAGE = "SELECT * FROM awards WHERE program_id = $1 AND award_id < $2 AND ($3 = '' OR state = $3) \
        ORDER BY award_id DESC LIMIT $4";
    AWARDS_WAITING = "SELECT * FROM awards WHERE program_id = $1 AND award_id < $2 AND state IN ('queued', 'submitted', 'frozen') \
        AND state = $3 ORDER BY award_id DESC LIMIT $4";
    /// The same for members below a node (`$5`). What waits is few, so the member of each is looked up; joined, an empty database's plan goes
    /// through all members.
    AWARDS_WAITING_WITHIN = "WITH RECURSIVE below(id) AS ( \
        SELECT organization_id FROM organizations WHERE program_id = $1 AND organization_id = $5 \
        UNION SELECT o.organization_id FROM below CROSS JOIN organizations o WHERE o.program_id = $1 AND o.parent_id = below.id) \
        SELECT a.* FROM awards a {by awards_waiting} WHERE a.program_id = $1 AND a.award_id < $2 \
        AND a.state IN ('queued', 'submitted', 'frozen') AND a.state = $3 AND (SELECT m.organization_id FROM members m \
        WHERE m.program_id = a.program_id AND m.member_id = a.member_id) IN (SELECT id FROM below) ORDER BY a.award_id DESC LIMIT $4";
    /// What vested has a lot; what did not has an index of its own.
    AWARDS_OF_MEMBER = "SELECT a.* FROM ( \
        SELECT * FROM (SELECT lot_id AS id FROM lots WHERE program_id = $1 AND member_id = $3 AND lot_id < $2 \
        ORDER BY lot_id DESC LIMIT $4) v \
        UNION ALL SELECT * FROM (SELECT award_id AS id FROM awards WHERE program_id = $1 AND member_id = $3 AND award_id < $2 \
        AND state IN ('queued', 'submitted', 'pending', 'frozen', 'rejected') ORDER BY award_id DESC LIMIT $4) w) ids \
        CROSS JOIN awards a WHERE a.program_id = $1 AND a.award_id = ids.id ORDER BY a.award_id DESC LIMIT $4";
    AWARDS_OF_MEMBER_IN = "SELECT a.* FROM ( \
        SELECT lot_id AS id FROM lots WHERE program_id = $1 AND member_id = $3 AND lot_id < $2 \
        UNION ALL SELECT award_id FROM awards WHERE program_id = $1 AND member_id = $3 AND award_id < $2 \
        AND state IN ('queued', 'submitted', 'pending', 'frozen', 'rejected')) ids \
        CROSS JOIN awards a WHERE a.program_id = $1 AND a.award_id = ids.id AND a.state = $4 ORDER BY a.award_id DESC LIMIT $5";

    REDEMPTION = "SELECT * FROM redemptions WHERE program_id = $1 AND redemption_id = $2";
    TAKINGS_OF = "SELECT redemption_id, position, lot_id, taken, returned FROM redemption_lots \
        WHERE program_id = $1 AND redemption_id = $2 ORDER BY position";
    REDEMPTIONS_OF_STORE = "SELECT * FROM redemptions WHERE program_id = $1 AND store_id = $2 AND redemption_id < $3 \
        ORDER BY redemption_id DESC LIMIT $4";
    /// How many redemptions a store was asked for in a period, and what it has of them, in hundredths of a point. What is held was not
    /// captured yet, and what was voided or released never was: of those it has none.
    KEPT_BY_STORE = "SELECT COUNT(*), CAST(COALESCE(SUM(d.captured - d.refunded), 0) AS BIGINT) \
        FROM redemptions d {by redemptions_of_store} WHERE d.program_id = $1 AND d.store_id = $2 AND d.redemption_id >= $3 \
        AND d.redemption_id < $4 AND d.authorised_at >= $5 AND d.authorised_at < $6";

    /// Who authorised these redemptions: the clerk's name, or whether it was a member; else it was another system. A redemption has the id of
    /// the transfer that did.
    CHARGERS = "SELECT t.transfer_id, \
        (SELECT c.name FROM clerks c WHERE c.program_id = r.program_id AND c.clerk_id = t.actor), \
        (SELECT COUNT(*) FROM members m WHERE m.program_id = r.program_id AND m.member_id = t.actor) \
        FROM {rows redemption_id:uuid} CROSS JOIN transfers t \
        WHERE t.program_id = r.program_id AND t.transfer_id = r.redemption_id";

    POLICY_VERSIONS = "SELECT name, effective_from, digest, source FROM policies WHERE program_id = $1 ORDER BY name, effective_from";
    /// Versions never go away, so the same numbers are the same versions.
    TARIFF_SIZE = "SELECT (SELECT COUNT(*) FROM policies WHERE program_id = $1), (SELECT COUNT(*) FROM budgets WHERE program_id = $1), \
        (SELECT COUNT(*) FROM layers WHERE program_id = $1)";
    LAYER_VERSIONS = "SELECT name, effective_from, digest, area FROM layers WHERE program_id = $1 ORDER BY name, effective_from";
    LAYER_HEADS = "SELECT name, effective_from, digest, polygons, corners FROM layers WHERE program_id = $1 ORDER BY name, effective_from";
    LAYER_AREA = "SELECT area FROM layers WHERE program_id = $1 AND name = $2 AND effective_from = $3";
    DRAFT = "SELECT * FROM policy_drafts WHERE program_id = $1 AND draft_id = $2";
    DRAFTS_PAGE = "SELECT * FROM policy_drafts WHERE program_id = $1 AND (imported_at, draft_id) < ($2, $3) AND ($4 = '' OR state = $4) \
        ORDER BY imported_at DESC, draft_id DESC LIMIT $5";

    /// Awards of which something is owed, after one.
    OWING_AWARDS = "SELECT a.* FROM (SELECT lot_id FROM lots {by lots_owed} WHERE program_id = $1 AND owed > 0 AND lot_id > $2 \
        ORDER BY lot_id LIMIT $3) l CROSS JOIN awards a WHERE a.program_id = $1 AND a.award_id = l.lot_id ORDER BY a.award_id";
}
