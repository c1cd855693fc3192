//! The audit trail: who changed what, when, by what, from where and why.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ids::{ActorId, CommandId, before};
use crate::machine::Receipt;

/// Which changes.
#[derive(Clone, Debug, Default)]
pub struct TrailFilter {
    /// By whom.
    pub actor: Option<ActorId>,
    /// Of what: an award, member, redemption, budget, store, key …
    pub object: Option<Uuid>,
    /// Which operation, such as `award.approve`.
    pub operation: Option<String>,
    /// Recorded from this moment on.
    pub from: Option<Timestamp>,
    /// Recorded before this moment.
    pub until: Option<Timestamp>,
    /// Before this one.
    pub before: Option<CommandId>,
    /// How many at most.
    pub limit: i64,
}

/// A change. What it names are ids and amounts; the one thing that tells of a person is the address.
#[derive(Clone, Debug)]
pub struct Change {
    /// The command, its event, and its transfer where points moved.
    pub id: CommandId,
    /// When it was recorded.
    pub at: Timestamp,
    /// The operation, such as `award.approve`.
    pub operation: String,
    /// What it is about.
    pub subject: Uuid,
    /// Who acted; of changes from before this was written down, known only where points moved.
    pub actor: Option<ActorId>,
    /// As what.
    pub role: Option<String>,
    /// By what: `key`, `session`, `cli`, `job …`.
    pub via: Option<String>,
    /// Which key or session.
    pub via_id: Option<Uuid>,
    /// From which address; forgotten after a while.
    pub address: Option<String>,
    /// Why, where the command says so.
    pub reason: Option<String>,
    /// What came of it.
    pub receipt: Receipt,
}

/// A page of changes.
#[derive(Clone, Debug)]
pub struct TrailPage {
    /// Newest first. A page may hold fewer than were asked for, or none, and still have a next one: so many are looked through at a time.
    pub changes: Vec<Change>,
    /// Before which the next page begins; `None` after the last.
    pub next: Option<CommandId>,
}

/// By how much an event may be recorded before or after its id was drawn, in seconds: clocks differ, and commands wait.
pub(in crate::store) const SLACK: i64 = 3_600;

impl TrailFilter {
    /// Between which ids the events lie, the later one not among them: ids are in order of time.
    pub(crate) fn bounds(&self) -> (Uuid, Uuid) {
        let since_object = self.object.and_then(time_of);
        let from = self.from.into_iter().chain(since_object).max();
        let earliest = from.map_or(Uuid::nil(), |at| before(at.plus_seconds(-SLACK)));
        let until = self.until.map(|at| before(at.plus_seconds(SLACK)));
        let before = self.before.map(|id| id.0);
        let latest = until.into_iter().chain(before).min();
        (latest.unwrap_or(Uuid::max()), earliest)
    }

    /// Whether most events may not fit it.
    pub(crate) const fn is_sparse(&self) -> bool {
        self.actor.is_some() || self.object.is_some() || self.operation.is_some()
    }
}

/// When an id was drawn, if it says so: nothing happened to a thing before.
fn time_of(id: Uuid) -> Option<Timestamp> {
    let (seconds, nanos) = (id.get_version_num() == 7)
        .then(|| id.get_timestamp())??
        .to_unix();
    let micros = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
    Some(Timestamp::from_micros(micros + i64::from(nanos / 1_000)))
}

impl Change {
    /// What came of it, as JSON.
    pub fn outcome(&self) -> serde_json::Value {
        self.receipt.outcome.told()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_objects_bound_the_ids_that_are_looked_at() {
        let moment: Timestamp = "2026-03-05T02:00:00Z".parse().expect("a moment");
        let id = CommandId::new(moment);
        let found = time_of(id.0).expect("an id of version 7");
        assert_eq!(found, moment);
        let bounds = |from, until, object| {
            let filter = TrailFilter {
                from,
                until,
                object,
                ..TrailFilter::default()
            };
            let (latest, earliest) = filter.bounds();
            (id.0 < latest, id.0 >= earliest)
        };
        let hours = |hours: i64| Some(moment.plus_seconds(hours * 3_600));
        assert_eq!(bounds(None, None, None), (true, true));
        assert_eq!(bounds(hours(0), hours(0), Some(id.0)), (true, true));
        assert_eq!(bounds(hours(2), None, None), (true, false));
        assert_eq!(bounds(None, hours(-2), None), (false, true));
        let later = CommandId::new(moment.plus_seconds(7_200)).0;
        assert_eq!(bounds(None, None, Some(later)), (true, false));
        assert_eq!(time_of(crate::ids::derived(&[b"a budget"])), None);
    }
}
