//! The state machine: pure decisions, one file per family.
//!
//! [`decide`] looks at a [`State`] and answers with the [`Effects`] of one [`Command`] or the reason there are none. It reads no clock and no
//! database, and draws no random number, so that a dry run, a test and the writer all run the same code. [`State::apply`] makes the
//! effects true. What rejects has nothing to undo.

pub mod attachments;
pub mod award;
pub mod budget;
mod charge_objection;
pub mod closing;
mod command;
pub mod deeds;
pub mod drafts;
pub mod duplicates;
pub mod effects;
pub mod expiry;
pub mod hazards;
pub mod joining;
pub mod log_in;
pub mod merchants;
mod merge;
pub mod needs;
mod objection;
pub mod offers;
pub mod patrols;
pub mod payer;
pub mod paying;
pub mod people;
pub mod personal;
pub mod places;
pub mod pledges;
pub mod queue;
pub mod receipt;
mod recovery;
pub mod redemption;
pub mod registry;
pub mod rejection;
pub mod reversal;
pub mod settlement;
pub mod state;
pub mod teams;
#[cfg(test)]
mod tests;
pub mod webhooks;

use crate::clock::Timestamp;
use crate::community::Actor;
use crate::ids::CommandId;

pub use award::{Award, AwardState, Reason, Submission};
pub use budget::{BudgetCommand, BudgetRejection};
pub use closing::Closing;
pub use command::said::group_fingerprint;
pub use command::{Command, GROUP_LIMIT};
pub use effects::Effects;
pub use needs::{Links, Needs};
pub use payer::{Payer, ShownBy, ShownCode};
pub use paying::{PayingCommand, PayingRejection};
pub use queue::Admission;
pub use receipt::{Outcome, Receipt};
pub use redemption::paying::{Asked, Charge};
pub use redemption::{Redemption, RedemptionState};
pub use rejection::Rejection;
pub use settlement::{SettlementCommand, SettlementRejection, Statement, StatementState};
pub use state::{CounterKey, State};

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
    /// What it rests on was looked up before the queue and is no longer so, or not enough: look again. The policy that priced it may be no
    /// longer the one in force.
    Reprice,
    /// A rule of the ledger itself was about to be broken: a bug, reported and never committed.
    Fault(String),
}

impl<R: Into<Rejection>> From<R> for Stop {
    fn from(rejection: R) -> Self {
        Self::Rejected(rejection.into())
    }
}

impl Rejection {
    /// The stable code, as in `insufficient_points`.
    pub fn code(&self) -> String {
        match serde_json::to_value(self) {
            Ok(value) => value["code"].as_str().unwrap_or("rejected").to_owned(),
            Err(_) => "rejected".to_owned(),
        }
    }
}

impl From<crate::points::AmountError> for Rejection {
    fn from(_: crate::points::AmountError) -> Self {
        Self::AmountOverflow
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
        Command::Budget(command) => budget::decide(state, command),
        Command::SubmitAward(submission) => award::submit(state, submission, context),
        Command::AdmitAward(admission) => queue::admit(state, admission, context),
        Command::ApproveAward { award } => award::approve(state, *award, context),
        Command::RejectAward { award, reason } => award::reject(state, *award, *reason, context),
        Command::WithdrawAward { award } => award::withdraw(state, *award, context),
        Command::ObjectAward {
            award,
            ground,
            words,
        } => objection::object(state, *award, *ground, *words, context),
        Command::ReviewObjection {
            award,
            upheld,
            finding,
            words,
        } => {
            let verdict = objection::Verdict {
                upheld: *upheld,
                finding: *finding,
                words: *words,
            };
            objection::review(state, *award, verdict, context)
        }
        Command::AppealReview { award, words } => objection::appeal(state, *award, *words, context),
        Command::EscalateObjection { award } => objection::escalate(state, *award),
        Command::SettleObjection { award } => objection::settle(state, *award, context),
        Command::IssueRecord { member, digest } => personal::issue(state, *member, digest),
        Command::VestAward { award } => award::vest_due(state, *award, context),
        Command::WriteOff { award } => reversal::write_off(state, *award),
        Command::ReverseAward { award, reason } => {
            reversal::reverse(state, *award, *reason, context)
        }
        Command::Authorise {
            payer,
            store,
            charge,
            capture,
            hold_seconds,
        } => redemption::paying::authorise(
            state,
            context,
            payer,
            &redemption::paying::Payment {
                store: *store,
                charge: *charge,
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
        Command::Undo { redemption } => paying::undo(state, *redemption, context),
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
        Command::EndAccess { access, at } => people::end(state, *access, *at, context),
        Command::OpenSession(session) => log_in::open(state, session),
        Command::Invite(invitation) => log_in::invite(state, invitation),
        Command::SetLogin(credentials) => log_in::set(state, credentials, context),
        Command::SetPin(pin) => log_in::set_pin(state, pin, context),
        Command::CloseProgram(closing) => closing::close(state, *closing),
        Command::MergeMembers { from, into } => merge::merge(state, *from, *into),
        Command::KeepPersonal(keeping) => personal::keep(state, keeping, context),
        Command::RewrapPersonal {
            member,
            sealed,
            replaces,
        } => personal::rewrap(state, *member, sealed, *replaces),
        Command::RevealPersonal { member, purpose } => {
            personal::reveal(state, *member, *purpose, context)
        }
        Command::ErasePersonal { member } => personal::erase(state, *member, context),
        Command::AskToJoin(joining) => joining::ask(state, joining),
        Command::RefuseJoining { member } => joining::refuse(state, *member),
        Command::Distinguish { member, other } => personal::distinguish(state, *member, *other),
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
        Command::Settlement(command) => settlement::decide(state, command, context),
        Command::Activity(command) => deeds::attendance::decide(state, command, context),
        Command::Hazard(command) => hazards::decide(state, command, context),
        Command::Patrol(command) => deeds::patrol::decide(state, command, context),
        Command::Order(command) => deeds::ordering::decide(state, command, context),
        Command::Exceptional(command) => deeds::exceptional::decide(state, command, context),
        Command::Team(command) => teams::decide(state, command),
        Command::Pledge(command) => pledges::decide(state, command),
        Command::Webhook(command) => webhooks::decide(state, command),
        Command::Offer(command) => offers::decide(state, command),
        Command::Merchant(command) => merchants::decide(state, command),
        Command::Place(command) => places::decide(state, command),
        Command::Paying(command) => paying::decide(state, command, context),
        Command::CloseDeed { deed } => deeds::close(state, *deed),
        Command::RefuseDeed { deed, attempt, why } => {
            deeds::asking::refuse(state, *deed, *attempt, why)
        }
        Command::AskAgain { deed } => deeds::asking::again(state, *deed, context),
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
