//! The statements of logging in. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    // What a batch reads.
    CLERKS_OF = "SELECT c.clerk_id, c.left_at FROM {rows id:uuid} CROSS JOIN clerks c \
        WHERE c.program_id = r.program_id AND c.clerk_id = r.id";
    SESSIONS_OF = "SELECT s.session_id, s.ends_at FROM {rows id:uuid} CROSS JOIN sessions s {by sessions_by_id} \
        WHERE s.program_id = r.program_id AND s.session_id = r.id";
    LOGINS_OF = "SELECT l.subject_id, l.invite_hash, l.invite_ends_at FROM {rows id:uuid} CROSS JOIN logins l \
        WHERE l.program_id = r.program_id AND l.subject_id = r.id";

    // What it saves.
    ADD_CLERK = "INSERT INTO clerks (program_id, clerk_id, store_id, name, role, whole_merchant) \
        SELECT r.program_id, r.id, r.store, r.name, r.role, r.whole_merchant \
        FROM {rows id:uuid store:uuid name:text role:text whole_merchant:int}";
    ADD_SESSION = "INSERT INTO sessions (program_id, secret_hash, session_id, role, subject_id, way, agent, opened_at, seen_at, \
        idle_seconds, ends_at, store_id) SELECT r.program_id, r.secret_hash, r.id, r.role, r.subject, r.way, r.agent, r.opened_at, r.opened_at, \
        r.idle_seconds, r.ends_at, r.store \
        FROM {rows secret_hash:text id:uuid role:text subject:uuid way:text agent:text opened_at:int idle_seconds:int ends_at:int store:uuid}";
    END_SESSION = "UPDATE sessions SET ends_at = r.at, ended_by = r.ended_by FROM {rows id:uuid at:int ended_by:uuid} \
        WHERE sessions.program_id = r.program_id AND sessions.session_id = r.id AND sessions.ends_at > r.at";
    /// All of somebody's but one.
    END_SESSIONS_OF = "UPDATE sessions SET ends_at = r.at, ended_by = r.ended_by FROM {rows subject:uuid but:uuid at:int ended_by:uuid} \
        WHERE sessions.program_id = r.program_id AND sessions.subject_id = r.subject AND sessions.session_id <> r.but \
        AND sessions.ends_at > r.at";
    CLERK_LEAVES = "UPDATE clerks SET left_at = r.at FROM {rows id:uuid at:int} \
        WHERE clerks.program_id = r.program_id AND clerks.clerk_id = r.id";
    INVITE = "INSERT INTO logins (program_id, subject_id, role, handle, invite_hash, invite_ends_at) \
        SELECT r.program_id, r.subject, r.role, r.handle, r.hash, r.ends_at \
        FROM {rows subject:uuid role:text handle:text hash:text ends_at:int} WHERE TRUE \
        ON CONFLICT (program_id, subject_id) DO UPDATE SET handle = excluded.handle, invite_hash = excluded.invite_hash, \
        invite_ends_at = excluded.invite_ends_at";
    /// What is NULL stays as it is; an invitation is spent.
    SET_LOGIN = "UPDATE logins SET password = COALESCE(r.password, logins.password), totp_key = COALESCE(r.totp_key, logins.totp_key), \
        totp = COALESCE(r.totp, logins.totp), totp_step = COALESCE(r.step, logins.totp_step), invite_hash = NULL, invite_ends_at = NULL \
        FROM {rows subject:uuid password:text totp_key:text totp:text step:int} \
        WHERE logins.program_id = r.program_id AND logins.subject_id = r.subject";
    DROP_RECOVERY = "DELETE FROM recovery_codes WHERE (program_id, subject_id) IN \
        (SELECT r.program_id, r.subject FROM {rows subject:uuid})";
    ADD_RECOVERY = "INSERT INTO recovery_codes (program_id, subject_id, code_hash) SELECT r.program_id, r.subject, r.hash \
        FROM {rows subject:uuid hash:text}";
    SET_PIN = "INSERT INTO login_pins (program_id, clerk_id, pin) SELECT r.program_id, r.id, r.pin FROM {rows id:uuid pin:text} WHERE TRUE \
        ON CONFLICT (program_id, clerk_id) DO UPDATE SET pin = excluded.pin";
    DROP_PIN = "DELETE FROM login_pins WHERE (program_id, clerk_id) IN (SELECT r.program_id, r.id FROM {rows id:uuid})";

    // What is written beside the writer, each its own transaction.
    SESSIONS_SEEN = "UPDATE sessions SET seen_at = r.at FROM {rows id:uuid at:int} \
        WHERE sessions.program_id = r.program_id AND sessions.session_id = r.id AND sessions.seen_at < r.at";
    /// A code's time step is used once: whoever comes second finds none.
    USE_STEP = "UPDATE logins SET totp_step = $3 WHERE program_id = $1 AND subject_id = $2 AND totp_step < $3 RETURNING subject_id";
    USE_RECOVERY = "DELETE FROM recovery_codes WHERE program_id = $1 AND subject_id = $2 AND code_hash = $3 RETURNING subject_id";
    /// The same password or secret in another form, unless somebody changed it meanwhile.
    REHASH = "UPDATE logins SET password = $3 WHERE program_id = $1 AND subject_id = $2 AND password = $4 RETURNING subject_id";
    RESEAL = "UPDATE logins SET totp_key = $3, totp = $4 WHERE program_id = $1 AND subject_id = $2 AND totp = $5 RETURNING subject_id";
    /// Counts a guess, if nobody has counted another since it was looked at.
    COUNT_GUESS = "INSERT INTO guesses (program_id, bucket, failures, last_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (program_id, bucket) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at \
        WHERE guesses.failures = $5 AND guesses.last_at = $6 RETURNING bucket";
    UNCOUNT_GUESS = "UPDATE guesses SET failures = failures - 1, last_at = $3 WHERE program_id = $1 AND bucket = $2 AND failures > 0 RETURNING bucket";
    FORGIVE = "DELETE FROM guesses WHERE program_id = $1 AND bucket = $2 RETURNING bucket";
    OLDEST_GUESS = "SELECT last_at FROM guesses WHERE program_id = $1 ORDER BY last_at LIMIT 1";
    FORGET_GUESSES = "DELETE FROM guesses WHERE (program_id, bucket) IN (SELECT g.program_id, g.bucket FROM guesses g \
        WHERE g.program_id = $1 AND g.last_at <= $2 ORDER BY g.last_at LIMIT $3) RETURNING bucket";
    OLDEST_SESSION = "SELECT ends_at FROM sessions WHERE program_id = $1 ORDER BY ends_at LIMIT 1";
    FORGET_SESSIONS = "DELETE FROM sessions WHERE (program_id, secret_hash) IN (SELECT s.program_id, s.secret_hash FROM sessions s \
        WHERE s.program_id = $1 AND s.ends_at <= $2 ORDER BY s.ends_at LIMIT $3) RETURNING session_id";

    // What is asked.
    GUESSES = "SELECT failures, last_at FROM guesses WHERE program_id = $1 AND bucket = $2";
    /// With when its holder left: a staff member or clerk by the record, a member by being merged into another or erased; and with an
    /// appointment of anybody's, if there ever was one.
    SESSION_HOLDER = "SELECT n.session_id, n.role, n.subject_id, COALESCE(x.into_id, s.member_id), s.organization_id, COALESCE(n.store_id, c.store_id), \
        n.seen_at, n.idle_seconds, n.ends_at, COALESCE(s.left_at, c.left_at, CASE WHEN m.into_id IS NOT NULL \
        OR (p.member_id IS NOT NULL AND p.wrapped IS NULL) THEN n.opened_at END), \
        (SELECT a.appointment_id FROM appointments a WHERE a.program_id = n.program_id LIMIT 1), c.role, c.whole_merchant, n.way FROM sessions n \
        LEFT JOIN staff s ON n.role = 'staff' AND s.program_id = n.program_id AND s.staff_id = n.subject_id \
        LEFT JOIN merged_members x ON x.program_id = s.program_id AND x.member_id = s.member_id \
        LEFT JOIN clerks c ON n.role = 'merchant' AND c.program_id = n.program_id AND c.clerk_id = n.subject_id \
        LEFT JOIN merged_members m ON n.role = 'member' AND m.program_id = n.program_id AND m.member_id = n.subject_id \
        LEFT JOIN personal p ON n.role = 'member' AND p.program_id = n.program_id AND p.member_id = n.subject_id \
        WHERE n.program_id = $1 AND n.secret_hash = $2";
    SESSIONS_FOR = "SELECT session_id, role, subject_id, way, agent, opened_at, seen_at, idle_seconds, ends_at, ended_by \
        FROM sessions {by sessions_of_subject} WHERE program_id = $1 AND subject_id = $2 AND session_id > $3 ORDER BY session_id LIMIT $4";
    SESSION = "SELECT session_id, role, subject_id, way, agent, opened_at, seen_at, idle_seconds, ends_at, ended_by \
        FROM sessions {by sessions_by_id} WHERE program_id = $1 AND session_id = $2";
    LOGIN_BY_HANDLE = "SELECT subject_id, role, handle, password, totp_key, totp, totp_step, invite_hash, invite_ends_at FROM logins \
        {by logins_by_handle} WHERE program_id = $1 AND handle = $2";
    LOGIN_BY_INVITATION = "SELECT subject_id, role, handle, password, totp_key, totp, totp_step, invite_hash, invite_ends_at FROM logins \
        {by logins_by_invitation} WHERE program_id = $1 AND invite_hash IS NOT NULL AND invite_hash = $2";
    LOGIN = "SELECT subject_id, role, handle, password, totp_key, totp, totp_step, invite_hash, invite_ends_at FROM logins \
        WHERE program_id = $1 AND subject_id = $2";
    RECOVERY_LEFT = "SELECT COUNT(*) FROM recovery_codes WHERE program_id = $1 AND subject_id = $2";
    /// Whose secret is sealed under another master key than this.
    TOTP_UNDER_OTHER_KEYS = "SELECT subject_id, role, handle, password, totp_key, totp, totp_step, invite_hash, invite_ends_at FROM logins \
        WHERE program_id = $1 AND totp_key <> $2 AND subject_id > $3 ORDER BY subject_id LIMIT $4";
    /// Who works at a store, or at all of its merchant's, and has a PIN.
    PINS_AT = "SELECT p.clerk_id, c.name, c.role, p.pin FROM login_pins p CROSS JOIN clerks c CROSS JOIN stores w CROSS JOIN stores s \
        WHERE p.program_id = $1 AND c.program_id = p.program_id AND c.clerk_id = p.clerk_id AND c.left_at IS NULL \
        AND w.program_id = c.program_id AND w.store_id = c.store_id AND s.program_id = c.program_id AND s.store_id = $2 \
        AND (w.store_id = s.store_id OR (c.whole_merchant = 1 AND w.merchant_id = s.merchant_id)) ORDER BY c.name, p.clerk_id";
    HAS_PIN = "SELECT clerk_id FROM login_pins WHERE program_id = $1 AND clerk_id = $2";
    SESSION_LIMIT = "SELECT ends_at FROM sessions {by sessions_by_id} WHERE program_id = $1 AND session_id = $2";
    /// The stores of a store's merchant.
    STORES_BESIDE = "SELECT t.store_id FROM stores s CROSS JOIN stores t WHERE s.program_id = $1 AND s.store_id = $2 \
        AND t.program_id = s.program_id AND t.merchant_id = s.merchant_id ORDER BY t.store_id";
    /// With their role, and behind it whether they work at every store of the merchant.
    CLERK = "SELECT clerk_id, name, store_id, role || CASE whole_merchant WHEN 1 THEN ' everywhere' ELSE '' END || CASE WHEN left_at IS NULL THEN '' ELSE ' left' END FROM clerks WHERE program_id = $1 AND clerk_id = $2";
    CLERKS = "SELECT clerk_id, name, store_id, role || CASE whole_merchant WHEN 1 THEN ' everywhere' ELSE '' END || CASE WHEN left_at IS NULL THEN '' ELSE ' left' END FROM clerks WHERE program_id = $1 AND clerk_id > $2 ORDER BY clerk_id LIMIT $3";
    NAMED_CLERKS = "SELECT c.clerk_id, c.name, c.store_id, c.role || CASE c.whole_merchant WHEN 1 THEN ' everywhere' ELSE '' END || CASE WHEN c.left_at IS NULL THEN '' ELSE ' left' END FROM {rows clerk_id:uuid} CROSS JOIN clerks c \
        WHERE c.program_id = r.program_id AND c.clerk_id = r.clerk_id";
}
