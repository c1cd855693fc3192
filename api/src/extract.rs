//! What a handler takes from a request, checked at the edge: each refusal is a problem.

mod body;
mod csv;
mod key;
mod lines;
mod params;

pub use body::{ValidatedJson, positive};
pub use csv::Csv;
pub use key::IdempotencyKey;
pub use lines::{Line, Lines};
pub use params::{Path, Query};
