//! An award undone after it vested: first its own lot, then debt.

use crate::accounts::{Account, Owner};
use crate::ids::AwardId;
use crate::journal::{Move, Transfer, TransferError, TransferKind};
use crate::lots::Lot;
use crate::machine::award::given_back;
use crate::machine::{
    Award, AwardState, Context, Effects, Outcome, Reason, Rejection, State, Stop,
};
use crate::points::Points;

/// What is left of the award's own lot goes back to its budget; the part already spent, up to the policy's
/// cap, becomes debt (member:debt:M → program:recoverable:B). What exceeds the cap is recorded in the receipt, not posted.
/// What expired is nobody's gain and stays breakage.
pub(super) fn reverse(
    state: &State,
    id: AwardId,
    reason: Reason,
    context: &Context,
) -> Result<Effects, Stop> {
    let award = state
        .award(id)
        .ok_or(Rejection::UnknownAward { award: id })?;
    if award.state != AwardState::Vested {
        let state = award.state;
        return Err(Rejection::AwardAlreadyDecided { award: id, state }.into());
    }
    let member = award.member;
    state.require(Owner::Member(member))?;
    state.require(Owner::Budget(award.budget))?;
    let lot = state
        .lot(member, id)
        .ok_or_else(|| Stop::Fault(format!("the vested award {id} has no lot")))?;
    let returned = lot.remaining;
    let spent = lot.opened.minus(lot.remaining)?.minus(lot.expired)?;
    let owed = award.terms.debt_cap.map_or(spent, |cap| spent.min(cap));
    let moves = [
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
    let transfer = match Transfer::try_new(TransferKind::Reverse, id.0, &moves) {
        Ok(transfer) => Some(transfer),
        // All of it expired, or a cap of nothing: the award is undone and no point moves.
        Err(TransferError::Empty) => None,
        Err(error) => return Err(error.into()),
    };
    let lot = Lot {
        remaining: Points::ZERO,
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
