//! The state machine: pure decisions, one file per family.
//!
//! [`decide`] looks at a [`State`] and answers with the [`Effects`] of one [`Command`] or the reason there are none. It reads no clock and no
//! database, and draws no random number, so that a dry run, a test and the writer all run the same code. [`State::apply`] makes the
//! effects true. What rejects has nothing to undo.

pub mod award;
pub mod budget;
pub mod closing;
pub mod drafts;
pub mod duplicates;
pub mod effects;
pub mod expiry;
mod merge;
pub mod needs;
mod objection;
pub mod queue;
pub mod receipt;
mod recovery;
pub mod redemption;
pub mod registry;
pub mod rejection;
pub mod reversal;
pub mod settlement;
pub mod state;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::community::{Actor, PolicySource, Registration};
use crate::ids::{
    AwardId, BudgetId, CommandId, DraftId, FunderId, MemberId, RedemptionId, StatementId, StoreId,
    derived,
};
use crate::points::Points;

pub use award::{Award, AwardState, Reason, Submission};
pub use closing::Closing;
pub use effects::Effects;
pub use needs::{Links, Needs};
pub use queue::Admission;
pub use receipt::{Outcome, Receipt};
pub use redemption::{Redemption, RedemptionState};
pub use rejection::Rejection;
pub use settlement::{Rate, Statement, StatementState};
pub use state::{CounterKey, State};

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
    },
    /// Say whether an objection is right: then the award falls, else its notice goes on.
    ReviewObjection {
        /// Against which award.
        award: AwardId,
        /// Whether it is right.
        upheld: bool,
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
        /// Hash of the member's one-time code.
        code: String,
        /// Where.
        store: StoreId,
        /// How many, above zero.
        points: Points,
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
    /// Close the programme, or move its closing later.
    CloseProgram(Closing),
    /// Two members are one: what the one has is the other's.
    MergeMembers {
        /// Who is no member of their own any more.
        from: MemberId,
        /// Who they are.
        into: MemberId,
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
        /// Who pays.
        funder: FunderId,
        /// At which rate.
        rate: Rate,
    },
    /// A second person says that a statement is paid.
    PayStatement {
        /// Which.
        statement: StatementId,
        /// The bank's code for the payment.
        reference: String,
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
            Self::SubmitAward(_) => "award.submit",
            Self::AdmitAward(_) => "award.admit",
            Self::ApproveAward { .. } => "award.approve",
            Self::WithdrawAward { .. } => "award.withdraw",
            Self::ObjectAward { .. } => "award.object",
            Self::ReviewObjection { .. } => "award.review",
            Self::VestAward { .. } => "award.vest",
            Self::WriteOff { .. } => "award.write_off",
            Self::RejectAward { .. } => "award.reject",
            Self::ReverseAward { .. } => "award.reverse",
            Self::Authorise { .. } => "redemption.authorise",
            Self::Capture { .. } => "redemption.capture",
            Self::Void { .. } => "redemption.void",
            Self::Refund { .. } => "redemption.refund",
            Self::ReleaseHold { .. } => "redemption.release",
            Self::ExpireLots { .. } => "lots.expire",
            Self::TellExpiring { .. } => "lots.expiring",
            Self::ImportPolicies { .. } => "policy.import",
            Self::PolicySimulated { .. } => "policy.simulated",
            Self::ApprovePolicies { .. } => "policy.approve",
            Self::CloseProgram(_) => "program.close",
            Self::MergeMembers { .. } => "member.merge",
            Self::ReceiveFunds { .. } => "funds.receive",
            Self::FreezeStatement { .. } => "statement.freeze",
            Self::PayStatement { .. } => "statement.pay",
            Self::Group(_) => "group",
        }
    }

    /// What makes two requests under one key the same: everything the caller said, nothing that was worked out for them
    /// (ids, the price).
    pub fn fingerprint(&self) -> Uuid {
        match self {
            Self::SubmitAward(submission) => submission.fingerprint(),
            Self::Group(members) => group_fingerprint(members.iter().map(|(_, c)| c.fingerprint())),
            other => {
                let body = serde_json::to_vec(other).unwrap_or_default();
                derived(&[other.operation().as_bytes(), &body])
            }
        }
    }
}

/// What makes two groups under one key the same: their members' fingerprints, in order.
pub fn group_fingerprint(members: impl Iterator<Item = Uuid>) -> Uuid {
    let prints: Vec<Uuid> = members.collect();
    let parts: Vec<&[u8]> = prints.iter().map(|p| p.as_bytes().as_slice()).collect();
    derived(&parts)
}

/// The circumstances of a command.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The command's id; what it makes (award, redemption, transfer, event) carries the same.
    pub id: CommandId,
    /// Who acts.
    pub actor: Actor,
    /// The batch's moment, stamped under the lock.
    pub now: Timestamp,
}

/// Why there are no effects.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// Turned down for good.
    Rejected(Rejection),
    /// The lock set proved wrong: try again with these owners as well.
    Relock(crate::accounts::Owner),
    /// The policy that priced it is no longer the one in force: price it again.
    Reprice,
    /// A rule of the ledger itself was about to be broken: a bug, reported and never committed.
    Fault(String),
}

impl<R: Into<Rejection>> From<R> for Stop {
    fn from(rejection: R) -> Self {
        Self::Rejected(rejection.into())
    }
}

impl From<crate::journal::TransferError> for Stop {
    fn from(error: crate::journal::TransferError) -> Self {
        match error {
            crate::journal::TransferError::Amount(error) => Self::Rejected(error.into()),
            other => Self::Fault(other.to_string()),
        }
    }
}

/// The effects of one command on this state, or why there are none. A group is decided by [`decide_and_apply`].
pub fn decide(state: &State, command: &Command, context: &Context) -> Result<Effects, Stop> {
    match command {
        Command::Register(registration) => registry::register(state, registration, context),
        Command::Appropriate { budget, points } => budget::appropriate(state, *budget, *points),
        Command::ReturnBudget { budget, points } => budget::give_back(state, *budget, *points),
        Command::SubmitAward(submission) => award::submit(state, submission, context),
        Command::AdmitAward(admission) => queue::admit(state, admission, context),
        Command::ApproveAward { award } => award::approve(state, *award, context),
        Command::RejectAward { award, reason } => award::reject(state, *award, *reason, context),
        Command::WithdrawAward { award } => award::withdraw(state, *award, context),
        Command::ObjectAward { award, ground } => {
            objection::object(state, *award, *ground, context)
        }
        Command::ReviewObjection { award, upheld } => {
            objection::review(state, *award, *upheld, context)
        }
        Command::VestAward { award } => award::vest_due(state, *award),
        Command::WriteOff { award } => reversal::write_off(state, *award),
        Command::ReverseAward { award, reason } => {
            reversal::reverse(state, *award, *reason, context)
        }
        Command::Authorise {
            code,
            store,
            points,
            capture,
            hold_seconds,
        } => redemption::authorise(
            state,
            context,
            &redemption::Request {
                code,
                store: *store,
                points: *points,
                capture: *capture,
                hold_seconds: *hold_seconds,
            },
        ),
        Command::Capture { redemption, points } => {
            redemption::capture(state, *redemption, *points, context)
        }
        Command::Void { redemption } => redemption::void(state, *redemption, context),
        Command::Refund { redemption, points } => {
            redemption::refund(state, *redemption, *points, context)
        }
        Command::ReleaseHold { redemption } => redemption::release(state, *redemption, context),
        Command::ExpireLots { member } => expiry::expire_lots(state, *member),
        Command::TellExpiring { member } => expiry::tell_expiring(state, *member),
        Command::ImportPolicies { policies } => drafts::import(state, policies, context),
        Command::PolicySimulated { draft, from, until } => {
            drafts::simulated(state, *draft, (*from, *until), context)
        }
        Command::ApprovePolicies {
            drafts,
            effective_from,
        } => drafts::approve(state, drafts, *effective_from, context),
        Command::CloseProgram(closing) => closing::close(state, *closing),
        Command::MergeMembers { from, into } => merge::merge(state, *from, *into),
        Command::ReceiveFunds { funder, amount } => settlement::receive(state, *funder, *amount),
        Command::FreezeStatement {
            store,
            through_version,
            funder,
            rate,
        } => settlement::freeze(
            state,
            &settlement::Freeze {
                store: *store,
                through: *through_version,
                funder: *funder,
                rate: *rate,
            },
            context,
        ),
        Command::PayStatement {
            statement,
            reference,
        } => settlement::pay(state, *statement, reference, context),
        Command::Group(_) => Err(Rejection::BadGroup {
            limit: GROUP_LIMIT as u64,
        }
        .into()),
    }
}

/// Decides one command, a group included, and makes its effects true. When it stops, the state is as it was.
pub fn decide_and_apply(
    state: &mut State,
    command: &Command,
    context: &Context,
) -> Result<Receipt, Stop> {
    let Command::Group(members) = command else {
        let effects = decide(state, command, context)?;
        return state.apply(effects, command, context);
    };
    if members.is_empty() || members.len() > GROUP_LIMIT {
        return Err(Rejection::BadGroup {
            limit: GROUP_LIMIT as u64,
        }
        .into());
    }
    let mut attempt = state.clone();
    let mut receipts = Vec::with_capacity(members.len());
    for (index, (id, member)) in members.iter().enumerate() {
        let within = Context {
            id: *id,
            ..*context
        };
        let receipt = decide(&attempt, member, &within)
            .and_then(|effects| attempt.apply(effects, member, &within))
            .map_err(|stop| stop.in_line(index))?;
        receipts.push(receipt);
    }
    let receipt = attempt.record_group(receipts, command, context);
    *state = attempt;
    Ok(receipt)
}

impl Stop {
    fn in_line(self, index: usize) -> Self {
        match self {
            Self::Rejected(rejection) => Self::Rejected(Rejection::InGroup {
                line: index as u64 + 1,
                rejection: Box::new(rejection),
            }),
            other => other,
        }
    }
}
