//! What can be asked about hazards.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::community::hazard::{
    DEED_KIND, HazardCategory, InvalidReason, Severity, StepKind, Terms,
};
use crate::ids::{AttachmentId, DeedId, HazardId, MemberId, OrganizationId, StaffId, derived};
use crate::machine::award::deed_id_of;
use crate::policy::Position;

/// A command about a hazard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HazardCommand {
    /// Report one.
    Report(Report),
    /// Settle how bad it is, and correct what was reported.
    Triage {
        /// Which.
        hazard: HazardId,
        /// How bad it is.
        severity: Severity,
        /// What it is; as reported if not said.
        category: Option<HazardCategory>,
        /// Where it is; as reported if not said.
        position: Option<Position>,
        /// In which grid; as reported if not said.
        grid: Option<String>,
    },
    /// It is there. Asks for the award.
    Verify {
        /// Which.
        hazard: HazardId,
        /// The policy that is to price it, where several do.
        policy: Option<String>,
    },
    /// Nothing comes of it.
    Invalid {
        /// Which.
        hazard: HazardId,
        /// Why.
        reason: InvalidReason,
    },
    /// Another report is of the same hazard and goes on for both, and they share the award.
    Duplicate {
        /// Which.
        hazard: HazardId,
        /// Of which; of a duplicate, what that one is of.
        of: HazardId,
    },
    /// Somebody is to see to it.
    Assign {
        /// Which.
        hazard: HazardId,
        /// Whose it is from now on.
        node: OrganizationId,
        /// Who of them.
        staff: Option<StaffId>,
    },
    /// It is mended. Asks for the award once more where it was refused.
    Fix {
        /// Which.
        hazard: HazardId,
    },
    /// Somebody looked again, and it is gone.
    Confirm {
        /// Which.
        hazard: HazardId,
    },
    /// It is to be looked at again.
    Reopen {
        /// Which.
        hazard: HazardId,
    },
    /// A duplicate comes to what the report that goes on for it came to, and asks for its award.
    Follow {
        /// Which duplicate.
        hazard: HazardId,
    },
    /// Say how long may be taken for a category.
    SetTerms(Terms),
}

/// A report of a hazard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Its id.
    pub hazard: HazardId,
    /// Who saw it; nobody for a resident's report, which earns nothing.
    pub member: Option<MemberId>,
    /// Whose it is to see to, if that is known.
    pub node: Option<OrganizationId>,
    /// What it is.
    pub category: HazardCategory,
    /// Where it is, if that is known.
    pub position: Option<Position>,
    /// In which grid, by its code.
    pub grid: Option<String>,
    /// With which team, by its code.
    pub team: Option<String>,
    /// When it was seen, by the device; it may arrive late.
    pub seen_at: Timestamp,
    /// What shows it.
    pub photos: Vec<AttachmentId>,
    /// What is said of it.
    pub text: Option<AttachmentId>,
}

impl Report {
    /// The deed that it is, if a member's.
    pub fn deed(&self) -> Option<DeedId> {
        let reference = self.hazard.to_string();
        let member = self.member?;
        Some(deed_id_of(member, DEED_KIND, &reference))
    }

    /// What is attached.
    pub fn attachments(&self) -> impl Iterator<Item = AttachmentId> {
        self.photos.iter().copied().chain(self.text)
    }
}

impl HazardCommand {
    /// The operation's stable name.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Report(_) => "hazard.report",
            Self::Triage { .. } => "hazard.triage",
            Self::Verify { .. } => "hazard.verify",
            Self::Invalid { .. } => "hazard.invalid",
            Self::Duplicate { .. } => "hazard.duplicate",
            Self::Assign { .. } => "hazard.assign",
            Self::Fix { .. } => "hazard.fix",
            Self::Confirm { .. } => "hazard.confirm",
            Self::Reopen { .. } => "hazard.reopen",
            Self::Follow { .. } => "hazard.follow",
            Self::SetTerms(_) => "hazard.terms",
        }
    }

    /// Why, where it says so.
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Invalid { reason, .. } => Some(reason.name()),
            _ => None,
        }
    }

    /// Which hazard it is about.
    pub const fn hazard(&self) -> Option<HazardId> {
        match self {
            Self::Report(report) => Some(report.hazard),
            Self::Triage { hazard, .. }
            | Self::Verify { hazard, .. }
            | Self::Invalid { hazard, .. }
            | Self::Duplicate { hazard, .. }
            | Self::Assign { hazard, .. }
            | Self::Fix { hazard }
            | Self::Confirm { hazard }
            | Self::Reopen { hazard }
            | Self::Follow { hazard } => Some(*hazard),
            Self::SetTerms(_) => None,
        }
    }

    /// Which others it looks at.
    pub const fn other(&self) -> Option<HazardId> {
        match self {
            Self::Duplicate { of, .. } => Some(*of),
            _ => None,
        }
    }

    /// The step that it is.
    pub const fn step(&self) -> Option<StepKind> {
        match self {
            Self::Report(_) => Some(StepKind::Report),
            Self::Triage { .. } => Some(StepKind::Triage),
            Self::Verify { .. } => Some(StepKind::Verify),
            Self::Invalid { .. } => Some(StepKind::Invalid),
            Self::Duplicate { .. } => Some(StepKind::Duplicate),
            Self::Assign { .. } => Some(StepKind::Assign),
            Self::Fix { .. } => Some(StepKind::Fix),
            Self::Confirm { .. } => Some(StepKind::Confirm),
            Self::Reopen { .. } => Some(StepKind::Reopen),
            Self::Follow { .. } | Self::SetTerms(_) => None,
        }
    }

    /// What makes two under one key the same. Places are left out: this is kept with the key, and there are few enough places in a city to
    /// try each; and the moment, which may be that of asking.
    pub fn fingerprint(&self) -> Uuid {
        let said = match self {
            Self::Report(report) => Self::Report(Report {
                position: None,
                seen_at: Timestamp::from_micros(0),
                ..report.clone()
            }),
            Self::Triage {
                hazard,
                severity,
                category,
                position: _,
                grid,
            } => Self::Triage {
                hazard: *hazard,
                severity: *severity,
                category: *category,
                position: None,
                grid: grid.clone(),
            },
            other => other.clone(),
        };
        let body = serde_json::to_vec(&said).unwrap_or_default();
        derived(&[self.operation().as_bytes(), &body])
    }
}
