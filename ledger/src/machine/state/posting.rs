//! What a transfer makes of the accounts it touches.

use super::{Balance, State};
use crate::accounts::Account;
use crate::clock::Timestamp;
use crate::journal::{PostedEntry, PostedTransfer, Transfer, TransferKind};
use crate::machine::{Context, Effects, Stop};

impl State {
    /// The transfer as it is to be posted, and the balances after it; nothing changes yet.
    pub(super) fn plan_posting(
        &self,
        transfer: &Transfer,
        effects: &Effects,
        context: &Context,
    ) -> Result<(PostedTransfer, Vec<(Account, Balance)>), Stop> {
        // Another process's clock may be ahead: its entries stay the earlier ones of an account.
        let touched = transfer.entries().iter();
        let newest = touched.map(|(account, _)| self.account(*account).newest_at);
        let recorded_at = newest.fold(self.now, Timestamp::max);
        let mut entries = Vec::with_capacity(transfer.entries().len());
        let mut balances = Vec::with_capacity(transfer.entries().len());
        for &(account, amount) in transfer.entries() {
            let before = self.account(account);
            let points = before.points.plus(amount)?;
            if points.is_negative() && !account.kind.may_be_negative() {
                return Err(Stop::Fault(format!("{account} would fall to {points}")));
            }
            let version = before.version + 1;
            entries.push(PostedEntry {
                account,
                version,
                amount,
                balance_after: points,
            });
            balances.push((
                account,
                Balance {
                    points,
                    version,
                    newest_at: recorded_at,
                },
            ));
        }
        // What an award gives is earned when the deed happened, whoever had to agree since.
        let occurred_at = match (transfer.kind(), effects.awards.first()) {
            (TransferKind::Award | TransferKind::Notice, Some(award)) => award.deed.occurred_at,
            _ => self.now,
        };
        let posted = PostedTransfer {
            id: context.id,
            kind: transfer.kind(),
            subject: transfer.subject(),
            actor: context.actor.id,
            occurred_at,
            recorded_at,
            entries,
        };
        Ok((posted, balances))
    }
}
