//! From where the commands of a batch came, written down once a day for each caller and address.
//!
//! An event names its origin by an id. So an award costs a column, not a row, and an address can be forgotten while the events stay as they
//! were written. The id is drawn, not derived: addresses are few enough to be tried.

use std::collections::HashMap;

use crate::clock::Timestamp;
use crate::community::{NewOrigin, Origin, Role};
use crate::ids::{ActorId, OriginId, ProgramId};

use super::Submission;

/// How many are remembered; when there are more, all are forgotten and written down anew.
const LIMIT: usize = 65_536;
/// In seconds.
const DAY: i64 = 24 * 3_600;

/// Who came by what, on which day.
type Key = (ProgramId, ActorId, Role, Origin, Timestamp);

/// The origins that this process has written down lately.
#[derive(Debug, Default)]
pub struct Origins {
    known: HashMap<Key, OriginId>,
}

/// What a batch adds to them once it is committed.
#[derive(Debug)]
pub struct Arrivals<'o> {
    origins: &'o Origins,
    now: Timestamp,
    new: HashMap<Key, OriginId>,
}

/// Midnight, in UTC.
fn day_of(now: Timestamp) -> Timestamp {
    let day = now.as_micros().div_euclid(DAY * 1_000_000);
    Timestamp::from_micros(day * DAY * 1_000_000)
}

impl Origins {
    /// For a batch of this moment.
    pub fn arrivals(&self, now: Timestamp) -> Arrivals<'_> {
        let new = HashMap::new();
        Arrivals {
            origins: self,
            now,
            new,
        }
    }

    /// Remembers what was committed.
    pub fn keep(&mut self, new: Vec<(Key, OriginId)>) {
        if self.known.len() + new.len() > LIMIT {
            self.known.clear();
        }
        self.known.extend(new);
    }
}

impl Arrivals<'_> {
    /// The id of a command's origin, drawn if it was not met today.
    pub fn id_of(&mut self, submission: &Submission) -> OriginId {
        let Submission {
            program,
            actor,
            origin,
            ..
        } = submission;
        let key = (*program, actor.id, actor.role, *origin, day_of(self.now));
        if let Some(id) = self.origins.known.get(&key) {
            return *id;
        }
        let now = self.now;
        *self.new.entry(key).or_insert_with(|| OriginId::new(now))
    }

    /// The rows to save.
    pub fn rows(&self) -> Vec<NewOrigin> {
        let row = |(key, id): (&Key, &OriginId)| {
            let (_, actor, role, origin, day) = *key;
            NewOrigin {
                id: *id,
                actor,
                role,
                origin,
                day,
            }
        };
        self.new.iter().map(row).collect()
    }

    /// What is to be remembered after the commit.
    pub fn finish(self) -> Vec<(Key, OriginId)> {
        self.new.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight() {
        for (now, day) in [
            ("2026-03-05T10:00:00+08:00", "2026-03-05T00:00:00Z"),
            ("2026-03-05T00:00:00Z", "2026-03-05T00:00:00Z"),
            ("1969-12-31T23:59:59Z", "1969-12-31T00:00:00Z"),
        ] {
            let moment = |text: &str| text.parse::<Timestamp>().expect("a moment");
            assert_eq!(day_of(moment(now)), moment(day));
        }
    }
}
