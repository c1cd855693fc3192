//! A member pays: points for something at a store, held or charged at once.
//!
//! Who pays is one question, by what it was shown that they do another: [`authorise`] answers the second and leaves the rest to [`pay`].

use serde::{Deserialize, Serialize};

use super::{Redemption, RedemptionState, effects_of, lot_of, must_speak_for};
use crate::accounts::{Account, Owner};
use crate::community::offer::Terms;
use crate::ids::{MemberId, OfferId, RedemptionId, StoreId};
use crate::journal::{Move, Transfer, TransferKind};
use crate::lots::{Lot, Taking, spendable, take_first_expiring};
use crate::machine::offers::TradeRejection;
use crate::machine::offers::taking::agree;
use crate::machine::payer::{Payer, who_pays};
use crate::machine::{Context, Effects, Links, Needs, Rejection, State, Stop};
use crate::points::Points;

/// What is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charge {
    /// So many points, above zero, whatever for.
    Points(Points),
    /// An offer: it says how many points that is.
    Offer(Asked),
}

/// An offer, as somebody asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Which.
    pub offer: OfferId,
    /// What it would cost, in yuan, where the price goes by that.
    pub amount: Option<Points>,
}

/// What a store asks for.
#[derive(Clone, Copy, Debug)]
pub(in crate::machine) struct Payment {
    pub store: StoreId,
    pub charge: Charge,
    pub capture: bool,
    pub hold_seconds: i64,
}

impl Needs {
    /// Adds what a payment needs.
    pub(in crate::machine) fn add_payment(
        &mut self,
        payer: &Payer,
        store: StoreId,
        charge: &Charge,
        links: &Links,
    ) {
        self.closing = true;
        self.owners.insert(Owner::Store(store));
        for member in self.add_payer(payer, links) {
            if let Charge::Offer(asked) = charge {
                self.add_taking(asked.offer, member, store);
            }
        }
    }
}

/// By whatever was shown, which is used up.
pub(in crate::machine) fn authorise(
    state: &State,
    context: &Context,
    payer: &Payer,
    payment: &Payment,
) -> Result<Effects, Stop> {
    must_take_payments(state, context, payment)?;
    let found = who_pays(state, context, payer)?;
    let (points, terms) = agreed(state, found.member, payment)?;
    let effects = pay(state, context, found.member, payment, (points, terms))?;
    Ok(Effects {
        spent_code: found.spent_code(),
        paying: found.counted(state, context, points)?,
        ..effects
    })
}

/// Whether anybody may pay this here, before it is looked at who does.
fn must_take_payments(state: &State, context: &Context, payment: &Payment) -> Result<(), Stop> {
    if matches!(payment.charge, Charge::Points(points) if !points.is_positive()) {
        return Err(Rejection::AmountNotPositive.into());
    }
    let store = payment.store;
    must_speak_for(state, store, context)?;
    if state.merchants.is_shut(store) {
        return Err(TradeRejection::MerchantSuspended { store }.into());
    }
    state.must_be_spending()
}

/// How many points are paid, and on what terms where it is for an offer.
fn agreed(
    state: &State,
    member: MemberId,
    payment: &Payment,
) -> Result<(Points, Option<Terms>), Stop> {
    // Whoever was merged meanwhile is another: what was read of offers is not theirs.
    state.require(Owner::Member(member))?;
    if state.is_erased(member) {
        return Err(Rejection::MemberErased { member }.into());
    }
    match &payment.charge {
        Charge::Points(points) => Ok((*points, None)),
        Charge::Offer(asked) => {
            let (points, terms) = agree(state, asked, member, payment.store)?;
            Ok((points, Some(terms)))
        }
    }
}

/// member:wallet:M → member:hold:M, or at once → merchant:accepted:S.
fn pay(
    state: &State,
    context: &Context,
    member: MemberId,
    payment: &Payment,
    (points, terms): (Points, Option<Terms>),
) -> Result<Effects, Stop> {
    let &Payment { store, capture, .. } = payment;
    let redemption = Redemption {
        id: RedemptionId(context.id.0),
        member,
        store,
        state: match capture {
            true => RedemptionState::Captured,
            false => RedemptionState::Held,
        },
        authorised: points,
        captured: if capture { points } else { Points::ZERO },
        refunded: Points::ZERO,
        authorised_at: state.now,
        hold_expires_at: state.now.plus_seconds(payment.hold_seconds),
        terms,
    };
    let (lots, takings) = take(state, &redemption)?;
    let (kind, to) = match capture {
        true => (TransferKind::Charge, Account::accepted(store)),
        false => (TransferKind::Authorise, Account::hold(member)),
    };
    let out = Move {
        from: Account::wallet(member),
        to,
        amount: points,
    };
    Ok(Effects {
        transfer: Some(Transfer::try_new(kind, redemption.id.0, &[out])?),
        lots,
        takings,
        ..effects_of(redemption)
    })
}

/// What a new redemption takes of the lots that expire first, and those lots after it.
fn take(state: &State, redemption: &Redemption) -> Result<(Vec<Lot>, Vec<Taking>), Stop> {
    let (member, points) = (redemption.member, redemption.authorised);
    let lots = state.open_lots(member)?;
    let parts =
        take_first_expiring(lots, points, state.now).ok_or(Rejection::InsufficientPoints {
            available: spendable(lots, state.now)?,
            requested: points,
        })?;
    let mut takings = Vec::with_capacity(parts.len());
    let mut changed = Vec::with_capacity(parts.len());
    for (position, part) in (0_i64..).zip(&parts) {
        let lot = lot_of(state, member, *part)?;
        changed.push(Lot {
            remaining: lot.remaining.minus(part.points)?,
            ..lot.clone()
        });
        takings.push(Taking {
            redemption: redemption.id,
            position,
            lot: part.lot,
            taken: part.points,
            returned: Points::ZERO,
        });
    }
    Ok((changed, takings))
}
