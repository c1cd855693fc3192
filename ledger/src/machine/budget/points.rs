//! Points issued into a budget, taken back, and gone from it at its end.

use super::{BudgetRecord, known, open_budget};
use crate::accounts::{Account, Owner};
use crate::ids::BudgetId;
use crate::journal::{Move, Transfer, TransferKind};
use crate::machine::{Effects, Outcome, Rejection, State, Stop};
use crate::points::Points;

/// program:issued → program:budget:B.
pub fn appropriate(state: &State, budget: BudgetId, points: Points) -> Result<Effects, Stop> {
    let (record, holds) = held(state, budget, points)?;
    let balance = holds.plus(points)?;
    let movement = Move {
        from: Account::issued(state.program),
        to: Account::budget(budget),
        amount: points,
    };
    let record = record.given(points, balance)?;
    let changed = vec![(budget, record)];
    effects(TransferKind::Appropriate, changed, movement, balance)
}

/// program:budget:B → program:issued.
pub fn give_back(state: &State, budget: BudgetId, points: Points) -> Result<Effects, Stop> {
    let (record, available) = held(state, budget, points)?;
    if available < points {
        return Err(Rejection::BudgetExhausted {
            budget,
            available,
            requested: points,
        }
        .into());
    }
    let balance = available.minus(points)?;
    let movement = Move {
        from: Account::budget(budget),
        to: Account::issued(state.program),
        amount: points,
    };
    let changed = vec![(budget, lessened(record, points)?)];
    effects(TransferKind::ReturnBudget, changed, movement, balance)
}

/// program:budget:B → program:issued or its successor: what is left when its time to settle is over, and again what came back since. What would be
/// carried over into a budget that is closed, too, is returned.
pub(super) fn close(state: &State, budget: BudgetId) -> Result<Effects, Stop> {
    let record = known(state, budget)?;
    let due = record.plan.as_ref();
    let due = due.filter(|plan| plan.closes_at() <= state.now);
    let Some(plan) = due else {
        return Err(Rejection::NothingDue.into());
    };
    let left = state.balance(Account::budget(budget), Owner::Budget(budget))?;
    let successor = match plan.successor() {
        Some(into) => Some((into, known(state, into)?)),
        None => None,
    };
    let successor = successor.filter(|(_, record)| record.closed_at.is_none());
    let closed = BudgetRecord {
        closed_at: record.closed_at.or(Some(state.now)),
        ..lessened(record, left)?
    };
    if left.is_zero() {
        if record.closed_at.is_some() {
            return Err(Rejection::NothingDue.into());
        }
        let outcome = outcome(budget, Points::ZERO, Points::ZERO);
        return Ok(Effects {
            budgets: vec![(budget, closed)],
            ..Effects::answering(budget.0, outcome)
        });
    }
    let mut changed = vec![(budget, closed)];
    let (kind, to) = match successor {
        None => (TransferKind::ReturnBudget, Account::issued(state.program)),
        Some((into, heir)) => {
            let holds = state.balance(Account::budget(into), Owner::Budget(into))?;
            changed.push((into, heir.given(left, holds.plus(left)?)?));
            (TransferKind::CarryOver, Account::budget(into))
        }
    };
    let movement = Move {
        from: Account::budget(budget),
        to,
        amount: left,
    };
    effects(kind, changed, movement, Points::ZERO)
}

/// Given so much less.
fn lessened(record: &BudgetRecord, points: Points) -> Result<BudgetRecord, Stop> {
    Ok(BudgetRecord {
        provided: record.provided.minus(points)?,
        ..record.clone()
    })
}

fn held(state: &State, budget: BudgetId, points: Points) -> Result<(&BudgetRecord, Points), Stop> {
    if !points.is_positive() {
        return Err(Rejection::AmountNotPositive.into());
    }
    let record = open_budget(state, budget)?;
    let holds = state.balance(Account::budget(budget), Owner::Budget(budget))?;
    Ok((record, holds))
}

/// Of a movement into or out of the first of the budgets changed.
fn effects(
    kind: TransferKind,
    budgets: Vec<(BudgetId, BudgetRecord)>,
    movement: Move,
    balance: Points,
) -> Result<Effects, Stop> {
    let budget = budgets[0].0;
    let transfer = Transfer::try_new(kind, budget.0, &[movement])?;
    Ok(Effects {
        transfer: Some(transfer),
        budgets,
        ..Effects::answering(budget.0, outcome(budget, movement.amount, balance))
    })
}

const fn outcome(budget: BudgetId, points: Points, balance: Points) -> Outcome {
    Outcome::Budget {
        budget,
        points,
        balance,
    }
}
