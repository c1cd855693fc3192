//! What queries answer: read models, without SQL.

use serde::Serialize;
use uuid::Uuid;

use crate::accounts::Account;
use crate::clock::Timestamp;
use crate::community::Role;
use crate::ids::{AwardId, BudgetId, CommandId, FunderId, MemberId, RedemptionId};
use crate::journal::TransferKind;
use crate::points::Points;

/// Points of a wallet that expire at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Expiring {
    /// From this moment on they cannot be spent.
    pub at: Timestamp,
    /// How many.
    pub points: Points,
}

/// A member's balance, all parts of it read in one statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemberBalance {
    /// Whose.
    pub member: MemberId,
    /// What can be spent now.
    pub available: Points,
    /// On hold for redemptions.
    pub held: Points,
    /// Awarded, not yet vested.
    pub pending: Points,
    /// Owed after a reversal, as a positive amount; later awards pay it first.
    pub debt: Points,
    /// What of the available points expires, soonest first.
    pub expiring: Vec<Expiring>,
    /// The moment the answer is true of.
    pub as_of: Timestamp,
}

/// A line of an account's statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementLine {
    /// The entry's place in the account: 1, 2, 3 …
    pub version: i64,
    /// Its transfer.
    pub transfer: CommandId,
    /// Why points moved.
    pub kind: TransferKind,
    /// The award, redemption, budget or member it is about.
    pub subject: Uuid,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Signed; positive is a credit.
    pub amount: Points,
    /// The running balance.
    pub balance_after: Points,
}

/// Which lines of a statement.
#[derive(Clone, Copy, Debug)]
pub struct StatementFilter {
    /// Only lines before this version; `None` begins at the newest.
    pub before: Option<i64>,
    /// Only this kind of transfer.
    pub kind: Option<TransferKind>,
    /// Recorded at or after.
    pub from: Option<Timestamp>,
    /// Recorded before.
    pub until: Option<Timestamp>,
    /// At most so many lines.
    pub limit: i64,
}

/// An account and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AccountView {
    /// Which.
    pub account: Account,
    /// Credits − debits.
    pub balance: Points,
    /// How many entries it has.
    pub version: i64,
}

/// A budget and what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BudgetView {
    /// Its id.
    pub id: BudgetId,
    /// The name policies use.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What can still be awarded from it.
    pub balance: Points,
    /// What members owe back to it.
    pub recoverable: Points,
}

/// A funder and what its fund holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunderView {
    /// Its id.
    pub id: FunderId,
    /// Its name.
    pub name: String,
    /// What is not settled yet, in yuan.
    pub balance: Points,
}

/// Who an API key speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHolder {
    /// The key.
    pub key: Uuid,
    /// What it may do.
    pub role: Role,
    /// The staff member, store or member it speaks for.
    pub subject: Option<Uuid>,
    /// The member the staff member also is.
    pub staff_member: Option<MemberId>,
}

/// A record with a name, for lists and pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The record it belongs to: organization, merchant.
    pub belongs_to: Option<Uuid>,
    /// Where it is, for stores and stations; the kind, for organizations; empty otherwise.
    pub detail: String,
}

/// Which records a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {
    /// Riders.
    Members,
    /// Staff.
    Staff,
    /// Merchants.
    Merchants,
    /// Stores.
    Stores,
    /// Stations.
    Sites,
    /// Organizations.
    Organizations,
}

/// Which awards, newest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct AwardFilter {
    /// Only in this state.
    pub state: Option<crate::machine::AwardState>,
    /// Only this member's.
    pub member: Option<MemberId>,
    /// Only those made before this one.
    pub before: Option<AwardId>,
    /// At most so many.
    pub limit: i64,
}

/// Which redemptions of a store or member, newest first.
#[derive(Clone, Copy, Debug)]
pub struct RedemptionFilter {
    /// Only those made before this one.
    pub before: Option<RedemptionId>,
    /// At most so many.
    pub limit: i64,
}
