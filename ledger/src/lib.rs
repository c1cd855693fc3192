//! The ledger of jifen: all that is true of points, without HTTP.

pub mod accounts;
pub mod clock;
pub mod community;
pub mod export;
pub mod ids;
pub mod journal;
mod ledger;
pub mod lots;
pub mod machine;
pub mod points;
pub mod policy;
#[allow(
    clippy::duplicate_mod,
    reason = "store/body is compiled once for each database: that is what it is for"
)]
mod store;
pub mod verify;
mod writer;

pub use ledger::{AwardRequest, ExecuteError, IssuedCode, Ledger, Options, Request};
#[doc(hidden)]
pub use store::prepare_all_statements;
pub use store::{StoreError, views};
pub use writer::WriteError;
