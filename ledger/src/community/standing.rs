//! Where a version stands among those of its name: each holds until the next does.

use serde::Serialize;

use super::{PolicyDraft, PolicyVersion};
use crate::clock::Timestamp;

/// Whether a version of a policy or layer holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// From a later moment on.
    ToCome,
    /// It holds for what happens now.
    InForce,
    /// A later version holds for what happens now; this one for what happened in its time.
    Superseded,
}

impl Standing {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ToCome => "to_come",
            Self::InForce => "in_force",
            Self::Superseded => "superseded",
        }
    }
}

/// Each version with its standing at a moment. They are given in order of name and then of when they take effect.
pub fn standings<V>(
    versions: Vec<V>,
    key: impl Fn(&V) -> (&str, Timestamp),
    now: Timestamp,
) -> Vec<(V, Standing)> {
    let stands = |index: usize| {
        let (name, from) = key(&versions[index]);
        let next = versions.get(index + 1).map(&key);
        match next {
            _ if from > now => Standing::ToCome,
            Some((next, from)) if next == name && from <= now => Standing::Superseded,
            _ => Standing::InForce,
        }
    };
    let standings: Vec<_> = (0..versions.len()).map(stands).collect();
    versions.into_iter().zip(standings).collect()
}

/// The version of a policy that is in force; `None` before the first is. The versions are given in order of name and then of when they take
/// effect.
pub fn in_force<'v>(
    versions: &'v [PolicyVersion],
    name: &str,
    now: Timestamp,
) -> Option<&'v PolicyVersion> {
    let mut own = versions.iter().filter(|version| version.name == name);
    own.rfind(|version| version.effective_from <= Some(now))
}

/// The version that a draft changes: the one in force, or for an approved draft the one it superseded. `None` if it is the first. The
/// versions are given in order of name and then of when they take effect.
pub fn changed_by<'v>(
    draft: &PolicyDraft,
    versions: &'v [PolicyVersion],
    now: Timestamp,
) -> Option<&'v PolicyVersion> {
    let Some(from) = draft.effective_from else {
        return in_force(versions, &draft.name, now);
    };
    let mut own = versions.iter().filter(|version| version.name == draft.name);
    own.rfind(|version| version.effective_from < Some(from))
}

/// How an approved draft stands now; `None` before it is approved.
pub fn standing_of(
    draft: &PolicyDraft,
    versions: &[PolicyVersion],
    now: Timestamp,
) -> Option<Standing> {
    let from = draft.effective_from?;
    let own = versions.iter().filter(|version| version.name == draft.name);
    let begun = own.filter_map(|version| version.effective_from.filter(|from| *from <= now));
    Some(match begun.max() {
        _ if from > now => Standing::ToCome,
        Some(newest) if newest > from => Standing::Superseded,
        _ => Standing::InForce,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_that_has_begun_is_in_force() {
        let versions = vec![("a", 1), ("a", 5), ("a", 9), ("b", 9), ("c", 6)];
        let now = Timestamp::from_micros(6);
        let found = standings(versions, |v| (v.0, Timestamp::from_micros(v.1)), now).into_iter();
        let found: Vec<_> = found.map(|(_, standing)| standing).collect();
        use Standing::{InForce, Superseded, ToCome};
        assert_eq!(found, [Superseded, InForce, ToCome, ToCome, InForce]);
    }
}
