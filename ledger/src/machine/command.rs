//! What the ledger can be asked to do.

pub(super) mod said;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::community::personal::{Purpose, Sealed};
use crate::community::{
    Access, ClerkPin, Credentials, Invitation, PolicySource, Registration, Session,
};
use crate::ids::{
    AttachmentId, AwardId, BudgetId, CommandId, DeedId, DraftId, FunderId, MemberId, RedemptionId,
    StatementId, StoreId,
};
use crate::machine::award::contest::Finding;
use crate::machine::budget::BudgetCommand;
use crate::machine::deeds::{
    ActivityCommand, ExceptionalCommand, OrderCommand, PatrolCommand, WhyNot,
};
use crate::machine::hazards::HazardCommand;
use crate::machine::joining::Joining;
use crate::machine::merchants::MerchantCommand;
use crate::machine::offers::OfferCommand;
use crate::machine::paying::PayingCommand;
use crate::machine::personal::Keeping;
use crate::machine::places::PlaceCommand;
use crate::machine::pledges::PledgeCommand;
use crate::machine::redemption::paying::Charge;
use crate::machine::settlement::SettlementCommand;
use crate::machine::teams::TeamCommand;
use crate::machine::webhooks::WebhookCommand;
use crate::machine::{Admission, Closing, Payer, Reason, Submission};
use crate::points::{Points, Rate};

/// The most commands one group may hold.
pub const GROUP_LIMIT: usize = 1_000;

/// A change of points, or of what points depend on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Put something on record.
    Register(Registration),
    /// Issue points into a budget.
    Appropriate {
        /// Into which.
        budget: BudgetId,
        /// How many, above zero.
        points: Points,
    },
    /// Take unspent points out of a budget.
    ReturnBudget {
        /// Out of which.
        budget: BudgetId,
        /// How many, above zero.
        points: Points,
    },
    /// Something else about a budget.
    Budget(Box<BudgetCommand>),
    /// Ask for an award; vests at once when the policy wants no approval.
    SubmitAward(Box<Submission>),
    /// Let an award in that waits for room under a cap.
    AdmitAward(Box<Admission>),
    /// Agree to a submitted award; the last approval it needs opens its public notice or lets it vest.
    ApproveAward {
        /// Which.
        award: AwardId,
    },
    /// Take back an award of one's own submitting before it vests.
    WithdrawAward {
        /// Which.
        award: AwardId,
    },
    /// Object to an award on public notice, which freezes it.
    ObjectAward {
        /// Which.
        award: AwardId,
        /// On what ground.
        ground: Reason,
        /// What is said, uploaded before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<AttachmentId>,
    },
    /// Say whether an objection is right: then the award falls unless somebody appeals, else its notice goes on. Of an appeal, the last word.
    ReviewObjection {
        /// Against which award.
        award: AwardId,
        /// Whether it is right.
        upheld: bool,
        /// What was found.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        finding: Option<Finding>,
        /// What is said, uploaded before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<AttachmentId>,
    },
    /// Ask for another review, once, by whom the first went against.
    AppealReview {
        /// Of which award.
        award: AwardId,
        /// What is said, uploaded before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<AttachmentId>,
    },
    /// Say that an objection or appeal has waited for a reviewer for too long.
    EscalateObjection {
        /// Against which award.
        award: AwardId,
    },
    /// Let an award fall whose objection was upheld and not appealed in time.
    SettleObjection {
        /// Against which award.
        award: AwardId,
    },
    /// Note that a signed service record was issued.
    IssueRecord {
        /// Whose.
        member: MemberId,
        /// SHA-256 of what was signed, in hexadecimal.
        digest: String,
    },
    /// Let an award vest whose public notice has closed.
    VestAward {
        /// Which.
        award: AwardId,
    },
    /// Give up what is still owed on a reversed award.
    WriteOff {
        /// Which.
        award: AwardId,
    },
    /// Turn down an award that has not vested.
    RejectAward {
        /// Which.
        award: AwardId,
        /// Why.
        reason: Reason,
    },
    /// Undo a vested award.
    ReverseAward {
        /// Which.
        award: AwardId,
        /// Why.
        reason: Reason,
    },
    /// Hold points for a redemption, or charge them at once.
    Authorise {
        /// Whose.
        #[serde(flatten)]
        payer: Payer,
        /// Where.
        store: StoreId,
        /// What for.
        #[serde(flatten)]
        charge: Charge,
        /// Capture in the same step.
        capture: bool,
        /// How long the hold lasts, in seconds.
        hold_seconds: i64,
    },
    /// Take held points, whole or in part; the rest is released.
    Capture {
        /// Which.
        redemption: RedemptionId,
        /// How many; `None` takes all.
        points: Option<Points>,
    },
    /// Give a hold back.
    Void {
        /// Which.
        redemption: RedemptionId,
    },
    /// Give captured points back, whole or in part.
    Refund {
        /// Which.
        redemption: RedemptionId,
        /// How many; `None` gives back all that is left.
        points: Option<Points>,
    },
    /// Give all of today's charge back: it was a mistake.
    Undo {
        /// Which.
        redemption: RedemptionId,
    },
    /// Give a hold back because its time ran out.
    ReleaseHold {
        /// Which.
        redemption: RedemptionId,
    },
    /// Expire the lots of a member whose time ran out.
    ExpireLots {
        /// Whose.
        member: MemberId,
    },
    /// Tell a member of points that will expire, a day's at a time.
    TellExpiring {
        /// Whom.
        member: MemberId,
    },
    /// Keep policies as drafts, all of them or none.
    ImportPolicies {
        /// The files.
        policies: Vec<PolicySource>,
    },
    /// Note that a past period was replayed under a draft.
    PolicySimulated {
        /// Which.
        draft: DraftId,
        /// The first moment of the period.
        from: Timestamp,
        /// The first moment after it.
        until: Timestamp,
    },
    /// Put simulated drafts in force, all of them or none.
    ApprovePolicies {
        /// Which.
        drafts: Vec<DraftId>,
        /// From when; `None` is from now.
        effective_from: Option<Timestamp>,
    },
    /// End somebody's access: at once, or a key later.
    EndAccess {
        /// Which.
        access: Access,
        /// From when on; `None` is from now.
        at: Option<Timestamp>,
    },
    /// Let somebody in who has shown who they are.
    OpenSession(Box<Session>),
    /// Ask a staff member or clerk to choose what they log in with.
    Invite(Invitation),
    /// Change what somebody logs in with; all their other sessions end.
    SetLogin(Box<Credentials>),
    /// Set or take away with what a clerk takes over a counter.
    SetPin(ClerkPin),
    /// Close the programme, or move its closing later.
    CloseProgram(Closing),
    /// Two members are one: what the one has is the other's.
    MergeMembers {
        /// Who is no member of their own any more.
        from: MemberId,
        /// Who they are.
        into: MemberId,
    },
    /// Keep what is held about a member, sealed; enrols them with it where they are new.
    KeepPersonal(Box<Keeping>),
    /// Keep what is held about a member with its data key wrapped anew.
    RewrapPersonal {
        /// About whom.
        member: MemberId,
        /// The row.
        sealed: Sealed,
        /// The version it replaces.
        replaces: i64,
    },
    /// Note that somebody looks at what is held about a member.
    RevealPersonal {
        /// About whom.
        member: MemberId,
        /// Why.
        purpose: Purpose,
    },
    /// Destroy the key of what is held about a member.
    ErasePersonal {
        /// About whom.
        member: MemberId,
    },
    /// Keep what somebody said who asks to be enrolled, until staff decide.
    AskToJoin(Box<Joining>),
    /// Nothing comes of somebody's asking to be enrolled: what they said is deleted.
    RefuseJoining {
        /// Who would have been this member.
        member: MemberId,
    },
    /// Say that two members who look like one person are two.
    Distinguish {
        /// The one.
        member: MemberId,
        /// The other.
        other: MemberId,
    },
    /// Money came in from a funder.
    ReceiveFunds {
        /// From whom.
        funder: FunderId,
        /// How much, in yuan, above zero.
        amount: Points,
    },
    /// Make what a store accepted since its last statement the next one.
    FreezeStatement {
        /// Whose.
        store: StoreId,
        /// The last version of merchant:accepted:S to cover; `None` covers all that is there.
        through_version: Option<i64>,
        /// Who pays for what was redeemed without terms of its own.
        funder: Option<FunderId>,
        /// At which rate.
        rate: Option<Rate>,
    },
    /// An approved statement is paid.
    PayStatement {
        /// Which.
        statement: StatementId,
        /// The bank's code for the payment.
        reference: String,
    },
    /// A step of a statement between those, or to whom money goes.
    Settlement(Box<SettlementCommand>),
    /// Something about an activity, or somebody's part in one.
    Activity(Box<ActivityCommand>),
    /// Something about a hazard that was reported.
    Hazard(Box<HazardCommand>),
    /// Something about cells of the map, or a shift in one.
    Patrol(Box<PatrolCommand>),
    /// Something about an order, or somebody's part in one.
    Order(Box<OrderCommand>),
    /// Something about an exceptional deed.
    Exceptional(Box<ExceptionalCommand>),
    /// Something about a team, or who belongs to it.
    Team(Box<TeamCommand>),
    /// A pledge made or ended.
    Pledge(Box<PledgeCommand>),
    /// Something about who is told of events.
    Webhook(Box<WebhookCommand>),
    /// Something about an offer.
    Offer(Box<OfferCommand>),
    /// Something about a merchant.
    Merchant(Box<MerchantCommand>),
    /// Something about a store or station.
    Place(Box<PlaceCommand>),
    /// Something about what is shown to pay.
    Paying(Box<PayingCommand>),
    /// Do what is due about a deed by itself.
    CloseDeed {
        /// Which.
        deed: DeedId,
    },
    /// No award comes of a deed.
    RefuseDeed {
        /// Which.
        deed: DeedId,
        /// Which of its requests.
        attempt: i64,
        /// Why.
        why: Box<WhyNot>,
    },
    /// Ask once more for the award of a deed that was refused one.
    AskAgain {
        /// Which.
        deed: DeedId,
    },
    /// Up to [`GROUP_LIMIT`] commands, decided wholly or not at all.
    Group(Vec<(CommandId, Command)>),
}

impl Command {
    /// The operation's stable name: the scope of idempotency keys and the kind of its event.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Register(_) => "register",
            Self::Appropriate { .. } => "budget.appropriate",
            Self::ReturnBudget { .. } => "budget.return",
            Self::Budget(command) => command.operation(),
            Self::SubmitAward(_) => "award.submit",
            Self::AdmitAward(_) => "award.admit",
            Self::ApproveAward { .. } => "award.approve",
            Self::WithdrawAward { .. } => "award.withdraw",
            Self::ObjectAward { .. } => "award.object",
            Self::ReviewObjection { .. } => "award.review",
            Self::AppealReview { .. } => "award.appeal",
            Self::EscalateObjection { .. } => "award.escalate",
            Self::SettleObjection { .. } => "award.settle",
            Self::IssueRecord { .. } => "record.issue",
            Self::VestAward { .. } => "award.vest",
            Self::WriteOff { .. } => "award.write_off",
            Self::RejectAward { .. } => "award.reject",
            Self::ReverseAward { .. } => "award.reverse",
            Self::Authorise { .. } => "redemption.authorise",
            Self::Capture { .. } => "redemption.capture",
            Self::Void { .. } => "redemption.void",
            Self::Refund { .. } => "redemption.refund",
            Self::Undo { .. } => "redemption.undo",
            Self::ReleaseHold { .. } => "redemption.release",
            Self::ExpireLots { .. } => "lots.expire",
            Self::TellExpiring { .. } => "lots.expiring",
            Self::ImportPolicies { .. } => "policy.import",
            Self::PolicySimulated { .. } => "policy.simulated",
            Self::ApprovePolicies { .. } => "policy.approve",
            Self::EndAccess { .. } => "access.end",
            Self::OpenSession(_) => "session.open",
            Self::Invite(_) => "login.invite",
            Self::SetLogin(_) => "login.set",
            Self::SetPin(_) => "login.pin",
            Self::CloseProgram(_) => "program.close",
            Self::MergeMembers { .. } => "member.merge",
            Self::KeepPersonal(_) => "personal.keep",
            Self::RewrapPersonal { .. } => "personal.rewrap",
            Self::RevealPersonal { .. } => "personal.reveal",
            Self::ErasePersonal { .. } => "personal.erase",
            Self::AskToJoin(_) => "joining.ask",
            Self::RefuseJoining { .. } => "joining.refuse",
            Self::Distinguish { .. } => "member.distinguish",
            Self::ReceiveFunds { .. } => "funds.receive",
            Self::FreezeStatement { .. } => "statement.freeze",
            Self::PayStatement { .. } => "statement.pay",
            Self::Settlement(command) => command.operation(),
            Self::Activity(command) => command.operation(),
            Self::Hazard(command) => command.operation(),
            Self::Patrol(command) => command.operation(),
            Self::Order(command) => command.operation(),
            Self::Exceptional(command) => command.operation(),
            Self::Team(command) => command.operation(),
            Self::Pledge(command) => command.operation(),
            Self::Webhook(command) => command.operation(),
            Self::Offer(command) => command.operation(),
            Self::Merchant(command) => command.operation(),
            Self::Place(command) => command.operation(),
            Self::Paying(command) => command.operation(),
            Self::CloseDeed { .. } => "deed.close",
            Self::RefuseDeed { .. } => "deed.refuse",
            Self::AskAgain { .. } => "deed.ask_again",
            Self::Group(_) => "group",
        }
    }

    /// Why it is given, where it says so.
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::RejectAward { reason, .. } | Self::ReverseAward { reason, .. } => {
                Some(reason.name())
            }
            Self::ObjectAward { ground, .. } => Some(ground.name()),
            Self::ReviewObjection {
                finding: Some(finding),
                ..
            } => Some(finding.name()),
            Self::RevealPersonal { purpose, .. } => Some(purpose.name()),
            Self::Settlement(command) => command.reason(),
            Self::Hazard(command) => command.reason(),
            Self::Order(command) => command.reason(),
            Self::Exceptional(command) => command.reason(),
            Self::Merchant(command) => command.reason(),
            Self::Paying(command) => command.reason(),
            _ => None,
        }
    }
}
