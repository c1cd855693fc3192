//! Holds whose time ran out are given back.

use std::time::Duration;

use ledger::clock::Timestamp;
use ledger::ids::RedemptionId;
use ledger::machine::Command;
use ledger::views::Due;

use super::{Answer, Job, PAGE, Page, Shift};

/// See above.
pub struct ReleaseHolds;

impl Job for ReleaseHolds {
    fn name(&self) -> &'static str {
        "release_holds"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(30)
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
            let release = |due: Due| {
                let redemption = RedemptionId(due.id);
                let key = format!("release:{redemption}");
                (key, Command::ReleaseHold { redemption })
            };
            Ok(shift.execute(due, release).await)
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
        .due_holds(shift.program, shift.now, after, limit)
        .await
}
