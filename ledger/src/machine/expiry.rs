//! Lots whose time ran out become breakage; all of them, once the programme is over.

use crate::accounts::{Account, Owner};
use crate::ids::MemberId;
use crate::journal::{Move, Transfer, TransferKind};
use crate::lots::Lot;
use crate::machine::{Effects, Outcome, Rejection, State, Stop};
use crate::points::Points;

/// member:wallet:M → program:breakage, all due lots of the member in one transfer.
pub(super) fn expire_lots(state: &State, member: MemberId) -> Result<Effects, Stop> {
    if !state.is_registered(Owner::Member(member))? {
        return Err(Rejection::UnknownMember { member }.into());
    }
    let over = state.is_over();
    let due: Vec<&Lot> = state
        .open_lots(member)?
        .iter()
        .filter(|lot| lot.remaining.is_positive())
        .filter(|lot| over || lot.has_expired(state.now))
        .collect();
    if due.is_empty() {
        return Err(Rejection::NothingDue.into());
    }
    let amount = Points::sum(due.iter().map(|lot| lot.remaining))?;
    let from = Account::wallet(member);
    let to = Account::breakage(state.program);
    let transfer = Transfer::try_new(TransferKind::Expire, member.0, &[Move { from, to, amount }])?;
    let lots = due
        .iter()
        .map(|&lot| {
            Ok(Lot {
                remaining: Points::ZERO,
                expired: lot.expired.plus(lot.remaining)?,
                ..lot.clone()
            })
        })
        .collect::<Result<Vec<_>, Stop>>()?;
    let outcome = Outcome::Expired {
        member,
        points: amount,
        lots: lots.len() as u64,
    };
    Ok(Effects {
        transfer: Some(transfer),
        lots,
        ..Effects::answering(member.0, outcome)
    })
}
