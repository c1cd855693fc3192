//! The statements of cells of the map, and of where those on a shift were. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    GRIDS = "SELECT g.code, g.name, g.organization_id, g.area, g.rule, g.keeper, g.retired_at FROM {rows code:text} CROSS JOIN grids g \
        WHERE g.program_id = r.program_id AND g.code = r.code";
    NEW_GRIDS = "INSERT INTO grids (program_id, code, name, organization_id, area, west, south, east, north, rule, keeper, retired_at) \
        SELECT r.program_id, r.code, r.name, r.organization_id, r.area, r.west, r.south, r.east, r.north, r.rule, r.keeper, r.retired_at \
        FROM {rows code:text name:text organization_id:uuid area:text west:int south:int east:int north:int rule:text keeper:text retired_at:int}";
    CHANGED_GRIDS = "UPDATE grids SET name = r.name, organization_id = r.organization_id, area = r.area, west = r.west, south = r.south, \
        east = r.east, north = r.north, rule = r.rule, keeper = r.keeper, retired_at = r.retired_at \
        FROM {rows code:text name:text organization_id:uuid area:text west:int south:int east:int north:int rule:text keeper:text retired_at:int} \
        WHERE grids.program_id = r.program_id AND grids.code = r.code";

    /// Shifts of these members that began after a moment and have not ended. What is older is over.
    OPEN_SHIFTS = "SELECT d.deed_id, d.member_id, d.state, d.began_at, d.ended_at, d.due_at, d.body \
        FROM {rows member_id:uuid since:int} CROSS JOIN deeds d {by deeds_of_member} \
        WHERE d.program_id = r.program_id AND d.member_id = r.member_id AND d.began_at > r.since \
        AND d.kind = 'patrol_shift' AND d.state = 'begun'";
    WAYPOINTS = "SELECT w.deed_id, w.at, w.latitude, w.longitude FROM {rows deed_id:uuid} CROSS JOIN waypoints w \
        WHERE w.program_id = r.program_id AND w.deed_id = r.deed_id";
    NEW_WAYPOINTS = "INSERT INTO waypoints (program_id, deed_id, at, latitude, longitude) \
        SELECT r.program_id, r.deed_id, r.at, r.latitude, r.longitude FROM {rows deed_id:uuid at:int latitude:int longitude:int}";
    DROP_WAYPOINTS = "DELETE FROM waypoints WHERE (program_id, deed_id) IN (SELECT r.program_id, r.deed_id FROM {rows deed_id:uuid})";
    /// Of whoever was merged into the member, too: their deeds are the member's.
    ERASE_WAYPOINTS = "DELETE FROM waypoints WHERE (program_id, deed_id) IN (SELECT d.program_id, d.deed_id \
        FROM {rows member_id:uuid} CROSS JOIN deeds d {by deeds_of_member} \
        WHERE d.program_id = r.program_id AND d.member_id = r.member_id AND d.kind = 'patrol_shift')";

    OLDEST_WAYPOINT = "SELECT at FROM waypoints WHERE program_id = $1 ORDER BY at LIMIT 1";
    FORGET_WAYPOINTS = "DELETE FROM waypoints WHERE (program_id, deed_id, at) IN (SELECT w.program_id, w.deed_id, w.at \
        FROM waypoints w WHERE w.program_id = $1 AND w.at <= $2 ORDER BY w.at LIMIT $3) RETURNING deed_id";

    GRID = "SELECT code, name, organization_id, area, rule, keeper, retired_at FROM grids WHERE program_id = $1 AND code = $2";
    GRIDS_AFTER = "SELECT code, name, organization_id, area, rule, keeper, retired_at FROM grids WHERE program_id = $1 AND code > $2 \
        ORDER BY code LIMIT $3";
    /// Cells that are patrolled and whose rectangles begin before an east (`$2`), end after a west (`$3`), and the same of north and south.
    GRIDS_AROUND = "SELECT code, name, organization_id, area, rule, keeper, retired_at FROM grids WHERE program_id = $1 \
        AND west <= $2 AND east >= $3 AND south <= $4 AND north >= $5 AND retired_at IS NULL ORDER BY code";
    /// The newest first.
    SHIFTS = "SELECT d.deed_id, d.member_id, d.state, d.began_at, d.ended_at, d.due_at, d.body, q.award_id, q.why_not, q.attempt \
        FROM deeds d {by deeds_of_patrols} LEFT JOIN award_requests q ON q.program_id = d.program_id AND q.deed_id = d.deed_id \
        WHERE d.program_id = $1 AND d.kind = 'patrol_shift' AND (d.began_at, d.deed_id) < ($2, $3) \
        ORDER BY d.began_at DESC, d.deed_id DESC LIMIT $4";
    /// The same of members below a node.
    SHIFTS_WITHIN = "WITH RECURSIVE below(id) AS ( \
        SELECT organization_id FROM organizations WHERE program_id = $1 AND organization_id = $5 \
        UNION SELECT o.organization_id FROM below CROSS JOIN organizations o WHERE o.program_id = $1 AND o.parent_id = below.id) \
        SELECT d.deed_id, d.member_id, d.state, d.began_at, d.ended_at, d.due_at, d.body, q.award_id, q.why_not, q.attempt \
        FROM deeds d {by deeds_of_patrols} LEFT JOIN award_requests q ON q.program_id = d.program_id AND q.deed_id = d.deed_id \
        WHERE d.program_id = $1 AND d.kind = 'patrol_shift' AND (d.began_at, d.deed_id) < ($2, $3) \
        AND (SELECT m.organization_id FROM members m WHERE m.program_id = d.program_id AND m.member_id = d.member_id) IN (SELECT id FROM below) \
        ORDER BY d.began_at DESC, d.deed_id DESC LIMIT $4";
    /// How many places are known of a member.
    WAYPOINTS_OF = "SELECT COUNT(*) FROM waypoints w WHERE w.program_id = $1 AND w.deed_id IN (SELECT d.deed_id FROM deeds d {by deeds_of_member} \
        WHERE d.program_id = $1 AND d.member_id = $2 AND d.kind = 'patrol_shift')";
}
