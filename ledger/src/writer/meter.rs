//! What the writer tells of itself: a few metrics a batch. They go nowhere unless the process installs a recorder.

use std::collections::BTreeMap;
use std::time::Duration;

use metrics::{counter, gauge, histogram};

use super::{Job, Verdict, WriteError};

/// How many commands wait for the next batch.
pub fn queued(waiting: usize) {
    gauge!("jifen_queue_depth").set(waiting as f64);
}

/// A command was turned away because too many wait.
pub fn turned_away() {
    counter!("jifen_queue_full_total").increment(1);
}

/// A batch was committed.
pub fn committed(commands: usize, took: Duration) {
    histogram!("jifen_batch_size").record(commands as f64);
    histogram!("jifen_commit_seconds").record(took);
}

/// A batch could not be committed as it was: it is tried again, split, or given up.
pub fn not_committed() {
    counter!("jifen_commit_failures_total").increment(1);
}

/// What came of each command of a batch, counted together first.
pub fn answered(batch: &[Job], verdicts: &[Verdict]) {
    let mut outcomes: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (job, verdict) in batch.iter().zip(verdicts) {
        let operation = job.submission.command.operation();
        if let Some(outcome) = outcome(verdict) {
            *outcomes.entry((operation, outcome)).or_default() += 1;
        }
        if let Verdict::Answer(Err(WriteError::Rejected(rejection))) = verdict {
            let code = rejection.code();
            counter!("jifen_rejections_total", "operation" => operation, "code" => code)
                .increment(1);
        }
    }
    for ((operation, outcome), count) in outcomes {
        count_commands(operation, outcome, count);
    }
}

/// A command was given up with its batch.
pub fn failed(job: &Job) {
    count_commands(job.submission.command.operation(), "failed", 1);
}

fn count_commands(operation: &'static str, outcome: &'static str, count: u64) {
    counter!("jifen_commands_total", "operation" => operation, "outcome" => outcome)
        .increment(count);
}

/// `None` for what comes again in the next batch, or priced anew.
const fn outcome(verdict: &Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Again(_) | Verdict::Answer(Err(WriteError::Reprice)) => None,
        Verdict::Repetition(Err(WriteError::KeyReused)) => Some("key_reused"),
        Verdict::Repetition(_) => Some("repeated"),
        Verdict::Answer(Ok(_)) => Some("done"),
        Verdict::Answer(Err(WriteError::Rejected(_))) => Some("rejected"),
        Verdict::Answer(Err(_)) => Some("failed"),
    }
}
