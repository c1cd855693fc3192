//! The policies the project ships, and what is true of every policy.

mod edges;
mod errors;
pub(crate) mod files;
mod mistakes;
mod properties;
