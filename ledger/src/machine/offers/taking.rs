//! An offer taken up: whether this member may here and now, and what it costs them.

use crate::clock::Timestamp;
use crate::community::offer::{Needed, Offer, OfferState, Terms, Unpriced, Within};
use crate::ids::{MemberId, OfferId, StoreId};
use crate::machine::redemption::paying::Asked;
use crate::machine::{AwardState, Needs, Rejection, State, Stop};
use crate::points::Points;

use super::TradeRejection;

impl Needs {
    /// Adds what a member's taking an offer up needs.
    pub(in crate::machine) fn add_taking(&mut self, offer: OfferId, by: MemberId, at: StoreId) {
        self.offers.offers.insert(offer);
        self.offers.stores.insert(at);
        self.offers.takers.insert((offer, by));
    }
}

/// How many points a member pays for an offer at a store, and on what terms.
pub(in crate::machine) fn agree(
    state: &State,
    asked: &Asked,
    member: MemberId,
    store: StoreId,
) -> Result<(Points, Terms), Stop> {
    let id = asked.offer;
    let offer = state.offers.get(id);
    let offer = offer.ok_or(TradeRejection::UnknownOffer { offer: id })?;
    if state.offers.merchant_of(store) != Some(offer.merchant) || !offer.is_at(store) {
        return Err(TradeRejection::OfferNotHere { offer: id, store }.into());
    }
    let terms = &offer.terms;
    if offer.state != OfferState::Open || !terms.is_valid(state.now) {
        return Err(TradeRejection::OfferNotOpen {
            offer: id,
            state: offer.state,
            from: terms.from,
            until: terms.until,
        }
        .into());
    }
    if !terms.hours.hold(state.calendar()?.local(state.now)) {
        return Err(TradeRejection::OfferNotNow { offer: id }.into());
    }
    if offer.left() == Some(0) {
        return Err(TradeRejection::OutOfStock { offer: id }.into());
    }
    for needed in &terms.needed {
        must_have_done(state, member, needed)?;
    }
    let within = within(state, offer, member)?;
    let priced = terms.price.of(asked.amount).map_err(|why| match why {
        Unpriced::AmountNeeded => TradeRejection::AmountRequired.into(),
        Unpriced::AmountIdle => TradeRejection::AmountUnwanted.into(),
        Unpriced::Nothing => TradeRejection::AmountTooSmall.into(),
        Unpriced::Overflow => Rejection::AmountOverflow,
    })?;
    let agreed = Terms {
        offer: id,
        revision: offer.revision,
        price: terms.price,
        amount: asked.amount,
        cash: priced.cash,
        bearer: terms.bearer,
        within,
    };
    Ok((priced.points, agreed))
}

fn must_have_done(state: &State, member: MemberId, needed: &Needed) -> Result<(), Stop> {
    let day = 86_400;
    let since = state.now.plus_seconds(-needed.within_days * day);
    let deeds = state.done_by(member);
    let done = deeds.filter(|(kind, at)| **kind == *needed.deed && *at >= since);
    let missing = needed.count - i64::try_from(done.count()).unwrap_or(i64::MAX);
    if missing > 0 {
        return Err(TradeRejection::NotEligible {
            deed: needed.deed.clone(),
            needed: needed.count,
            missing,
            within_days: needed.within_days,
        }
        .into());
    }
    Ok(())
}

/// In which stretch of the calendar it counts, if there is room for it.
fn within(state: &State, offer: &Offer, member: MemberId) -> Result<Option<Within>, Stop> {
    let Some(limit) = offer.terms.limit else {
        return Ok(None);
    };
    let window = state.calendar()?.window(limit.every, state.now);
    let beyond = || Stop::Fault("the calendar does not reach as far as today".to_owned());
    let (from, until) = window.ok_or_else(beyond)?;
    let taken = state.offers.taken.get(&(offer.id, member));
    let moments = taken.into_iter().flat_map(|taken| taken.values());
    let used = moments.filter(|at| (from..until).contains(*at)).count();
    let count = limit.count;
    if i64::try_from(used).unwrap_or(i64::MAX) >= count {
        return Err(TradeRejection::OfferLimitReached {
            offer: offer.id,
            limit: count,
            every: limit.every,
            again_at: until,
        }
        .into());
    }
    Ok(Some(Within { count, from, until }))
}

impl State {
    /// Deeds of a member's whose award has vested and stands, as far as they were read or vested in this batch: of which kind, and when.
    fn done_by(&self, member: MemberId) -> impl Iterator<Item = (&String, Timestamp)> {
        let read = self.offers.done.get(&member).into_iter().flatten();
        let read = read.filter(|(id, _)| self.award(**id).is_none());
        let known = self.awards_of(member);
        let vested = known.filter(|award| award.state == AwardState::Vested);
        let vested = vested.map(|award| (&award.deed.kind, award.deed.occurred_at));
        read.map(|(_, (kind, at))| (kind, *at)).chain(vested)
    }
}
