//! One binary, so that it links once.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, and so may its helpers"
)]

mod architecture;
mod chronicle;
mod concurrency;
mod export;
mod harness;
mod process;
mod properties;
mod simulation;
mod store;
mod story;
mod verify;
