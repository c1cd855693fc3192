//! Redemptions: authorise, capture, void, refund, and holds whose time runs out.

pub mod paying;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::accounts::{Account, Owner};
use crate::clock::Timestamp;
use crate::community::offer::Terms;
use crate::ids::{MemberId, RedemptionId, StoreId};
use crate::journal::{Move, Transfer, TransferKind};
use crate::lots::{Lot, Part, Taking, give_back_last_consumed};
use crate::machine::expiry::expire;
use crate::machine::{Context, Effects, Outcome, Rejection, State, Stop};
use crate::points::Points;

/// Where a redemption stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedemptionState {
    /// Points are on hold.
    Held,
    /// The store has them, whole or in part.
    Captured,
    /// The store gave the hold back.
    Voided,
    /// The hold's time ran out.
    Released,
}

impl RedemptionState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Held, Self::Captured, Self::Voided, Self::Released];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Captured => "captured",
            Self::Voided => "voided",
            Self::Released => "released",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl fmt::Display for RedemptionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Points spent at a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redemption {
    /// Its id.
    pub id: RedemptionId,
    /// Who spends.
    pub member: MemberId,
    /// Where.
    pub store: StoreId,
    /// Where it stands.
    pub state: RedemptionState,
    /// What was held or charged.
    pub authorised: Points,
    /// What the store took of it.
    pub captured: Points,
    /// What came back of that.
    pub refunded: Points,
    /// When it was authorised.
    pub authorised_at: Timestamp,
    /// Until when the hold lasts.
    pub hold_expires_at: Timestamp,
    /// What was agreed on, where an offer was taken up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Terms>,
}

impl Redemption {
    /// Whether what was agreed on is taken: held, or captured and not all given back.
    pub fn takes(&self) -> bool {
        match self.state {
            RedemptionState::Held => true,
            RedemptionState::Captured => self.refunded < self.captured,
            RedemptionState::Voided | RedemptionState::Released => false,
        }
    }
}

/// member:hold:M → merchant:accepted:S; what is not captured goes back to the wallet.
pub(super) fn capture(
    state: &State,
    id: RedemptionId,
    points: Option<Points>,
    context: &Context,
) -> Result<Effects, Stop> {
    let redemption = held(state, id, context)?;
    if redemption.hold_expires_at <= state.now {
        return Err(Rejection::HoldExpired {
            expired_at: redemption.hold_expires_at,
        }
        .into());
    }
    let captured = points.unwrap_or(redemption.authorised);
    if !captured.is_positive() {
        return Err(Rejection::AmountNotPositive.into());
    }
    let authorised = redemption.authorised;
    if captured > authorised {
        return Err(Rejection::CaptureExceedsHold {
            authorised,
            requested: captured,
        }
        .into());
    }
    let hold = Account::hold(redemption.member);
    let mut back = give_back(state, redemption, authorised.minus(captured)?, hold)?;
    back.moves.push(Move {
        from: hold,
        to: Account::accepted(redemption.store),
        amount: captured,
    });
    let redemption = Redemption {
        state: RedemptionState::Captured,
        captured,
        ..redemption.clone()
    };
    back.into_effects(TransferKind::Capture, redemption)
}

/// The store gives the hold back.
pub(super) fn void(state: &State, id: RedemptionId, context: &Context) -> Result<Effects, Stop> {
    let redemption = held(state, id, context)?;
    resolve(
        state,
        redemption,
        TransferKind::Void,
        RedemptionState::Voided,
    )
}

/// The hold's time ran out.
pub(super) fn release(state: &State, id: RedemptionId, context: &Context) -> Result<Effects, Stop> {
    let redemption = held(state, id, context)?;
    if redemption.hold_expires_at > state.now {
        return Err(Rejection::HoldNotDue {
            expires_at: redemption.hold_expires_at,
        }
        .into());
    }
    resolve(
        state,
        redemption,
        TransferKind::Release,
        RedemptionState::Released,
    )
}

/// merchant:accepted:S → member:wallet:M, to the lots it came from.
pub(super) fn refund(
    state: &State,
    id: RedemptionId,
    points: Option<Points>,
    context: &Context,
) -> Result<Effects, Stop> {
    let redemption = own(state, id, context)?;
    if redemption.state != RedemptionState::Captured {
        let state = redemption.state;
        return Err(Rejection::NotCaptured {
            redemption: id,
            state,
        }
        .into());
    }
    let refundable = redemption.captured.minus(redemption.refunded)?;
    let refunded = points.unwrap_or(refundable);
    if refunded > refundable || refundable.is_zero() {
        return Err(Rejection::RefundExceedsCapture {
            refundable,
            requested: refunded,
        }
        .into());
    }
    if !refunded.is_positive() {
        return Err(Rejection::AmountNotPositive.into());
    }
    let from = Account::accepted(redemption.store);
    let back = give_back(state, redemption, refunded, from)?;
    let refunded = redemption.refunded.plus(refunded)?;
    back.into_effects(
        TransferKind::Refund,
        Redemption {
            refunded,
            ..redemption.clone()
        },
    )
}

fn resolve(
    state: &State,
    redemption: &Redemption,
    kind: TransferKind,
    to: RedemptionState,
) -> Result<Effects, Stop> {
    let hold = Account::hold(redemption.member);
    let back = give_back(state, redemption, redemption.authorised, hold)?;
    back.into_effects(
        kind,
        Redemption {
            state: to,
            ..redemption.clone()
        },
    )
}

/// A store acts for itself; to it, another does not exist.
pub(super) fn must_speak_for(state: &State, store: StoreId, context: &Context) -> Result<(), Stop> {
    match context.actor.speaks_for(store) && state.is_registered(Owner::Store(store))? {
        true => Ok(()),
        false => Err(Rejection::UnknownStore { store }.into()),
    }
}

/// A store sees only its own redemptions; to it, another's does not exist.
pub(super) fn own<'s>(
    state: &'s State,
    id: RedemptionId,
    context: &Context,
) -> Result<&'s Redemption, Stop> {
    let redemption = state
        .redemption(id)
        .filter(|redemption| context.actor.speaks_for(redemption.store))
        .ok_or(Rejection::UnknownRedemption { redemption: id })?;
    state.require(Owner::Member(redemption.member))?;
    state.require(Owner::Store(redemption.store))?;
    Ok(redemption)
}

fn held<'s>(state: &'s State, id: RedemptionId, context: &Context) -> Result<&'s Redemption, Stop> {
    let redemption = own(state, id, context)?;
    if redemption.state != RedemptionState::Held {
        let state = redemption.state;
        return Err(Rejection::HoldAlreadyResolved {
            redemption: id,
            state,
        }
        .into());
    }
    Ok(redemption)
}

/// Points on their way back from a hold or a store.
struct GivingBack {
    moves: Vec<Move>,
    lots: Vec<Lot>,
    takings: Vec<Taking>,
}

impl GivingBack {
    fn into_effects(self, kind: TransferKind, redemption: Redemption) -> Result<Effects, Stop> {
        let transfer = Transfer::try_new(kind, redemption.id.0, &self.moves)?;
        Ok(Effects {
            transfer: Some(transfer),
            lots: self.lots,
            takings: self.takings,
            ..effects_of(redemption)
        })
    }
}

/// `amount` from `from` back to the lots last consumed. A lot that expired meanwhile reopens for its policy's grace, for what comes back
/// only: what it still held when its time ran out expires now, as if it had been swept before. Without grace what comes back
/// expires with it. What comes back to a lot whose award was reversed pays what is still owed on it first.
fn give_back(
    state: &State,
    redemption: &Redemption,
    amount: Points,
    from: Account,
) -> Result<GivingBack, Stop> {
    let takings = state.takings(redemption.id);
    let parts = give_back_last_consumed(takings, amount)
        .ok_or_else(|| Stop::Fault(format!("{} took less than it gives back", redemption.id)))?;
    let member = redemption.member;
    let mut back = GivingBack {
        moves: Vec::new(),
        lots: Vec::new(),
        takings: Vec::new(),
    };
    for part in parts {
        let lot = lot_of(state, member, part)?;
        let repaid = part.points.min(lot.owed);
        let refilled = part.points.minus(repaid)?;
        if repaid.is_positive() {
            state.require(Owner::Budget(lot.budget))?;
            let (recoverable, budget) = (
                Account::recoverable(lot.budget),
                Account::budget(lot.budget),
            );
            back.moves.push(Move {
                from,
                to: Account::debt(member),
                amount: repaid,
            });
            back.moves.push(Move {
                from: recoverable,
                to: budget,
                amount: repaid,
            });
        }
        back.moves.push(Move {
            from,
            to: Account::wallet(member),
            amount: refilled,
        });
        let reopened = refilled.is_positive() && lot.has_expired(state.now);
        let held = lot.remaining.plus(refilled)?;
        let lapsed = match (reopened, lot.grace_seconds) {
            (false, _) => Points::ZERO,
            (true, 0) => held,
            (true, _) => lot.remaining,
        };
        if lapsed.is_positive() {
            back.moves.push(expire(state, lot, lapsed)?);
        }
        back.lots.push(Lot {
            remaining: held.minus(lapsed)?,
            expired: lot.expired.plus(lapsed)?,
            owed: lot.owed.minus(repaid)?,
            expires_at: if reopened && lot.grace_seconds > 0 {
                Some(state.now.plus_seconds(lot.grace_seconds))
            } else {
                lot.expires_at
            },
            ..lot.clone()
        });
        let taking = takings
            .iter()
            .find(|taking| taking.lot == part.lot)
            .ok_or_else(|| Stop::Fault(format!("{} never took of {}", redemption.id, part.lot)))?;
        back.takings.push(Taking {
            returned: taking.returned.plus(part.points)?,
            ..*taking
        });
    }
    Ok(back)
}

fn lot_of(state: &State, member: MemberId, part: Part) -> Result<&Lot, Stop> {
    state.lot(member, part.lot).ok_or_else(|| {
        Stop::Fault(format!(
            "lot {} of member {member} was not loaded",
            part.lot
        ))
    })
}

fn effects_of(redemption: Redemption) -> Effects {
    Effects {
        redemptions: vec![redemption.clone()],
        ..Effects::answering(redemption.id.0, Outcome::Redemption(redemption))
    }
}
