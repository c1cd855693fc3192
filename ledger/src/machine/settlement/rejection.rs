//! Why something about funds and statements is turned down.

use serde::{Deserialize, Serialize};

use super::StatementState;
use crate::clock::Timestamp;
use crate::ids::{FunderId, RedemptionId, StatementId};
use crate::points::Points;

/// See [`crate::machine::Rejection`], among whose codes these are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum SettlementRejection {
    /// No such funder.
    #[error("no funder {funder} in this programme")]
    UnknownFunder {
        /// As given.
        funder: FunderId,
    },
    /// No such statement, or not one of this store's.
    #[error("no statement {statement} in this programme")]
    UnknownStatement {
        /// As given.
        statement: StatementId,
    },
    /// What the store accepted since its last statement comes to nothing or less, in points or in money, or to less than a fen.
    #[error("{points} points since the last statement: nothing to settle yet")]
    NothingToSettle {
        /// What it comes to.
        points: Points,
    },
    /// Something was redeemed on no terms, so who pays at which rate has to be said.
    #[error("name a funder and a rate: something was redeemed without an offer")]
    RateNeeded {
        /// What was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        redemption: Option<RedemptionId>,
    },
    /// The versions asked for are covered already, or are still to come.
    #[error("a statement now begins at version {from} and ends at {newest} at the latest")]
    StatementRange {
        /// The first version not covered.
        from: i64,
        /// The newest there is.
        newest: i64,
    },
    /// The fund holds less than the statement comes to.
    #[error("the fund holds {available} yuan, {requested} are needed")]
    FundsExhausted {
        /// Whose fund.
        funder: FunderId,
        /// What it holds.
        available: Points,
        /// What was needed.
        requested: Points,
    },
    /// The statement was paid before.
    #[error("statement {statement} is already paid")]
    AlreadyPaid {
        /// Which.
        statement: StatementId,
    },
    /// The statement is too far, or not far enough, for what was asked.
    #[error("statement {statement} is {state}")]
    StatementState {
        /// Which.
        statement: StatementId,
        /// Where it stands.
        state: StatementState,
    },
    /// Lines are disputed that nobody has answered.
    #[error("{open} disputed lines have no answer yet")]
    StatementDisputed {
        /// How many.
        open: u64,
    },
    /// The merchant has not answered, and still may.
    #[error(
        "the merchant has not confirmed it; without their answer it is approved from {until} on, by who says so"
    )]
    NotConfirmed {
        /// Until when they may.
        until: Timestamp,
    },
    /// Only the store whose statement it is can say this.
    #[error("this is for the store to say")]
    StoreOnly,
    /// The statement has no such line.
    #[error("the statement has no line {version}")]
    UnknownLine {
        /// As given.
        version: i64,
    },
    /// The line was disputed before.
    #[error("line {version} was disputed before")]
    AlreadyDisputed {
        /// Which.
        version: i64,
    },
    /// The line is not disputed, or was answered.
    #[error("no dispute of line {version} waits for an answer")]
    NoDispute {
        /// Which.
        version: i64,
    },
    /// More lines are disputed than a statement may have disputed.
    #[error("at most {limit} lines of a statement are disputed one by one")]
    TooManyDisputes {
        /// The most.
        limit: u64,
    },
    /// No statement, or too many at once.
    #[error("1 to {limit} statements are paid together")]
    BadPayments {
        /// The most.
        limit: u64,
    },
}
