//! Budgets: points issued into them and taken back.

use crate::accounts::{Account, Owner};
use crate::ids::BudgetId;
use crate::journal::{Move, Transfer, TransferKind};
use crate::machine::{Effects, Outcome, Rejection, State, Stop};
use crate::points::Points;

/// program:issued → program:budget:B.
pub(super) fn appropriate(
    state: &State,
    budget: BudgetId,
    points: Points,
) -> Result<Effects, Stop> {
    let balance = held(state, budget, points)?.plus(points)?;
    let from = Account::issued(state.program);
    let to = Account::budget(budget);
    effects(
        TransferKind::Appropriate,
        budget,
        Move {
            from,
            to,
            amount: points,
        },
        balance,
    )
}

/// program:budget:B → program:issued.
pub(super) fn give_back(state: &State, budget: BudgetId, points: Points) -> Result<Effects, Stop> {
    let available = held(state, budget, points)?;
    if available < points {
        return Err(Rejection::BudgetExhausted {
            budget,
            available,
            requested: points,
        }
        .into());
    }
    let from = Account::budget(budget);
    let to = Account::issued(state.program);
    effects(
        TransferKind::ReturnBudget,
        budget,
        Move {
            from,
            to,
            amount: points,
        },
        available.minus(points)?,
    )
}

fn held(state: &State, budget: BudgetId, points: Points) -> Result<Points, Stop> {
    if !points.is_positive() {
        return Err(Rejection::AmountNotPositive.into());
    }
    if !state.is_registered(Owner::Budget(budget))? {
        return Err(Rejection::UnknownBudget {
            budget: budget.to_string(),
        }
        .into());
    }
    state.balance(Account::budget(budget), Owner::Budget(budget))
}

fn effects(
    kind: TransferKind,
    budget: BudgetId,
    movement: Move,
    balance: Points,
) -> Result<Effects, Stop> {
    let transfer = Transfer::try_new(kind, budget.0, &[movement])?;
    let points = movement.amount;
    Ok(Effects {
        transfer: Some(transfer),
        ..Effects::answering(
            budget.0,
            Outcome::Budget {
                budget,
                points,
                balance,
            },
        )
    })
}
