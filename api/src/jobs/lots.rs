//! Lots whose time ran out expire, all due lots of a member at once.

use std::time::Duration;

use ledger::clock::Timestamp;
use ledger::ids::MemberId;
use ledger::machine::Command;
use ledger::views::Due;

use super::{Answer, Job, PAGE, Page, Shift};

/// In microseconds.
const HOUR: i64 = 3_600_000_000;

/// See above.
pub struct ExpireLots;

impl Job for ExpireLots {
    fn name(&self) -> &'static str {
        "expire_lots"
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
            // A member whose lots ran out at several moments finds nothing due the second time. The hour is for lots that are opened
            // later with a moment that was dealt with already.
            let hour = shift.now.as_micros() / HOUR;
            let expire = |due: Due| {
                let member = MemberId(due.id);
                let key = format!("expire:{member}:{}:{hour}", due.since.as_micros());
                (key, Command::ExpireLots { member })
            };
            Ok(shift.execute(due, expire).await)
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
        .due_lots(shift.program, shift.now, after, limit)
        .await
}
