//! The statements of paying at a counter, besides those of codes and redemptions. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    ADD_HANDLE = "INSERT INTO handles (program_id, handle, member_id) SELECT r.program_id, r.handle, r.member \
        FROM {rows handle:text member:uuid}";
    /// A member shows one code at a time: those of before are forgotten.
    DROP_CODES = "DELETE FROM codes WHERE (program_id, code_hash) IN (SELECT c.program_id, c.code_hash \
        FROM {rows member_id:uuid} CROSS JOIN codes c {by codes_unspent} \
        WHERE c.program_id = r.program_id AND c.member_id = r.member_id AND c.spent_by IS NULL)";
    HANDLE = "SELECT handle FROM handles {by handles_of_members} WHERE program_id = $1 AND member_id = $2";
}
