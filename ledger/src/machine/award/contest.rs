//! What is held against an award on public notice, and what became of it: an objection, its review, and one appeal.

use serde::{Deserialize, Serialize};

use super::{Award, AwardState, Reason};
use crate::clock::Timestamp;
use crate::ids::{ActorId, AttachmentId};

const DAY_SECONDS: i64 = 24 * 3_600;
/// How long after a review it can be appealed, in seconds.
pub const APPEAL_SECONDS: i64 = 7 * DAY_SECONDS;
/// How long an objection or an appeal waits before it is escalated, in seconds.
pub const ESCALATION_SECONDS: i64 = 15 * DAY_SECONDS;

/// What a reviewer found. A code, because the record holds no free text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// What was claimed did not happen so.
    NotAsClaimed,
    /// The evidence does not suffice.
    Evidence,
    /// The same deed was awarded elsewhere.
    Duplicate,
    /// Entered by mistake.
    Mistake,
    /// What was claimed did happen so.
    AsClaimed,
    /// The evidence suffices.
    EvidenceSuffices,
    /// The objection is about something else than this award.
    Unrelated,
}

impl Finding {
    /// Every finding, those first that uphold.
    pub const ALL: [Self; 7] = [
        Self::NotAsClaimed,
        Self::Evidence,
        Self::Duplicate,
        Self::Mistake,
        Self::AsClaimed,
        Self::EvidenceSuffices,
        Self::Unrelated,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotAsClaimed => "not_as_claimed",
            Self::Evidence => "evidence",
            Self::Duplicate => "duplicate",
            Self::Mistake => "mistake",
            Self::AsClaimed => "as_claimed",
            Self::EvidenceSuffices => "evidence_suffices",
            Self::Unrelated => "unrelated",
        }
    }

    /// The finding of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|finding| finding.name() == name)
    }

    /// Why the award falls; `None` where the objection does.
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::NotAsClaimed => Some(Reason::NotAsClaimed),
            Self::Evidence => Some(Reason::Evidence),
            Self::Duplicate => Some(Reason::Duplicate),
            Self::Mistake => Some(Reason::Mistake),
            Self::AsClaimed | Self::EvidenceSuffices | Self::Unrelated => None,
        }
    }
}

/// What somebody holds against an award on public notice. One an award.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Who.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// On what ground.
    pub ground: Reason,
    /// What they said, beside the books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<AttachmentId>,
    /// When it had waited for a reviewer for too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalated_at: Option<Timestamp>,
    /// What a reviewer made of it; `None` while it waits for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// The appeal against that; one an objection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal: Option<Appeal>,
}

/// What a reviewer made of an objection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Who.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// Whether the objection is right, so that the award falls.
    pub upheld: bool,
    /// What they found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// What they said, beside the books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<AttachmentId>,
    /// Until when it can be appealed; `None` for one that is final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal_until: Option<Timestamp>,
}

/// Whom a review went against asks for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// Who: the award's member, or who objected.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// What they said, beside the books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<AttachmentId>,
    /// When it had waited for a reviewer for too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalated_at: Option<Timestamp>,
    /// What another reviewer made of it; `None` while it waits for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
}

impl Objection {
    /// Since when it waits for somebody to decide: of the appeal, if there is one; `None` when it waits for nobody.
    pub const fn waits_since(&self) -> Option<Timestamp> {
        match (self.review, self.appeal) {
            (None, _) => Some(self.at),
            (
                Some(_),
                Some(Appeal {
                    at, review: None, ..
                }),
            ) => Some(at),
            (Some(_), _) => None,
        }
    }

    /// When what waits now had waited too long.
    pub fn overdue_since(&self) -> Option<Timestamp> {
        self.waits_since()?;
        match self.appeal {
            Some(appeal) => appeal.escalated_at,
            None => self.escalated_at,
        }
    }

    /// The review that is in force: the last.
    pub fn decision(&self) -> Option<Review> {
        let appealed = self.appeal.and_then(|appeal| appeal.review);
        appealed.or(self.review)
    }

    /// Who has had a say in it.
    pub fn people(&self) -> impl Iterator<Item = ActorId> {
        let reviewer = self.review.map(|review| review.by);
        let appellant = self.appeal.map(|appeal| appeal.by);
        [Some(self.by), reviewer, appellant].into_iter().flatten()
    }
}

impl Award {
    /// From when on the objection or appeal under way has waited too long; `None` once that was said, or where nothing waits.
    pub fn escalates_at(&self) -> Option<Timestamp> {
        let objection = self
            .objection
            .filter(|_| self.state == AwardState::Frozen)?;
        let since = objection.waits_since()?;
        let told = objection.overdue_since().is_some();
        (!told).then(|| since.plus_seconds(ESCALATION_SECONDS))
    }

    /// From when on an award falls whose objection was upheld, unless its member appeals before.
    pub fn settles_at(&self) -> Option<Timestamp> {
        let objection = self
            .objection
            .filter(|_| self.state == AwardState::Frozen)?;
        let review = objection.review.filter(|review| review.upheld)?;
        match objection.appeal {
            Some(_) => None,
            None => review.appeal_until,
        }
    }
}
