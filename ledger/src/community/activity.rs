//! Activities: what an organization asks members to, when and where, and how it is shown that they came.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Actor;
use super::log_in::{step_of, totp_at};
use crate::clock::Timestamp;
use crate::ids::{ActivityId, OrganizationId};
use crate::policy::deed::{Fact, kind};
use crate::policy::{Deed, DeedKind, Position};

/// The most slots of one activity.
pub const SLOT_LIMIT: usize = 96;
/// The longest slot, in seconds: a deed lasts at most a day.
pub const LONGEST_SLOT: i64 = 24 * 3_600;
/// The largest fence, in metres.
pub const LARGEST_FENCE: i64 = 5_000;

/// What is done at an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityForm {
    /// 会议.
    Meeting,
    /// 学习.
    Study,
    /// 主题党日.
    PartyDay,
    /// 培训.
    Training,
    /// 志愿服务: a volunteer action.
    Volunteer,
    /// 车队: a convoy of drivers, as on the day of an examination.
    Convoy,
}

/// What becomes of the time of who never checked out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgotten {
    /// Nothing of it counts.
    Nothing,
    /// Half of what was left of the slot when they checked in, rounded down.
    #[default]
    Half,
    /// All of it; also for activities at which nobody need check out.
    Whole,
}

/// A stretch of time for which members sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// From when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// How many may take part; `None` is any number.
    pub quota: Option<i64>,
}

/// Where somebody has to be to check in by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fence {
    /// Its middle.
    pub position: Position,
    /// How far around, in metres.
    pub radius: i64,
}

/// An activity as it was planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// Its id.
    pub id: ActivityId,
    /// Who holds it.
    pub organization: OrganizationId,
    /// What is done.
    pub form: ActivityForm,
    /// What it is called.
    pub title: String,
    /// Where it is, in words.
    pub place: String,
    /// Where it is on the map, if that is told.
    pub fence: Option<Fence>,
    /// When, in order.
    pub slots: Vec<Slot>,
    /// What is known of each deed done there, besides how long it took: whom it serves, with which team.
    pub facts: BTreeMap<String, Fact>,
    /// Which policy is to price it, where several do.
    pub policy: Option<String>,
    /// What becomes of the time of who never checked out.
    pub forgotten: Forgotten,
    /// How long before a slot begins one may check in, in seconds.
    pub opens_before: i64,
    /// Who planned it, and so awards those who come.
    pub organizer: Actor,
    /// Whether it does not take place.
    pub cancelled: bool,
}

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum PlanProblem {
    /// No slots, or too many.
    #[error("an activity has 1 to {limit} slots")]
    Slots {
        /// The most.
        limit: u64,
    },
    /// A slot ends before it begins, lasts too long, or has room for nobody.
    #[error("slot {slot} must last between a minute and 24 hours and have room for at least one")]
    Slot {
        /// Which, from 1.
        slot: u64,
    },
    /// The fence is too small or too large.
    #[error("a fence is 10 to {limit} metres around its middle")]
    Fence {
        /// The most, in metres.
        limit: i64,
    },
    /// One may check in too long before.
    #[error("check-in opens at most 24 hours before")]
    Opens,
    /// A fact is none of this form's deeds, or has a value it cannot have.
    #[error("the fact {fact} is not one of {kind}, or cannot be that; expected {expected}")]
    Fact {
        /// Which.
        fact: String,
        /// The kind of deed.
        kind: String,
        /// What it can be.
        expected: String,
    },
    /// A fact is missing that each deed states.
    #[error("say {fact}: {expected}")]
    Missing {
        /// Which.
        fact: String,
        /// What it can be.
        expected: String,
    },
}

impl ActivityForm {
    /// Every form.
    pub const ALL: [Self; 6] = [
        Self::Meeting,
        Self::Study,
        Self::PartyDay,
        Self::Training,
        Self::Volunteer,
        Self::Convoy,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meeting => "meeting",
            Self::Study => "study",
            Self::PartyDay => "party_day",
            Self::Training => "training",
            Self::Volunteer => "volunteer",
            Self::Convoy => "convoy",
        }
    }

    /// The form of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }

    /// The kind of deed done there.
    pub const fn deed_kind(self) -> &'static str {
        match self {
            Self::Meeting | Self::Study | Self::PartyDay | Self::Training => "attendance",
            Self::Volunteer | Self::Convoy => "volunteer_service",
        }
    }
}

impl Slot {
    /// How long it lasts, in seconds.
    pub fn seconds(&self) -> i64 {
        self.ends_at.seconds_since(self.starts_at)
    }
}

impl Activity {
    /// A slot, counted from 0.
    pub fn slot(&self, index: u32) -> Option<&Slot> {
        self.slots.get(usize::try_from(index).ok()?)
    }

    /// When its first slot begins. An activity has a slot at least; 1970 for one that was never checked.
    pub fn starts_at(&self) -> Timestamp {
        let starts = self.slots.iter().map(|slot| slot.starts_at).min();
        starts.unwrap_or(Timestamp::from_micros(0))
    }

    /// When its last slot ends.
    pub fn ends_at(&self) -> Timestamp {
        let ends = self.slots.iter().map(|slot| slot.ends_at).max();
        ends.unwrap_or(Timestamp::from_micros(0))
    }

    /// Whether it can be planned so.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), PlanProblem> {
        if self.slots.is_empty() || self.slots.len() > SLOT_LIMIT {
            let limit = SLOT_LIMIT as u64;
            return Err(PlanProblem::Slots { limit });
        }
        let fits = |slot: &Slot| {
            (60..=LONGEST_SLOT).contains(&slot.seconds()) && slot.quota.is_none_or(|most| most > 0)
        };
        if let Some(index) = self.slots.iter().position(|slot| !fits(slot)) {
            let slot = index as u64 + 1;
            return Err(PlanProblem::Slot { slot });
        }
        let limit = LARGEST_FENCE;
        if self
            .fence
            .is_some_and(|fence| !(10..=limit).contains(&fence.radius))
        {
            return Err(PlanProblem::Fence { limit });
        }
        if !(0..=LONGEST_SLOT).contains(&self.opens_before) {
            return Err(PlanProblem::Opens);
        }
        self.check_facts()
    }

    /// Everything the deeds done here must state is stated, and nothing they cannot.
    fn check_facts(&self) -> Result<(), PlanProblem> {
        let name = self.form.deed_kind();
        let Some(kind) = kind(name) else {
            return Ok(());
        };
        for (fact, value) in &self.facts {
            let spec = kind.fact(fact).filter(|spec| !spec.derived);
            let spec = spec.filter(|spec| spec.name != MINUTES && spec.name != ACTIVITY_FACT);
            let expected = match spec {
                Some(spec) if spec.kind.check(value).is_ok() => continue,
                Some(spec) => spec.kind.describe(),
                None => asked(kind).join(", "),
            };
            return Err(PlanProblem::Fact {
                fact: fact.chars().take(40).collect(),
                kind: name.to_owned(),
                expected,
            });
        }
        let known =
            |fact: &str| self.facts.contains_key(fact) || fact == MINUTES || fact == ACTIVITY_FACT;
        let mut needed = kind
            .facts
            .iter()
            .filter(|spec| spec.required && !spec.derived);
        match needed.find(|spec| !known(spec.name)) {
            None => Ok(()),
            Some(spec) => Err(PlanProblem::Missing {
                fact: spec.name.to_owned(),
                expected: spec.kind.describe(),
            }),
        }
    }

    /// The deed of who took part in a slot for so many minutes from a moment on.
    pub fn deed(&self, slot: u32, began_at: Timestamp, minutes: i64, evidence: &[&str]) -> Deed {
        let mut facts = self.facts.clone();
        facts.insert(MINUTES.to_owned(), minutes.into());
        if self.form.deed_kind() == "attendance" {
            facts.insert(ACTIVITY_FACT.to_owned(), self.form.name().into());
        }
        Deed {
            kind: self.form.deed_kind().to_owned(),
            reference: reference(self.id, slot),
            occurred_at: began_at,
            facts,
            evidence: evidence.iter().map(|class| (*class).to_owned()).collect(),
            places: Vec::new(),
        }
    }
}

const MINUTES: &str = "minutes";
const ACTIVITY_FACT: &str = "activity";

/// The facts that a plan may state.
fn asked(kind: &DeedKind) -> Vec<&'static str> {
    let given = kind.facts.iter().filter(|spec| !spec.derived);
    let names = given.map(|spec| spec.name);
    names
        .filter(|name| *name != MINUTES && *name != ACTIVITY_FACT)
        .collect()
}

/// What a deed done in a slot is called.
pub fn reference(activity: ActivityId, slot: u32) -> String {
    format!("{activity}/{slot}")
}

/// What the codes on the organizer's screen follow from. It is kept beside the activity, and told to nobody.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct CheckInSecret(pub String);

impl std::fmt::Debug for CheckInSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CheckInSecret(…)")
    }
}

impl CheckInSecret {
    /// From random bytes.
    pub fn new(bytes: [u8; 20]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The code of a moment (RFC 6238): six digits, another every 30 seconds.
    pub fn code_at(&self, at: Timestamp) -> String {
        totp_at(self.0.as_bytes(), at)
    }

    /// Whether the code stood on the screen at that moment, or half a minute earlier or later.
    pub fn is_code(&self, code: &str, at: Timestamp) -> bool {
        step_of(self.0.as_bytes(), code, at).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    #[test]
    fn a_code_is_good_for_its_half_minute_and_those_beside_it() {
        let secret = CheckInSecret::new([7; 20]);
        let now = at("2026-03-05T19:30:10+08:00");
        let code = secret.code_at(now);
        assert_eq!(code.len(), 6);
        for (seconds, good) in [
            (0, true),
            (30, true),
            (-30, true),
            (70, false),
            (-70, false),
        ] {
            assert_eq!(
                secret.is_code(&code, now.plus_seconds(seconds)),
                good,
                "{seconds}"
            );
        }
        assert!(!CheckInSecret::new([8; 20]).is_code(&code, now));
        assert!(!format!("{secret:?}").contains(&secret.0));
    }
}
