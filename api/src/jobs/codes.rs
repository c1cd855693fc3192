//! One-time codes are forgotten 30 days after they ran out, spent or not.

use std::time::Duration;

use ledger::clock::Timestamp;
use ledger::views::Due;

use super::{Answer, Job, Page, Shift};

/// See above.
pub struct ForgetCodes;

impl Job for ForgetCodes {
    fn name(&self) -> &'static str {
        "forget_codes"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(3_600)
    }

    fn waits_since<'a>(&'a self, shift: &'a Shift) -> Answer<'a, Option<Timestamp>> {
        let ledger = shift.ledger();
        Box::pin(ledger.stale_codes_since(shift.program, shift.now))
    }

    fn page<'a>(&'a self, shift: &'a Shift, _: Option<Due>) -> Answer<'a, Page> {
        Box::pin(shift.forget(|limit| shift.ledger().forget_codes(shift.program, shift.now, limit)))
    }
}
