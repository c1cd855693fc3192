//! Why a deed does not come further.

use serde::{Deserialize, Serialize};

use super::DeedState;
use crate::clock::Timestamp;
use crate::community::activity::PlanProblem;
use crate::community::hazard::HazardState;
use crate::community::order::{OrderProblem, OrderState};
use crate::community::patrol::GridProblem;
use crate::community::pledge::PledgeProblem;
use crate::ids::{ActivityId, AttachmentId, AwardId, DeedId, HazardId, OrderId, PledgeId};

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
    /// Cells cannot be put on the map so.
    #[error("nothing was put on the map: {problem}")]
    BadGrid {
        /// What is wrong.
        problem: GridProblem,
    },
    /// No such cell.
    #[error("no cell {grid:?} is on the map")]
    UnknownGrid {
        /// As given, cut short.
        grid: String,
    },
    /// The cell is patrolled no more.
    #[error("cell {grid} is patrolled no more")]
    GridRetired {
        /// Which.
        grid: String,
    },
    /// Outside the cell.
    #[error("not within cell {grid}")]
    OutsideGrid {
        /// Which.
        grid: String,
    },
    /// Within no cell.
    #[error("no cell that is patrolled is here")]
    NoGridHere,
    /// Another shift of the member's is not over.
    #[error("shift {deed} has not ended: end it first")]
    ShiftOpen {
        /// Which.
        deed: DeedId,
    },
    /// It was not on the shift.
    #[error("that was not on the shift, which lasts from {from} to {until}")]
    OutsideShift {
        /// When it began.
        from: Timestamp,
        /// When it is over at the latest.
        until: Timestamp,
    },
    /// More places than a shift has.
    #[error("a shift has at most {limit} places: end it")]
    TooManyWaypoints {
        /// The most.
        limit: u64,
    },
    /// Too far away.
    #[error("not within {radius} metres of the place")]
    OutsideFence {
        /// How far away one may be, in metres.
        radius: i64,
    },
    /// No such hazard on record.
    #[error("no hazard {hazard} on record")]
    UnknownHazard {
        /// As given.
        hazard: HazardId,
    },
    /// The hazard has got too far for this, or not far enough.
    #[error("hazard {hazard} is {}: this cannot be done about it now", state.name())]
    HazardState {
        /// Which.
        hazard: HazardId,
        /// How far it got.
        state: HazardState,
    },
    /// Two awards that stand and share nothing would be for one hazard.
    #[error(
        "awards {award} and {other} stand, and one hazard is awarded once: reverse or reject one of them, then say that the reports are of one hazard"
    )]
    BothAwarded {
        /// The award for this report, or for a duplicate of it.
        award: AwardId,
        /// The award for the report that is to go on for both, or for a duplicate of that.
        other: AwardId,
    },
    /// A report has more photos than it may.
    #[error("a report has at most {limit} photos")]
    TooManyPhotos {
        /// The most.
        limit: u64,
    },
    /// No code of a grid or team.
    #[error("a grid or team is named by a code of at most 64 letters, digits and -_.:/")]
    BadCode,
    /// Too short, or too long, is left for a step.
    #[error("a step may take between an hour and a year")]
    BadHours,
    /// A deed of the member's that is on record counts some of the time that one entered by hand took.
    #[error("the member's time from {from} to {until} counts for deed {deed}: an hour counts once")]
    TimeCounted {
        /// Which.
        deed: DeedId,
        /// When that began.
        from: Timestamp,
        /// When it ended.
        until: Timestamp,
    },
    /// A photo of it shows what was awarded before.
    #[error("award {award} was made for something shown with the same photo")]
    PhotoUsed {
        /// Which.
        award: AwardId,
    },
    /// No such order, or not one that this caller may know of.
    #[error("no order {order} in this programme")]
    UnknownOrder {
        /// As given.
        order: OrderId,
    },
    /// The order cannot be posted so.
    #[error("the order cannot be posted so: {problem}")]
    BadOrder {
        /// What is wrong.
        problem: OrderProblem,
    },
    /// The order has got too far, or not far enough.
    #[error("order {order} is {state:?}")]
    OrderState {
        /// Which.
        order: OrderId,
        /// Where it stands.
        state: OrderState,
    },
    /// As many as are wanted have taken it on.
    #[error("all {places} places are taken")]
    OrderTaken {
        /// Which order.
        order: OrderId,
        /// How many members it wants.
        places: i64,
    },
    /// It is not wanted any more.
    #[error("it was wanted by {by}")]
    OrderOver {
        /// Until when.
        by: Timestamp,
    },
    /// The claim has time left.
    #[error("the member keeps it until {until}")]
    ClaimNotDue {
        /// Until when.
        until: Timestamp,
    },
    /// The member has taken on as many orders as one may at a time.
    #[error("{limit} orders taken on and not done: do or release one first")]
    TooManyClaims {
        /// How many one may have.
        limit: u64,
    },
    /// The member is not known to be able to do it.
    #[error("it takes skills that are not on record: {}", missing.join(", "))]
    SkillsMissing {
        /// Which.
        missing: Vec<String>,
    },
    /// No such team, or the member does not belong to it.
    #[error("no team {team:?}, or the member does not belong to it")]
    NotInTeam {
        /// As given.
        team: String,
    },
    /// Nobody verifies what they proposed.
    #[error("whoever proposed it cannot verify it: another person does")]
    OwnProposal,
    /// Something cannot be that.
    #[error("{fact} is {expected}")]
    BadFact {
        /// What.
        fact: String,
        /// What it can be.
        expected: String,
    },
    /// It cannot be promised so.
    #[error("it cannot be promised so: {problem}")]
    BadPledge {
        /// What is wrong.
        problem: PledgeProblem,
    },
    /// No such pledge of this member, or it is over.
    #[error("the member has no pledge {pledge} that goes on")]
    UnknownPledge {
        /// As given.
        pledge: PledgeId,
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

impl DeedRejection {
    pub(super) fn unknown_grid(code: &str) -> Self {
        Self::UnknownGrid {
            grid: code.chars().take(40).collect(),
        }
    }
}
