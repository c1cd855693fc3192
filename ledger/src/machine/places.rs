//! Stores and stations described, for whoever wants to go there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::accounts::Owner;
use crate::community::place::{PlaceOf, Profile};
use crate::machine::offers::TradeRejection;
use crate::machine::{Effects, Needs, Outcome, Rejection, State, Stop};

/// A command about a store or a station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceCommand {
    /// This is to be known of it, in place of what was.
    Describe(Profile),
}

/// What a batch has said of places, the last word on each.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// By id.
    pub described: BTreeMap<Uuid, Profile>,
}

impl Places {
    pub(super) fn keep(&mut self, profile: Profile) {
        self.described.insert(profile.of.id(), profile);
    }
}

impl PlaceCommand {
    /// The operation's stable name.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Describe(_) => "place.describe",
        }
    }
}

impl Needs {
    /// Adds what a command about a place needs. Whether there is such a station the database says.
    pub(super) fn add_place(&mut self, PlaceCommand::Describe(profile): &PlaceCommand) {
        if let PlaceOf::Store(store) = profile.of {
            self.owners.insert(Owner::Store(store));
        }
    }
}

/// Decides a command about a place.
pub(super) fn decide(
    state: &State,
    PlaceCommand::Describe(profile): &PlaceCommand,
) -> Result<Effects, Stop> {
    if let Some(flaw) = profile.flaws().into_iter().next() {
        return Err(TradeRejection::BadProfile { flaw }.into());
    }
    if let PlaceOf::Store(store) = profile.of
        && !state.is_registered(Owner::Store(store))?
    {
        return Err(Rejection::UnknownStore { store }.into());
    }
    let subject = profile.of.id();
    Ok(Effects {
        place: Some(Box::new(profile.clone())),
        ..Effects::answering(subject, Outcome::Registered { subject })
    })
}
