//! One binary, so that it links once.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, and so may its helpers"
)]

mod architecture;
mod backup;
mod batch;
mod caps;
mod chronicle;
mod closing;
mod concurrency;
mod drafts;
mod export;
mod harness;
mod jobs;
mod lifecycle;
mod merging;
mod operations;
mod operator;
mod process;
mod properties;
mod settlement;
mod simulation;
mod store;
mod story;
mod time;
mod verify;
