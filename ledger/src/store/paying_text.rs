//! The statements of paying at a counter, besides those of codes and redemptions. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    ADD_HANDLE = "INSERT INTO handles (program_id, handle, member_id) SELECT r.program_id, r.handle, r.member \
        FROM {rows handle:text member:uuid}";
    /// A member shows one code at a time: those of before are forgotten.
    DROP_CODES = "DELETE FROM codes WHERE (program_id, code_hash) IN (SELECT c.program_id, c.code_hash \
        FROM {rows member_id:uuid} CROSS JOIN codes c {by codes_unspent} \
        WHERE c.program_id = r.program_id AND c.member_id = r.member_id AND c.spent_by IS NULL)";

    STORE_CODES = "SELECT c.store_id, c.number, c.version FROM {rows store_id:uuid} CROSS JOIN store_codes c \
        WHERE c.program_id = r.program_id AND c.store_id = r.store_id";
    KEEP_STORE_CODES = "INSERT INTO store_codes (program_id, store_id, number, version) SELECT r.program_id, r.store_id, r.number, r.version \
        FROM {rows store_id:uuid number:text version:int} WHERE TRUE \
        ON CONFLICT (program_id, store_id) DO UPDATE SET version = excluded.version";
    DEVICES = "SELECT d.device_id, d.member_id, d.made_at, d.ended_at FROM {rows device_id:uuid} CROSS JOIN devices d \
        WHERE d.program_id = r.program_id AND d.device_id = r.device_id";
    DEVICES_OF = "SELECT d.device_id, d.member_id, d.made_at, d.ended_at FROM {rows member_id:uuid} \
        CROSS JOIN devices d {by devices_of_members} WHERE d.program_id = r.program_id AND d.member_id = r.member_id";
    KEEP_DEVICES = "INSERT INTO devices (program_id, device_id, member_id, made_at, ended_at) \
        SELECT r.program_id, r.device_id, r.member_id, r.made_at, r.ended_at \
        FROM {rows device_id:uuid member_id:uuid made_at:int ended_at:int} WHERE TRUE \
        ON CONFLICT (program_id, device_id) DO UPDATE SET ended_at = excluded.ended_at";
    STEPS = "SELECT s.device_id, s.step FROM {rows device_id:uuid step:int} CROSS JOIN device_steps s \
        WHERE s.program_id = r.program_id AND s.device_id = r.device_id AND s.step = r.step";
    /// Each step once: the key says so as well.
    USE_STEPS = "INSERT INTO device_steps (program_id, device_id, step, redemption_id) SELECT r.program_id, r.device_id, r.step, r.redemption_id \
        FROM {rows device_id:uuid step:int redemption_id:uuid}";
    DAYS = "SELECT d.who, d.day, d.payments, d.points FROM {rows who:uuid} CROSS JOIN paid_days d \
        WHERE d.program_id = r.program_id AND d.who = r.who";
    KEEP_DAYS = "INSERT INTO paid_days (program_id, who, day, payments, points) SELECT r.program_id, r.who, r.day, r.payments, r.points \
        FROM {rows who:uuid day:int payments:int points:int} WHERE TRUE \
        ON CONFLICT (program_id, who) DO UPDATE SET day = excluded.day, payments = excluded.payments, points = excluded.points";
    OBJECTIONS = "SELECT o.body FROM {rows redemption_id:uuid} CROSS JOIN charge_objections o \
        WHERE o.program_id = r.program_id AND o.redemption_id = r.redemption_id";
    KEEP_OBJECTIONS = "INSERT INTO charge_objections (program_id, redemption_id, store_id, state, body) \
        SELECT r.program_id, r.redemption_id, r.store_id, r.state, r.body \
        FROM {rows redemption_id:uuid store_id:uuid state:text body:text} WHERE TRUE \
        ON CONFLICT (program_id, redemption_id) DO UPDATE SET state = excluded.state, body = excluded.body";

    OBJECTION = "SELECT body FROM charge_objections WHERE program_id = $1 AND redemption_id = $2";
    /// What waits for an answer at any store. There are few.
    OPEN_OBJECTIONS = "SELECT body FROM charge_objections {by charge_objections_open} WHERE program_id = $1 AND state = 'open' \
        AND redemption_id > $2 ORDER BY redemption_id LIMIT $3";
    OPEN_OBJECTIONS_AT = "SELECT body FROM charge_objections {by charge_objections_open} WHERE program_id = $1 AND state = 'open' \
        AND redemption_id > $2 AND store_id = $4 ORDER BY redemption_id LIMIT $3";
    HANDLE = "SELECT handle FROM handles {by handles_of_members} WHERE program_id = $1 AND member_id = $2";
    STORE_CODE = "SELECT store_id, number, version FROM store_codes WHERE program_id = $1 AND store_id = $2";
    STORE_CODE_BY_NUMBER = "SELECT store_id, number, version FROM store_codes {by store_codes_by_number} WHERE program_id = $1 AND number = $2";
    DEVICES_FOR = "SELECT device_id, member_id, made_at, ended_at FROM devices {by devices_of_members} \
        WHERE program_id = $1 AND member_id = $2 ORDER BY device_id";
    DEVICES_BY_HANDLE = "SELECT d.device_id, d.member_id, d.made_at, d.ended_at FROM handles h \
        CROSS JOIN devices d {by devices_of_members} WHERE h.program_id = $1 AND h.handle = $2 \
        AND d.program_id = h.program_id AND d.member_id = h.member_id AND d.ended_at IS NULL ORDER BY d.device_id";
}
