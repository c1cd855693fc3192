//! Why nothing comes of something about merchants and what they offer.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::community::merchant::MerchantState;
use crate::community::offer::{Flaw, OfferState};
use crate::ids::{MerchantId, OfferId, StoreId};
use crate::policy::Window;

/// See [`crate::machine::Rejection`], among whose codes these are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum TradeRejection {
    /// No such merchant.
    #[error("no merchant {merchant} in this programme")]
    UnknownMerchant {
        /// As given.
        merchant: MerchantId,
    },
    /// The merchant does not go on from where it stands to there.
    #[error("merchant {merchant} is {}", state.name())]
    MerchantState {
        /// Which.
        merchant: MerchantId,
        /// Where it stands.
        state: MerchantState,
    },
    /// The store's merchant does not take part: not yet, not for now or no more.
    #[error("store {store} takes no points: its merchant does not take part now")]
    MerchantSuspended {
        /// Where it was asked for.
        store: StoreId,
    },
    /// No such offer.
    #[error("no offer {offer} in this programme")]
    UnknownOffer {
        /// As given.
        offer: OfferId,
    },
    /// The offer says something that cannot be so.
    #[error("the offer cannot be so: {flaw}")]
    BadOffer {
        /// What.
        flaw: Flaw,
    },
    /// What is said of a store or station cannot be so.
    #[error("the place cannot be so: {flaw}")]
    BadProfile {
        /// What.
        flaw: Flaw,
    },
    /// More of it were taken than there would be.
    #[error("{taken} of it are taken already: the stock is that or more")]
    StockTaken {
        /// How many.
        taken: i64,
    },
    /// The offer is not in a state for that.
    #[error("offer {offer} is {}", state.name())]
    OfferState {
        /// Which.
        offer: OfferId,
        /// Its state.
        state: OfferState,
    },
    /// The offer cannot be taken up: paused, ended, not yet or no longer good.
    #[error("offer {offer} is not open")]
    OfferNotOpen {
        /// Which.
        offer: OfferId,
        /// Its state.
        state: OfferState,
        /// From when on it is good, if it says so.
        from: Option<Timestamp>,
        /// Until before when, if it says so.
        until: Option<Timestamp>,
    },
    /// The offer is not to be had at this store.
    #[error("offer {offer} is not to be had at store {store}")]
    OfferNotHere {
        /// Which.
        offer: OfferId,
        /// Where it was asked for.
        store: StoreId,
    },
    /// The offer is not to be had on this day or at this hour.
    #[error("offer {offer} is not to be had at this hour: see its hours")]
    OfferNotNow {
        /// Which.
        offer: OfferId,
    },
    /// None of it is left.
    #[error("nothing is left of offer {offer}")]
    OutOfStock {
        /// Which.
        offer: OfferId,
    },
    /// The member has taken it up as often as one may.
    #[error(
        "offer {offer} is taken up at most {limit} times by a member: again from {again_at} on"
    )]
    OfferLimitReached {
        /// Which.
        offer: OfferId,
        /// How often one may.
        limit: i64,
        /// In which stretch of the calendar.
        every: Window,
        /// When they may again.
        again_at: Timestamp,
    },
    /// The member has not done enough for it.
    #[error(
        "the offer is for who has {needed} {deed} in {within_days} days: {missing} are missing"
    )]
    NotEligible {
        /// Which deeds.
        deed: String,
        /// How many it takes.
        needed: i64,
        /// How many more.
        missing: i64,
        /// Within how many days.
        within_days: i64,
    },
    /// The price goes by what it would cost, and that was not said.
    #[error("the price of this offer goes by the amount in yuan: say it")]
    AmountRequired,
    /// The price does not go by what it would cost.
    #[error("the price of this offer is fixed: say no amount")]
    AmountUnwanted,
    /// What it would cost comes to no points.
    #[error("the amount comes to no points")]
    AmountTooSmall,
}
