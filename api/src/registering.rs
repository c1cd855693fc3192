//! What goes on record under a key, by the API or by a page.

use ledger::ids::derived;
use uuid::Uuid;

use crate::auth::Caller;

/// The id of a record to be made. It follows from who makes it and under which key, so that a repetition asks for the same.
pub fn record_id(caller: &Caller, key: &str) -> Uuid {
    derived(&[b"register", caller.actor.id.0.as_bytes(), key.as_bytes()])
}
