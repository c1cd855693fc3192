//! The policies the project ships, and what is true of every policy.

mod duplicates;
mod edges;
mod errors;
mod expiry;

pub(crate) mod files;
mod limits;
mod mistakes;
mod proof;
mod properties;
mod schema;
mod terms;
