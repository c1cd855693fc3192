//! Awards that deeds ask for and that were not submitted at once, because the process died in between or the ledger was away.

use std::time::Duration;

use ledger::clock::Timestamp;
use ledger::community::Via;
use ledger::ids::DeedId;
use ledger::views::{Due, Falling};

use super::{Answer, Job, PAGE, Page, Shift};

/// How long a request is left to the process that made it, in seconds.
const LEFT: i64 = 30;

/// See above.
pub struct AwardDeeds;

impl AwardDeeds {
    async fn due(
        shift: &Shift,
        after: Option<Due>,
        limit: i64,
    ) -> Result<Vec<Due>, ledger::StoreError> {
        let until = shift.now.plus_seconds(-LEFT);
        let ledger = shift.ledger();
        ledger
            .due(shift.program, Falling::Asked, until, after, limit)
            .await
    }
}

impl Job for AwardDeeds {
    fn name(&self) -> &'static str {
        "award_deeds"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(30)
    }

    fn waits_since<'a>(&'a self, shift: &'a Shift) -> Answer<'a, Option<Timestamp>> {
        Box::pin(async {
            let first = Self::due(shift, None, 1).await?;
            Ok(first.first().map(|due| due.since))
        })
    }

    fn page<'a>(&'a self, shift: &'a Shift, after: Option<Due>) -> Answer<'a, Page> {
        Box::pin(async move {
            let due = Self::due(shift, after, PAGE).await?;
            let mut page = Page::of(&due);
            let origin = Via::Job(self.name()).into();
            let awards = due.into_iter().map(|due| {
                shift
                    .ledger()
                    .award_deed(shift.program, DeedId(due.id), origin)
            });
            for outcome in futures::future::join_all(awards).await {
                match outcome {
                    Ok(_) => page.done += 1,
                    Err(error) => {
                        page.failed += 1;
                        page.error.get_or_insert(error.to_string());
                    }
                }
            }
            Ok(page)
        })
    }
}
