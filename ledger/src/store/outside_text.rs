//! The statements of log-ins from outside. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    // What a batch reads and saves.
    IDENTITIES_BY_ID = "SELECT i.identity_id, i.role, i.subject_id FROM {rows id:uuid} \
        CROSS JOIN identities i {by identities_by_id} WHERE i.program_id = r.program_id AND i.identity_id = r.id";
    ADD_IDENTITY = "INSERT INTO identities (program_id, issuer, subject_hash, identity_id, role, subject_id) \
        SELECT r.program_id, r.issuer, r.subject_hash, r.id, r.role, r.subject \
        FROM {rows issuer:text subject_hash:text id:uuid role:text subject:uuid}";
    UNLINK = "DELETE FROM identities WHERE (program_id, identity_id) IN (SELECT r.program_id, r.id FROM {rows id:uuid})";
    UNLINK_STAFF = "DELETE FROM identities WHERE (program_id, subject_id) IN (SELECT r.program_id, r.id FROM {rows id:uuid}) \
        AND role IN ('staff', 'merchant')";
    /// The member's, and those of whoever was merged into them: merging moved these.
    UNLINK_MEMBER = "DELETE FROM identities WHERE (program_id, subject_id) IN (SELECT r.program_id, r.id FROM {rows id:uuid}) \
        AND role = 'member'";
    MOVE_IDENTITIES = "UPDATE identities SET subject_id = r.into_id FROM {rows from_id:uuid into_id:uuid} \
        WHERE identities.program_id = r.program_id AND identities.subject_id = r.from_id AND identities.role = 'member'";

    // Beside the writer.
    /// A code for a phone, unless the last was asked for after `$6`, or there were `$8` since the first, which was after `$7`.
    DRAW_CODE = "INSERT INTO login_codes (program_id, phone_hash, code_hash, expires_at, guesses, asked_at, day_began_at, asked) \
        VALUES ($1, $2, $3, $4, 0, $5, $5, 1) ON CONFLICT (program_id, phone_hash) DO UPDATE SET code_hash = excluded.code_hash, \
        expires_at = excluded.expires_at, guesses = 0, asked_at = excluded.asked_at, \
        asked = CASE WHEN login_codes.day_began_at <= $7 THEN 1 ELSE login_codes.asked + 1 END, \
        day_began_at = CASE WHEN login_codes.day_began_at <= $7 THEN excluded.day_began_at ELSE login_codes.day_began_at END \
        WHERE login_codes.asked_at <= $6 AND (login_codes.day_began_at <= $7 OR login_codes.asked < $8) RETURNING program_id";
    /// One guess at a phone's code: of two at once, one is first. Answers with NULL where it was right, and then no code is left.
    GUESS_CODE = "UPDATE login_codes SET guesses = guesses + 1, code_hash = CASE WHEN code_hash = $3 THEN NULL ELSE code_hash END \
        WHERE program_id = $1 AND phone_hash = $2 AND expires_at > $4 AND guesses < $5 AND code_hash IS NOT NULL RETURNING code_hash";
    BEGIN_VISIT = "INSERT INTO login_visits (program_id, state_hash, provider, role, subject_id, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING program_id";
    /// Whoever deletes it has it: once.
    END_VISIT = "DELETE FROM login_visits WHERE program_id = $1 AND state_hash = $2 AND provider = $3 RETURNING role, subject_id, expires_at";

    // What is asked.
    WHEN_ASKED = "SELECT asked_at, day_began_at, asked FROM login_codes WHERE program_id = $1 AND phone_hash = $2";
    IDENTITY = "SELECT role, subject_id, identity_id FROM identities WHERE program_id = $1 AND issuer = $2 AND subject_hash = $3";
    IDENTITIES = "SELECT identity_id, issuer, role, subject_id FROM identities {by identities_by_id} \
        WHERE program_id = $1 AND identity_id > $2 ORDER BY identity_id LIMIT $3";
    IDENTITIES_OF = "SELECT identity_id, issuer, role, subject_id FROM identities WHERE program_id = $1 AND role = $2 AND subject_id = $3 \
        ORDER BY identity_id";

    // What is forgotten.
    OLDEST_LOGIN_CODE = "SELECT asked_at FROM login_codes WHERE program_id = $1 ORDER BY asked_at LIMIT 1";
    FORGET_LOGIN_CODES = "DELETE FROM login_codes WHERE (program_id, phone_hash) IN ( \
        SELECT c.program_id, c.phone_hash FROM login_codes c WHERE c.program_id = $1 AND c.asked_at <= $2 \
        ORDER BY c.asked_at LIMIT $3) RETURNING program_id";
    OLDEST_VISIT = "SELECT expires_at FROM login_visits WHERE program_id = $1 ORDER BY expires_at LIMIT 1";
    FORGET_VISITS = "DELETE FROM login_visits WHERE (program_id, state_hash) IN ( \
        SELECT v.program_id, v.state_hash FROM login_visits v WHERE v.program_id = $1 AND v.expires_at <= $2 \
        ORDER BY v.expires_at LIMIT $3) RETURNING program_id";
}
