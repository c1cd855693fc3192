//! The journal as a plain-text journal of hledger, so that a program that shares nothing with this one can do the sums.
//!
//! Balances here are credits − debits; hledger's debits are positive. So every amount changes its sign, and a wallet of 12.50 is
//! `-12.50 PTS` there. Each posting asserts the balance after it (`= -12.50 PTS`): `hledger check` then confirms not only that every
//! transaction balances but that every running balance was right.
//!
//! hledger checks assertions by date and within a date in the order of the file, so that the transfers of each account must stand
//! in the order of their versions. The order of ids is nearly that, but ids are drawn before the lock. So transfers are read in the
//! order of ids, and one that came before its turn in any of its accounts waits until it is its turn. Along an account the date
//! (that of `recorded_at` in the programme's zone) never decreases, so this order is also one by date for each account, though the
//! file as a whole may step back at a midnight. What waits is what ids put in the wrong order, which is little; what is held
//! besides is one number an account. A journal with a gap leaves transfers waiting for ever: they are written at the end, where
//! hledger will find that they do not fit.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Write};

use jiff::tz::TimeZone;

use crate::accounts::{Account, Commodity};
use crate::clock::Timestamp;
use crate::community::Program;
use crate::ids::CommandId;
use crate::journal::PostedTransfer;
use crate::points::Points;
use crate::store::audit::Snapshot;
use crate::store::audit_text::COUNT_TRANSFERS;
use crate::{Ledger, StoreError};

const PAGE: i64 = 1_000;

/// Why there is no export, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It could not be written.
    #[error("cannot write the journal: {0}")]
    Write(#[from] io::Error),
    /// The programme's zone is not one this build knows.
    #[error("unknown time zone {0:?}")]
    Zone(String),
}

impl Ledger {
    /// Writes a programme's journal as of now; answers with how many transfers it holds. `progress` hears how many are written of
    /// how many.
    ///
    /// # Errors
    /// When the database cannot be read or `out` cannot be written to.
    pub async fn export_hledger<W: Write>(
        &self,
        program: &Program,
        out: W,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<u64, ExportError> {
        let zone =
            TimeZone::get(&program.zone).map_err(|_| ExportError::Zone(program.zone.clone()))?;
        let mut snapshot = self.store.snapshot(program.id).await?;
        let rows = snapshot.count(&COUNT_TRANSFERS).await?;
        let mut journal = Journal { out, zone };
        journal.header(program)?;
        journal.accounts(&mut snapshot).await?;
        let (mut after, mut written) = (CommandId(uuid::Uuid::nil()), 0);
        let mut line = Line::default();
        loop {
            progress(written, rows);
            let page = snapshot.transfers_after(after, PAGE).await?;
            match page.last() {
                Some(last) => after = last.id,
                None => break,
            }
            for transfer in page {
                line.join(transfer);
                while let Some(transfer) = line.next() {
                    journal.transfer(&transfer)?;
                    written += 1;
                }
            }
        }
        for transfer in line.rest() {
            journal.transfer(&transfer)?;
            written += 1;
        }
        journal.out.flush()?;
        progress(written, rows);
        Ok(written)
    }
}

/// Transfers waiting until it is their turn in each of their accounts.
#[derive(Default)]
struct Line {
    /// The newest version written of each account.
    written: HashMap<Account, i64>,
    waiting: HashMap<CommandId, PostedTransfer>,
    /// Which transfer waits for the turn before this version of this account.
    turn: HashMap<(Account, i64), CommandId>,
    /// Those whose turn may have come.
    ready: BTreeSet<CommandId>,
}

impl Line {
    fn join(&mut self, transfer: PostedTransfer) {
        for entry in &transfer.entries {
            self.turn
                .insert((entry.account, entry.version), transfer.id);
        }
        self.ready.insert(transfer.id);
        self.waiting.insert(transfer.id, transfer);
    }

    /// The next transfer whose turn it is.
    fn next(&mut self) -> Option<PostedTransfer> {
        while let Some(id) = self.ready.pop_first() {
            let turn = |transfer: &PostedTransfer| {
                transfer.entries.iter().all(|entry| {
                    entry.version
                        == self
                            .written
                            .get(&entry.account)
                            .map_or(1, |version| version + 1)
                })
            };
            if !self.waiting.get(&id).is_some_and(turn) {
                continue;
            }
            let transfer = self.waiting.remove(&id)?;
            for entry in &transfer.entries {
                self.turn.remove(&(entry.account, entry.version));
                self.written.insert(entry.account, entry.version);
                let next = self.turn.get(&(entry.account, entry.version + 1));
                self.ready.extend(next);
            }
            return Some(transfer);
        }
        None
    }

    /// Those whose turn never came, by time and id.
    fn rest(self) -> Vec<PostedTransfer> {
        let mut rest: Vec<_> = self.waiting.into_values().collect();
        rest.sort_by_key(|transfer| (transfer.recorded_at, transfer.id));
        rest
    }
}

/// What is being written.
struct Journal<W> {
    out: W,
    zone: TimeZone,
}

impl<W: Write> Journal<W> {
    fn header(&mut self, program: &Program) -> io::Result<()> {
        let out = &mut self.out;
        // A name is one line here whatever it is elsewhere.
        let name: String = program.name.chars().filter(|c| !c.is_control()).collect();
        writeln!(
            out,
            "; jifen: programme {} ({name}), id {}",
            program.code, program.id
        )?;
        writeln!(
            out,
            "; Amounts are debits − credits: what an account holds is negative."
        )?;
        writeln!(out, "; Dates are those of recording, in {}.", program.zone)?;
        writeln!(out, "\ndecimal-mark .")?;
        for commodity in [Commodity::Pts, Commodity::Cny] {
            writeln!(out, "commodity 1000.00 {}", commodity.symbol())?;
        }
        writeln!(out)
    }

    async fn accounts(&mut self, snapshot: &mut Snapshot) -> Result<(), ExportError> {
        let mut after = None;
        loop {
            let page = snapshot.accounts_after(after, PAGE).await?;
            match page.last() {
                Some(last) => after = Some(last.account),
                None => return Ok(()),
            }
            for view in page {
                writeln!(self.out, "account {}", view.account)?;
            }
        }
    }

    fn transfer(&mut self, transfer: &PostedTransfer) -> io::Result<()> {
        let PostedTransfer {
            id,
            kind,
            subject,
            actor,
            occurred_at,
            recorded_at,
            entries,
        } = transfer;
        let date = self.date(*recorded_at);
        let out = &mut self.out;
        writeln!(out, "\n{date} * {}", kind.name())?;
        writeln!(out, "    ; id:{id}, subject:{subject}, actor:{actor}")?;
        writeln!(out, "    ; recorded:{recorded_at}, occurred:{occurred_at}")?;
        for entry in entries {
            let (amount, balance) = (Debits(entry.amount), Debits(entry.balance_after));
            let symbol = entry.account.kind.commodity().symbol();
            writeln!(
                out,
                "    {}  {amount} {symbol} = {balance} {symbol}",
                entry.account
            )?;
        }
        Ok(())
    }

    fn date(&self, moment: Timestamp) -> jiff::civil::Date {
        moment.to_jiff().to_zoned(self.zone.clone()).date()
    }
}

/// An amount with the other sign, the smallest `i64` included.
struct Debits(Points);

impl std::fmt::Display for Debits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hundredths = -i128::from(self.0.hundredths());
        let sign = if hundredths < 0 { "-" } else { "" };
        let absolute = hundredths.unsigned_abs();
        write!(f, "{sign}{}.{:02}", absolute / 100, absolute % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ActorId, MemberId};
    use crate::journal::{PostedEntry, TransferKind};
    use uuid::Uuid;

    fn transfer(id: u128, entries: &[(u128, i64)]) -> PostedTransfer {
        let entry = |&(owner, version): &(u128, i64)| PostedEntry {
            account: Account::wallet(MemberId(Uuid::from_u128(owner))),
            version,
            amount: Points::from_hundredths(1),
            balance_after: Points::from_hundredths(version),
        };
        PostedTransfer {
            id: CommandId(Uuid::from_u128(id)),
            kind: TransferKind::Award,
            subject: Uuid::nil(),
            actor: ActorId(Uuid::nil()),
            occurred_at: Timestamp::from_micros(0),
            recorded_at: Timestamp::from_micros(0),
            entries: entries.iter().map(entry).collect(),
        }
    }

    #[test]
    fn each_account_is_in_the_order_of_its_versions() {
        let mut line = Line::default();
        let mut order = Vec::new();
        for transfer in [
            transfer(1, &[(7, 3), (8, 1)]),
            transfer(2, &[(7, 2), (9, 2)]),
            transfer(3, &[(7, 1)]),
            transfer(4, &[(9, 1)]),
            transfer(5, &[(7, 5)]),
        ] {
            line.join(transfer);
            order.extend(std::iter::from_fn(|| line.next()).map(|t| t.id.0.as_u128()));
        }
        assert_eq!(order, [3, 4, 2, 1]);
        assert_eq!(line.rest().len(), 1, "version 4 never came");
    }

    #[test]
    fn amounts_change_their_sign() {
        let text = |hundredths| Debits(Points::from_hundredths(hundredths)).to_string();
        assert_eq!([text(1250), text(-7), text(0)], ["-12.50", "0.07", "0.00"]);
        assert_eq!(text(i64::MIN), "92233720368547758.08");
    }
}
