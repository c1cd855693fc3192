//! What a command answers when it took effect: ids and amounts, never anything personal.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::community::hazard::{HazardCategory, HazardState, Severity};
use crate::community::personal::Purpose;
use crate::community::{DraftState, Role, Way};
use crate::ids::{
    ActorId, AwardId, BudgetId, CommandId, DeedId, DraftId, FunderId, HazardId, MemberId,
    SessionId, StoreId,
};
use crate::machine::award::AwardState;
use crate::machine::closing::Closing;
use crate::machine::deeds::DeedState;
use crate::machine::redemption::Redemption;
use crate::machine::settlement::{PaymentBatch, Statement};
use crate::points::Points;

/// The answer to a command that took effect. It is stored with the command's event and given again,
/// unchanged, to a repetition under the same idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The command; also its event, and its transfer where points moved.
    pub id: CommandId,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Whether points moved, so that a transfer of this id exists.
    pub moved: bool,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// Something is on record.
    Registered {
        /// What.
        subject: Uuid,
    },
    /// A budget grew or shrank.
    Budget {
        /// Which.
        budget: BudgetId,
        /// By how much.
        points: Points,
        /// What it holds now.
        balance: Points,
    },
    /// So much of a budget is used that somebody should know.
    BudgetLow {
        /// Which.
        budget: BudgetId,
        /// How much of what it was given, in percent: 80 or 95.
        percent: i64,
        /// What it holds.
        balance: Points,
        /// What it was given.
        provided: Points,
    },
    /// An award was submitted, approved, rejected or vested.
    Award {
        /// Which.
        award: AwardId,
        /// Whose.
        member: MemberId,
        /// Its state now.
        state: AwardState,
        /// What it is worth after caps.
        points: Points,
        /// What of it went to an earlier debt.
        recovered: Points,
        /// When its lot expires.
        expires_at: Option<Timestamp>,
        /// When its public notice closes, once it has begun.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notice_until: Option<Timestamp>,
    },
    /// An award was undone.
    Reversal {
        /// Which.
        award: AwardId,
        /// Whose.
        member: MemberId,
        /// What was left of its lot and went back to the budget.
        returned: Points,
        /// What had been spent and is owed now.
        owed: Points,
        /// What had been spent beyond the policy's debt cap: recorded, not posted.
        excess: Points,
    },
    /// A redemption was authorised, captured, voided, released or refunded.
    Redemption(Redemption),
    /// What was still owed on a reversed award was given up.
    WrittenOff {
        /// Which.
        award: AwardId,
        /// Whose.
        member: MemberId,
        /// How much.
        points: Points,
    },
    /// Lots expired.
    Expired {
        /// Whose.
        member: MemberId,
        /// How much in all.
        points: Points,
        /// How many lots.
        lots: u64,
    },
    /// A member was told of points that will expire on one day.
    Expiring {
        /// Whose.
        member: MemberId,
        /// How much is left of them now.
        points: Points,
        /// When the first of them expire.
        expires_at: Timestamp,
        /// How many days ahead the policy has this told.
        days: i64,
        /// How many lots.
        lots: u64,
    },
    /// Policies came a step further on their way into force.
    Drafts {
        /// Which, and where they stand.
        drafts: Vec<(DraftId, DraftState)>,
        /// From when they are in force, once approved.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        effective_from: Option<Timestamp>,
    },
    /// Somebody's access ends.
    AccessEnded {
        /// The appointment, staff member or key.
        id: Uuid,
        /// From when on.
        at: Timestamp,
    },
    /// Somebody has logged in.
    SessionOpened {
        /// The session.
        session: SessionId,
        /// The staff member, clerk or member.
        subject: Uuid,
        /// As what.
        role: Role,
        /// How they showed who they are.
        way: Way,
        /// When it ends at the latest.
        ends_at: Timestamp,
    },
    /// A staff member or clerk is asked to choose what they log in with.
    Invited {
        /// Who.
        subject: Uuid,
        /// Until when the invitation is good.
        ends_at: Timestamp,
    },
    /// What somebody logs in with was changed.
    LoginSet {
        /// Whose.
        subject: Uuid,
    },
    /// The programme closes.
    Closing(Closing),
    /// Two members became one.
    Merged {
        /// Whose points these were.
        from: MemberId,
        /// Whose they are.
        into: MemberId,
        /// What went from wallet to wallet.
        points: Points,
        /// What is on hold for redemptions.
        held: Points,
        /// What is awarded and not yet vested.
        pending: Points,
        /// What is owed.
        debt: Points,
    },
    /// What is held about a member was kept.
    PersonalKept {
        /// About whom.
        member: MemberId,
        /// Whether they were enrolled with it.
        enrolled: bool,
        /// How many members are probably the same person.
        doubles: u64,
    },
    /// Somebody looked at what is held about a member.
    PersonalRevealed {
        /// About whom.
        member: MemberId,
        /// Why.
        purpose: Purpose,
        /// Who looked.
        by: ActorId,
    },
    /// A signed service record was issued; its id is the command's.
    RecordIssued {
        /// Whose.
        member: MemberId,
        /// SHA-256 of what was signed, in hexadecimal.
        digest: String,
    },
    /// The key of what is held about a member was destroyed.
    PersonalErased {
        /// About whom.
        member: MemberId,
        /// Until when what they were found by leads to nobody.
        suppressed_until: Timestamp,
        /// What is left in the wallet, out of anybody's reach until it expires.
        #[serde(default)]
        points: Points,
        /// What was awarded and falls when it would have vested.
        #[serde(default)]
        pending: Points,
    },
    /// A deed came a step further, or what was asked for it was answered.
    Deed {
        /// Which.
        deed: DeedId,
        /// Whose.
        member: MemberId,
        /// Where it stands.
        state: DeedState,
        /// Whether its award is asked for and not answered yet.
        asks: bool,
    },
    /// A hazard was reported, or came a step further.
    Hazard {
        /// Which.
        hazard: HazardId,
        /// What it is.
        category: HazardCategory,
        /// How bad it is, once that is known.
        severity: Option<Severity>,
        /// How far it got.
        state: HazardState,
        /// The deed of the member who reported it.
        deed: Option<DeedId>,
        /// Whether the deed's award is asked for and not answered yet.
        asks: bool,
    },
    /// A fund grew.
    Fund {
        /// Whose.
        funder: FunderId,
        /// By how much, in yuan.
        amount: Points,
        /// What it holds now.
        balance: Points,
    },
    /// A statement was frozen, or came a step further.
    Statement(Box<Statement>),
    /// Statements are to be paid together.
    Payments(PaymentBatch),
    /// A file was made with the account numbers that a batch pays to.
    PaymentFile {
        /// Of which.
        batch: CommandId,
        /// Who has it.
        by: ActorId,
    },
    /// A group took effect.
    Group {
        /// The answers of its members, in order.
        receipts: Vec<Receipt>,
    },
}

impl Outcome {
    /// As JSON, for whoever is told what happened. A group's commands are events of their own, so that of the group itself only their number is told.
    pub fn told(&self) -> serde_json::Value {
        match self {
            Self::Group { receipts } => {
                serde_json::json!({ "kind": "group", "commands": receipts.len() })
            }
            outcome => serde_json::to_value(outcome).unwrap_or_default(),
        }
    }

    /// The store that this is about, if it is about one.
    pub const fn store(&self) -> Option<StoreId> {
        match self {
            Self::Redemption(redemption) => Some(redemption.store),
            Self::Statement(statement) => Some(statement.store),
            _ => None,
        }
    }
}
