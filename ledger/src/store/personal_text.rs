//! The statements of what is held about people. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    PERSONAL_HEADS = "SELECT p.member_id, p.version, CAST(CASE WHEN p.wrapped IS NULL THEN 1 ELSE 0 END AS BIGINT) \
        FROM {rows member_id:uuid} CROSS JOIN personal p WHERE p.program_id = r.program_id AND p.member_id = r.member_id";
    /// What is under objection has not vested, so the index of what has not finds it.
    OBJECTED = "SELECT a.member_id, a.award_id FROM {rows member_id:uuid} CROSS JOIN awards a \
        WHERE a.program_id = r.program_id AND a.member_id = r.member_id \
        AND a.state IN ('queued', 'submitted', 'pending', 'frozen', 'rejected') AND a.state = 'frozen'";

    KEEP_PERSONAL = "INSERT INTO personal (program_id, member_id, version, key_id, wrapped, nonce, body) \
        SELECT r.program_id, r.member_id, r.version, r.key_id, r.wrapped, r.nonce, r.body \
        FROM {rows member_id:uuid version:int key_id:text wrapped:text nonce:text body:text} WHERE TRUE \
        ON CONFLICT (program_id, member_id) DO UPDATE SET version = excluded.version, key_id = excluded.key_id, \
        wrapped = excluded.wrapped, nonce = excluded.nonce, body = excluded.body WHERE personal.version < excluded.version";
    SHOW_NAMES = "UPDATE members SET name = r.name FROM {rows member_id:uuid name:text} \
        WHERE members.program_id = r.program_id AND members.member_id = r.member_id";
    /// Lets go of what was an erased member's, once its time is over and they owe nothing.
    FREE_LOOKUPS = "DELETE FROM personal_index WHERE (program_id, kind, hash) IN (SELECT i.program_id, i.kind, i.hash \
        FROM {rows kind:text hash:text at:int} CROSS JOIN personal_index i \
        WHERE i.program_id = r.program_id AND i.kind = r.kind AND i.hash = r.hash AND i.suppressed_until <= r.at \
        AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.program_id = i.program_id AND a.owner = i.member_id AND a.kind = 13 \
        AND a.balance < 0))";
    ADD_LOOKUPS = "INSERT INTO personal_index (program_id, kind, hash, member_id) SELECT r.program_id, r.kind, r.hash, r.member_id \
        FROM {rows kind:text hash:text member_id:uuid}";
    DROP_LOOKUPS = "DELETE FROM personal_index WHERE (program_id, kind, hash, member_id) IN \
        (SELECT r.program_id, r.kind, r.hash, r.member_id FROM {rows kind:text hash:text member_id:uuid})";
    /// Unless they are noted the other way round already, and were perhaps said to be two.
    NEW_DOUBLES = "INSERT INTO personal_doubles (program_id, member_id, other_id, found_at) \
        SELECT r.program_id, r.member_id, r.other_id, r.found_at FROM {rows member_id:uuid other_id:uuid found_at:int} \
        WHERE NOT EXISTS (SELECT 1 FROM personal_doubles d WHERE d.program_id = r.program_id \
        AND d.member_id = r.other_id AND d.other_id = r.member_id) ON CONFLICT DO NOTHING";
    DISTINGUISH = "UPDATE personal_doubles SET distinct_at = r.at FROM {rows member_id:uuid other_id:uuid at:int} \
        WHERE personal_doubles.program_id = r.program_id AND personal_doubles.member_id IN (r.member_id, r.other_id) \
        AND personal_doubles.other_id IN (r.member_id, r.other_id)";
    /// A row of nothing says that somebody was erased of whom nothing was sealed.
    ERASE = "INSERT INTO personal (program_id, member_id, version) SELECT r.program_id, r.member_id, 1 FROM {rows member_id:uuid} WHERE TRUE \
        ON CONFLICT (program_id, member_id) DO UPDATE SET version = personal.version + 1, key_id = NULL, wrapped = NULL, \
        nonce = NULL, body = NULL";
    ERASE_MERGED = "UPDATE personal SET version = personal.version + 1, key_id = NULL, wrapped = NULL, nonce = NULL, body = NULL \
        FROM {rows member_id:uuid} WHERE personal.program_id = r.program_id AND personal.member_id IN \
        (SELECT x.member_id FROM merged_members x WHERE x.program_id = r.program_id AND x.into_id = r.member_id)";
    HIDE_NAMES = "UPDATE members SET name = r.name FROM {rows member_id:uuid name:text} \
        WHERE members.program_id = r.program_id AND members.member_id IN \
        (SELECT x.member_id FROM merged_members x WHERE x.program_id = r.program_id AND x.into_id = r.member_id)";
    /// Where every batch looks already.
    MARK_ERASED = "INSERT INTO merged_members (program_id, member_id, into_id) SELECT r.program_id, r.member_id, r.member_id \
        FROM {rows member_id:uuid}";
    SUPPRESS = "UPDATE personal_index SET suppressed_until = r.until FROM {rows member_id:uuid until:int} \
        WHERE personal_index.program_id = r.program_id AND personal_index.member_id = r.member_id";
    MOVE_LOOKUPS = "UPDATE personal_index SET member_id = r.into_id FROM {rows from_id:uuid into_id:uuid} \
        WHERE personal_index.program_id = r.program_id AND personal_index.member_id = r.from_id";

    /// The one before ends with it.
    ADD_JOIN_CODE = "INSERT INTO join_codes (program_id, organization_id, code, expires_at) \
        SELECT r.program_id, r.organization, r.code, r.expires_at FROM {rows organization:uuid code:text expires_at:int} \
        WHERE TRUE ON CONFLICT (program_id, organization_id) DO UPDATE SET code = excluded.code, \
        expires_at = excluded.expires_at";
    ASKING = "SELECT j.member_id FROM {rows member_id:uuid} CROSS JOIN joining j \
        WHERE j.program_id = r.program_id AND j.member_id = r.member_id";
    NEW_JOINING = "INSERT INTO joining (program_id, member_id, organization_id, asked_at, name, proved_at) \
        SELECT r.program_id, r.member_id, r.organization, r.asked_at, r.name, r.proved_at \
        FROM {rows member_id:uuid organization:uuid asked_at:int name:text proved_at:int}";
    DROP_JOINING = "DELETE FROM joining WHERE (program_id, member_id) IN (SELECT r.program_id, r.member_id FROM {rows member_id:uuid})";
    /// Of somebody who never became this member.
    DROP_PERSONAL = "DELETE FROM personal WHERE (program_id, member_id) IN (SELECT r.program_id, r.member_id FROM {rows member_id:uuid})";

    /// An organization's code.
    JOIN_CODE = "SELECT organization_id, code, expires_at FROM join_codes WHERE program_id = $1 AND organization_id = $2";
    /// Whom a code asks.
    JOIN_CODE_LEADS = "SELECT organization_id, code, expires_at FROM join_codes {by join_codes_by_code} WHERE program_id = $1 AND code = $2";
    JOINING = "SELECT member_id, organization_id, asked_at, name, proved_at FROM joining WHERE program_id = $1 AND member_id > $2 \
        ORDER BY member_id LIMIT $3";
    JOINING_OF = "SELECT member_id, organization_id, asked_at, name, proved_at FROM joining WHERE program_id = $1 AND member_id = $2";
    /// How many ask an organization, and how many of them have since a moment.
    JOINING_COUNT = "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN asked_at > $3 THEN 1 ELSE 0 END), 0) AS BIGINT) FROM joining \
        WHERE program_id = $1 AND organization_id = $2";
    /// Who has waited for a decision since then or for longer.
    DUE_JOINING = "SELECT asked_at, member_id FROM joining WHERE program_id = $1 AND asked_at <= $2 AND (asked_at, member_id) > ($3, $4) \
        ORDER BY asked_at, member_id LIMIT $5";

    /// A member's row, and those of whoever was merged into them.
    PERSONAL_OF = "SELECT member_id, version, key_id, wrapped, nonce, body FROM personal WHERE program_id = $1 AND (member_id = $2 \
        OR member_id IN (SELECT x.member_id FROM merged_members x WHERE x.program_id = $1 AND x.into_id = $2)) ORDER BY member_id";
    /// Whom a hash leads to, until when it is suppressed, and whether its member owes points.
    FOUND_BY = "SELECT i.member_id, i.suppressed_until, CAST(CASE WHEN EXISTS (SELECT 1 FROM accounts a \
        WHERE a.program_id = i.program_id AND a.owner = i.member_id AND a.kind = 13 AND a.balance < 0) THEN 1 ELSE 0 END AS BIGINT) \
        FROM personal_index i WHERE i.program_id = $1 AND i.kind = $2 AND i.hash = $3";
    /// Rows whose data key is wrapped by another master key than this.
    UNDER_OTHER_KEYS = "SELECT member_id, version, key_id, wrapped, nonce, body FROM personal \
        WHERE program_id = $1 AND key_id <> $2 AND member_id > $3 ORDER BY member_id LIMIT $4";
    /// Members of whom nothing is sealed.
    UNSEALED = "SELECT m.member_id, m.name, m.organization_id, '' FROM members m WHERE m.program_id = $1 AND m.member_id > $2 \
        AND NOT EXISTS (SELECT 1 FROM personal p WHERE p.program_id = m.program_id AND p.member_id = m.member_id) \
        ORDER BY m.member_id LIMIT $3";
    /// Which master keys are needed, and for how many rows: what is held about members, what people log in with, photos and texts.
    KEYS_IN_USE = "SELECT k.key_id, COUNT(*) FROM (SELECT key_id FROM personal WHERE program_id = $1 AND key_id IS NOT NULL \
        UNION ALL SELECT totp_key FROM logins WHERE program_id = $1 AND totp_key IS NOT NULL \
        UNION ALL SELECT key_id FROM payees WHERE program_id = $1 \
        UNION ALL SELECT a.key_id FROM attachments a {by attachments_under_key} WHERE a.program_id = $1 AND a.key_id IS NOT NULL) AS k GROUP BY k.key_id ORDER BY k.key_id";
    /// Since when what was suppressed may lead to somebody else, of members who owe nothing.
    OLDEST_SUPPRESSED = "SELECT i.suppressed_until FROM personal_index i WHERE i.program_id = $1 AND i.suppressed_until IS NOT NULL \
        AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.program_id = i.program_id AND a.owner = i.member_id AND a.kind = 13 \
        AND a.balance < 0) ORDER BY i.suppressed_until LIMIT 1";
    FORGET_SUPPRESSED = "DELETE FROM personal_index WHERE (program_id, kind, hash) IN (SELECT i.program_id, i.kind, i.hash \
        FROM personal_index i WHERE i.program_id = $1 AND i.suppressed_until <= $2 \
        AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.program_id = i.program_id AND a.owner = i.member_id AND a.kind = 13 \
        AND a.balance < 0) ORDER BY i.suppressed_until LIMIT $3) RETURNING member_id";
    DOUBLES = "SELECT d.member_id, d.other_id, d.found_at FROM personal_doubles d WHERE d.program_id = $1 \
        AND (d.member_id, d.other_id) > ($2, $3) AND d.distinct_at IS NULL AND NOT EXISTS (SELECT 1 FROM merged_members x \
        WHERE x.program_id = d.program_id AND x.member_id IN (d.member_id, d.other_id)) ORDER BY d.member_id, d.other_id LIMIT $4";
    /// Whether two are noted, either way round, and nobody has said that they are two.
    ARE_DOUBLES = "SELECT d.member_id FROM personal_doubles d WHERE d.program_id = $1 AND d.member_id IN ($2, $3) \
        AND d.other_id IN ($2, $3) AND d.distinct_at IS NULL";
}
