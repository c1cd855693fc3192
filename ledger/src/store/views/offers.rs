//! Merchants and what they offer, as they stand.

use crate::clock::Timestamp;
use crate::community::merchant::{MerchantReason, MerchantState};
use crate::community::offer::Offer;
use crate::ids::{MerchantId, OfferId, StoreId};

/// A merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantView {
    /// Its id.
    pub id: MerchantId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: MerchantState,
    /// Why, if that was ever said.
    pub reason: Option<MerchantReason>,
}

/// An offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferView {
    /// As it is on record.
    pub offer: Offer,
    /// Whether its merchant takes part.
    pub takes_part: bool,
    /// Whether it could be taken up now by somebody who may.
    pub open: bool,
}

/// Whose offers, or those to be had where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffersOf {
    /// Everybody's.
    All,
    /// A merchant's.
    Merchant(MerchantId),
    /// To be had at a store.
    Store(StoreId),
}

/// A page of offers, in order of id.
#[derive(Clone, Copy, Debug)]
pub struct OfferFilter {
    /// Whose.
    pub of: OffersOf,
    /// Only those that could be taken up now.
    pub open: bool,
    /// What now is.
    pub now: Timestamp,
    /// After this one; begin with the nil id.
    pub after: OfferId,
    /// How many at most.
    pub limit: i64,
}
