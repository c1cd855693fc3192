//! One binary, so that it links once.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, and so may its helpers"
)]

mod access;
mod activities;
mod architecture;
mod attachments;
mod backup;
mod batch;
mod budgets;
mod caps;
mod chronicle;
mod closing;
mod concurrency;
mod crash;
mod drafts;
mod duplicates;
mod earning;
mod edges;
mod erased;
mod expiry;
mod export;
mod harness;
mod hazards;
mod import;
mod jobs;
mod layers;
mod leaks;
mod lifecycle;
mod live;
mod login;
mod merging;
mod migrations;
mod notices;
mod offers;
mod open311;
mod operations;
mod operator;
mod outside;
mod pages;
mod patrols;
mod paying;
mod personal;
mod policy_changes;
mod process;
mod properties;
mod queue;
mod reports;
mod requests;
mod settlement;
mod simulation;
mod store;
mod story;
mod time;
mod trail;
mod verify;
mod webhooks;
mod work;
