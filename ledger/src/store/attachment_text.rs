//! The statements of photos and texts. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    LOCK_ATTACHMENTS = "SELECT a.attachment_id FROM {rows attachment_id:uuid} CROSS JOIN attachments a \
        WHERE a.program_id = r.program_id AND a.attachment_id = r.attachment_id ORDER BY a.attachment_id {lock a}";
    ATTACHMENTS = "SELECT a.attachment_id, a.kind, a.digest, a.looks, a.by_id, a.of_id \
        FROM {rows attachment_id:uuid} CROSS JOIN attachments a \
        WHERE a.program_id = r.program_id AND a.attachment_id = r.attachment_id AND (a.of_id IS NOT NULL OR a.wrapped IS NOT NULL)";
    /// Attached photos that may look like given ones; in how many bits they differ is for the caller to count.
    TWINS = "SELECT DISTINCT r.attachment_id, a.attachment_id, a.of_id, a.looks \
        FROM {rows attachment_id:uuid place:int quarter:int} CROSS JOIN photo_looks l CROSS JOIN attachments a \
        WHERE l.program_id = r.program_id AND l.place = r.place AND l.quarter = r.quarter AND l.attachment_id <> r.attachment_id \
        AND a.program_id = l.program_id AND a.attachment_id = l.attachment_id AND a.of_id IS NOT NULL";
    ATTACH = "UPDATE attachments SET of_id = r.of_id, keep_until = r.keep_until FROM {rows attachment_id:uuid of_id:uuid keep_until:int} \
        WHERE attachments.program_id = r.program_id AND attachments.attachment_id = r.attachment_id";
    NEW_LOOKS = "INSERT INTO photo_looks (program_id, place, quarter, attachment_id) \
        SELECT r.program_id, r.place, r.quarter, r.attachment_id FROM {rows attachment_id:uuid place:int quarter:int}";
    /// Of the member and of whoever was merged into them.
    ERASE_ATTACHMENTS = "UPDATE attachments SET key_id = NULL, wrapped = NULL, body = NULL, keep_until = NULL \
        FROM {rows member_id:uuid} WHERE attachments.program_id = r.program_id AND attachments.member_id IN (SELECT r.member_id UNION ALL \
        SELECT x.member_id FROM merged_members x WHERE x.program_id = r.program_id AND x.into_id = r.member_id)";
    /// What others attached to their deeds and said about their awards.
    ERASE_EVIDENCE = "UPDATE attachments SET key_id = NULL, wrapped = NULL, body = NULL, keep_until = NULL \
        FROM {rows member_id:uuid} WHERE attachments.program_id = r.program_id AND attachments.of_id IN \
        (SELECT d.deed_id FROM deeds d WHERE d.program_id = r.program_id AND d.member_id = r.member_id \
        UNION ALL SELECT l.lot_id FROM lots l WHERE l.program_id = r.program_id AND l.member_id = r.member_id \
        UNION ALL SELECT a.award_id FROM awards a WHERE a.program_id = r.program_id AND a.member_id = r.member_id \
        AND a.state IN ('queued', 'submitted', 'pending', 'frozen', 'rejected'))";

    /// How many somebody has uploaded and attached to nothing.
    LOOSE_ATTACHMENTS = "SELECT COUNT(*) FROM attachments WHERE program_id = $1 AND by_id = $2 AND of_id IS NULL";
    KEEP_ATTACHMENT = "INSERT INTO attachments (program_id, attachment_id, kind, by_id, member_id, media_type, digest, looks, \
        keep_until, key_id, wrapped, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING attachment_id";
    ATTACHMENT = "SELECT kind, by_id, of_id, media_type, key_id, wrapped, body FROM attachments WHERE program_id = $1 AND attachment_id = $2";
    /// What is kept of texts.
    TEXTS = "SELECT a.attachment_id, a.media_type, a.key_id, a.wrapped, a.body FROM {rows attachment_id:uuid} CROSS JOIN attachments a \
        WHERE a.program_id = r.program_id AND a.attachment_id = r.attachment_id AND a.kind = 'text' AND a.wrapped IS NOT NULL";
    /// What shows a deed or report, in the order in which it was uploaded.
    ATTACHMENTS_OF = "SELECT a.attachment_id, a.kind, a.digest, a.looks, a.by_id, a.of_id FROM attachments a {by attachments_of} \
        WHERE a.program_id = $1 AND a.of_id = $2 ORDER BY a.attachment_id";
    /// What a member, or whoever was merged into them, uploaded, in that order.
    ATTACHMENTS_BY = "SELECT a.attachment_id, a.kind, a.digest, a.looks, a.by_id, a.of_id FROM attachments a {by attachments_of_member} \
        WHERE a.program_id = $1 AND a.member_id IN (SELECT m.member_id FROM members m WHERE m.program_id = $1 AND m.member_id = $2 \
        UNION ALL SELECT x.member_id FROM merged_members x WHERE x.program_id = $1 AND x.into_id = $2) \
        AND a.attachment_id > $3 ORDER BY a.attachment_id LIMIT $4";
    ATTACHMENTS_UNDER_KEY = "SELECT a.attachment_id, a.key_id, a.wrapped FROM attachments a {by attachments_under_key} \
        WHERE a.program_id = $1 AND a.key_id = $2 AND a.attachment_id > $3 ORDER BY a.attachment_id LIMIT $4";
    REWRAP_ATTACHMENT = "UPDATE attachments SET key_id = $3, wrapped = $4 WHERE program_id = $1 AND attachment_id = $2 AND wrapped = $5 \
        RETURNING attachment_id";
    OLDEST_ATTACHMENT = "SELECT keep_until FROM attachments WHERE program_id = $1 AND keep_until IS NOT NULL ORDER BY keep_until LIMIT 1";
    /// Of what was attached it stays known that it was there, and what it looked like.
    FORGET_ATTACHMENTS = "UPDATE attachments SET key_id = NULL, wrapped = NULL, body = NULL, keep_until = NULL \
        WHERE (program_id, attachment_id) IN (SELECT a.program_id, a.attachment_id FROM attachments a \
        WHERE a.program_id = $1 AND a.keep_until IS NOT NULL AND a.keep_until <= $2 ORDER BY a.keep_until LIMIT $3) \
        AND keep_until <= $2 RETURNING attachment_id";
    /// Attached to nothing, and forgotten.
    DROP_ATTACHMENTS = "DELETE FROM attachments WHERE program_id = $1 AND of_id IS NULL AND keep_until IS NULL RETURNING attachment_id";
}
