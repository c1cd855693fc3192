//! The policies the project ships, and what is true of every policy.

mod files;
