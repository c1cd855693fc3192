//! The statements of the audit trail: who changed what, by what and from where. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    /// The events before one (`$2`), down to another (`$3`), newest first: of the next so many (`$4`) those that fit. Who acted before origins were
    /// written down is told by the transfer, where points moved.
    TRAIL = "SELECT e.event_id, e.recorded_at, e.kind, e.subject, e.receipt, e.reason, COALESCE(o.actor, t.actor), o.role, o.via, o.via_id, \
        o.address FROM (SELECT * FROM events WHERE program_id = $1 AND event_id < $2 AND event_id >= $3 ORDER BY event_id DESC LIMIT $4) e \
        LEFT JOIN origins o ON o.program_id = e.program_id AND o.origin_id = e.origin_id \
        LEFT JOIN transfers t ON t.program_id = e.program_id AND t.transfer_id = e.event_id AND e.origin_id IS NULL \
        WHERE e.recorded_at >= $5 AND e.recorded_at < $6 AND (e.kind = $7 OR $7 IS NULL) \
        AND (COALESCE(o.actor, t.actor) = $8 OR $8 IS NULL) AND (e.subject = $9 OR e.receipt LIKE $10 OR $9 IS NULL) \
        ORDER BY e.event_id DESC LIMIT $11";
    /// The last of the events that were looked through; none when there were fewer.
    TRAIL_END = "SELECT event_id FROM events WHERE program_id = $1 AND event_id < $2 AND event_id >= $3 \
        ORDER BY event_id DESC LIMIT 1 OFFSET $4";

    OLDEST_ADDRESS = "SELECT day FROM origins {by origins_with_address} WHERE program_id = $1 AND address IS NOT NULL ORDER BY day LIMIT 1";
    FORGET_ADDRESSES = "UPDATE origins SET address = NULL WHERE (program_id, origin_id) IN ( \
        SELECT o.program_id, o.origin_id FROM origins o {by origins_with_address} \
        WHERE o.program_id = $1 AND o.address IS NOT NULL AND o.day <= $2 ORDER BY o.day LIMIT $3) RETURNING origin_id";
}
