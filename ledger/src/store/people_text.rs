//! The statements about who may do what. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    // What a batch reads.
    ORGANIZATIONS_OF = "SELECT o.organization_id FROM {rows id:uuid} CROSS JOIN organizations o \
        WHERE o.program_id = r.program_id AND o.organization_id = r.id";
    STAFF_OF = "SELECT s.staff_id, s.left_at FROM {rows id:uuid} CROSS JOIN staff s \
        WHERE s.program_id = r.program_id AND s.staff_id = r.id";
    APPOINTMENTS_OF = "SELECT a.appointment_id, a.staff_id, a.ended_at FROM {rows id:uuid} \
        CROSS JOIN appointments a {by appointments_by_id} \
        WHERE a.program_id = r.program_id AND a.appointment_id = r.id";
    KEYS_OF = "SELECT k.api_key_id, k.role, k.subject_id, k.expires_at, k.ended_at FROM {rows id:uuid} \
        CROSS JOIN api_keys k {by api_keys_by_id} \
        WHERE k.program_id = r.program_id AND k.api_key_id = r.id";

    // What it saves.
    ADD_APPOINTMENT = "INSERT INTO appointments (program_id, appointment_id, staff_id, role, organization_id) \
        SELECT r.program_id, r.id, r.staff, r.role, r.organization FROM {rows id:uuid staff:uuid role:text organization:uuid}";
    END_APPOINTMENT = "UPDATE appointments SET ended_at = r.at, ended_by = r.ended_by FROM {rows id:uuid at:int ended_by:uuid} \
        WHERE appointments.program_id = r.program_id AND appointments.appointment_id = r.id";
    END_KEY = "UPDATE api_keys SET ended_at = r.at, ended_by = r.ended_by FROM {rows id:uuid at:int ended_by:uuid} \
        WHERE api_keys.program_id = r.program_id AND api_keys.api_key_id = r.id";
    LEAVE = "UPDATE staff SET left_at = r.at FROM {rows id:uuid at:int} \
        WHERE staff.program_id = r.program_id AND staff.staff_id = r.id";
    END_APPOINTMENTS_OF = "UPDATE appointments SET ended_at = r.at, ended_by = r.ended_by FROM {rows staff:uuid at:int ended_by:uuid} \
        WHERE appointments.program_id = r.program_id AND appointments.staff_id = r.staff AND appointments.ended_at IS NULL";
    /// A key that was to end later ends now.
    END_KEYS_OF = "UPDATE api_keys SET ended_at = r.at, ended_by = r.ended_by FROM {rows staff:uuid at:int ended_by:uuid} \
        WHERE api_keys.program_id = r.program_id AND api_keys.subject_id = r.staff AND api_keys.role = 'staff' \
        AND (api_keys.ended_at IS NULL OR api_keys.ended_at > r.at)";
    /// Beside the writer; a minute's uses at once.
    KEYS_USED = "UPDATE api_keys SET last_used_at = r.at FROM {rows id:uuid at:int} \
        WHERE api_keys.program_id = r.program_id AND api_keys.api_key_id = r.id \
        AND (api_keys.last_used_at IS NULL OR api_keys.last_used_at < r.at)";

    // What is asked.
    /// With an appointment of anybody's, if there ever was one.
    KEY_HOLDER = "SELECT k.api_key_id, k.role, k.subject_id, COALESCE(x.into_id, s.member_id), k.verbs, k.organization_id, \
        k.expires_at, k.ended_at, s.left_at, s.organization_id, \
        (SELECT a.appointment_id FROM appointments a WHERE a.program_id = k.program_id LIMIT 1) FROM api_keys k \
        LEFT JOIN staff s ON s.program_id = k.program_id AND s.staff_id = k.subject_id \
        LEFT JOIN merged_members x ON x.program_id = s.program_id AND x.member_id = s.member_id \
        WHERE k.program_id = $1 AND k.secret_hash = $2";
    APPOINTED = "SELECT role, organization_id, ended_at FROM appointments WHERE program_id = $1 AND staff_id = $2 ORDER BY appointment_id";
    APPOINTMENTS = "SELECT appointment_id, staff_id, role, organization_id, ended_at, ended_by FROM appointments {by appointments_by_id} \
        WHERE program_id = $1 AND appointment_id > $2 ORDER BY appointment_id LIMIT $3";
    KEYS = "SELECT api_key_id, name, role, subject_id, verbs, organization_id, expires_at, ended_at, last_used_at FROM api_keys \
        WHERE program_id = $1 AND api_key_id > $2 ORDER BY api_key_id LIMIT $3";
    /// An organization and all above it. UNION, not UNION ALL, so that it ends whatever the rows say.
    PATH = "WITH RECURSIVE path(id) AS ( \
        SELECT organization_id FROM organizations WHERE program_id = $1 AND organization_id = $2 \
        UNION SELECT o.parent_id FROM path CROSS JOIN organizations o \
        WHERE o.program_id = $1 AND o.organization_id = path.id AND o.parent_id IS NOT NULL) SELECT id FROM path";
    /// The same for the organization that looks after a member.
    PATH_OF_MEMBER = "WITH RECURSIVE path(id) AS ( \
        SELECT organization_id FROM members WHERE program_id = $1 AND member_id = $2 AND organization_id IS NOT NULL \
        UNION SELECT o.parent_id FROM path CROSS JOIN organizations o \
        WHERE o.program_id = $1 AND o.organization_id = path.id AND o.parent_id IS NOT NULL) SELECT id FROM path";
    /// Members below a node (`$4`), in order of id.
    MEMBERS_WITHIN = "WITH RECURSIVE below(id) AS ( \
        SELECT organization_id FROM organizations WHERE program_id = $1 AND organization_id = $4 \
        UNION SELECT o.organization_id FROM below CROSS JOIN organizations o WHERE o.program_id = $1 AND o.parent_id = below.id) \
        SELECT m.member_id, m.name, m.organization_id, '' FROM members m WHERE m.program_id = $1 AND m.member_id > $2 \
        AND m.organization_id IN (SELECT id FROM below) ORDER BY m.member_id LIMIT $3";
}
