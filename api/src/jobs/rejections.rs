//! Rejections kept under their keys are forgotten after 30 days, which makes those keys free again.

use std::time::Duration;

use ledger::clock::Timestamp;
use ledger::views::Due;

use super::{Answer, Job, Page, Shift};

/// See above.
pub struct ForgetRejections;

impl Job for ForgetRejections {
    fn name(&self) -> &'static str {
        "forget_rejections"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(3_600)
    }

    fn waits_since<'a>(&'a self, shift: &'a Shift) -> Answer<'a, Option<Timestamp>> {
        let ledger = shift.ledger();
        Box::pin(ledger.stale_rejections_since(shift.program, shift.now))
    }

    fn page<'a>(&'a self, shift: &'a Shift, _: Option<Due>) -> Answer<'a, Page> {
        Box::pin(shift.forget(|limit| {
            shift
                .ledger()
                .forget_rejections(shift.program, shift.now, limit)
        }))
    }
}
