//! What a member owes from reversals, paid by later awards.

use crate::accounts::{Account, Owner};
use crate::journal::Move;
use crate::lots::Lot;
use crate::machine::{Award, State, Stop};
use crate::points::Points;

/// What an award pays of a debt.
pub(super) struct Recovery {
    pub recovered: Points,
    pub moves: Vec<Move>,
    pub lots: Vec<Lot>,
}

/// Pays what the member owes, oldest reversed award first, as far as this award reaches.
pub(super) fn recover(state: &State, award: &Award) -> Result<Recovery, Stop> {
    let debt = state.balance(Account::debt(award.member), Owner::Member(award.member))?;
    let mut rest = award.points.min(debt.negated()?);
    let mut recovery = Recovery {
        recovered: Points::ZERO,
        moves: Vec::new(),
        lots: Vec::new(),
    };
    if !rest.is_positive() {
        return Ok(recovery);
    }
    let mut owing: Vec<&Lot> = state
        .lots(award.member)
        .iter()
        .filter(|lot| lot.owed.is_positive())
        .collect();
    owing.sort_by_key(|lot| lot.id);
    for lot in owing {
        let amount = rest.min(lot.owed);
        if !amount.is_positive() {
            break;
        }
        state.require(Owner::Budget(lot.budget))?;
        recovery.moves.push(Move {
            from: Account::recoverable(lot.budget),
            to: Account::budget(lot.budget),
            amount,
        });
        recovery.lots.push(Lot {
            owed: lot.owed.minus(amount)?,
            ..lot.clone()
        });
        recovery.recovered = recovery.recovered.plus(amount)?;
        rest = rest.minus(amount)?;
    }
    Ok(recovery)
}
