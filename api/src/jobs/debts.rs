//! What is still owed on reversed awards is written off once their policies' time for it has passed.

use std::time::Duration;

use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::ids::AwardId;
use ledger::machine::{Award, Command};
use ledger::views::Due;
use uuid::Uuid;

use super::{Answer, Job, PAGE, Page, Shift};

/// See above.
pub struct WriteOffDebts;

impl Job for WriteOffDebts {
    fn name(&self) -> &'static str {
        "write_off_debts"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(3_600)
    }

    fn waits_since<'a>(&'a self, shift: &'a Shift) -> Answer<'a, Option<Timestamp>> {
        Box::pin(async {
            let owing = owing(shift, None).await?;
            Ok(due_of(&owing, shift.now).map(|due| due.since).min())
        })
    }

    fn page<'a>(&'a self, shift: &'a Shift, after: Option<Due>) -> Answer<'a, Page> {
        Box::pin(async move {
            let owing = owing(shift, after).await?;
            let last = owing.last().map(|award| Due {
                since: shift.now,
                id: award.id.0,
            });
            let is_last = i64::try_from(owing.len()).unwrap_or(PAGE) < PAGE;
            let write_off = |due: Due| {
                let award = AwardId(due.id);
                // An award is reversed once, and what is owed on it is written off whole.
                let key = format!("write-off:{award}:{}", due.since.as_micros());
                (key, Command::WriteOff { award })
            };
            let due = due_of(&owing, shift.now).collect();
            Ok(Page {
                next: last.filter(|_| !is_last),
                ..shift.execute(due, write_off).await
            })
        })
    }
}

async fn owing(shift: &Shift, after: Option<Due>) -> Result<Vec<Award>, StoreError> {
    let after = AwardId(after.map_or(Uuid::nil(), |due| due.id));
    let ledger = shift.ledger();
    ledger.owing_awards(shift.program, after, PAGE).await
}

/// Those of which the rest may be given up.
fn due_of(owing: &[Award], now: Timestamp) -> impl Iterator<Item = Due> {
    owing.iter().filter_map(move |award| {
        let since = award.write_off_due()?;
        (since <= now).then_some(Due {
            since,
            id: award.id.0,
        })
    })
}
