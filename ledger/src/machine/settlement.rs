//! Settlement: funds come in, what a store accepted is frozen as a statement, its merchant confirms it, a second person approves it, and it is paid.
//!
//! A statement covers a range of versions of merchant:accepted:S, never a range of time: from the version after the last one frozen.
//! The entries that freeze statements stand on the same account and are part of no statement. So the ranges of a store follow each
//! other without a gap, and each entry that took or gave back points is in one of them: what is refunded after a freeze is part of
//! the next statement.

mod asking;
mod command;
mod freeze;
mod rejection;
mod statement;
mod steps;

use std::collections::{HashMap, HashSet};

use crate::accounts::{Account, Owner};
use crate::community::offer::Bearer;
use crate::community::personal::SealedPayee;
use crate::ids::{FunderId, RedemptionId, StatementId, StoreId};
use crate::journal::{Move, PostedTransfer, Transfer, TransferKind};
use crate::machine::effects::Rows;
use crate::machine::{Effects, Outcome, Rejection, State, Stop};
use crate::points::Points;

pub use command::SettlementCommand;
pub use freeze::worth;
pub(super) use freeze::{Freeze, freeze};
pub use rejection::SettlementRejection;
pub use statement::{
    Answer, Approval, CONFIRM_SECONDS, Confirmation, Dispute, DisputeFinding, DisputeReason, Line,
    Payment, PaymentBatch, Statement, StatementState,
};
pub(super) use steps::{decide, pay};

/// What one command does to statements.
#[derive(Clone, Debug)]
pub struct SettlementChange {
    /// Statements frozen or come a step further.
    pub statements: Vec<Statement>,
    /// The lines of one frozen.
    pub lines: Vec<Line>,
    /// Statements gathered to be paid.
    pub batch: Option<PaymentBatch>,
    /// To whom a merchant's money goes.
    pub payee: Option<SealedPayee>,
}

impl SettlementChange {
    /// None.
    pub const NONE: Self = Self {
        statements: Vec::new(),
        lines: Vec::new(),
        batch: None,
        payee: None,
    };
}

/// An entry of merchant:accepted that no statement covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uncovered {
    /// Its version.
    pub version: i64,
    /// Of which redemption.
    pub redemption: RedemptionId,
    /// What it took, or gave back where it is negative.
    pub points: Points,
}

/// A redemption with uncovered entries, as stored.
#[derive(Clone, Copy, Debug)]
pub struct Redeemed {
    /// What the store took of it and did not give back.
    pub net: Points,
    /// Who bears it: what its terms say, or what an earlier statement made of it.
    pub bearer: Option<Bearer>,
}

/// What is known of statements while a batch is decided.
#[derive(Clone, Debug, Default)]
pub struct Settling {
    /// Statements frozen, and those changed that were frozen before.
    pub rows: Rows<StatementId>,
    /// Lines frozen by this batch.
    pub new_lines: Vec<Line>,
    /// Payments gathered by this batch.
    pub batches: Vec<PaymentBatch>,
    /// To whom money goes, as changed by this batch.
    pub payees: Vec<SealedPayee>,
    statements: HashMap<StatementId, Statement>,
    through: HashMap<StoreId, i64>,
    uncovered: HashMap<StoreId, Vec<Uncovered>>,
    redeemed: HashMap<RedemptionId, Redeemed>,
    lines: HashSet<(StatementId, i64)>,
}

impl Settling {
    /// A statement's row.
    pub fn load_statement(&mut self, statement: Statement) {
        self.rows.stored(statement.id);
        self.statements.insert(statement.id, statement);
    }
    /// The last version that a statement of the store covers.
    pub fn load_through(&mut self, store: StoreId, version: i64) {
        self.through.insert(store, version);
    }
    /// An entry of a store's that no statement covers; in order of version.
    pub fn load_uncovered(&mut self, store: StoreId, entry: Uncovered) {
        self.uncovered.entry(store).or_default().push(entry);
    }
    /// A redemption that has such entries.
    pub fn load_redeemed(&mut self, id: RedemptionId, redeemed: Redeemed) {
        self.redeemed.insert(id, redeemed);
    }
    /// On what an earlier line settled its redemption.
    pub fn pin(&mut self, line: &Line) {
        if let Some(redeemed) = self.redeemed.get_mut(&line.redemption) {
            redeemed.bearer = Some(line.bearer);
        }
    }
    /// That a statement has a line of this version.
    pub fn load_line(&mut self, statement: StatementId, version: i64) {
        self.lines.insert((statement, version));
    }
    /// A statement.
    pub fn statement(&self, id: StatementId) -> Option<&Statement> {
        self.statements.get(&id)
    }
    /// The first version that no statement of the store covers.
    fn next(&self, store: StoreId) -> i64 {
        self.through.get(&store).copied().unwrap_or(0) + 1
    }
    /// What no statement covers from a version on, this batch's transfers included.
    fn uncovered(&self, store: StoreId, from: i64, posted: &[PostedTransfer]) -> Vec<Uncovered> {
        let account = Account::accepted(store);
        let stored = self.uncovered.get(&store).into_iter().flatten().copied();
        let here = posted
            .iter()
            .filter(|transfer| transfer.kind != TransferKind::FreezeStatement)
            .flat_map(|transfer| transfer.entries.iter().map(move |entry| (transfer, entry)))
            .filter(|(_, entry)| entry.account == account)
            .map(|(transfer, entry)| Uncovered {
                version: entry.version,
                redemption: RedemptionId(transfer.subject),
                points: entry.amount,
            });
        let all = stored.chain(here);
        all.filter(|entry| entry.version >= from).collect()
    }
    /// Keeps what a command did.
    pub(super) fn keep(&mut self, change: SettlementChange) {
        for statement in change.statements {
            let through = self.through.entry(statement.store).or_default();
            *through = statement.through_version.max(*through);
            self.rows.touch(statement.id);
            self.statements.insert(statement.id, statement);
        }
        for line in change.lines {
            let known = self.redeemed.entry(line.redemption);
            let known = known.or_insert(Redeemed {
                net: Points::ZERO,
                bearer: None,
            });
            known.bearer = Some(line.bearer);
            self.lines.insert((line.statement, line.version));
            self.new_lines.push(line);
        }
        self.batches.extend(change.batch);
        self.payees.extend(change.payee);
    }
}

/// bank → funder:fund:F.
pub(super) fn receive(state: &State, funder: FunderId, amount: Points) -> Result<Effects, Stop> {
    if !amount.is_positive() {
        return Err(Rejection::AmountNotPositive.into());
    }
    let held = fund(state, funder)?;
    state.require(Owner::Program(state.program))?;
    let movement = Move {
        from: Account::bank(state.program),
        to: Account::fund(funder),
        amount,
    };
    let transfer = Transfer::try_new(TransferKind::ReceiveFunds, funder.0, &[movement])?;
    let balance = held.plus(amount)?;
    let outcome = Outcome::Fund {
        funder,
        amount,
        balance,
    };
    Ok(Effects {
        transfer: Some(transfer),
        ..Effects::answering(funder.0, outcome)
    })
}

/// What a registered funder's fund holds.
fn fund(state: &State, funder: FunderId) -> Result<Points, Stop> {
    let owner = Owner::Funder(funder);
    if !state.is_registered(owner)? {
        return Err(SettlementRejection::UnknownFunder { funder }.into());
    }
    state.balance(Account::fund(funder), owner)
}
