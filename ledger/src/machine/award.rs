//! Awards: submitted, approved or rejected, vested.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::accounts::{Account, Owner};
use crate::clock::Timestamp;
use crate::ids::{ActorId, AwardId, BudgetId, DeedId, MemberId, derived};
use crate::journal::{Move, Transfer, TransferKind};
use crate::lots::Lot;
use crate::machine::recovery::{Recovery, recover};
use crate::machine::{Context, CounterKey, Effects, Outcome, Rejection, State, Stop};
use crate::points::Points;
use crate::policy::{Approval, CapSubject, Deed, Quote, Trace, apply_caps};

/// Where an award stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AwardState {
    /// Waits for an approver.
    Submitted,
    /// In the wallet.
    Vested,
    /// Turned down.
    Rejected,
    /// Undone after it vested.
    Reversed,
}

impl AwardState {
    /// Every state.
    pub const ALL: [Self; 4] = [
        Self::Submitted,
        Self::Vested,
        Self::Rejected,
        Self::Reversed,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Vested => "vested",
            Self::Rejected => "rejected",
            Self::Reversed => "reversed",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether it stands in the way of another award for the same deed.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Submitted | Self::Vested)
    }
}

impl fmt::Display for AwardState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why an award was rejected or reversed. A code, because the record holds no free text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// What was claimed did not happen so.
    NotAsClaimed,
    /// The evidence does not suffice.
    Evidence,
    /// The same deed was awarded elsewhere.
    Duplicate,
    /// Entered by mistake.
    Mistake,
    /// Withdrawn by whoever submitted it.
    Withdrawn,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 5] = [
        Self::NotAsClaimed,
        Self::Evidence,
        Self::Duplicate,
        Self::Mistake,
        Self::Withdrawn,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotAsClaimed => "not_as_claimed",
            Self::Evidence => "evidence",
            Self::Duplicate => "duplicate",
            Self::Mistake => "mistake",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The reason of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// A deed priced by a rule, to be awarded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// Whose deed it is.
    pub member: MemberId,
    /// What was done.
    pub deed: Deed,
    /// The policy the caller named, if they did.
    pub named_policy: Option<String>,
    /// The budget the policy draws on.
    pub budget: BudgetId,
    /// What the policy in force made of it, before caps.
    pub quote: Quote,
}

impl Submission {
    /// The deed's id: the same member, kind and reference are the same deed.
    pub fn deed_id(&self) -> DeedId {
        DeedId(derived(&[
            self.member.0.as_bytes(),
            self.deed.kind.as_bytes(),
            self.deed.reference.as_bytes(),
        ]))
    }

    /// Whose counter a cap counts on.
    const fn subject(&self, per: CapSubject) -> Uuid {
        match per {
            CapSubject::Member => self.member.0,
            CapSubject::Budget => self.budget.0,
        }
    }

    /// The counters its caps count on, in the order of the quote.
    pub fn counters(&self) -> impl Iterator<Item = CounterKey> {
        self.quote.caps.iter().map(|claim| CounterKey {
            cap: claim.cap.clone(),
            subject: self.subject(claim.per),
            window_start: claim.window_start,
        })
    }

    /// See [`fingerprint`].
    pub(super) fn fingerprint(&self) -> Uuid {
        fingerprint(self.member, self.named_policy.as_deref(), &self.deed)
    }
}

/// What makes two submissions under one key the same: member, deed and the policy named, not the price.
pub fn fingerprint(member: MemberId, named_policy: Option<&str>, deed: &Deed) -> Uuid {
    let deed = serde_json::to_vec(deed).unwrap_or_default();
    let policy = named_policy.unwrap_or_default().as_bytes();
    derived(&[b"award.submit", member.0.as_bytes(), policy, &deed])
}

/// So much counted on a cap's counter, to be given back if the award does not stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Which counter.
    pub key: CounterKey,
    /// Hundredths of a point, or a count.
    pub add: i64,
}

/// An award on record.
#[derive(Clone, Debug, PartialEq)]
pub struct Award {
    /// Its id, also of its lot.
    pub id: AwardId,
    /// Whose.
    pub member: MemberId,
    /// Out of which budget.
    pub budget: BudgetId,
    /// For which deed.
    pub deed_id: DeedId,
    /// The deed as submitted: kind, reference, moment and facts.
    pub deed: Deed,
    /// By which policy.
    pub policy: String,
    /// The digest of the version that priced it.
    pub digest: String,
    /// By which rule of it.
    pub rule: String,
    /// What it is worth after caps.
    pub points: Points,
    /// How that came about.
    pub trace: Trace,
    /// What it counted on caps.
    pub counted: Vec<Counted>,
    /// When its lot expires.
    pub expires_at: Option<Timestamp>,
    /// The most that becomes debt when it is reversed; `None` is all.
    pub debt_cap: Option<Points>,
    /// Where it stands.
    pub state: AwardState,
    /// Who submitted it.
    pub submitted_by: ActorId,
    /// When.
    pub submitted_at: Timestamp,
    /// Who approved, rejected or reversed it last.
    pub decided_by: Option<ActorId>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Why it was rejected or reversed.
    pub reason: Option<Reason>,
}

/// Counts the caps and, unless somebody must approve, vests.
pub(super) fn submit(
    state: &State,
    submission: &Submission,
    context: &Context,
) -> Result<Effects, Stop> {
    let quote = &submission.quote;
    let member = submission.member;
    if !state.is_registered(Owner::Member(member))? {
        return Err(Rejection::UnknownMember { member }.into());
    }
    if !state.is_in_force(&quote.policy, &quote.digest, submission.deed.occurred_at) {
        return Err(Stop::Reprice);
    }
    if context.actor.member == Some(member) {
        return Err(Rejection::SelfAward.into());
    }
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
        debt_cap: quote.debt_cap,
        state: AwardState::Submitted,
        submitted_by: context.actor.id,
        submitted_at: state.now,
        decided_by: None,
        decided_at: None,
        reason: None,
    };
    let mut effects = match quote.approval {
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
    let transfer = match Transfer::try_new(TransferKind::Award, award.id.0, &moves) {
        Ok(transfer) => Some(transfer),
        Err(error) => return Err(error.into()),
    };
    let award = Award {
        state: AwardState::Vested,
        ..award
    };
    Ok(Effects {
        transfer,
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
    Effects {
        awards: vec![award.clone()],
        ..Effects::answering(award.id.0, outcome)
    }
}
