//! Merchants: put on record before they take part, active, suspended, gone.
//!
//! Only what is paid at their stores depends on it. The holds of a merchant that stops taking part run out with the command, so that the job that
//! releases holds gives them back.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::accounts::Owner;
use crate::community::merchant::{MerchantReason, MerchantState};
use crate::community::{Merchant, Registration};
use crate::ids::{MerchantId, StoreId};
use crate::machine::offers::TradeRejection;
use crate::machine::{Effects, Links, Needs, Outcome, State, Stop};

/// A command about a merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MerchantCommand {
    /// It is on record, and does not take part yet.
    Onboard(Merchant),
    /// It takes part from now on, or does not any more.
    Move {
        /// Which.
        merchant: MerchantId,
        /// Where it stands then.
        to: MerchantState,
        /// Why.
        reason: MerchantReason,
    },
}

/// A merchant, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trader {
    /// Where it stands.
    pub state: MerchantState,
    /// Its stores.
    pub stores: BTreeSet<StoreId>,
}

/// What a command does to a merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which.
    pub merchant: MerchantId,
    /// Where it stands from now on.
    pub to: MerchantState,
    /// Why, if somebody said so.
    pub reason: Option<MerchantReason>,
}

/// What a batch knows of merchants.
#[derive(Clone, Debug, Default)]
pub struct Merchants {
    known: HashMap<MerchantId, Trader>,
    shut: HashSet<StoreId>,
    /// Merchants that were moved, to where and why.
    pub moved: BTreeMap<MerchantId, (MerchantState, Option<MerchantReason>)>,
    /// Stores that take points from now on, or do not.
    pub turned: BTreeMap<StoreId, bool>,
    /// Stores whose holds run out now.
    pub ended: BTreeSet<StoreId>,
}

impl Merchants {
    /// A merchant's row.
    pub fn load(&mut self, merchant: MerchantId, state: MerchantState) {
        let stores = BTreeSet::new();
        self.known.insert(merchant, Trader { state, stores });
    }
    /// A store of a merchant's.
    pub fn load_store(&mut self, merchant: MerchantId, store: StoreId) {
        if let Some(known) = self.known.get_mut(&merchant) {
            known.stores.insert(store);
        }
    }
    /// Whether a merchant that was asked for is on record.
    pub fn is_known(&self, merchant: MerchantId) -> bool {
        self.known.contains_key(&merchant)
    }
    /// A store that takes no points.
    pub fn load_shut(&mut self, store: StoreId) {
        self.shut.insert(store);
    }
    /// Whether a locked store takes no points.
    pub fn is_shut(&self, store: StoreId) -> bool {
        self.shut.contains(&store)
    }

    fn turn(&mut self, store: StoreId, shut: bool) {
        if shut {
            self.shut.insert(store);
        } else {
            self.shut.remove(&store);
        }
        self.turned.insert(store, shut);
    }

    /// A record made: merchants take part unless somebody says otherwise, and their stores as they do.
    pub(super) fn keep_registration(&mut self, registration: &Registration) {
        match registration {
            Registration::Merchant(merchant) => self.load(merchant.id, MerchantState::Active),
            Registration::Store(store) => {
                self.load_store(store.merchant, store.id);
                let known = self.known.get(&store.merchant);
                if known.is_some_and(|known| known.state != MerchantState::Active) {
                    self.turn(store.id, true);
                }
            }
            _ => {}
        }
    }

    /// Answers with the stores whose holds run out.
    pub(super) fn keep(&mut self, moved: Moved) -> BTreeSet<StoreId> {
        let Moved {
            merchant,
            to,
            reason,
        } = moved;
        self.moved.insert(merchant, (to, reason));
        let known = self.known.get_mut(&merchant);
        let stores = known.map(|known| {
            known.state = to;
            known.stores.clone()
        });
        let stores = stores.unwrap_or_default();
        let shut = to != MerchantState::Active;
        stores.iter().for_each(|store| self.turn(*store, shut));
        if !shut {
            return BTreeSet::new();
        }
        self.ended.extend(&stores);
        stores
    }
}

impl MerchantCommand {
    /// The operation's stable name.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Onboard(_) => "merchant.onboard",
            Self::Move {
                to: MerchantState::Onboarding,
                ..
            } => "merchant.onboarding",
            Self::Move {
                to: MerchantState::Active,
                ..
            } => "merchant.activate",
            Self::Move {
                to: MerchantState::Suspended,
                ..
            } => "merchant.suspend",
            Self::Move {
                to: MerchantState::Left,
                ..
            } => "merchant.leave",
        }
    }

    /// Why it is given, where it says so.
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Onboard(_) => None,
            Self::Move { reason, .. } => Some(reason.name()),
        }
    }

    /// The merchant whose stores have to be known.
    pub(super) const fn moved(&self) -> Option<MerchantId> {
        match self {
            Self::Onboard(_) => None,
            Self::Move { merchant, .. } => Some(*merchant),
        }
    }
}

impl Needs {
    /// Adds what a command about a merchant needs: all of its stores, so that nobody pays there meanwhile.
    pub(super) fn add_merchant(&mut self, command: &MerchantCommand, links: &Links) {
        if let Some(merchant) = command.moved() {
            self.merchants.insert(merchant);
            let stores = links.stores.get(&merchant).into_iter().flatten();
            self.owners.extend(stores.copied().map(Owner::Store));
        }
    }
}

/// Decides a command about a merchant.
pub(super) fn decide(state: &State, command: &MerchantCommand) -> Result<Effects, Stop> {
    let (moved, registrations) = match command {
        MerchantCommand::Onboard(merchant) => {
            let moved = Moved {
                merchant: merchant.id,
                to: MerchantState::Onboarding,
                reason: None,
            };
            (moved, vec![Registration::Merchant(merchant.clone())])
        }
        MerchantCommand::Move {
            merchant,
            to,
            reason,
        } => {
            let known = state.merchants.known.get(merchant);
            let known = known.ok_or(TradeRejection::UnknownMerchant {
                merchant: *merchant,
            })?;
            if !known.state.leads_to(*to) {
                return Err(TradeRejection::MerchantState {
                    merchant: *merchant,
                    state: known.state,
                }
                .into());
            }
            let mut stores = known.stores.iter();
            stores.try_for_each(|store| state.require(Owner::Store(*store)))?;
            let moved = Moved {
                merchant: *merchant,
                to: *to,
                reason: Some(*reason),
            };
            (moved, Vec::new())
        }
    };
    let subject = moved.merchant.0;
    Ok(Effects {
        merchant: Some(moved),
        registrations,
        ..Effects::answering(subject, Outcome::Registered { subject })
    })
}
