//! Offers: made, said anew, paused, ended, and counted as they are taken up.
//!
//! How many of an offer are taken follows from the redemptions that are kept, here in one place: one that is held, or captured and not wholly
//! refunded, counts; any other does not. So a void, a release and the refund of all that was captured give it back, and the refund of a part
//! does not.

pub mod rejection;
pub(super) mod taking;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::offer::{Bearer, Offer, OfferState, OfferTerms};
use crate::ids::{AwardId, MemberId, MerchantId, OfferId, RedemptionId, StoreId};
use crate::machine::effects::Rows;
use crate::machine::settlement::SettlementRejection;
use crate::machine::{Effects, Needs, Outcome, Redemption, Rejection, State, Stop};

pub use rejection::TradeRejection;

/// A command about an offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferCommand {
    /// It is to be had from now on.
    Make {
        /// Its id.
        offer: OfferId,
        /// Whose.
        merchant: MerchantId,
        /// What it says.
        terms: OfferTerms,
    },
    /// It says something else from now on. What was agreed on before stays as it was.
    Revise {
        /// Which.
        offer: OfferId,
        /// What it says.
        terms: OfferTerms,
    },
    /// It is paused, resumed or ended.
    Move {
        /// Which.
        offer: OfferId,
        /// What it is then.
        to: OfferState,
    },
}

/// What offers a batch locks and reads, and what with them.
#[derive(Clone, Debug, Default)]
pub struct OfferNeeds {
    /// Offers.
    pub offers: BTreeSet<OfferId>,
    /// Stores whose merchants are wanted.
    pub stores: BTreeSet<StoreId>,
    /// Who takes up which: what they took of it and what they did is wanted, as far as the offer asks.
    pub takers: BTreeSet<(OfferId, MemberId)>,
}

/// A revision of an offer made in this batch.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Of which.
    pub offer: OfferId,
    /// Which one.
    pub number: i64,
    /// What it says.
    pub terms: OfferTerms,
}

/// What a batch knows of offers.
#[derive(Clone, Debug, Default)]
pub struct Offers {
    known: HashMap<OfferId, Offer>,
    /// Offers made or changed.
    pub rows: Rows<OfferId>,
    /// Revisions made.
    pub revisions: Vec<Revision>,
    merchants: HashMap<StoreId, MerchantId>,
    taken: HashMap<(OfferId, MemberId), BTreeMap<RedemptionId, Timestamp>>,
    done: HashMap<MemberId, BTreeMap<AwardId, (String, Timestamp)>>,
}

impl Offers {
    /// An offer's row.
    pub fn load(&mut self, offer: Offer) {
        self.rows.stored(offer.id);
        self.known.insert(offer.id, offer);
    }
    /// Whose store it is.
    pub fn load_store(&mut self, store: StoreId, merchant: MerchantId) {
        self.merchants.insert(store, merchant);
    }
    /// A redemption in which a member took an offer up and did not give it back, and when.
    pub fn load_taken(&mut self, of: (OfferId, MemberId), id: RedemptionId, at: Timestamp) {
        self.taken.entry(of).or_default().insert(id, at);
    }
    /// A deed of a member's whose award has vested: of which kind, and when.
    pub fn load_done(&mut self, member: MemberId, award: AwardId, deed: (String, Timestamp)) {
        self.done.entry(member).or_default().insert(award, deed);
    }
    /// An offer.
    pub fn get(&self, id: OfferId) -> Option<&Offer> {
        self.known.get(&id)
    }
    /// Whose store it is, if it is known.
    pub fn merchant_of(&self, store: StoreId) -> Option<MerchantId> {
        self.merchants.get(&store).copied()
    }

    pub(super) fn keep(&mut self, offer: Offer) {
        let before = self.known.get(&offer.id).map_or(0, |known| known.revision);
        if offer.revision > before {
            self.revisions.push(Revision {
                offer: offer.id,
                number: offer.revision,
                terms: offer.terms.clone(),
            });
        }
        self.rows.touch(offer.id);
        self.known.insert(offer.id, offer);
    }

    /// What a redemption that is made or changed means for its offer.
    pub(super) fn count(&mut self, before: Option<&Redemption>, after: &Redemption) {
        let Some(terms) = after.terms else { return };
        let took = before.is_some_and(Redemption::takes);
        let takes = after.takes();
        if let Some(offer) = self.known.get_mut(&terms.offer)
            && took != takes
        {
            offer.taken += if takes { 1 } else { -1 };
            self.rows.touch(offer.id);
        }
        let of_member = self.taken.entry((terms.offer, after.member)).or_default();
        if takes {
            of_member.insert(after.id, after.authorised_at);
        } else {
            of_member.remove(&after.id);
        }
    }

    /// Stops unless the offer that this redemption was agreed on is known, so that it is counted.
    pub(super) fn require(&self, redemption: &Redemption) -> Result<(), Stop> {
        match redemption.terms {
            Some(terms) if !self.known.contains_key(&terms.offer) => Err(Stop::Fault(format!(
                "offer {} of {} was not loaded",
                terms.offer, redemption.id
            ))),
            _ => Ok(()),
        }
    }
}

impl OfferCommand {
    /// The operation's stable name.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Make { .. } => "offer.make",
            Self::Revise { .. } => "offer.revise",
            Self::Move {
                to: OfferState::Open,
                ..
            } => "offer.resume",
            Self::Move {
                to: OfferState::Paused,
                ..
            } => "offer.pause",
            Self::Move {
                to: OfferState::Ended,
                ..
            } => "offer.end",
        }
    }

    const fn offer(&self) -> OfferId {
        match self {
            Self::Make { offer, .. } | Self::Revise { offer, .. } | Self::Move { offer, .. } => {
                *offer
            }
        }
    }

    const fn terms(&self) -> Option<&OfferTerms> {
        match self {
            Self::Make { terms, .. } | Self::Revise { terms, .. } => Some(terms),
            Self::Move { .. } => None,
        }
    }
}

impl Needs {
    /// Adds what a command about an offer needs.
    pub(super) fn add_offer(&mut self, command: &OfferCommand) {
        self.offers.offers.insert(command.offer());
        if let Some(terms) = command.terms() {
            self.offers.stores.extend(&terms.stores);
            if let Bearer::Fund { funder, .. } = terms.bearer {
                self.owners.insert(Owner::Funder(funder));
            }
        }
    }
}

/// Decides a command about an offer.
pub(super) fn decide(state: &State, command: &OfferCommand) -> Result<Effects, Stop> {
    let id = command.offer();
    let known = state.offers.get(id);
    let unknown = || TradeRejection::UnknownOffer { offer: id };
    let offer = match command {
        OfferCommand::Make { .. } if known.is_some() => {
            return Err(Rejection::AlreadyExists.into());
        }
        OfferCommand::Make {
            merchant, terms, ..
        } => Offer {
            id,
            merchant: *merchant,
            state: OfferState::Open,
            revision: 1,
            terms: terms.clone(),
            taken: 0,
        },
        OfferCommand::Revise { terms, .. } => {
            let known = not_ended(known.ok_or_else(unknown)?)?;
            Offer {
                revision: known.revision + 1,
                terms: terms.clone(),
                ..known.clone()
            }
        }
        OfferCommand::Move { to, .. } => {
            let known = not_ended(known.ok_or_else(unknown)?)?;
            if known.state == *to {
                let state = known.state;
                return Err(TradeRejection::OfferState { offer: id, state }.into());
            }
            Offer {
                state: *to,
                ..known.clone()
            }
        }
    };
    if command.terms().is_some() {
        check(state, &offer)?;
    }
    let subject = id.0;
    Ok(Effects {
        offer: Some(Box::new(offer)),
        ..Effects::answering(subject, Outcome::Registered { subject })
    })
}

fn not_ended(offer: &Offer) -> Result<&Offer, TradeRejection> {
    match offer.state {
        OfferState::Ended => Err(TradeRejection::OfferState {
            offer: offer.id,
            state: offer.state,
        }),
        OfferState::Open | OfferState::Paused => Ok(offer),
    }
}

/// Whether an offer may say what it says.
fn check(state: &State, offer: &Offer) -> Result<(), Stop> {
    if let Some(flaw) = offer.terms.flaws().into_iter().next() {
        return Err(TradeRejection::BadOffer { flaw }.into());
    }
    if offer.terms.stock.is_some_and(|stock| stock < offer.taken) {
        let taken = offer.taken;
        return Err(TradeRejection::StockTaken { taken }.into());
    }
    let mut stores = offer.terms.stores.iter();
    let own = |store: StoreId| state.offers.merchant_of(store) == Some(offer.merchant);
    if let Some(&store) = stores.find(|store| !own(**store)) {
        return Err(Rejection::UnknownStore { store }.into());
    }
    if let Bearer::Fund { funder, .. } = offer.terms.bearer
        && !state.is_registered(Owner::Funder(funder))?
    {
        return Err(SettlementRejection::UnknownFunder { funder }.into());
    }
    Ok(())
}
