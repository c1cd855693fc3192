//! Hazards that were reported: what they are, how far they got, and how long each step took.

use serde::{Deserialize, Serialize};

use super::Actor;
use crate::clock::Timestamp;
use crate::ids::{ActorId, AttachmentId, DeedId, HazardId, MemberId, OrganizationId, StaffId};
use crate::policy::Position;

/// The most photos of one report.
pub const PHOTO_LIMIT: usize = 6;
/// The kind of deed that a report is.
pub const DEED_KIND: &str = "hazard_report";
/// How long after a hazard is closed its place is kept exactly, in seconds: 90 days. Then it is rounded to a hundredth of a degree, about a
/// kilometre.
pub const PLACE_SECONDS: i64 = 90 * 24 * 3_600;
/// How late what a device kept while it was offline may arrive, in seconds.
pub const LATE_SECONDS: i64 = 24 * 3_600;
/// Within so many metres of each other, reports of one category may be of one hazard.
pub const HINT_METRES: i64 = 50;
/// Within so many seconds of each other: 7 days.
pub const HINT_SECONDS: i64 = 7 * 24 * 3_600;
/// The longest that may be left for a step, in hours: a year.
pub const LONGEST_HOURS: i64 = 366 * 24;

macro_rules! named {
    ($($(#[$doc:meta])* $kind:ident { $($(#[$of:meta])* $value:ident = $name:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $kind {
            $($(#[$of])* $value,)+
        }

        impl $kind {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)+
                }
            }

            /// The one of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    )+};
}

named! {
    /// What sort of hazard it is: as policies know it.
    HazardCategory {
        /// 消防隐患.
        Fire = "fire",
        /// 道路设施.
        Road = "road",
        /// 用电隐患.
        Electrical = "electrical",
        /// 燃气隐患.
        Gas = "gas",
        /// 公共设施.
        Facility = "facility",
        /// 环境卫生.
        Environment = "environment",
        /// 矛盾纠纷.
        Dispute = "dispute",
        /// 交通拥堵.
        Traffic = "traffic",
        /// 其他.
        Other = "other",
    }

    /// How bad it is: as policies know it.
    Severity {
        /// 一般.
        Low = "low",
        /// 较大.
        Medium = "medium",
        /// 重大.
        High = "high",
    }

    /// How far it got.
    HazardState {
        /// 已受理: nobody has looked at it yet.
        Received = "received",
        /// 已分类: its category, severity and place are settled.
        Triaged = "triaged",
        /// 已核实: it is there.
        Verified = "verified",
        /// 不属实: nothing comes of it.
        Invalid = "invalid",
        /// 重复: another report is of the same hazard, and goes on for both.
        Duplicate = "duplicate",
        /// 已派单: somebody is to see to it.
        Assigned = "assigned",
        /// 已整改.
        Fixed = "fixed",
        /// 已复核: somebody looked again, and it is gone.
        Confirmed = "confirmed",
    }

    /// What is done about it.
    StepKind {
        /// It was reported.
        Report = "report",
        /// Category, severity and place are settled.
        Triage = "triage",
        /// It is there.
        Verify = "verify",
        /// It is not.
        Invalid = "invalid",
        /// It was reported before.
        Duplicate = "duplicate",
        /// Somebody is to see to it.
        Assign = "assign",
        /// It is mended.
        Fix = "fix",
        /// It is gone.
        Confirm = "confirm",
        /// It is to be looked at again.
        Reopen = "reopen",
    }

    /// What a report came to, as policies know it: the later is the more.
    Found {
        /// 已核实.
        Verified = "verified",
        /// 已整改.
        Fixed = "fixed",
    }

    /// Why nothing comes of a report.
    InvalidReason {
        /// Nothing was there.
        NotFound = "not_found",
        /// It is there, and no hazard.
        NoHazard = "no_hazard",
        /// Photo, place or words do not tell what or where it is.
        Unclear = "unclear",
        /// It is somebody else's to see to.
        Outside = "outside",
        /// It was made up.
        MadeUp = "made_up",
        /// Another reason.
        Other = "other",
    }
}

impl HazardState {
    /// Whether nothing more is to be done about it.
    pub const fn is_closed(self) -> bool {
        matches!(
            self,
            Self::Invalid | Self::Duplicate | Self::Fixed | Self::Confirmed
        )
    }
}

/// Something that was done about a hazard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What.
    pub kind: StepKind,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: ActorId,
    /// Why nothing comes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<InvalidReason>,
}

/// How long may be taken for reports of a category, in hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Of which category.
    pub category: HazardCategory,
    /// From the report until it is clear whether it is so.
    pub decide_hours: i64,
    /// From then until it is mended.
    pub fix_hours: i64,
}

impl Terms {
    /// What holds where a programme says nothing else: what endangers lives first.
    pub const fn of(category: HazardCategory) -> Self {
        let (decide_hours, fix_hours) = match category {
            HazardCategory::Gas => (2, 24),
            HazardCategory::Fire | HazardCategory::Electrical => (4, 48),
            HazardCategory::Traffic => (4, 24),
            HazardCategory::Road => (24, 72),
            HazardCategory::Facility
            | HazardCategory::Environment
            | HazardCategory::Dispute
            | HazardCategory::Other => (24, 168),
        };
        Self {
            category,
            decide_hours,
            fix_hours,
        }
    }

    /// Whether they are at least an hour and at most a year.
    pub fn are_sensible(&self) -> bool {
        [self.decide_hours, self.fix_hours]
            .iter()
            .all(|hours| (1..=LONGEST_HOURS).contains(hours))
    }
}

/// A report of a hazard, and what came of it so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Hazard {
    /// Its id.
    pub id: HazardId,
    /// Who reported it; nobody for what a resident reported, which earns nothing.
    pub member: Option<MemberId>,
    /// The member's deed.
    pub deed: Option<DeedId>,
    /// Whose it is to see to; nobody's in particular if that is not known.
    pub node: Option<OrganizationId>,
    /// Whose it was to see to when it was reported, because it is there: they go on seeing it, whoever mends it.
    pub home: Option<OrganizationId>,
    /// As reported, or corrected since.
    pub category: HazardCategory,
    /// Once that was looked at.
    pub severity: Option<Severity>,
    /// Where, as far as that is known and still kept.
    pub position: Option<Position>,
    /// How far it got.
    pub state: HazardState,
    /// Which report is of the same hazard and goes on for both.
    pub of: Option<HazardId>,
    /// What it came to, at most.
    pub found: Option<Found>,
    /// When it was seen.
    pub seen_at: Timestamp,
    /// When the report arrived.
    pub received_at: Timestamp,
    /// What else is known of it.
    pub body: HazardBody,
}

/// What nobody looks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HazardBody {
    /// What shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<AttachmentId>,
    /// What was said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<AttachmentId>,
    /// The grid it lies in, by its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid: Option<String>,
    /// The team it was reported with, by its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The policy that is to price it, where several do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Who of the node is to see to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffId>,
    /// Who found out what it came to: the award is asked for in their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_by: Option<Actor>,
    /// Until when it is to be clear whether it is so.
    pub decide_by: Timestamp,
    /// Until when it is to be mended, once it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_by: Option<Timestamp>,
    /// Until when the next step is to be taken since it was opened again. How fast it was seen to is held against what was said first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_by: Option<Timestamp>,
    /// All that was done about it, in order.
    pub steps: Vec<Step>,
}

impl Hazard {
    /// When the next step is due, if one is.
    pub fn due_at(&self) -> Option<Timestamp> {
        let first = match self.state {
            HazardState::Received | HazardState::Triaged => Some(self.body.decide_by),
            HazardState::Verified | HazardState::Assigned => self.body.fix_by,
            HazardState::Invalid
            | HazardState::Duplicate
            | HazardState::Fixed
            | HazardState::Confirmed => return None,
        };
        self.body.again_by.or(first)
    }

    /// When its place is rounded, once it is closed.
    pub fn round_at(&self) -> Option<Timestamp> {
        let closed = self.state.is_closed() && self.position.is_some();
        let last = self.body.steps.last().filter(|_| closed);
        last.map(|step| step.at.plus_seconds(PLACE_SECONDS))
    }

    /// The report that goes on for it: itself, unless it is a duplicate.
    pub fn thing(&self) -> HazardId {
        self.of.unwrap_or(self.id)
    }

    /// How long it took from the report until it was clear whether it is so, in seconds, and whether that was in time.
    pub fn decided_after(&self) -> Option<(i64, bool)> {
        let decides = |step: &&Step| {
            matches!(
                step.kind,
                StepKind::Verify | StepKind::Invalid | StepKind::Duplicate
            )
        };
        let decided = self.body.steps.iter().find(decides)?;
        let seconds = decided.at.seconds_since(self.received_at);
        Some((seconds, decided.at <= self.body.decide_by))
    }

    /// How long it took from then until it was mended for good, in seconds, and whether that was in time.
    pub fn fixed_after(&self) -> Option<(i64, bool)> {
        if !matches!(self.state, HazardState::Fixed | HazardState::Confirmed) {
            return None;
        }
        let steps = &self.body.steps;
        let verified = steps.iter().find(|step| step.kind == StepKind::Verify)?;
        let fixed = steps.iter().rfind(|step| step.kind == StepKind::Fix)?;
        let in_time = self.body.fix_by.is_none_or(|due| fixed.at <= due);
        Some((fixed.at.seconds_since(verified.at), in_time))
    }
}

/// How fast reports of a category were seen to in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// As in `2026-03`: of the report.
    pub month: String,
    /// Of which category.
    pub category: HazardCategory,
    /// How many were reported.
    pub reported: u64,
    /// Until it was clear whether they are so.
    pub decided: Pace,
    /// From then until they were mended.
    pub fixed: Pace,
}

/// How long a step took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// For how many.
    pub count: u64,
    /// For how many of them it was in time.
    pub in_time: u64,
    /// The median, in seconds; of two in the middle the shorter.
    pub median: Option<i64>,
}

impl Pace {
    /// Of these: how long each took, in seconds, and whether that was in time.
    pub fn of(taken: impl Iterator<Item = (i64, bool)>) -> Self {
        let mut taken: Vec<_> = taken.collect();
        taken.sort_unstable();
        let in_time = taken.iter().filter(|(_, in_time)| *in_time).count();
        let middle = taken.len().saturating_sub(1) / 2;
        Self {
            count: taken.len() as u64,
            in_time: in_time as u64,
            median: taken.get(middle).map(|(seconds, _)| *seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::deed::kind;

    /// What is reported here is what policies price.
    #[test]
    fn names_are_those_of_the_deed() {
        let kind = kind(DEED_KIND).expect("a kind of deed");
        let values = |fact: &str| -> Vec<&str> {
            let choices = kind.fact(fact).expect(fact).kind.choices();
            choices.iter().map(|choice| choice.value).collect()
        };
        let names: Vec<_> = HazardCategory::ALL.iter().map(|c| c.name()).collect();
        assert_eq!(values("category"), names);
        let names: Vec<_> = Severity::ALL.iter().map(|s| s.name()).collect();
        assert_eq!(values("severity"), names);
        let names: Vec<_> = Found::ALL.iter().map(|f| f.name()).collect();
        assert_eq!(values("outcome"), names);
    }

    #[test]
    fn a_median_is_of_the_middle_and_of_nothing_none() {
        assert_eq!(Pace::of(std::iter::empty()), Pace::default());
        let pace = Pace::of([(30, false), (10, true), (20, true), (40, false)].into_iter());
        assert_eq!((pace.count, pace.in_time, pace.median), (4, 2, Some(20)));
    }

    #[test]
    fn every_category_has_its_terms() {
        for category in HazardCategory::ALL {
            assert!(Terms::of(*category).are_sensible());
        }
    }
}
