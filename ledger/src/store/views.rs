//! What queries answer: read models, without SQL.

mod attachments;
mod deeds;
mod hazards;
mod jobs;
mod log_in;
mod offers;
mod outside;
mod people;
mod reports;
mod settling;
mod trail;
mod webhooks;
mod work;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::accounts::Account;
use crate::clock::Timestamp;
use crate::community::DraftState;
use crate::community::personal::Sealed;
use crate::ids::{
    AwardId, BudgetId, CommandId, DraftId, FunderId, MemberId, OrganizationId, RedemptionId,
};
use crate::journal::TransferKind;
use crate::machine::budget::BudgetRecord;
use crate::points::Points;

pub use attachments::{SealedAttachment, WrappedKey};
pub use deeds::{DeedView, TeamTotals};
pub use hazards::HazardFilter;
pub use jobs::{Due, Falling, JobState, Kept, Lease, RunReport};
pub use log_in::{Guesses, LoginRow, PinRow, SessionView};
pub use offers::{
    MerchantView, NearFilter, OfferFilter, OfferView, OffersOf, PlaceView, RevisionView,
};
pub use outside::{Asked, IdentityView, NewCode, Visit};
pub use people::{Appointed, AppointmentView, KeyHolder, KeyView};
pub use reports::{Awarded, AwardedBy, AwardedKey, Flow, Taken};
pub use settling::{AuditedLine, BatchPayment, PayeeRow, SettlementLine};
pub(in crate::store) use trail::SLACK;
pub use trail::{Change, TrailFilter, TrailPage};
pub use webhooks::{Attempt, Delivery, DeliveryState, DeliveryView, EndpointView};
pub use work::{
    ApprovalFilter, Approver, DisputeFilter, IssuedRecord, NearTier, NoticeFilter, OnNotice, Pair,
    PairFilter, PairOf, Period, Place, ServedDeed, TierRange,
};

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
    /// What of the available points expires, soonest first. Not known of the past: lots are kept as they are now.
    pub expiring: Vec<Expiring>,
    /// The moment the answer is true of.
    pub as_of: Timestamp,
}

/// What a member was told ahead: points of theirs that were to expire on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ExpiryNotice {
    /// Its event.
    pub id: CommandId,
    /// When.
    pub told_at: Timestamp,
    /// How many were left then.
    pub points: Points,
    /// When the first of them expire.
    pub expires_at: Timestamp,
    /// How many days ahead their policy has this told.
    pub days: i64,
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

/// Which of a transfer's two moments a question about the past goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AsOf {
    /// When it was recorded: what was known then. What came to be known later changes nothing about it.
    Recorded,
    /// When it happened: what was true then, by all that is known now. A deed recorded late counts from its own day on.
    Occurred,
}

/// Which lines of a statement in the order in which they happened.
#[derive(Clone, Copy, Debug)]
pub struct OccurredFilter {
    /// Happened at or before.
    pub at: Timestamp,
    /// Only versions up to this one are known, so that a page stays what it was while more is recorded.
    pub known: i64,
    /// Only lines before this one, by moment and version; `None` begins at the last that happened.
    pub before: Option<(Timestamp, i64)>,
    /// Only this kind of transfer. The balances count all kinds.
    pub kind: Option<TransferKind>,
    /// Happened at or after.
    pub from: Option<Timestamp>,
    /// Happened before.
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
    /// How many awards wait for it to be given more.
    pub waiting: i64,
    /// What it was given, what is planned, and whether it is closed.
    #[serde(skip)]
    pub record: BudgetRecord,
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

/// A record with a name, for lists and pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The record it belongs to: organization, merchant.
    pub belongs_to: Option<Uuid>,
    /// Where it is, for stores and stations; the kind, for organizations; the role, for clerks; empty otherwise.
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
    /// People who work at a store's counter.
    Clerks,
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

/// Which awards that wait for somebody, newest first.
#[derive(Clone, Copy, Debug)]
pub struct WaitingFilter {
    /// In this state: queued, submitted or frozen; of others none are found.
    pub state: crate::machine::AwardState,
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

/// Who authorised a redemption; whoever captured it later may be somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charger {
    /// A clerk of this name.
    Clerk(String),
    /// A rider, by the code on the store's wall.
    Member,
    /// Neither: another system, by a key.
    Other,
}

/// Which drafts of policies.
#[derive(Clone, Copy, Debug)]
pub struct DraftFilter {
    /// Those imported before this one.
    pub before: Option<(Timestamp, DraftId)>,
    /// Those that have come so far.
    pub state: Option<DraftState>,
    /// How many at most.
    pub limit: i64,
}

/// A version of a layer of the map, without what it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerView {
    /// The layer's name.
    pub name: String,
    /// SHA-256 of what it covers.
    pub digest: String,
    /// From when on it is on the map.
    pub effective_from: Timestamp,
    /// How many polygons it has.
    pub polygons: i64,
    /// How many corners they have.
    pub corners: i64,
}

/// What is held about a member, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRow {
    /// About whom.
    pub member: MemberId,
    /// How often it was changed, from 1 on.
    pub version: i64,
    /// `None` once it was erased.
    pub sealed: Option<Sealed>,
}

/// Whom a keyed hash leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Who, or who it was.
    pub member: MemberId,
    /// They were erased; nobody else has it before this moment.
    pub suppressed_until: Option<Timestamp>,
    /// Whether they owe points.
    pub owes: bool,
}

/// Somebody who asks to be enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Who they will be, unless they are a member already.
    pub member: MemberId,
    /// Which organization they ask.
    pub organization: OrganizationId,
    /// When they did.
    pub asked_at: Timestamp,
    /// Their masked name.
    pub name: String,
    /// When a one-time code proved that the phone is theirs.
    pub proved_at: Option<Timestamp>,
}

/// How many ask an organization to be enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoiningCount {
    /// All of them.
    pub all: i64,
    /// Since a moment.
    pub lately: i64,
}

/// Members who are probably one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Double {
    /// Who was enrolled or changed their phone when it was found.
    pub member: MemberId,
    /// Whose number or phone it was.
    pub other: MemberId,
    /// When it was found.
    pub found_at: Timestamp,
}
