//! Awards that wait for room under a cap are let in when there is some, in order of submission.

use std::collections::HashMap;
use std::time::Duration;

use ledger::clock::Timestamp;
use ledger::machine::{Admission, Command};
use ledger::views::Due;
use uuid::Uuid;

use super::{Answer, Job, PAGE, Page, Shift};

/// See above. Who still does not fit is looked at and left alone.
pub struct AdmitAwards;

impl Job for AdmitAwards {
    fn name(&self) -> &'static str {
        "admit_awards"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn waits_since<'a>(&'a self, shift: &'a Shift) -> Answer<'a, Option<Timestamp>> {
        Box::pin(async {
            let ledger = shift.ledger();
            let queue = ledger.queue(shift.program, shift.now, None, PAGE).await?;
            Ok(queue.since)
        })
    }

    fn page<'a>(&'a self, shift: &'a Shift, after: Option<Due>) -> Answer<'a, Page> {
        Box::pin(async move {
            let ledger = shift.ledger();
            let now = ledger.clock().now();
            let queue = ledger.queue(shift.program, now, after, PAGE).await?;
            let ids = queue.admissions.iter().map(|admission| admission.award.0);
            let due = ids.map(|id| Due { since: now, id }).collect();
            let admissions = queue.admissions.into_iter();
            let admissions: HashMap<Uuid, Admission> = admissions
                .map(|admission| (admission.award.0, admission))
                .collect();
            let admit = |due: Due| {
                let admission = admissions[&due.id].clone();
                // There may be room once more after somebody else was quicker.
                let key = format!("admit:{}:{}", admission.award, now.as_micros());
                (key, Command::AdmitAward(Box::new(admission)))
            };
            Ok(Page {
                next: queue.next,
                ..shift.execute(due, admit).await
            })
        })
    }
}
