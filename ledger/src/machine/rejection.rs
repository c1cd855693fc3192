//! Why a command was turned down: a stable code and the facts a person needs.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::community::DraftState;
use crate::ids::{AwardId, BudgetId, DraftId, MemberId, RedemptionId, StaffId, StoreId};
use crate::machine::award::AwardState;
use crate::machine::budget::BudgetRejection;
use crate::machine::deeds::DeedRejection;
use crate::machine::offers::TradeRejection;
use crate::machine::paying::PayingRejection;
use crate::machine::redemption::RedemptionState;
use crate::machine::settlement::SettlementRejection;
use crate::points::Points;
use crate::policy::CapReached;

/// A business rejection: nothing changed. Serialises as `{"code": "insufficient_points", …facts}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Rejection {
    /// No such member in this programme.
    #[error("no member {member} in this programme")]
    UnknownMember {
        /// As given.
        member: MemberId,
    },
    /// No such budget.
    #[error("no budget {budget} in this programme")]
    UnknownBudget {
        /// As given: an id or a code.
        budget: String,
    },
    /// No such store.
    #[error("no store {store} in this programme")]
    UnknownStore {
        /// As given.
        store: StoreId,
    },
    /// No such award.
    #[error("no award {award} in this programme")]
    UnknownAward {
        /// As given.
        award: AwardId,
    },
    /// No such redemption, or not one of this store's.
    #[error("no redemption {redemption} that this caller may touch")]
    UnknownRedemption {
        /// As given.
        redemption: RedemptionId,
    },
    /// The code is unknown, expired or already spent: which of them is not told.
    #[error("the code is not valid: ask for a new one")]
    InvalidCode,
    /// The wallet holds less than is asked for.
    #[error("{requested} points asked for, {available} available")]
    InsufficientPoints {
        /// What can be spent now.
        available: Points,
        /// What was asked for.
        requested: Points,
    },
    /// The budget holds less than is asked for.
    #[error("the budget holds {available} points, {requested} are needed")]
    BudgetExhausted {
        /// The budget.
        budget: BudgetId,
        /// What it holds.
        available: Points,
        /// What was needed.
        requested: Points,
    },
    /// A cap leaves no room in its window.
    #[error("{0}")]
    CapReached(CapReached),
    /// The deed has an award under this policy already.
    #[error("this deed already has the award {award}")]
    AlreadyAwarded {
        /// The award it has.
        award: AwardId,
    },
    /// Somebody, or the same member, was awarded for the same thing before, and it is not shared with this deed.
    #[error("award {award} is for the same thing")]
    DuplicateDeed {
        /// An award for it; whose is not said.
        award: AwardId,
    },
    /// The policy has to know where the deed happened, to tell it from others.
    #[error("say where it happened: deeds within {radius} m of each other are one thing")]
    PositionNeeded {
        /// The policy's radius, in metres.
        radius: i64,
    },
    /// The deed comes so late that it can no longer be told whether another was about the same thing.
    #[error("a deed of this policy is submitted until {until}")]
    DeedTooLate {
        /// The last moment at which it would have done.
        until: Timestamp,
    },
    /// The award is divided once every report of the same thing is decided.
    #[error("{reports} reports of the same thing are still to be decided")]
    ReportsUndecided {
        /// How many.
        reports: u64,
    },
    /// The lot would have expired before it opened.
    #[error("the award would have expired at {expires_at}")]
    AlreadyExpired {
        /// When its lot would have expired.
        expires_at: Timestamp,
    },
    /// The deed is said to happen later than now.
    #[error("the deed is dated {occurred_at}, which is still to come")]
    DeedInFuture {
        /// As given.
        occurred_at: Timestamp,
    },
    /// Somebody tried to award themselves.
    #[error("nobody awards themselves")]
    SelfAward,
    /// Somebody tried to approve what they submitted or benefit from.
    #[error("nobody approves what they submitted or benefit from")]
    SelfApproval,
    /// Somebody tried to approve the same award a second time.
    #[error("a second approval has to come from another person")]
    SameApprover,
    /// Somebody of the same node approved the award before.
    #[error("a second approval has to come from another node of the programme")]
    SameNode,
    /// Somebody tried to take back what another submitted.
    #[error("only who submitted an award takes it back")]
    NotSubmitter,
    /// The award's public notice is still open.
    #[error("the public notice lasts until {until}")]
    NoticeOpen {
        /// Until when.
        until: Timestamp,
    },
    /// The award's public notice is over.
    #[error("the public notice closed at {closed_at}")]
    NoticeClosed {
        /// When.
        closed_at: Timestamp,
    },
    /// Somebody objects to the award, so it stands still until a reviewer has decided.
    #[error("award {award} is frozen by an objection")]
    AwardFrozen {
        /// The award.
        award: AwardId,
    },
    /// There was an objection to this award before.
    #[error("award {award} was objected to before")]
    AlreadyObjected {
        /// The award.
        award: AwardId,
    },
    /// Nobody objects to the award.
    #[error("nobody objects to award {award}")]
    NoObjection {
        /// The award.
        award: AwardId,
    },
    /// The reviewer submitted, approved, benefits from or objects to the award.
    #[error(
        "an objection is reviewed by somebody who has no part in the award or in the objection"
    )]
    ReviewerInvolved,
    /// The award is not in the state the command needs.
    #[error("award {award} is already {state}")]
    AwardAlreadyDecided {
        /// The award.
        award: AwardId,
        /// The state it is in.
        state: AwardState,
    },
    /// The hold was captured, voided or released before.
    #[error("redemption {redemption} is already {state}")]
    HoldAlreadyResolved {
        /// The redemption.
        redemption: RedemptionId,
        /// The state it is in.
        state: RedemptionState,
    },
    /// The hold's time has run out.
    #[error("the hold expired at {expired_at}")]
    HoldExpired {
        /// When.
        expired_at: Timestamp,
    },
    /// The hold's time has not run out yet.
    #[error("the hold lasts until {expires_at}")]
    HoldNotDue {
        /// Until when it lasts.
        expires_at: Timestamp,
    },
    /// More is to be captured than was authorised.
    #[error("{requested} points cannot be captured of {authorised} authorised")]
    CaptureExceedsHold {
        /// What the hold is for.
        authorised: Points,
        /// What was asked for.
        requested: Points,
    },
    /// The redemption was never captured, so there is nothing to refund.
    #[error("redemption {redemption} is {state}, not captured")]
    NotCaptured {
        /// The redemption.
        redemption: RedemptionId,
        /// The state it is in.
        state: RedemptionState,
    },
    /// More is to be refunded than is left of the capture.
    #[error("{requested} points cannot be refunded, {refundable} are left")]
    RefundExceedsCapture {
        /// Captured and not refunded yet.
        refundable: Points,
        /// What was asked for.
        requested: Points,
    },
    /// No lot of the member's is due.
    #[error("no lot of this member is due")]
    NothingDue,
    /// An amount of nothing or less.
    #[error("an amount must be above zero")]
    AmountNotPositive,
    /// A sum does not fit.
    #[error("the amount is too large")]
    AmountOverflow,
    /// A record of this id, code or name is there already.
    #[error("it exists already")]
    AlreadyExists,
    /// A record refers to one that is not there: an organization, merchant or member.
    #[error("it refers to a record that does not exist in this programme")]
    UnknownReference,
    /// An organization of a kind nobody knows.
    #[error(
        "no organization is a {kind:?}: expected district, street, community, grid, committee or team"
    )]
    OrganizationKind {
        /// As given.
        kind: String,
    },
    /// The staff member has left.
    #[error("{staff} left at {left_at}")]
    StaffLeft {
        /// Who.
        staff: StaffId,
        /// When.
        left_at: Timestamp,
    },
    /// No such appointment, staff member or key.
    #[error("no appointment, staff member or key {id} in this programme")]
    UnknownAccess {
        /// As given.
        id: Uuid,
    },
    /// The appointment or key was ended before, or ends no later than asked for.
    #[error("it ends at {ends_at} already")]
    AlreadyEnded {
        /// When.
        ends_at: Timestamp,
    },
    /// A policy version cannot be read, or is not what it says.
    #[error("the policy cannot be put in force: {problem}")]
    UnreadablePolicy {
        /// What is wrong, with file, line and column.
        problem: String,
    },
    /// A version of a policy or of a layer would be in force before it was made.
    #[error("a version takes effect now or later, never in the past: earliest {earliest}")]
    EffectiveInPast {
        /// The earliest moment that would do.
        earliest: Timestamp,
    },
    /// A version of this policy or layer from this moment or later is there already.
    #[error("a version from {from} on is already recorded: supersede it later than that")]
    Superseded {
        /// When the newest version takes effect.
        from: Timestamp,
    },
    /// No policy could name the layer so.
    #[error(
        "a layer cannot be called {layer:?}: expected 1 to 64 lower-case letters, digits and hyphens, as in `geofence`"
    )]
    LayerName {
        /// As given.
        layer: String,
    },
    /// The map has as many layers as it may have.
    #[error("a programme's map has at most {limit} layers")]
    TooManyLayers {
        /// The most.
        limit: u64,
    },
    /// No such draft.
    #[error("no draft {draft} in this programme")]
    UnknownDraft {
        /// As given.
        draft: DraftId,
    },
    /// The draft is not far enough, or too far, for what was asked.
    #[error(
        "draft {draft} is {state}: a draft passes its cases, is simulated, and then approved once"
    )]
    DraftNotReady {
        /// The draft.
        draft: DraftId,
        /// How far it has come.
        state: DraftState,
    },
    /// No policy, or too many at once.
    #[error("1 to {limit} policies can be imported or approved at once")]
    TooManyDrafts {
        /// The most.
        limit: u64,
    },
    /// The programme takes no more deeds, or no more payments.
    #[error("the programme closed for this at {since}")]
    ProgramClosed {
        /// The last moment at which it would have done.
        since: Timestamp,
    },
    /// A programme would close in the past, or earlier than was said.
    #[error(
        "a programme closes now or later, and never earlier than was said: earliest {earliest}"
    )]
    ClosingTooEarly {
        /// The earliest moment that would do.
        earliest: Timestamp,
    },
    /// Spending would end before earning does.
    #[error("spending cannot end before earning does")]
    ClosingOrder,
    /// The member was merged into another.
    #[error("member {member} was merged into {into}")]
    MemberMerged {
        /// As given.
        member: MemberId,
        /// Who they are now.
        into: MemberId,
    },
    /// A member cannot be merged into themselves.
    #[error("member {member} cannot be merged into themselves")]
    MergeIntoSelf {
        /// As given.
        member: MemberId,
    },
    /// What was held about the member was erased.
    #[error("what was held about member {member} was erased")]
    MemberErased {
        /// Who.
        member: MemberId,
    },
    /// Something has to be settled with the member first.
    #[error("member {member} has points on hold or an award under objection: settle them first")]
    ErasureBlocked {
        /// Who.
        member: MemberId,
        /// What is on hold.
        held: Points,
        /// An award that somebody objects to.
        award: Option<AwardId>,
    },
    /// The phone or number was that of somebody who was erased.
    #[error("this was somebody's who was erased: it can be enrolled again later")]
    Suppressed {
        /// Not before; nor while that person owes points.
        until: Timestamp,
    },
    /// The phone belongs to a member with another identity number.
    #[error(
        "the phone belongs to member {member}, who has another identity number: change that member's phone first"
    )]
    PhoneOfAnother {
        /// Whose phone it is by the records.
        member: MemberId,
    },
    /// One member of a group was turned down, so all were.
    #[error("line {line}: {rejection}")]
    InGroup {
        /// Which, counted from 1.
        line: u64,
        /// Why.
        rejection: Box<Rejection>,
    },
    /// A group of nothing, of too many, or within a group.
    #[error("a group has 1 to {limit} commands, none of them a group")]
    BadGroup {
        /// The most a group may hold.
        limit: u64,
    },
    /// Nothing comes of something about a budget.
    #[error(transparent)]
    #[serde(untagged)]
    Budget(#[from] BudgetRejection),
    /// A deed does not come further.
    #[error(transparent)]
    #[serde(untagged)]
    Deed(#[from] DeedRejection),
    /// Nothing comes of something about merchants and what they offer.
    #[error(transparent)]
    #[serde(untagged)]
    Trade(#[from] TradeRejection),
    /// Nothing comes of it for funds or statements.
    #[error(transparent)]
    #[serde(untagged)]
    Settlement(#[from] SettlementRejection),
    /// A payment does not come about, or further.
    #[error(transparent)]
    #[serde(untagged)]
    Paying(#[from] PayingRejection),
}
