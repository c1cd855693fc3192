//! Groups: many commands, one event.

use super::State;
use crate::machine::effects::Event;
use crate::machine::{Command, Context, Outcome, Receipt};

impl State {
    /// Records the event of a group whose members were applied one by one.
    pub(in crate::machine) fn record_group(
        &mut self,
        receipts: Vec<Receipt>,
        command: &Command,
        context: &Context,
    ) -> Receipt {
        let receipt = Receipt {
            id: context.id,
            recorded_at: self.now,
            moved: false,
            outcome: Outcome::Group { receipts },
        };
        self.changes.events.push(Event {
            id: context.id,
            kind: command.operation(),
            subject: context.id.0,
            receipt: receipt.clone(),
            reason: command.reason(),
            origin: None,
        });
        receipt
    }
}
