//! What a handler takes from a request, checked at the edge: each refusal is a problem.

mod body;
mod key;
mod params;

pub use body::{ValidatedJson, positive};
pub use key::IdempotencyKey;
pub use params::{Path, Query};
