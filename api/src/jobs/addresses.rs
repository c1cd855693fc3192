//! From which addresses changes were made is forgotten after a while; the changes stay.

use std::time::Duration;

use ledger::clock::Timestamp;
use ledger::views::Due;

use super::{Answer, Job, PAGE, Page, Shift};

/// An address is written down with the day on which it was met, and kept to the end of that day at least.
const DAY: i64 = 24 * 3_600;

/// Forgets addresses.
pub struct ForgetAddresses;

impl Job for ForgetAddresses {
    fn name(&self) -> &'static str {
        "forget_addresses"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(3_600)
    }

    fn waits_since<'a>(&'a self, shift: &'a Shift) -> Answer<'a, Option<Timestamp>> {
        Box::pin(async {
            let oldest = shift.ledger().oldest_address(shift.program).await?;
            let due = oldest.map(|day| day.plus_seconds(DAY + shift.addresses_kept()));
            Ok(due.filter(|due| *due <= shift.now))
        })
    }

    fn page<'a>(&'a self, shift: &'a Shift, _: Option<Due>) -> Answer<'a, Page> {
        Box::pin(async {
            let until = shift.now.plus_seconds(-DAY - shift.addresses_kept());
            let forgotten = shift.ledger().forget_addresses(shift.program, until, PAGE);
            Ok(Page::again(shift, forgotten.await?))
        })
    }
}
