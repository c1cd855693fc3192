//! What a member owes from reversals, paid by later awards.

use rust_decimal::Decimal;

use crate::accounts::{Account, Owner};
use crate::journal::Move;
use crate::lots::Lot;
use crate::machine::{Award, State, Stop};
use crate::points::{AmountError, Points, Rounding};

/// What an award pays of a debt.
pub(super) struct Recovery {
    pub recovered: Points,
    pub moves: Vec<Move>,
    pub lots: Vec<Lot>,
}

/// What of an award may go to a debt, by its policy; a hundredth that would be split stays with the member.
fn share(award: &Award) -> Result<Points, Stop> {
    let share = Decimal::new(award.terms.recovered_share, 4);
    let part = award.points.to_decimal().checked_mul(share);
    Ok(Points::rounded(
        part.ok_or(AmountError::Overflow)?,
        Rounding::Down,
    )?)
}

/// Pays what the member owes, oldest reversed award first, as far as this award reaches.
pub(super) fn recover(state: &State, award: &Award) -> Result<Recovery, Stop> {
    let debt = state.balance(Account::debt(award.member), Owner::Member(award.member))?;
    let mut rest = share(award)?.min(debt.negated()?);
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
