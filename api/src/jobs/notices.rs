//! Members are told ahead of what will expire, as many days as their policies say.

use std::time::Duration;

use ledger::clock::Timestamp;
use ledger::ids::MemberId;
use ledger::machine::Command;
use ledger::views::Due;

use super::due::hour;
use super::{Answer, Job, PAGE, Page, Shift};

/// See above. A thing to be done is a member and a moment at which lots of theirs expire.
pub struct TellExpiring;

impl Job for TellExpiring {
    fn name(&self) -> &'static str {
        "tell_expiring"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn waits_since<'a>(&'a self, shift: &'a Shift) -> Answer<'a, Option<Timestamp>> {
        Box::pin(shift.ledger().untold_since(shift.program, shift.now))
    }

    fn page<'a>(&'a self, shift: &'a Shift, after: Option<Due>) -> Answer<'a, Page> {
        Box::pin(async move {
            let ledger = shift.ledger();
            let due = ledger.untold(shift.program, shift.now, after, PAGE).await?;
            let tell = |due: Due| {
                let member = MemberId(due.id);
                // A command tells of the first day of which something is to be told, so that of several moments of one day all but one find
                // nothing. The hour is for the same lots told again some days nearer, and for what comes back to them.
                let at = due.since.as_micros();
                let key = format!("expiring:{member}:{at}:{}", hour(shift));
                (key, Command::TellExpiring { member })
            };
            Ok(shift.execute(due, tell).await)
        })
    }
}
