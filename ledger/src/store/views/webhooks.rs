//! What endpoints are told, and what came of it.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::community::webhook::Endpoint;
use crate::ids::{CommandId, EndpointId};
use crate::machine::Receipt;

/// An endpoint and how it fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointView {
    /// As it is on record.
    pub endpoint: Endpoint,
    /// How often in a row it could not be told something.
    pub failures: i64,
    /// Until when it is left alone for that.
    pub rests_until: Timestamp,
    /// How many events wait to be told.
    pub waiting: i64,
    /// How many were given up.
    pub dead: i64,
}

/// An event to be told.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The event.
    pub event: CommandId,
    /// How often it was tried.
    pub attempts: i64,
    /// The operation.
    pub kind: String,
    /// What it is about.
    pub subject: Uuid,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What came of it.
    pub receipt: Receipt,
    /// Why, where the command said so.
    pub reason: Option<String>,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is to be tried, for the first time or again.
    Waiting,
    /// It was taken.
    Delivered,
    /// It was tried often enough.
    Dead,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Dead];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// To whom.
    pub endpoint: EndpointId,
    /// Of which event.
    pub event: CommandId,
    /// Where it stands now.
    pub state: DeliveryState,
    /// How often it was tried by now, this attempt included.
    pub attempts: i64,
    /// If it waits, until when.
    pub due_at: Timestamp,
    /// When it was tried.
    pub at: Timestamp,
    /// A status code, or what went wrong, in a word.
    pub answer: String,
}

/// A delivery as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryView {
    /// The event.
    pub event: CommandId,
    /// The operation.
    pub kind: String,
    /// What it is about.
    pub subject: Uuid,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i64,
    /// While it waits: from when on it may be tried.
    pub due_at: Timestamp,
    /// When it was tried last.
    pub tried_at: Option<Timestamp>,
    /// What came of that: a status code, or a word.
    pub answer: Option<String>,
}
