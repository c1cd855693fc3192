//! Awards: submitted, approved or rejected, vested.

mod record;

use crate::accounts::{Account, Owner};
use crate::ids::AwardId;
use crate::journal::{Move, Transfer, TransferKind};
use crate::lots::Lot;
use crate::machine::merge::must_be_active;
use crate::machine::recovery::{Recovery, recover};
use crate::machine::{Context, CounterKey, Effects, Outcome, Rejection, State, Stop};
use crate::points::Points;
use crate::policy::{Approval, apply_caps};

pub use record::{
    Approved, Award, AwardState, Counted, Objection, Reason, Review, Submission, fingerprint,
};

/// How far a caller's clock may be ahead of ours.
const CLOCK_SKEW_SECONDS: i64 = 300;

/// Counts the caps and, unless somebody must approve, vests.
pub(super) fn submit(
    state: &State,
    submission: &Submission,
    context: &Context,
) -> Result<Effects, Stop> {
    let quote = &submission.quote;
    let member = submission.member;
    must_be_active(state, member)?;
    if !state.is_in_force(&quote.policy, &quote.digest, submission.deed.occurred_at) {
        return Err(Stop::Reprice);
    }
    if context.actor.member == Some(member) {
        return Err(Rejection::SelfAward.into());
    }
    let occurred_at = submission.deed.occurred_at;
    if occurred_at > state.now.plus_seconds(CLOCK_SKEW_SECONDS) {
        return Err(Rejection::DeedInFuture { occurred_at }.into());
    }
    state.must_be_earning(occurred_at)?;
    let deed_id = submission.deed_id();
    if let Some(award) = state.live_award(deed_id, &quote.policy) {
        return Err(Rejection::AlreadyAwarded { award }.into());
    }
    if let Some(expires_at) = quote.expires_at
        && expires_at <= state.now
    {
        return Err(Rejection::AlreadyExpired { expires_at }.into());
    }
    let keys: Vec<CounterKey> = submission.counters().collect();
    let used: Vec<i64> = keys.iter().map(|key| state.counter(key)).collect();
    let capped = apply_caps(quote.points, &quote.caps, &used).map_err(Rejection::CapReached)?;
    let counted: Vec<Counted> = keys
        .into_iter()
        .zip(&capped.adds)
        .map(|(key, &add)| Counted { key, add })
        .collect();
    let award = Award {
        id: AwardId(context.id.0),
        member,
        budget: submission.budget,
        deed_id,
        deed: submission.deed.clone(),
        policy: quote.policy.clone(),
        digest: quote.digest.clone(),
        rule: quote.rule.clone(),
        points: capped.points,
        trace: quote.trace.clone().with_caps(&capped),
        counted: counted.clone(),
        expires_at: quote.expires_at,
        terms: quote.terms.clone(),
        state: AwardState::Submitted,
        submitted_by: context.actor.id,
        submitted_at: state.now,
        approvals: Vec::new(),
        notice_until: None,
        objection: None,
        decided_by: None,
        decided_at: None,
        reason: None,
    };
    let mut effects = match quote.terms.approval {
        Approval::Single => effects_of(award, Points::ZERO),
        Approval::None => vest(state, award)?,
    };
    effects.counters = counted;
    Ok(effects)
}

/// A second person lets a submitted award vest.
pub(super) fn approve(state: &State, id: AwardId, context: &Context) -> Result<Effects, Stop> {
    let award = submitted(state, id)?;
    let actor = &context.actor;
    if actor.id == award.submitted_by || actor.member == Some(award.member) {
        return Err(Rejection::SelfApproval.into());
    }
    if let Some(expires_at) = award.expires_at
        && expires_at <= state.now
    {
        return Err(Rejection::AlreadyExpired { expires_at }.into());
    }
    vest(
        state,
        Award {
            decided_by: Some(actor.id),
            decided_at: Some(state.now),
            ..award.clone()
        },
    )
}

/// Turned down: the caps get back what it counted.
pub(super) fn reject(
    state: &State,
    id: AwardId,
    reason: Reason,
    context: &Context,
) -> Result<Effects, Stop> {
    let award = Award {
        state: AwardState::Rejected,
        decided_by: Some(context.actor.id),
        decided_at: Some(state.now),
        reason: Some(reason),
        ..submitted(state, id)?.clone()
    };
    let counters = given_back(&award);
    Ok(Effects {
        counters,
        ..effects_of(award, Points::ZERO)
    })
}

/// What the award counted, as negative additions.
pub(super) fn given_back(award: &Award) -> Vec<Counted> {
    award
        .counted
        .iter()
        .map(|counted| Counted {
            key: counted.key.clone(),
            add: -counted.add,
        })
        .collect()
}

fn submitted(state: &State, id: AwardId) -> Result<&Award, Stop> {
    let award = state
        .award(id)
        .ok_or(Rejection::UnknownAward { award: id })?;
    if award.state != AwardState::Submitted {
        return Err(Rejection::AwardAlreadyDecided {
            award: id,
            state: award.state,
        }
        .into());
    }
    Ok(award)
}

/// program:budget:B → member:wallet:M, opening a lot. What the member owes from earlier reversals is recovered first: that part goes to
/// member:debt:M, and program:recoverable:B′ → program:budget:B′ for the budget it was owed to.
///
/// The pending account that lies between budget and wallet would be credited and debited in this same transfer, so it is left out.
fn vest(state: &State, award: Award) -> Result<Effects, Stop> {
    let owner = Owner::Budget(award.budget);
    if !state.is_registered(owner)? {
        return Err(Rejection::UnknownBudget {
            budget: award.budget.to_string(),
        }
        .into());
    }
    let budget = Account::budget(award.budget);
    let available = state.balance(budget, owner)?;
    if available < award.points {
        return Err(Rejection::BudgetExhausted {
            budget: award.budget,
            available,
            requested: award.points,
        }
        .into());
    }
    let Recovery {
        recovered,
        mut moves,
        mut lots,
    } = recover(state, &award)?;
    let remaining = award.points.minus(recovered)?;
    moves.push(Move {
        from: budget,
        to: Account::wallet(award.member),
        amount: remaining,
    });
    moves.push(Move {
        from: budget,
        to: Account::debt(award.member),
        amount: recovered,
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

fn effects_of(award: Award, recovered: Points) -> Effects {
    let outcome = Outcome::Award {
        award: award.id,
        member: award.member,
        state: award.state,
        points: award.points,
        recovered,
        expires_at: award.expires_at,
    };
    let subject = award.id.0;
    Effects {
        awards: vec![award],
        ..Effects::answering(subject, outcome)
    }
}
