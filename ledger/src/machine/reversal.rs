//! An award undone after it vested: first its own lot, then debt.

use crate::accounts::{Account, Owner};
use crate::clock::Timestamp;
use crate::ids::AwardId;
use crate::journal::{Move, Transfer, TransferError, TransferKind};
use crate::lots::Lot;
use crate::machine::award::{given_back, in_state};
use crate::machine::expiry::expire;
use crate::machine::{
    Award, AwardState, Context, Effects, Outcome, Reason, Rejection, State, Stop,
};
use crate::points::Points;

const DAY_SECONDS: i64 = 24 * 3_600;

impl Award {
    /// From when on what is still owed on it is written off: so many days after it was reversed; `None` if its policy has it owed for ever, or
    /// nobody reversed it.
    pub fn write_off_due(&self) -> Option<Timestamp> {
        let days = self.terms.write_off_days?;
        let reversed_at = self
            .decided_at
            .filter(|_| self.state == AwardState::Reversed)?;
        Some(reversed_at.plus_seconds(days.saturating_mul(DAY_SECONDS)))
    }
}

/// What is left of the award's own lot goes back to its budget; the part already spent, up to the policy's
/// cap, becomes debt (member:debt:M → program:recoverable:B). What exceeds the cap is recorded in the receipt, not posted.
/// What went to program:breakage stays there, and so does what has expired and was not swept yet: it does not matter which came first.
pub(super) fn reverse(
    state: &State,
    id: AwardId,
    reason: Reason,
    context: &Context,
) -> Result<Effects, Stop> {
    let award = in_state(state, id, &[AwardState::Vested])?;
    let member = award.member;
    state.require(Owner::Budget(award.budget))?;
    let lot = state
        .lot(member, id)
        .ok_or_else(|| Stop::Fault(format!("the vested award {id} has no lot")))?;
    let (returned, lapsed) = if lot.has_expired(state.now) && !lot.to_budget {
        (Points::ZERO, lot.remaining)
    } else {
        (lot.remaining, Points::ZERO)
    };
    let spent = lot.opened.minus(lot.remaining)?.minus(lot.expired)?;
    let owed = award.terms.debt_cap.map_or(spent, |cap| spent.min(cap));
    let mut moves = vec![
        Move {
            from: Account::wallet(member),
            to: Account::budget(award.budget),
            amount: returned,
        },
        Move {
            from: Account::debt(member),
            to: Account::recoverable(award.budget),
            amount: owed,
        },
    ];
    if lapsed.is_positive() {
        moves.push(expire(state, lot, lapsed)?);
    }
    let transfer = match Transfer::try_new(TransferKind::Reverse, id.0, &moves) {
        Ok(transfer) => Some(transfer),
        // All of it expired, or a cap of nothing: the award is undone and no point moves.
        Err(TransferError::Empty) => None,
        Err(error) => return Err(error.into()),
    };
    let lot = Lot {
        remaining: Points::ZERO,
        expired: lot.expired.plus(lapsed)?,
        owed,
        reversed: true,
        ..lot.clone()
    };
    let award = Award {
        state: AwardState::Reversed,
        decided_by: Some(context.actor.id),
        decided_at: Some(state.now),
        reason: Some(reason),
        ..award.clone()
    };
    let excess = spent.minus(owed)?;
    let outcome = Outcome::Reversal {
        award: id,
        member,
        returned,
        owed,
        excess,
    };
    Ok(Effects {
        transfer,
        counters: given_back(&award),
        awards: vec![award],
        lots: vec![lot],
        ..Effects::answering(id.0, outcome)
    })
}

/// program:recoverable:B → member:debt:M: what is still owed on a reversed award, once the policy's time for it has passed.
pub(super) fn write_off(state: &State, id: AwardId) -> Result<Effects, Stop> {
    let award = in_state(state, id, &[AwardState::Reversed])?;
    state.require(Owner::Budget(award.budget))?;
    let due = award.write_off_due().is_some_and(|due| due <= state.now);
    let lot = state.lot(award.member, id);
    let lot = lot.filter(|lot| due && lot.owed.is_positive());
    let lot = lot.ok_or(Rejection::NothingDue)?;
    let forgiven = Move {
        from: Account::recoverable(lot.budget),
        to: Account::debt(award.member),
        amount: lot.owed,
    };
    let outcome = Outcome::WrittenOff {
        award: id,
        member: award.member,
        points: lot.owed,
    };
    Ok(Effects {
        transfer: Some(Transfer::try_new(
            TransferKind::WriteOff,
            id.0,
            &[forgiven],
        )?),
        lots: vec![Lot {
            owed: Points::ZERO,
            ..lot.clone()
        }],
        ..Effects::answering(id.0, outcome)
    })
}
