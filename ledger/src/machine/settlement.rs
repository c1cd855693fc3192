//! Settlement: funds come in, what a store accepted is frozen as a statement, a second person pays it.
//!
//! A statement covers a range of versions of merchant:accepted:S, never a range of time: from the version after the last one frozen.
//! The entries that freeze statements stand on the same account and are part of no statement. So the ranges of a store follow each
//! other without a gap, and each entry that took or gave back points is in one of them: what is refunded after a freeze is part of
//! the next statement. What the account holds is what no statement covers yet, which is how the sum of a range is known without
//! adding it up.

use std::collections::HashMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::accounts::{Account, Owner};
use crate::clock::Timestamp;
use crate::ids::{ActorId, FunderId, StatementId, StoreId};
use crate::journal::{Move, PostedTransfer, Transfer, TransferKind};
use crate::machine::{Context, Effects, Outcome, Rejection, State, Stop};
use crate::points::{AmountError, Points, Rate};

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementState {
    /// The programme owes it.
    Frozen,
    /// The programme has paid it.
    Paid,
}

impl StatementState {
    /// Every state.
    pub const ALL: [Self; 2] = [Self::Frozen, Self::Paid];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frozen => "frozen",
            Self::Paid => "paid",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl fmt::Display for StatementState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a statement was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Who said so: not the one who froze it.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// The bank's code for the payment.
    pub reference: String,
}

/// What a store is owed for a range of what it accepted. Nothing of it changes but the payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its id.
    pub id: StatementId,
    /// Whose.
    pub store: StoreId,
    /// Who pays.
    pub funder: FunderId,
    /// The first version of merchant:accepted:S it covers.
    pub from_version: i64,
    /// The last.
    pub through_version: i64,
    /// The sum of those entries, without those that freeze statements.
    pub points: Points,
    /// What that comes to, in yuan.
    pub amount: Points,
    /// At which rate.
    pub rate: Rate,
    /// Who froze it.
    pub frozen_by: ActorId,
    /// When.
    pub frozen_at: Timestamp,
    /// How it was paid, if it was.
    pub payment: Option<Payment>,
}

impl Statement {
    /// Where it stands.
    pub const fn state(&self) -> StatementState {
        match self.payment {
            None => StatementState::Frozen,
            Some(_) => StatementState::Paid,
        }
    }
}

/// What is known of statements while a batch is decided.
#[derive(Clone, Debug, Default)]
pub struct Settling {
    statements: HashMap<StatementId, Statement>,
    through: HashMap<StoreId, i64>,
    later: HashMap<(StoreId, i64), Points>,
}

impl Settling {
    /// A statement's row.
    pub fn load_statement(&mut self, statement: Statement) {
        self.statements.insert(statement.id, statement);
    }
    /// The last version that a statement of the store covers.
    pub fn load_through(&mut self, store: StoreId, version: i64) {
        self.through.insert(store, version);
    }
    /// What the store took and gave back after a version, as far as stored.
    pub fn load_later(&mut self, store: StoreId, version: i64, points: Points) {
        self.later.insert((store, version), points);
    }
    /// A statement.
    pub fn statement(&self, id: StatementId) -> Option<&Statement> {
        self.statements.get(&id)
    }
    /// Keeps a statement made or paid.
    pub(super) fn keep(&mut self, statement: Statement) {
        let through = self.through.entry(statement.store).or_default();
        *through = statement.through_version.max(*through);
        self.load_statement(statement);
    }
    /// What the store took and gave back after a version, this batch's transfers included.
    fn later(
        &self,
        store: StoreId,
        version: i64,
        posted: &[PostedTransfer],
    ) -> Result<Points, AmountError> {
        let account = Account::accepted(store);
        let stored = self.later.get(&(store, version)).copied();
        let here = posted
            .iter()
            .filter(|transfer| transfer.kind != TransferKind::FreezeStatement)
            .flat_map(|transfer| &transfer.entries)
            .filter(|entry| entry.account == account && entry.version > version)
            .map(|entry| entry.amount);
        Points::sum(here.chain(stored))
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
        return Err(Rejection::UnknownFunder { funder }.into());
    }
    state.balance(Account::fund(funder), owner)
}

/// What is to be frozen.
pub(super) struct Freeze {
    pub store: StoreId,
    pub through: Option<i64>,
    pub funder: FunderId,
    pub rate: Rate,
}

/// merchant:accepted:S → merchant:settling:S, and in money funder:fund:F → merchant:payable:S.
pub(super) fn freeze(state: &State, freeze: &Freeze, context: &Context) -> Result<Effects, Stop> {
    let Freeze {
        store,
        through,
        funder,
        rate,
    } = *freeze;
    if !state.is_registered(Owner::Store(store))? {
        return Err(Rejection::UnknownStore { store }.into());
    }
    let available = fund(state, funder)?;
    if rate.fen <= Decimal::ZERO {
        return Err(Rejection::AmountNotPositive.into());
    }
    let (from_version, through_version, points) = range(state, store, through)?;
    let amount = rate.amount(points)?;
    if !points.is_positive() || !amount.is_positive() {
        return Err(Rejection::NothingToSettle { points }.into());
    }
    if available < amount {
        return Err(Rejection::FundsExhausted {
            funder,
            available,
            requested: amount,
        }
        .into());
    }
    let id = StatementId(context.id.0);
    let moves = [
        Move {
            from: Account::accepted(store),
            to: Account::settling(store),
            amount: points,
        },
        Move {
            from: Account::fund(funder),
            to: Account::payable(store),
            amount,
        },
    ];
    effects(
        TransferKind::FreezeStatement,
        &moves,
        Statement {
            id,
            store,
            funder,
            from_version,
            through_version,
            points,
            amount,
            rate: Rate::new(rate.fen, rate.rounding),
            frozen_by: context.actor.id,
            frozen_at: state.now,
            payment: None,
        },
    )
}

/// The versions to be covered, and their sum.
fn range(state: &State, store: StoreId, through: Option<i64>) -> Result<(i64, i64, Points), Stop> {
    let account = Account::accepted(store);
    let newest = state.account(account).version;
    let from = state.settling.through.get(&store).copied().unwrap_or(0) + 1;
    let uncovered = state.balance(account, Owner::Store(store))?;
    let Some(through) = through else {
        return Ok((from, newest, uncovered));
    };
    if !(from..=newest).contains(&through) {
        return Err(Rejection::StatementRange { from, newest }.into());
    }
    let transfers = &state.changes.transfers;
    let later = state.settling.later(store, through, transfers)?;
    Ok((from, through, uncovered.minus(later)?))
}

/// merchant:settling:S → program:redeemed, and in money merchant:payable:S → bank.
pub(super) fn pay(
    state: &State,
    id: StatementId,
    reference: &str,
    context: &Context,
) -> Result<Effects, Stop> {
    let statement = state
        .settling
        .statement(id)
        .ok_or(Rejection::UnknownStatement { statement: id })?;
    state.require(Owner::Store(statement.store))?;
    state.require(Owner::Program(state.program))?;
    if statement.payment.is_some() {
        return Err(Rejection::AlreadyPaid { statement: id }.into());
    }
    if statement.frozen_by == context.actor.id {
        return Err(Rejection::SelfApproval.into());
    }
    let moves = [
        Move {
            from: Account::settling(statement.store),
            to: Account::redeemed(state.program),
            amount: statement.points,
        },
        Move {
            from: Account::payable(statement.store),
            to: Account::bank(state.program),
            amount: statement.amount,
        },
    ];
    let payment = Some(Payment {
        by: context.actor.id,
        at: state.now,
        reference: reference.to_owned(),
    });
    effects(
        TransferKind::PayStatement,
        &moves,
        Statement {
            payment,
            ..statement.clone()
        },
    )
}

fn effects(kind: TransferKind, moves: &[Move], statement: Statement) -> Result<Effects, Stop> {
    let subject = statement.id.0;
    let transfer = Transfer::try_new(kind, subject, moves)?;
    let outcome = Outcome::Statement(Box::new(statement.clone()));
    Ok(Effects {
        transfer: Some(transfer),
        statement: Some(statement),
        ..Effects::answering(subject, outcome)
    })
}
