//! A story for each thing that earns: from an empty programme to points that can be spent, over HTTP, under the district's own policies.
//!
//! What is paid by the hour takes a policy that was in force for an hour: those stories are in `activities` and `patrols`.

mod exceptional;
mod leads;
mod orders;
mod studies;
