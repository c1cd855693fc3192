//! The ledger of jifen: all that is true of points, without HTTP.

pub mod clock;
pub mod ids;
pub mod points;
pub mod policy;
