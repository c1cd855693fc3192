//! What can be asked for between freezing a statement and paying it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{DisputeFinding, DisputeReason};
use crate::community::personal::SealedPayee;
use crate::ids::{CommandId, StatementId, derived};

/// Something about statements, or about to whom money goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettlementCommand {
    /// The merchant agrees with a statement.
    Confirm {
        /// Which.
        statement: StatementId,
    },
    /// The merchant does not agree with a line.
    Dispute {
        /// Of which statement.
        statement: StatementId,
        /// Which line.
        version: i64,
        /// Why.
        reason: DisputeReason,
    },
    /// Staff answer a dispute.
    Answer {
        /// Of which statement.
        statement: StatementId,
        /// Of which line.
        version: i64,
        /// What they found.
        finding: DisputeFinding,
    },
    /// A second person agrees that a statement is paid.
    Approve {
        /// Which.
        statement: StatementId,
        /// That they know that the merchant has not answered in time.
        unanswered: bool,
    },
    /// Approved statements are to be paid together.
    Gather {
        /// Which.
        statements: Vec<StatementId>,
        /// Whether they were named; else they are those that were there, and the same request finds others.
        named: bool,
    },
    /// To whom a merchant's money goes.
    KeepPayee(SealedPayee),
    /// Note that a file was made with the account numbers that a batch pays to.
    WriteFile {
        /// Of which.
        batch: CommandId,
    },
}

impl SettlementCommand {
    /// The operation's stable name.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Confirm { .. } => "statement.confirm",
            Self::Dispute { .. } => "statement.dispute",
            Self::Answer { .. } => "statement.answer",
            Self::Approve { .. } => "statement.approve",
            Self::Gather { .. } => "payment.gather",
            Self::KeepPayee(_) => "payee.keep",
            Self::WriteFile { .. } => "payment.file",
        }
    }

    /// Why it is given, where it says so.
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Dispute { reason, .. } => Some(reason.name()),
            Self::Answer { finding, .. } => Some(finding.name()),
            _ => None,
        }
    }

    /// See [`crate::machine::Command::fingerprint`]. What is sealed is sealed otherwise each time.
    pub fn fingerprint(&self) -> Uuid {
        let body = match self {
            Self::KeepPayee(payee) => serde_json::to_vec(&(payee.merchant, &payee.digest)),
            Self::Gather { named: false, .. } => serde_json::to_vec("all"),
            other => serde_json::to_vec(other),
        };
        derived(&[self.operation().as_bytes(), &body.unwrap_or_default()])
    }
}
