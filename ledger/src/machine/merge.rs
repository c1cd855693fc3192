//! Two members who are one person: what the one has goes to the other.
//!
//! Points move by a transfer, so that the entries of both stay as they were. Lots, awards and redemptions change hands as they are,
//! whatever their state: a refund finds the lots it took, a reversal the lot it opened. What counts on the caps of the one counts on
//! those of the other from now on.

use crate::accounts::{Account, AccountKind, Owner};
use crate::ids::MemberId;
use crate::journal::{Move, Transfer, TransferError, TransferKind};
use crate::machine::{Effects, Outcome, Rejection, State, Stop};
use crate::points::Points;

/// Stops unless this member is on record, neither merged into another nor erased.
pub(super) fn must_be_active(state: &State, member: MemberId) -> Result<(), Stop> {
    if !state.is_registered(Owner::Member(member))? {
        return Err(Rejection::UnknownMember { member }.into());
    }
    if state.is_erased(member) {
        return Err(Rejection::MemberErased { member }.into());
    }
    match state.merged_into(member) {
        Some(into) => Err(Rejection::MemberMerged { member, into }.into()),
        None => Ok(()),
    }
}

/// Every balance of `from` → the same account of `into`, in one transfer; none when there is none.
pub(super) fn merge(state: &State, from: MemberId, into: MemberId) -> Result<Effects, Stop> {
    if from == into {
        return Err(Rejection::MergeIntoSelf { member: from }.into());
    }
    must_be_active(state, from)?;
    must_be_active(state, into)?;
    // Whoever spends next in this batch needs all of them.
    state.open_lots(from)?;
    state.open_lots(into)?;
    let held = |kind| state.balance(Account::of(kind, from.0), Owner::Member(from));
    let to = |kind, amount| Move {
        from: Account::of(kind, from.0),
        to: Account::of(kind, into.0),
        amount,
    };
    let (wallet, hold) = (held(AccountKind::Wallet)?, held(AccountKind::Hold)?);
    let (pending, debt) = (
        held(AccountKind::Pending)?,
        held(AccountKind::Debt)?.negated()?,
    );
    let moves = [
        to(AccountKind::Wallet, wallet),
        to(AccountKind::Hold, hold),
        to(AccountKind::Pending, pending),
        Move {
            from: Account::debt(into),
            to: Account::debt(from),
            amount: debt,
        },
    ];
    let transfer = match Transfer::try_new(TransferKind::Merge, from.0, &moves) {
        Ok(transfer) => Some(transfer),
        Err(TransferError::Empty) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Effects {
        transfer,
        merge: Some((from, into)),
        ..Effects::answering(from.0, outcome(from, into, [wallet, hold, pending, debt]))
    })
}

const fn outcome(from: MemberId, into: MemberId, moved: [Points; 4]) -> Outcome {
    let [points, held, pending, debt] = moved;
    Outcome::Merged {
        from,
        into,
        points,
        held,
        pending,
        debt,
    }
}
