//! What people decided about an award, as it is shown with it.

use ledger::machine::award::contest::Finding;
use ledger::machine::award::{Approved, Objection, Review};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::Moment;

/// One person's approval.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalView {
    by: Uuid,
    at: Moment,
}

impl From<Approved> for ApprovalView {
    fn from(approved: Approved) -> Self {
        Self {
            by: approved.by.0,
            at: approved.at.into(),
        }
    }
}

/// What somebody holds against an award.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectionView {
    by: Uuid,
    at: Moment,
    /// A reason's code.
    ground: &'static str,
    /// What they said: an attachment.
    words: Option<Uuid>,
    /// Whether it was found right by the last who decided; null while it waits for the first.
    upheld: Option<bool>,
    reviewed_by: Option<Uuid>,
    reviewed_at: Option<Moment>,
    /// The first review.
    review: Option<ReviewView>,
    /// The appeal against it.
    appeal: Option<AppealView>,
    /// When what waits now had waited too long.
    escalated_at: Option<Moment>,
}

/// What a reviewer made of an objection.
#[derive(Debug, Serialize, ToSchema)]
struct ReviewView {
    by: Uuid,
    at: Moment,
    upheld: bool,
    /// What was found: a code.
    reason: Option<&'static str>,
    /// What they said: an attachment.
    words: Option<Uuid>,
    /// Until when it could be appealed; null of the last word.
    appeal_until: Option<Moment>,
}

/// An appeal against a review.
#[derive(Debug, Serialize, ToSchema)]
struct AppealView {
    by: Uuid,
    at: Moment,
    /// What they said: an attachment.
    words: Option<Uuid>,
    /// What another reviewer made of it; null while it waits for one.
    review: Option<ReviewView>,
}

impl From<Review> for ReviewView {
    fn from(review: Review) -> Self {
        Self {
            by: review.by.0,
            at: review.at.into(),
            upheld: review.upheld,
            reason: review.finding.map(Finding::name),
            words: review.words.map(|words| words.0),
            appeal_until: review.appeal_until.map(Moment),
        }
    }
}

impl From<Objection> for ObjectionView {
    fn from(objection: Objection) -> Self {
        let last = objection.decision();
        let appeal = objection.appeal.map(|appeal| AppealView {
            by: appeal.by.0,
            at: appeal.at.into(),
            words: appeal.words.map(|words| words.0),
            review: appeal.review.map(Into::into),
        });
        Self {
            by: objection.by.0,
            at: objection.at.into(),
            ground: objection.ground.name(),
            words: objection.words.map(|words| words.0),
            upheld: last.map(|review| review.upheld),
            reviewed_by: last.map(|review| review.by.0),
            reviewed_at: last.map(|review| review.at.into()),
            review: objection.review.map(Into::into),
            appeal,
            escalated_at: objection.overdue_since().map(Moment),
        }
    }
}
