//! The books in the forms of other programs.

pub mod hledger;
pub mod trail;
