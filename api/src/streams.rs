//! How many streams of events are open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ledger::ids::ActorId;

/// The most of a process, and of one caller.
const MOST: usize = 2_000;
const MOST_EACH: usize = 8;

/// Who has how many streams open.
#[derive(Debug, Default)]
pub struct Streams(Mutex<HashMap<ActorId, usize>>);

impl Streams {
    /// A place for one more of a caller's; it is given back when dropped.
    pub fn place(self: &Arc<Self>, whose: ActorId) -> Option<Place> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = open.values().sum();
        let own = open.entry(whose).or_default();
        if all >= MOST || *own >= MOST_EACH {
            return None;
        }
        *own += 1;
        Some(Place(Arc::clone(self), whose))
    }
}

/// A stream's place.
#[derive(Debug)]
pub struct Place(Arc<Streams>, ActorId);

impl Drop for Place {
    fn drop(&mut self) {
        let Self(streams, whose) = self;
        let mut open = streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(whose) {
            *own -= 1;
            if *own == 0 {
                open.remove(whose);
            }
        }
    }
}
