//! An award to which nobody else has to agree: its budget pays for it, now or once it is given more, and it goes on notice or vests.

use super::{Award, AwardState, Counted, effects_of};
use crate::accounts::{Account, Owner};
use crate::clock::Timestamp;
use crate::community::budget::Exhausted;
use crate::journal::{Move, Transfer, TransferKind};
use crate::lots::Lot;
use crate::machine::budget::{open_budget, waiting_for};
use crate::machine::recovery::{Recovery, recover};
use crate::machine::{Effects, Rejection, State, Stop};
use crate::points::Points;
use crate::policy::{DuplicateReward, Unfunded};

/// Opens its public notice, or lets it vest at once. What its budget cannot pay is turned down, or waits where that is planned; then whoever comes
/// later waits, too, so that what the budget is given next goes to those who waited: in order of submission, to each that fits.
pub(in crate::machine) fn grant(state: &State, award: Award) -> Result<Effects, Stop> {
    let budget = award.budget;
    let queues = open_budget(state, budget)?.exhausted() == Exhausted::Queue;
    let available = state.balance(Account::budget(budget), Owner::Budget(budget))?;
    let ahead = state.counter(&waiting_for(budget));
    let waited = award.is_unfunded();
    if available >= award.points && (waited || !queues || ahead == 0) {
        let (award, counters) = funded(state, award);
        let effects = paid(state, award)?;
        return Ok(Effects {
            counters,
            ..effects
        });
    }
    if queues && !waited {
        return Ok(queued(state, award, available, ahead));
    }
    Err(Rejection::BudgetExhausted {
        budget,
        available,
        requested: award.points,
    }
    .into())
}

/// It waits for its budget. What it counts under caps stays counted.
fn queued(state: &State, mut award: Award, available: Points, ahead: i64) -> Effects {
    let waits = Counted {
        key: waiting_for(award.budget),
        add: 1,
    };
    award.counted.push(waits.clone());
    award.state = AwardState::Queued;
    award.trace.unfunded = Some(Unfunded {
        since: state.now,
        available,
        ahead,
        until: None,
    });
    Effects {
        counters: vec![waits],
        ..effects_of(award, Points::ZERO)
    }
}

/// It waits for its budget no more, if it did; with what it does not count any more.
fn funded(state: &State, mut award: Award) -> (Award, Vec<Counted>) {
    if !award.is_unfunded() {
        return (award, Vec::new());
    }
    let key = waiting_for(award.budget);
    award.counted.retain(|counted| counted.key != key);
    if let Some(unfunded) = &mut award.trace.unfunded {
        unfunded.until = Some(state.now);
    }
    (award, vec![Counted { key, add: -1 }])
}

/// Its budget pays.
fn paid(state: &State, award: Award) -> Result<Effects, Stop> {
    let budget = Account::budget(award.budget);
    let Some(notice_until) = notice_until(state, &award) else {
        return vest(state, award, budget, Points::ZERO);
    };
    let on_notice = Move {
        from: budget,
        to: Account::pending(award.member),
        amount: award.points,
    };
    let transfer = Transfer::try_new(TransferKind::Notice, award.id.0, &[on_notice])?;
    let award = Award {
        state: AwardState::Pending,
        notice_until: Some(notice_until),
        ..award
    };
    Ok(Effects {
        transfer: Some(transfer),
        ..effects_of(award, Points::ZERO)
    })
}

/// When its public notice closes; `None` if it has none. What is shared is on notice at least until no further report can come.
fn notice_until(state: &State, award: &Award) -> Option<Timestamp> {
    let terms = &award.terms;
    let shared = terms.duplicates.as_ref();
    let shared = shared.filter(|duplicates| duplicates.reward == DuplicateReward::Share);
    let open = shared.map(|duplicates| duplicates.around(award.deed.occurred_at).1);
    let notice = terms.notice_seconds;
    let shown = (notice > 0).then(|| state.now.plus_seconds(notice));
    shown.max(open)
}

/// From its budget, or from member:pending:M, to member:wallet:M, opening a lot. What the member owes from earlier reversals is
/// recovered first: that part goes to member:debt:M, and program:recoverable:B′ → program:budget:B′ for the budget it was owed to.
///
/// Without a notice the pending account would be credited and debited in this same transfer, so it is left out. What others who reported the
/// same thing have of it goes back to the budget.
pub(super) fn vest(
    state: &State,
    award: Award,
    from: Account,
    others: Points,
) -> Result<Effects, Stop> {
    let Recovery {
        recovered,
        mut moves,
        mut lots,
    } = recover(state, &award)?;
    let remaining = award.points.minus(recovered)?;
    moves.push(Move {
        from,
        to: Account::wallet(award.member),
        amount: remaining,
    });
    moves.push(Move {
        from,
        to: Account::debt(award.member),
        amount: recovered,
    });
    moves.push(Move {
        from,
        to: Account::budget(award.budget),
        amount: others,
    });
    lots.push(Lot {
        id: award.id,
        member: award.member,
        budget: award.budget,
        opened: award.points,
        remaining,
        expired: Points::ZERO,
        owed: Points::ZERO,
        reversed: false,
        expires_at: award.expires_at,
        to_budget: award.terms.expires_to_budget,
        grace_seconds: award.terms.grace_seconds,
        notice_days: award.terms.expiry_notice_days.first().copied(),
    });
    let transfer = Transfer::try_new(TransferKind::Award, award.id.0, &moves)?;
    let award = Award {
        state: AwardState::Vested,
        ..award
    };
    Ok(Effects {
        transfer: Some(transfer),
        lots,
        ..effects_of(award, recovered)
    })
}
