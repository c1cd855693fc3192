//! What waits, parted into batches.

use std::collections::{HashSet, VecDeque};

use super::Job;

/// The most commands in one batch; the members of groups count.
const BATCH_LIMIT: usize = 512;

/// The longest run of one programme from the front, each key once; what does not fit stays in order. A merge is by
/// itself, and what comes after it waits for it.
pub fn take_batch(waiting: &mut VecDeque<Job>) -> Vec<Job> {
    let mut batch: Vec<Job> = Vec::new();
    let mut claims = HashSet::new();
    let mut weight = 0;
    let mut rest = VecDeque::with_capacity(waiting.len());
    while let Some(job) = waiting.pop_front() {
        let alone = job.is_alone();
        let fits = batch.first().is_none_or(|first| {
            first.submission.program == job.submission.program
                && !alone
                && weight + job.weight() <= BATCH_LIMIT
                && !claims.contains(&job.submission.claim)
        });
        if fits {
            weight += job.weight();
            claims.insert(job.submission.claim);
            batch.push(job);
        } else {
            rest.push_back(job);
        }
        if alone || weight >= BATCH_LIMIT {
            break;
        }
    }
    rest.append(waiting);
    *waiting = rest;
    batch
}
