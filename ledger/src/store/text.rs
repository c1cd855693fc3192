//! The statements of the write path. See [`super::statement`] for the marks.
//!
//! CROSS JOIN from the given rows makes both planners look each row up by the primary key.

use super::statement::{Statement, statements};

statements! {
    /// Claims keys; those returned are ours, the others are repetitions.
    CLAIM = "INSERT INTO claims (program_id, claim_id, body, command_id, claimed_at) \
        SELECT $1, r.claim_id, r.body, r.command_id, r.claimed_at \
        FROM {rows claim_id:uuid body:uuid command_id:uuid claimed_at:int} WHERE TRUE \
        ON CONFLICT DO NOTHING RETURNING claim_id";
    /// What became of keys claimed earlier.
    CLAIMED = "SELECT c.claim_id, c.body, c.rejection, e.receipt \
        FROM {rows claim_id:uuid} CROSS JOIN claims c \
        LEFT JOIN events e ON e.program_id = c.program_id AND e.event_id = c.command_id \
        WHERE c.program_id = $1 AND c.claim_id = r.claim_id";
    /// Gives up keys of commands that go to the next batch.
    UNCLAIM = "DELETE FROM claims WHERE program_id = $1 \
        AND claim_id IN (SELECT r.claim_id FROM {rows claim_id:uuid})";
    /// Keeps rejections under their keys.
    REJECTED = "UPDATE claims SET rejection = r.rejection FROM {rows claim_id:uuid rejection:text} \
        WHERE claims.program_id = $1 AND claims.claim_id = r.claim_id";

    LINK_AWARDS = "SELECT a.award_id, a.member_id, a.budget_id FROM {rows award_id:uuid} CROSS JOIN awards a \
        WHERE a.program_id = $1 AND a.award_id = r.award_id";
    LINK_REDEMPTIONS = "SELECT d.redemption_id, d.member_id, d.store_id \
        FROM {rows redemption_id:uuid} CROSS JOIN redemptions d \
        WHERE d.program_id = $1 AND d.redemption_id = r.redemption_id";
    LINK_CODES = "SELECT c.code_hash, c.member_id FROM {rows code_hash:text} CROSS JOIN codes c \
        WHERE c.program_id = $1 AND c.code_hash = r.code_hash";

    /// Locks guards in the order of their key.
    LOCK = "SELECT a.owner FROM {rows owner:uuid kind:int} CROSS JOIN accounts a \
        WHERE a.program_id = $1 AND a.owner = r.owner AND a.kind = r.kind \
        ORDER BY a.owner, a.kind {lock a}";
    /// Keeps the set of policies as it is.
    SHARE_POLICIES = "SELECT p.program_id FROM programs p WHERE p.program_id = $1 {share p}";
    /// Reserves the set of policies for a change.
    LOCK_POLICIES = "SELECT p.program_id FROM programs p WHERE p.program_id = $1 {lock p}";

    ACCOUNTS = "SELECT a.owner, a.kind, a.balance, a.version, a.newest_at \
        FROM {rows owner:uuid} CROSS JOIN accounts a WHERE a.program_id = $1 AND a.owner = r.owner";
    POLICIES = "SELECT name, digest, effective_from FROM policies WHERE program_id = $1";
    COUNTERS = "SELECT c.cap, c.subject, c.window_start, c.used \
        FROM {rows cap:text subject:uuid window_start:int} CROSS JOIN counters c \
        WHERE c.program_id = $1 AND c.subject = r.subject AND c.window_start = r.window_start AND c.cap = r.cap";
    LIVE_AWARDS = "SELECT a.deed_id, a.policy, a.award_id FROM {rows deed_id:uuid policy:text} CROSS JOIN awards a \
        WHERE a.program_id = $1 AND a.deed_id = r.deed_id AND a.policy = r.policy AND a.state IN ('submitted', 'vested')";
    AWARDS = "SELECT a.* FROM {rows award_id:uuid} CROSS JOIN awards a \
        WHERE a.program_id = $1 AND a.award_id = r.award_id";
    OPEN_LOTS = "SELECT l.* FROM {rows member_id:uuid} CROSS JOIN lots l \
        WHERE l.program_id = $1 AND l.member_id = r.member_id AND (l.remaining > 0 OR l.owed > 0)";
    LOTS = "SELECT l.* FROM {rows member_id:uuid lot_id:uuid} CROSS JOIN lots l \
        WHERE l.program_id = $1 AND l.member_id = r.member_id AND l.lot_id = r.lot_id";
    REDEMPTIONS = "SELECT d.* FROM {rows redemption_id:uuid} CROSS JOIN redemptions d \
        WHERE d.program_id = $1 AND d.redemption_id = r.redemption_id";
    TAKINGS = "SELECT t.redemption_id, t.position, t.lot_id, t.taken, t.returned \
        FROM {rows redemption_id:uuid} CROSS JOIN redemption_lots t \
        WHERE t.program_id = $1 AND t.redemption_id = r.redemption_id";
    CODES = "SELECT c.code_hash, c.member_id, c.expires_at FROM {rows code_hash:text} CROSS JOIN codes c \
        WHERE c.program_id = $1 AND c.code_hash = r.code_hash AND c.spent_by IS NULL";

    SAVE_TRANSFERS = "INSERT INTO transfers (program_id, transfer_id, kind, subject, actor, occurred_at, recorded_at) \
        SELECT $1, r.transfer_id, r.kind, r.subject, r.actor, r.occurred_at, r.recorded_at \
        FROM {rows transfer_id:uuid kind:text subject:uuid actor:uuid occurred_at:int recorded_at:int}";
    SAVE_ENTRIES = "INSERT INTO entries (program_id, owner, kind, version, transfer_id, amount, balance_after) \
        SELECT $1, r.owner, r.kind, r.version, r.transfer_id, r.amount, r.balance_after \
        FROM {rows owner:uuid kind:int version:int transfer_id:uuid amount:int balance_after:int}";
    SAVE_ACCOUNTS = "INSERT INTO accounts (program_id, owner, kind, balance, version, newest_at) \
        SELECT $1, r.owner, r.kind, r.balance, r.version, r.newest_at \
        FROM {rows owner:uuid kind:int balance:int version:int newest_at:int} WHERE TRUE \
        ON CONFLICT (program_id, owner, kind) DO UPDATE \
        SET balance = excluded.balance, version = excluded.version, newest_at = excluded.newest_at \
        WHERE accounts.version < excluded.version";
    NEW_AWARDS = "INSERT INTO awards (program_id, award_id, member_id, budget_id, deed_id, deed, policy, digest, rule, points, \
        trace, counted, expires_at, debt_cap, state, submitted_by, submitted_at, decided_by, decided_at, reason) \
        SELECT $1, r.award_id, r.member_id, r.budget_id, r.deed_id, r.deed, r.policy, r.digest, r.rule, r.points, \
        r.trace, r.counted, r.expires_at, r.debt_cap, r.state, r.submitted_by, r.submitted_at, r.decided_by, r.decided_at, r.reason \
        FROM {rows award_id:uuid member_id:uuid budget_id:uuid deed_id:uuid deed:text policy:text digest:text rule:text points:int \
        trace:text counted:text expires_at:int debt_cap:int state:text submitted_by:uuid submitted_at:int decided_by:uuid \
        decided_at:int reason:text}";
    DECIDED_AWARDS = "UPDATE awards SET state = r.state, decided_by = r.decided_by, decided_at = r.decided_at, reason = r.reason \
        FROM {rows award_id:uuid state:text decided_by:uuid decided_at:int reason:text} \
        WHERE awards.program_id = $1 AND awards.award_id = r.award_id";
    SAVE_LOTS = "INSERT INTO lots (program_id, member_id, lot_id, budget_id, opened, remaining, expired, owed, reversed, expires_at) \
        SELECT $1, r.member_id, r.lot_id, r.budget_id, r.opened, r.remaining, r.expired, r.owed, r.reversed, r.expires_at \
        FROM {rows member_id:uuid lot_id:uuid budget_id:uuid opened:int remaining:int expired:int owed:int reversed:int \
        expires_at:int} WHERE TRUE \
        ON CONFLICT (program_id, member_id, lot_id) DO UPDATE \
        SET remaining = excluded.remaining, expired = excluded.expired, owed = excluded.owed, reversed = excluded.reversed, \
        expires_at = excluded.expires_at";
    SAVE_REDEMPTIONS = "INSERT INTO redemptions (program_id, redemption_id, member_id, store_id, state, authorised, captured, \
        refunded, authorised_at, hold_expires_at) \
        SELECT $1, r.redemption_id, r.member_id, r.store_id, r.state, r.authorised, r.captured, r.refunded, r.authorised_at, \
        r.hold_expires_at \
        FROM {rows redemption_id:uuid member_id:uuid store_id:uuid state:text authorised:int captured:int refunded:int \
        authorised_at:int hold_expires_at:int} WHERE TRUE \
        ON CONFLICT (program_id, redemption_id) DO UPDATE \
        SET state = excluded.state, captured = excluded.captured, refunded = excluded.refunded";
    SAVE_TAKINGS = "INSERT INTO redemption_lots (program_id, redemption_id, position, lot_id, taken, returned) \
        SELECT $1, r.redemption_id, r.position, r.lot_id, r.taken, r.returned \
        FROM {rows redemption_id:uuid position:int lot_id:uuid taken:int returned:int} WHERE TRUE \
        ON CONFLICT (program_id, redemption_id, position) DO UPDATE SET returned = excluded.returned";
    SAVE_COUNTERS = "INSERT INTO counters (program_id, subject, window_start, cap, used) \
        SELECT $1, r.subject, r.window_start, r.cap, r.used FROM {rows subject:uuid window_start:int cap:text used:int} WHERE TRUE \
        ON CONFLICT (program_id, subject, window_start, cap) DO UPDATE SET used = excluded.used";
    SPEND_CODES = "UPDATE codes SET spent_by = r.spent_by FROM {rows code_hash:text spent_by:uuid} \
        WHERE codes.program_id = $1 AND codes.code_hash = r.code_hash AND codes.spent_by IS NULL";
    SAVE_EVENTS = "INSERT INTO events (program_id, event_id, kind, subject, recorded_at, receipt) \
        SELECT $1, r.event_id, r.kind, r.subject, r.recorded_at, r.receipt \
        FROM {rows event_id:uuid kind:text subject:uuid recorded_at:int receipt:text}";

    ADD_PROGRAM = "INSERT INTO programs (program_id, code, name, zone) SELECT $1, r.code, r.name, r.zone \
        FROM {rows code:text name:text zone:text}";
    ADD_ORGANIZATION = "INSERT INTO organizations (program_id, organization_id, parent_id, kind, name) \
        SELECT $1, r.id, r.parent, r.kind, r.name FROM {rows id:uuid parent:uuid kind:text name:text}";
    ADD_MEMBER = "INSERT INTO members (program_id, member_id, organization_id, name) \
        SELECT $1, r.id, r.organization, r.name FROM {rows id:uuid organization:uuid name:text}";
    ADD_STAFF = "INSERT INTO staff (program_id, staff_id, organization_id, name, member_id) \
        SELECT $1, r.id, r.organization, r.name, r.member FROM {rows id:uuid organization:uuid name:text member:uuid}";
    ADD_MERCHANT = "INSERT INTO merchants (program_id, merchant_id, name) SELECT $1, r.id, r.name FROM {rows id:uuid name:text}";
    ADD_STORE = "INSERT INTO stores (program_id, store_id, merchant_id, name, address) \
        SELECT $1, r.id, r.merchant, r.name, r.address FROM {rows id:uuid merchant:uuid name:text address:text}";
    ADD_SITE = "INSERT INTO sites (program_id, site_id, organization_id, name, address) \
        SELECT $1, r.id, r.organization, r.name, r.address FROM {rows id:uuid organization:uuid name:text address:text}";
    ADD_BUDGET = "INSERT INTO budgets (program_id, budget_id, code, name) SELECT $1, r.id, r.code, r.name \
        FROM {rows id:uuid code:text name:text}";
    ADD_API_KEY = "INSERT INTO api_keys (program_id, secret_hash, api_key_id, role, subject_id, name) \
        SELECT $1, r.secret_hash, r.id, r.role, r.subject, r.name \
        FROM {rows secret_hash:text id:uuid role:text subject:uuid name:text}";
    ADD_POLICY = "INSERT INTO policies (program_id, name, effective_from, digest, source) \
        SELECT $1, r.name, r.effective_from, r.digest, r.source FROM {rows name:text effective_from:int digest:text source:text}";
    ADD_CODE = "INSERT INTO codes (program_id, code_hash, member_id, expires_at) SELECT $1, r.code_hash, r.member, r.expires_at \
        FROM {rows code_hash:text member:uuid expires_at:int}";
}
