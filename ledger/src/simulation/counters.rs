//! What each of the candidate's caps has counted, as recorded and as simulated.

use std::collections::HashMap;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::machine::award::Counted;
use crate::machine::{Award, CounterKey};
use crate::policy::{CapKind, CapStep, Policy, Window};

/// A counter's place: its cap in the candidate's file, whose it is, and when its window began. Small, because there may be one a
/// member and day.
type Place = (u16, Uuid, Timestamp);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counter {
    recorded: i64,
    simulated: i64,
}

/// Every counter of the candidate's caps that an award on record, or a simulated one, counted on.
#[derive(Debug)]
pub(super) struct Counters {
    caps: Vec<CapKind>,
    counters: HashMap<Place, Counter>,
    corrected: u64,
}

impl Counters {
    pub fn new(candidate: &Policy) -> Self {
        Self {
            caps: candidate.cap_kinds().collect(),
            counters: HashMap::new(),
            corrected: 0,
        }
    }

    /// How many times an award knew better.
    pub const fn corrected(&self) -> u64 {
        self.corrected
    }

    fn place(&self, key: &CounterKey) -> Option<Place> {
        let cap = self.caps.iter().position(|cap| cap.cap == key.cap)?;
        Some((u16::try_from(cap).ok()?, key.subject, key.window_start))
    }

    /// What a recorded award did on caps that the candidate has too. A cap of the same name that counts something else or over another
    /// stretch of time is another cap.
    fn steps<'a>(&'a self, award: &'a Award) -> impl Iterator<Item = (Place, &'a CapStep, i64)> {
        let steps = award.trace.caps.iter().zip(&award.counted);
        steps.filter_map(|(step, counted)| {
            let place = self.place(&counted.key)?;
            let cap = &self.caps[usize::from(place.0)];
            let same = (cap.per, cap.window, cap.unit) == (step.per, step.window, step.unit);
            same.then_some((place, step, counted.add))
        })
    }

    /// What the simulation has counted.
    pub fn simulated(&self, key: &CounterKey) -> i64 {
        let counter = self.place(key).and_then(|place| self.counters.get(&place));
        counter.map_or(0, |counter| counter.simulated)
    }

    pub fn set_simulated(&mut self, key: &CounterKey, used: i64) {
        if let Some(place) = self.place(key) {
            self.counters.entry(place).or_default().simulated = used;
        }
    }

    /// Takes an award's word for what its caps had counted before it: a replay that was not of that opinion is corrected, both as recorded
    /// and as simulated.
    pub fn note(&mut self, award: &Award) {
        let told: Vec<(Place, i64)> = self
            .steps(award)
            .filter(|(_, step, _)| is_plain(step.window))
            .map(|(place, step, _)| (place, step.used_before))
            .collect();
        for (place, used) in told {
            let counter = self.counters.entry(place).or_default();
            let correction = used.saturating_sub(counter.recorded);
            self.corrected += u64::from(correction != 0);
            counter.recorded = used;
            counter.simulated = counter.simulated.saturating_add(correction);
        }
    }

    /// Counts what a recorded award counted (`sign` 1), or gives it back (−1).
    pub fn count_recorded(&mut self, award: &Award, sign: i64) {
        self.count(award, sign, false);
    }

    /// The same for an award that is no other in the simulation.
    pub fn count_both(&mut self, award: &Award, sign: i64) {
        self.count(award, sign, true);
    }

    fn count(&mut self, award: &Award, sign: i64, both: bool) {
        let adds: Vec<(Place, i64)> = self
            .steps(award)
            .map(|(place, _, add)| (place, add))
            .collect();
        for (place, add) in adds {
            let counter = self.counters.entry(place).or_default();
            counter.recorded = counter.recorded.saturating_add(sign * add);
            if both {
                counter.simulated = counter.simulated.saturating_add(sign * add);
            }
        }
    }
}

/// Whether `used_before` is what one counter said, and not worked out from several.
pub(super) const fn is_plain(window: Window) -> bool {
    !matches!(window, Window::Rolling { .. })
}

/// Each counter an award counted on, with what its trace says was counted before.
pub(super) fn told(award: &Award) -> impl Iterator<Item = (&CounterKey, i64)> {
    let steps = award.trace.caps.iter().zip(&award.counted);
    steps
        .filter(|(step, _)| is_plain(step.window))
        .map(|(step, Counted { key, .. })| (key, step.used_before))
}
