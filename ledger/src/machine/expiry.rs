//! Lots whose time runs out: their member is told ahead, then what is left goes to program:breakage or, if the policy says so, back to its
//! budget. All of them, once the programme is over.

use crate::accounts::{Account, Owner};
use crate::clock::Timestamp;
use crate::ids::MemberId;
use crate::journal::{Move, Transfer, TransferKind};
use crate::lots::Lot;
use crate::machine::{Effects, Outcome, Rejection, State, Stop};
use crate::points::Points;

/// So much of a lot expires: member:wallet:M → program:breakage, or its budget if its policy says so. Stops unless the owner of that
/// account is locked.
///
/// What goes to the budget goes straight there: in one transfer program:breakage would be credited and debited with the same.
pub(super) fn expire(state: &State, lot: &Lot, amount: Points) -> Result<Move, Stop> {
    let (owner, to) = if lot.to_budget {
        (Owner::Budget(lot.budget), Account::budget(lot.budget))
    } else {
        let program = state.program;
        (Owner::Program(program), Account::breakage(program))
    };
    state.require(owner)?;
    let from = Account::wallet(lot.member);
    Ok(Move { from, to, amount })
}

/// All due lots of the member in one transfer, each to where its policy says. Once the programme is over every lot is due, and goes there
/// too.
pub(super) fn expire_lots(state: &State, member: MemberId) -> Result<Effects, Stop> {
    if !state.is_registered(Owner::Member(member))? {
        return Err(Rejection::UnknownMember { member }.into());
    }
    let over = state.is_over();
    let due = state
        .open_lots(member)?
        .iter()
        .filter(|lot| lot.remaining.is_positive())
        .filter(|lot| over || lot.has_expired(state.now));
    let (mut moves, mut lots) = (Vec::new(), Vec::new());
    for lot in due {
        moves.push(expire(state, lot, lot.remaining)?);
        lots.push(Lot {
            remaining: Points::ZERO,
            expired: lot.expired.plus(lot.remaining)?,
            ..lot.clone()
        });
    }
    if lots.is_empty() {
        return Err(Rejection::NothingDue.into());
    }
    let transfer = Transfer::try_new(TransferKind::Expire, member.0, &moves)?;
    let outcome = Outcome::Expired {
        member,
        points: Points::sum(moves.iter().map(|part| part.amount))?,
        lots: lots.len() as u64,
    };
    Ok(Effects {
        transfer: Some(transfer),
        lots,
        ..Effects::answering(member.0, outcome)
    })
}

/// A lot of which its member is told now.
struct Telling<'s> {
    lot: &'s Lot,
    expires_at: Timestamp,
    /// How many days ahead this is told: of those that have come, the one nearest to the expiry.
    days: i64,
    /// How many days ahead is told next.
    next: Option<i64>,
}

/// Tells the member what will expire on one day, the first of which something is to be told. One notice, however many lots it is about;
/// what is still in them at this moment.
pub(super) fn tell_expiring(state: &State, member: MemberId) -> Result<Effects, Stop> {
    if !state.is_registered(Owner::Member(member))? {
        return Err(Rejection::UnknownMember { member }.into());
    }
    let mut due = Vec::new();
    if !state.is_over() {
        for lot in state.open_lots(member)? {
            due.extend(telling(state, lot)?);
        }
    }
    let calendar = state.calendar()?;
    let first = due.iter().map(|told| told.expires_at).min();
    let expires_at = first.ok_or(Rejection::NothingDue)?;
    let day = calendar.local(expires_at).date();
    due.retain(|told| calendar.local(told.expires_at).date() == day);
    let outcome = Outcome::Expiring {
        member,
        points: Points::sum(due.iter().map(|told| told.lot.remaining))?,
        expires_at,
        days: due.iter().map(|told| told.days).min().unwrap_or_default(),
        lots: due.len() as u64,
    };
    let told = due.iter().map(|told| Lot {
        notice_days: told.next,
        ..told.lot.clone()
    });
    Ok(Effects {
        lots: told.collect(),
        ..Effects::answering(member.0, outcome)
    })
}

/// Whether the member is told of this lot now.
fn telling<'s>(state: &State, lot: &'s Lot) -> Result<Option<Telling<'s>>, Stop> {
    let (Some(expires_at), Some(first)) = (lot.expires_at, lot.notice_days) else {
        return Ok(None);
    };
    if !lot.is_spendable(state.now) {
        return Ok(None);
    }
    // One that came by a merge in this very batch: its award is read for the next.
    let award = state.award(lot.id);
    let award = award.ok_or(Stop::Relock(Owner::Member(lot.member)))?;
    let notices = &award.terms.expiry_notice_days;
    let calendar = state.calendar()?;
    let has_come = |days: i64| {
        let from = calendar.days_before(expires_at, days);
        from.is_some_and(|from| from <= state.now)
    };
    let wanted = notices.iter().copied().filter(|days| *days <= first);
    let Some(days) = wanted.filter(|days| has_come(*days)).min() else {
        return Ok(None);
    };
    Ok(Some(Telling {
        lot,
        expires_at,
        days,
        next: notices.iter().copied().filter(|next| *next < days).max(),
    }))
}
