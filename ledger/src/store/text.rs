//! The statements of the write path. See [`super::statement`] for the marks.
//!
//! CROSS JOIN from the given rows makes both planners look each row up by the primary key.

use super::statement::{Statement, statements};

statements! {
    /// Claims keys; those returned are ours, the others are repetitions. And says whether anybody is told of events.
    CLAIM = "INSERT INTO claims (program_id, claim_id, body, command_id, claimed_at) \
        SELECT r.program_id, r.claim_id, r.body, r.command_id, r.claimed_at \
        FROM {rows claim_id:uuid body:uuid command_id:uuid claimed_at:int} WHERE TRUE \
        ON CONFLICT DO NOTHING RETURNING claim_id, (SELECT CAST(COUNT(*) AS BIGINT) FROM endpoints e \
        WHERE e.program_id = claims.program_id AND e.state <> 'ended')";
    /// What became of keys claimed earlier.
    CLAIMED = "SELECT c.claim_id, c.body, c.rejection, e.receipt \
        FROM {rows claim_id:uuid} CROSS JOIN claims c \
        LEFT JOIN events e ON e.program_id = c.program_id AND e.event_id = c.command_id \
        WHERE c.program_id = r.program_id AND c.claim_id = r.claim_id";
    /// Gives up keys of commands that go to the next batch.
    UNCLAIM = "DELETE FROM claims WHERE (program_id, claim_id) IN (SELECT r.program_id, r.claim_id FROM {rows claim_id:uuid})";
    /// Keeps rejections under their keys.
    REJECTED = "UPDATE claims SET rejection = r.rejection FROM {rows claim_id:uuid rejection:text} \
        WHERE claims.program_id = r.program_id AND claims.claim_id = r.claim_id";

    LINK_AWARDS = "SELECT a.award_id, a.member_id, a.budget_id FROM {rows award_id:uuid} CROSS JOIN awards a \
        WHERE a.program_id = r.program_id AND a.award_id = r.award_id";
    LINK_REDEMPTIONS = "SELECT d.redemption_id, d.member_id, d.store_id, d.offer_id \
        FROM {rows redemption_id:uuid} CROSS JOIN redemptions d \
        WHERE d.program_id = r.program_id AND d.redemption_id = r.redemption_id";
    /// A code of a member merged into another is the other's.
    LINK_CODES = "SELECT c.code_hash, COALESCE(x.into_id, c.member_id) FROM {rows code_hash:text} CROSS JOIN codes c \
        LEFT JOIN merged_members x ON x.program_id = c.program_id AND x.member_id = c.member_id \
        WHERE c.program_id = r.program_id AND c.code_hash = r.code_hash";
    /// To where open lots go when they expire.
    LINK_HEIRS = "SELECT DISTINCT l.member_id, l.to_budget, CASE l.to_budget WHEN 1 THEN l.budget_id ELSE l.program_id END \
        FROM {rows member_id:uuid} CROSS JOIN lots l \
        WHERE l.program_id = r.program_id AND l.member_id = r.member_id AND l.remaining > 0";

    /// Locks guards in the order of their key.
    LOCK = "SELECT a.owner FROM {rows owner:uuid kind:int} CROSS JOIN accounts a \
        WHERE a.program_id = r.program_id AND a.owner = r.owner AND a.kind = r.kind \
        ORDER BY a.owner, a.kind {lock a}";
    /// Makes rows for whom caps count on besides members and budgets.
    ADD_SUBJECTS = "INSERT INTO cap_subjects (program_id, subject_id) SELECT r.program_id, r.subject_id FROM {rows subject_id:uuid} \
        WHERE TRUE ON CONFLICT DO NOTHING";
    /// Locks them in the order of their key.
    LOCK_SUBJECTS = "SELECT s.subject_id FROM {rows subject_id:uuid} CROSS JOIN cap_subjects s \
        WHERE s.program_id = r.program_id AND s.subject_id = r.subject_id ORDER BY s.subject_id {lock s}";
    /// Keeps the set of policies as it is.
    SHARE_POLICIES = "SELECT p.program_id FROM programs p WHERE p.program_id = $1 {share p}";
    /// Reserves the set of policies for a change.
    LOCK_POLICIES = "SELECT p.program_id FROM programs p WHERE p.program_id = $1 {lock p}";

    ACCOUNTS = "SELECT a.owner, a.kind, a.balance, a.version, a.newest_at, a.shut, x.into_id \
        FROM {rows owner:uuid} CROSS JOIN accounts a \
        LEFT JOIN merged_members x ON x.program_id = a.program_id AND x.member_id = a.owner WHERE a.program_id = r.program_id AND a.owner = r.owner";
    POLICIES = "SELECT name, digest, effective_from FROM policies WHERE program_id = $1";
    LAYERS = "SELECT name, digest, effective_from FROM layers WHERE program_id = $1";
    COUNTERS = "SELECT c.cap, c.subject, c.window_start, c.used \
        FROM {rows cap:text subject:uuid window_start:int} CROSS JOIN counters c \
        WHERE c.program_id = r.program_id AND c.subject = r.subject AND c.window_start = r.window_start AND c.cap = r.cap";
    LIVE_AWARDS = "SELECT a.deed_id, a.policy, a.award_id FROM {rows deed_id:uuid policy:text} CROSS JOIN awards a \
        WHERE a.program_id = r.program_id AND a.deed_id = r.deed_id AND a.policy = r.policy AND a.state IN ('queued', 'submitted', 'pending', 'frozen', 'vested')";
    AWARDS = "SELECT a.* FROM {rows award_id:uuid} CROSS JOIN awards a \
        WHERE a.program_id = r.program_id AND a.award_id = r.award_id";
    OPEN_LOTS = "SELECT l.* FROM {rows member_id:uuid} CROSS JOIN lots l \
        WHERE l.program_id = r.program_id AND l.member_id = r.member_id AND (l.remaining > 0 OR l.owed > 0)";
    LOTS = "SELECT l.* FROM {rows member_id:uuid lot_id:uuid} CROSS JOIN lots l \
        WHERE l.program_id = r.program_id AND l.member_id = r.member_id AND l.lot_id = r.lot_id";
    REDEMPTIONS = "SELECT d.* FROM {rows redemption_id:uuid} CROSS JOIN redemptions d \
        WHERE d.program_id = r.program_id AND d.redemption_id = r.redemption_id";
    TAKINGS = "SELECT t.redemption_id, t.position, t.lot_id, t.taken, t.returned \
        FROM {rows redemption_id:uuid} CROSS JOIN redemption_lots t \
        WHERE t.program_id = r.program_id AND t.redemption_id = r.redemption_id";
    CODES = "SELECT c.code_hash, COALESCE(x.into_id, c.member_id), c.expires_at FROM {rows code_hash:text} CROSS JOIN codes c \
        LEFT JOIN merged_members x ON x.program_id = c.program_id AND x.member_id = c.member_id \
        WHERE c.program_id = r.program_id AND c.code_hash = r.code_hash AND c.spent_by IS NULL";

    SAVE_TRANSFERS = "INSERT INTO transfers (program_id, transfer_id, kind, subject, actor, occurred_at, recorded_at) \
        SELECT r.program_id, r.transfer_id, r.kind, r.subject, r.actor, r.occurred_at, r.recorded_at \
        FROM {rows transfer_id:uuid kind:text subject:uuid actor:uuid occurred_at:int recorded_at:int}";
    SAVE_ENTRIES = "INSERT INTO entries (program_id, owner, kind, version, transfer_id, amount, balance_after) \
        SELECT r.program_id, r.owner, r.kind, r.version, r.transfer_id, r.amount, r.balance_after \
        FROM {rows owner:uuid kind:int version:int transfer_id:uuid amount:int balance_after:int}";
    NEW_ACCOUNTS = "INSERT INTO accounts (program_id, owner, kind, balance, version, newest_at) \
        SELECT r.program_id, r.owner, r.kind, r.balance, r.version, r.newest_at \
        FROM {rows owner:uuid kind:int balance:int version:int newest_at:int}";
    POSTED_ACCOUNTS = "UPDATE accounts SET balance = r.balance, version = r.version, newest_at = r.newest_at \
        FROM {rows owner:uuid kind:int balance:int version:int newest_at:int} \
        WHERE accounts.program_id = r.program_id AND accounts.owner = r.owner AND accounts.kind = r.kind \
        AND accounts.version < r.version";
    NEW_AWARDS = "INSERT INTO awards (program_id, award_id, member_id, budget_id, deed_id, deed, policy, digest, rule, points, \
        trace, counted, expires_at, terms, submitted_by, submitted_at, state, approvals, notice_until, objection, decided_by, \
        decided_at, reason) \
        SELECT r.program_id, r.award_id, r.member_id, r.budget_id, r.deed_id, r.deed, r.policy, r.digest, r.rule, r.points, \
        r.trace, r.counted, r.expires_at, r.terms, r.submitted_by, r.submitted_at, r.state, r.approvals, r.notice_until, r.objection, \
        r.decided_by, r.decided_at, r.reason \
        FROM {rows award_id:uuid member_id:uuid budget_id:uuid deed_id:uuid deed:text policy:text digest:text rule:text points:int \
        trace:text counted:text expires_at:int terms:text submitted_by:uuid submitted_at:int state:text approvals:text \
        notice_until:int objection:text decided_by:uuid decided_at:int reason:text}";
    DECIDED_AWARDS = "UPDATE awards SET points = r.points, trace = r.trace, counted = r.counted, state = r.state, \
        approvals = r.approvals, notice_until = r.notice_until, objection = r.objection, decided_by = r.decided_by, \
        decided_at = r.decided_at, reason = r.reason, escalates_at = r.escalates_at, settles_at = r.settles_at \
        FROM {rows award_id:uuid points:int trace:text counted:text state:text approvals:text notice_until:int objection:text \
        decided_by:uuid decided_at:int reason:text escalates_at:int settles_at:int} \
        WHERE awards.program_id = r.program_id AND awards.award_id = r.award_id";
    NEW_LOTS = "INSERT INTO lots (program_id, member_id, lot_id, budget_id, opened, remaining, expired, owed, reversed, expires_at, \
        to_budget, grace_seconds, notice_days) \
        SELECT r.program_id, r.member_id, r.lot_id, r.budget_id, r.opened, r.remaining, r.expired, r.owed, r.reversed, r.expires_at, \
        r.to_budget, r.grace_seconds, r.notice_days \
        FROM {rows member_id:uuid lot_id:uuid budget_id:uuid opened:int remaining:int expired:int owed:int reversed:int \
        expires_at:int to_budget:int grace_seconds:int notice_days:int}";
    CHANGED_LOTS = "UPDATE lots SET remaining = r.remaining, expired = r.expired, owed = r.owed, reversed = r.reversed, \
        expires_at = r.expires_at, notice_days = r.notice_days \
        FROM {rows member_id:uuid lot_id:uuid remaining:int expired:int owed:int reversed:int expires_at:int notice_days:int} \
        WHERE lots.program_id = r.program_id AND lots.member_id = r.member_id AND lots.lot_id = r.lot_id";
    NEW_REDEMPTIONS = "INSERT INTO redemptions (program_id, redemption_id, member_id, store_id, state, authorised, captured, \
        refunded, authorised_at, hold_expires_at, offer_id, terms) \
        SELECT r.program_id, r.redemption_id, r.member_id, r.store_id, r.state, r.authorised, r.captured, r.refunded, r.authorised_at, \
        r.hold_expires_at, r.offer_id, r.terms \
        FROM {rows redemption_id:uuid member_id:uuid store_id:uuid state:text authorised:int captured:int refunded:int \
        authorised_at:int hold_expires_at:int offer_id:uuid terms:text}";
    CHANGED_REDEMPTIONS = "UPDATE redemptions SET state = r.state, captured = r.captured, refunded = r.refunded \
        FROM {rows redemption_id:uuid state:text captured:int refunded:int} \
        WHERE redemptions.program_id = r.program_id AND redemptions.redemption_id = r.redemption_id";
    NEW_TAKINGS = "INSERT INTO redemption_lots (program_id, redemption_id, position, lot_id, taken, returned) \
        SELECT r.program_id, r.redemption_id, r.position, r.lot_id, r.taken, r.returned \
        FROM {rows redemption_id:uuid position:int lot_id:uuid taken:int returned:int}";
    CHANGED_TAKINGS = "UPDATE redemption_lots SET returned = r.returned \
        FROM {rows redemption_id:uuid position:int returned:int} \
        WHERE redemption_lots.program_id = r.program_id AND redemption_lots.redemption_id = r.redemption_id \
        AND redemption_lots.position = r.position";
    NEW_COUNTERS = "INSERT INTO counters (program_id, window_start, subject, cap, used) \
        SELECT r.program_id, r.window_start, r.subject, r.cap, r.used FROM {rows window_start:int subject:uuid cap:text used:int}";
    CHANGED_COUNTERS = "UPDATE counters SET used = r.used FROM {rows window_start:int subject:uuid cap:text used:int} \
        WHERE counters.program_id = r.program_id AND counters.window_start = r.window_start AND counters.subject = r.subject \
        AND counters.cap = r.cap";
    DRAFTS = "SELECT d.* FROM {rows draft_id:uuid} CROSS JOIN policy_drafts d \
        WHERE d.program_id = r.program_id AND d.draft_id = r.draft_id";
    NEW_DRAFTS = "INSERT INTO policy_drafts (program_id, draft_id, name, digest, source, imported_by, imported_at, state, simulated, \
        approved_by, approved_at, effective_from) \
        SELECT r.program_id, r.draft_id, r.name, r.digest, r.source, r.imported_by, r.imported_at, r.state, r.simulated, r.approved_by, \
        r.approved_at, r.effective_from \
        FROM {rows draft_id:uuid name:text digest:text source:text imported_by:uuid imported_at:int state:text simulated:text \
        approved_by:uuid approved_at:int effective_from:int}";
    CHANGED_DRAFTS = "UPDATE policy_drafts SET state = r.state, simulated = r.simulated, approved_by = r.approved_by, \
        approved_at = r.approved_at, effective_from = r.effective_from \
        FROM {rows draft_id:uuid state:text simulated:text approved_by:uuid approved_at:int effective_from:int} \
        WHERE policy_drafts.program_id = r.program_id AND policy_drafts.draft_id = r.draft_id";
    SPEND_CODES = "UPDATE codes SET spent_by = r.spent_by FROM {rows code_hash:text spent_by:uuid} \
        WHERE codes.program_id = r.program_id AND codes.code_hash = r.code_hash AND codes.spent_by IS NULL";
    SAVE_EVENTS = "INSERT INTO events (program_id, event_id, kind, subject, recorded_at, receipt, origin_id, reason) \
        SELECT r.program_id, r.event_id, r.kind, r.subject, r.recorded_at, r.receipt, r.origin_id, r.reason \
        FROM {rows event_id:uuid kind:text subject:uuid recorded_at:int receipt:text origin_id:uuid reason:text}";
    SAVE_ORIGINS = "INSERT INTO origins (program_id, origin_id, actor, role, via, via_id, address, day) \
        SELECT r.program_id, r.origin_id, r.actor, r.role, r.via, r.via_id, r.address, r.day \
        FROM {rows origin_id:uuid actor:uuid role:text via:text via_id:uuid address:text day:int}";

    ADD_PROGRAM = "INSERT INTO programs (program_id, code, name, zone) SELECT r.program_id, r.code, r.name, r.zone \
        FROM {rows code:text name:text zone:text}";
    ADD_ORGANIZATION = "INSERT INTO organizations (program_id, organization_id, parent_id, kind, name) \
        SELECT r.program_id, r.id, r.parent, r.kind, r.name FROM {rows id:uuid parent:uuid kind:text name:text}";
    ADD_MEMBER = "INSERT INTO members (program_id, member_id, organization_id, name) \
        SELECT r.program_id, r.id, r.organization, r.name FROM {rows id:uuid organization:uuid name:text}";
    ADD_STAFF = "INSERT INTO staff (program_id, staff_id, organization_id, name, member_id) \
        SELECT r.program_id, r.id, r.organization, r.name, r.member FROM {rows id:uuid organization:uuid name:text member:uuid}";
    ADD_MERCHANT = "INSERT INTO merchants (program_id, merchant_id, name) SELECT r.program_id, r.id, r.name FROM {rows id:uuid name:text}";
    ADD_STORE = "INSERT INTO stores (program_id, store_id, merchant_id, name, address) \
        SELECT r.program_id, r.id, r.merchant, r.name, r.address FROM {rows id:uuid merchant:uuid name:text address:text}";
    ADD_SITE = "INSERT INTO sites (program_id, site_id, organization_id, name, address) \
        SELECT r.program_id, r.id, r.organization, r.name, r.address FROM {rows id:uuid organization:uuid name:text address:text}";
    ADD_BUDGET = "INSERT INTO budgets (program_id, budget_id, code, name) SELECT r.program_id, r.id, r.code, r.name \
        FROM {rows id:uuid code:text name:text}";
    ADD_API_KEY = "INSERT INTO api_keys (program_id, secret_hash, api_key_id, role, subject_id, name, verbs, organization_id, expires_at) \
        SELECT r.program_id, r.secret_hash, r.id, r.role, r.subject, r.name, r.verbs, r.organization, r.expires_at \
        FROM {rows secret_hash:text id:uuid role:text subject:uuid name:text verbs:text organization:uuid expires_at:int}";
    ADD_POLICY = "INSERT INTO policies (program_id, name, effective_from, digest, source) \
        SELECT r.program_id, r.name, r.effective_from, r.digest, r.source FROM {rows name:text effective_from:int digest:text source:text}";
    ADD_LAYER = "INSERT INTO layers (program_id, name, effective_from, digest, area, polygons, corners) \
        SELECT r.program_id, r.name, r.effective_from, r.digest, r.area, r.polygons, r.corners \
        FROM {rows name:text effective_from:int digest:text area:text polygons:int corners:int}";
    ADD_CODE = "INSERT INTO codes (program_id, code_hash, member_id, expires_at) SELECT r.program_id, r.code_hash, r.member, r.expires_at \
        FROM {rows code_hash:text member:uuid expires_at:int}";
}
