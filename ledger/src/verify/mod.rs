//! The invariants, recomputed from the rows.
//!
//! What sums and joins can say is asked of the database, one statement a check; what policies make of deeds is computed here, page
//! by page. All of it sees one moment of one programme, so it may run while the ledger serves: it locks nothing. Memory does not grow
//! with the journal. On SQLite a long run keeps the write-ahead log from being folded in meanwhile.
//!
//! It trusts the code that posts no further than the rows bear it out: nothing of the state machine is used but the pricing of
//! deeds, whose repetition is the point of the sixth invariant.

mod awards;
mod checks;
mod deeds;
mod lots;
mod offers;
mod settlement;

use std::fmt;
use std::time::{Duration, Instant};

use crate::ids::ProgramId;
use crate::store::audit::{Misfit, Snapshot};
use crate::store::audit_text as text;
use crate::{Ledger, StoreError};

use checks::{CHECKS, Check};

/// What verifying a programme came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Every check made, in order.
    pub checked: Vec<Checked>,
    /// The first row that does not fit, of each check that found one.
    pub problems: Vec<Problem>,
}

/// A check that was made.
#[derive(Clone, Copy, Debug)]
pub struct Checked {
    /// The invariant it belongs to, from 1 to 6.
    pub invariant: u8,
    /// What is so when it passes.
    pub says: &'static str,
    /// How many rows it looked at.
    pub rows: u64,
    /// How long it took.
    pub took: Duration,
}

/// A row that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The invariant that does not hold.
    pub invariant: u8,
    /// What should be so.
    pub says: &'static str,
    /// The table.
    pub table: &'static str,
    /// The row's key within its programme.
    pub row: String,
    /// What was expected of it. Amounts are in hundredths, as the rows hold them.
    pub expected: String,
    /// What was found.
    pub found: String,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// The check under way.
    pub says: &'static str,
    /// How many checks are done, and how many there are.
    pub checks: (u64, u64),
    /// How many of this check's rows are done, and how many there are.
    pub rows: (u64, u64),
}

impl Report {
    /// Whether everything fits.
    pub const fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            invariant,
            says,
            table,
            row,
            expected,
            found,
        } = self;
        write!(
            f,
            "invariant {invariant} ({says}): {table} {row}: expected {expected}, found {found}"
        )
    }
}

impl Ledger {
    /// Recomputes invariants 1 to 6 of a programme from its rows.
    ///
    /// # Errors
    /// When the database cannot be read. What is wrong with the rows is in the report.
    pub async fn verify(
        &self,
        program: ProgramId,
        progress: impl FnMut(Progress),
    ) -> Result<Report, StoreError> {
        Run {
            snapshot: self.store.snapshot(program).await?,
            report: Report::default(),
            progress,
        }
        .run()
        .await
    }
}

/// A run under way.
struct Run<P> {
    snapshot: Snapshot,
    report: Report,
    progress: P,
}

/// Besides those of [`CHECKS`]: the chart of accounts, statements, their lines, lots, offers, policies, awards, counters, what teams did and orders.
const OTHER_CHECKS: u64 = 9;

impl<P: FnMut(Progress)> Run<P> {
    async fn run(mut self) -> Result<Report, StoreError> {
        self.check_kinds().await?;
        for check in CHECKS {
            self.check(check).await?;
        }
        self.check_statements().await?;
        self.check_lots().await?;
        self.check_offers().await?;
        self.check_awards().await?;
        self.check_teams().await?;
        self.check_orders().await?;
        Ok(self.report)
    }

    async fn check(&mut self, check: &Check) -> Result<(), StoreError> {
        let began = Instant::now();
        let rows = self.snapshot.count(check.counted).await?;
        self.tell(check.says, 0, rows);
        if let Some(misfit) = self.snapshot.misfit(check.statement).await? {
            self.report.problems.push(Problem {
                invariant: check.invariant,
                says: check.says,
                table: check.table,
                row: check.key.write(&misfit),
                expected: misfit.expected,
                found: misfit.found,
            });
        }
        self.done(check.invariant, check.says, rows, began);
        Ok(())
    }

    /// The checks compare with `account_kinds`, so that it must say what the code does.
    async fn check_kinds(&mut self) -> Result<(), StoreError> {
        const SAYS: &str = "the chart of accounts is the one this build knows";
        let began = Instant::now();
        let kinds = self.snapshot.kinds().await?;
        let rows = kinds.len() as u64;
        if let Some((number, expected, found)) = checks::unknown_kind(&kinds) {
            let row = number.to_string();
            self.problem(3, SAYS, "account_kinds", row, expected, found);
        }
        self.done(3, SAYS, rows, began);
        Ok(())
    }

    fn tell(&mut self, says: &'static str, done: u64, rows: u64) {
        let checks = self.report.checked.len() as u64;
        (self.progress)(Progress {
            says,
            checks: (checks, CHECKS.len() as u64 + OTHER_CHECKS),
            rows: (done, rows),
        });
    }

    fn done(&mut self, invariant: u8, says: &'static str, rows: u64, began: Instant) {
        self.report.checked.push(Checked {
            invariant,
            says,
            rows,
            took: began.elapsed(),
        });
        self.tell(says, rows, rows);
    }

    fn problem(
        &mut self,
        invariant: u8,
        says: &'static str,
        table: &'static str,
        row: String,
        expected: String,
        found: String,
    ) {
        self.report.problems.push(Problem {
            invariant,
            says,
            table,
            row,
            expected,
            found,
        });
    }
}

/// How a row is named.
#[derive(Clone, Copy, Debug)]
enum Key {
    /// By its id.
    Id,
    /// By its account.
    Account,
    /// By its account and version.
    Entry,
    /// By its id and position.
    Position,
}

impl Key {
    fn write(self, misfit: &Misfit) -> String {
        let Misfit {
            id,
            number,
            version,
            ..
        } = misfit;
        let account = || match crate::accounts::AccountKind::from_number(*number) {
            Some(kind) => crate::accounts::Account::of(kind, *id).to_string(),
            None => format!("kind {number} of {id}"),
        };
        match self {
            Self::Id => id.to_string(),
            Self::Account => account(),
            Self::Entry => format!("{} version {version}", account()),
            Self::Position => format!("{id} position {number}"),
        }
    }
}
