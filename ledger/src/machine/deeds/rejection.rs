//! Why a deed does not come further.

use serde::{Deserialize, Serialize};

use super::DeedState;
use crate::clock::Timestamp;
use crate::community::activity::PlanProblem;
use crate::ids::{ActivityId, AttachmentId, AwardId, DeedId};

/// See [`crate::machine::Rejection`], among whose codes these are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum DeedRejection {
    /// No such activity, or no such slot of it.
    #[error("no activity {activity} in this programme, or no such slot of it")]
    UnknownActivity {
        /// As given.
        activity: ActivityId,
    },
    /// No such deed on record.
    #[error("no deed {deed} on record")]
    UnknownDeed {
        /// As given.
        deed: DeedId,
    },
    /// What was asked for the deed is not open, or not answered yet.
    #[error("the award of deed {deed} is not asked for, or answered already")]
    DeedAnswered {
        /// Which.
        deed: DeedId,
    },
    /// The deed has got too far, or not far enough.
    #[error("deed {deed} is {state:?}")]
    DeedState {
        /// Which.
        deed: DeedId,
        /// Where it stands.
        state: DeedState,
    },
    /// The activity cannot be planned so.
    #[error("the activity cannot be planned so: {problem}")]
    BadPlan {
        /// What is wrong.
        problem: PlanProblem,
    },
    /// Members have places that the change would take from them.
    #[error(
        "members have places in activity {activity}: times, form and facts stay, quotas may only grow"
    )]
    ActivityTaken {
        /// Which.
        activity: ActivityId,
    },
    /// The activity does not take place.
    #[error("activity {activity} is cancelled")]
    ActivityCancelled {
        /// Which.
        activity: ActivityId,
    },
    /// The slot has no place left.
    #[error("all {quota} places are taken")]
    ActivityFull {
        /// Which activity.
        activity: ActivityId,
        /// How many places it has.
        quota: i64,
    },
    /// The slot is over.
    #[error("it was over at {ended_at}")]
    ActivityOver {
        /// When.
        ended_at: Timestamp,
    },
    /// It is too early for this.
    #[error("it is too early: from {opens_at}")]
    ActivityNotOpen {
        /// From when.
        opens_at: Timestamp,
    },
    /// What is entered afterwards must lie within the slot and in the past.
    #[error("the time must lie within the slot, {from} to {until}, and not in the future")]
    OutsideSlot {
        /// When the slot begins.
        from: Timestamp,
        /// When it ends.
        until: Timestamp,
    },
    /// Never uploaded, by somebody else, too long ago, or attached to something already.
    #[error(
        "attachment {attachment} cannot be attached: upload it, by yourself, within a day, and attach it once"
    )]
    UnknownAttachment {
        /// As given.
        attachment: AttachmentId,
    },
    /// Nobody checks in by position here.
    #[error("activity {activity} has no place on the map: check in with the code")]
    NoFence {
        /// Which.
        activity: ActivityId,
    },
    /// Too far away.
    #[error("not within {radius} metres of the place")]
    OutsideFence {
        /// How far away one may be, in metres.
        radius: i64,
    },
    /// The review of an objection to the deed's award was not against this caller.
    #[error(
        "a review is appealed by whom it went against: the award's member, or who objected in vain"
    )]
    NotAppellant,
    /// There was an appeal before.
    #[error("the review of award {award} was appealed before, and that is decided once")]
    AlreadyAppealed {
        /// The award.
        award: AwardId,
    },
    /// The review can still be appealed, so nobody decides again meanwhile.
    #[error("it was reviewed, and can be appealed until {until}")]
    AppealOpen {
        /// Until when.
        until: Timestamp,
    },
    /// It is too late for an appeal.
    #[error("the review could be appealed until {until}")]
    AppealOver {
        /// Until when.
        until: Timestamp,
    },
}
