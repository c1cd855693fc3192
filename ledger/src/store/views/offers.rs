//! Merchants and what they offer, as they stand.

use crate::clock::Timestamp;
use crate::community::merchant::{MerchantReason, MerchantState};
use crate::community::offer::{Offer, OfferTerms};
use crate::community::place::Profile;
use crate::ids::{MerchantId, OfferId, StoreId};
use crate::policy::Position;

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

/// What an offer said from some moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionView {
    /// Its number; the first is 1.
    pub number: i64,
    /// What it says.
    pub terms: OfferTerms,
    /// When it was made.
    pub recorded_at: Timestamp,
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

/// Near where, and which page.
#[derive(Clone, Copy, Debug)]
pub struct NearFilter {
    /// Where somebody is.
    pub here: Position,
    /// How many minutes they walk at most.
    pub minutes: f64,
    /// What now is.
    pub now: Timestamp,
    /// How many of the nearest were shown before.
    pub skip: i64,
    /// How many at most.
    pub limit: i64,
}

/// A store or station near somebody.
#[derive(Clone, Debug)]
pub struct PlaceView {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// How far it is along a straight line.
    pub metres: f64,
    /// How long one walks; see [`crate::community::place::walking_minutes`].
    pub minutes: f64,
    /// Whether it is open now, where its hours are known.
    pub open: Option<bool>,
    /// What was said of it.
    pub profile: Profile,
    /// What can be taken up there now, the first few.
    pub offers: Vec<OfferView>,
}
