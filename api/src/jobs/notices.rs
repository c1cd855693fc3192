//! Awards vest whose public notice has closed with nobody objecting, or no longer.

use std::time::Duration;

use ledger::clock::Timestamp;
use ledger::ids::AwardId;
use ledger::machine::Command;
use ledger::views::Due;

use super::{Answer, Job, PAGE, Page, Shift};

/// In microseconds.
const HOUR: i64 = 3_600_000_000;

/// See above.
pub struct VestAwards;

impl Job for VestAwards {
    fn name(&self) -> &'static str {
        "vest_awards"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn waits_since<'a>(&'a self, shift: &'a Shift) -> Answer<'a, Option<Timestamp>> {
        Box::pin(async {
            let first = due(shift, None, 1).await?;
            Ok(first.first().map(|due| due.since))
        })
    }

    fn page<'a>(&'a self, shift: &'a Shift, after: Option<Due>) -> Answer<'a, Page> {
        Box::pin(async move {
            let due = due(shift, after, PAGE).await?;
            // The hour is for an award that was frozen when it fell due, and whose objection was dismissed later.
            let hour = shift.now.as_micros() / HOUR;
            let vest = |due: Due| {
                let award = AwardId(due.id);
                (format!("vest:{award}:{hour}"), Command::VestAward { award })
            };
            Ok(shift.execute(due, vest).await)
        })
    }
}

async fn due(
    shift: &Shift,
    after: Option<Due>,
    limit: i64,
) -> Result<Vec<Due>, ledger::StoreError> {
    let ledger = shift.ledger();
    ledger
        .due_notices(shift.program, shift.now, after, limit)
        .await
}
