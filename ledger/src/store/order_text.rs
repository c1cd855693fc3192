//! The statements of orders, what members do for them, and what they are able to do. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    /// Locks orders in the order of their key.
    LOCK_ORDERS = "SELECT o.order_id FROM {rows order_id:uuid} CROSS JOIN orders o \
        WHERE o.program_id = r.program_id AND o.order_id = r.order_id ORDER BY o.order_id {lock o}";
    ORDERS = "SELECT o.order_id, o.body FROM {rows order_id:uuid} CROSS JOIN orders o \
        WHERE o.program_id = r.program_id AND o.order_id = r.order_id";
    LINK_ORDERS = "SELECT p.deed_id, p.order_id FROM {rows deed_id:uuid} CROSS JOIN order_parts p \
        WHERE p.program_id = r.program_id AND p.deed_id = r.deed_id";
    /// What members do for orders already, whoever they were when they began.
    CLAIMED = "SELECT d.deed_id, d.member_id, d.state, d.began_at, d.ended_at, d.due_at, d.body \
        FROM {rows order_id:uuid member_id:uuid} CROSS JOIN order_parts p {by parts_of_order} CROSS JOIN deeds d \
        WHERE p.program_id = r.program_id AND p.order_id = r.order_id AND d.program_id = p.program_id AND d.deed_id = p.deed_id \
        AND d.member_id = r.member_id";
    /// What members have taken on and not done.
    PROMISED = "SELECT d.deed_id, d.member_id, d.state, d.began_at, d.ended_at, d.due_at, d.body \
        FROM {rows member_id:uuid} CROSS JOIN deeds d {by deeds_promised} \
        WHERE d.program_id = r.program_id AND d.member_id = r.member_id AND d.kind = 'request_fulfilled' AND d.state = 'promised'";
    SKILLS = "SELECT s.member_id, s.skill FROM {rows member_id:uuid} CROSS JOIN member_skills s \
        WHERE s.program_id = r.program_id AND s.member_id = r.member_id";

    NEW_ORDERS = "INSERT INTO orders (program_id, order_id, organization_id, state, wanted_by, waits_since, due_at, body) \
        SELECT r.program_id, r.order_id, r.organization_id, r.state, r.wanted_by, r.waits_since, r.due_at, r.body \
        FROM {rows order_id:uuid organization_id:uuid state:text wanted_by:int waits_since:int due_at:int body:text}";
    CHANGED_ORDERS = "UPDATE orders SET state = r.state, wanted_by = r.wanted_by, waits_since = r.waits_since, due_at = r.due_at, body = r.body \
        FROM {rows order_id:uuid organization_id:uuid state:text wanted_by:int waits_since:int due_at:int body:text} \
        WHERE orders.program_id = r.program_id AND orders.order_id = r.order_id";
    /// Of an order that is over, what the resident wrote is forgotten in time.
    FORGET_DETAILS = "UPDATE attachments SET keep_until = r.keep_until FROM {rows attachment_id:uuid keep_until:int} \
        WHERE attachments.program_id = r.program_id AND attachments.attachment_id = r.attachment_id AND attachments.keep_until > r.keep_until";
    NEW_ORDER_PARTS = "INSERT INTO order_parts (program_id, deed_id, order_id) SELECT r.program_id, r.deed_id, r.order_id \
        FROM {rows deed_id:uuid order_id:uuid}";
    NEW_SKILLS = "INSERT INTO member_skills (program_id, member_id, skill) SELECT r.program_id, r.member_id, r.skill \
        FROM {rows member_id:uuid skill:text}";
    DROP_SKILLS = "DELETE FROM member_skills WHERE (program_id, member_id, skill) IN ( \
        SELECT r.program_id, r.member_id, r.skill FROM {rows member_id:uuid skill:text})";
    /// Who was two people is able to do what either was.
    MOVE_SKILLS = "INSERT INTO member_skills (program_id, member_id, skill) SELECT s.program_id, r.into_id, s.skill \
        FROM {rows from_id:uuid into_id:uuid} CROSS JOIN member_skills s WHERE s.program_id = r.program_id AND s.member_id = r.from_id \
        ON CONFLICT DO NOTHING";

    ORDER = "SELECT order_id, body FROM orders WHERE program_id = $1 AND order_id = $2";
    /// Those that are wanted after a moment, the one that is wanted first at first.
    ORDERS_POSTED = "SELECT order_id, body FROM orders WHERE program_id = $1 AND state = 'posted' AND (wanted_by, order_id) > ($2, $3) \
        ORDER BY wanted_by, order_id LIMIT $4";
    /// About which something waits for staff, since longest at first.
    ORDERS_WAITING = "SELECT order_id, body FROM orders WHERE program_id = $1 AND waits_since IS NOT NULL \
        AND (waits_since, order_id) > ($2, $3) ORDER BY waits_since, order_id LIMIT $4";
    /// How many residents ask an organization for something that nobody has looked at, and how many of them have since a moment.
    ORDERS_ASKED = "SELECT COUNT(*), COUNT(CASE WHEN waits_since > $3 THEN 1 END) FROM orders \
        WHERE program_id = $1 AND organization_id = $2 AND state = 'asked' AND waits_since IS NOT NULL";
    ORDERS_DUE = "SELECT due_at, order_id FROM orders WHERE program_id = $1 AND due_at IS NOT NULL AND due_at <= $2 \
        AND (due_at, order_id) > ($3, $4) ORDER BY due_at, order_id LIMIT $5";
    PARTS_OF_ORDER = "SELECT d.deed_id, d.member_id, d.state, d.began_at, d.ended_at, d.due_at, d.body, q.award_id, q.why_not, q.attempt \
        FROM order_parts p CROSS JOIN deeds d LEFT JOIN award_requests q ON q.program_id = d.program_id AND q.deed_id = d.deed_id \
        WHERE p.program_id = $1 AND p.order_id = $2 AND d.program_id = p.program_id AND d.deed_id = p.deed_id AND p.deed_id > $3 \
        ORDER BY p.deed_id LIMIT $4";
    EXCEPTIONAL_PROPOSED = "SELECT d.deed_id, d.member_id, d.state, d.began_at, d.ended_at, d.due_at, d.body, q.award_id, q.why_not, q.attempt \
        FROM deeds d {by deeds_proposed} LEFT JOIN award_requests q ON q.program_id = d.program_id AND q.deed_id = d.deed_id \
        WHERE d.program_id = $1 AND d.kind = 'exceptional' AND d.state = 'begun' AND d.deed_id > $2 ORDER BY d.deed_id LIMIT $3";
    SKILLS_OF = "SELECT skill FROM member_skills WHERE program_id = $1 AND member_id = $2 ORDER BY skill";
}
